"""What the steps leave of a submission: staged/<submission>/<step>.{json,parquet}, whole or not at all.

Which step is stale, and making it, is assets/steps/runner.py.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.findings import Finding, count_by_rule, count_by_severity
from schemas.tables import Table
from warehouse.home import durable
from warehouse.home.places import Home

PROGRESS = logging.getLogger("lineabase.progress")
"""Long work tells here how far it is: message `step done/of`. Who wants to hear adds a handler."""

STEPS = ("submission", "records", "validated", "observations")
"""The steps of a submission, in order: each leaves a result, whatever became of the file."""
FIRST, LAST = STEPS[0], STEPS[-1]

TABLES = ("observations", "sources", "quarantined")
"""What the last step leaves of an accepted submission for the build."""

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
    def accepted(self) -> bool:
        """Whether the steps after this one have something to read."""
        return self.status == "accepted"


def severities(results: Iterable[Result]) -> dict[str, int]:
    """How many findings of each severity some steps have, with those that are not among the examples."""
    counted: Counter[str] = Counter()
    for result in results:
        counted.update(count_by_severity(count_by_rule(result.findings)))
    return dict(counted)


def read(home: Home, submission: str, step: str) -> Result | None:
    """What the step last said of the submission, or None."""
    path = home.staged(submission) / f"{step}.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    if set(told) != {f.name for f in fields(Result)}:
        return None
    return Result(**{**told, "findings": [Finding(**f) for f in told["findings"]]})


def results(home: Home, submission: str) -> dict[str, Result]:
    """What the steps last said of the submission, by step; a step that has not been made is not there."""
    found = {step: read(home, submission, step) for step in STEPS}
    return {step: result for step, result in found.items() if result}


def write(home: Home, result: Result) -> None:
    path = home.staged(result.submission) / f"{result.step}.json"
    durable.replace(path, json.dumps(asdict(result), ensure_ascii=False, indent=1).encode())


Frame: TypeAlias = pd.DataFrame | pa.Table
"""A staged table, of pandas or of Arrow."""


def write_frame(home: Home, submission: str, name: str, frame: Frame, table: Table | None = None) -> None:
    """Write a staged table whole or not at all, with the declared columns and types if a table is given."""
    path = home.staged(submission) / f"{name}.parquet"
    schema = arrow_schema(table) if table else None
    arrow = frame if isinstance(frame, pa.Table) else _arrow(frame, schema)
    pq.write_table(arrow, path.with_suffix(".tmp"), **_how(frame))
    os.replace(path.with_suffix(".tmp"), path)


def _how(frame: Frame) -> dict[str, Any]:
    """Columns of Arrow say themselves whether texts occur often: no dictionary is tried for the others."""
    if not isinstance(frame, pa.Table):
        return {}
    return {"use_dictionary": [f.name for f in frame.schema if pa.types.is_dictionary(f.type)]}


def _arrow(frame: pd.DataFrame, schema: pa.Schema | None) -> pa.Table:
    columns = frame[schema.names] if schema else frame
    return pa.Table.from_pandas(columns, schema=schema, preserve_index=False)


def arrow_schema(table: Table) -> pa.Schema:
    """The declared columns as Arrow types."""
    types = {
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "BIGINT": pa.int64(),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.null) for c in table.columns])


def read_frame(home: Home, submission: str, name: str) -> pd.DataFrame:
    """A staged table."""
    return pd.read_parquet(home.staged(submission) / f"{name}.parquet")


def read_arrow(home: Home, submission: str, name: str) -> pa.Table:
    """A staged table, its columns as they were written."""
    return pq.read_table(home.staged(submission) / f"{name}.parquet")
