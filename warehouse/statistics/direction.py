"""Whether a series rises or falls, over all completions (Mann–Kendall, Theil–Sen), and by how much."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from math import comb
from typing import NamedTuple

import numpy as np

from warehouse.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.statistics.panels import IntArray, ObjectArray, Panel
from warehouse.statistics.settings import TrendSettings


class Kendall(NamedTuple):
    """Bounds of S over all completions, and of its two-sided p-value."""

    s_low: IntArray
    s_high: IntArray
    p_low: FloatArray
    p_high: FloatArray


def mann_kendall(low: FloatArray, high: FloatArray) -> Kendall:
    """Mann–Kendall on series × years arrays of bounds (`high` inf: unbounded). Statistics §7.4–5.

    S_low and S_high as in §7.5. The p-values are those of the S farthest from 0 and nearest to it
    between them: where both have one sign their own p-values, where they have not `p_high` is 1.
    The null distribution is exact, given the ties that hold in every completion. Other ties would
    give S values between its own: the nearest S is rounded towards 0, so that no completion has a
    p above `p_high` (a test tries all ties up to n = 11).
    """
    i, j = np.triu_indices(low.shape[1], k=1)
    s_low = np.sign(low[:, j] - high[:, i]).sum(axis=1).astype(int)
    s_high = np.sign(high[:, j] - low[:, i]).sum(axis=1).astype(int)
    nearest = np.maximum(0, np.maximum(s_low, -s_high))
    farthest = np.maximum(s_high, -s_low)
    p_low, p_high = np.empty(len(low)), np.empty(len(low))
    for ties, rows in _tie_patterns(low, high).items():
        tail = null_tail(low.shape[1], ties)
        between = (nearest[rows] + len(tail) - 1) % 2
        p_low[rows] = tail[farthest[rows]]
        p_high[rows] = tail[np.maximum(nearest[rows] - between, 0)]
    return Kendall(s_low, s_high, p_low, p_high)


def _tie_patterns(low: FloatArray, high: FloatArray) -> dict[tuple[int, ...], IntArray]:
    """Sizes of the groups of equal exact values → the rows that have them."""
    exact = np.sort(np.where(low == high, low, np.nan), axis=1)
    tied = (np.diff(exact, axis=1) == 0).any(axis=1)
    rows_of: dict[tuple[int, ...], list[int]] = {(): np.flatnonzero(~tied).tolist()}
    for row in np.flatnonzero(tied).tolist():
        sizes = np.unique(exact[row], return_counts=True, equal_nan=False)[1]
        rows_of.setdefault(tuple(sorted(sizes[sizes > 1].tolist())), []).append(row)
    return {ties: np.array(rows, dtype=int) for ties, rows in rows_of.items()}


@cache
def null_tail(n: int, ties: tuple[int, ...] = ()) -> FloatArray:
    """P(|S| >= s) for s = 0, 1, … of n values in random order, with groups of equal ones.

    Exact for any ties: how many orders have k inversions is the coefficient of q^k in the Gaussian
    multinomial [n]! / ∏ [t]!, with every [m]! a product of (1 - q^k) up to a power of (1 - q); and
    S is the number of untied pairs less 2k.
    """
    pairs = comb(n, 2) - sum(comb(size, 2) for size in ties)
    orders = [1] + [0] * pairs
    for k in range(1, n + 1):
        for power in range(pairs, k - 1, -1):
            orders[power] -= orders[power - k]
    for size in (*ties, *[1] * (n - sum(ties))):
        for k in range(1, size + 1):
            for power in range(k, pairs + 1):
                orders[power] += orders[power - k]
    with_s = [0] * (pairs + 1)
    for inversions, count in enumerate(orders):
        with_s[abs(pairs - 2 * inversions)] += count
    at_least = list(accumulate(reversed(with_s)))[::-1]
    return np.array([count / at_least[0] for count in at_least])


def theil_sen(year: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bounds of the Theil–Sen slope per year, series × years arrays; ±inf: unbounded.

    Statistics §7.5: medians of the lowest and of the highest slope of each pair of years.
    """
    i, j = np.triu_indices(year.shape[1], k=1)
    years = year[:, j] - year[:, i]
    lowest = np.median((low[:, j] - high[:, i]) / years, axis=1)
    highest = np.median((high[:, j] - low[:, i]) / years, axis=1)
    return lowest, highest


class Tested(NamedTuple):
    """What the tests say of each series, NaN where they were not made."""

    s_low: FloatArray
    s_high: FloatArray
    p_low: FloatArray
    p_high: FloatArray
    slope_low: FloatArray
    slope_high: FloatArray


def tested(panel: Panel, wanted: BoolArray) -> Tested:
    """Direction and slope of the wanted rows; those of one length are tested together."""
    columns = np.full((len(Tested._fields), len(panel.n)), np.nan)
    for n in np.unique(panel.n[wanted]):
        rows = np.flatnonzero(wanted & (panel.n == n))
        year, low, high = (values[rows, :n] for values in (panel.year, panel.low, panel.high))
        columns[:, rows] = [*mann_kendall(low, high), *theil_sen(year, low, high)]
    return Tested(*columns)


def large(
    panel: Panel, test: Tested, unit: ObjectArray, median: Interval, settings: TrendSettings
) -> tuple[BoolArray, BoolArray]:
    """Statistics §7.6: where the rise, and the fall, over the period is surely large enough.

    The change is the Theil–Sen slope times the years between first and last. Counts: a quarter of
    the median and ten persons; rates: a quarter of the median; shares: five points.
    """
    quarter = settings.size_of_median * np.where(np.isnan(median.high), np.inf, median.high)
    needed = np.select(
        [unit == "count", unit == "share"],
        [np.maximum(quarter, settings.size_persons), settings.size_share],
        quarter,
    )
    years = panel.span - 1
    # a slope found by division may miss the mark in its last digit
    needed = needed * (1 - 1e-9)
    return test.slope_low * years >= needed, -test.slope_high * years >= needed


def surely_above(one: Interval, other: Interval) -> BoolArray:
    """Where every completion of `one` is above every one of `other`.

    A rise over many years that the last one no longer shows beside the baseline is not called one:
    "rose between A and B (from a to b)" would be false (Statistics §7.9).
    """
    return one.low > np.where(np.isnan(other.high), np.inf, other.high)
