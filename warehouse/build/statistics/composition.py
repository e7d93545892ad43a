"""Whether the mix of origins changed between the baseline years and the last; no reading or storing.

One row comes out per series, from `compositions`: a test of the distribution over origin classes of those
whose origin is known (Statistics §7.8), with the years as its units, and the largest change of a
class beside it. The reasons why a series is not judged are the code list `mix_reason`.

Intervals: every figure is bounded over all completions by interval arithmetic, which is exact for
exact counts and wider than need be otherwise; an answer that the bounds leave open is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from schemas.codelists import codelist
from schemas.flags import joined_flags
from warehouse.build.statistics import intervals
from warehouse.build.statistics.discoveries import q_values
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings


@dataclass(frozen=True)
class CompositionSettings:
    """Every number of the mix test, once; what it shares with trends stands there."""

    trend: TrendSettings = DEFAULTS
    alpha: float = 0.01
    max_age_years: int = 3
    last_years: int = 3
    min_period_years: int = 2
    min_expected: float = 5  # in each class and year, else classes are pooled
    min_points: float = 5
    judged_unit: str = "person"


COMPOSITION_DEFAULTS = CompositionSettings()


def compositions(
    points: pd.DataFrame,
    *,
    as_of: date,
    series: Sequence[str],
    family: str = "measure",
    settings: CompositionSettings = COMPOSITION_DEFAULTS,
) -> pd.DataFrame:
    """One row per series, ordered by key, with the columns of `analysis.origin_mix`.

    `points`: one row per series, year and origin class, every class in every year: the `series`
    columns, `period_start`, `period_end`, `origin_class`, `persons_low`, `persons_high` (named of
    the class; NaN: unbounded); and of the year's table, the same in each of its rows: `count_unit`,
    `hidden_high` (most persons of unknown origin or left out), `total_low`, `total_high`,
    `is_whole`, `is_unconfirmed` (an origin awaits confirmation), `break_id` (a recorded break: it
    differs between the years before and after), `is_real_change` (a steward says that the jump into
    this year is real), `table_flag` (None or codes joined by `+`: the series bears those of the
    years compared). Years that are not whole are left out first.
    """
    columns = list(series)
    groups = list(points.groupby(columns, dropna=False, sort=True))
    keys = pd.DataFrame([key for key, _ in groups], columns=columns)
    judged = pd.DataFrame([_judged(_table(rows), as_of, settings) for _, rows in groups], columns=JUDGED)
    p_high, low, high = (
        judged[name].to_numpy(dtype=float) for name in ("p_high", "points_low", "points_high")
    )
    q_value = q_values(p_high, keys.get(family))
    clear = (p_high <= settings.alpha) & (q_value <= settings.trend.max_q)
    # a difference judged by division may miss the mark in its last digit
    large = np.maximum(low, -high) >= settings.min_points * (1 - 1e-9)
    return keys.join(judged.assign(q_value=q_value, verdict=_verdict(judged["why_not"], clear & large)))


def _verdict(why_not: pd.Series, changed: BoolArray) -> list[str]:
    """One of the words of `mix_verdict`; a refusal's stands in the list of reasons."""
    words = {code: reason.attributes["verdict"] for code, reason in codelist("mix_reason").items()}
    return [
        words.get(why, "changed" if so else "no_clear_change")
        for why, so in zip(why_not, changed, strict=True)
    ]


# ── One series ───────────────────────────────────────────────────────────────────────────────────


class Table(NamedTuple):
    """A series' whole years in order of time, classes across; inf: unbounded."""

    classes: list[str]
    year: FloatArray  # a fiscal year bears the year it ends in
    end: pd.DatetimeIndex
    low: FloatArray  # years × classes
    high: FloatArray
    hidden_high: FloatArray
    total_low: FloatArray
    total_high: FloatArray
    is_unconfirmed: BoolArray
    is_real_change: BoolArray
    break_id: list[Any]
    flag: list[Any]
    count_unit: str

    def of(self, years: BoolArray) -> Table:
        """The same of some years."""
        rows = np.flatnonzero(years)
        cut = {name: getattr(self, name)[rows] for name in _BY_YEAR}
        break_id, flag = ([told[r] for r in rows] for told in (self.break_id, self.flag))
        return self._replace(**cut, break_id=break_id, flag=flag)


