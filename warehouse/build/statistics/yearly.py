"""Yearly changes that the test of direction does not exclude, as an interval."""

from __future__ import annotations

import numpy as np

from warehouse.build.statistics.direction import null_tail
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.panels import ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import ScaledPoints


def yearly_changes(
    panel: Panel, scale: ScaledPoints, unit: ObjectArray, is_selected: BoolArray, settings: TrendSettings
) -> Interval:
    """Return the yearly change of the selected rows: per cent of counts and rates, points of shares.

    A change is within the interval if the test of direction does not reject the series without it. The
    interval holds for every completion. -100 % and NaN above: nothing is excluded on that side.
    """
    bounds = np.full((2, len(panel.n)), np.nan)
    is_share = unit == "share"
    for n in np.unique(panel.n[is_selected]):
        rows = np.flatnonzero(is_selected & (panel.n == n))
        year = panel.year[rows, :n]
        low, high = (
            np.where(is_share[rows, None], 100 * plain[rows, :n], logs[rows, :n])
            for plain, logs in ((panel.low, scale.low), (panel.high, scale.high))
        )
        bounds[:, rows] = accepted_slopes(year, low, high, settings)
    low, high = bounds
    with np.errstate(over="ignore"):
        return Interval(
            np.where(is_share, np.maximum(low, -100), 100 * np.expm1(low)),
            np.where(is_share, np.minimum(high, 100), 100 * np.expm1(high)),
        )


def accepted_slopes(
    year: FloatArray, low: FloatArray, high: FloatArray, settings: TrendSettings
) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of the slopes that the test accepts, ±inf without a bound (after Sen 1968).

    Less a slope, a series has an S of the pairs' slopes above it less those below it. So the accepted slopes
    lie between two of the ordered slopes of pairs.
    """
    i, j = np.triu_indices(year.shape[1], k=1)
    years, pairs = year[:, j] - year[:, i], len(i)
    lowest = np.sort((low[:, j] - high[:, i]) / years, axis=1)
    highest = np.sort((high[:, j] - low[:, i]) / years, axis=1)
    tail = null_tail(year.shape[1], settings.autocorrelation)
    accepted = max(s for s in range(pairs % 2, pairs + 1, 2) if tail[s] > settings.alpha)
    below = (pairs - accepted) // 2
    if below == 0:
        return np.full(len(year), -np.inf), np.full(len(year), np.inf)
    return lowest[:, below - 1], highest[:, pairs - below]
