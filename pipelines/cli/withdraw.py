"""`withdraw`: a submission goes out of force from today; the one before it, if there is one, comes back."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import tell
from pipelines.dagster.collections import left_in_force
from schemas.words import DEFAULT, say
from warehouse.home import Home, receipts
from warehouse.home.calendar import today


def withdraw(
    submission: Annotated[str, typer.Argument()],
    why: Annotated[str, typer.Option("--why")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT,
) -> int:
    """Note that an office withdraws a submission, and why; say what is left in force of its collection."""
    home = Home.default()
    kept = home.submission(submission)
    receipts.withdraw(home, kept, today(), office=office, why=why)
    tell(say("cli.withdrawn", lang, submission=submission, left=left_in_force(home, kept)))
    return OK
