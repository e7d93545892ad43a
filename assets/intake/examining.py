"""Files of the inbox while they are examined: each in a thread, so that a slow one keeps no other waiting.

A file that is not done in its time goes on while others are taken; a later look asks for what came of it.
Of one sender one slow file at a time is under way, the others wait for it. Nothing is received here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from warehouse.home import Home
from warehouse.home.inbox import Stamp


class StillExamined(Exception):
    """It takes longer than this look waits."""


@dataclass(frozen=True)
class Examination:
    """A private copy of a file, and what comes of examining it."""

    copy: Path
    stamp: Stamp
    outcome: Future[None] = field(default_factory=Future)

    def begin(self, examine: Callable[[Path], None]) -> None:
        """Examine the copy in a thread, which does not keep the process from ending."""
        Thread(target=self._run, args=(examine,), daemon=True).start()

    def _run(self, examine: Callable[[Path], None]) -> None:
        try:
            examine(self.copy)
        except BaseException as error:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(None)

    def wait(self, seconds: float | None) -> None:
        """Wait until it is done. Raises StillExamined after so many seconds; None waits to the end."""
        try:
            self.outcome.exception(timeout=seconds)
        except TimeoutError:
            raise StillExamined from None

    @property
    def is_lost(self) -> bool:
        """Whether somebody took the copy away, as who empties the inbox after a crash does."""
        return not self.copy.exists()


class Examinations:
    """Those under way in this process, by home and path in the inbox."""

    def __init__(self) -> None:
        self._of: dict[tuple[Path, str], Examination] = {}

    def find(self, home: Home, path: str, stamp: Stamp) -> Examination | None:
        """That of a file, if it is still the same file."""
        found = self._of.get((home.root, path))
        return found if found and found.stamp == stamp else None

    def begin(
        self, home: Home, path: str, copy: Path, stamp: Stamp, examine: Callable[[Path], None]
    ) -> Examination:
        """Begin to examine a copy, where no other file of its sender is under way."""
        self.end(home, path)
        self._of[home.root, path] = examination = Examination(copy, stamp)
        examination.begin(examine)
        return examination

    def is_busy(self, home: Home, path: str, stamp: Stamp) -> bool:
        """Whether another file of the same sender is examined."""
        own = self.find(home, path, stamp)
        return any(
            root == home.root
            and _sender(other) == _sender(path)
            and examination is not own
            and not examination.outcome.done()
            for (root, other), examination in self._of.items()
        )

    def end(self, home: Home, path: str) -> None:
        """Forget one that is done, and remove its copy."""
        if examination := self._of.pop((home.root, path), None):
            shutil.rmtree(examination.copy.parent, ignore_errors=True)

    def forget_gone(self, home: Home, files: dict[str, Stamp]) -> None:
        """Forget those that are done and whose file is no longer there, or is another one."""
        for (root, path), examination in list(self._of.items()):
            if root == home.root and examination.outcome.done() and files.get(path) != examination.stamp:
                self.end(home, path)

    def folders(self, home: Home) -> set[Path]:
        """Where the copies lie."""
        return {one.copy.parent for (root, _), one in self._of.items() if root == home.root}


def _sender(path: str) -> str:
    return path.split("/", 1)[0]
