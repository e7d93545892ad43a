"""`accept`: a spelling of a country that is refused is accepted for one collection, by an office."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from schemas import countries
from schemas.decisions import MEANINGS, AcceptedLabel, accepted, spelling
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
    read = countries.resolve(text).citizenship
    if read is not None:
        raise Stop(USAGE, "cli.spelling_is_read", **facts, read=read)
    if accepted(home.decisions(collection)).get(spelling(text)) == label.code:
        tell(say("cli.spelling_was_accepted", lang, **facts))
        return OK
    decided.accept(home, collection, label)
    tell(say("cli.spelling_accepted", lang, **facts, file=home.decisions_path(collection)))
    return OK


def _label(text: str, means: str, office: str) -> AcceptedLabel:
    try:
        return AcceptedLabel(text=text, means=means, decided_by=office, decided_on=today())
    except ValidationError as error:
        raise Stop(USAGE, "cli.no_meaning", value=means, others=", ".join(MEANINGS)) from error
