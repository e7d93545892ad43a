"""Making a step for the submissions that need it: which are stale, and what is left where one breaks off.

No step's work is here. A step that is fresh (same fingerprint) is not made again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from schemas.findings import Finding
from warehouse.home import CHECKOUT, Home, Submission, lock
from warehouse.home.staged import PROGRESS, Result, read, write

FAILED = "failed"
"""Fingerprint of a step that broke off: it is no one's, so the step is made again next time."""


@dataclass(frozen=True)
class Step:
    """A step of the flow: its name and the libraries its result depends on."""

    order: int
    name: str
    libraries: tuple[str, ...] = ()
    after: Step | None = None

    @cache  # noqa: B019  (four steps, made once)
    def code(self) -> str:
        """Hash of the steps' room and of the library versions, of this step and those before it."""
        own = [_room(), *(version(name) for name in self.libraries)]
        return _digest([*own, self.after.code() if self.after else ""])


def fingerprint(home: Home, submission: Submission, step: Step) -> str:
    """sha256 of file, card, schemas (without indicators), the steps' modules and libraries."""
    card = home.card_path(submission.collection)
    told = card.read_text(encoding="utf-8")
    return _digest([submission.id, submission.sha256, told, schemas_digest(), step.code()])


@cache
def schemas_digest() -> str:
    """Hash of what schemas/ holds, without the catalogue of indicators."""
    root = CHECKOUT / "schemas"
    paths = [p for p in sorted(root.rglob("*")) if p.suffix in (".py", ".csv", ".toml", ".txt", ".tsv")]
    return _digest(_text(p) for p in paths if "indicators" not in p.relative_to(root).parts)


@cache
def _room() -> str:
    """Hash of this folder: a step is made again when any module beside it changes."""
    return _digest(_text(path) for path in sorted(Path(__file__).parent.glob("*.py")))


@cache
def _text(path: Path) -> str:
    """Program text as this process runs it: cached, since the process does not change."""
    return path.read_text(encoding="utf-8")


def _digest(parts: Iterable[str]) -> str:
    return sha256("\x00".join(parts).encode()).hexdigest()


def run(
    home: Home,
    submissions: Sequence[Submission],
    step: Step,
    make: Callable[[Home, Submission, str], Result],
) -> list[Result]:
    """Make the step for each submission that is not fresh. Never raises for one submission."""
    results = []
    for done, submission in enumerate(submissions, start=1):
        with lock.steps(home, submission.id):
            key = fingerprint(home, submission, step)
            result = read(home, submission.id, step.name)
            if result is None or result.fingerprint != key:
                result = _make(home, submission, step, key, make)
            results.append(result)
        PROGRESS.info("%s %d/%d", step.name, done, len(submissions))
    return results


def _make(
    home: Home,
    submission: Submission,
    step: Step,
    key: str,
    make: Callable[[Home, Submission, str], Result],
) -> Result:
    try:
        result = make(home, submission, key)
    except Exception as error:
        trace = home.staged(submission.id) / f"{step.name}.error.txt"
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        failed = Finding("step_failed", value=f"{step.name}: {type(error).__name__}")
        before = read(home, submission.id, step.after.name) if step.after else None
        rows = before.rows if before else {}
        result = Result(step.name, submission.id, FAILED, "rejected", rows, findings=[failed])
    write(home, result)
    return result


def stale(home: Home, submission: Submission, step: Step) -> bool:
    """Whether the step's result is missing or made from something else than what is there now."""
    result = read(home, submission.id, step.name)
    return result is None or result.fingerprint != fingerprint(home, submission, step)
