"""`confirm`: a held submission is let in; the office that says so, and why, stand in its history."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_json, tell
from schemas.words import DEFAULT, say
from warehouse.home import Home, receipts
from warehouse.home.calendar import today


def confirm(
    submission: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Note that an office lets a held submission in, and why."""
    home = Home.default()
    kept = home.submission(submission)
    receipts.confirm(home, kept, today(), **said_by(office, reason))
    if as_json:
        print_json({"submission": submission, "status": "accepted"})
    else:
        tell(say("cli.confirmed", lang, submission=submission))
    return OK


def said_by(office: str | None, reason: str | None) -> dict[str, str]:
    """Who confirms and why. Raises Stop where either is missing: a confirmation without them is none."""
    words = {"office": (office or "").strip(), "reason": (reason or "").strip()}
    if not all(words.values()):
        raise Stop(USAGE, "cli.confirm_needs")
    return words
