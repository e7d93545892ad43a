"""Level of a series: ratio of the last years to the baseline, with limits and a moderated variance."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings
from warehouse.build.statistics.windows import ScaledPoints, Windows


class Level(NamedTuple):
    """Ratio (of a share: of its odds), limits, p of the farthest and nearest completion; NaN not compared."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    p_low: FloatArray
    p_high: FloatArray


class Prior(NamedTuple):
    """Prior of a series' variance: its value, and its weight in degrees of freedom."""

    variance: FloatArray
    degrees: FloatArray


def level(
    panel: Panel,
    scale: ScaledPoints,
    year_windows: Windows,
    is_selected: BoolArray,
    kinds: Kinds,
    family: pd.Series | None,
    settings: TrendSettings,
) -> Level:
    """Compare levels by Statistics §7.6, over all completions. Wider than necessary: bounds are combined
    singly.

    The variance is the moderated variance within the two windows, at least that of chance alone, multiplied
    by an inflation for autocorrelation: neighbouring years vary less than the means of distant years.
    """
    spread, degrees, exact = _variance_within_windows(scale, year_windows, is_selected)
    prior = _priors(np.where(exact, spread, np.nan), degrees, is_selected & exact, kinds, family, settings)
    total = degrees + prior.degrees
    prior_weight = np.where(np.isfinite(prior.degrees), prior.degrees, 0) * prior.variance
    with np.errstate(invalid="ignore", divide="ignore"):
        moderated_variance = np.where(
            np.isinf(prior.degrees), prior.variance, (degrees * spread + np.nan_to_num(prior_weight)) / total
        )
    variance = np.fmax(moderated_variance, _chance_variance(panel, year_windows, kinds.unit)) * inflation(
        settings
    )
    years = (year_windows.baseline.sum(axis=1), year_windows.last.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        error = np.sqrt(variance * (1 / years[0] + 1 / years[1]))
        before, after = (
            _window_means(scale, window) for window in (year_windows.baseline, year_windows.last)
        )
        lowest, highest = after[0] - before[1], after[1] - before[0]
        is_bounded = is_selected & np.isfinite(lowest) & np.isfinite(highest) & np.isfinite(error)
        quantile = stats.t.ppf((1 + settings.confidence) / 2, total)
        nearest = np.fmax(0, np.fmax(lowest, -highest))
        farthest = np.fmax(np.abs(lowest), np.abs(highest))
        columns = [
            np.where(lowest == highest, np.exp(lowest), np.nan),
            np.exp(lowest - quantile * error),
            np.exp(highest + quantile * error),
            2 * stats.t.sf(farthest / error, total),
            2 * stats.t.sf(nearest / error, total),
        ]
    return Level(*(np.where(is_bounded, column, np.nan) for column in columns))


def is_too_wide(low: float, high: float, settings: TrendSettings = DEFAULTS) -> bool:
    """Return whether the limits of a ratio are too far apart to be printed."""
    return high > settings.max_printed_width * low


def inflation(settings: TrendSettings) -> float:
    """Return how much more a mean of three years varies than the years suggest, at usual autocorrelation."""
    rho = settings.level_autocorrelation
    pairs = 2 * rho + rho**2
    return float((1 + 2 / 3 * pairs) / (1 - pairs / 3))


def _window_means(scale: ScaledPoints, window: BoolArray) -> tuple[FloatArray, FloatArray]:
    low, high = (np.where(window, x, 0).sum(axis=1) / window.sum(axis=1) for x in scale)
    return low, high


def _variance_within_windows(
    scale: ScaledPoints, year_windows: Windows, is_selected: BoolArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the largest variance within the windows of any completion, its degrees, and if all is exact."""
    windows = (year_windows.baseline, year_windows.last)
    squares = np.full(len(is_selected), np.nan)
    squares[is_selected] = sum(
        _largest_squares(*_pack_window(scale, window, is_selected)) for window in windows
    )
    degrees = sum(np.maximum(window.sum(axis=1) - 1, 0) for window in windows)
    is_exact = ~((scale.low != scale.high) & (year_windows.baseline | year_windows.last)).any(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread: FloatArray = squares / degrees
    return spread, np.asarray(degrees, dtype=float), is_exact


def _pack_window(
    scale: ScaledPoints, window: BoolArray, is_selected: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of a window's years as adjacent columns, NaN after the last."""
    width = int(window[is_selected].sum(axis=1).max(initial=0))
    position = np.argsort(~window[is_selected], axis=1, kind="stable")[:, :width]
    is_present = np.take_along_axis(window[is_selected], position, axis=1)
    low, high = (
        np.where(is_present, np.take_along_axis(x[is_selected], position, axis=1), np.nan) for x in scale
    )
    return low, high


def _largest_squares(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the largest sum of squares of any completion. It is convex, so it is reached at bounds."""
    squares = _squares(low)
    rows = np.flatnonzero((low < high).any(axis=1))
    corners = product([False, True], repeat=low.shape[1]) if len(rows) else ()
    for corner in corners:
        squares[rows] = np.fmax(squares[rows], _squares(np.where(corner, high[rows], low[rows])))
    return squares


def _squares(values: FloatArray) -> FloatArray:
    years = np.maximum((~np.isnan(values)).sum(axis=1, keepdims=True), 1)
    with np.errstate(invalid="ignore"):
        mean = np.nansum(values, axis=1, keepdims=True) / years
        squares: FloatArray = np.nansum((values - mean) ** 2, axis=1)
    return squares


def _priors(
    spread: FloatArray,
    degrees: FloatArray,
    is_exact: BoolArray,
    kinds: Kinds,
    family: pd.Series | None,
    settings: TrendSettings,
) -> Prior:
    """Return the prior of each family from its totals, or all its series; none for few series."""
    group = np.zeros(len(spread), dtype=int) if family is None else pd.factorize(family)[0]
    variance, prior_degrees = np.zeros(len(spread)), np.zeros(len(spread))
    for number in np.unique(group):
        rows = group == number
        totals = rows & kinds.is_total if (rows & kinds.is_total).any() else rows
        estimable = totals & is_exact & (degrees > 0) & np.isfinite(spread)
        if estimable.sum() >= settings.min_prior_series:
            variance[rows], prior_degrees[rows] = prior(spread[estimable], degrees[estimable])
    return Prior(variance, prior_degrees)


def prior(spread: FloatArray, degrees: FloatArray) -> tuple[float, float]:
    """Return variance and degrees of the prior, by the moments of log variances (Smyth 2004).

    If the variances scatter more than χ² alone makes them, the prior has few degrees; otherwise any number
    (inf).
    """
    spread = np.maximum(spread, 1e-5 * np.median(spread) or 1e-12)
    half = degrees / 2
    logs = np.log(spread) - special.digamma(half) + np.log(half)
    excess = np.var(logs, ddof=1) - np.mean(special.polygamma(1, half))
    if excess <= special.polygamma(1, 1e4):
        return float(np.exp(logs.mean())), np.inf
    prior_degrees = 2 * optimize.brentq(lambda x: special.polygamma(1, x) - excess, 1e-4, 1e4)
    return float(np.exp(logs.mean() + special.digamma(prior_degrees / 2) - np.log(prior_degrees / 2))), float(
        prior_degrees
    )


def _chance_variance(panel: Panel, year_windows: Windows, unit: ObjectArray) -> FloatArray:
    """Return the variance of counts by chance alone, since φ is at least 1. NaN without known counts."""
    is_used = year_windows.baseline | year_windows.last
    count = np.where((unit == "count")[:, None], panel.low, panel.numerator_low)
    years = np.maximum(is_used.sum(axis=1), 1)
    mean_count, denominator = (
        np.where(is_used, x, 0).sum(axis=1) / years for x in (count, panel.denominator_low)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        odds = 1 / (mean_count + 0.5) + 1 / (np.maximum(denominator - mean_count, 0) + 0.5)
        chance: FloatArray = np.where(unit == "share", odds, 1 / (mean_count + 0.5))
    return chance
