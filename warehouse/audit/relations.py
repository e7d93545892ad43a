"""Public knowledge about published counts: how they add up, and how two releases compare. Reads no file.

A published cell is an interval. Cells of the same period that were drawn on the same day describe the same
data. Cells of an earlier day describe the same persons, except for the changes visible in the totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from math import inf
from typing import NamedTuple

from schemas.protected_tables import JOIN, TOTAL_CODE, breakdown, breakdowns, crossings
from warehouse.audit.attack import SECONDS, Contradiction, Interval, System, find_narrow_intervals

YEAR, QUARTER, MONTH = "A", "Q", "M"
_MONTHS = {YEAR: 12, QUARTER: 3, MONTH: 1}
ORIGIN, CITIZENSHIP, AREA = "origin_class", "citizenship", "area"


Bounds = tuple[float, float]
"""A lower and an upper bound."""


class CellKey(NamedTuple):
    """Key of a published cell."""

    family: str
    measure: str
    area: str
    frequency: str
    start: date
    dimension: str
    code: str


class ReleasedCell(NamedTuple):
    """Bounds of a published cell, the day that it describes (None: the release's), and its source."""

    low: int
    high: int | None
    details_as_of: date | None
    is_stale: bool
    collection: str


@dataclass(frozen=True)
class Snapshot:
    """The published cells of a member in a release."""

    as_of: date
    cells: Mapping[CellKey, ReleasedCell]


@dataclass(frozen=True)
class Knowledge:
    """An attacker's knowledge of a member: all releases in order, and other facts.

    `facts`: bounds of counts from open collections, each with the bounds of its table's total; `parts`:
    measures that are part of another; `floors`: the least count of a period, by collection and frequency;
    `classes`: the origin class of each citizenship; `class_sizes`: the number of citizenships that a class
    can have; `thresholds`: the larger threshold of collections that have their own.
    """

    snapshots: Sequence[Snapshot]
    facts: Mapping[CellKey, tuple[Bounds, Bounds]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[tuple[str, str], int] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    class_sizes: Mapping[str, int] = field(default_factory=dict)
    thresholds: Mapping[str, int] = field(default_factory=dict)

    def threshold(self, general: int) -> int:
        """Return the largest threshold of the last release's collections, at least the general threshold."""
        collections = (
            {cell.collection for cell in self.snapshots[-1].cells.values()} if self.snapshots else set()
        )
        return max([general, *(self.thresholds.get(name, 0) for name in collections)])


class Version(NamedTuple):
    """A count on a day: details by the day of the draw, exact totals by their value."""

    cell_key: CellKey
    at: date | tuple[int, int | None]


@dataclass(frozen=True)
class Limits:
    """Definition of a leak: fewer than `values` feasible counts, including a count from 1 to below `small`.

    `absent`: the largest count of a cell that a list leaves out; None: unknown.
    """

    values: int
    small: int
    absent: int | None = None
    seconds: float = SECONDS


def find_leaks(knowledge: Knowledge, snapshot: Snapshot, limits: Limits) -> dict[Version, Interval]:
    """Return the counts that a new release narrows and that earlier releases and open collections did not.

    `knowledge` has the earlier releases. Raises TimedOut; Contradiction if even the plain relations do not
    hold.
    """
    narrow_counts = narrow_cells(_add_snapshot(knowledge, snapshot), limits)
    if not narrow_counts:
        return {}
    known_keys = {
        count.cell_key for count in narrow_cells(_add_snapshot(knowledge, _without_bounds(snapshot)), limits)
    }
    return {count: interval for count, interval in narrow_counts.items() if count.cell_key not in known_keys}


def _add_snapshot(knowledge: Knowledge, snapshot: Snapshot) -> Knowledge:
    return replace(knowledge, snapshots=[*knowledge.snapshots, snapshot])


def _without_bounds(snapshot: Snapshot) -> Snapshot:
    """Return the release without its bounds: only the keys of its cells."""
    cells = {
        cell_key: cell._replace(low=0, high=None, details_as_of=cell.details_as_of or snapshot.as_of)
        for cell_key, cell in snapshot.cells.items()
    }
    return Snapshot(snapshot.as_of, cells)


def drop_repeats(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Drop releases that publish the same cells as their predecessor."""
    kept_snapshots: list[Snapshot] = []
    for snapshot in snapshots:
        if not kept_snapshots or kept_snapshots[-1].cells != snapshot.cells:
            kept_snapshots.append(snapshot)
    return kept_snapshots


def narrow_cells(knowledge: Knowledge, limits: Limits) -> dict[Version, Interval]:
    """Return the counts that the attacker narrows. Drops assumptions that the published values refute.

    Raises TimedOut; Contradiction if even the plain relations do not hold.
    """
    attempts: Sequence[dict[str, bool]] = (
        {},
        {"facts": False},
        {"between_releases": False},
        {"between_releases": False, "between_sources": False, "facts": False},
    )
    for assumptions in attempts:
        try:
            narrow_counts = find_narrow_intervals(
                build_system(knowledge, absent=limits.absent, **assumptions),
                values=limits.values,
                small=knowledge.threshold(limits.small),
                seconds=limits.seconds,
            )
            return {v: interval for v, interval in narrow_counts.items() if isinstance(v, Version)}
        except Contradiction:
            if assumptions is attempts[-1]:
                raise
    raise AssertionError("unreachable")


def build_system(
    knowledge: Knowledge,
    *,
    absent: int | None = None,
    between_releases: bool = True,
    between_sources: bool = True,
    facts: bool = True,
) -> System:
    """Return the unknown counts of a member with their bounds and relations. Raises Contradiction.

    `between_releases`: a detail changed by no more than its total did. `between_sources`: periods of
    different collections add up, too, and a list covers everybody of an origin class. `facts`: open tables
    count the same persons. `absent`: the largest count of a cell that a list leaves out.
    """
    builder = _Builder(knowledge, between_sources, absent)
    for snapshot in knowledge.snapshots:
        builder.add(snapshot)
    if knowledge.snapshots and facts:
        builder.add_facts(knowledge.snapshots[-1])
    if between_releases:
        builder.compare_releases()
    return builder.system


def version_of(cell_key: CellKey, cell: ReleasedCell) -> Version:
    """Return the unknown count that a published cell describes."""
    return Version(cell_key, cell.details_as_of or (cell.low, cell.high))


class _Builder:
    """Collector of the bounds and relations of all releases of a member, each once."""

    def __init__(self, knowledge: Knowledge, between_sources: bool, absent: int | None) -> None:
        self.system = System()
        self._knowledge, self._between_sources = knowledge, between_sources
        self._absent = absent if between_sources else None
        self._relation_keys: set[frozenset[tuple[Version, float]]] = set()
        self._days: dict[CellKey, dict[date, Version]] = {}
        self._totals: dict[tuple[CellKey, date], Version] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Add the bounds of a release's cells and the relations within the release."""
        for cell_key, cell in snapshot.cells.items():
            self._bound(cell_key, cell)
            if cell.details_as_of:
                self._days.setdefault(cell_key, {})[cell.details_as_of] = version_of(cell_key, cell)
            if cell_key.dimension == TOTAL_CODE:
                self._totals[cell_key, snapshot.as_of] = version_of(cell_key, cell)
        for relation in _relations(snapshot, self._knowledge, self._between_sources, self._absent):
            self._relate(relation)

    def add_facts(self, snapshot: Snapshot) -> None:
        """Add facts from open tables for the last release, if their total can be the protected total."""
        for cell_key, (bounds, total) in self._knowledge.facts.items():
            cell = snapshot.cells.get(cell_key)
            total_cell = snapshot.cells.get(cell_key._replace(dimension=TOTAL_CODE, code=TOTAL_CODE))
            if (
                cell
                and total_cell
                and not cell.is_stale
                and _can_agree(cell, bounds)
                and _can_agree(total_cell, total)
            ):
                self.system.bound(version_of(cell_key, cell), *bounds)

    def compare_releases(self) -> None:
        """Relate two draws of a detail: it changed by no more than its total.

        Without a known total, the detail is assumed unchanged.
        """
        for cell_key, days in self._days.items():
            for earlier, later in pairwise(sorted(days)):
                self._compare(days[earlier], days[later], self._change(cell_key, earlier, later))

    def _compare(self, old: Version, new: Version, change: tuple[float, float] | None) -> None:
        low, high = change or (0, 0)
        if change is None and not self._can_be_equal(old, new):
            return
        self._relate(_Relation({new: 1, old: -1}, min(0, low), max(0, high)))

    def _can_be_equal(self, old: Version, new: Version) -> bool:
        (old_low, old_high), (new_low, new_high) = self.system.bounds[old], self.system.bounds[new]
        return old_low <= (inf if new_high is None else new_high) and new_low <= (
            inf if old_high is None else old_high
        )

    def _change(self, cell_key: CellKey, earlier: date, later: date) -> Bounds | None:
        """Return the change of the total of the period, or of its year, between two days; None if unknown."""
        for total_key in _containing_totals(cell_key):
            old, new = (self._totals.get((total_key, day)) for day in (earlier, later))
            if old and new:
                (old_low, old_high), (new_low, new_high) = self.system.bounds[old], self.system.bounds[new]
                if old_high is not None and new_high is not None:
                    return new_low - old_high, new_high - old_low
        return None

    def _bound(self, cell_key: CellKey, cell: ReleasedCell) -> None:
        floor = self._knowledge.floors.get((cell.collection, cell_key.frequency), 0)
        is_total = cell_key.dimension == TOTAL_CODE
        self.system.bound(version_of(cell_key, cell), max(cell.low, floor if is_total else 0), cell.high)

    def _relate(self, relation: _Relation) -> None:
        key = frozenset(relation.terms.items())
        if key not in self._relation_keys:
            self._relation_keys.add(key)
            self.system.relate(relation.terms.items(), relation.low, relation.high)


def _containing_totals(cell_key: CellKey) -> Iterator[CellKey]:
    """Yield the total of a cell's period, and those of the years that contain it."""
    total_key = cell_key._replace(dimension=TOTAL_CODE, code=TOTAL_CODE)
    if cell_key != total_key:
        yield total_key
    for months in range(_MONTHS[YEAR]) if cell_key.frequency != YEAR else ():
        first = cell_key.start.year * 12 + cell_key.start.month - 1 - months
        yield total_key._replace(frequency=YEAR, start=date(first // 12, first % 12 + 1, 1))


def _can_agree(cell: ReleasedCell, bounds: Bounds) -> bool:
    return bounds[0] <= (inf if cell.high is None else cell.high) and bounds[1] >= cell.low


@dataclass(frozen=True)
class _Relation:
    terms: Mapping[Version, float]
    low: float = 0
    high: float = 0


# ---- relations within one release ------------------------------------------------------------------

_Cells = Mapping[CellKey, ReleasedCell]


def _relations(
    snapshot: Snapshot, knowledge: Knowledge, between_sources: bool, absent: int | None
) -> Iterator[_Relation]:
    by_period: dict[CellKey, dict[tuple[str, str], Version]] = {}
    for cell_key, cell in snapshot.cells.items():
        total_key = cell_key._replace(dimension=TOTAL_CODE, code=TOTAL_CODE)
        by_period.setdefault(total_key, {})[cell_key.dimension, cell_key.code] = version_of(cell_key, cell)
    for total_key, cells in by_period.items():
        yield from _table_relations(cells, is_current=not _is_stale(snapshot.cells, total_key, cells))
        yield from _list_relations(total_key, cells, snapshot.cells, knowledge, absent)
    yield from _period_relations(snapshot.cells, between_sources)
    if between_sources:
        yield from _part_relations(snapshot.cells, knowledge.parts)


def _is_stale(cells_of_release: _Cells, total_key: CellKey, cells: Iterable[tuple[str, str]]) -> bool:
    cell_keys = (total_key._replace(dimension=dimension, code=code) for dimension, code in cells)
    return any(cells_of_release[cell_key].is_stale for cell_key in cell_keys)


def _sum_relation(total: Version, parts: Iterable[Version], low: float = 0, high: float = 0) -> _Relation:
    """Relate a total to its parts: the difference is from `low` to `high`."""
    return _Relation({total: 1.0, **dict.fromkeys(parts, -1.0)}, low, high)


def _table_relations(cells: Mapping[tuple[str, str], Version], is_current: bool) -> Iterator[_Relation]:
    """Relate the codes of a table to the total, and a crossing to both its tables."""
    total = cells.get((TOTAL_CODE, TOTAL_CODE))
    for layout in breakdowns():
        parts = [cells.get((layout.dimension, code)) for code in layout.cells]
        if total and is_current and all(parts):
            yield _sum_relation(total, filter(None, parts))
    for crossing in crossings():
        yield from _margin_relations(crossing.dimension, crossing.dimensions, cells)
        parts = [cells.get((crossing.dimension, code)) for code in crossing.cells]
        if total and is_current and all(parts):
            yield _sum_relation(total, filter(None, parts))


def _margin_relations(
    name: str, dimensions: Sequence[str], cells: Mapping[tuple[str, str], Version]
) -> Iterator[_Relation]:
    """Relate the cells of a crossing to those of its tables; only as an upper bound if some are missing."""
    for position, dimension in enumerate(dimensions):
        codes_across = len(breakdown(dimensions[1 - position]).cells)
        for code in breakdown(dimension).cells:
            margin = cells.get((dimension, code))
            parts = [v for (d, c), v in cells.items() if d == name and c.split(JOIN)[position] == code]
            if margin and parts:
                yield _sum_relation(margin, parts, 0, 0 if len(parts) == codes_across else inf)


def _list_relations(
    total_key: CellKey,
    cells: Mapping[tuple[str, str], Version],
    cells_of_release: _Cells,
    knowledge: Knowledge,
    absent: int | None,
) -> Iterator[_Relation]:
    """Bound listed citizenships by their origin class, and listed areas by the total.

    An origin class has at most `absent` persons more for each citizenship that is not listed.
    """
    classes = knowledge.classes
    by_class: dict[tuple[str, str], list[Version]] = {}
    for (dimension, code), version in cells.items():
        if dimension == CITIZENSHIP and code in classes:
            by_class.setdefault((ORIGIN, classes[code]), []).append(version)
        if dimension in (CITIZENSHIP, AREA) and not cells_of_release[version.cell_key].is_stale:
            by_class.setdefault((TOTAL_CODE, dimension), []).append(version)
    for (dimension, code), parts in by_class.items():
        limit = cells.get((dimension, TOTAL_CODE if dimension == TOTAL_CODE else code))
        if limit:
            size = knowledge.class_sizes.get(code) if dimension == ORIGIN else None
            largest_rest = inf if size is None or absent is None else absent * max(0, size - len(parts))
            yield _sum_relation(limit, parts, 0, largest_rest)


def _period_relations(cells_of_release: _Cells, between_sources: bool) -> Iterator[_Relation]:
    """Relate months to quarters and years, and quarters to years, for every table."""
    current = {cell_key: cell for cell_key, cell in cells_of_release.items() if not cell.is_stale}
    for cell_key, cell in current.items():
        for frequency in (QUARTER, MONTH):
            parts = list(_parts_of_period(cell_key, frequency))
            if not parts or not all(part in current for part in parts):
                continue
            if between_sources or all(current[part].collection == cell.collection for part in parts):
                yield _sum_relation(
                    version_of(cell_key, cell), [version_of(part, current[part]) for part in parts]
                )


def _parts_of_period(cell_key: CellKey, frequency: str) -> Iterator[CellKey]:
    count = _MONTHS[cell_key.frequency] // _MONTHS[frequency]
    if count < 2:
        return
    first = cell_key.start.year * 12 + cell_key.start.month - 1
    for n in range(count):
        months = first + n * _MONTHS[frequency]
        yield cell_key._replace(frequency=frequency, start=date(months // 12, months % 12 + 1, 1))


def _part_relations(cells_of_release: _Cells, parts: Mapping[str, str]) -> Iterator[_Relation]:
    """Bound the cells of a measure by those of the measure that contains it."""
    for cell_key, cell in cells_of_release.items():
        whole_key = cell_key._replace(measure=parts.get(cell_key.measure, ""))
        if whole_key in cells_of_release and not (cell.is_stale or cells_of_release[whole_key].is_stale):
            yield _sum_relation(
                version_of(whole_key, cells_of_release[whole_key]), [version_of(cell_key, cell)], 0, inf
            )
