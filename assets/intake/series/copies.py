"""Rule on copies: periods that repeat the values of another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from assets.intake.series.values import CELL, GROUP, Doubt, Level, Numbers, Series, doubt_of, name_of_month

FEWEST_EQUAL, LARGE_ENOUGH, DIFFERENT = 5, 10, 3
"""Equal values from which a period is a copy: five, one of them ten, three of them different."""
FEWEST_NEXT = 3
"""Equal values from which a period that follows another directly is asked about."""
NEARLY_ALL, MOST_CELLS_EQUAL = 0.8, 0.7
UNLIKELY = 6
"""Power of ten of the product of equal values, from which a copy may differ in a few cells."""
FEWEST_LARGE, VERY_UNLIKELY = 4, 7
"""Four equal values are a whole copy, too, from this power of ten of their product on."""
MOST_CELLS = 4_000_000


def copy_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each period, or run of periods, whose values repeat those of others."""
    values = series.values[series.values["exact"]]
    group: Any
    for group, rows in values.groupby(GROUP, sort=True, observed=True):
        months = np.unique(rows["month"])
        cells = pd.util.hash_pandas_object(rows[CELL], index=False)
        numbers, distinct = pd.factorize(cells)
        if len(months) < 2 or len(months) * len(distinct) > MOST_CELLS:
            continue
        table = np.full((len(months), len(distinct)), np.nan)
        table[np.searchsorted(months, rows["month"]), numbers] = rows["low"]
        fresh = np.isin(months, rows.loc[rows["fresh"], "month"])
        for copy in _copies(table, fresh):
            level = Level(group, months, *(np.zeros(0),) * 4)
            both_spans = [n + k for n in (copy.first, copy.second) for k in range(copy.length)]
            label = name_of_month(months[copy.first], "M")  # a year alone would be shown as a number
            is_held = series.is_own and copy.is_clear  # else many countries would wait for one
            yield doubt_of("period_copied", level, both_spans, "", label, at=copy.second, holds=is_held)


@dataclass(frozen=True)
class Copy:
    """Periods equal to others: the first of each, and how many."""

    first: int
    second: int
    length: int
    is_clear: bool


def _copies(table: Numbers, fresh: Numbers) -> Iterator[Copy]:
    """Yield periods that repeat others. A row of the table is a period."""
    covered_rows: set[int] = set()
    for lag in range(1, len(table)):
        a, b = table[:-lag], table[lag:]
        is_either = (a > 0) | (b > 0)
        equal = is_either & (a == b)
        n_equal, n_known = equal.sum(axis=1), (is_either & ~np.isnan(a) & ~np.isnan(b)).sum(axis=1)
        is_whole = (n_equal > 0) & (n_equal == n_known) & (n_known >= NEARLY_ALL * is_either.sum(axis=1))
        is_close = n_equal >= np.maximum(FEWEST_EQUAL, MOST_CELLS_EQUAL * is_either.sum(axis=1))
        for first, length in _runs(is_whole, is_close, lag):
            rows = slice(first, first + length)
            second = first + lag
            if second in covered_rows or not (fresh[second : second + length] | fresh[rows]).any():
                continue
            values = a[rows][equal[rows]]
            is_clear = _is_copy(values, complete=bool(is_whole[rows].all()))
            if is_clear or (lag == 1 and _stays(is_whole, first) and _is_varied(values, FEWEST_NEXT)):
                covered_rows |= set(range(second, second + length))
                yield Copy(first, second, length, is_clear)


def _stays(is_whole: Numbers, n: int) -> bool:
    """Check that a period equals the next one, and this its next, or they their ones before."""
    return bool(is_whole[n] and (is_whole[n + 1 : n + 2].any() or is_whole[max(0, n - 1) : n].any()))


def _runs(is_whole: Numbers, is_close: Numbers, lag: int) -> Iterator[tuple[int, int]]:
    """Yield position and length of the runs of four equal periods, and else of each period alone.

    Two or three equal periods in a row with few values in each are chance: totals make their parts.
    """
    rows = np.flatnonzero(is_whole | is_close)
    for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1) if len(rows) else ():
        size = min(lag, len(run)) if min(lag, len(run)) >= FEWEST_LARGE else 1
        for at in range(0, len(run), size):
            yield int(run[at]), len(run[at : at + size])


def _is_copy(values: Numbers, *, complete: bool) -> bool:
    size = float(np.log10(np.maximum(values, 1)).sum())
    if not _is_varied(values, FEWEST_EQUAL):
        return complete and size >= VERY_UNLIKELY and _is_varied(values, FEWEST_LARGE)
    return complete or size >= UNLIKELY


def _is_varied(values: Numbers, fewest: int) -> bool:
    """Check that so many values are equal, that one is large and that they are not all alike."""
    return bool(
        len(values) >= fewest and values.max() >= LARGE_ENOUGH and len(np.unique(values)) >= DIFFERENT
    )