_BY_YEAR = (
    "year",
    "end",
    "low",
    "high",
    "hidden_high",
    "total_low",
    "total_high",
    "is_unconfirmed",
    "is_real_change",
)

JUDGED = [
    "baseline_period",
    "last_period",
    "n_years",
    "known_low",
    "compared",
    "dispersion_low",
    "dispersion_high",
    "p_low",
    "p_high",
    "largest_class",
    "points_low",
    "points_high",
    "why_not",
    "flag",
]


def _table(rows: pd.DataFrame) -> Table:
    """The whole years of one series."""
    count_unit = next(iter(rows["count_unit"]), "")
    classes = sorted(rows["origin_class"].unique())
    rows = rows[rows["is_whole"].astype(bool)].assign(period_end=lambda r: pd.to_datetime(r["period_end"]))
    years = rows.drop_duplicates("period_start").sort_values("period_start")

    def by_class(name: str) -> FloatArray:
        wide = rows.pivot(index="period_start", columns="origin_class", values=name)
        return wide.sort_index().reindex(columns=classes).to_numpy(dtype=float)

    return Table(
        classes=classes,
        year=years["period_end"].dt.year.to_numpy(dtype=float),
        end=pd.DatetimeIndex(years["period_end"]),
        low=by_class("persons_low"),
        high=_ceiling(by_class("persons_high")),
        hidden_high=_ceiling(years["hidden_high"].to_numpy(dtype=float)),
        total_low=years["total_low"].to_numpy(dtype=float),
        total_high=_ceiling(years["total_high"].to_numpy(dtype=float)),
        is_unconfirmed=years["is_unconfirmed"].to_numpy(dtype=bool),
        is_real_change=years["is_real_change"].to_numpy(dtype=bool),
        break_id=years["break_id"].where(years["break_id"].notna(), None).tolist(),
        flag=years["table_flag"].tolist(),
        count_unit=count_unit,
    )


def _judged(table: Table, as_of: date, settings: CompositionSettings) -> dict[str, Any]:
    """What is said of one series; a refused one keeps its periods and how much of it is known."""
    before, after, own = _periods(table, settings)
    used = before | after
    row: dict[str, Any] = {
        "baseline_period": _span(table.year[before], "own:" if own else ""),
        "last_period": _span(table.year[after]),
        "n_years": int(used.sum()),
        "known_low": float(_known(table.of(used)).min()) if used.any() else np.nan,
        "why_not": _refusal(table, before, after, as_of, settings),
        "flag": joined_flags(table.of(used).flag),
    }
    if row["why_not"] is None:
        row |= _tested(table, before, after, settings)
    return row


def _periods(table: Table, settings: CompositionSettings) -> tuple[BoolArray, BoolArray, bool]:
    """The baseline years (Statistics §7.1), the last ones after them, and whether the former are its own."""
    trend = settings.trend
    place = np.arange(len(table.year))
    before = (table.year >= trend.baseline_from) & (table.year <= trend.baseline_to)
    own = bool(before.sum() < trend.baseline_min_years)
    if own:
        before = place < trend.own_baseline_years
    first_after = np.flatnonzero(before).max(initial=-1) + 1
    after = (place >= first_after) & (place >= len(place) - settings.last_years)
    return before, after, own


def _span(year: FloatArray, prefix: str = "") -> str | None:
    return f"{prefix}{year[0]:.0f}-{year[-1]:.0f}" if len(year) else None


def _known(table: Table) -> FloatArray:
    """The least share of each year's total that is of known origin."""
    known = table.low.sum(axis=1)
    most = np.minimum(table.total_high, known + table.hidden_high)
    return np.where(known > 0, known / np.where(known > 0, most, 1), 0.0)


