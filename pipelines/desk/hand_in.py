"""Page to hand in a file.

The file is tried and answered at once, then handed in or returned with comments.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from starlette.responses import Response

from assets.answers.answer import (
    Answer,
    answer_to_refusal,
    answer_to_submission,
    answer_to_trial,
    conclusion_words,
)
from assets.answers.page import render_part
from assets.answers.workbook import render_workbook
from assets.corrections.cell_corrections import may_be_corrected, repeat_justifications
from assets.decisions.justifications import check_justifications, record_justifications
from assets.decisions.personal_data_decisions import check_decisions
from assets.drafting.collection_guesses import guess_collections
from assets.intake import admission, runner
from assets.intake.privacy.decidable import decision_for
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import confirm_if_held, process, try_file
from assets.intake.step import FileInMemory
from assets.intake.submission import receive
from pipelines.dagster.collection_status import remaining_data
from pipelines.desk.internal_columns import internal_columns
from pipelines.desk.page_request import DeskRequest, MissingInput, NotFound, collection_title
from pipelines.desk.tray import UploadedFile
from schemas.cards.template import collection_template
from warehouse.home import Submission, UnknownSubmission
from warehouse.home.calendar import read_day, today
from warehouse.home.corrections import correction_facts, find_correction
from warehouse.home.step_results import HELD_STATUS
from warehouse.publication.template_files import write_workbook
from warehouse.publication.template_values import previous_rows

_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_form(request: DeskRequest) -> Response:
    """Show the form to choose a file."""
    return request.show(
        "hand_in.html.jinja", collections=_visible_collections(request), guessed=[], ticket=""
    )


def upload(request: DeskRequest) -> Response:
    """Receive a file, guess its collection if none was chosen, and show the answer."""
    if not request.form.content:
        raise MissingInput("desk.file_needed")
    decisions = _decisions(request)
    office = request.office if decisions else ""
    received = request.form["received"]
    received_on = read_day(received, not_after=today()) if received else today()
    ticket = request.desk.tray.add(request.form.name, request.form.content, request.person.session)
    file = uploaded_file(request, ticket)
    file.decisions, file.office, file.received_on = decisions, office, received_on
    collection = request.form["collection"]
    if collection:
        return try_file_of_ticket(request, ticket, collection, is_guess=False)
    path = file.path
    likely = [name for name in guess_collections(request.home, path) if request.person.sees(name)]
    if len(likely) == 1:
        return try_file_of_ticket(request, ticket, likely[0], is_guess=True)
    collections = _visible_collections(request)
    return request.show("hand_in.html.jinja", collections=collections, guessed=likely, ticket=ticket)


def choose_collection(request: DeskRequest) -> Response:
    """Show the answer to a waiting file after its collection was chosen."""
    return try_file_of_ticket(
        request, request.path_value("ticket"), request.form["collection"], is_guess=False
    )


def send_template(request: DeskRequest) -> Response:
    """Send the empty template of a collection as a workbook."""
    collection = request.query_value("collection")
    if collection not in request.home.collections() or not request.person.sees(collection):
        raise MissingInput("desk.collection_needed")
    content = BytesIO()
    card = request.home.card(collection)
    template = collection_template(collection, card, request.lang)
    if country := card.collection.reporting_country:
        rows = previous_rows(request.home, collection, country, template.frequency)
        template = template.with_previous_values(rows, request.lang) if rows else template
    write_workbook(template, content, request.lang)
    return _download(content, f"{collection.replace('/', '.')}.xlsx")


def hand_in(request: DeskRequest) -> Response:
    """Hand in a file that was answered. A held file is confirmed if a second office gives a reason."""
    ticket = request.path_value("ticket")
    file = uploaded_file(request, ticket)
    office = file.office if file.correction else request.office
    second_office = request.other_office("second_office", office) if request.form["reason"] else ""
    reasons = _justifications(request)
    check_justifications(reasons)
    memory = FileInMemory()
    try:
        submission = receive(
            request.home,
            file.path,
            file.collection,
            file.received_on,
            office=file.office or office,
            decisions=file.decisions,
            memory=memory,
            correction=file.correction,
        )
    except RefusedFile as refusal:
        return _show_refusal(request, ticket, file, refusal)
    request.desk.tray.drop(ticket)
    outcome = process(request.home, submission, memory)
    record_justifications(request.home, submission, outcome.all_findings, reasons, office=office)
    if file.correction:
        original = request.home.submission(file.correction.original)
        repeat_justifications(request.home, original, submission, outcome.all_findings, but=reasons)
    if second_office:
        confirm_if_held(
            request.home, submission, outcome, office=second_office, reason=request.form["reason"]
        )
    return request.redirect(f"/submissions/{submission.id}")


_JUSTIFY = "justify."
"""Prefix of the names of fields in which the sender explains a finding."""


def _justifications(request: DeskRequest) -> dict[str, str]:
    """Return the explanations in the form, by rule."""
    fields = {name.removeprefix(_JUSTIFY): name for name in request.form.fields if name.startswith(_JUSTIFY)}
    return {rule: request.form[name] for rule, name in fields.items() if request.form[name]}


_NOT_PERSONAL = "not_personal."
"""Prefix of the name of the field with the reason why a finding of the guard is no personal data."""


def _decisions(request: DeskRequest) -> dict[str, str]:
    """Return the reason in the form, by finding of the guard (place:kind). Raises InvalidDecision."""
    names = [name for name in request.form.fields if name.startswith(_NOT_PERSONAL)]
    decisions = {name.removeprefix(_NOT_PERSONAL): request.form[name] for name in names}
    check_decisions(decisions)
    return decisions


def _justifiable(causes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the first cause of each rule that the sender may explain."""
    first_causes: dict[str, dict[str, Any]] = {}
    for cause in causes:
        if cause["may_be_justified"]:
            first_causes.setdefault(cause["rule"], cause)
    return list(first_causes.values())


