"""What is to be expected of a month, and whether two in a row lie above it (Statistics §7.9).

Farrington's way: a quasi-Poisson mean and dispersion from the same month and its neighbours in three to five
earlier years, else from the last 24 months. The bound is a log-normal's, not a normal one: counts of such
scatter are skewed, and what moves them multiplies (docs/trends.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import IntArray
from warehouse.build.statistics.settings import MonthSettings


class Expected(NamedTuple):
    """Series × months; NaN where too little is known."""

    mean: FloatArray
    above: FloatArray  # one-sided bound
    years: FloatArray  # how many earlier years; 0: the last months, without season


def expected(value: FloatArray, side: IntArray, settings: MonthSettings) -> Expected:
    """What the months before let expect of each; `value` NaN: not exact, not there."""
    mean, above, years = (np.full_like(value, np.nan) for _ in range(3))
    for place in range(value.shape[1]):
        same_side = np.where(side == side[:, [place]], value, np.nan)
        of_years, count = _same_months(same_side, place, settings)
        last = same_side[:, max(0, place - settings.last_months) : place]
        by_season = count >= settings.years[0]
        without = ~by_season & (np.sum(~np.isnan(last), axis=1) == settings.last_months)
        for rows, reference in ((by_season, of_years), (without, last)):
            if rows.any():
                mean[rows, place], above[rows, place] = _bound(reference[rows], settings)
        years[by_season, place], years[without, place] = count[by_season], 0
    return Expected(mean, above, years)


def _same_months(value: FloatArray, place: int, settings: MonthSettings) -> tuple[FloatArray, IntArray]:
    """The same month and its neighbours of earlier years, whole threes only, and how many there are."""
    found = [np.full((len(value), 0), np.nan)]
    count = np.zeros(len(value), dtype=int)
    for year in range(1, settings.years[1] + 1):
        if (first := place - 12 * year - 1) < 0:
            break
        three = value[:, first : first + 3]
        whole = np.asarray(~np.isnan(three).any(axis=1), dtype=bool)
        found.append(np.where(whole[:, None], three, np.nan))
        count += whole
    return np.hstack(found), count


def _bound(reference: FloatArray, settings: MonthSettings) -> tuple[FloatArray, FloatArray]:
    """Mean and one-sided bound of the month to come.

    Months in a row resemble each other: they count as fewer (`months_of_one`), for the mean as for the
    degrees of freedom of Student's t, which bounds the logs of what has that mean and variance.
    """
    n = np.sum(~np.isnan(reference), axis=1)
    mean = np.nanmean(reference, axis=1)
    least = np.maximum(mean, settings.least_mean)
    phi = np.maximum(1, np.nansum((reference - mean[:, None]) ** 2, axis=1) / (n - 1) / least)
    apart = n / settings.months_of_one
    variance = phi * least * (1 + 1 / apart)
    spread = np.log1p(variance / least**2)
    far = stats.t.isf(settings.surge_tail, apart - 1)
    return mean, least * np.exp(far * np.sqrt(spread) - spread / 2)


def since(low: FloatArray, undoubted: BoolArray, above: FloatArray, settings: MonthSettings) -> FloatArray:
    """From the second month in a row on that lies above its bound: the place of the first; else NaN.

    Surely above: of a month that is an interval the lower bound does. One in doubt is none.
    """
    with np.errstate(invalid="ignore"):
        there = (low > above) & (low >= settings.least) & undoubted
    first = np.full_like(low, np.nan)
    begin = np.full(len(low), np.nan)
    for place in range(low.shape[1]):
        begin = np.where(there[:, place], np.where(np.isnan(begin), place, begin), np.nan)
        with np.errstate(invalid="ignore"):
            first[:, place] = np.where(place - begin >= settings.months_running - 1, begin, np.nan)
    return first
