"""Rules on the categories of a breakdown: missing, out of their level, or exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from assets.intake.comparison import YEAR
from assets.intake.series.copies import MOST_CELLS
from assets.intake.series.levels import (
    CLEAR_PERSONS,
    CLEAR_TIMES,
    FEWEST_BEFORE,
    PERIODS_BACK,
    is_out_of_level,
)
from assets.intake.series.values import (
    SPECIAL,
    TABLE,
    Doubt,
    Level,
    Numbers,
    Series,
    doubt_of,
    summable_measures,
)
from schemas.tables import SLICES

CATEGORY_PERIODS = {"A": 3, "Q": 4, "M": 6}
"""Periods in which a category always had persons, so that it is expected in the next."""
LARGE_CATEGORY = 0.1
"""Share from which two periods of what is in force are enough."""
NEWEST = {"A": 1, "Q": 2, "M": 6}
"""Newest periods of a first file in which a category is missed."""
CATEGORY_PERSONS = 10
CATEGORY_SHARE, SHARE_IN_FIRST = 0.01, 0.05


@dataclass(frozen=True)
class Categories:
    """Persons of each category of a table by period, and what is in force of them."""

    level: Level
    table: Numbers
    """A row a period, a column a category."""
    names: list[str]
    fresh: Numbers
    known: set[tuple[int, str]]
    """Month and category of the values in force."""
    known_months: set[int]
    has_past: bool
    is_own: bool
    """All values are of one country."""
    fewest_periods: int
    """Periods from which a category is expected in the next."""
    not_missed: set[str]
    """Categories that stand for no group, or whose rows wait in quarantine."""


def category_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each category that always had persons and is missing from the newest periods, and for
    two categories that stand in each other's place."""
    summable = summable_measures()
    values = series.values[(series.values["breakdown"] != "total") & series.values["measure"].isin(summable)]
    key: Any
    for key, rows in values.groupby(TABLE, sort=True, observed=True):
        for name in SLICES:
            if name in key[3].split("+") and (categories := _categories(series, key, rows, name)):
                yield from _missing_categories(categories)
                yield from _categories_out_of_level(categories)
                yield from _exchanged_categories(categories)


def _categories(series: Series, key: tuple[str, ...], rows: pd.DataFrame, name: str) -> Categories | None:
    """Return the sums by a dimension, or None if the series is too short."""
    months = np.unique(rows["month"])
    numbers, names = pd.factorize(rows[name], sort=True)
    is_known = series.has_past and series.is_own and series.of_one_country
    fewest = 2 if is_known else CATEGORY_PERIODS[key[2]]
    if len(months) < 2 or len(months) * len(names) > MOST_CELLS:
        return None
    table = np.zeros((len(months), len(names)))
    np.add.at(table, (np.searchsorted(months, rows["month"]), numbers), rows["low"].to_numpy())
    level = Level((key[0], key[1], key[2]), months, *(np.zeros(0),) * 4)
    fresh = np.isin(months, rows.loc[rows["fresh"] & ~rows["running"], "month"])
    replaced = series.replaced
    in_force = replaced[(replaced[TABLE] == list(key)).all(axis=1)]
    known_categories = set(zip(in_force["month"].tolist(), in_force[name].astype(str), strict=True))
    months_in_force = {month for month, _ in known_categories}
    categories = level, table, [str(n) for n in names], fresh, known_categories, months_in_force
    facts = series.has_past, series.is_own, fewest
    not_missed = {*SPECIAL, *series.waiting[name].astype(str)}
    return Categories(*categories, *facts, not_missed)


def _missing_categories(categories: Categories) -> Iterator[Doubt]:
    """Yield the categories that are missing from periods, and were not known to be missing."""
    level, table = categories.level, categories.table
    for cell, name in enumerate(categories.names):
        absent = np.flatnonzero(table[:, cell] <= 0) if name not in categories.not_missed else ()
        for rows in np.split(absent, np.flatnonzero(np.diff(absent) > 1) + 1) if len(absent) else ():
            expected = _expected_persons(categories, cell, rows)
            is_newest = rows[-1] == len(table) - 1
            is_gone = _is_newly_gone if is_newest else _is_gap
            if not expected or not is_gone(categories, rows, name):
                continue
            is_clear = is_newest and categories.has_past and categories.is_own
            has_level = rows[0] >= CATEGORY_PERIODS[level.group[2]]
            facts = name, f"{expected / len(rows):.0f}"
            holds = is_clear and has_level and expected >= CLEAR_PERSONS
            yield doubt_of("category_missing", level, rows, *facts, holds=holds)


