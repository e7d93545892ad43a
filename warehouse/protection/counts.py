"""The true counts of protected collections, by member, period and table. Nothing is published here.

A period of a member comes from one collection. Where the number of persons, or how they spread over a table,
is not known exactly, the period or the table is left out with a reason (code list `protected_status`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from schemas.protected import JOIN, WHOLE, Crossing, Layout, layouts

YEAR, QUARTER, MONTH = "A", "Q", "M"
MONTHS = {YEAR: 12, QUARTER: 3, MONTH: 1}
"""How many months a period has."""
TOTAL = "total"


class Period(NamedTuple):
    """A year, quarter or month: its frequency and first day."""

    frequency: str
    start: date

    @property
    def next_start(self) -> date:
        """The first day after it."""
        months = self.start.year * 12 + self.start.month - 1 + MONTHS[self.frequency]
        return date(months // 12, months % 12 + 1, 1)


class Figure(NamedTuple):
    """A row of core.protected_figures: persons of one table, dimension and code."""

    submission: str
    collection: str
    frequency: str
    period_start: date
    quarter_start: date
    breakdown: str
    dimension: str
    code: str
    value: int
    not_whole: int


class Collection(NamedTuple):
    """A protected collection: the facts of its card that matter for its tables."""

    name: str
    frequency: str
    is_cases: bool
    exhaustive: frozenset[str]


class LeftOut(Exception):
    """No exact counts are known; the message is a code of the list `protected_status`."""


@dataclass(frozen=True)
class Counts:
    """The persons of one period: their total, and each table that details all of them."""

    total: int
    tables: Mapping[str, Counter[str]]
    collection: Collection
    submissions: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        """Both periods together. Whoever is in a part without a table is in the table's rest."""
        tables = {}
        for layout in layouts():
            parts = (self.tables.get(layout.dimension), other.tables.get(layout.dimension))
            if parts[0] is not None and parts[1] is not None:
                tables[layout.dimension] = parts[0] + parts[1]
            elif any(part is not None for part in parts) and not layout.is_listed:
                tables[layout.dimension] = self._of(layout) + other._of(layout)
        return Counts(
            self.total + other.total,
            tables,
            self.collection,
            self.submissions | other.submissions,
            {**self.left_out, **other.left_out},
        )

    def _of(self, layout: Layout) -> Counter[str]:
        return self.tables.get(layout.dimension, Counter({layout.rest_cell: self.total}))

    def cells(self) -> dict[tuple[str, str], int]:
        """All cells by dimension and code, the total first; every code of a table that names all codes."""
        cells = {(WHOLE, WHOLE): self.total}
        for layout in layouts():
            if (table := self.tables.get(layout.dimension)) is not None:
                codes = sorted(table) if layout.is_listed else layout.cells
                cells |= {(layout.dimension, code): table[code] for code in codes}
        return cells


# ---- the periods of one collection and year --------------------------------------------------------


def periods(
    figures: Sequence[Figure], collection: Collection, year: Period, as_of: date
) -> dict[Period, Counts]:
    """The periods of a collection's year that are over and complete, the year among them. Raises LeftOut.

    Quarters and months are kept beside a year only if they add up to it.
    """
    months = _sent(figures, MONTH, collection, as_of)
    quarters = _summed(months, QUARTER) | _sent(figures, QUARTER, collection, as_of)
    sent = [figure for figure in figures if figure.frequency == YEAR]
    parts = months | quarters
    if year.next_start > as_of:
        return parts
    if sent:
        whole = _counts(sent, collection)
        return {year: whole, **{p: c for p, c in parts.items() if _adds_up(parts, p.frequency, whole.total)}}
    if len(quarters) < MONTHS[YEAR] // MONTHS[QUARTER]:
        return parts
    return {year: _sum(quarters), **parts}


def _sent(
    figures: Sequence[Figure], frequency: str, collection: Collection, as_of: date
) -> dict[Period, Counts]:
    rows = sorted((f for f in figures if f.frequency == frequency), key=lambda f: f.period_start)
    grouped = groupby(rows, key=lambda f: Period(frequency, f.period_start))
    return {period: _counts(list(own), collection) for period, own in grouped if period.next_start <= as_of}


