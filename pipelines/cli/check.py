"""`check`: what would become of a steward's file, and in plain words what to mend. Nothing is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assets.intake import check as try_file
from assets.steps.guard import Refused
from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.outcomes import print_outcome, print_refusal
from schemas.words import DEFAULT
from warehouse.home import Home
from warehouse.home.calendar import today

FileArgument = Annotated[Path, typer.Argument()]
CollectionOption = Annotated[str, typer.Option("--collection", "-c")]
ReceivedOption = Annotated[str | None, typer.Option("--received")]


def check(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Try a file as `submit` would receive it."""
    received_on = day_of_receipt(file, received)
    try:
        outcome = try_file(Home.default(), file, collection, received_on)
    except Refused as refused:
        return print_refusal(refused.finding, lang, as_json)
    return print_outcome(outcome, lang, as_json, kept=False)


def day_of_receipt(file: Path, received: str | None) -> date:
    """The day given, else today. Raises Stop if there is no such file or the day has not come."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    return day(received, not_after=today()) or today()
