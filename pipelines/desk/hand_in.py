"""Hand in: a file is tried and answered at once; then it is handed in, or taken away annotated."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path

from starlette.responses import Response

from assets.answers.answer import Answer, of_kept, of_refusal, of_trial
from assets.answers.page import part
from assets.answers.workbook import workbook
from assets.drafting.guessing import guesses
from assets.intake import admission, runner
from assets.intake.privacy.guard import Refused
from assets.intake.processing import let_in, process, trial
from assets.intake.submission import receive
from pipelines.dagster.collections import left_in_force
from pipelines.desk.asking import Ask, Missing, Needed
from pipelines.desk.tray import Lying
from schemas.cards.template import of_collection
from schemas.grammar import CardError
from schemas.words import contract_language
from warehouse.home import Submission, UnknownSubmission
from warehouse.home.calendar import today
from warehouse.home.staged import HELD
from warehouse.publication.template_files import write_workbook

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form(ask: Ask) -> Response:
    """The page to choose a file."""
    return ask.show("hand_in.html.jinja", collections=_collections(ask), guessed=[], ticket="")


def upload(ask: Ask) -> Response:
    """A file arrived: guess its collection where none was chosen, and answer."""
    if not ask.sent.content:
        raise Needed("desk.file_needed")
    ticket = ask.desk.tray.lay(ask.sent.name, ask.sent.content, ask.person.session)
    chosen = ask.sent["collection"]
    guessed = [] if chosen else [c for c in guesses(ask.home, _lying(ask, ticket).path) if ask.person.sees(c)]
    if not chosen and len(guessed) != 1:
        return ask.show("hand_in.html.jinja", collections=_collections(ask), guessed=guessed, ticket=ticket)
    return _try(ask, ticket, chosen or guessed[0], is_guess=not chosen)


def choose(ask: Ask) -> Response:
    """The collection of a file that waits was chosen."""
    return _try(ask, ask.named("ticket"), ask.sent["collection"], is_guess=False)


def template(ask: Ask) -> Response:
    """The empty template of a collection, as a workbook."""
    collection = ask.asked("collection")
    if collection not in ask.home.collections() or not ask.person.sees(collection):
        raise Needed("desk.collection_needed")
    content = BytesIO()
    write_workbook(of_collection(collection, ask.home.card(collection), ask.lang), content, ask.lang)
    return _download(content, f"{collection.replace('/', '.')}.xlsx")


def hand_in(ask: Ask) -> Response:
    """Hand in a file that was answered; a held one is let in where a second office gives a reason."""
    ticket, office = ask.named("ticket"), ask.office
    lying = _lying(ask, ticket)
    second = ask.other_office("second_office", office) if ask.sent["reason"] else ""
    try:
        kept = receive(ask.home, lying.path, lying.collection, today(), office=office)
    except Refused as refused:
        return _refused(ask, ticket, lying, refused)
    ask.desk.tray.drop(ticket)
    outcome = process(ask.home, kept)
    if second:
        let_in(ask.home, kept, outcome, office=second, reason=ask.sent["reason"])
    return ask.go(f"/submissions/{kept.id}")


def annotated(ask: Ask) -> Response:
    """The sender's own workbook with the bad cells coloured."""
    lying = _lying(ask, ask.named("ticket"))
    content = BytesIO()
    with trial(ask.home, lying.path, lying.collection, today()) as tried:
        workbook(of_trial(tried, lying.path), lying.path, ask.lang).save(content)
    return _download(content, f"{lying.path.stem}.lineabase.xlsx")


def forget(ask: Ask) -> Response:
    """Take a file away that nobody wants to hand in."""
    _lying(ask, ask.named("ticket"))
    ask.desk.tray.drop(ask.named("ticket"))
    return ask.go("/")


def submission(ask: Ask) -> Response:
    """The answer to a submission that is kept."""
    kept = seen(ask)
    outcome = process(ask.home, kept)
    judge = partial(admission.judged, ask.home, kept, ask.home, partial(runner.make_ready, ask.home))
    answer = of_kept(ask.home, kept, outcome, judge, kept.file.name)
    left = left_in_force(ask.home, kept).said(ask.lang) if kept.withdrawn_on else ""
    return _answered(ask, answer, "", withdrawn=kept.withdrawn_on, left=left, id=kept.id)


def seen(ask: Ask) -> Submission:
    """The submission that the address names, if it is one that whoever asks may see. Raises Missing."""
    with suppress(UnknownSubmission):
        kept = ask.home.submission(ask.named("id"))
        if ask.person.sees(kept.collection):
            return kept
    raise Missing("desk.no_submission")


def _download(content: BytesIO, name: str) -> Response:
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {"content-disposition": f'attachment; filename="{plain}"'}
    return Response(content.getvalue(), media_type=_WORKBOOK, headers=headers)


# ---- trying -----------------------------------------------------------------------------------------


def _try(ask: Ask, ticket: str, collection: str, *, is_guess: bool) -> Response:
    lying = _lying(ask, ticket)
    if collection not in ask.home.collections() or not ask.person.sees(collection):
        raise Needed("desk.collection_needed")
    lying.collection = collection
    try:
        with trial(ask.home, lying.path, collection, today()) as tried:
            return _answered(ask, of_trial(tried, lying.path), ticket, is_guess=is_guess)
    except Refused as refused:
        return _refused(ask, ticket, lying, refused)


def _refused(ask: Ask, ticket: str, lying: Lying, refused: Refused) -> Response:
    """Nothing is kept of a refused file, here neither."""
    answer = of_refusal(ask.home, lying.path, lying.collection, today(), refused.finding)
    ask.desk.tray.drop(ticket)
    return _answered(ask, answer, "")


def _answered(ask: Ask, answer: Answer, ticket: str, **facts: object) -> Response:
    told = {"is_guess": False, "withdrawn": None, "id": "", **facts}
    told["part"] = part(answer, ask.lang)
    told["is_held"] = answer.status == HELD
    told["may_be_handed_in"] = bool(ticket)
    return ask.show("answer.html.jinja", ticket=ticket, **told)


def _lying(ask: Ask, ticket: str) -> Lying:
    lying = ask.desk.tray.find(ticket, ask.person.session)
    if lying is None:
        raise Missing("desk.no_file_waits")
    return lying


def waiting_file(ask: Ask, ticket: str) -> Path:
    """Where an uploaded file of this session lies. Raises Missing."""
    return _lying(ask, ticket).path


def _collections(ask: Ask) -> list[tuple[str, str]]:
    """The collections that whoever asks may send, with their titles."""
    return [(name, _title(ask, name)) for name in ask.home.collections() if ask.person.sees(name)]


def _title(ask: Ask, collection: str) -> str:
    """A collection's title; its name where the card cannot be read, which is said once it is chosen."""
    try:
        titles = ask.home.card(collection).collection.titles
    except CardError:
        return collection
    return str(getattr(titles, contract_language(ask.lang)))