def _expected_persons(categories: Categories, cell: int, rows: Numbers) -> float:
    """Return the persons that a category would have in these periods, by those around; 0 if it may well have
    none."""
    periods = CATEGORY_PERIODS[categories.level.group[2]]
    before, after = np.arange(rows[0]), np.arange(rows[-1] + 1, len(categories.table))
    around = np.concatenate([before[-periods:], after[: max(0, periods - len(before))]])
    near = categories.table[around]
    if len(before) < 2 or len(near) < categories.fewest_periods or near[:, cell].min() <= 0:
        return 0
    least_share = CATEGORY_SHARE if categories.has_past else SHARE_IN_FIRST
    least_share = least_share if len(near) >= periods else LARGE_CATEGORY
    share = near[:, cell].sum() / near.sum()
    expected = share / (1 - min(share, 0.99)) * categories.table[rows].sum(axis=1)
    is_usual = share >= least_share and min(near[:, cell].mean(), expected.mean()) >= CATEGORY_PERSONS
    return float(expected.sum()) if is_usual else 0


def _is_gap(categories: Categories, rows: Numbers, name: str) -> bool:
    """Check for a single year without the category, new in what is delivered, of one country.

    In a single month a nationality may well be absent.
    """
    month = int(categories.level.months[rows[0]])
    is_new = categories.fresh[rows[0] - 1 : rows[0] + 2].any() or (month, name) in categories.known
    is_year = categories.level.group[2] == "A" and len(rows) == 1
    return categories.is_own and is_year and bool(is_new)


def _categories_out_of_level(categories: Categories) -> Iterator[Doubt]:
    """Yield the categories of one country whose new values, and shares, are clearly out of their level.

    Each new period is judged as if it had come alone. Those after one that is out of level are held against
    the same past: a delivery of several periods may be spoilt in all of them.
    """
    level, table = categories.level, categories.table
    last = len(table) - 1
    if not (categories.has_past and categories.is_own and categories.fresh[last]):
        return
    periods_of_cell: dict[int, list[int]] = {}
    for n in range(_first_new_period(categories), last + 1):
        still_spoilt = {
            cell
            for cell, rows in periods_of_cell.items()
            if rows[-1] == n - 1 and cell in _cells_out_of_level(categories, n, rows[0])
        }
        for cell in still_spoilt.union(_cells_out_of_level(categories, n, n)):
            periods_of_cell.setdefault(cell, []).append(n)
    for cell, rows in sorted(periods_of_cell.items()):
        usual = np.median(table[_periods_before(level, rows[0]), cell])
        facts = f"{categories.names[cell]}: {table[rows[0], cell]:.12g}", f"{usual:.12g}"
        yield doubt_of("level_unlike_past", level, rows, *facts, holds=False)


def _first_new_period(categories: Categories) -> int:
    """Return the first of the newest periods that have no value in force, or the last period."""
    is_new = categories.fresh & ~np.isin(categories.level.months, list(categories.known_months))
    older = np.flatnonzero(~is_new)
    return min(int(older[-1]) + 1, len(is_new) - 1) if len(older) else 0


def _periods_before(level: Level, n: int) -> slice:
    return slice(max(0, n - PERIODS_BACK[level.group[2]]), n)


def _cells_out_of_level(categories: Categories, n: int, first: int) -> list[int]:
    """Return the categories that are out of level in a period, by the periods before `first`."""
    if first < FEWEST_BEFORE[categories.level.group[2]]:
        return []
    before = _periods_before(categories.level, first)
    past, values = categories.table[before], categories.table[n]
    usual_shares = np.median(past / np.maximum(past.sum(axis=1), 1)[:, None], axis=0)
    shares = values / max(values.sum(), 1)
    is_below = (shares * CLEAR_TIMES <= usual_shares) & (usual_shares >= SHARE_IN_FIRST)
    is_apart = (shares >= CLEAR_TIMES * usual_shares) | is_below
    candidates = np.flatnonzero(is_apart & (past.min(axis=0) > 0)).tolist()
    return [
        cell
        for cell in candidates
        if categories.names[cell] not in SPECIAL and is_out_of_level(values[cell], past[:, cell])
    ]


def _is_newly_gone(categories: Categories, missing_rows: Numbers, name: str) -> bool:
    """Check that the category is missing now, and was not missing in what is in force."""
    months = categories.level.months[missing_rows].tolist()
    if not categories.has_past:
        return categories.is_own and len(missing_rows) <= NEWEST[categories.level.group[2]]
    is_new = bool(categories.fresh[missing_rows[0]]) and months[0] not in categories.known_months
    return is_new or any((month, name) in categories.known for month in months)


