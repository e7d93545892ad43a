"""Progress of a refresh: a bar for each step, on standard error."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines.cli.output import err
from schemas.words import say
from warehouse.home.step_results import PROGRESS, STEPS


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
