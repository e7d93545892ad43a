"""Jumps between neighbouring points: suspected breaks, jumps near an edge, spikes. Stewards decide them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics import intervals
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.panels import IntArray, ObjectArray, Panel, build_panel, to_interval
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings

BREAK, EDGE, SPIKE = "suspected_break", "unconfirmed_edge", "spike"
"""Kinds of jump: codes of the list `obs_flag`."""


class Jumps(NamedTuple):
    """Kind of the jump into each point, as series × points arrays. A spike is marked at its own point."""

    is_break: BoolArray
    is_early: BoolArray  # within the first years
    is_late: BoolArray  # within the last ones
    is_spike: BoolArray


def find_jumps(panel: Panel, unit: ObjectArray, settings: TrendSettings = DEFAULTS) -> Jumps:
    """Find the jumps that nobody confirmed, by Statistics §7.3. Compares neighbouring usable points.

    A single year between a jump and its reversal is a spike and nothing else.
    """
    jump = _jump_signs(panel, unit, settings)
    after = np.hstack([jump[:, 1:], np.zeros((len(jump), 1), dtype=int)])
    spike = jump * after < 0
    there_and_back = spike | np.hstack([np.zeros((len(jump), 1), dtype=bool), spike[:, :-1]])
    jump = np.where(there_and_back, 0, jump)
    position = np.arange(jump.shape[1])
    left = np.broadcast_to(position, jump.shape)
    right = panel.n[:, None] - position
    edge = settings.edge_years
    return Jumps(
        is_break=_separated_breaks(panel, jump, settings),
        is_early=(jump != 0) & (left <= edge),
        is_late=(jump != 0) & (right <= edge) & (left > edge),
        is_spike=spike,
    )


def _jump_signs(panel: Panel, unit: ObjectArray, settings: TrendSettings) -> IntArray:
    """Return 1 or -1 for points that surely lie ×3 and 50 persons above or below the previous point, else 0.

    A jump is sure if the nearer bounds already differ that much. Possible jumps do not count: they would
    refuse every series with a withheld year, which is the task of the reason `hidden`. Rates are published
    from 20 persons on, so ×3 alone means at least 40 persons. Shares have no breaks of their own; they have
    those of their counts.
    """
    min_difference = np.where(unit == "count", settings.break_persons, 0.0)[:, None]
    before, after = slice(None, -1), slice(1, None)

    def surely(small: slice, large: slice) -> BoolArray:
        low, high = panel.low[:, large], panel.high[:, small]
        with np.errstate(invalid="ignore"):
            is_jump: BoolArray = (
                (low >= settings.break_factor * high) & (low - high >= min_difference) & (low > high)
            )
        return is_jump

    signs = surely(before, after).astype(int) - surely(after, before)
    signs = np.where((unit != "share")[:, None], signs, 0)
    signs = np.hstack([np.zeros((len(signs), 1), dtype=int), signs])
    is_real = panel.is_confirmed == 1
    # if a rise is confirmed as real, its reversal in the next year needs no second confirmation
    back = np.hstack([np.zeros((len(signs), 1), dtype=bool), (is_real & (signs != 0))[:, :-1]])
    return np.where(is_real | (back & (signs * np.roll(signs, 1, axis=1) < 0)), 0, signs)


def _separated_breaks(panel: Panel, jump: IntArray, settings: TrendSettings) -> BoolArray:
    """Mark jumps where all years and the medians of a side surely lie beyond the other side."""
    min_years, max_years = settings.break_side
    is_break = np.zeros(jump.shape, dtype=bool)
    for position in range(min_years, jump.shape[1]):
        rows = np.flatnonzero((jump[:, position] != 0) & (panel.n - position >= min_years))
        sides = slice(max(0, position - max_years), position), slice(position, position + max_years)
        before, after = (Interval(panel.low[rows, side], panel.high[rows, side]) for side in sides)
        up, down = _are_separated(before, after, settings), _are_separated(after, before, settings)
        is_break[rows, position] = np.where(jump[rows, position] > 0, up, down)
    return is_break


def _are_separated(small: Interval, large: Interval, settings: TrendSettings) -> BoolArray:
    with np.errstate(invalid="ignore"):
        is_separated: BoolArray = np.nanmin(large.low, axis=1) > np.nanmax(small.high, axis=1)
    low = intervals.median(large).low
    high = intervals.median(to_interval(*small)).high
    is_separated &= low >= settings.break_medians * np.where(np.isnan(high), np.inf, high)
    return is_separated


class Span(NamedTuple):
    """The points of a series that are tested, and the doubts behind that choice."""

    is_tested: BoolArray  # series × points
    is_spike: BoolArray  # series × points
    is_broken: BoolArray
    has_edge: BoolArray
    broken_on: FloatArray  # the day of the last suspected break, NaN for none
    from_day: FloatArray  # -inf: from the first point on
    until_day: FloatArray  # first day that is not tested any more; inf: to the last point


def select_tested_points(
    panel: Panel, unit: ObjectArray, group: IntArray, is_total: BoolArray, settings: TrendSettings
) -> Span:
    """Select the points after the last suspected break and within the edges.

    A break of a total is also a break of the slices in its group. It is applied by its day, since a slice may
    have other points.
    """
    jumps = find_jumps(panel, unit, settings)
    is_break = jumps.is_break | (panel.is_break == 1)
    is_edge = panel.is_edge == 1
    first_half = np.arange(panel.low.shape[1]) <= panel.n[:, None] / 2
    on = np.where(is_break, panel.start, -np.inf).max(axis=1)
    begin = np.where(jumps.is_early | (is_edge & first_half), panel.start, -np.inf).max(axis=1)
    end = np.where(jumps.is_late | (is_edge & ~first_half), panel.start, np.inf).min(axis=1)
    totals = is_total & (unit == "count")
    on, begin = (
        np.maximum(days, _furthest_day_of_totals(days, group, totals, np.maximum, -np.inf))
        for days in (on, begin)
    )
    end = np.minimum(end, _furthest_day_of_totals(end, group, totals, np.minimum, np.inf))
    # a slice without points on one side of a break has no break
    first, last = panel.start[:, 0], panel.at_last(panel.start)
    on, begin = (np.where((days > first) & (days <= last), days, -np.inf) for days in (on, begin))
    end = np.where((end > first) & (end <= last), end, np.inf)
    from_day = np.maximum(on, begin)
    with np.errstate(invalid="ignore"):
        is_inside = (panel.start >= from_day[:, None]) & (panel.start < end[:, None])
    return Span(
        is_tested=is_inside,
        is_spike=jumps.is_spike & is_inside,
        is_broken=np.isfinite(on),
        has_edge=(begin > on) | np.isfinite(end),
        broken_on=np.where(np.isfinite(on), on, np.nan),
        from_day=from_day,
        until_day=end,
    )


def _furthest_day_of_totals(
    days: FloatArray, group: IntArray, totals: BoolArray, further: np.ufunc, none: float
) -> FloatArray:
    """Return, for each series, the furthest day of its group's totals."""
    furthest = np.full(int(group.max(initial=0)) + 1, none)
    further.at(furthest, group[totals], days[totals])
    return furthest[group]


