"""`report`: print the result of a submission, or write it as a page or workbook for its sender."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from assets.answers.answer import answer_to_submission
from assets.intake import admission, runner
from assets.intake.processing import process
from pipelines.cli import answer_files
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.outcomes import print_outcome
from pipelines.cli.output import print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home


def report(
    submission: Annotated[str, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the result of a submission again, and the values that it changed."""
    home = Home.default()
    kept_submission = home.submission(submission)
    if output:
        answer_files.check_path(home, output, kept_submission.file)
    outcome = process(home, kept_submission)
    print_outcome(outcome, lang, as_json, is_kept=True)
    if output:
        judge = partial(
            admission.compare_submission, home, kept_submission, home, partial(runner.run_all_steps, home)
        )
        answer = answer_to_submission(home, kept_submission, outcome, judge, kept_submission.file.name)
        answer_files.write(output, answer, kept_submission.file, lang)
        if not as_json:
            print_sentence(say("cli.report_written", lang, file=output))
    return OK
