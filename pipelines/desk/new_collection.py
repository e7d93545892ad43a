"""New collection: from a sample a drafted card, each column's guess confirmed by a choice, and its TOML."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.responses import Response

from assets.drafting import draft as drafting
from assets.drafting.draft import Draft, Guess
from pipelines.desk.asking import Ask, Needed
from pipelines.desk.hand_in import waiting_file
from schemas.cards.format_card import ROLES, read_card
from schemas.code_names import coded
from schemas.codelists import codelist
from warehouse.home import CARD, durable, lock

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*")
LEFT_OUT = "-"
"""What is chosen for a column that is not read."""
CONFIDENTIALITY = ("internal", "open", "small_counts")


def form(ask: Ask) -> Response:
    """The page to choose a sample."""
    return ask.show("new_sample.html.jinja")


def upload(ask: Ask) -> Response:
    """A sample arrived: what each of its columns is taken for."""
    if not ask.sent.content:
        raise Needed("desk.file_needed")
    ticket = ask.desk.tray.lay(ask.sent.name, ask.sent.content, ask.person.session)
    try:
        drafted = drafting.draft(waiting_file(ask, ticket))
    except Exception:
        ask.desk.tray.drop(ticket)  # of what cannot be drafted, or must not be kept, nothing stays
        raise
    return ask.show("new_draft.html.jinja", ticket=ticket, **_choices(ask), rows=_rows(ask, drafted))


def write(ask: Ask) -> Response:
    """The choices were confirmed: the card, checked by the grammar, is the home's."""
    ticket = ask.named("ticket")
    drafted = _chosen(ask, drafting.draft(waiting_file(ask, ticket)))
    collection = ask.sent["collection"]
    if not _NAME.fullmatch(collection) or collection in ask.home.collections():
        raise Needed("desk.name_needed")
    text = drafting.card(drafted, ask.lang, _told(ask))
    checked = waiting_file(ask, ticket).with_name(CARD)
    checked.write_text(text, encoding="utf-8")
    read_card(checked)  # raises CardError, which says what to mend
    path = ask.home.raw / collection / CARD
    with lock.raw(ask.home):
        durable.make_folder(path.parent)
        durable.replace_for_good(path, text.encode())
    return ask.show("new_card.html.jinja", ticket=ticket, collection=collection, card=text, file=path)


def _rows(ask: Ask, drafted: Draft) -> list[dict[str, object]]:
    return [
        {
            "header": guess.header,
            "role": guess.role or LEFT_OUT,
            "why": drafting.why(guess, ask.lang),
            "unread": guess.unread,
        }
        for guess in drafted.guesses
    ]


def _choices(ask: Ask) -> dict[str, object]:
    def named(name: str) -> list[tuple[str, str]]:
        return [(code, coded(name, code, ask.lang)) for code in codelist(name)]

    return {
        "roles": [LEFT_OUT, *ROLES],
        "measures": named("measure"),
        "families": named("family"),
        "confidentialities": CONFIDENTIALITY,
    }


def _chosen(ask: Ask, drafted: Draft) -> Draft:
    """The draft with the roles that a person confirmed or changed."""
    chosen = [_confirmed(guess, ask.sent[f"role-{n}"]) for n, guess in enumerate(drafted.guesses, start=1)]
    return replace(drafted, guesses=chosen)


def _confirmed(guess: Guess, role: str) -> Guess:
    if role == (guess.role or LEFT_OUT):
        return guess
    if role == LEFT_OUT:
        return Guess(guess.header, None, why="chosen")
    return Guess(guess.header, role, codes=guess.codes, why="chosen")


def _told(ask: Ask) -> dict[str, object]:
    """What no file says, as the form has it; a blank is left as the draft has it."""
    sent = {name: ask.sent[name] for name in ("citation", "licence", "family", "measure", "confidentiality")}
    told: dict[str, object] = {name: text for name, text in sent.items() if text}
    if country := ask.sent["reporting_country"].upper():
        told["reporting_country"] = country
    if titles := {lang: ask.sent[f"title_{lang}"] for lang in ("es", "en") if ask.sent[f"title_{lang}"]}:
        first = next(iter(titles.values()))
        told["titles"] = {lang: titles.get(lang, first) for lang in ("es", "en")}
    return told
