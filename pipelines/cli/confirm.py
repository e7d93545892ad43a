"""`confirm`: accept a held submission. Its history keeps the office and the reason."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_json, print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home, receipts
from warehouse.home.calendar import today


def confirm(
    submission: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Record that an office confirms a held submission, and the reason."""
    home = Home.default()
    held_submission = home.submission(submission)
    receipts.confirm(home, held_submission, today(), **required_confirmation(office, reason))
    if as_json:
        print_json({"submission": submission, "status": "accepted"})
    else:
        print_sentence(say("cli.confirmed", lang, submission=submission))
    return OK


def required_confirmation(office: str | None, reason: str | None) -> dict[str, str]:
    """Return office and reason of a confirmation. Raises Stop if either is missing."""
    confirmation = {"office": (office or "").strip(), "reason": (reason or "").strip()}
    if not all(confirmation.values()):
        raise Stop(USAGE, "cli.confirm_needs")
    return confirmation
