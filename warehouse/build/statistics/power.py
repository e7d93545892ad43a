"""Power of the trend test: the probability of finding a given rise per year in a series like this."""

from __future__ import annotations

from functools import cache

import numpy as np

from warehouse.build.statistics.direction import autoregressive, null_tail
from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import Kinds, Panel
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import ScaledPoints

DRAWS, SEED = 2_000, 8_2026


def powers(
    panel: Panel, scale: ScaledPoints, kinds: Kinds, is_selected: BoolArray, settings: TrendSettings
) -> FloatArray:
    """Compute Statistics §7.8 from the number of years, mean and dispersion of each selected series.

    The power is the share of simulated series, rising by `power_growth` a year (of a share: its odds), that
    pass the test and the size required of a change. False discoveries are not corrected for. NaN if a value
    is unbounded or nothing varies.
    """
    noise = _noise(panel, scale, is_selected)
    # only counts must change by a number of persons, and only small counts fail to
    mean = np.where(panel.is_point, panel.low, 0).sum(axis=1) / np.maximum(panel.n, 1)
    count = np.where(kinds.unit == "count", mean, np.inf)
    powers = np.full(len(panel.n), np.nan)
    for row in np.flatnonzero(is_selected & np.isfinite(noise) & (noise > 0)):
        powers[row] = power(
            int(panel.n[row]),
            _round_to_step(noise[row]),
            _round_to_step(count[row]) if count[row] < 1e3 else np.inf,
            settings,
        )
    return powers


def _round_to_step(value: float) -> float:
    """Round to a twentieth of a power of ten, so that similar series share a simulation."""
    return float(np.round(10 ** (np.round(np.log10(max(value, 1e-3)) * 20) / 20), 6))


def _noise(panel: Panel, scale: ScaledPoints, is_selected: BoolArray) -> FloatArray:
    """Return the standard deviation around a straight line, the larger of the lows' and the highs'."""
    spreads = np.full(len(panel.n), np.nan)
    for n in np.unique(panel.n[is_selected]):
        rows = np.flatnonzero(is_selected & (panel.n == n))
        year = panel.year[rows, :n]
        year = year - year.mean(axis=1, keepdims=True)
        variances = []
        for x in (scale.low[rows, :n], scale.high[rows, :n]):
            with np.errstate(invalid="ignore"):
                x = x - x.mean(axis=1, keepdims=True)
                slope = (year * x).sum(axis=1, keepdims=True) / (year**2).sum(axis=1, keepdims=True)
                variances.append(((x - slope * year) ** 2).sum(axis=1) / (n - 2))
        spreads[rows] = np.sqrt(np.maximum(*variances))
    return spreads


@cache
def power(years: int, noise: float, mean: float, settings: TrendSettings) -> float:
    """Return the share of simulated series that the trend test and the size of change detect.

    Each series has `years` years of log-normal noise, autocorrelated as in the test, and the assumed growth.
    `mean` is the mean count; inf for shares, rates and large counts, which need no change in persons.
    """
    growth = np.log1p(settings.power_growth) * (np.arange(years) - (years - 1) / 2)
    logs = noise * autoregressive(DRAWS, years, settings.autocorrelation, SEED + years) + growth
    concordance = np.zeros(DRAWS, dtype=int)
    for lag in range(1, years):
        concordance += np.sign(logs[:, lag:] - logs[:, :-lag]).sum(axis=1).astype(int)
    is_clear = null_tail(years, settings.autocorrelation)[np.maximum(concordance, 0)] <= settings.alpha
    last_years = settings.last_years
    first, last = (
        np.exp(logs[:, part].mean(axis=1))
        for part in (slice(0, last_years), slice(years - last_years, years))
    )
    is_large = last >= (1 + settings.size) * first
    if np.isfinite(mean):
        is_large &= mean * (last - first) >= settings.size_persons
    return float((is_clear & is_large).mean())
