"""Turns of a rise or a fall: the peak, or the lowest years, from which the last years came back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics import windows
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.verdicts import Cases, DirectionVerdicts


class Turn(NamedTuple):
    """Years of the peak or the lowest, and their mean; None and NaN without a turn."""

    years: pd.Series
    mean: Interval


def find_turns(cases: Cases, verdicts: DirectionVerdicts, last: Interval) -> Turn:
    """Return the three years of the peak of a rise that the last years lie clearly below; of a fall likewise.

    Clearly is a quarter and ten persons, or five points, as for any change (Statistics §7.5).
    """
    peak, peak_mean = _extreme(cases, np.nanargmax, "low")
    lowest, lowest_mean = _extreme(cases, np.nanargmin, "high")
    is_back_down = verdicts.is_rising & cases.is_smaller(last, peak_mean)
    is_back_up = verdicts.is_falling & cases.is_larger(last, lowest_mean)
    is_turned = is_back_down | is_back_up
    window = np.where(is_back_down[:, None], peak, lowest)
    low, high = (
        np.where(is_turned, np.where(is_back_down, a, b), np.nan)
        for a, b in zip(peak_mean, lowest_mean, strict=True)
    )
    years = windows.format_window(cases.panel, window).where(is_turned, None)
    return Turn(years, Interval(low, high))


def _extreme(cases: Cases, position_of: Callable[..., FloatArray], bound: str) -> tuple[BoolArray, Interval]:
    """Return the three years with the most extreme mean before the last three, and their mean."""
    panel, years = cases.panel, cases.settings.last_years
    position = np.arange(panel.low.shape[1])
    means = []
    for start in range(max(1, panel.low.shape[1] - 2 * years + 1)):
        window = np.broadcast_to((position >= start) & (position < start + years), panel.low.shape)
        is_before = start + years <= panel.n - years
        mean = windows.geometric_mean(
            panel, cases.scale, cases.kinds.unit, window & panel.is_point & is_before[:, None]
        )
        means.append((window & is_before[:, None], mean))
    bounds = np.stack([getattr(mean, bound) for _, mean in means], axis=1)
    is_known = ~np.isnan(bounds)
    best = position_of(np.where(is_known.any(axis=1, keepdims=True), bounds, 0), axis=1)
    window = np.stack([is_in for is_in, _ in means], axis=1)[np.arange(len(best)), best]
    mean = Interval(
        *(
            np.stack(column, axis=1)[np.arange(len(best)), best]
            for column in zip(*(m for _, m in means), strict=True)
        )
    )
    return window, mean
