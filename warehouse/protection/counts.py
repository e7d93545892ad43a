"""True counts of protected collections, by member, period and table. Nothing is published here.

A period of a member comes from a single collection. If the number of persons, or their distribution in a
table, is not known exactly, the period or the table is left out with a reason (code list `protected_status`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from schemas.protected_tables import JOIN, TOTAL_CODE, Crossing, Layout, layouts

YEAR, QUARTER, MONTH = "A", "Q", "M"
MONTHS = {YEAR: 12, QUARTER: 3, MONTH: 1}
"""Number of months of a period."""
TOTAL = "total"


class Period(NamedTuple):
    """A year, quarter or month: its frequency and first day."""

    frequency: str
    start: date

    @property
    def next_start(self) -> date:
        """The first day after the period."""
        months = self.start.year * 12 + self.start.month - 1 + MONTHS[self.frequency]
        return date(months // 12, months % 12 + 1, 1)


class Figure(NamedTuple):
    """A row of core.protected_figures: persons of a table, dimension and code."""

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
    """A protected collection: the settings of its card that matter for its tables."""

    name: str
    frequency: str
    is_cases: bool
    exhaustive: frozenset[str]


class InexactCounts(Exception):
    """Exact counts are unknown; the message is a code of the list `protected_status`."""


@dataclass(frozen=True)
class Counts:
    """The persons of a period: their total, and each table that breaks all of them down."""

    total: int
    tables: Mapping[str, Counter[str]]
    collection: Collection
    submissions: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        """Add two periods. If a part lacks a table, its persons go into the table's rest."""
        tables = {}
        for layout in layouts():
            parts = (self.tables.get(layout.dimension), other.tables.get(layout.dimension))
            if parts[0] is not None and parts[1] is not None:
                tables[layout.dimension] = parts[0] + parts[1]
            elif any(part is not None for part in parts) and not layout.is_listed:
                tables[layout.dimension] = self._table_or_rest(layout) + other._table_or_rest(layout)
        return Counts(
            self.total + other.total,
            tables,
            self.collection,
            self.submissions | other.submissions,
            {**self.left_out, **other.left_out},
        )

    def _table_or_rest(self, layout: Layout) -> Counter[str]:
        return self.tables.get(layout.dimension, Counter({layout.rest_cell: self.total}))

    def cells(self) -> dict[tuple[str, str], int]:
        """Return all cells by dimension and code, the total first; complete tables have all codes."""
        cells = {(TOTAL_CODE, TOTAL_CODE): self.total}
        for layout in layouts():
            if (table := self.tables.get(layout.dimension)) is not None:
                codes = sorted(table) if layout.is_listed else layout.cells
                cells |= {(layout.dimension, code): table[code] for code in codes}
        return cells


# ---- the periods of one collection and year --------------------------------------------------------


def count_periods(
    figures: Sequence[Figure], collection: Collection, year: Period, as_of: date
) -> dict[Period, Counts]:
    """Return the finished and complete periods of a collection's year, with the year. Raises LeftOut.

    Quarters and months are kept in addition to a reported year only if they add up to it.
    """
    months = _reported_periods(figures, MONTH, collection, as_of)
    quarters = _sum_to_quarters(months, QUARTER) | _reported_periods(figures, QUARTER, collection, as_of)
    reported_years = [figure for figure in figures if figure.frequency == YEAR]
    parts = months | quarters
    if year.next_start > as_of:
        return parts
    if reported_years:
        year_counts = _period_counts(reported_years, collection)
        return {
            year: year_counts,
            **{p: c for p, c in parts.items() if _adds_up(parts, p.frequency, year_counts.total)},
        }
    if len(quarters) < MONTHS[YEAR] // MONTHS[QUARTER]:
        return parts
    return {year: _sum_periods(quarters), **parts}


def _reported_periods(
    figures: Sequence[Figure], frequency: str, collection: Collection, as_of: date
) -> dict[Period, Counts]:
    rows = sorted((f for f in figures if f.frequency == frequency), key=lambda f: f.period_start)
    grouped = groupby(rows, key=lambda f: Period(frequency, f.period_start))
    return {
        period: _period_counts(list(period_figures), collection)
        for period, period_figures in grouped
        if period.next_start <= as_of
    }


