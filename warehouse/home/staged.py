"""What the steps say of a submission: staged/<submission>/<step>.json, whole or not at all.

The tables beside them are frames.py. Which step is stale is assets/intake/freshness.py.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from schemas.findings import Finding, count_by_rule, count_by_severity
from warehouse.home import durable
from warehouse.home.places import Home
from warehouse.home.submissions import Submission

PROGRESS = logging.getLogger("lineabase.progress")
"""Long work tells here how far it is: message `step done/of`. Who wants to hear adds a handler."""

STEPS = ("submission", "records", "validated", "observations")
"""The steps of a submission, in order: each leaves a result, whatever became of the file."""
FIRST, LAST = STEPS[0], STEPS[-1]

TABLES = ("observations", "sources", "quarantined", "openings")
"""What the last step leaves of an accepted submission for the build."""

CASE_TABLES = ("observations", "case_lines", "case_rows", "quarantined", "openings")
"""The same where rows left as counts: each row's line, and each line's observation, stand for `sources`."""

ENTERED = "entered"
"""What the last step leaves of a submission of the network's records, alone."""

Proof: TypeAlias = tuple[int, str]
"""Size and sha256 of a staged table."""

FATES = ("accepted", "quarantined", "out_of_scope", "check_only", "layout")
"""Every source row is in exactly one of them."""


@dataclass(frozen=True)
class Result:
    """What a step says of one submission, kept beside its staged files.

    `files` are the tables that this step and those before it left.
    """

    step: str
    submission: str
    fingerprint: str
    status: str
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    files: dict[str, Proof] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables for the build that the last step says it left."""
        if self.facts.get("records"):
            return (ENTERED,)
        return CASE_TABLES if self.facts.get("cases") else TABLES

    @property
    def accepted(self) -> bool:
        """Whether the steps after this one have something to read."""
        return self.status == "accepted"


def severities(results: Iterable[Result]) -> dict[str, int]:
    """How many findings of each severity some steps have, with those that are not among the examples."""
    counted: Counter[str] = Counter()
    for result in results:
        counted.update(count_by_severity(count_by_rule(result.findings)))
    return dict(counted)


HELD = "held"
"""The status of a submission that the steps accepted, and that waits until somebody confirms it."""


def status_of(submission: Submission, last: Result) -> str:
    """What became of a submission: what its last step says, or held."""
    return HELD if last.accepted and submission.standing.waits else last.status


def read(home: Home, submission: str, step: str) -> Result | None:
    """What the step last said of the submission, or None."""
    path = home.staged(submission) / f"{step}.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if set(stored) != {f.name for f in fields(Result)}:
            return None
        findings = [Finding(**f) for f in stored["findings"]]
        files = {name: (size, sha256) for name, (size, sha256) in stored["files"].items()}
        return Result(**{**stored, "findings": findings, "files": files})
    except (OSError, ValueError, TypeError, AttributeError):  # cut or overwritten: the step is made again
        return None


def is_older(home: Home, submission: str, step: str) -> bool:
    """Whether an earlier version of the program wrote the step's word: a whole one, with other parts."""
    path = home.staged(submission) / f"{step}.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(stored, dict) and _ALWAYS <= set(stored) != {f.name for f in fields(Result)}


_ALWAYS = {"step", "submission", "fingerprint", "status", "rows", "findings"}
"""The parts that the word of every version has."""


def is_unreadable(home: Home, submission: str, step: str) -> bool:
    """Whether something lies where the step's word is kept, and it cannot be read."""
    return (home.staged(submission) / f"{step}.json").exists() and read(home, submission, step) is None


def is_damaged(home: Home, submission: str) -> bool:
    """Whether something that the steps left of the submission is cut or missing: by notes and sizes alone."""
    last = read(home, submission, LAST)
    if last is None:
        unreadable = [step for step in STEPS if is_unreadable(home, submission, step)]
        return any(not is_older(home, submission, step) for step in unreadable)
    return bool(damaged(home, last, to_the_byte=False))


def damaged(home: Home, result: Result, *, to_the_byte: bool = True) -> list[Path]:
    """The tables up to this step that are not as their step left them: missing, cut, or of other bytes."""
    folder = home.staged(result.submission)
    paths = {folder / f"{name}.parquet": proof for name, proof in result.files.items()}
    return [path for path, proof in paths.items() if not is_as_left(path, proof, to_the_byte)]


def is_as_left(path: Path, proof: Proof, to_the_byte: bool = True) -> bool:
    """Whether a table is what its step left: by its hash, or by its size alone."""
    size, sha256 = proof
    if not path.is_file() or path.stat().st_size != size:
        return False
    return not to_the_byte or durable.hash_now(path) == sha256


def results(home: Home, submission: str) -> dict[str, Result]:
    """What the steps last said of the submission, by step; a step that has not been made is not there."""
    results = {step: read(home, submission, step) for step in STEPS}
    return {step: result for step, result in results.items() if result}


def write(home: Home, result: Result) -> None:
    path = home.staged(result.submission) / f"{result.step}.json"
    durable.replace(path, json.dumps(asdict(result), ensure_ascii=False, indent=1).encode())