def _exchanged_categories(categories: Categories) -> Iterator[Doubt]:
    """Yield pairs of categories that have, in a year or in one period, each other's usual share."""
    months = categories.level.months
    seen: set[tuple[int, int]] = set()
    special = {n for n, name in enumerate(categories.names) if name in SPECIAL}
    for spans in (months // YEAR, months):
        numbers, index = np.unique(spans, return_inverse=True)
        table = np.zeros((len(numbers), len(categories.names)))
        np.add.at(table, index, categories.table)
        fresh = np.unique(index[categories.fresh])
        least_share = SHARE_IN_FIRST if spans is months else 0
        for number, around in _years_to_compare(numbers, fresh, categories, is_month=spans is months):
            shares = table[around] / np.maximum(table[around].sum(axis=1), 1)[:, None]
            rows = np.flatnonzero(index == number)
            for a, b in _exchanged_shares(table[number], shares):
                is_large = shares[:, [a, b]].min() >= least_share and not {a, b} & special
                if (a, rows[0]) not in seen and is_large:
                    seen |= {(a, row) for row in rows.tolist()}
                    facts = categories.names[a], categories.names[b]
                    yield doubt_of("categories_exchanged", categories.level, rows, *facts, holds=False)


def _years_to_compare(
    numbers: Numbers, fresh: Numbers, categories: Categories, *, is_month: bool
) -> Iterator[tuple[int, Numbers]]:
    """Yield each fresh year or month with the nearest others, and with the nearest in force, if there are
    enough."""
    in_force = np.setdiff1d(np.arange(len(numbers)), fresh)
    fewest = 1 if categories.has_past and not is_month else FEWEST_YEARS_AROUND
    for number in fresh.tolist():
        others = np.delete(np.arange(len(numbers)), number)
        for candidates in (others, in_force):
            order = np.argsort(np.abs(numbers[candidates] - numbers[number]), kind="stable")
            if len(candidates) >= fewest:
                yield number, candidates[order][: FEWEST_YEARS_AROUND + 1]


FEWEST_YEARS_AROUND = 3
"""Years that show what is usual. With fewer in force, all other categories must have stayed."""
STABLE_RATIO, APART_RATIO = 1.5, 2
"""Largest share of a stable category to its smallest. Two categories closer than that may pass each other;
with few years, two closer than the second."""
FAR_SPREADS = 4
"""Standard deviations of a share by chance from which a category is far from its own."""
ALIKE_RATIO, ALIKE_SPREADS = 1.25, 2
"""Largest ratio of a value to the other's, and standard deviations by chance, of two that were exchanged."""


def _exchanged_shares(persons: Numbers, shares: Numbers) -> Iterator[tuple[int, int]]:
    """Yield two categories with stable shares, far apart, each of which has the other's share now."""
    usual = np.median(shares, axis=0)
    expected = usual * persons.sum()
    spread = FAR_SPREADS * np.sqrt(np.maximum(expected * (1 - np.minimum(usual, 1)), 1))
    by_chance = (shares.max(axis=0) - shares.min(axis=0)) * persons.sum() <= spread
    is_stable = (shares.min(axis=0) > 0) & (
        by_chance | (shares.max(axis=0) <= STABLE_RATIO * shares.min(axis=0))
    )
    is_far = np.abs(persons - expected) >= spread
    candidates = np.flatnonzero(is_stable & is_far & (persons >= CATEGORY_PERSONS))
    is_short = len(shares) < FEWEST_YEARS_AROUND
    moved = set(np.flatnonzero(is_far & ~_is_within(persons, expected, STABLE_RATIO)).tolist())
    for a, b in combinations(candidates.tolist(), 2):
        least_ratio = APART_RATIO if is_short else STABLE_RATIO
        is_apart = max(expected[a], expected[b]) >= least_ratio * min(expected[a], expected[b])
        if (
            is_apart
            and not (is_short and moved - {a, b})
            and _is_alike(persons[[a, b]], expected[[b, a]]).all()
        ):
            yield a, b


def _is_alike(persons: Numbers, expected: Numbers) -> Numbers:
    """Mark the values that are what is expected, but for a quarter or for chance."""
    by_chance: Numbers = np.abs(persons - expected) <= ALIKE_SPREADS * np.sqrt(expected)
    return by_chance | _is_within(persons, expected, ALIKE_RATIO)


def _is_within(a: Numbers, b: Numbers, ratio: float) -> Numbers:
    """Mark the pairs of which neither is more than `ratio` times the other."""
    return np.maximum(a, b) <= ratio * np.minimum(a, b)
