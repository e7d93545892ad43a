"""`withdraw`: withdraw a submission from today on. The previous submission, if any, is in force again."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import print_sentence
from pipelines.dagster.collection_status import remaining_data
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home, receipts
from warehouse.home.calendar import today


def withdraw(
    submission: Annotated[str, typer.Argument()],
    why: Annotated[str, typer.Option("--why")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Record that an office withdraws a submission and why, and describe the data that stays in force."""
    home = Home.default()
    withdrawn_submission = home.submission(submission)
    receipts.withdraw(home, withdrawn_submission, today(), office=office, reason=why)
    remaining = remaining_data(home, withdrawn_submission)
    print_sentence(say("cli.withdrawn", lang, submission=submission, left=remaining))
    return OK
