"""Why a series may not be judged: the reasons of the code list `trend_reason`, in order. No test."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from schemas.codelists import codelist
from warehouse.statistics.breaks import jump_pairs
from warehouse.statistics.direction import Tested
from warehouse.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.statistics.settings import TrendSettings


def refusals(
    panel: Panel, kinds: Kinds, median: Interval, as_of: date, settings: TrendSettings
) -> list[tuple[str, BoolArray]]:
    """Statistics §7.2–3: reasons in their fixed order; of several the first is given.

    First what no steward can mend, then what makes the values themselves incomparable, then what
    only makes a trend pointless. `hidden` comes after the test, since it depends on its answer.
    """
    oldest = pd.Timestamp(as_of) - pd.DateOffset(years=settings.max_age_years)
    with np.errstate(invalid="ignore"):
        missing = 1 - panel.n / panel.span
    return [
        ("too_few_years", panel.n < settings.min_years),
        ("overlapping_periods", (np.diff(panel.year, axis=1) == 0).any(axis=1)),
        ("unconfirmed_break", panel.unconfirmed),
        ("suspected_break", jump_pairs(panel, kinds.unit, settings).any(axis=1)),
        ("too_old", panel.at_last(panel.end) < (oldest - pd.Timestamp(0)).days),
        ("missing_years", missing > settings.max_missing + 1e-9),
        # the lower bound: a median that may be below ten carries no more than one that is
        ("too_small", (kinds.unit == "count") & (median.low < settings.min_median)),
        ("not_persons", (kinds.unit == "share") & ~kinds.of_persons),
        ("little_known", (kinds.unit == "share") & (panel.known < settings.min_known).any(axis=1)),
        ("not_annual", ~kinds.annual),
        ("too_few_years", panel.n < settings.min_tested_years),
    ]


def hidden(panel: Panel, test: Tested, settings: TrendSettings) -> BoolArray:
    """Statistics §7.2: over a quarter of the years are intervals, and they decide the answer."""
    share: FloatArray = (panel.high > panel.low).sum(axis=1) / np.maximum(panel.n, 1)
    disagree = (test.p_low <= settings.alpha) & (test.p_high > settings.alpha)
    return disagree & (share > settings.max_hidden)


def first_reason(rules: list[tuple[str, BoolArray]], rows: int) -> ObjectArray:
    """The reason of each series, None where there is none."""
    why = np.full(rows, None, dtype=object)
    for code, applies in reversed(rules):
        why[applies] = code
    return why


def verdicts(why: ObjectArray, rising: BoolArray, falling: BoolArray) -> ObjectArray:
    """Statistics §7.9: one of the five words; a refusal's word stands in the code list."""
    verdict = np.full(len(why), "no_clear_change", dtype=object)
    verdict[rising], verdict[falling] = "rising", "falling"
    for code, reason in codelist("trend_reason").items():
        verdict[why == code] = reason.attributes["verdict"]
    return verdict