def send_annotated(request: DeskRequest) -> Response:
    """Send the sender's workbook with the faulty cells coloured."""
    file = uploaded_file(request, request.path_value("ticket"))
    content = BytesIO()
    with try_file(request.home, file.path, file.collection, file.received_on, file.decisions) as tried_file:
        render_workbook(answer_to_trial(tried_file, file.path), file.path, request.lang).save(content)
    return _download(content, f"{file.path.stem}.lineabase.xlsx")


def forget(request: DeskRequest) -> Response:
    """Delete a waiting file that will not be handed in."""
    uploaded_file(request, request.path_value("ticket"))
    request.desk.tray.drop(request.path_value("ticket"))
    return request.redirect("/")


def show_submission(request: DeskRequest) -> Response:
    """Show the answer to a kept submission."""
    submission = visible_submission(request)
    outcome = process(request.home, submission)
    judge = partial(
        admission.compare_submission,
        request.home,
        submission,
        request.home,
        partial(runner.run_all_steps, request.home),
    )
    answer = answer_to_submission(request.home, submission, outcome, judge, submission.file.name)
    remaining = request.render(remaining_data(request.home, submission)) if submission.withdrawn_on else ""
    internal = None if submission.withdrawn_on else internal_columns(request.home, submission, request.lang)
    return _show_answer(
        request,
        answer,
        "",
        withdrawn=submission.withdrawn_on,
        left=remaining,
        id=submission.id,
        internal=internal,
        may_be_corrected=may_be_corrected(request.home, submission),
        corrects=correction_facts(submission),
        corrected_by=find_correction(request.home, submission),
    )


def justify(request: DeskRequest) -> Response:
    """Record the explanations of findings of a kept submission."""
    submission, reasons = visible_submission(request), _justifications(request)
    check_justifications(reasons)
    findings = process(request.home, submission).all_findings
    record_justifications(request.home, submission, findings, reasons, office=request.office)
    return request.redirect(f"/submissions/{submission.id}")


def visible_submission(request: DeskRequest) -> Submission:
    """Return the submission in the address. Raises NotFound if it does not exist or is not visible."""
    with suppress(UnknownSubmission):
        submission = request.home.submission(request.path_value("id"))
        if request.person.sees(submission.collection):
            return submission
    raise NotFound("desk.no_submission")


def _download(content: BytesIO, name: str) -> Response:
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {"content-disposition": f'attachment; filename="{plain}"'}
    return Response(content.getvalue(), media_type=_WORKBOOK_TYPE, headers=headers)


# ---- answers ----------------------------------------------------------------------------------------


def try_file_of_ticket(
    request: DeskRequest, ticket: str, collection: str, *, is_guess: bool = False
) -> Response:
    """Show the answer to an uploaded file. Nothing of it is kept."""
    file = uploaded_file(request, ticket)
    if collection not in request.home.collections() or not request.person.sees(collection):
        raise MissingInput("desk.collection_needed")
    file.collection = collection
    try:
        with try_file(request.home, file.path, collection, file.received_on, file.decisions) as tried_file:
            answer = answer_to_trial(tried_file, file.path)
            return _show_answer(
                request, answer, ticket, is_guess=is_guess, correction=file.correction, author=file.office
            )
    except RefusedFile as refusal:
        return _show_refusal(request, ticket, file, refusal)


def _show_refusal(request: DeskRequest, ticket: str, file: UploadedFile, refusal: RefusedFile) -> Response:
    """Show the answer to a refused file and delete the file."""
    answer = answer_to_refusal(request.home, file.path, file.collection, file.received_on, refusal.finding)
    request.desk.tray.drop(ticket)
    decisions = [*file.decisions, decision_for(refusal.finding)]
    return _show_answer(
        request,
        answer,
        "",
        decidable=decisions if decisions[-1] else [],
        of=file.collection,
        received=file.received_on,
    )


def _show_answer(request: DeskRequest, answer: Answer, ticket: str, **facts: object) -> Response:
    variables: dict[str, Any] = {"is_guess": False, "withdrawn": None, "id": "", "internal": None}
    variables |= {"decidable": [], "correction": None, "author": "", "may_be_corrected": False}
    variables |= {"corrects": None, "corrected_by": None, **facts}
    variables["part"] = render_part(answer, request.lang)
    variables["part"]["conclusion"] = request.render(conclusion_words(answer, request.lang))
    variables["justifiable"] = _justifiable(variables["part"]["causes"])
    variables["is_held"] = answer.status == HELD_STATUS
    variables["may_be_handed_in"] = bool(ticket)
    return request.show("answer.html.jinja", ticket=ticket, **variables)


def uploaded_file(request: DeskRequest, ticket: str) -> UploadedFile:
    """Return an uploaded file of this session. Raises NotFound."""
    file = request.desk.tray.find(ticket, request.person.session)
    if file is None:
        raise NotFound("desk.no_file_waits")
    return file


def uploaded_path(request: DeskRequest, ticket: str) -> Path:
    """Return the path of an uploaded file of this session. Raises NotFound."""
    return uploaded_file(request, ticket).path


def _visible_collections(request: DeskRequest) -> list[tuple[str, str]]:
    """List the user's collections with their titles."""
    return [
        (name, collection_title(request, name))
        for name in request.home.collections()
        if request.person.sees(name)
    ]
