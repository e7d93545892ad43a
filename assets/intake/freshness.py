"""Which submissions' steps are out of date: a step's fingerprint, and whether its result still bears it.

Asked at each `status`, so that no step is imported here, nor what a step works with. Making one: runner.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from assets.intake.step import OBSERVATIONS, Step
from schemas.cards import decisions
from warehouse.home import CHECKOUT, Home, Submission
from warehouse.home.staged import damaged, read

NOT_OF_STEPS = ("indicators", "words")
"""Folders of schemas/ that no step reads: a step leaves rules and figures, the build puts them in words."""


def waiting(home: Home, *, to_the_byte: bool = False) -> list[Submission]:
    """The submissions whose last step is missing, damaged or out of date, in order of receipt.

    Before a build staged tables are asked `to_the_byte`; else by their size.
    """
    return [s for s in home.submissions() if stale(home, s, OBSERVATIONS, to_the_byte=to_the_byte)]


def stale(home: Home, submission: Submission, step: Step, *, to_the_byte: bool = True) -> bool:
    """Whether its result is missing, made from something else than what is there now, or not compared yet.

    Its tables are compared with their hashes, or (not `to_the_byte`) by their size alone.
    """
    result = read(home, submission.id, step.name)
    if result is None or result.fingerprint != fingerprint(home, submission, step):
        return True
    if damaged(home, result, to_the_byte=to_the_byte):
        return True
    return step is OBSERVATIONS and result.accepted and submission.standing.to_compare


@cache
def code(step: Step) -> str:
    """Hash of the steps' room and of the library versions, of this step and those before it."""
    own = [_room(), *(version(name) for name in step.libraries)]
    return _digest([*own, code(step.after) if step.after else ""])


def fingerprint(home: Home, submission: Submission, step: Step) -> str:
    """sha256 of file, card, accepted spellings, what schemas/ says of rows, the steps' room and libraries."""
    card = home.card_path(submission.collection)
    card_text = card.read_text(encoding="utf-8")
    labels = decisions.accepted(home.decisions(submission.collection))
    return _digest([submission.id, submission.sha256, card_text, str(labels), schemas_digest(), code(step)])


@cache
def schemas_digest() -> str:
    """Hash of what schemas/ holds, without what no step reads: NOT_OF_STEPS."""
    root = CHECKOUT / "schemas"
    paths = [p for p in sorted(root.rglob("*")) if p.suffix in (".py", ".csv", ".toml", ".txt", ".tsv")]
    return _digest(_text(p) for p in paths if p.relative_to(root).parts[0] not in NOT_OF_STEPS)


@cache
def _room() -> str:
    """Hash of this folder: a step is made again when any module beside it changes."""
    return _digest(_text(path) for path in sorted(Path(__file__).parent.rglob("*.py")))


@cache
def _text(path: Path) -> str:
    """Program text as this process runs it: cached, since the process does not change."""
    return path.read_text(encoding="utf-8")


def _digest(parts: Iterable[str]) -> str:
    return sha256("\x00".join(parts).encode()).hexdigest()
