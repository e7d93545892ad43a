"""Page for a new collection: a sample gives a draft card; the user confirms each guess and saves the card."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.responses import Response

from assets.drafting import draft as drafting
from assets.drafting.draft import Draft, Guess
from pipelines.desk.hand_in import uploaded_path
from pipelines.desk.page_request import DeskRequest, MissingInput
from schemas.cards.format_card import ROLES, read_card
from schemas.code_names import name_in_list
from schemas.codelists import codelist
from warehouse.home import CARD, durable, lock

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*")
LEFT_OUT = "-"
"""Choice for a column that is not read."""
CONFIDENTIALITY = ("internal", "open", "small_counts")


def show_form(request: DeskRequest) -> Response:
    """Show the form to choose a sample."""
    return request.show("new_sample.html.jinja")


def upload(request: DeskRequest) -> Response:
    """Receive a sample and show the guessed role of each column."""
    if not request.form.content:
        raise MissingInput("desk.file_needed")
    ticket = request.desk.tray.add(request.form.name, request.form.content, request.person.session)
    try:
        draft = drafting.draft_card(uploaded_path(request, ticket))
    except Exception:
        request.desk.tray.drop(ticket)  # a sample that cannot be drafted or must not be kept is deleted
        raise
    return request.show(
        "new_draft.html.jinja", ticket=ticket, **_choices(request), rows=_rows(request, draft)
    )


def save_card(request: DeskRequest) -> Response:
    """Save the card with the confirmed choices, after the grammar has checked it."""
    ticket = request.path_value("ticket")
    draft = _with_chosen_roles(request, drafting.draft_card(uploaded_path(request, ticket)))
    collection = request.form["collection"]
    if not _COLLECTION_NAME.fullmatch(collection) or collection in request.home.collections():
        raise MissingInput("desk.name_needed")
    text = drafting.render_card(draft, request.lang, _form_settings(request))
    candidate = uploaded_path(request, ticket).with_name(CARD)
    candidate.write_text(text, encoding="utf-8")
    read_card(candidate)  # raises CardError, which explains the correction
    path = request.home.raw / collection / CARD
    with lock.raw(request.home):
        durable.make_folder(path.parent)
        durable.replace_durably(path, text.encode())
    return request.show("new_card.html.jinja", ticket=ticket, collection=collection, card=text, file=path)


def _rows(request: DeskRequest, draft: Draft) -> list[dict[str, object]]:
    return [
        {
            "header": guess.header,
            "role": guess.role or LEFT_OUT,
            "why": drafting.reason_sentence(guess, request.lang),
            "unread": guess.unread,
        }
        for guess in draft.guesses
    ]


def _choices(request: DeskRequest) -> dict[str, object]:
    def codes_with_names(codelist_name: str) -> list[tuple[str, str]]:
        return [(code, name_in_list(codelist_name, code, request.lang)) for code in codelist(codelist_name)]

    return {
        "roles": [LEFT_OUT, *ROLES],
        "measures": codes_with_names("measure"),
        "families": codes_with_names("family"),
        "confidentialities": CONFIDENTIALITY,
    }


def _with_chosen_roles(request: DeskRequest, draft: Draft) -> Draft:
    """Return the draft with the roles that the user confirmed or changed."""
    guesses = [_with_role(guess, request.form[f"role-{n}"]) for n, guess in enumerate(draft.guesses, start=1)]
    return replace(draft, guesses=guesses)


def _with_role(guess: Guess, role: str) -> Guess:
    if role == (guess.role or LEFT_OUT):
        return guess
    if role == LEFT_OUT:
        return Guess(guess.header, None, reason="chosen")
    return Guess(guess.header, role, codes=guess.codes, reason="chosen")


def _form_settings(request: DeskRequest) -> dict[str, object]:
    """Return the settings that the file does not contain, from the form.

    Blank inputs leave the draft as it is.
    """
    inputs = {
        name: request.form[name] for name in ("citation", "licence", "family", "measure", "confidentiality")
    }
    settings: dict[str, object] = {name: text for name, text in inputs.items() if text}
    if country := request.form["reporting_country"].upper():
        settings["reporting_country"] = country
    if titles := {
        lang: request.form[f"title_{lang}"] for lang in ("es", "en") if request.form[f"title_{lang}"]
    }:
        first = next(iter(titles.values()))
        settings["titles"] = {lang: titles.get(lang, first) for lang in ("es", "en")}
    return settings
