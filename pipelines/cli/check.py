"""`check`: what would become of a steward's file, and in plain words what to mend. Nothing is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assets.answers.answer import of_refusal, of_trial
from assets.intake.privacy.guard import Refused
from assets.intake.processing import trial
from pipelines.cli import reports
from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.outcomes import print_outcome, print_refusal
from pipelines.cli.output import tell
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.home.calendar import today

FileArgument = Annotated[Path, typer.Argument()]
CollectionOption = Annotated[str, typer.Option("--collection", "-c")]
ReceivedOption = Annotated[str | None, typer.Option("--received")]


def check(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    report: Annotated[Path | None, typer.Option("--report")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Try a file as `submit` would receive it; with `report` the answer is written to a file, too."""
    home, received_on = Home.default(), day_of_receipt(file, received)
    if report:
        reports.refuse_place(home, report, file)
    try:
        with trial(home, file, collection, received_on) as tried:
            code = print_outcome(tried.outcome, lang, as_json, kept=False)
            if report:
                reports.write(report, of_trial(tried, file), file, lang)
    except Refused as refused:
        code = print_refusal(refused.finding, lang, as_json)
        if report:
            answer = of_refusal(home, file, collection, received_on, refused.finding)
            reports.write(report, answer, file, lang)
    if report and not as_json:
        tell(say("cli.report_written", lang, file=report))
    return code


def day_of_receipt(file: Path, received: str | None) -> date:
    """The day given, else today. Raises Stop if there is no such file or the day has not come."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    return day(received, not_after=today()) or today()