def _summed(months: Mapping[Period, Counts], frequency: str) -> dict[Period, Counts]:
    """The quarters of which every month is known."""
    quarters: dict[Period, dict[Period, Counts]] = {}
    for period, counts in months.items():
        first = date(period.start.year, (period.start.month - 1) // 3 * 3 + 1, 1)
        quarters.setdefault(Period(frequency, first), {})[period] = counts
    return {period: _sum(own) for period, own in quarters.items() if len(own) == MONTHS[QUARTER]}


def _sum(parts: Mapping[Period, Counts]) -> Counts:
    first, *others = (parts[period] for period in sorted(parts))
    return sum(others, first)


def _adds_up(parts: Mapping[Period, Counts], frequency: str, total: int) -> bool:
    own = [counts.total for period, counts in parts.items() if period.frequency == frequency]
    return len(own) == MONTHS[YEAR] // MONTHS[frequency] and sum(own) == total


# ---- one period --------------------------------------------------------------------------------------


def _counts(figures: Sequence[Figure], collection: Collection) -> Counts:
    """The counts of one period. Raises LeftOut if the persons are not known exactly."""
    if any(figure.not_whole for figure in figures):
        raise LeftOut("not_whole")
    sent: dict[str, Counter[tuple[str, str]]] = {}
    for figure in figures:
        sent.setdefault(figure.breakdown, Counter())[figure.dimension, figure.code] += figure.value
    if collection.is_cases:
        sent = {"": sum(sent.values(), Counter())}
    total = _total(sent, collection)
    tables: dict[str, Counter[str]] = {}
    left_out: dict[str, str] = {}
    for layout in layouts():
        source = _narrowest(layout, sent)
        if source is None:
            continue
        try:
            tables[layout.dimension] = _table(layout, source, total, tables)
        except LeftOut as why:
            left_out[layout.dimension] = str(why)
    submissions = frozenset(figure.submission for figure in figures)
    return Counts(total, tables, collection, submissions, left_out)


def _total(sent: Mapping[str, Counter[tuple[str, str]]], collection: Collection) -> int:
    candidates = [table for table in sorted(sent) if collection.is_cases or table == TOTAL]
    candidates += [table for table in sorted(sent) if table in collection.exhaustive]
    if not candidates:
        raise LeftOut("no_total")
    return sent[candidates[0]][WHOLE, WHOLE]


def _narrowest(
    layout: Layout, sent: Mapping[str, Counter[tuple[str, str]]]
) -> Mapping[tuple[str, str], int] | None:
    """The table sent with the fewest dimensions that details the layout's."""
    detailing = [name for name, rows in sent.items() if any(d == layout.dimension for d, _ in rows)]
    return sent[min(detailing, key=lambda name: (name.count(JOIN), name))] if detailing else None


def _table(
    layout: Layout,
    source: Mapping[tuple[str, str], int],
    total: int,
    tables: Mapping[str, Counter[str]],
) -> Counter[str]:
    """The persons of a table by its codes; its rest holds whoever else the total has. Raises LeftOut."""
    table: Counter[str] = Counter()
    for (dimension, code), value in source.items():
        if dimension == layout.dimension:
            table[layout.code_of(code)] += value
    if (rest := total - sum(table.values())) < 0:
        raise LeftOut("inconsistent")
    if layout.is_listed:
        return Counter({code: value for code, value in table.items() if code not in _UNLISTED})
    table[layout.rest_cell] += rest
    if isinstance(layout, Crossing) and not _agrees(layout, table, tables):
        raise LeftOut("inconsistent")
    return table


_UNLISTED = (WHOLE, "_U", "_Z", "_O")
"""Codes that name no country or area."""


def _agrees(layout: Crossing, table: Counter[str], tables: Mapping[str, Counter[str]]) -> bool:
    """Whether a crossing adds up to the tables of both its dimensions."""
    for place, dimension in enumerate(layout.dimensions):
        margin: Counter[str] = Counter()
        for code, value in table.items():
            margin[code.split(JOIN)[place]] += value
        if dimension not in tables or +margin != +tables[dimension]:
            return False
    return True


# ---- one member and measure --------------------------------------------------------------------------


def member_periods(
    figures: Iterable[tuple[Period, Figure]], collections: Iterable[Collection], as_of: date
) -> tuple[dict[Period, Counts], dict[Period, str]]:
    """All periods of a member and measure, each from one collection, and the years left out with the reason.

    A year comes from files of persons first, then by the collection's name; complete years first. A quarter
    or month that a calendar year has is not taken from another year.
    """
    rows: dict[Period, dict[str, list[Figure]]] = {}
    for year, figure in figures:
        rows.setdefault(year, {}).setdefault(figure.collection, []).append(figure)
    ordered = sorted(collections, key=lambda one: (not one.is_cases, one.name))
    found: dict[Period, Counts] = {}
    why: dict[Period, str] = {}
    for year in sorted(rows, key=lambda one: (one.start.month != 1, one.start)):
        try:
            own = _year(rows[year], ordered, year, as_of)
        except LeftOut as reason:
            why[year] = str(reason)
            continue
        found |= {period: _detailed(period, counts) for period, counts in own.items() if period not in found}
        if not own:
            why[year] = "not_over"
    return found, why


def _detailed(period: Period, counts: Counts) -> Counts:
    """The counts with the tables that are published of the period: of a quarter or month its total only."""
    return counts if period.frequency == YEAR else replace(counts, tables={}, left_out={})


def _year(
    rows: Mapping[str, Sequence[Figure]], collections: Sequence[Collection], year: Period, as_of: date
) -> dict[Period, Counts]:
    """A year from the first collection that has all of it, else from the first that has a part."""
    partial: dict[Period, Counts] = {}
    reason = LeftOut("no_figures")
    for collection in collections:
        if collection.name not in rows:
            continue
        try:
            own = periods(rows[collection.name], collection, year, as_of)
        except LeftOut as left_out:
            reason = left_out
            continue
        if year in own:
            return own
        partial = partial or own
    if not partial and str(reason) != "no_figures":
        raise reason
    return partial
