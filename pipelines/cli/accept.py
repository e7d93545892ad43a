"""`accept`: an office accepts a refused spelling of a country for a collection."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from assets.intake.judging.decoding import country_code
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_sentence
from schemas.cards.decisions import MEANINGS, AcceptedLabel, accepted_labels, spelling
from schemas.cards.format_card import Card
from schemas.contracts import AMBIGUOUS_CODE, COUNTRY_ROLES, UNRESOLVED_CODE
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home, decisions_file
from warehouse.home.calendar import today


def accept(
    collection: Annotated[str, typer.Argument()],
    text: Annotated[str, typer.Argument()],
    means: Annotated[str, typer.Argument()],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Record the meaning of a spelling in a collection. The reading of all other texts stays the same."""
    home = Home.default()
    home.card_path(collection)  # raises if there is no such collection
    facts = {"text": text.strip(), "collection": collection, "means": means}
    label = _label(text, means, office)
    if accepted_labels(home.decisions(collection)).get(spelling(text)) == label.code:
        print_sentence(say("cli.spelling_was_accepted", lang, **facts))
        return OK
    if (read := _country_code(home.card(collection), text)) is not None:
        raise Stop(USAGE, "cli.spelling_is_read", **facts, read=read)
    decisions_file.accept_label(home, collection, label)
    print_sentence(say("cli.spelling_accepted", lang, **facts, file=home.decisions_path(collection)))
    return OK


def _country_code(card: Card, text: str) -> str | None:
    """Return the code that every country column of the card gives the text; None if a column refuses it."""
    columns = (c for fmt in card.formats() for column in fmt.columns.values() for _, c in column.cases())
    codes = {country_code(text, column) for column in columns if column.role in COUNTRY_ROLES}
    return None if codes & {UNRESOLVED_CODE, AMBIGUOUS_CODE} else codes.pop()


def _label(text: str, means: str, office: str) -> AcceptedLabel:
    try:
        return AcceptedLabel(text=text, means=means, decided_by=office, decided_on=today())
    except ValidationError as error:
        raise Stop(USAGE, "cli.no_meaning", value=means, others=", ".join(MEANINGS)) from error
