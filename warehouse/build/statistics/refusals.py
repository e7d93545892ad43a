"""Reasons why a series is not tested: codes of the list `trend_reason`, in order. Runs no test."""

from __future__ import annotations

import numpy as np

from schemas.codelists import codelist
from warehouse.build.statistics.breaks import Span
from warehouse.build.statistics.direction import DirectionTest
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.level import Level
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import Windows

Rules = list[tuple[str, BoolArray]]


def refusals(
    usable: Panel, span: Span, panel: Panel, kinds: Kinds, median: Interval, settings: TrendSettings
) -> Rules:
    """Return the reasons of Statistics §7.4 for direction and level, in order; the first reason counts.

    Reasons that no steward can remove come first, then those that make values incomparable, then those that
    make a trend useless. `usable` are all points, `panel` the tested ones.
    """
    with np.errstate(invalid="ignore"):
        missing_share = 1 - panel.n / panel.span
    has_few_years = panel.n < settings.min_years
    return [
        ("too_few_years", usable.n < settings.min_years),
        ("overlapping_periods", any_of(np.diff(usable.year, axis=1) == 0)),
        ("recent_break", has_few_years & span.is_broken),
        ("too_few_years", has_few_years),
        ("missing_years", missing_share > settings.max_missing + 1e-9),
        # the lower bound, since a median that may be below ten is treated like one that is
        ("too_small", (kinds.unit == "count") & (median.low < settings.min_median)),
        ("not_persons", (kinds.unit == "share") & ~kinds.of_persons),
    ]


def add_direction_rules(rules: Rules, panel: Panel, settings: TrendSettings) -> Rules:
    """Add the reasons that only refuse a direction; `hidden` comes after the test."""
    return [
        *rules,
        ("little_known", _little_known(panel, panel.is_point, settings)),
        ("too_few_years", panel.n < settings.min_direction_years),
    ]


def add_level_rules(
    rules: Rules, panel: Panel, year_windows: Windows, spike: BoolArray, settings: TrendSettings
) -> Rules:
    """Add the reasons that only refuse a level; `hidden` comes after the test."""
    is_used = year_windows.baseline | year_windows.last
    return [
        *rules,
        ("overlaps", year_windows.overlap),
        ("spike", any_of(spike & is_used)),
        ("sources_disagree", any_of(is_used & (panel.is_disputed == 1))),
        ("little_known", _little_known(panel, is_used, settings)),
    ]


def _little_known(panel: Panel, is_used: BoolArray, settings: TrendSettings) -> BoolArray:
    """Mark shares and slices whose table describes too few of all persons in a compared year."""
    return any_of(is_used & (panel.known_share < settings.min_known))


def is_direction_hidden(panel: Panel, test: DirectionTest, settings: TrendSettings) -> BoolArray:
    """Apply Statistics §7.4: over a quarter of the years are intervals, and they decide the result."""
    disagree = (test.p_low <= settings.alpha) & (test.p_high > settings.alpha)
    return disagree & _mostly_open(panel, panel.is_point, settings)


def is_level_hidden(panel: Panel, test: Level, year_windows: Windows, settings: TrendSettings) -> BoolArray:
    """Apply the same rule to the compared years; also if a compared year is unbounded."""
    unlikely = 1 - settings.confidence
    disagree = (test.p_low <= unlikely) & (test.p_high > unlikely)
    is_used = year_windows.baseline | year_windows.last
    return np.isnan(test.p_high) | (disagree & _mostly_open(panel, is_used, settings))


def _mostly_open(panel: Panel, is_used: BoolArray, settings: TrendSettings) -> BoolArray:
    share: FloatArray = (is_used & (panel.high > panel.low)).sum(axis=1) / np.maximum(is_used.sum(axis=1), 1)
    return share > settings.max_hidden


def first_reason(rules: Rules, rows: int) -> ObjectArray:
    """Return the reason of each series, None if there is none."""
    reasons = np.full(rows, None, dtype=object)
    for code, applies in reversed(rules):
        reasons[applies] = code
    return reasons


def direction_codes(reasons: ObjectArray, rising: BoolArray, falling: BoolArray) -> ObjectArray:
    """Return codes of `trend_direction`. The list of reasons has the code of each refusal."""
    direction = np.full(len(reasons), "no_clear_change", dtype=object)
    direction[rising], direction[falling] = "rising", "falling"
    for code, reason in codelist("trend_reason").items():
        direction[reasons == code] = reason.attributes["direction"]
    return direction


def level_codes(reasons: ObjectArray, higher: BoolArray, lower: BoolArray) -> ObjectArray:
    """Return codes of `trend_level`."""
    level = np.full(len(reasons), "no_clear_difference", dtype=object)
    level[higher], level[lower] = "higher", "lower"
    level[np.array([reason is not None for reason in reasons], dtype=bool)] = "no_level"
    return level
