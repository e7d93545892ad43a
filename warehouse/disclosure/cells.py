"""The cells of the fixed tables: what protected collections sent, as counts of country, period and code.

A year of a country comes from one collection, whole or not at all: what is not known to one person is left
out, and said (list `protected_status`). What of it is published is not decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import NamedTuple

from schemas.protected import WHOLE, Breakdown, breakdowns

YEAR, QUARTER, MONTH = "A", "Q", "M"
TOTAL, CASES = "total", "cases"
QUARTERS_OF_YEAR, MONTHS_OF_QUARTER = 4, 3


class Cell(NamedTuple):
    """Where, which period, by what, which code."""

    area: str
    frequency: str
    start: str
    dimension: str
    code: str


Period = tuple[str, str]
"""Frequency and first day."""


class Figure(NamedTuple):
    """A row of core.protected_figures."""

    submission: str
    collection: str
    frequency: str
    period_start: date
    period_end: date
    quarter_start: date
    breakdown: str
    dimension: str
    code: str
    value: int
    not_whole: int


class Collection(NamedTuple):
    """What a collection's card says that matters here."""

    name: str
    frequency: str
    is_cases: bool
    exhaustive: frozenset[str]


@dataclass(frozen=True)
class Counts:
    """Persons in one period, and of each dimension that is detailed how they are spread over its codes."""

    total: int
    spread: Mapping[str, Counter[str]]
    submissions: frozenset[str]

    def __add__(self, other: Counts) -> Counts:
        """Both periods together; who is in a period that does not detail a dimension is in its rest."""
        spread = {}
        for one in breakdowns():
            if one.dimension in self.spread or one.dimension in other.spread:
                spread[one.dimension] = self.by(one) + other.by(one)
        return Counts(self.total + other.total, spread, self.submissions | other.submissions)

    def by(self, breakdown: Breakdown) -> Counter[str]:
        """How all persons are spread over the codes of a breakdown."""
        return self.spread.get(breakdown.dimension, Counter({breakdown.rest: self.total}))


class LeftOut(Exception):
    """A year of a country of which no whole counts are known; a code of the list `protected_status`."""


@dataclass(frozen=True)
class CountryYear:
    """The counts of one country: of the whole year, where that is known, and of its quarters."""

    country: str
    collection: str
    periods: Mapping[Period, Counts]

    @property
    def is_whole(self) -> bool:
        """Whether the whole year is known."""
        return any(frequency == YEAR for frequency, _ in self.periods)

    def cells(self, dimensions: Iterable[Breakdown]) -> dict[Cell, int]:
        """The totals of all periods and, of the year, every code of the breakdowns."""
        found = {}
        for (frequency, start), counts in self.periods.items():
            found[Cell(self.country, frequency, start, WHOLE, WHOLE)] = counts.total
            for one in dimensions if frequency == YEAR else ():
                spread = counts.by(one)
                found |= {
                    Cell(self.country, frequency, start, one.dimension, code): spread[code]
                    for code in one.cells
                }
        return found


# ---- from figures to counts ------------------------------------------------------------------------


def country_year(
    country: str, figures: Sequence[Figure], collections: Iterable[Collection], year_end: date, as_of: date
) -> CountryYear:
    """A year of a country from one of its collections: files of persons first. Raises LeftOut."""
    found, why = [], LeftOut("no_figures")
    for collection in sorted(collections, key=lambda one: (not one.is_cases, one.name)):
        mine = [figure for figure in figures if figure.collection == collection.name]
        try:
            if mine and (periods := _periods(mine, collection, year_end, as_of)):
                found.append(CountryYear(country, collection.name, periods))
        except LeftOut as left_out:
            why = left_out
    if not found:
        raise why
    return max(found, key=lambda year: year.is_whole)


def _periods(
    figures: Sequence[Figure], collection: Collection, year_end: date, as_of: date
) -> dict[Period, Counts]:
    quarters = _quarters(figures, collection, as_of)
    sent = [f for f in figures if f.frequency == YEAR]
    if year_end >= as_of:
        return quarters
    if sent:
        start = str(min(f.period_start for f in sent))
        year = _counts(sent, collection)
        is_sum = len(quarters) == QUARTERS_OF_YEAR and sum(q.total for q in quarters.values()) == year.total
        return {(YEAR, start): year} | (quarters if is_sum else {})
    if len(quarters) < QUARTERS_OF_YEAR:
        return quarters
    first, *others = (quarters[period] for period in sorted(quarters))
    return {(YEAR, min(start for _, start in quarters)): sum(others, first), **quarters}


def _quarters(figures: Sequence[Figure], collection: Collection, as_of: date) -> dict[Period, Counts]:
    """The quarters that are over and were reported: sent as such, else their months."""
    found = {}
    below = sorted((f for f in figures if f.frequency != YEAR), key=lambda f: f.quarter_start)
    for start, of_quarter in groupby(below, key=lambda f: f.quarter_start):
        rows = list(of_quarter)
        sent = [f for f in rows if f.frequency == QUARTER]
        months = {f.period_start for f in rows if f.frequency == MONTH}
        is_reported = sent or collection.frequency != MONTH or len(months) == MONTHS_OF_QUARTER
        if is_reported and _end_of_quarter(start) < as_of:
            tables = (
                [sent] if sent else [[f for f in rows if f.period_start == month] for month in sorted(months)]
            )
            first, *others = (_counts(table, collection) for table in tables)
            found[QUARTER, str(start)] = sum(others, first)
    return found


