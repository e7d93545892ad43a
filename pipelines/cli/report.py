"""`report`: what became of a submission, on the screen or as the page or workbook for its sender."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from assets.answers.answer import of_kept
from assets.intake import admission, runner
from assets.intake.processing import process
from pipelines.cli import reports
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.outcomes import print_outcome
from pipelines.cli.output import tell
from schemas.words import DEFAULT, say
from warehouse.home import Home


def report(
    submission: Annotated[str, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Say again what became of a submission, and what changed by it."""
    home = Home.default()
    kept = home.submission(submission)
    if output:
        reports.refuse_place(home, output, kept.file)
    outcome = process(home, kept)
    print_outcome(outcome, lang, as_json, kept=True)
    if output:
        judge = partial(admission.judged, home, kept, home, partial(runner.make_ready, home))
        reports.write(output, of_kept(home, kept, outcome, judge, kept.file.name), kept.file, lang)
        if not as_json:
            tell(say("cli.report_written", lang, file=output))
    return OK
