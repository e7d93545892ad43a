"""Expectation of each month, and surges: two months in a row above the bound (Statistics §7.9).

Follows Farrington: a quasi-Poisson mean and dispersion from the same month and its neighbours in three to
five earlier years, else from the last 24 months. The bound is that of a log-normal distribution: counts with
such scatter are skewed, and their causes multiply (docs/trends.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import IntArray
from warehouse.build.statistics.settings import MonthSettings


class Expectation(NamedTuple):
    """Series × months; NaN if too little is known."""

    mean: FloatArray
    above: FloatArray  # one-sided bound
    years: FloatArray  # how many earlier years; 0: the last months, without season


def compute_expectations(value: FloatArray, side: IntArray, settings: MonthSettings) -> Expectation:
    """Compute the expectation of each month from earlier months; `value` NaN: not exact or missing."""
    mean, above, years = (np.full_like(value, np.nan) for _ in range(3))
    for position in range(value.shape[1]):
        same_side = np.where(side == side[:, [position]], value, np.nan)
        of_years, count = _same_months(same_side, position, settings)
        last = same_side[:, max(0, position - settings.last_months) : position]
        by_season = count >= settings.years[0]
        has_only_last_months = ~by_season & (np.sum(~np.isnan(last), axis=1) == settings.last_months)
        for rows, reference in ((by_season, of_years), (has_only_last_months, last)):
            if rows.any():
                mean[rows, position], above[rows, position] = _bound(reference[rows], settings)
        years[by_season, position], years[has_only_last_months, position] = count[by_season], 0
    return Expectation(mean, above, years)


def _same_months(value: FloatArray, position: int, settings: MonthSettings) -> tuple[FloatArray, IntArray]:
    """Return the same month and its neighbours of earlier years, complete triples only, and their count."""
    triples = [np.full((len(value), 0), np.nan)]
    count = np.zeros(len(value), dtype=int)
    for year in range(1, settings.years[1] + 1):
        if (first := position - 12 * year - 1) < 0:
            break
        three = value[:, first : first + 3]
        is_complete = np.asarray(~np.isnan(three).any(axis=1), dtype=bool)
        triples.append(np.where(is_complete[:, None], three, np.nan))
        count += is_complete
    return np.hstack(triples), count


def _bound(reference: FloatArray, settings: MonthSettings) -> tuple[FloatArray, FloatArray]:
    """Return mean and one-sided bound of the next month.

    Neighbouring months resemble each other, so they count as fewer (`months_of_one`), for the mean and for
    the degrees of freedom of Student's t, which bounds the logs of a variable with that mean and variance.
    """
    n = np.sum(~np.isnan(reference), axis=1)
    mean = np.nanmean(reference, axis=1)
    mean_for_variance = np.maximum(mean, settings.least_mean)
    phi = np.maximum(1, np.nansum((reference - mean[:, None]) ** 2, axis=1) / (n - 1) / mean_for_variance)
    independent_months = n / settings.months_of_one
    variance = phi * mean_for_variance * (1 + 1 / independent_months)
    spread = np.log1p(variance / mean_for_variance**2)
    quantile = stats.t.isf(settings.surge_tail, independent_months - 1)
    return mean, mean_for_variance * np.exp(quantile * np.sqrt(spread) - spread / 2)


def surge_starts(
    low: FloatArray, is_certain: BoolArray, above: FloatArray, settings: MonthSettings
) -> FloatArray:
    """Return, from the second month in a row above its bound on, the position of the first; else NaN.

    An interval is above the bound if its lower bound is. Doubtful months never count.
    """
    with np.errstate(invalid="ignore"):
        is_above = (low > above) & (low >= settings.min_count) & is_certain
    first = np.full_like(low, np.nan)
    begin = np.full(len(low), np.nan)
    for position in range(low.shape[1]):
        begin = np.where(is_above[:, position], np.where(np.isnan(begin), position, begin), np.nan)
        with np.errstate(invalid="ignore"):
            first[:, position] = np.where(position - begin >= settings.months_running - 1, begin, np.nan)
    return first
