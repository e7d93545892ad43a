"""Comparison of a submission of records with those in force: which of the records it replaces changed or are
gone.

Records with the same key are the same record. The module only decides which changes are breaches;
admission.py chooses the submissions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from schemas.findings import Finding
from schemas.records import Declaration


@dataclass(frozen=True)
class RecordComparison:
    """Number of the records that a submission may replace, by outcome, and the breaches."""

    counts: dict[str, int]
    breaches: list[Finding] = field(default_factory=list)


def in_force(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """Return the records in force of these submissions, the latest first: of each scope those of the
    latest."""
    frames: list[pd.DataFrame] = []
    scopes: set[str] = set()
    for table in tables:
        frame = table.to_pandas()
        frames.append(frame[~frame["scope"].isin(scopes)])
        scopes |= set(frame["scope"])
    return pd.concat(frames, ignore_index=True)


def compare(
    before: pd.DataFrame, after: pd.DataFrame, waiting: pd.DataFrame, declaration: Declaration
) -> RecordComparison:
    """Compare the records of `before` with those of `after` that have the same scope.

    Records whose key is quarantined in the new submission (`waiting`) count as waiting, not as gone.
    """
    columns = [column.name for column in declaration.table_columns]
    old_rows = _by_key(before[before["scope"].isin(after["scope"])], declaration, columns)
    new_rows = _by_key(after, declaration, columns)
    waiting_keys = set(_keys(waiting, declaration))
    gone_keys = [key for key in old_rows if key not in new_rows and key not in waiting_keys]
    changed_keys = [key for key in old_rows if key in new_rows and new_rows[key] != old_rows[key]]
    counts = {
        "of": len(old_rows),
        "changed": len(changed_keys),
        "gone": len(gone_keys),
        "waiting": sum(key in waiting_keys for key in old_rows if key not in new_rows),
        "new": sum(key not in old_rows for key in new_rows),
    }
    return RecordComparison(counts, _breaches(counts, declaration.held_share))


def _by_key(frame: pd.DataFrame, declaration: Declaration, columns: list[str]) -> dict[str, tuple[str, ...]]:
    rows = zip(*(frame[name].astype(str) for name in columns), strict=True)
    return dict(zip(_keys(frame, declaration), rows, strict=True))


def _keys(frame: pd.DataFrame, declaration: Declaration) -> list[str]:
    return ["\x1f".join(map(str, row)) for row in frame[declaration.key].itertuples(index=False)]


def _breaches(counts: dict[str, int], share: float) -> list[Finding]:
    rules = (("changed", "records_changed"), ("gone", "records_gone"))
    if counts["changed"] + counts["gone"] <= share * counts["of"]:
        return []
    return [Finding(rule, value=str(counts[n]), expected=str(counts["of"])) for n, rule in rules if counts[n]]
