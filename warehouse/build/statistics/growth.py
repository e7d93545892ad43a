"""Growth of monthly series: two months far above the year before them, in time (Statistics §7.9).

The reference is the median of the twelve months before the two, its scatter the changes between neighbouring
months on the log scale. Neither needs a season or earlier years. Measured in docs/trends.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import IntArray
from warehouse.build.statistics.settings import MonthSettings


class Growth(NamedTuple):
    """Series × months, in months of an alert; NaN in all others."""

    begin: FloatArray  # position of the first of the two months
    before: FloatArray  # median of the twelve months before them
    above: FloatArray  # the alert ends with a month at or below it
    spreads: FloatArray  # the rise, in usual changes between neighbouring months


def find_growth(
    low: FloatArray, value: FloatArray, is_certain: BoolArray, side: IntArray, settings: MonthSettings
) -> Growth:
    """Return the growth alerts of each series. `value`: exact numbers, NaN for others; `low`: lower bounds.

    An alert starts with the second of two months whose lower bounds lie above the reference by the settings'
    number of spreads, by half and by 50. It ends with the first month that is not above the reference by half
    and by 50, at a missing or doubtful month or a break, and after twelve months, when the reference has the
    new level.
    """
    rows, months = low.shape
    alerts = Growth(*(np.full((rows, months), np.nan) for _ in Growth._fields))
    current = np.full((len(Growth._fields), rows), np.nan)
    starts_at = np.full(rows, np.nan)
    logs = np.log1p(np.where(is_certain, low, np.nan))
    for position in range(settings.growth_months + 1, months):
        with np.errstate(invalid="ignore"):
            holds = (low[:, position] > current[2]) & (position - starts_at < settings.growth_months)
        is_same_side = side[:, position] == side[:, position - 1]
        holds &= is_certain[:, position] & is_same_side
        current[:, ~holds] = np.nan
        before, spread = _reference(np.where(side == side[:, [position]], value, np.nan), position, settings)
        two = np.minimum(logs[:, position], logs[:, position - 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            rise = two - np.log1p(before)
            starts = (rise > settings.growth_spreads * spread) & (rise > np.log(settings.growth_factor))
            starts &= (np.expm1(two) - before >= settings.min_count) & is_same_side & ~holds
            above = np.maximum((1 + before) * settings.growth_factor - 1, before + settings.min_count - 1)
            started = np.array([np.full(rows, position - 1.0), before, above, rise / spread])
        current[:, starts], starts_at[starts] = started[:, starts], position
        for columns, values in zip(alerts, current, strict=True):
            columns[:, position] = values
    return alerts


def _reference(value: FloatArray, position: int, settings: MonthSettings) -> tuple[FloatArray, FloatArray]:
    """Return the median of the twelve months before two and the spread of neighbours, NaN if unknown.

    The spread is the root of the mean of the smaller three quarters of the squared changes, widened to that
    of a normal distribution, and at least Poisson's, so that a few leaps do not hide the next one.
    """
    logs = np.log1p(value[:, max(0, position - 1 - settings.growth_spread_months) : position - 1])
    year = logs[:, -settings.growth_months :]
    is_known = np.sum(~np.isnan(year), axis=1) >= settings.growth_least_months
    median = _median(year)
    squares = np.sort(np.diff(logs, axis=1) ** 2, axis=1)  # NaN last
    n = np.sum(~np.isnan(squares), axis=1)
    kept_steps = np.ceil(settings.growth_kept * n)
    is_kept = np.arange(squares.shape[1]) < kept_steps[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(is_kept, squares, 0).sum(axis=1) / kept_steps
        spread = np.maximum(
            settings.growth_widening * np.sqrt(mean), 1 / np.sqrt(np.maximum(np.expm1(median), 1))
        )
    is_known &= n >= settings.growth_least_months
    return np.where(is_known, np.expm1(median), np.nan), np.where(is_known, spread, np.nan)


def _median(logs: FloatArray) -> FloatArray:
    """Return the median of each row, NaN if it has no number."""
    ordered = np.sort(logs, axis=1)
    n = np.sum(~np.isnan(logs), axis=1)
    middle = np.stack([np.maximum(n - 1, 0) // 2, np.minimum(n // 2, logs.shape[1] - 1)], axis=1)
    centre: FloatArray = np.take_along_axis(ordered, middle, axis=1).mean(axis=1)
    return centre