def _end_of_quarter(start: date) -> date:
    """The first day after it, which is as good: a day that is over."""
    months = start.year * 12 + start.month - 1 + MONTHS_OF_QUARTER
    return date(months // 12, months % 12 + 1, 1)


def _counts(figures: Sequence[Figure], collection: Collection) -> Counts:
    """One period's persons. Raises LeftOut where their number or their spread is not known to one person."""
    if any(f.not_whole for f in figures):
        raise LeftOut("not_whole")
    sums: dict[str, Counter[tuple[str, str]]] = {}
    for f in figures:
        sums.setdefault(f.breakdown, Counter())[f.dimension, f.code] += f.value
    tables = {"": sum(sums.values(), Counter())} if collection.is_cases else sums
    total = _total(tables, collection)
    spread = {}
    for one in breakdowns():
        detailing = [b for b in tables if any(dimension == one.dimension for dimension, _ in tables[b])]
        if detailing:
            narrowest = min(detailing, key=lambda b: (b.count("+"), b))
            spread[one.dimension] = _spread(one, tables[narrowest], total)
    return Counts(total, spread, frozenset(f.submission for f in figures))


def _total(tables: Mapping[str, Counter[tuple[str, str]]], collection: Collection) -> int:
    whole = [b for b in sorted(tables) if collection.is_cases or b == TOTAL] or [
        b for b in sorted(tables) if b in collection.exhaustive
    ]
    if not whole:
        raise LeftOut("no_total")
    return tables[whole[0]][WHOLE, WHOLE]


def _spread(breakdown: Breakdown, table: Mapping[tuple[str, str], int], total: int) -> Counter[str]:
    """The table's persons by the breakdown's codes; whoever the total has beside them is in the rest."""
    spread: Counter[str] = Counter()
    for (dimension, code), value in table.items():
        if dimension == breakdown.dimension:
            spread[breakdown.code_of(code)] += value
    left = total - sum(spread.values())
    if left < 0:
        raise LeftOut("inconsistent")
    spread[breakdown.rest] += left
    return spread


# ---- a component: one measure, one year, all countries and the region -------------------------------


class Key(NamedTuple):
    """What a component is of: its cells add up to one another, and to no others."""

    family: str
    measure: str
    year_start: str


@dataclass(frozen=True)
class Component:
    """The countries of a year, and of each period the members that the region is the sum of."""

    region: str
    countries: Mapping[str, CountryYear]
    members: Mapping[Period, tuple[str, ...]]
    dimensions: tuple[Breakdown, ...] = field(default=())

    def cells(self) -> dict[Cell, int]:
        """All cells with their true values."""
        found: dict[Cell, int] = {}
        for country in sorted(self.countries):
            found |= self.countries[country].cells(self.dimensions)
        own = dict(found)
        for (frequency, start), members in self.members.items():
            for cell in own:
                if cell.frequency == frequency and cell.start == start and cell.area in members:
                    whole = cell._replace(area=self.region)
                    found[whole] = found.get(whole, 0) + own[cell]
        return found

    def submissions(self, cell: Cell) -> str:
        """Which submissions a cell comes from."""
        period = (cell.frequency, cell.start)
        areas = self.members[period] if cell.area == self.region else (cell.area,)
        return " ".join(sorted(set().union(*(self.countries[a].periods[period].submissions for a in areas))))


def component(
    region: str,
    countries: Mapping[str, CountryYear],
    members: Iterable[str],
    dimensions: Iterable[str] = (),
) -> Component:
    """A component; the region is the sum of those of `members` that tell the period, from two on."""
    detailed = {d for year in countries.values() for counts in year.periods.values() for d in counts.spread}
    shown = tuple(one for one in breakdowns() if one.dimension in detailed | set(dimensions))
    periods = sorted({period for year in countries.values() for period in year.periods})
    told = {
        p: tuple(c for c in sorted(set(members) & set(countries)) if p in countries[c].periods)
        for p in periods
    }
    return Component(region, countries, {p: m for p, m in told.items() if len(m) > 1}, shown)


Sum = tuple[Cell, tuple[Cell, ...]]


def relations(cells: Iterable[Cell], region: str, members: Mapping[Period, tuple[str, ...]]) -> list[Sum]:
    """What adds up: the codes of each breakdown, the quarters of a year, the members of the region."""
    known = set(cells)
    found: list[Sum] = []
    for cell in sorted(known):
        if cell.dimension == WHOLE and cell.frequency == YEAR:
            beside = sorted(c for c in known if c.area == cell.area and c != cell)
            for _, codes in groupby((c for c in beside if c.frequency == YEAR), key=lambda c: c.dimension):
                found.append((cell, tuple(codes)))
            quarters = tuple(c for c in beside if c.frequency == QUARTER)
            is_of_the_same = len({members.get((c.frequency, c.start)) for c in (cell, *quarters)}) == 1
            if len(quarters) == QUARTERS_OF_YEAR and (cell.area != region or is_of_the_same):
                found.append((cell, quarters))
        if cell.area == region:
            parts = tuple(cell._replace(area=m) for m in members[cell.frequency, cell.start])
            found.append((cell, parts))
    return found
