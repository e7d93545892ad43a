"""What may be said of short annual series: direction, level, and how old it is. Reads and stores nothing.

One row comes out per series, from `trends`: here it is put together. What it may say is fixed in
Statistics §7. *Usable* points are those that no flag keeps out; *tested* ones lie after the last
suspected break and within what edges leave. A series that may not be judged keeps its means, last
value and number of years; the rest is NaN, and `why_not` says why. The reasons and their words are
the code list `trend_reason`.

Unbounded values: a `*_high` of NaN beside a number in `*_low` is unbounded above; a `slope_low` of
NaN beside a tested p is unbounded below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from warehouse.build.statistics import breaks, direction, intervals, level, refusals, windows
from warehouse.build.statistics.discoveries import q_values
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.panels import IntArray, Panel, bounded, laid_out, rows
from warehouse.build.statistics.power import powers
from warehouse.build.statistics.settings import DAYS_OF_A_YEAR, DEFAULTS, TrendSettings

SOURCE = ("collection", "measure", "reporting_country", "panel")
"""What a total and its slices share, those of the columns that a series has."""


def trends(
    points: pd.DataFrame,
    *,
    as_of: date,
    series: Sequence[str],
    family: Sequence[str] = ("indicator", "preferred"),
    settings: TrendSettings = DEFAULTS,
) -> pd.DataFrame:
    """One row per series, ordered by key, with the columns of `analysis.trends` but its sentences,
    and `unit_kind`.

    `points`: one row per series and year: the `series` columns, `period_start`, `period_end`
    (last day), `value_low`, `value_high` (NaN: unbounded), `flag` (None or codes joined by `+`),
    `unit_kind` (count, share in 0..1, rate), and where they are there `baseline_from` and `baseline_to`
    (years; else the settings'), `known` (which part of all is known, 0..1; else 1), `of_persons` (else
    true), `is_total` (it details nothing; else true), `numerator_low`, `denominator_low`,
    `denominator_high`. `family`: the columns within which false discoveries are controlled and
    variances moderated; sources that stand beside are a family apart: none changes a verdict of the
    preferred ones.

    Units: `index_*` baseline = 100; `change_*` per cent of the year before, NaN if that year is
    missing, 0, or across a break; `slope_*` the value's unit per year; `rate_ratio` to the baseline's
    mean (of a share: of its odds).

    Flags: points flagged as `settings.unusable` are left out and not counted; `unconfirmed_break` is
    taken for a suspected break just before its point; `confirmed_change` on the later of two points says
    that a steward knows their jump to be real. A series with a recorded break is two series: give
    `break_id` among `series`.
    """
    keys, kinds, usable = laid_out(points, series, settings)
    families = _families(keys, family)
    span = breaks.tested(usable, kinds.unit, _groups(keys), kinds.is_total, settings)
    panel = usable.of(span.tested)
    spike = _moved(usable, span.spike, span.tested, panel)
    scale = windows.scaled(panel, kinds.unit)
    compared = windows.windows(panel, kinds, settings)
    baseline, last, first = (
        windows.mean(panel, scale, kinds.unit, window)
        for window in (compared.baseline, compared.last, windows.edge(panel, settings.last_years))
    )
    latest = bounded(usable.at_last(usable.low), usable.at_last(usable.high))
    before = _on_this_side(usable, span, windows.period_before(usable))
    median = intervals.median(bounded(panel.low, panel.high))
    rules = refusals.refusals(usable, span, panel, kinds, median, settings)

    # direction: within the tested years
    why = refusals.first_reason(refusals.of_direction(rules, panel, settings), len(keys))
    test = direction.tested(panel, pd.isna(why), settings)
    why[refusals.hidden_direction(panel, test, settings)] = "hidden"
    judged = pd.isna(why)
    test = direction.Tested(*(np.where(judged, column, np.nan) for column in test))
    q_value = q_values(test.p_high, families)
    clear = (test.p_high <= settings.alpha) & (q_value <= settings.max_q)
    rising = clear & (test.s_low > 0) & windows.larger(last, first, kinds.unit, settings)
    falling = clear & (test.s_high < 0) & windows.smaller(last, first, kinds.unit, settings)

    # level: the last years against the baseline
    why_no_level = refusals.first_reason(
        [
            *refusals.of_level(rules, panel, compared, spike, settings),
            ("too_few_years", ~any_of(compared.baseline)),
        ],
        len(keys),
    )
    ratio = level.level(panel, scale, compared, pd.isna(why_no_level), kinds, families, settings)
    hidden = pd.isna(why_no_level) & refusals.hidden_level(panel, ratio, compared, settings)
    why_no_level[hidden] = "hidden"
    ratio = level.Level(*(np.where(pd.isna(why_no_level), column, np.nan) for column in ratio))
    level_q = q_values(ratio.p_high, families)
    sure = (level_q <= settings.max_q) & (ratio.p_high <= 1 - settings.confidence)
    higher = sure & (ratio.low > 1) & windows.larger(last, baseline, kinds.unit, settings)
    lower = sure & (ratio.high < 1) & windows.smaller(last, baseline, kinds.unit, settings)

    index, change = intervals.ratio(last, baseline), intervals.ratio(latest, before)
    age = _age(usable, as_of)
    return keys.assign(
        unit_kind=kinds.unit,
        baseline_period=windows.baseline_texts(panel, kinds, compared),
        **_bounds("baseline", baseline),
        tested_from=_years(panel.year[:, 0], panel.n),
        tested_to=_years(panel.at_last(panel.year), panel.n),
        last_years=windows.texts(panel, compared.last),
        **_bounds("last", last),
        last_period=_years(usable.at_last(usable.year), usable.n),
        age_years=age,
        **_bounds("latest", latest),
        **_bounds("index", index, scale=100),
        **_bounds("change", change, scale=100, shift=-100),
        direction=refusals.directions(why, rising, falling),
        why_not=pd.Series(why, index=keys.index, dtype=object),
        **_bounds("slope", Interval(test.slope_low, test.slope_high)),
        p_low=test.p_low,
        p_high=test.p_high,
        q_value=q_value,
        power=powers(panel, scale, kinds, judged, settings),
        level=refusals.levels(why_no_level, higher, lower),
        why_no_level=pd.Series(why_no_level, index=keys.index, dtype=object),
        rate_ratio=ratio.ratio,
        rate_ratio_low=ratio.low,
        rate_ratio_high=ratio.high,
        level_p=ratio.p_high,
        level_q=level_q,
        n_periods=panel.n,
        broken_on=pd.to_datetime(pd.Series(span.broken_on, index=keys.index), unit="D"),
        spike_years=windows.listed(usable, span.spike),
        flag=_flags(
            _carried(points, rows(points, series), usable, span, settings),
            {
                breaks.EDGE: span.has_edge,
                "own_baseline": compared.own,
                breaks.SPIKE: any_of(span.spike),
                "stale": _is_stale(usable, as_of, settings),
                breaks.BREAK: span.is_broken,
            },
        ),
    )


def _families(keys: pd.DataFrame, names: Sequence[str]) -> pd.Series | None:
    """The number of each series' family; None where none of its columns is there."""
    present = [name for name in names if name in keys]
    return keys.groupby(present, sort=False).ngroup() if present else None


