"""Findings of the attack on a release: counts by member, with every narrowed count.

A count that earlier releases or open collections already narrow is public and therefore no leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.protected_tables import settings
from warehouse.audit.attack import Contradiction, Interval, TimedOut
from warehouse.audit.relations import CellKey, Limits, Snapshot, drop_repeats, find_leaks
from warehouse.audit.released_counts import Member, collect_knowledge, open_facts, read_snapshots

COLUMNS = (*CellKey._fields, "low", "high", "answer")
NARROW, TIMED_OUT, CONTRADICTION = "narrow", "timed_out", "contradiction"


@dataclass(frozen=True)
class Finding:
    """Findings for a member and family: number of cells, exact totals, and the narrowed counts.

    `answer` is `attacked`, `known` (the last release has the same cells), `timed_out` or `contradiction`.
    """

    family: str
    area: str
    cells: int
    exact_totals: int
    perturbed: int
    stale: int
    answer: str
    narrow: Mapping[CellKey, Interval] = field(default_factory=dict)

    @property
    def has_leaks(self) -> bool:
        """Check if a count is narrowed or the attack has no answer."""
        return bool(self.narrow) or self.answer in (TIMED_OUT, CONTRADICTION)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield a row for each narrowed count, or for an attack without an answer."""
        for cell_key, interval in self.narrow.items():
            yield (*cell_key, *interval, NARROW)
        if self.answer in (TIMED_OUT, CONTRADICTION):
            nowhere = CellKey(self.family, "", self.area, "", None, "", "")  # type: ignore[arg-type]
            yield (*nowhere, None, None, self.answer)


def attack_release(
    file: Path, earlier: Sequence[Path], *, all_members: bool = False, limits: Limits | None = None
) -> list[Finding]:
    """Return the findings on a release file, given the earlier files in order.

    Skips members with the same cells and open facts as the last file, unless `all_members`.
    """
    protection_settings = settings()
    limits = limits or Limits(
        protection_settings.feasible_values, protection_settings.threshold, protection_settings.most_absent
    )
    history: dict[Member, list[Snapshot]] = {}
    for path in earlier:
        for member, snapshot in read_snapshots(path).items():
            history.setdefault(member, []).append(snapshot)
    last = earlier[-1] if earlier else None
    with duckdb.connect(file, read_only=True) as db:
        return [
            _attack_member(
                db, member, history.get(member, []), snapshot, None if all_members else last, limits
            )
            for member, snapshot in sorted(read_snapshots(file).items())
        ]


def _attack_member(
    db: duckdb.DuckDBPyConnection,
    member: Member,
    history: Sequence[Snapshot],
    snapshot: Snapshot,
    last: Path | None,
    limits: Limits,
) -> Finding:
    cells = snapshot.cells.values()
    exact = sum(cell.low == cell.high for cell in cells)
    stale = sum(cell.is_stale for cell in cells)
    cell_counts = (*member, len(snapshot.cells), exact, len(snapshot.cells) - exact, stale)
    knowledge = collect_knowledge(db, member, drop_repeats(history))
    if (
        history
        and last
        and history[-1].cells == snapshot.cells
        and _open_facts_in(last, member) == knowledge.facts
    ):
        return Finding(*cell_counts, "known")
    try:
        narrow = find_leaks(knowledge, snapshot, limits)
    except TimedOut:
        return Finding(*cell_counts, TIMED_OUT)
    except Contradiction:
        return Finding(*cell_counts, CONTRADICTION)
    return Finding(
        *cell_counts, "attacked", {version.cell_key: interval for version, interval in narrow.items()}
    )


def _open_facts_in(file: Path, member: Member) -> object:
    if file.suffix == ".parquet":
        return None
    with duckdb.connect(file, read_only=True) as db:
        return open_facts(db, *member)
