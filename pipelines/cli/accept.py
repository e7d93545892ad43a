"""`accept`: a spelling of a country that is refused is accepted for one collection, by an office."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from assets.intake.judging.decoding import country_code
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from schemas.cards.decisions import MEANINGS, AcceptedLabel, accepted, spelling
from schemas.cards.format_card import Card
from schemas.contracts import AMBIGUOUS, COUNTRY_ROLES, UNRESOLVED
from schemas.words import DEFAULT, say
from warehouse.home import Home, decided
from warehouse.home.calendar import today


def accept(
    collection: Annotated[str, typer.Argument()],
    text: Annotated[str, typer.Argument()],
    means: Annotated[str, typer.Argument()],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT,
) -> int:
    """Note what a spelling means in a collection; it changes no text that is read without it."""
    home = Home.default()
    home.card_path(collection)  # there is such a collection
    facts = {"text": text.strip(), "collection": collection, "means": means}
    label = _label(text, means, office)
    if accepted(home.decisions(collection)).get(spelling(text)) == label.code:
        tell(say("cli.spelling_was_accepted", lang, **facts))
        return OK
    if (read := _read(home.card(collection), text)) is not None:
        raise Stop(USAGE, "cli.spelling_is_read", **facts, read=read)
    decided.accept(home, collection, label)
    tell(say("cli.spelling_accepted", lang, **facts, file=home.decisions_path(collection)))
    return OK


def _read(card: Card, text: str) -> str | None:
    """What the text is read as in every column of countries of the card; None where one refuses it."""
    columns = (c for fmt in card.formats() for column in fmt.columns.values() for _, c in column.cases())
    read = {country_code(text, column) for column in columns if column.role in COUNTRY_ROLES}
    return None if read & {UNRESOLVED, AMBIGUOUS} else read.pop()


def _label(text: str, means: str, office: str) -> AcceptedLabel:
    try:
        return AcceptedLabel(text=text, means=means, decided_by=office, decided_on=today())
    except ValidationError as error:
        raise Stop(USAGE, "cli.no_meaning", value=means, others=", ".join(MEANINGS)) from error
