"""Season, trend and shifts of months without a gap (Statistics §7.9). What is expected: surges.py."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from warehouse.build.statistics.intervals import FloatArray
from warehouse.build.statistics.panels import IntArray, ObjectArray
from warehouse.build.statistics.settings import MonthSettings

SHORT = "short_stretch"
"""Why there is no season: a code of the list `monthly_reason`."""


class Seasons(NamedTuple):
    """Series × months."""

    trend: FloatArray  # persons or events
    season: FloatArray  # how many times the trend
    before: FloatArray  # at a shift's first month: the mean of the months since the shift before it
    after: FloatArray  # and that of the months from it to the next
    why: ObjectArray  # None where there is a season


def seasons(value: FloatArray, side: IntArray, settings: MonthSettings) -> Seasons:
    """By STL on log (1 + x), of stretches of enough exact months on one side of every break."""
    trend, part, before, after = (np.full_like(value, np.nan) for _ in range(4))
    told = Seasons(trend, part, before, after, np.full(value.shape, SHORT, dtype=object))
    for row, begin, end in _stretches(value, side):
        if end - begin < settings.stretch:
            continue
        here = (row, slice(begin, end))
        level, usual = _season(np.log1p(value[here]), settings)
        told.trend[here], told.season[here], told.why[here] = np.expm1(level), np.exp(usual), None
        for place, earlier, later in _shifts(value[here], usual, settings):
            told.before[row, begin + place], told.after[row, begin + place] = earlier, later
    return told


def _stretches(value: FloatArray, side: IntArray) -> Iterator[tuple[int, int, int]]:
    """Row, first month, month after the last of each stretch without a gap or a break."""
    there = np.where(np.isnan(value), -1, side)
    for row in range(len(there)):
        edges = [0, *(np.flatnonzero(np.diff(there[row])) + 1), there.shape[1]]
        for begin, end in pairwise(edges):
            if begin < end and there[row, begin] >= 0:
                yield row, int(begin), int(end)


def _season(logs: FloatArray, settings: MonthSettings) -> tuple[FloatArray, FloatArray]:
    """Trend and seasonal part of the logs."""
    from statsmodels.tsa.seasonal import STL

    fit = STL(logs, period=12, seasonal=settings.seasonal, robust=True).fit()
    return fit.trend, fit.seasonal


def _shifts(
    value: FloatArray, part: FloatArray, settings: MonthSettings
) -> Iterator[tuple[int, float, float]]:
    """The months from which on the level, without its season, is another, and the means before and after.

    Scatter is that between neighbouring months, so that a shift does not hide itself. A gain below the
    penalty is chance (docs/trends.md); a change that is not half as much again and `least` a month is none.
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
    for place, before, after in zip(edges[1:-1], means[:-1], means[1:], strict=True):
        smaller, larger = sorted((before, after))
        if larger - smaller >= settings.least and larger >= settings.shift_factor * smaller:
            yield place, float(before), float(after)
