"""Families of series: totals are judged first, slices under their total, and a rate follows its count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics.discoveries import q_values
from warehouse.build.statistics.intervals import BoolArray, FloatArray
from warehouse.build.statistics.panels import IntArray, Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings

NONE = -1
"""Row number of a series without a total or count."""

OWN_TEST, OF_TOTAL, OF_COUNT = "own", "total", "count"
"""Origins of a verdict: codes of the list `verdict_of`."""

SILENT = "total_silent"
"""Reason of a slice that is not judged: a code of the list `trend_reason`."""

_LINE = ("collection", "measure", "reporting_country", "panel", "denominator_basis", "break_id")
"""Columns that a slice shares with its total, beside the indicator."""


class Relations(NamedTuple):
    """Row numbers of the series that each series follows, NONE without one."""

    of_total: IntArray
    of_count: IntArray
    is_slice: BoolArray  # its indicator has a total in this source and country, with or without a row here

    @property
    def verdict_of(self) -> ObjectArray:
        """Return whose finding each series' verdict is, before rates follow their counts."""
        return np.where(self.is_slice, OF_TOTAL, OWN_TEST).astype(object)


def relate_series(keys: pd.DataFrame, kinds: Kinds, panel: Panel, settings: TrendSettings) -> Relations:
    """Relate slices to their totals, and rates of nearly constant populations to their counts."""
    line = [name for name in _LINE if name in keys]
    source = [name for name in line if name != "break_id"]
    total = _row_of_partner(keys, kinds.is_total, ["indicator", *line])
    has_total = _row_of_partner(keys, kinds.is_total, ["indicator", *source]) != NONE
    count = _row_of_partner(
        keys, kinds.is_total & (kinds.unit == "count"), [name for name in line if name != "denominator_basis"]
    )
    follows = (kinds.unit == "rate") & kinds.is_total & _is_population_steady(panel, settings)
    return Relations(total, np.where(follows, count, NONE), has_total & ~kinds.is_total)


def _row_of_partner(keys: pd.DataFrame, is_partner: BoolArray, columns: Sequence[str]) -> IntArray:
    """Return the row number of the first partner with the same columns; NONE without one."""
    present = [name for name in columns if name in keys]
    number = keys.groupby(present, dropna=False, sort=False).ngroup().to_numpy()
    partner = np.full(int(number.max(initial=-1)) + 1, NONE)
    rows = np.flatnonzero(is_partner)[::-1]
    partner[number[rows]] = rows
    return partner[number]


def _is_population_steady(panel: Panel, settings: TrendSettings) -> BoolArray:
    """Mark series whose denominator is known and moves little from year to year."""
    logs = np.log(np.where(panel.denominator_low > 0, panel.denominator_low, np.nan))
    with np.errstate(invalid="ignore"):
        moves = np.abs(np.diff(logs, axis=1)) / np.diff(panel.year, axis=1)
        is_small: BoolArray = (moves < np.log1p(settings.steady_population)) | ~panel.is_point[:, 1:]
    return is_small.all(axis=1) & (panel.n > 1)


class Correction(NamedTuple):
    """Corrected p-values, and the slices that are not judged since their total has no verdict."""

    q_value: FloatArray
    is_silent: BoolArray


def judge_totals_first(
    p: FloatArray, family: pd.Series | None, relations: Relations, passes: BoolArray, max_q: float
) -> Correction:
    """Correct for false discoveries among the totals of a family, then among slices of totals with a verdict.

    So the verdict on a total does not depend on how many slices are published. `passes` marks series that
    have a verdict if their q is at most `max_q`. Rates that follow a count are in neither correction.
    """
    is_own = (relations.of_count == NONE) & ~relations.is_slice
    q_of_totals = q_values(np.where(is_own, p, np.nan), family)
    has_verdict = passes & (q_of_totals <= max_q)
    is_open = relations.is_slice & (relations.of_total != NONE) & has_verdict[relations.of_total]
    q_of_slices = q_values(np.where(is_open, p, np.nan), family)
    return Correction(np.where(relations.is_slice, q_of_slices, q_of_totals), relations.is_slice & ~is_open)


def follow_counts(trends: pd.DataFrame, relations: Relations) -> pd.DataFrame:
    """Return the rows of `trends`; a rate that would be judged has the verdict of its count.

    What the rate's own years gave is kept where the count was judged over the same years, else left out.
    """
    counts = trends.iloc[np.maximum(relations.of_count, 0)].set_axis(trends.index)
    follows = pd.Series(relations.of_count != NONE, index=trends.index)
    takes_direction, takes_level = follows & trends["why_not"].isna(), follows & trends["why_no_level"].isna()
    has_other_years = (trends[_YEARS].astype(str) != counts[_YEARS].astype(str)).any(axis=1)
    is_unlike = (takes_direction | takes_level) & has_other_years
    result = trends.assign(
        **{name: trends[name].mask(takes_direction, counts[name]) for name in _DIRECTION},
        **{name: trends[name].mask(takes_level, counts[name]) for name in _LEVEL},
        verdict_of=trends["verdict_of"].mask(takes_direction | takes_level, OF_COUNT),
    )
    return result.assign(**{name: trends[name].mask(is_unlike) for name in _OF_OWN_YEARS})


_YEARS = ["tested_from", "tested_to", "n_periods", "baseline_period", "last_years"]
_DIRECTION = (
    *("tested_from", "tested_to", "n_periods", "direction", "why_not", "p_low", "p_high", "q_value", "power"),
    *("turn_years", "turn_low", "turn_high"),
)
_LEVEL = ("level", "why_no_level", "level_p", "level_q")
_OF_OWN_YEARS = (
    "slope_low",
    "slope_high",
    "yearly_low",
    "yearly_high",
    "rate_ratio",
    "rate_ratio_low",
    "rate_ratio_high",
)
