"""What steps leave behind and how freshness is told: staged/<submission>/<step>.{json,parquet}.

No step is made here. A step that is fresh (same fingerprint) is not made again.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.findings import Finding
from schemas.tables import Table
from warehouse.home import CHECKOUT, Home, Submission

PROGRESS = logging.getLogger("lineabase.progress")
"""Long work tells here how far it is: message `step done/of`. Who wants to hear adds a handler."""

FAILED = "failed"
"""Fingerprint of a step that broke off: it is no one's, so the step is made again next time."""

FATES = ("accepted", "quarantined", "out_of_scope", "check_only", "layout")
"""Every source row is in exactly one of them."""


@dataclass(frozen=True)
class Step:
    """A step of the flow: its name, its modules and the libraries its result depends on."""

    order: int
    name: str
    modules: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    after: Step | None = None

    @cache  # noqa: B019  (four steps, made once)
    def code(self) -> str:
        """Hash of the module and library versions, of this step and those before it."""
        own = [*(_text(Path(m)) for m in self.modules), *(version(name) for name in self.libraries)]
        return _digest([*own, self.after.code() if self.after else ""])


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
        key = fingerprint(home, submission, step)
        earlier = read(home, submission.id, step.name)
        if earlier is not None and earlier.fingerprint == key:
            results.append(earlier)
        else:
            results.append(_make(home, submission, step, key, make))
        PROGRESS.info("%s %d/%d", step.name, done, len(submissions))
    return results


def _make(
    home: Home,
    submission: Submission,
    step: Step,
    key: str,
    make: Callable[[Home, Submission, str], Result],
) -> Result:
    home.staged(submission.id).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        result = make(home, submission, key)
    except Exception as error:
        trace = home.staged(submission.id) / f"{step.name}.error.txt"
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        failed = Finding("step_failed", value=f"{step.name}: {type(error).__name__}")
        before = read(home, submission.id, step.after.name) if step.after else None
        rows = before.rows if before else {}
        result = Result(step.name, submission.id, FAILED, "rejected", rows, findings=[failed])
    _write_json(home, result)
    return result


def stale(home: Home, submission: Submission, step: Step) -> bool:
    """Whether the step's result is missing or made from something else than what is there now."""
    result = read(home, submission.id, step.name)
    return result is None or result.fingerprint != fingerprint(home, submission, step)


def read(home: Home, submission: str, step: str) -> Result | None:
    """What the step last said of the submission, or None."""
    path = home.staged(submission) / f"{step}.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    if set(told) != {f.name for f in fields(Result)}:
        return None
    return Result(**{**told, "findings": [Finding(**f) for f in told["findings"]]})


def _write_json(home: Home, result: Result) -> None:
    path = home.staged(result.submission) / f"{result.step}.json"
    replace_file(path, json.dumps(asdict(result), ensure_ascii=False, indent=1).encode())


def write_frame(
    home: Home, submission: str, name: str, frame: pd.DataFrame, table: Table | None = None
) -> None:
    """Write a staged table whole or not at all, with the declared columns and types if a table is given."""
    path = home.staged(submission) / f"{name}.parquet"
    schema = arrow_schema(table) if table else None
    columns = frame[table.column_names] if table else frame
    arrow = pa.Table.from_pandas(columns, schema=schema, preserve_index=False)
    pq.write_table(arrow, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


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


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)
