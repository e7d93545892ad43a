"""Jumps between neighbouring points that look like a break in the series; deciding them is a steward's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from warehouse.statistics.intervals import BoolArray
from warehouse.statistics.panels import ObjectArray, Panel, bounded, laid_out
from warehouse.statistics.settings import DEFAULTS, TrendSettings


def jump_pairs(panel: Panel, unit: ObjectArray, settings: TrendSettings) -> BoolArray:
    """Statistics §7.3: neighbours that surely differ ×3 and by 50 persons, and nobody confirmed it.

    A column for each pair of neighbours.

    Surely: the nearer bounds already do. A jump that is only possible would refuse every series
    with a withheld year; those are `hidden`'s. Neighbours are usable points, whatever lies between.
    A rate is published from 20 persons on, so ×3 alone is 40 of them or more; a share breaks with
    its counts, and is flagged there.
    """
    least = np.where(unit == "count", settings.break_persons, 0.0)[:, None]
    before, after = slice(None, -1), slice(1, None)

    def jump(small: slice, large: slice) -> BoolArray:
        low, high = panel.low[:, large], panel.high[:, small]
        with np.errstate(invalid="ignore"):
            return (low >= settings.break_factor * high) & (low - high >= least) & (low > high)

    jumps = (jump(before, after) | jump(after, before)) & (panel.confirmed[:, after] != 1)
    return cast(BoolArray, jumps & (unit != "share")[:, None])


def jumps(points: pd.DataFrame, *, series: Sequence[str], settings: TrendSettings = DEFAULTS) -> pd.DataFrame:
    """The jumps that look like a break, for a steward to decide: a row each.

    `points` as for `trends`. Columns: the `series`, `period_start` of the later point, and the bounds
    `before_low`, `before_high`, `value_low`, `value_high` of the two (NaN: unbounded).
    """
    keys, kinds, panel = laid_out(points, series, settings)
    row, position = np.nonzero(jump_pairs(panel, kinds.unit, settings))
    low, high = bounded(panel.low, panel.high)
    jumps_found = keys.iloc[row].reset_index(drop=True)
    return jumps_found.assign(
        period_start=pd.to_datetime(panel.start[row, position + 1], unit="D"),
        before_low=low[row, position],
        before_high=high[row, position],
        value_low=low[row, position + 1],
        value_high=high[row, position + 1],
    )