def _groups(keys: pd.DataFrame) -> IntArray:
    """Which series are a total and its slices."""
    shared = [name for name in SOURCE if name in keys]
    if not shared:
        return np.arange(len(keys))
    return keys.groupby(shared, dropna=False, sort=False).ngroup().to_numpy()


def _moved(usable: Panel, mark: BoolArray, tested: BoolArray, panel: Panel) -> BoolArray:
    """A mark of usable points, at the places of the tested ones."""
    marked = usable._replace(edged=mark.astype(float)).of(tested)
    moved: BoolArray = (marked.edged == 1) & panel.is_point
    return moved


def _on_this_side(usable: Panel, span: breaks.Span, before: Interval) -> Interval:
    """The value before the last, where no break or edge lies between the two."""
    last_start = usable.at_last(usable.start)
    start_before = usable.at_last(np.hstack([np.full((len(usable.n), 1), np.nan), usable.start[:, :-1]]))
    with np.errstate(invalid="ignore"):
        crossed = (span.from_day == last_start) | (
            (start_before < span.until_day) & (span.until_day <= last_start)
        )
    return Interval(*(np.where(crossed, np.nan, bound) for bound in before))


def _years(year: FloatArray, n: IntArray) -> pd.Series:
    """Whole years, absent where a series has no point."""
    return pd.Series(np.where(n > 0, year, np.nan)).astype("Int64")


def _age(usable: Panel, as_of: date) -> FloatArray:
    """Years from the last day of the last figure to the release's, to a tenth."""
    days = (pd.Timestamp(as_of) - pd.Timestamp(0)).days - usable.at_last(usable.end)
    return np.round(np.where(usable.n > 0, days, np.nan) / DAYS_OF_A_YEAR, 1)


def _is_stale(usable: Panel, as_of: date, settings: TrendSettings) -> BoolArray:
    oldest = pd.Timestamp(as_of) - pd.DateOffset(years=settings.stale_years)
    with np.errstate(invalid="ignore"):
        stale: BoolArray = usable.at_last(usable.end) < (oldest - pd.Timestamp(0)).days
    return stale


def _carried(
    points: pd.DataFrame, row: IntArray, usable: Panel, span: breaks.Span, settings: TrendSettings
) -> list[set[str]]:
    """The flags of the tested points: a doubt about a figure stands on what is made from it."""
    carried: list[set[str]] = [set() for _ in usable.n]
    day = (pd.to_datetime(points["period_start"]) - pd.Timestamp(0)).dt.days.to_numpy()
    tested = points["flag"].notna().to_numpy() & (day >= span.from_day[row]) & (day < span.until_day[row])
    told_apart = {*settings.unusable, *settings.breaks, *settings.edges}
    for number, flags in zip(row[tested], points["flag"][tested], strict=True):
        codes = set(flags.split("+"))
        if codes.isdisjoint(settings.unusable):
            carried[number] |= codes - told_apart
    return carried


def _flags(carried: list[set[str]], raised: dict[str, BoolArray]) -> pd.Series:
    """The codes carried and raised, in order, joined by `+`; None where there are none."""
    for code, there in raised.items():
        for number in np.flatnonzero(there):
            carried[number].add(code)
    return pd.Series(["+".join(sorted(codes)) or None for codes in carried], dtype=object)


def _bounds(name: str, x: Interval, scale: float = 1, shift: float = 0) -> dict[str, FloatArray]:
    """The two columns of an interval, scaled and shifted, NaN for bounds that are infinite."""
    low, high = (np.where(np.isfinite(bound), bound * scale + shift, np.nan) for bound in x)
    return {f"{name}_low": low, f"{name}_high": high}
