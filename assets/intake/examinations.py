"""Files of the inbox that are being examined, each in a thread: a slow file does not delay the others.

An examination that exceeds its time continues while other files are processed; a later run collects its
result. At most one file of each sender is examined at a time. Nothing is received here.
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
    """The examination takes longer than this run waits."""


@dataclass(frozen=True)
class Examination:
    """A private copy of a file, and the result of examining it."""

    copy: Path
    stamp: Stamp
    outcome: Future[None] = field(default_factory=Future)

    def begin(self, examine: Callable[[Path], None]) -> None:
        """Examine the copy in a thread that does not keep the process alive."""
        Thread(target=self._run, args=(examine,), daemon=True).start()

    def _run(self, examine: Callable[[Path], None]) -> None:
        try:
            examine(self.copy)
        except BaseException as error:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(None)

    def wait(self, seconds: float | None) -> None:
        """Wait for the result. Raises StillExamined after `seconds`; None waits without limit."""
        try:
            self.outcome.exception(timeout=seconds)
        except TimeoutError:
            raise StillExamined from None

    @property
    def is_lost(self) -> bool:
        """True if the copy was removed, as a process does that cleans up after a crash."""
        return not self.copy.exists()


class Examinations:
    """Examinations of this process, by home and path in the inbox."""

    def __init__(self) -> None:
        self._examinations: dict[tuple[Path, str], Examination] = {}

    def find(self, home: Home, path: str, stamp: Stamp) -> Examination | None:
        """Return the examination of a file if the file has not changed since."""
        examination = self._examinations.get((home.root, path))
        return examination if examination and examination.stamp == stamp else None

    def begin(
        self, home: Home, path: str, copy: Path, stamp: Stamp, examine: Callable[[Path], None]
    ) -> Examination:
        """Begin to examine a copy. The caller checks that the sender has no other file under examination."""
        self.end(home, path)
        self._examinations[home.root, path] = examination = Examination(copy, stamp)
        examination.begin(examine)
        return examination

    def is_busy(self, home: Home, path: str, stamp: Stamp) -> bool:
        """True if another file of the same sender is being examined."""
        own_examination = self.find(home, path, stamp)
        return any(
            root == home.root
            and _sender(other_path) == _sender(path)
            and examination is not own_examination
            and not examination.outcome.done()
            for (root, other_path), examination in self._examinations.items()
        )

    def end(self, home: Home, path: str) -> None:
        """Remove an examination and its copy."""
        if examination := self._examinations.pop((home.root, path), None):
            shutil.rmtree(examination.copy.parent, ignore_errors=True)

    def forget_gone(self, home: Home, files: dict[str, Stamp]) -> None:
        """Remove finished examinations whose file has been removed or replaced."""
        for (root, path), examination in list(self._examinations.items()):
            if root == home.root and examination.outcome.done() and files.get(path) != examination.stamp:
                self.end(home, path)

    def folders(self, home: Home) -> set[Path]:
        """Return the folders of the copies."""
        return {
            examination.copy.parent
            for (root, _), examination in self._examinations.items()
            if root == home.root
        }


def _sender(path: str) -> str:
    return path.split("/", 1)[0]
