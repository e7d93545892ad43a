"""A submission of records beside those in force: which of the records that it replaces changed, or are gone.

Two of one key are the same record. Decides nothing but what is a breach; who is compared is admission.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from schemas.findings import Finding
from schemas.records import Declaration


@dataclass(frozen=True)
class Compared:
    """Of the records that a submission may replace, how many changed, went, wait; how many are new."""

    counts: dict[str, int]
    breaches: list[Finding] = field(default_factory=list)


def in_force(entered: Sequence[pa.Table]) -> pd.DataFrame:
    """The records in force of these submissions, the last one first: of each scope those of the last."""
    frames: list[pd.DataFrame] = []
    scopes: set[str] = set()
    for table in entered:
        frame = table.to_pandas()
        frames.append(frame[~frame["scope"].isin(scopes)])
        scopes |= set(frame["scope"])
    return pd.concat(frames, ignore_index=True)


def compare(
    before: pd.DataFrame, after: pd.DataFrame, waiting: pd.DataFrame, declared: Declaration
) -> Compared:
    """What `after`, and the keys that wait, make of the records before that share a scope with it."""
    said = [one.name for one in declared.stored]
    old = _by_key(before[before["scope"].isin(after["scope"])], declared, said)
    new = _by_key(after, declared, said)
    waits = set(_keys(waiting, declared))
    gone = [key for key in old if key not in new and key not in waits]
    changed = [key for key in old if key in new and new[key] != old[key]]
    counts = {
        "of": len(old),
        "changed": len(changed),
        "gone": len(gone),
        "waiting": sum(key in waits for key in old if key not in new),
        "new": sum(key not in old for key in new),
    }
    return Compared(counts, _breaches(counts, declared.held_share))


def _by_key(frame: pd.DataFrame, declared: Declaration, said: list[str]) -> dict[str, tuple[str, ...]]:
    rows = zip(*(frame[name].astype(str) for name in said), strict=True)
    return dict(zip(_keys(frame, declared), rows, strict=True))


def _keys(frame: pd.DataFrame, declared: Declaration) -> list[str]:
    return ["\x1f".join(map(str, row)) for row in frame[declared.key].itertuples(index=False)]


def _breaches(counts: dict[str, int], share: float) -> list[Finding]:
    named = (("changed", "records_changed"), ("gone", "records_gone"))
    if counts["changed"] + counts["gone"] <= share * counts["of"]:
        return []
    return [Finding(rule, value=str(counts[n]), expected=str(counts["of"])) for n, rule in named if counts[n]]
