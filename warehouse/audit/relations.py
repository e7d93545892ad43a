"""What everybody knows about published counts: how they add up, and how two releases compare. Reads no file.

A published cell is one interval. Cells of one period that were drawn on one day describe the same data; those
of an earlier day describe the same persons, except for the changes that the totals show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from math import inf
from typing import NamedTuple

from schemas.protected import JOIN, WHOLE, breakdown, breakdowns, crossings
from warehouse.audit.attack import SECONDS, Contradiction, Interval, System, narrowed

YEAR, QUARTER, MONTH = "A", "Q", "M"
_MONTHS = {YEAR: 12, QUARTER: 3, MONTH: 1}
ORIGIN, CITIZENSHIP, AREA = "origin_class", "citizenship", "area"


Bounds = tuple[float, float]
"""The least and the most."""


class Place(NamedTuple):
    """Which count a published cell is of."""

    family: str
    measure: str
    area: str
    frequency: str
    start: date
    dimension: str
    code: str


class Published(NamedTuple):
    """The bounds of a published cell, the day that it describes (None: the release's), and its source."""

    low: int
    high: int | None
    details_as_of: date | None
    is_stale: bool
    collection: str


@dataclass(frozen=True)
class Snapshot:
    """The published cells of one member in one release."""

    as_of: date
    cells: Mapping[Place, Published]


@dataclass(frozen=True)
class Knowledge:
    """What an attacker has of one member: all releases in order, and facts from elsewhere.

    `facts`: bounds of counts that open collections give, each with the bounds of its table's total;
    `parts`: measures that are part of another; `floors`: the least count of a period of a collection, by
    collection and frequency; `classes`: the origin class of each citizenship; `class_sizes`: how many
    citizenships a class can have; `thresholds`: the larger threshold of a collection that has its own.
    """

    snapshots: Sequence[Snapshot]
    facts: Mapping[Place, tuple[Bounds, Bounds]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[tuple[str, str], int] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    class_sizes: Mapping[str, int] = field(default_factory=dict)
    thresholds: Mapping[str, int] = field(default_factory=dict)

    def threshold(self, general: int) -> int:
        """The largest threshold of the collections that the last release cites, at least the general one."""
        cited = {cell.collection for cell in self.snapshots[-1].cells.values()} if self.snapshots else set()
        return max([general, *(self.thresholds.get(name, 0) for name in cited)])


class Version(NamedTuple):
    """A count as it was on a day: details by the day drawn, exact totals by their value."""

    place: Place
    at: date | tuple[int, int | None]


@dataclass(frozen=True)
class Limits:
    """What counts as a leak: fewer than `values` feasible counts, one of them from 1 to below `small`.

    `absent`: the largest count of a cell that a list does not name; None: unknown.
    """

    values: int
    small: int
    absent: int | None = None
    seconds: float = SECONDS


def leaks(knowledge: Knowledge, now: Snapshot, limits: Limits) -> dict[Version, Interval]:
    """The counts that a new release narrows, and that earlier releases and open collections did not.

    `knowledge` has the earlier releases. Raises TimedOut; Contradiction if not even the plain relations hold.
    """
    narrow = narrow_cells(_with(knowledge, now), limits)
    if not narrow:
        return {}
    known = {version.place for version in narrow_cells(_with(knowledge, _unbounded(now)), limits)}
    return {version: interval for version, interval in narrow.items() if version.place not in known}


def _with(knowledge: Knowledge, now: Snapshot) -> Knowledge:
    return replace(knowledge, snapshots=[*knowledge.snapshots, now])


def _unbounded(now: Snapshot) -> Snapshot:
    """The release without its bounds: only what counts there are."""
    cells = {
        place: cell._replace(low=0, high=None, details_as_of=cell.details_as_of or now.as_of)
        for place, cell in now.cells.items()
    }
    return Snapshot(now.as_of, cells)


def distinct(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """The releases without those that publish the same cells as the one before."""
    found: list[Snapshot] = []
    for snapshot in snapshots:
        if not found or found[-1].cells != snapshot.cells:
            found.append(snapshot)
    return found


def narrow_cells(knowledge: Knowledge, limits: Limits) -> dict[Version, Interval]:
    """The counts that the attacker narrows. Beliefs that the published values refute are dropped.

    Raises TimedOut; Contradiction if not even the plain relations hold.
    """
    attempts: Sequence[dict[str, bool]] = (
        {},
        {"facts": False},
        {"between_releases": False},
        {"between_releases": False, "between_sources": False, "facts": False},
    )
    for beliefs in attempts:
        try:
            found = narrowed(
                system(knowledge, absent=limits.absent, **beliefs),
                values=limits.values,
                small=knowledge.threshold(limits.small),
                seconds=limits.seconds,
            )
            return {v: interval for v, interval in found.items() if isinstance(v, Version)}
        except Contradiction:
            if beliefs is attempts[-1]:
                raise
    raise AssertionError("unreachable")


def system(
    knowledge: Knowledge,
    *,
    absent: int | None = None,
    between_releases: bool = True,
    between_sources: bool = True,
    facts: bool = True,
) -> System:
    """The unknown counts of a member, their bounds and relations. Raises Contradiction.

    `between_releases`: a detail changed by no more than its total did. `between_sources`: periods of
    different collections add up, too, and a list has everybody of an origin class. `facts`: open tables count
    the same persons. `absent`: the largest count of a cell that a list does not name.
    """
    built = _Builder(knowledge, between_sources, absent)
    for snapshot in knowledge.snapshots:
        built.add(snapshot)
    if knowledge.snapshots and facts:
        built.add_facts(knowledge.snapshots[-1])
    if between_releases:
        built.compare_releases()
    return built.system


def version(place: Place, cell: Published) -> Version:
    """The unknown count that a published cell is about."""
    return Version(place, cell.details_as_of or (cell.low, cell.high))


class _Builder:
    """Collects the bounds and relations of all releases of a member, each once."""

    def __init__(self, knowledge: Knowledge, between_sources: bool, absent: int | None) -> None:
        self.system = System()
        self._knowledge, self._between_sources = knowledge, between_sources
        self._absent = absent if between_sources else None
        self._known: set[frozenset[tuple[Version, float]]] = set()
        self._days: dict[Place, dict[date, Version]] = {}
        self._totals: dict[tuple[Place, date], Version] = {}

    def add(self, snapshot: Snapshot) -> None:
        """The bounds of a release's cells, and what adds up within it."""
        for place, cell in snapshot.cells.items():
            self._bound(place, cell)
            if cell.details_as_of:
                self._days.setdefault(place, {})[cell.details_as_of] = version(place, cell)
            if place.dimension == WHOLE:
                self._totals[place, snapshot.as_of] = version(place, cell)
        for relation in _relations(snapshot, self._knowledge, self._between_sources, self._absent):
            self._relate(relation)

    def add_facts(self, snapshot: Snapshot) -> None:
        """What open tables give for the last release's cells, if their total may be the protected one."""
        for place, (bounds, total) in self._knowledge.facts.items():
            cell = snapshot.cells.get(place)
            whole = snapshot.cells.get(place._replace(dimension=WHOLE, code=WHOLE))
            if cell and whole and not cell.is_stale and _meets(cell, bounds) and _meets(whole, total):
                self.system.bound(version(place, cell), *bounds)

    def compare_releases(self) -> None:
        """A detail drawn twice changed by no more than its total; without a known total it did not change."""
        for place, days in self._days.items():
            for earlier, later in pairwise(sorted(days)):
                self._compare(days[earlier], days[later], self._change(place, earlier, later))

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

    def _change(self, place: Place, earlier: date, later: date) -> Bounds | None:
        """How much the total of the period, or of its year, changed between two days; None if unknown."""
        for whole in _wholes(place):
            old, new = (self._totals.get((whole, day)) for day in (earlier, later))
            if old and new:
                (old_low, old_high), (new_low, new_high) = self.system.bounds[old], self.system.bounds[new]
                if old_high is not None and new_high is not None:
                    return new_low - old_high, new_high - old_low
        return None

    def _bound(self, place: Place, cell: Published) -> None:
        floor = self._knowledge.floors.get((cell.collection, place.frequency), 0)
        is_total = place.dimension == WHOLE
        self.system.bound(version(place, cell), max(cell.low, floor if is_total else 0), cell.high)

    def _relate(self, relation: _Relation) -> None:
        key = frozenset(relation.terms.items())
        if key not in self._known:
            self._known.add(key)
            self.system.relate(relation.terms.items(), relation.low, relation.high)


def _wholes(place: Place) -> Iterator[Place]:
    """The total of a place's period, and those of the years that contain it."""
    whole = place._replace(dimension=WHOLE, code=WHOLE)
    if place != whole:
        yield whole
    for months in range(_MONTHS[YEAR]) if place.frequency != YEAR else ():
        first = place.start.year * 12 + place.start.month - 1 - months
        yield whole._replace(frequency=YEAR, start=date(first // 12, first % 12 + 1, 1))


def _meets(cell: Published, bounds: Bounds) -> bool:
    return bounds[0] <= (inf if cell.high is None else cell.high) and bounds[1] >= cell.low


@dataclass(frozen=True)
class _Relation:
    terms: Mapping[Version, float]
    low: float = 0
    high: float = 0


# ---- what adds up within one release ---------------------------------------------------------------

_Cells = Mapping[Place, Published]


def _relations(
    snapshot: Snapshot, knowledge: Knowledge, between_sources: bool, absent: int | None
) -> Iterator[_Relation]:
    by_period: dict[Place, dict[tuple[str, str], Version]] = {}
    for place, cell in snapshot.cells.items():
        whole = place._replace(dimension=WHOLE, code=WHOLE)
        by_period.setdefault(whole, {})[place.dimension, place.code] = version(place, cell)
    for whole, cells in by_period.items():
        yield from _tables(cells, is_current=not _is_stale(snapshot.cells, whole, cells))
        yield from _lists(whole, cells, snapshot.cells, knowledge, absent)
    yield from _periods(snapshot.cells, between_sources)
    if between_sources:
        yield from _parts(snapshot.cells, knowledge.parts)


def _is_stale(published: _Cells, whole: Place, cells: Iterable[tuple[str, str]]) -> bool:
    places = (whole._replace(dimension=dimension, code=code) for dimension, code in cells)
    return any(published[place].is_stale for place in places)


def _sum(whole: Version, parts: Iterable[Version], low: float = 0, high: float = 0) -> _Relation:
    """The whole less its parts is from `low` to `high`."""
    return _Relation({whole: 1.0, **dict.fromkeys(parts, -1.0)}, low, high)


def _tables(cells: Mapping[tuple[str, str], Version], is_current: bool) -> Iterator[_Relation]:
    """The codes of a table add up to the total, those of a crossing to both its tables."""
    total = cells.get((WHOLE, WHOLE))
    for one in breakdowns():
        own = [cells.get((one.dimension, code)) for code in one.cells]
        if total and is_current and all(own):
            yield _sum(total, filter(None, own))
    for crossing in crossings():
        yield from _margins(crossing.dimension, crossing.dimensions, cells)
        own = [cells.get((crossing.dimension, code)) for code in crossing.cells]
        if total and is_current and all(own):
            yield _sum(total, filter(None, own))


def _margins(
    name: str, dimensions: Sequence[str], cells: Mapping[tuple[str, str], Version]
) -> Iterator[_Relation]:
    """The cells of a crossing add up to those of its tables; to no more, where some are not published."""
    for position, dimension in enumerate(dimensions):
        across = len(breakdown(dimensions[1 - position]).cells)
        for code in breakdown(dimension).cells:
            whole = cells.get((dimension, code))
            own = [v for (d, c), v in cells.items() if d == name and c.split(JOIN)[position] == code]
            if whole and own:
                yield _sum(whole, own, 0, 0 if len(own) == across else inf)


def _lists(
    whole: Place,
    cells: Mapping[tuple[str, str], Version],
    published: _Cells,
    knowledge: Knowledge,
    absent: int | None,
) -> Iterator[_Relation]:
    """The listed citizenships are no more than their origin class, listed areas no more than the total.

    An origin class has at most `absent` persons more for each citizenship that is not listed.
    """
    classes = knowledge.classes
    by_class: dict[tuple[str, str], list[Version]] = {}
    for (dimension, code), own in cells.items():
        if dimension == CITIZENSHIP and code in classes:
            by_class.setdefault((ORIGIN, classes[code]), []).append(own)
        if dimension in (CITIZENSHIP, AREA) and not published[own.place].is_stale:
            by_class.setdefault((WHOLE, dimension), []).append(own)
    for (dimension, code), parts in by_class.items():
        limit = cells.get((dimension, WHOLE if dimension == WHOLE else code))
        if limit:
            size = knowledge.class_sizes.get(code) if dimension == ORIGIN else None
            more = inf if size is None or absent is None else absent * max(0, size - len(parts))
            yield _sum(limit, parts, 0, more)


def _periods(published: _Cells, between_sources: bool) -> Iterator[_Relation]:
    """Months add up to quarters and years, quarters to years, of whatever table."""
    current = {place: cell for place, cell in published.items() if not cell.is_stale}
    for place, cell in current.items():
        for frequency in (QUARTER, MONTH):
            parts = list(_parts_of_period(place, frequency))
            if not parts or not all(part in current for part in parts):
                continue
            if between_sources or all(current[part].collection == cell.collection for part in parts):
                yield _sum(version(place, cell), [version(part, current[part]) for part in parts])


def _parts_of_period(place: Place, frequency: str) -> Iterator[Place]:
    count = _MONTHS[place.frequency] // _MONTHS[frequency]
    if count < 2:
        return
    first = place.start.year * 12 + place.start.month - 1
    for n in range(count):
        months = first + n * _MONTHS[frequency]
        yield place._replace(frequency=frequency, start=date(months // 12, months % 12 + 1, 1))


def _parts(published: _Cells, parts: Mapping[str, str]) -> Iterator[_Relation]:
    """A measure that is part of another has no more persons in any cell."""
    for place, cell in published.items():
        whole = place._replace(measure=parts.get(place.measure, ""))
        if whole in published and not (cell.is_stale or published[whole].is_stale):
            yield _sum(version(whole, published[whole]), [version(place, cell)], 0, inf)
