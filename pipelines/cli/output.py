"""Output: consoles, JSON documents for programs, and messages that several commands print."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from pipelines.cli.errors import USAGE, Stop
from schemas.words import Sentence, say
from warehouse.home import Home, Submission
from warehouse.home.repairs import REPAIR_LOGGER
from warehouse.home.step_results import PROGRESS, STEPS

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

UNBROKEN = 10_000
"""Width if the output is not a terminal, so that no line in a file or a pipe is broken."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else UNBROKEN)


def print_sentence(sentence: str, console: Console = out) -> None:
    """Print a sentence without markup and without line breaks inside a path or a name."""
    console.print(sentence, markup=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str, indent=1) + "\n")


def refuse_program_path(home: Home, file: Path, *, second_file: Path | None = None) -> None:
    """Raise Stop if a command would write into the program's folders: to the file, or to one beside it."""
    if home.is_program_path(file) or (second_file and home.is_program_path(second_file)):
        raise Stop(USAGE, "cli.is_the_program_s", file=file)


def print_held(submissions: list[Submission], lang: str, console: Console = out) -> None:
    """Print the held submissions, the reasons, and the next step."""
    if not submissions:
        return
    from assets.answers.justifications import justification_sentences

    for submission in submissions:
        state = submission.admission_state
        reasons = " ".join([b.problem(lang) for b in state.breaches] + justification_sentences(state, lang))
        print_sentence(say("cli.why_held", lang, submission=submission.id, reasons=reasons), console)
    names = ", ".join(submission.id for submission in submissions)
    print_sentence(say("cli.held_ones", lang, n=len(submissions), names=names), console)


class _RepairPrinter(logging.Handler):
    """Handler that prints each repair once, in the language of the command."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self.printed_texts: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        sentence = record.msg
        if isinstance(sentence, Sentence) and (text := sentence.render(self.lang)) not in self.printed_texts:
            self.printed_texts.add(text)
            print_sentence(text, err)


@contextmanager
def show_repairs(lang: str) -> Iterator[None]:
    """Print repairs that are made inside a `with` block."""
    handler = _RepairPrinter(lang)
    REPAIR_LOGGER.addHandler(handler)
    propagate_before, REPAIR_LOGGER.propagate = REPAIR_LOGGER.propagate, False
    try:
        yield
    finally:
        REPAIR_LOGGER.removeHandler(handler)
        REPAIR_LOGGER.propagate = propagate_before


class _Bars(logging.Handler):
    """Handler that turns `step done/total` messages of PROGRESS into bars and drops all others."""

    def __init__(self, progress: Progress, lang: str) -> None:
        super().__init__()
        self.progress, self.lang = progress, lang
        self.tasks: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        match = re.fullmatch(r"(\S+) (\d+)/(\d+)", record.getMessage())
        if match is None or hasattr(record, "dagster_meta"):
            return
        step, done, total = match[1], int(match[2]), int(match[3])
        name = step if step in STEPS else "build"
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(say(f"step.{name}", self.lang), total=total)
        self.progress.update(self.tasks[name], completed=done, total=total)


@contextmanager
def progress_bars(lang: str) -> Iterator[None]:
    """Show progress bars on standard error inside a `with` block."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        handler = _Bars(progress, lang)
        PROGRESS.addHandler(handler)
        PROGRESS.setLevel(logging.INFO)
        PROGRESS.propagate = False
        try:
            yield
        finally:
            PROGRESS.removeHandler(handler)
