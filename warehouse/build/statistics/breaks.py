"""Jumps between neighbours: a suspected break, one at an edge, a spike. Deciding them is a steward's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics import intervals
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.panels import IntArray, ObjectArray, Panel, bounded, laid_out
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings

BREAK, EDGE, SPIKE = "suspected_break", "unconfirmed_edge", "spike"
"""The kinds of a jump: codes of the list `obs_flag`."""


class Jumps(NamedTuple):
    """Series × points: what the jump into each point is; a spike is told at its own point."""

    broken: BoolArray
    early: BoolArray  # within the first years
    late: BoolArray  # within the last ones
    spike: BoolArray


def found(panel: Panel, unit: ObjectArray, settings: TrendSettings = DEFAULTS) -> Jumps:
    """Statistics §7.3, where nobody confirmed the jump; points are the usable ones, whatever lies between.

    A single year between two jumps there and back is a spike, whatever else it might be.
    """
    jump = _jumps(panel, unit, settings)
    after = np.hstack([jump[:, 1:], np.zeros((len(jump), 1), dtype=int)])
    spike = jump * after < 0
    there_and_back = spike | np.hstack([np.zeros((len(jump), 1), dtype=bool), spike[:, :-1]])
    jump = np.where(there_and_back, 0, jump)
    place = np.arange(jump.shape[1])
    left = np.broadcast_to(place, jump.shape)
    right = panel.n[:, None] - place
    edge = settings.edge_years
    return Jumps(
        broken=_told_apart(panel, jump, settings),
        early=(jump != 0) & (left <= edge),
        late=(jump != 0) & (right <= edge) & (left > edge),
        spike=spike,
    )


def _jumps(panel: Panel, unit: ObjectArray, settings: TrendSettings) -> IntArray:
    """1, -1 at a point that surely lies ×3 and 50 persons above, below the one before, else 0.

    Surely: the nearer bounds already do. A jump that is only possible would refuse every series
    with a withheld year; those are `hidden`'s. A rate is published from 20 persons on, so ×3 alone
    is 40 of them or more; a share breaks with its counts.
    """
    least = np.where(unit == "count", settings.break_persons, 0.0)[:, None]
    before, after = slice(None, -1), slice(1, None)

    def surely(small: slice, large: slice) -> BoolArray:
        low, high = panel.low[:, large], panel.high[:, small]
        with np.errstate(invalid="ignore"):
            jumped: BoolArray = (low >= settings.break_factor * high) & (low - high >= least) & (low > high)
        return jumped

    signs = surely(before, after).astype(int) - surely(after, before)
    signs = np.where((unit != "share")[:, None], signs, 0)
    signs = np.hstack([np.zeros((len(signs), 1), dtype=int), signs])
    real = panel.confirmed == 1
    # whoever knows a rise to be real and sees it fall again the year after need not say so twice
    back = np.hstack([np.zeros((len(signs), 1), dtype=bool), (real & (signs != 0))[:, :-1]])
    return np.where(real | (back & (signs * np.roll(signs, 1, axis=1) < 0)), 0, signs)


def _told_apart(panel: Panel, jump: IntArray, settings: TrendSettings) -> BoolArray:
    """Where every year on one side lies surely beyond every year on the other, and the medians too."""
    least, most = settings.break_side
    broken = np.zeros(jump.shape, dtype=bool)
    for place in range(least, jump.shape[1]):
        rows = np.flatnonzero((jump[:, place] != 0) & (panel.n - place >= least))
        sides = slice(max(0, place - most), place), slice(place, place + most)
        before, after = (Interval(panel.low[rows, side], panel.high[rows, side]) for side in sides)
        up, down = _apart(before, after, settings), _apart(after, before, settings)
        broken[rows, place] = np.where(jump[rows, place] > 0, up, down)
    return broken


def _apart(small: Interval, large: Interval, settings: TrendSettings) -> BoolArray:
    with np.errstate(invalid="ignore"):
        apart: BoolArray = np.nanmin(large.low, axis=1) > np.nanmax(small.high, axis=1)
    low = intervals.median(large).low
    high = intervals.median(bounded(*small)).high
    apart &= low >= settings.break_medians * np.where(np.isnan(high), np.inf, high)
    return apart


class Span(NamedTuple):
    """Which points of a series are tested, and the doubts that are the reason."""

    tested: BoolArray  # series × points
    spike: BoolArray  # series × points
    is_broken: BoolArray
    has_edge: BoolArray
    broken_on: FloatArray  # the day of the last suspected break, NaN for none
    from_day: FloatArray  # -inf: from the first point on
    until_day: FloatArray  # first day that is not tested any more; inf: to the last point


def tested(
    panel: Panel, unit: ObjectArray, group: IntArray, is_total: BoolArray, settings: TrendSettings
) -> Span:
    """The points after the last suspected break and within what edges leave.

    A break of a total is a break of all the slices of its group: by its day, since a slice may have
    other points.
    """
    jumps = found(panel, unit, settings)
    broken = jumps.broken | (panel.broken == 1)
    edged = panel.edged == 1
    first_half = np.arange(panel.low.shape[1]) <= panel.n[:, None] / 2
    on = np.where(broken, panel.start, -np.inf).max(axis=1)
    begin = np.where(jumps.early | (edged & first_half), panel.start, -np.inf).max(axis=1)
    end = np.where(jumps.late | (edged & ~first_half), panel.start, np.inf).min(axis=1)
    totals = is_total & (unit == "count")
    on, begin = (
        np.maximum(days, _of_total(days, group, totals, np.maximum, -np.inf)) for days in (on, begin)
    )
    end = np.minimum(end, _of_total(end, group, totals, np.minimum, np.inf))
    # of a slice that has no point on one side there is nothing to break
    first, last = panel.start[:, 0], panel.at_last(panel.start)
    on, begin = (np.where((days > first) & (days <= last), days, -np.inf) for days in (on, begin))
    end = np.where((end > first) & (end <= last), end, np.inf)
    from_day = np.maximum(on, begin)
    with np.errstate(invalid="ignore"):
        inside = (panel.start >= from_day[:, None]) & (panel.start < end[:, None])
    return Span(
        tested=inside,
        spike=jumps.spike & inside,
        is_broken=np.isfinite(on),
        has_edge=(begin > on) | np.isfinite(end),
        broken_on=np.where(np.isfinite(on), on, np.nan),
        from_day=from_day,
        until_day=end,
    )


def _of_total(
    days: FloatArray, group: IntArray, totals: BoolArray, further: np.ufunc, none: float
) -> FloatArray:
    """To each series the furthest day of its group's totals."""
    furthest = np.full(int(group.max(initial=0)) + 1, none)
    further.at(furthest, group[totals], days[totals])
    return furthest[group]


def jumps(points: pd.DataFrame, *, series: Sequence[str], settings: TrendSettings = DEFAULTS) -> pd.DataFrame:
    """The jumps that wait for a steward to decide: a row each.

    `points` as for `trends`. Columns: the `series`, `period_start` of the later point (a spike's own),
    `kind`, and the bounds `before_low`, `before_high`, `value_low`, `value_high` of the two (NaN: unbounded).
    """
    keys, kinds, panel = laid_out(points, series, settings)
    jumps = found(panel, kinds.unit, settings)
    low, high = bounded(panel.low, panel.high)
    parts = []
    for kind, there in (
        (BREAK, jumps.broken),
        (EDGE, (jumps.early | jumps.late) & ~jumps.broken),
        (SPIKE, jumps.spike),
    ):
        row, place = np.nonzero(there)
        parts.append(
            keys.iloc[row].assign(
                period_start=pd.to_datetime(panel.start[row, place], unit="D"),
                kind=kind,
                before_low=low[row, place - 1],
                before_high=high[row, place - 1],
                value_low=low[row, place],
                value_high=high[row, place],
            )
        )
    by = [*series, "period_start"]
    return pd.concat(parts).sort_values(by, kind="stable").reset_index(drop=True)
