"""Season, trend and shifts of months without gaps (Statistics §7.9). surges.py computes expectations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from warehouse.build.statistics.intervals import FloatArray
from warehouse.build.statistics.panels import IntArray, ObjectArray
from warehouse.build.statistics.settings import MonthSettings

SHORT = "short_stretch"
"""Reason for a missing season: a code of the list `monthly_reason`."""


class Seasons(NamedTuple):
    """Results as series × months arrays."""

    trend: FloatArray  # persons or events
    season: FloatArray  # factor of the trend
    before: FloatArray  # at a shift's first month: the mean of the months since the shift before it
    after: FloatArray  # and that of the months from it to the next
    reasons: ObjectArray  # why there is no season; None if there is one


def seasons(value: FloatArray, side: IntArray, settings: MonthSettings) -> Seasons:
    """Compute seasons by STL on log (1 + x), for long enough stretches of exact months without a break."""
    trend, part, before, after = (np.full_like(value, np.nan) for _ in range(4))
    result = Seasons(trend, part, before, after, np.full(value.shape, SHORT, dtype=object))
    for row, begin, end in _stretches(value, side):
        if end - begin < settings.stretch:
            continue
        window = (row, slice(begin, end))
        level, usual = _season(np.log1p(value[window]), settings)
        result.trend[window], result.season[window], result.reasons[window] = (
            np.expm1(level),
            np.exp(usual),
            None,
        )
        for position, earlier, later in _shifts(value[window], usual, settings):
            result.before[row, begin + position], result.after[row, begin + position] = earlier, later
    return result


def _stretches(value: FloatArray, side: IntArray) -> Iterator[tuple[int, int, int]]:
    """Yield row, first month and month after the last of each stretch without a gap or a break."""
    sides = np.where(np.isnan(value), -1, side)
    for row in range(len(sides)):
        edges = [0, *(np.flatnonzero(np.diff(sides[row])) + 1), sides.shape[1]]
        for begin, end in pairwise(edges):
            if begin < end and sides[row, begin] >= 0:
                yield row, int(begin), int(end)


def _season(logs: FloatArray, settings: MonthSettings) -> tuple[FloatArray, FloatArray]:
    """Return trend and seasonal part of the logs."""
    from statsmodels.tsa.seasonal import STL

    fit = STL(logs, period=12, seasonal=settings.seasonal, robust=True).fit()
    return fit.trend, fit.seasonal


def _shifts(
    value: FloatArray, part: FloatArray, settings: MonthSettings
) -> Iterator[tuple[int, float, float]]:
    """Yield months at which the level without its season shifts, and the means before and after.

    Scatter is measured between neighbouring months, so that a shift does not hide itself. A gain below the
    penalty is chance (docs/trends.md). Changes below half as much again or below `min_count` a month are
    ignored.
    """
    from changeforest import Control, changeforest

    logs = np.log1p(value) - part
    scatter = np.diff(logs).std()
    if scatter < settings.least_scatter:
        return
    control = Control(
        minimal_gain_to_split=settings.penalty, minimal_relative_segment_length=settings.segment / len(logs)
    )
    split = changeforest((logs / scatter).reshape(-1, 1), "change_in_mean", "sbs", control).split_points()
    edges = [0, *sorted(split), len(value)]
    means = [value[begin:end].mean() for begin, end in pairwise(edges)]
    for position, before, after in zip(edges[1:-1], means[:-1], means[1:], strict=True):
        smaller, larger = sorted((before, after))
        if larger - smaller >= settings.min_count and larger >= settings.shift_factor * smaller:
            yield position, float(before), float(after)
