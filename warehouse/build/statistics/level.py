"""The last years against the baseline: a ratio and its limits, the variance moderated over the totals."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import Scaled, Windows


class Level(NamedTuple):
    """Ratio (of a share: of its odds), limits, p of the farthest and nearest completion; NaN not compared."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    p_low: FloatArray
    p_high: FloatArray


class Prior(NamedTuple):
    """What is known of a series' variance before it is looked at: as from so many degrees of freedom."""

    variance: FloatArray
    degrees: FloatArray


def level(
    panel: Panel,
    scale: Scaled,
    compared: Windows,
    wanted: BoolArray,
    kinds: Kinds,
    family: pd.Series | None,
    settings: TrendSettings,
) -> Level:
    """Statistics §7.6, over all completions; wider than need be, since bounds are taken one by one.

    The variance is that within the two windows, moderated, no less than chance alone makes it, and
    times what autocorrelation takes from it: years close to each other vary less than the means of
    distant ones do.
    """
    spread, degrees, exact = _within(scale, compared, wanted)
    prior = _priors(np.where(exact, spread, np.nan), degrees, wanted & exact, kinds, family, settings)
    total = degrees + prior.degrees
    known = np.where(np.isfinite(prior.degrees), prior.degrees, 0) * prior.variance
    with np.errstate(invalid="ignore", divide="ignore"):
        moderated = np.where(
            np.isinf(prior.degrees), prior.variance, (degrees * spread + np.nan_to_num(known)) / total
        )
    variance = np.fmax(moderated, _chance(panel, compared, kinds.unit)) * inflation(settings)
    years = (compared.baseline.sum(axis=1), compared.last.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        error = np.sqrt(variance * (1 / years[0] + 1 / years[1]))
        before, after = (_means(scale, window) for window in (compared.baseline, compared.last))
        least, most = after[0] - before[1], after[1] - before[0]
        bounded = wanted & np.isfinite(least) & np.isfinite(most) & np.isfinite(error)
        quantile = stats.t.ppf((1 + settings.confidence) / 2, total)
        nearest = np.fmax(0, np.fmax(least, -most))
        farthest = np.fmax(np.abs(least), np.abs(most))
        columns = [
            np.where(least == most, np.exp(least), np.nan),
            np.exp(least - quantile * error),
            np.exp(most + quantile * error),
            2 * stats.t.sf(farthest / error, total),
            2 * stats.t.sf(nearest / error, total),
        ]
    return Level(*(np.where(bounded, column, np.nan) for column in columns))


def inflation(settings: TrendSettings) -> float:
    """How much more a mean of three years varies than they tell, at the usual autocorrelation."""
    rho = settings.level_autocorrelation
    pairs = 2 * rho + rho**2
    return float((1 + 2 / 3 * pairs) / (1 - pairs / 3))


def _means(scale: Scaled, window: BoolArray) -> tuple[FloatArray, FloatArray]:
    low, high = (np.where(window, x, 0).sum(axis=1) / window.sum(axis=1) for x in scale)
    return low, high


def _within(scale: Scaled, compared: Windows, wanted: BoolArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The largest variance within the windows of any completion, its degrees, where all is exact."""
    windows = (compared.baseline, compared.last)
    squares = np.full(len(wanted), np.nan)
    squares[wanted] = sum(_most_squares(*_packed(scale, window, wanted)) for window in windows)
    degrees = sum(np.maximum(window.sum(axis=1) - 1, 0) for window in windows)
    exact = ~((scale.low != scale.high) & (compared.baseline | compared.last)).any(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread: FloatArray = squares / degrees
    return spread, np.asarray(degrees, dtype=float), exact


def _packed(scale: Scaled, window: BoolArray, wanted: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The bounds of a window's years side by side, NaN beyond the last."""
    width = int(window[wanted].sum(axis=1).max(initial=0))
    place = np.argsort(~window[wanted], axis=1, kind="stable")[:, :width]
    there = np.take_along_axis(window[wanted], place, axis=1)
    low, high = (np.where(there, np.take_along_axis(x[wanted], place, axis=1), np.nan) for x in scale)
    return low, high


def _most_squares(low: FloatArray, high: FloatArray) -> FloatArray:
    """The largest sum of squares of any completion: convex, so each year is at one of its ends there."""
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
    exact: BoolArray,
    kinds: Kinds,
    family: pd.Series | None,
    settings: TrendSettings,
) -> Prior:
    """Of each family the prior of its totals (of all its series where none is a total); of few, none."""
    group = np.zeros(len(spread), dtype=int) if family is None else pd.factorize(family)[0]
    variance, known = np.zeros(len(spread)), np.zeros(len(spread))
    for one in np.unique(group):
        rows = group == one
        totals = rows & kinds.is_total if (rows & kinds.is_total).any() else rows
        estimable = totals & exact & (degrees > 0) & np.isfinite(spread)
        if estimable.sum() >= settings.min_prior_series:
            variance[rows], known[rows] = prior(spread[estimable], degrees[estimable])
    return Prior(variance, known)


def prior(spread: FloatArray, degrees: FloatArray) -> tuple[float, float]:
    """Variance and degrees of the prior, by the moments of log variances (Smyth 2004).

    They are scattered as χ² alone would scatter them, or more: then the prior is worth fewer
    degrees. No more scattered than that: it is worth any number (inf).
    """
    spread = np.maximum(spread, 1e-5 * np.median(spread) or 1e-12)
    half = degrees / 2
    logs = np.log(spread) - special.digamma(half) + np.log(half)
    excess = np.var(logs, ddof=1) - np.mean(special.polygamma(1, half))
    if excess <= special.polygamma(1, 1e4):
        return float(np.exp(logs.mean())), np.inf
    known = 2 * optimize.brentq(lambda x: special.polygamma(1, x) - excess, 1e-4, 1e4)
    return float(np.exp(logs.mean() + special.digamma(known / 2) - np.log(known / 2))), float(known)


def _chance(panel: Panel, compared: Windows, unit: ObjectArray) -> FloatArray:
    """The variance that chance alone gives so many: φ is no less than 1. NaN where nobody says how many."""
    used = compared.baseline | compared.last
    count = np.where((unit == "count")[:, None], panel.low, panel.counted)
    years = np.maximum(used.sum(axis=1), 1)
    mean_count, of = (np.where(used, x, 0).sum(axis=1) / years for x in (count, panel.of_low))
    with np.errstate(invalid="ignore", divide="ignore"):
        odds = 1 / (mean_count + 0.5) + 1 / (np.maximum(of - mean_count, 0) + 0.5)
        chance: FloatArray = np.where(unit == "share", odds, 1 / (mean_count + 0.5))
    return chance
