"""Direction and slope of a series over all completions (Mann–Kendall, Theil–Sen)."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import IntArray, Panel
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings

DRAWS, SEED = 100_000, 7_2026
"""For the null distribution. The smallest possible p is 1 / (DRAWS + 1)."""


class Kendall(NamedTuple):
    """Bounds of S over all completions, and of its two-sided p-value."""

    s_low: IntArray
    s_high: IntArray
    p_low: FloatArray
    p_high: FloatArray


def mann_kendall(low: FloatArray, high: FloatArray, rho: float = DEFAULTS.autocorrelation) -> Kendall:
    """Run Mann–Kendall on series × years arrays of bounds (`high` inf: unbounded). Statistics §7.5.

    The p-values belong to the S farthest from 0 and nearest to 0 between its bounds. If the bounds differ in
    sign, `p_high` is 1. Ties put S between its values without ties: it is rounded towards 0, so that no
    completion has a p above `p_high`.
    """
    i, j = np.triu_indices(low.shape[1], k=1)
    s_low = np.sign(low[:, j] - high[:, i]).sum(axis=1).astype(int)
    s_high = np.sign(high[:, j] - low[:, i]).sum(axis=1).astype(int)
    tail = null_tail(low.shape[1], rho)
    nearest = np.maximum(0, np.maximum(s_low, -s_high))
    farthest = np.maximum(s_high, -s_low)
    p_low, p_high = (tail[np.maximum(s - (s + len(tail) - 1) % 2, 0)] for s in (farthest, nearest))
    return Kendall(s_low, s_high, p_low, p_high)


@cache
def null_tail(n: int, rho: float = DEFAULTS.autocorrelation) -> FloatArray:
    """Return P(|S| >= s) for s = 0, 1, … and n values of a stationary Gaussian AR(1), simulated, fixed seed.

    S uses only ranks, so mean and variance do not matter. The observed value counts as a draw, so
    that no p is 0.
    """
    noise = autoregressive(DRAWS, n, rho, seed=SEED + n)
    s = np.zeros(DRAWS, dtype=int)
    for lag in range(1, n):
        s += np.sign(noise[:, lag:] - noise[:, :-lag]).sum(axis=1).astype(int)
    counts = np.bincount(np.abs(s), minlength=n * (n - 1) // 2 + 1)
    at_least = counts[::-1].cumsum()[::-1]
    tail: FloatArray = (at_least + 1) / (DRAWS + 1)
    return np.minimum(tail, 1)


def autoregressive(rows: int, n: int, rho: float, seed: int) -> FloatArray:
    """Draw stationary Gaussian AR(1) series of variance 1: rows × n."""
    noise: FloatArray = np.random.default_rng(seed).standard_normal((rows, n))
    for year in range(1, n):
        noise[:, year] = rho * noise[:, year - 1] + np.sqrt(1 - rho**2) * noise[:, year]
    return noise


def theil_sen(year: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bounds of the Theil–Sen slope per year for series × years arrays; ±inf: unbounded.

    They are the medians of the lowest and of the highest slope of each pair of years.
    """
    i, j = np.triu_indices(year.shape[1], k=1)
    years = year[:, j] - year[:, i]
    lowest = np.median((low[:, j] - high[:, i]) / years, axis=1)
    highest = np.median((high[:, j] - low[:, i]) / years, axis=1)
    return lowest, highest


class DirectionTest(NamedTuple):
    """Results of the tests for each series, NaN for series that were not tested."""

    s_low: FloatArray
    s_high: FloatArray
    p_low: FloatArray
    p_high: FloatArray
    slope_low: FloatArray
    slope_high: FloatArray


def run_direction_tests(panel: Panel, is_selected: BoolArray, settings: TrendSettings) -> DirectionTest:
    """Test direction and slope of the selected rows; rows of equal length are tested together."""
    columns = np.full((len(DirectionTest._fields), len(panel.n)), np.nan)
    for n in np.unique(panel.n[is_selected]):
        rows = np.flatnonzero(is_selected & (panel.n == n))
        year, low, high = (values[rows, :n] for values in (panel.year, panel.low, panel.high))
        columns[:, rows] = [
            *mann_kendall(low, high, settings.autocorrelation),
            *theil_sen(year, low, high),
        ]
    return DirectionTest(*columns)
