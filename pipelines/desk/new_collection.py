"""Page for a new collection: a sample gives a draft card; the user confirms each guess and saves the card."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from assets.drafting import draft as drafting
from assets.drafting.draft import Draft, Guess
from pipelines.desk.hand_in import uploaded_path
from pipelines.desk.page_request import DeskRequest, MissingInput
from schemas import codelists
from schemas.cards.format_card import ROLES, read_card
from schemas.code_names import name_in_list
from schemas.codelists import codelist
from schemas.contracts import COUNTRY_ROLES
from schemas.countries import all_countries
from schemas.tables import DIMENSIONS
from warehouse.home import CARD, durable, lock

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*")
LEFT_OUT, ALWAYS_SAME, SUM_OVER, KEEP = "-", "only", "sum_over", "keep"
"""Choices for a column without a role: not read, always the same, rows add up, some labels in scope."""
_CHOICES = (LEFT_OUT, ALWAYS_SAME, SUM_OVER, KEEP)
_DETAILS_OF_PERSONS = ("sex", "age_group")
"""Roles that labels of age and sex may name together."""
_SPECIAL_LABELS = ("@unknown", "@other", "@total", "@stateless", "@not_applicable")
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
            "role": _choice(guess),
            "why": drafting.reason_sentence(guess, request.lang),
            "unread": [label for label in guess.unread if label],
            "lists": _lists(request, guess),
        }
        for guess in draft.guesses
    ]


def _role_text(request: DeskRequest, role: str) -> str:
    """Return the explanation of a role or choice; of a dimension, the comment of its column."""
    if dimension := next((d for d in DIMENSIONS if d.name == role), None):
        return str(getattr(dimension, request.lang)).split(";")[0]
    return request.sentence("left_out" if role == LEFT_OUT else f"role_of.{role}")


def _choice(guess: Guess) -> str:
    """Return the choice that stands for a guess."""
    if guess.role:
        return guess.role
    return KEEP if guess.keep else ALWAYS_SAME if guess.only else SUM_OVER if guess.is_summed else LEFT_OUT


def _lists(request: DeskRequest, guess: Guess) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the roles that a label of the column may be mapped to, each with its codes; [] if none."""
    if guess.role in COUNTRY_ROLES:
        return [(guess.role, [])]
    roles = _DETAILS_OF_PERSONS if guess.role == "dimensions" else (guess.role or "",)
    return [(role, _codes_with_names(request, role)) for role in roles if role in codelists.names()]


def _codes_with_names(request: DeskRequest, codelist_name: str) -> list[tuple[str, str]]:
    return [(code, name_in_list(codelist_name, code, request.lang)) for code in codelist(codelist_name)]


def _choices(request: DeskRequest) -> dict[str, object]:
    return {
        "roles": {role: _role_text(request, role) for role in (*_CHOICES, *ROLES) if role != "record"},
        "measures": _codes_with_names(request, "measure"),
        "families": [(code, name) for code, name in _codes_with_names(request, "family") if code != "_Z"],
        "confidentialities": CONFIDENTIALITY,
        "months": _codes_with_names(request, "month"),
        "countries": [
            *((word, request.sentence(f"label.{word.removeprefix('@')}")) for word in _SPECIAL_LABELS),
            *((country.code, country.name(request.lang)) for country in all_countries()),
        ],
    }


def _with_chosen_roles(request: DeskRequest, draft: Draft) -> Draft:
    """Return the draft with the roles that the user confirmed or changed."""
    guesses = [
        replace(_with_role(guess, request.form[f"role-{n}"]), map=_mapped_labels(request, guess, n))
        for n, guess in enumerate(draft.guesses, start=1)
    ]
    return replace(draft, guesses=guesses)


def _with_role(guess: Guess, choice: str) -> Guess:
    if choice == _choice(guess):
        return guess
    changes: dict[str, dict[str, Any]] = {
        LEFT_OUT: {},
        ALWAYS_SAME: {"only": guess.only or guess.unread[:1]},
        SUM_OVER: {"is_summed": True, "reason": "summed"},
        KEEP: {"keep": guess.keep or guess.unread},
    }
    of_role = {"role": choice, "codes": guess.codes if choice in COUNTRY_ROLES else None}
    new_guess = Guess(guess.header, None, reason="chosen", unread=guess.unread)
    return replace(new_guess, **changes.get(choice, of_role))


def _mapped_labels(request: DeskRequest, guess: Guess, number: int) -> dict[str, object]:
    """Return the codes that a person chose for the labels of a column, if its role is as guessed."""
    if request.form[f"role-{number}"] != guess.role:
        return {}
    mapped_labels: dict[str, object] = {}
    for order, label in enumerate((label for label in guess.unread if label), start=1):
        inputs = {role: request.form[f"label-{number}-{order}-{role}"] for role, _ in _lists(request, guess)}
        codes = {role: code for role, code in inputs.items() if code}
        if codes:
            mapped_labels[label] = {"set": codes} if guess.role == "dimensions" else codes[str(guess.role)]
    return mapped_labels


def _form_settings(request: DeskRequest) -> dict[str, object]:
    """Return the settings that the file does not contain, from the form.

    Blank inputs leave the draft as it is.
    """
    inputs = {
        name: request.form[name] for name in ("citation", "licence", "family", "measure", "confidentiality")
    }
    if not (inputs["family"] and inputs["measure"]):
        raise MissingInput("desk.what_needed")
    settings: dict[str, object] = {name: text for name, text in inputs.items() if text}
    settings |= {name: request.sentence("not_stated") for name in ("citation", "licence") if not inputs[name]}
    if request.form["year_starts"] not in ("", "01"):
        settings |= {"period_basis": "fiscal", "year_starts": int(request.form["year_starts"])}
    if country := request.form["reporting_country"].upper():
        settings["reporting_country"] = country
    if titles := {
        lang: request.form[f"title_{lang}"] for lang in ("es", "en") if request.form[f"title_{lang}"]
    }:
        first = next(iter(titles.values()))
        settings["titles"] = {lang: titles.get(lang, first) for lang in ("es", "en")}
    return settings
