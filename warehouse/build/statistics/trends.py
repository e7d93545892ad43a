"""Trends of short annual series: direction, level and age of the last value. Does no I/O.

`trends` returns a row per series, by the rules of Statistics §7. *Usable* points are those without a flag
that excludes them; *tested* points lie after the last suspected break and within the edges. A refused series
keeps its means, last value and number of years; the rest is NaN, and `why_not` has the reason, a code of the
list `trend_reason`.

A NaN in a `*_high` column next to a number in `*_low` means unbounded above; a NaN `slope_low` next to a
tested p means unbounded below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from warehouse.build.statistics import breaks, families, intervals, refusals, turns, verdicts, windows
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.panels import IntArray, Panel, build_panel, series_numbers, to_interval
from warehouse.build.statistics.power import powers
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings
from warehouse.build.statistics.yearly import yearly_changes

SOURCE = ("collection", "measure", "reporting_country", "panel")
"""Columns that a total and its slices share, as far as a series has them."""


def trends(
    points: pd.DataFrame,
    *,
    as_of: date,
    series: Sequence[str],
    family: Sequence[str] = ("indicator", "preferred"),
    settings: TrendSettings = DEFAULTS,
) -> pd.DataFrame:
    """Return a row per series, ordered by key: `unit_kind` and `analysis.trends` without its sentences.

    `points`: a row per series and year: the `series` columns, `period_start`, `period_end` (last day),
    `value_low`, `value_high` (NaN: unbounded), `flag` (None or codes joined by `+`), `unit_kind` (count,
    share in 0..1, rate). Optional columns: `baseline_from` and `baseline_to` (years; default: the settings'),
    `known` (part of all persons that is known, 0..1; default 1), `of_persons` (default true), `is_total` (not
    broken down; default true), `numerator_low`, `denominator_low`, `denominator_high`. `family`: the columns
    within which false discoveries are controlled and variances moderated. Sources that are not preferred are
    a separate family, so that they change no verdict of the preferred ones.

    Units: `index_*` baseline = 100; `change_*` per cent of the year before, NaN if that year is missing, 0,
    or across a break; `slope_*` the value's unit per year; `rate_ratio` to the baseline's mean (of a share:
    of its odds).

    Flags: points flagged as `settings.unusable` are left out and not counted; `unconfirmed_break` is treated
    as a suspected break just before its point; `confirmed_change` on the later of two points means that a
    steward confirmed their jump as real. A series with a recorded break is two series: put `break_id` among
    `series`.
    """
    keys, kinds, usable = build_panel(points, series, settings)
    span = breaks.select_tested_points(usable, kinds.unit, _groups(keys), kinds.is_total, settings)
    panel = usable.select_points(span.is_tested)
    spike = _marks_in_panel(usable, span.is_spike, span.is_tested, panel)
    scale = windows.scale_points(panel, kinds.unit)
    year_windows = windows.windows(panel, kinds, settings)
    baseline, last, first = (
        windows.geometric_mean(panel, scale, kinds.unit, window)
        for window in (
            year_windows.baseline,
            year_windows.last,
            windows.edge_points(panel, settings.last_years),
        )
    )
    latest = to_interval(usable.at_last(usable.low), usable.at_last(usable.high))
    value_before = _value_before_last(usable, span, windows.value_year_before(usable))
    median = intervals.median(to_interval(panel.low, panel.high))
    cases = verdicts.Cases(
        panel,
        scale,
        kinds,
        year_windows,
        refusals.refusals(usable, span, panel, kinds, median, settings),
        _families(keys, family),
        families.relate_series(keys, kinds, usable, settings),
        settings,
    )
    direction = verdicts.judge_direction(cases, first, last)
    level = verdicts.judge_level(cases, spike, baseline, last)
    turn = turns.find_turns(cases, direction, last)
    yearly = yearly_changes(panel, scale, kinds.unit, direction.is_tested, settings)
    index, change = intervals.ratio(last, baseline), intervals.ratio(latest, value_before)
    age = _age(usable, as_of, settings)
    judged = keys.assign(
        unit_kind=kinds.unit,
        is_total=kinds.is_total,
        verdict_of=cases.relations.verdict_of,
        baseline_period=windows.format_baseline(panel, year_windows),
        **_bounds("baseline", baseline),
        tested_from=_whole_years(panel.year[:, 0], panel.n),
        tested_to=_whole_years(panel.at_last(panel.year), panel.n),
        last_years=windows.format_window(panel, year_windows.last),
        **_bounds("last", last),
        last_period=_whole_years(usable.at_last(usable.year), usable.n),
        age_years=age,
        **_bounds("latest", latest),
        **_bounds("index", index, scale=100),
        **_bounds("change", change, scale=100, shift=-100),
        direction=refusals.direction_codes(direction.reasons, direction.is_rising, direction.is_falling),
        why_not=pd.Series(direction.reasons, index=keys.index, dtype=object),
        **_bounds("slope", Interval(direction.test.slope_low, direction.test.slope_high)),
        **_bounds("yearly", yearly),
        turn_years=turn.years,
        **_bounds("turn", intervals.ratio(last, turn.mean)),
        p_low=direction.test.p_low,
        p_high=direction.test.p_high,
        q_value=direction.q_value,
        power=powers(panel, scale, kinds, direction.is_tested, settings),
        level=refusals.level_codes(level.reasons, level.is_higher, level.is_lower),
        why_no_level=pd.Series(level.reasons, index=keys.index, dtype=object),
        rate_ratio=level.ratio.ratio,
        rate_ratio_low=level.ratio.low,
        rate_ratio_high=level.ratio.high,
        level_p=level.ratio.p_high,
        level_q=level.q_value,
        n_periods=panel.n,
        broken_on=pd.to_datetime(pd.Series(span.broken_on, index=keys.index), unit="D"),
        spike_years=windows.format_marked_years(usable, span.is_spike),
        flag=_join_flags(
            _carried_flags(points, series_numbers(points, series), usable, span, settings),
            {
                breaks.EDGE: span.has_edge,
                "own_baseline": year_windows.is_own,
                breaks.SPIKE: any_of(span.is_spike),
                "stale": _is_stale(usable, as_of, settings),
                breaks.BREAK: span.is_broken,
            },
        ),
    )
    return families.follow_counts(judged, cases.relations)


def without_coverage(judged: pd.DataFrame, settings: TrendSettings = DEFAULTS) -> pd.DataFrame:
    """Return the rows without those of mere coverage: slices with too few years for any test.

    Totals keep their row, which says why nothing is claimed. The rest is counted in the coverage of trends.
    """
    has_few_years = (judged["why_not"] == "too_few_years") & (judged["n_periods"] < settings.min_years)
    return judged[judged["is_total"] | ~has_few_years].reset_index(drop=True)


def _families(keys: pd.DataFrame, names: Sequence[str]) -> pd.Series | None:
    """Return the number of each series' family; None if no family column is present."""
    present = [name for name in names if name in keys]
    return keys.groupby(present, sort=False).ngroup() if present else None


def _groups(keys: pd.DataFrame) -> IntArray:
    """Number the groups of a total and its slices."""
    shared = [name for name in SOURCE if name in keys]
    if not shared:
        return np.arange(len(keys))
    return keys.groupby(shared, dropna=False, sort=False).ngroup().to_numpy()


def _marks_in_panel(usable: Panel, is_marked: BoolArray, is_tested: BoolArray, panel: Panel) -> BoolArray:
    """Return a mark of usable points at the positions of the tested ones."""
    marked_panel = usable._replace(is_edge=is_marked.astype(float)).select_points(is_tested)
    marks: BoolArray = (marked_panel.is_edge == 1) & panel.is_point
    return marks


def _value_before_last(usable: Panel, span: breaks.Span, before: Interval) -> Interval:
    """Return the value before the last, unless a break or edge lies between the two."""
    last_start = usable.at_last(usable.start)
    start_before = usable.at_last(np.hstack([np.full((len(usable.n), 1), np.nan), usable.start[:, :-1]]))
    with np.errstate(invalid="ignore"):
        is_crossed = (span.from_day == last_start) | (
            (start_before < span.until_day) & (span.until_day <= last_start)
        )
    return Interval(*(np.where(is_crossed, np.nan, bound) for bound in before))


def _whole_years(year: FloatArray, n: IntArray) -> pd.Series:
    """Return whole years, missing for series without points."""
    return pd.Series(np.where(n > 0, year, np.nan)).astype("Int64")


def _age(usable: Panel, as_of: date, settings: TrendSettings) -> FloatArray:
    """Return the years from the last day of the last value to the release's day, to a tenth."""
    days = (pd.Timestamp(as_of) - pd.Timestamp(0)).days - usable.at_last(usable.end)
    return np.round(np.where(usable.n > 0, days, np.nan) / settings.days_of_a_year, 1)


def _is_stale(usable: Panel, as_of: date, settings: TrendSettings) -> BoolArray:
    oldest = pd.Timestamp(as_of) - pd.DateOffset(years=settings.stale_years)
    with np.errstate(invalid="ignore"):
        is_stale: BoolArray = usable.at_last(usable.end) < (oldest - pd.Timestamp(0)).days
    return is_stale


def _carried_flags(
    points: pd.DataFrame, row: IntArray, usable: Panel, span: breaks.Span, settings: TrendSettings
) -> list[set[str]]:
    """Return the flags of the tested points: doubts about values also concern results made from them."""
    flags_by_series: list[set[str]] = [set() for _ in usable.n]
    day = (pd.to_datetime(points["period_start"]) - pd.Timestamp(0)).dt.days.to_numpy()
    is_tested = points["flag"].notna().to_numpy() & (day >= span.from_day[row]) & (day < span.until_day[row])
    excluded_codes = {*settings.unusable, *settings.breaks, *settings.edges}
    for number, flags in zip(row[is_tested], points["flag"][is_tested], strict=True):
        codes = set(flags.split("+"))
        if codes.isdisjoint(settings.unusable):
            flags_by_series[number] |= codes - excluded_codes
    return flags_by_series


def _join_flags(flags_by_series: list[set[str]], raised_flags: dict[str, BoolArray]) -> pd.Series:
    """Join the carried and raised codes in order with `+`; None if there are none."""
    for code, is_raised in raised_flags.items():
        for number in np.flatnonzero(is_raised):
            flags_by_series[number].add(code)
    return pd.Series(["+".join(sorted(codes)) or None for codes in flags_by_series], dtype=object)


def _bounds(name: str, x: Interval, scale: float = 1, shift: float = 0) -> dict[str, FloatArray]:
    """Return the two columns of an interval, scaled and shifted, NaN for infinite bounds."""
    low, high = (np.where(np.isfinite(bound), bound * scale + shift, np.nan) for bound in x)
    return {f"{name}_low": low, f"{name}_high": high}