def list_jumps(
    points: pd.DataFrame, *, series: Sequence[str], settings: TrendSettings = DEFAULTS
) -> pd.DataFrame:
    """List the jumps that a steward has to decide, a row each.

    `points` as for `trends`. Columns: the `series`, `period_start` of the later point (for a spike, its own),
    `kind`, and the bounds `before_low`, `before_high`, `value_low`, `value_high` of the two (NaN: unbounded).
    """
    keys, kinds, panel = build_panel(points, series, settings)
    found_jumps = find_jumps(panel, kinds.unit, settings)
    low, high = to_interval(panel.low, panel.high)
    parts = []
    for kind, is_marked in (
        (BREAK, found_jumps.is_break),
        (EDGE, (found_jumps.is_early | found_jumps.is_late) & ~found_jumps.is_break),
        (SPIKE, found_jumps.is_spike),
    ):
        row, position = np.nonzero(is_marked)
        parts.append(
            keys.iloc[row].assign(
                period_start=pd.to_datetime(panel.start[row, position], unit="D"),
                kind=kind,
                before_low=low[row, position - 1],
                before_high=high[row, position - 1],
                value_low=low[row, position],
                value_high=high[row, position],
            )
        )
    by = [*series, "period_start"]
    return pd.concat(parts).sort_values(by, kind="stable").reset_index(drop=True)