def _refusal(
    table: Table, before: BoolArray, after: BoolArray, as_of: date, settings: CompositionSettings
) -> str | None:
    """The first reason against a test, None where there is none (Statistics §7.2, §7.8)."""
    trend, used = settings.trend, before | after
    if table.count_unit != settings.judged_unit:
        return "not_persons"
    if used.sum() < trend.min_years or min(before.sum(), after.sum()) < settings.min_period_years:
        return "too_few_years"
    between = np.arange(len(used)) >= used.argmax()
    reasons = {
        "overlapping_periods": bool((np.diff(table.year) == 0).any()),
        "break": len(set(table.of(between).break_id)) > 1,
        "suspected_break": _suspected_break(table.of(between), trend),
        "unconfirmed_origin": bool(table.is_unconfirmed[used].any()),
        "too_old": table.end[-1] < pd.Timestamp(as_of) - pd.DateOffset(years=settings.max_age_years),
        "origin_unknown": bool((_known(table.of(used)) < trend.min_known).any()),
        "too_small": len(_pooled(table.of(used), settings)) < 2,
    }
    return next((code for code, applies in reasons.items() if applies), None)


def _suspected_break(table: Table, trend: TrendSettings) -> bool:
    """Statistics §7.3, of the totals: neighbours surely differ ×3 and by 50, and nobody confirmed it."""
    low, high = table.total_low, table.total_high
    jumps = [
        (large >= trend.break_factor * small) & (large - small >= trend.break_persons)
        for small, large in ((high[:-1], low[1:]), (high[1:], low[:-1]))
    ]
    return bool((np.any(jumps, axis=0) & ~table.is_real_change[1:]).any())


# ── The test ─────────────────────────────────────────────────────────────────────────────────────


def _tested(
    table: Table, before: BoolArray, after: BoolArray, settings: CompositionSettings
) -> dict[str, Any]:
    groups = _pooled(table.of(before | after), settings)
    test = compare(*(_grouped(table.of(years), groups) for years in (before, after)))
    if test.p_low <= settings.alpha < test.p_high:
        return {"why_not": "hidden"}
    largest, low, high = _largest_change(table.of(before), table.of(after))
    return {
        "compared": " | ".join("+".join(table.classes[k] for k in group) for group in groups),
        "largest_class": table.classes[largest],
        "points_low": low,
        "points_high": high,
        **{name: float(bound) for name, bound in test._asdict().items()},
    }


def _pooled(table: Table, settings: CompositionSettings) -> list[list[int]]:
    """Classes in groups, each expected five times or more in the smallest year.

    The two smallest are put together until all are large enough; one that nobody is of is left out.
    Looks at sums over all years and at the years' sizes only, never at how a class changed; of
    intervals at their lower bounds.
    """
    size = table.low.sum(axis=0)
    groups = [[int(k)] for k in np.flatnonzero(table.high.sum(axis=0))]
    least = table.low.sum(axis=1).min() / max(size.sum(), 1)
    while len(groups) > 1:
        groups.sort(key=lambda group: (size[group].sum(), group))
        if size[groups[0]].sum() * least >= settings.min_expected:
            break
        groups[:2] = [sorted(groups[0] + groups[1])]
    return sorted(groups)


def _grouped(table: Table, groups: list[list[int]]) -> Interval:
    parts = ([bound[:, group].sum(axis=1) for group in groups] for bound in (table.low, table.high))
    return Interval(*(np.column_stack(list(bound)) for bound in parts))


class Compared(NamedTuple):
    """Bounds over all completions of the dispersion φ and of the p-value."""

    dispersion_low: FloatArray
    dispersion_high: FloatArray
    p_low: FloatArray
    p_high: FloatArray


def compare(before: Interval, after: Interval) -> Compared:
    """Quasi-multinomial test of two groups of years: … × years × classes (`high` inf: unbounded).

    Pearson's statistic of all years falls into a part between the two periods and a part between
    the years within them: Σ N (s − p)² / p with a year's shares s and the shares p of all together.
    φ = max(1, within / degrees of freedom), F = between / (classes − 1) / φ. Its reference has
    classes − 1 and years − 2 degrees: years are the units, as in Statistics §7.7. As many degrees
    as there are cells would hold only if classes swung unrelated to each other; where one of them
    swings alone, that test rejects falsely up to five times as often as it says
    (tests/test_composition_simulation.py).
    """
    sums = [Interval(*(bound.sum(axis=-2) for bound in period)) for period in (before, after)]
    sizes = [Interval(*(bound.sum(axis=-1) for bound in total)) for total in sums]
    first, last = (_shares(total) for total in sums)
    overall = _shares(Interval(sums[0].low + sums[1].low, sums[0].high + sums[1].high))
    within = _within(before, first, overall), _within(after, last, overall)
    weight = Interval(*(_harmonic(*pair) for pair in zip(*sizes, strict=True)))
    between = _weighted(weight, _distance(first, last, overall))

    free, units = before.low.shape[-1] - 1, before.low.shape[-2] + after.low.shape[-2] - 2
    phi = Interval(*(np.maximum(1, sum(pair) / (free * units)) for pair in zip(*within, strict=True)))
    least = np.where(np.isinf(phi.high), 0, between.low / phi.high)
    p_high, p_low = (stats.f.sf(ratio / free, free, units) for ratio in (least, between.high / phi.low))
    return Compared(*phi, p_low, p_high)