def _sum_to_quarters(months: Mapping[Period, Counts], frequency: str) -> dict[Period, Counts]:
    """Sum months to quarters if all three are known."""
    quarters: dict[Period, dict[Period, Counts]] = {}
    for period, counts in months.items():
        first = date(period.start.year, (period.start.month - 1) // 3 * 3 + 1, 1)
        quarters.setdefault(Period(frequency, first), {})[period] = counts
    return {
        period: _sum_periods(month_counts)
        for period, month_counts in quarters.items()
        if len(month_counts) == MONTHS[QUARTER]
    }


def _sum_periods(parts: Mapping[Period, Counts]) -> Counts:
    first, *others = (parts[period] for period in sorted(parts))
    return sum(others, first)


def _adds_up(parts: Mapping[Period, Counts], frequency: str, total: int) -> bool:
    totals = [counts.total for period, counts in parts.items() if period.frequency == frequency]
    return len(totals) == MONTHS[YEAR] // MONTHS[frequency] and sum(totals) == total


# ---- one period --------------------------------------------------------------------------------------


def _period_counts(figures: Sequence[Figure], collection: Collection) -> Counts:
    """Return the counts of a period. Raises LeftOut if the persons are not known exactly."""
    if any(figure.not_whole for figure in figures):
        raise InexactCounts("not_whole")
    table_counts: dict[str, Counter[tuple[str, str]]] = {}
    for figure in figures:
        table_counts.setdefault(figure.breakdown, Counter())[figure.dimension, figure.code] += figure.value
    if collection.is_cases:
        table_counts = {"": sum(table_counts.values(), Counter())}
    total = _find_total(table_counts, collection)
    tables: dict[str, Counter[str]] = {}
    left_out: dict[str, str] = {}
    for layout in layouts():
        source = _narrowest(layout, table_counts)
        if source is None:
            continue
        try:
            tables[layout.dimension] = _build_table(layout, source, total, tables)
        except InexactCounts as reason:
            left_out[layout.dimension] = str(reason)
    submissions = frozenset(figure.submission for figure in figures)
    return Counts(total, tables, collection, submissions, left_out)


def _find_total(table_counts: Mapping[str, Counter[tuple[str, str]]], collection: Collection) -> int:
    candidates = [table for table in sorted(table_counts) if collection.is_cases or table == TOTAL]
    candidates += [table for table in sorted(table_counts) if table in collection.exhaustive]
    if not candidates:
        raise InexactCounts("no_total")
    return table_counts[candidates[0]][TOTAL_CODE, TOTAL_CODE]


def _narrowest(
    layout: Layout, table_counts: Mapping[str, Counter[tuple[str, str]]]
) -> Mapping[tuple[str, str], int] | None:
    """Return the reported table with the fewest dimensions that contains the layout's."""
    names = [name for name, rows in table_counts.items() if any(d == layout.dimension for d, _ in rows)]
    return table_counts[min(names, key=lambda name: (name.count(JOIN), name))] if names else None


def _build_table(
    layout: Layout,
    source: Mapping[tuple[str, str], int],
    total: int,
    tables: Mapping[str, Counter[str]],
) -> Counter[str]:
    """Return the persons of a table by code; the rest has the remaining persons. Raises LeftOut."""
    table: Counter[str] = Counter()
    for (dimension, code), value in source.items():
        if dimension == layout.dimension:
            table[layout.code_of(code)] += value
    if (rest := total - sum(table.values())) < 0:
        raise InexactCounts("inconsistent")
    if layout.is_listed:
        return Counter({code: value for code, value in table.items() if code not in _CODES_WITHOUT_COUNTRY})
    table[layout.rest_cell] += rest
    if isinstance(layout, Crossing) and not _crossing_agrees(layout, table, tables):
        raise InexactCounts("inconsistent")
    return table


_CODES_WITHOUT_COUNTRY = (TOTAL_CODE, "_U", "_Z", "_O")
"""Codes that are no country or area."""


def _crossing_agrees(layout: Crossing, table: Counter[str], tables: Mapping[str, Counter[str]]) -> bool:
    """Check that a crossing adds up to the tables of both its dimensions."""
    for position, dimension in enumerate(layout.dimensions):
        margin: Counter[str] = Counter()
        for code, value in table.items():
            margin[code.split(JOIN)[position]] += value
        if dimension not in tables or +margin != +tables[dimension]:
            return False
    return True


# ---- one member and measure --------------------------------------------------------------------------


def member_periods(
    figures: Iterable[tuple[Period, Figure]], collections: Iterable[Collection], as_of: date
) -> tuple[dict[Period, Counts], dict[Period, str]]:
    """Return all periods of a member and measure, each from a single collection, and reasons of missing
    years.

    Files of persons come first, then collections by name. Calendar years come before other years, and a
    quarter or month of a calendar year is not taken from another year.
    """
    rows: dict[Period, dict[str, list[Figure]]] = {}
    for year, figure in figures:
        rows.setdefault(year, {}).setdefault(figure.collection, []).append(figure)
    ordered = sorted(collections, key=lambda c: (not c.is_cases, c.name))
    counts_by_period: dict[Period, Counts] = {}
    reasons: dict[Period, str] = {}
    for year in sorted(rows, key=lambda y: (y.start.month != 1, y.start)):
        try:
            year_periods = _choose_year(rows[year], ordered, year, as_of)
        except InexactCounts as reason:
            reasons[year] = str(reason)
            continue
        counts_by_period |= {
            period: _with_published_tables(period, counts)
            for period, counts in year_periods.items()
            if period not in counts_by_period
        }
        if not year_periods:
            reasons[year] = "not_over"
    return counts_by_period, reasons


def _with_published_tables(period: Period, counts: Counts) -> Counts:
    """Return the counts with the published tables of the period: quarters and months have only a total."""
    return counts if period.frequency == YEAR else replace(counts, tables={}, left_out={})


def _choose_year(
    rows: Mapping[str, Sequence[Figure]], collections: Sequence[Collection], year: Period, as_of: date
) -> dict[Period, Counts]:
    """Return a year from the first complete collection, else each part from the first that has it."""
    partial: dict[Period, Counts] = {}
    reason = InexactCounts("no_figures")
    for collection in collections:
        if collection.name not in rows:
            continue
        try:
            year_periods = count_periods(rows[collection.name], collection, year, as_of)
        except InexactCounts as left_out:
            reason = left_out
            continue
        if year in year_periods:
            return year_periods
        partial = year_periods | partial
    if not partial and str(reason) != "no_figures":
        raise reason
    return partial
