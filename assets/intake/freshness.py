"""Freshness of staged results: the fingerprint of a step, and the check that its result still has it.

Each `status` command runs this, so the module imports no step and none of a step's libraries. runner.py runs
a step.
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
from warehouse.home.step_results import find_damaged_tables, read_result

NOT_OF_STEPS = ("indicators", "words")
"""Folders of schemas/ that no step reads. A step leaves rules and values; the build writes sentences."""


def outdated_submissions(home: Home, *, to_the_byte: bool = False) -> list[Submission]:
    """Return the submissions whose last step is missing, damaged or out of date, in order of receipt.

    Before a build, staged tables are checked by their hashes (`to_the_byte`), otherwise by their size.
    """
    return [s for s in home.submissions() if is_stale(home, s, OBSERVATIONS, to_the_byte=to_the_byte)]


def is_stale(home: Home, submission: Submission, step: Step, *, to_the_byte: bool = True) -> bool:
    """Check if the step's result is missing, was made from other inputs, is damaged, or is not compared yet.

    Its tables are compared by their hashes or, without `to_the_byte`, only by their size.
    """
    result = read_result(home, submission.id, step.name)
    if result is None or result.fingerprint != fingerprint(home, submission, step):
        return True
    if find_damaged_tables(home, result, to_the_byte=to_the_byte):
        return True
    return step is OBSERVATIONS and result.is_accepted and submission.admission_state.to_compare


@cache
def code_digest(step: Step) -> str:
    """Return the hash of the steps' folder and of the library versions, for this step and those before it."""
    parts = [_folder_digest(), *(version(name) for name in step.libraries)]
    return _digest([*parts, code_digest(step.after) if step.after else ""])


def fingerprint(home: Home, submission: Submission, step: Step) -> str:
    """Return the sha256 of file, card, accepted spellings, schemas/ without NOT_OF_STEPS, the steps' folder
    and libraries."""
    card = home.card_path(submission.collection)
    card_text = card.read_text(encoding="utf-8")
    labels = decisions.accepted_labels(home.decisions(submission.collection))
    return _digest(
        [submission.id, submission.sha256, card_text, str(labels), schemas_digest(), code_digest(step)]
    )


@cache
def schemas_digest() -> str:
    """Return the hash of schemas/ without the folders in NOT_OF_STEPS."""
    root = CHECKOUT / "schemas"
    paths = [
        p for p in sorted(root.rglob("*")) if p.suffix in (".py", ".pyi", ".csv", ".toml", ".txt", ".tsv")
    ]
    return _digest(_text(p) for p in paths if p.relative_to(root).parts[0] not in NOT_OF_STEPS)


@cache
def _folder_digest() -> str:
    """Return the hash of this folder. A step runs again when any module of the folder changes."""
    return _digest(_text(path) for path in sorted(Path(__file__).parent.rglob("*.py")))


@cache
def _text(path: Path) -> str:
    """Read a program text once: it does not change for the running process."""
    return path.read_text(encoding="utf-8")


def _digest(parts: Iterable[str]) -> str:
    return sha256("\x00".join(parts).encode()).hexdigest()
