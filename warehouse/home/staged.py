"""What the steps say of a submission: staged/<submission>/<step>.json, whole or not at all.

The tables beside them are frames.py. Which step is stale is assets/steps/freshness.py.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

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

CASE_TABLES = ("observations", "case_lines", "case_rows", "quarantined")
"""The same where rows left as counts: each row's line, and each line's observation, stand for `sources`."""

FATES = ("accepted", "quarantined", "out_of_scope", "check_only", "layout")
"""Every source row is in exactly one of them."""


@dataclass(frozen=True)
class Result:
    """What a step says of one submission, kept beside its staged file."""

    step: str
    submission: str
    fingerprint: str
    status: str
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables for the build that the last step says it left."""
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
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    if set(stored) != {f.name for f in fields(Result)}:
        return None
    return Result(**{**stored, "findings": [Finding(**f) for f in stored["findings"]]})


def results(home: Home, submission: str) -> dict[str, Result]:
    """What the steps last said of the submission, by step; a step that has not been made is not there."""
    results = {step: read(home, submission, step) for step in STEPS}
    return {step: result for step, result in results.items() if result}


def write(home: Home, result: Result) -> None:
    path = home.staged(result.submission) / f"{result.step}.json"
    durable.replace(path, json.dumps(asdict(result), ensure_ascii=False, indent=1).encode())