def _within(period: Interval, mean: Interval, overall: Interval) -> Interval:
    """The part of Pearson's statistic between a period's years and their mean."""
    mean, overall = (Interval(*(b[..., None, :] for b in shares)) for shares in (mean, overall))
    size = Interval(*(bound.sum(axis=-1) for bound in period))
    part = _weighted(size, _distance(_shares(period), mean, overall))
    return Interval(*(bound.sum(axis=-1) for bound in part))


def _shares(counts: Interval) -> Interval:
    """Each class's share of its row, of rows that are not surely empty."""
    return intervals.share(*(Interval(low, _unbounded(high)) for low, high in (counts, _others(counts))))


def _others(counts: Interval) -> Interval:
    """Of each class the sum of all others."""
    classes = range(counts.low.shape[-1])
    return Interval(
        *(np.stack([np.delete(b, k, axis=-1).sum(axis=-1) for k in classes], axis=-1) for b in counts)
    )


def _distance(one: Interval, other: Interval, overall: Interval) -> Interval:
    """Bounds of Σ (one − other)² / overall, over the classes."""
    nearest = np.maximum(0, np.maximum(one.low - other.high, other.low - one.high))
    farthest = np.maximum(one.high - other.low, other.high - one.low)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(nearest == 0, 0, nearest**2 / overall.high)
        high = np.where(farthest == 0, 0, farthest**2 / overall.low)
    return Interval(low.sum(axis=-1), high.sum(axis=-1))


def _weighted(size: Interval, distance: Interval) -> Interval:
    with np.errstate(invalid="ignore"):
        high = np.where(distance.high == 0, 0, size.high * distance.high)
    return Interval(size.low * distance.low, high)


def _harmonic(one: FloatArray, other: FloatArray) -> FloatArray:
    """one · other / (one + other), which grows with both."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (1 / one + 1 / other))


# ── Size ─────────────────────────────────────────────────────────────────────────────────────────


def _largest_change(before: Table, after: Table) -> tuple[int, float, float]:
    """The class that surely changed most, and its change of share in points, low and high.

    Shares are over all (Statistics §1): whoever is of unknown origin or left out of the tables may
    belong to any class. Where no class surely changed, the one with the largest change of those known.
    """
    first, last = _shares_of_all(before), _shares_of_all(after)
    low, high = 100 * (last.low - first.high), 100 * (last.high - first.low)
    surely = np.maximum(0, np.maximum(low, -high))
    known = [table.low.sum(axis=0) / table.low.sum() for table in (before, after)]
    largest = int(np.lexsort((np.abs(known[1] - known[0]), surely))[-1])
    return largest, float(low[largest]), float(high[largest])


def _shares_of_all(table: Table) -> Interval:
    """Bounds of each class's share of the period's total, with the hidden in it or out of it."""
    low, high = table.low.sum(axis=0), table.high.sum(axis=0)
    hidden, total_low, total_high = (
        bound.sum() for bound in (table.hidden_high, table.total_low, table.total_high)
    )
    rest = _others(Interval(low, high))
    least = low / np.maximum(np.minimum(total_high, low + rest.high + hidden), 1)
    most = np.minimum(high + hidden, total_high - rest.low)
    with np.errstate(invalid="ignore"):
        share = most / np.maximum(np.maximum(total_low, most + rest.low), 1)
    return Interval(least, np.where(np.isinf(most), 1.0, share))


def _ceiling(high: FloatArray) -> FloatArray:
    return np.where(np.isnan(high), np.inf, high)


def _unbounded(high: FloatArray) -> FloatArray:
    """inf for unbounded as NaN, as `intervals` has it."""
    return np.where(np.isinf(high), np.nan, high)
