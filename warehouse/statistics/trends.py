"""Baselines, changes and trends of short annual series; no reading, storing or drawing of them.

One row comes out per series, from `trends`: here it is put together, from panels, baselines, breaks,
refusals, direction and rate_ratio. What it may say is fixed in Statistics §7. A series that may not
be judged keeps its baseline, last value and number of years; the rest is NaN, and `why_not` says why.
The reasons and their words are the code list `trend_reason`.

Unbounded values: a `*_high` of NaN beside a number in `*_low` is unbounded above; a `slope_low` of
NaN beside a tested p is unbounded below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from warehouse.statistics import baselines, direction, intervals, refusals
from warehouse.statistics.discoveries import q_values
from warehouse.statistics.intervals import BoolArray, Interval
from warehouse.statistics.panels import bounded, laid_out
from warehouse.statistics.rate_ratio import rate_ratio
from warehouse.statistics.settings import DEFAULTS, TrendSettings


def trends(
    points: pd.DataFrame,
    *,
    as_of: date,
    series: Sequence[str],
    family: str = "indicator",
    settings: TrendSettings = DEFAULTS,
) -> pd.DataFrame:
    """One row per series, ordered by key, with the columns of DESIGN §8 `analysis.trends`.

    `points`: one row per series and period: the `series` columns, `period_start`, `period_end`
    (last day), `value_low`, `value_high` (NaN: unbounded), `flag` (None or codes joined by `+`),
    `unit_kind` (count, share in 0..1, rate), and where they are there `frequency` (A, Q, M; else A),
    `baseline_from` and `baseline_to` (years; else the settings'), `known` (of a share, which part of
    all it is taken over, 0..1; else 1), `of_persons` (else true). `family` is the column within which
    false discoveries are controlled.

    Units: `index_*` baseline = 100; `change_*` per cent of the period before, NaN if that period
    is missing or 0; `slope_*` the value's unit per year; `rate_ratio` to the baseline's yearly
    mean. Of a quarterly or monthly series the quarter or month of its last point is compared with
    the same one of earlier years; it is never tested.

    Flags: points flagged as `settings.unusable` are left out and not counted; one flagged
    `unconfirmed_break` refuses its series; `confirmed_change` on the later of two points says that
    a steward knows their jump to be real. A series with a recorded break is two series: give
    `break_id` among `series`.
    """
    keys, kinds, panel = laid_out(points, series, settings)
    baseline, in_baseline, own = baselines.baseline(panel, kinds, settings)
    last, before = baselines.last(panel), baselines.period_before(panel)
    median = intervals.median(bounded(panel.low, panel.high))

    rules = refusals.refusals(panel, kinds, median, as_of, settings)
    why = refusals.first_reason(rules, len(keys))
    test = direction.tested(panel, pd.isna(why))
    hidden = refusals.hidden(panel, test, settings)
    why[hidden] = "hidden"
    judged = pd.isna(why)
    test = direction.Tested(*(np.where(judged, column, np.nan) for column in test))

    q_value = q_values(test.p_high, keys.get(family))
    clear = (test.p_high <= settings.alpha) & (q_value <= settings.max_q)
    large_up, large_down = direction.large(panel, test, kinds.unit, median, settings)
    rising = clear & (test.s_low > 0) & large_up & direction.surely_above(last, baseline)
    falling = clear & (test.s_high < 0) & large_down & direction.surely_above(baseline, last)
    verdict = refusals.verdicts(why, rising, falling)

    few = verdict == "too_few_years"
    shown = judged | (few & ((panel.n >= settings.min_years) | ~kinds.annual))
    index = _only(shown, intervals.ratio(last, baseline), scale=100)
    change = _only(shown, intervals.ratio(last, before), scale=100, shift=-100)
    slope = _only(judged, Interval(test.slope_low, test.slope_high))
    compared = rate_ratio(panel, in_baseline, judged & (kinds.unit == "count"), settings)
    return keys.assign(
        baseline_period=baselines.where(
            ~np.isnan(baseline.low), baselines.baseline_texts(panel, kinds, own, settings)
        ),
        baseline_low=baseline.low,
        baseline_high=baseline.high,
        last_period=baselines.where(panel.n > 0, baselines.period_texts(panel, kinds)),
        last_low=last.low,
        last_high=last.high,
        index_low=index.low,
        index_high=index.high,
        change_low=change.low,
        change_high=change.high,
        slope_low=slope.low,
        slope_high=slope.high,
        p_low=test.p_low,
        p_high=test.p_high,
        q_value=q_value,
        rate_ratio=compared.ratio,
        rate_ratio_low=compared.low,
        rate_ratio_high=compared.high,
        n_periods=panel.n,
        verdict=verdict,
        why_not=pd.Series(why, index=keys.index, dtype=object),
    )


def _only(rows: BoolArray, x: Interval, scale: float = 1, shift: float = 0) -> Interval:
    """`x` scaled and shifted, NaN outside `rows` and for bounds that are infinite."""
    low, high = (np.where(rows & np.isfinite(bound), bound * scale + shift, np.nan) for bound in x)
    return Interval(low, high)
