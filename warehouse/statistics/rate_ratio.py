"""The last year against the baseline years as a quasi-Poisson rate ratio, over all completions."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy import stats

from warehouse.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.statistics.panels import IntArray, Panel
from warehouse.statistics.settings import TrendSettings


class RateRatio(NamedTuple):
    """Ratio of the last year to the baseline's yearly mean, with its confidence limits."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray


def rate_ratio(panel: Panel, in_baseline: BoolArray, wanted: BoolArray, settings: TrendSettings) -> RateRatio:
    """Quasi-Poisson rate ratio of the last year to the baseline years. Statistics §7.7.

    φ = max(1, Pearson / degrees of freedom), with one mean for the baseline and one for the last
    year, and t quantiles with as many degrees (baseline years − 1). NaN where the last year lies in
    the baseline, or a count compared is unbounded or may be 0. Of intervals only the limits are
    given: they hold for every completion, by `_limits`.
    """
    years = in_baseline.sum(axis=1)
    blank = np.where(in_baseline, panel.low, np.nan), np.where(in_baseline, panel.high, np.nan)
    before = Interval(*(np.nansum(bound, axis=1) for bound in blank))
    last = Interval(panel.at_last(panel.low), panel.at_last(panel.high))
    last_in_baseline = panel.at_last(in_baseline.astype(float)) == 1
    bounded = np.isfinite(before.high) & np.isfinite(last.high)
    rows = np.flatnonzero(
        wanted & bounded & ~last_in_baseline & (years > 1) & (before.low > 0) & (last.low > 0)
    )
    limits = np.full((3, len(years)), np.nan)
    before, last = (Interval(x.low[rows], x.high[rows]) for x in (before, last))
    phi = _dispersion(*(bound[rows] for bound in blank))
    quantile = stats.t.ppf((1 + settings.confidence) / 2, years[rows] - 1)
    limits[:, rows] = _limits(before, last, years[rows], quantile * np.sqrt(phi))
    return RateRatio(*limits)


def _dispersion(low: FloatArray, high: FloatArray) -> FloatArray:
    """The largest φ of any completion of series × years bounds, NaN for years not compared.

    Pearson's statistic is convex in the counts, so its maximum lies where each is low or high.
    """
    width = int((~np.isnan(low)).sum(axis=1).max(initial=0))
    left = np.argsort(np.isnan(low), axis=1, kind="stable")[:, :width]
    low, high = (np.take_along_axis(bound, left, axis=1) for bound in (low, high))
    years = np.maximum((~np.isnan(low)).sum(axis=1, keepdims=True), 2)
    phi = np.ones(len(low))
    for corner in product([False, True], repeat=width):
        counts = np.where(corner, high, low)
        mean = np.nansum(counts, axis=1, keepdims=True) / years
        pearson = np.nansum((counts - mean) ** 2 / mean, axis=1)
        phi = np.maximum(phi, pearson / (years[:, 0] - 1))
    return phi


def _limits(
    before: Interval, last: Interval, years: IntArray, factor: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ratio (of exact counts) and its lowest and highest confidence limit over all completions.

    The lower limit grows with the last count, and first grows, then falls with the baseline's sum;
    the upper one falls with the baseline's sum, and first falls, then grows with the last count:
    so both are reached at ends of the intervals.
    """

    def limit(last_count: FloatArray, sum_before: FloatArray, side: int) -> FloatArray:
        ratio = last_count * years / sum_before
        error = factor * np.sqrt(1 / last_count + 1 / sum_before)
        return ratio * np.exp(side * error)

    exact = (before.low == before.high) & (last.low == last.high)
    return (
        np.where(exact, last.low * years / before.low, np.nan),
        np.minimum(limit(last.low, before.low, -1), limit(last.low, before.high, -1)),
        np.maximum(limit(last.low, before.low, 1), limit(last.high, before.low, 1)),
    )
