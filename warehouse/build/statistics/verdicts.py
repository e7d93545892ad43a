"""Verdicts on direction and level: refusals, tests, and corrections over families. Makes no table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics import direction, families, level, refusals, windows
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.refusals import Rules
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import ScaledPoints, Windows


class Cases(NamedTuple):
    """Series with their tested years, the years compared, and their families."""

    panel: Panel
    scale: ScaledPoints
    kinds: Kinds
    year_windows: Windows
    rules: Rules  # reasons against any verdict
    family: pd.Series | None
    relations: families.Relations
    settings: TrendSettings

    def is_larger(self, later: Interval, earlier: Interval) -> BoolArray:
        """Mark series that are clearly larger later."""
        return windows.is_clearly_larger(later, earlier, self.kinds.unit, self.settings)

    def is_smaller(self, later: Interval, earlier: Interval) -> BoolArray:
        """Mark series that are clearly smaller later."""
        return windows.is_clearly_smaller(later, earlier, self.kinds.unit, self.settings)


class DirectionVerdicts(NamedTuple):
    """Direction of each series, or the reason for none; NaN for series that were not tested."""

    reasons: ObjectArray
    test: direction.DirectionTest
    q_value: FloatArray
    is_rising: BoolArray
    is_falling: BoolArray

    @property
    def is_tested(self) -> BoolArray:
        """Mark series that were tested."""
        return np.asarray(pd.isna(self.reasons), dtype=bool)


def judge_direction(cases: Cases, first: Interval, last: Interval) -> DirectionVerdicts:
    """Judge the direction within the tested years; `first` and `last` are the means of their ends."""
    panel, settings = cases.panel, cases.settings
    rules = refusals.add_direction_rules(cases.rules, panel, settings)
    reasons = refusals.first_reason(rules, len(panel.n))
    test = direction.run_direction_tests(panel, pd.isna(reasons), settings)
    reasons[refusals.is_direction_hidden(panel, test, settings)] = "hidden"
    p_high = np.where(pd.isna(reasons), test.p_high, np.nan)
    is_up = (p_high <= settings.alpha) & (test.s_low > 0) & cases.is_larger(last, first)
    is_down = (p_high <= settings.alpha) & (test.s_high < 0) & cases.is_smaller(last, first)
    q_value = _correct(cases, p_high, is_up | is_down, reasons)
    is_sure = q_value <= settings.max_q
    return DirectionVerdicts(
        reasons,
        direction.DirectionTest(*_of_judged(test, reasons)),
        q_value,
        is_sure & is_up,
        is_sure & is_down,
    )


class LevelVerdicts(NamedTuple):
    """Level of each series, or the reason for none; NaN for series that were not compared."""

    reasons: ObjectArray
    ratio: level.Level
    q_value: FloatArray
    is_higher: BoolArray
    is_lower: BoolArray


def judge_level(cases: Cases, spike: BoolArray, baseline: Interval, last: Interval) -> LevelVerdicts:
    """Judge the last tested years against the baseline."""
    panel, settings = cases.panel, cases.settings
    rules = refusals.add_level_rules(cases.rules, panel, cases.year_windows, spike, settings)
    reasons = refusals.first_reason(
        [*rules, ("too_few_years", ~any_of(cases.year_windows.baseline))], len(panel.n)
    )
    ratio = level.level(
        panel, cases.scale, cases.year_windows, pd.isna(reasons), cases.kinds, cases.family, settings
    )
    is_hidden = refusals.is_level_hidden(panel, ratio, cases.year_windows, settings)
    reasons[pd.isna(reasons) & is_hidden] = "hidden"
    p_high = np.where(pd.isna(reasons), ratio.p_high, np.nan)
    is_unlikely = p_high <= 1 - settings.confidence
    is_above = is_unlikely & (ratio.low > 1) & cases.is_larger(last, baseline)
    is_below = is_unlikely & (ratio.high < 1) & cases.is_smaller(last, baseline)
    q_value = _correct(cases, p_high, is_above | is_below, reasons)
    is_sure = q_value <= settings.max_q
    return LevelVerdicts(
        reasons,
        level.Level(*_of_judged(ratio, reasons)),
        q_value,
        is_sure & is_above,
        is_sure & is_below,
    )


def _correct(cases: Cases, p_high: FloatArray, passes: BoolArray, reasons: ObjectArray) -> FloatArray:
    """Return the corrected p-values. Slices of a total without a verdict get their reason."""
    correction = families.judge_totals_first(
        p_high, cases.family, cases.relations, passes, cases.settings.max_q
    )
    reasons[correction.is_silent & pd.isna(reasons)] = families.SILENT
    return correction.q_value


def _of_judged(columns: Iterable[FloatArray], reasons: ObjectArray) -> Iterator[FloatArray]:
    """Yield the columns with NaN for series that are not judged."""
    return (np.where(pd.isna(reasons), column, np.nan) for column in columns)
