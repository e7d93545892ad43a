"""Why a series may not be judged: the reasons of the code list `trend_reason`, in order. No test."""

from __future__ import annotations

import numpy as np

from schemas.codelists import codelist
from warehouse.build.statistics.breaks import Span
from warehouse.build.statistics.direction import Tested
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.level import Level
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings
from warehouse.build.statistics.windows import Windows

Rules = list[tuple[str, BoolArray]]


def refusals(
    usable: Panel, span: Span, panel: Panel, kinds: Kinds, median: Interval, settings: TrendSettings
) -> Rules:
    """Statistics §7.4, of direction and level alike: reasons in their order; of several the first is given.

    First what no steward can mend, then what makes the values themselves incomparable, then what
    only makes a trend pointless. `usable` are all points, `panel` the tested ones.
    """
    with np.errstate(invalid="ignore"):
        missing = 1 - panel.n / panel.span
    few = panel.n < settings.min_years
    return [
        ("too_few_years", usable.n < settings.min_years),
        ("overlapping_periods", any_of(np.diff(usable.year, axis=1) == 0)),
        ("recent_break", few & span.is_broken),
        ("too_few_years", few),
        ("missing_years", missing > settings.max_missing + 1e-9),
        # the lower bound: a median that may be below ten carries no more than one that is
        ("too_small", (kinds.unit == "count") & (median.low < settings.min_median)),
        ("not_persons", (kinds.unit == "share") & ~kinds.of_persons),
    ]


def of_direction(rules: Rules, panel: Panel, settings: TrendSettings) -> Rules:
    """Those, and what refuses a direction alone; `hidden_direction` comes after the test."""
    return [
        *rules,
        ("little_known", _little_known(panel, panel.is_point, settings)),
        ("too_few_years", panel.n < settings.min_direction_years),
    ]


def of_level(
    rules: Rules, panel: Panel, compared: Windows, spike: BoolArray, settings: TrendSettings
) -> Rules:
    """Those, and what refuses a level alone; `hidden_level` comes after the test."""
    used = compared.baseline | compared.last
    return [
        *rules,
        ("overlaps", compared.overlap),
        ("spike", any_of(spike & used)),
        ("little_known", _little_known(panel, used, settings)),
    ]


def _little_known(panel: Panel, used: BoolArray, settings: TrendSettings) -> BoolArray:
    """A share, or a count by origin, of which too little is known in a year compared."""
    return any_of(used & (panel.known < settings.min_known))


def hidden_direction(panel: Panel, test: Tested, settings: TrendSettings) -> BoolArray:
    """Statistics §7.4: over a quarter of the years are intervals, and they decide the answer."""
    disagree = (test.p_low <= settings.alpha) & (test.p_high > settings.alpha)
    return disagree & _mostly_open(panel, panel.is_point, settings)


def hidden_level(panel: Panel, test: Level, compared: Windows, settings: TrendSettings) -> BoolArray:
    """The same of the years compared; and where a year has no bound to compare."""
    unlikely = 1 - settings.confidence
    disagree = (test.p_low <= unlikely) & (test.p_high > unlikely)
    used = compared.baseline | compared.last
    return np.isnan(test.p_high) | (disagree & _mostly_open(panel, used, settings))


def _mostly_open(panel: Panel, used: BoolArray, settings: TrendSettings) -> BoolArray:
    share: FloatArray = (used & (panel.high > panel.low)).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    return share > settings.max_hidden


def first_reason(rules: Rules, rows: int) -> ObjectArray:
    """The reason of each series, None where there is none."""
    why = np.full(rows, None, dtype=object)
    for code, applies in reversed(rules):
        why[applies] = code
    return why


def directions(why: ObjectArray, rising: BoolArray, falling: BoolArray) -> ObjectArray:
    """One of the words of `trend_direction`; a refusal's word stands in the code list of reasons."""
    direction = np.full(len(why), "no_clear_change", dtype=object)
    direction[rising], direction[falling] = "rising", "falling"
    for code, reason in codelist("trend_reason").items():
        direction[why == code] = reason.attributes["direction"]
    return direction


def levels(why: ObjectArray, higher: BoolArray, lower: BoolArray) -> ObjectArray:
    """One of the words of `trend_level`."""
    level = np.full(len(why), "no_clear_difference", dtype=object)
    level[higher], level[lower] = "higher", "lower"
    level[np.array([reason is not None for reason in why], dtype=bool)] = "no_level"
    return level
