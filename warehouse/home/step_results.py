"""Results of the steps of a submission: staged/<submission>/steps.json, written whole or not at all.

frames.py has their tables. assets/intake/freshness.py decides which step is out of date.
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
from warehouse.home.layout import Home
from warehouse.home.submissions import Submission

PROGRESS = logging.getLogger("lineabase.progress")
"""Long work reports its progress here: message `step done/of`. Callers add a handler to receive it."""

STEPS = ("submission", "records", "validated", "observations")
"""Steps of a submission in order: each leaves a result, whatever the status of the file."""
FIRST_STEP, LAST_STEP = STEPS[0], STEPS[-1]

TABLES = ("observations", "sources", "quarantined", "openings")
"""Tables of the last step of an accepted submission, for the build."""

CASE_TABLES = ("observations", "case_lines", "case_rows", "quarantined", "openings")
"""Tables of cases, where rows became counts: the line of each row, and the observation of each line."""

RECORDS_TABLE = "entered"
"""Only table of the last step for a submission of the network's records."""

SizeAndHash: TypeAlias = tuple[int, str]
"""Size and sha256 of a staged table."""

ROW_STATUSES = ("accepted", "quarantined", "out_of_scope", "check_only", "layout")
"""Statuses of a source row; every row has exactly one status."""


@dataclass(frozen=True)
class StepResult:
    """Result of a step for a submission, kept with its staged files.

    `files` are the tables that this step and the steps before it left.
    """

    step: str
    submission: str
    fingerprint: str
    status: str
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    files: dict[str, SizeAndHash] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the last step left for the build."""
        if self.facts.get("records"):
            return (RECORDS_TABLE,)
        return CASE_TABLES if self.facts.get("cases") else TABLES

    @property
    def is_accepted(self) -> bool:
        """True if the next steps have something to read."""
        return self.status == "accepted"


def count_severities(results: Iterable[StepResult]) -> dict[str, int]:
    """Count findings of some results by severity, including those that are not examples."""
    totals: Counter[str] = Counter()
    for result in results:
        totals.update(count_by_severity(count_by_rule(result.findings)))
    return dict(totals)


HELD_STATUS = "held"
"""Status of a submission that the steps accepted and that waits for a confirmation."""


def status_of(submission: Submission, last_result: StepResult) -> str:
    """Return the status of a submission: that of its last step, or held."""
    return (
        HELD_STATUS
        if last_result.is_accepted and submission.admission_state.is_waiting
        else last_result.status
    )


def read_result(home: Home, submission: str, step: str) -> StepResult | None:
    """Read the last result of a step for a submission. Returns None if there is none."""
    stored = _stored_results(home, submission)
    return _parse_result(stored[step]) if step in stored else None


def read_results(home: Home, submission: str) -> dict[str, StepResult]:
    """Read the last results of the steps of a submission, by step; steps without a result are left out."""
    stored = _stored_results(home, submission)
    results = {step: _parse_result(stored[step]) for step in STEPS if step in stored}
    return {step: result for step, result in results.items() if result}


def _stored_results(home: Home, submission: str) -> dict[str, Any]:
    """Return the content of the file of results: empty if it is missing, truncated or overwritten."""
    try:
        stored = json.loads(results_path(home, submission).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _parse_result(stored: Any) -> StepResult | None:
    try:
        if set(stored) != {f.name for f in fields(StepResult)}:
            return None
        findings = [Finding(**f) for f in stored["findings"]]
        files = {name: (size, sha256) for name, (size, sha256) in stored["files"].items()}
        return StepResult(**{**stored, "findings": findings, "files": files})
    except (ValueError, TypeError, AttributeError):  # overwritten: the step runs again
        return None


def results_path(home: Home, submission: str) -> Path:
    """Return the path of the results of a submission."""
    return home.staged_folder(submission) / "steps.json"


def is_older_version(home: Home, submission: str) -> bool:
    """True if an earlier version of the program wrote the results: complete, with other keys or files."""
    if not results_path(home, submission).exists():
        return bool(_files_of_earlier_version(home, submission))
    stored = _stored_results(home, submission).values()
    return any(
        isinstance(result, dict) and _COMMON_KEYS <= set(result) != {f.name for f in fields(StepResult)}
        for result in stored
    )


_COMMON_KEYS = {"step", "submission", "fingerprint", "status", "rows", "findings"}
"""Keys of a result in every version."""


def _files_of_earlier_version(home: Home, submission: str) -> list[Path]:
    """List the results' files of versions that had one for each step."""
    paths = [home.staged_folder(submission) / f"{step}.json" for step in STEPS]
    return [path for path in paths if path.exists()]


def is_unreadable(home: Home, submission: str) -> bool:
    """True if the results' file exists and a result in it cannot be read."""
    if not results_path(home, submission).exists():
        return False
    stored = _stored_results(home, submission)
    return not stored or any(_parse_result(result) is None for result in stored.values())


def is_damaged(home: Home, submission: str) -> bool:
    """True if an output of the steps is truncated or missing, judged by results and sizes alone."""
    last = read_result(home, submission, LAST_STEP)
    if last is None:
        return is_unreadable(home, submission) and not is_older_version(home, submission)
    return bool(find_damaged_tables(home, last, to_the_byte=False))


def find_damaged_tables(home: Home, result: StepResult, *, to_the_byte: bool = True) -> list[Path]:
    """List the tables up to this step that are missing, truncated or have other bytes than written."""
    folder = home.staged_folder(result.submission)
    paths = {folder / f"{name}.parquet": proof for name, proof in result.files.items()}
    return [path for path, proof in paths.items() if not is_unchanged(path, proof, to_the_byte)]


def is_unchanged(path: Path, proof: SizeAndHash, to_the_byte: bool = True) -> bool:
    """True if a table is unchanged, by its hash or by its size alone."""
    size, sha256 = proof
    if not path.is_file() or path.stat().st_size != size:
        return False
    return not to_the_byte or durable.hash_now(path) == sha256


def write_result(home: Home, result: StepResult) -> None:
    """Store the result of a step with those of the other steps. The caller holds step.lock."""
    stored = _stored_results(home, result.submission) | {result.step: asdict(result)}
    content = json.dumps(stored, ensure_ascii=False, indent=1).encode()
    durable.replace(results_path(home, result.submission), content)
    for path in _files_of_earlier_version(home, result.submission):
        path.unlink()
