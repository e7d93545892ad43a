"""`check`: try a file and explain the corrections that it needs. Nothing is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assets.answers.answer import answer_to_refusal, answer_to_trial
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import try_file
from pipelines.cli import answer_files
from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.outcomes import print_outcome, print_refusal
from pipelines.cli.output import print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
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
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Try a file as `submit` would receive it. With `report`, write the answer to a file as well."""
    home, received_on = Home.default(), day_of_receipt(file, received)
    if report:
        answer_files.check_path(home, report, file)
    try:
        with try_file(home, file, collection, received_on) as tried_file:
            code = print_outcome(tried_file.outcome, lang, as_json, is_kept=False)
            if report:
                answer_files.write(report, answer_to_trial(tried_file, file), file, lang)
    except RefusedFile as refusal:
        code = print_refusal(refusal.finding, lang, as_json)
        if report:
            answer = answer_to_refusal(home, file, collection, received_on, refusal.finding)
            answer_files.write(report, answer, file, lang)
    if report and not as_json:
        print_sentence(say("cli.report_written", lang, file=report))
    return code


def day_of_receipt(file: Path, day_text: str | None) -> date:
    """Return the given day, else today. Raises Stop if the file is missing or the day is in the future."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    return day(day_text, not_after=today()) or today()
