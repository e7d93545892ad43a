"""What the attack finds in a release, counted for people: by member, with every count that is narrowed.

A count that earlier releases or open collections narrow by themselves is public already: it is no leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.protected import settings
from warehouse.audit.attack import Contradiction, Interval, TimedOut
from warehouse.audit.published import Member, knowledge, open_facts, snapshots
from warehouse.audit.relations import Limits, Place, Snapshot, distinct, leaks

COLUMNS = (*Place._fields, "low", "high", "answer")
NARROW, TIMED_OUT, CONTRADICTION = "narrow", "timed_out", "contradiction"


@dataclass(frozen=True)
class Finding:
    """One member and family: how many cells it publishes, exact ones, and the counts that are narrowed.

    `answer` is `attacked`, `known` (the last release has the same cells), `timed_out` or `contradiction`.
    """

    family: str
    area: str
    cells: int
    exact_totals: int
    perturbed: int
    stale: int
    answer: str
    narrow: Mapping[Place, Interval] = field(default_factory=dict)

    @property
    def leaks(self) -> bool:
        """Whether a count is narrowed, or the attack has no answer."""
        return bool(self.narrow) or self.answer in (TIMED_OUT, CONTRADICTION)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """A row for each narrowed count, or one for an attack without an answer."""
        for place, interval in self.narrow.items():
            yield (*place, *interval, NARROW)
        if self.answer in (TIMED_OUT, CONTRADICTION):
            nowhere = Place(self.family, "", self.area, "", None, "", "")  # type: ignore[arg-type]
            yield (*nowhere, None, None, self.answer)


def attack_release(
    file: Path, earlier: Sequence[Path], *, all_members: bool = False, limits: Limits | None = None
) -> list[Finding]:
    """The findings on a release file, given the files before it, the earliest first.

    Members with the cells and open facts of the last file are passed over, unless `all_members`.
    """
    own = settings()
    limits = limits or Limits(own.feasible_values, own.threshold, own.most_absent)
    history: dict[Member, list[Snapshot]] = {}
    for path in earlier:
        for member, snapshot in snapshots(path).items():
            history.setdefault(member, []).append(snapshot)
    last = earlier[-1] if earlier else None
    with duckdb.connect(file, read_only=True) as db:
        return [
            _finding(db, member, history.get(member, []), snapshot, None if all_members else last, limits)
            for member, snapshot in sorted(snapshots(file).items())
        ]


def _finding(
    db: duckdb.DuckDBPyConnection,
    member: Member,
    history: Sequence[Snapshot],
    now: Snapshot,
    last: Path | None,
    limits: Limits,
) -> Finding:
    cells = now.cells.values()
    exact = sum(cell.low == cell.high for cell in cells)
    stale = sum(cell.is_stale for cell in cells)
    counted = (*member, len(now.cells), exact, len(now.cells) - exact, stale)
    known = knowledge(db, member, distinct(history))
    if history and last and history[-1].cells == now.cells and _facts_of(last, member) == known.facts:
        return Finding(*counted, "known")
    try:
        narrow = leaks(known, now, limits)
    except TimedOut:
        return Finding(*counted, TIMED_OUT)
    except Contradiction:
        return Finding(*counted, CONTRADICTION)
    return Finding(*counted, "attacked", {version.place: interval for version, interval in narrow.items()})


def _facts_of(file: Path, member: Member) -> object:
    if file.suffix == ".parquet":
        return None
    with duckdb.connect(file, read_only=True) as db:
        return open_facts(db, *member)
