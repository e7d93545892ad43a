"""Test of changes in the mix of origins between the baseline years and the last years. Does no I/O.

`compositions` returns a row per series: a test of the distribution over origin classes, among persons of
known origin and with years as its units (Statistics §7.8), and the largest change of a class. The reasons
against a test are the code list `mix_reason`.

Every value is bounded over all completions by interval arithmetic. The bounds are exact for exact counts and
wider than necessary otherwise. A result that the bounds leave open is refused.
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
from schemas.flags import combine_flags
from warehouse.build.statistics import intervals
from warehouse.build.statistics.discoveries import q_values
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings


@dataclass(frozen=True)
class CompositionSettings:
    """Settings of the mix test. Settings shared with trends are in `trend`."""

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
    """Return a row per series, ordered by key, with the columns of `analysis.origin_mix`.

    `points`: a row per series, year and origin class, with every class in every year: the `series` columns,
    `period_start`, `period_end`, `origin_class`, `persons_low`, `persons_high` (persons of the class; NaN:
    unbounded). The remaining columns describe the year's table and repeat in each of its rows: `count_unit`,
    `hidden_high` (most persons of unknown origin or left out), `total_low`, `total_high`, `is_whole`,
    `is_unconfirmed` (an origin awaits confirmation), `break_id` (a recorded break: it differs between the
    years before and after), `is_real_change` (a steward confirmed the jump into this year), `table_flag`
    (None or codes joined by `+`: the series gets those of the years compared). Years that are not whole are
    left out first.
    """
    columns = list(series)
    groups = list(points.groupby(columns, dropna=False, sort=True))
    keys = pd.DataFrame([key for key, _ in groups], columns=columns)
    results = pd.DataFrame(
        [_evaluate_series(_table(rows), as_of, settings) for _, rows in groups], columns=RESULT_COLUMNS
    )
    p_high, low, high = (
        results[name].to_numpy(dtype=float) for name in ("p_high", "points_low", "points_high")
    )
    q_value = q_values(p_high, keys.get(family))
    clear = (p_high <= settings.alpha) & (q_value <= settings.trend.max_q)
    # division may put a difference just below the limit in its last digit
    large = np.maximum(low, -high) >= settings.min_points * (1 - 1e-9)
    return keys.join(results.assign(q_value=q_value, verdict=_verdict(results["why_not"], clear & large)))


def _verdict(why_not: pd.Series, is_changed: BoolArray) -> list[str]:
    """Return the codes of `mix_verdict`. The list of reasons has the verdict of each refusal."""
    verdicts = {code: reason.attributes["verdict"] for code, reason in codelist("mix_reason").items()}
    return [
        verdicts.get(reason, "changed" if is_row_changed else "no_clear_change")
        for reason, is_row_changed in zip(why_not, is_changed, strict=True)
    ]


# ── One series ───────────────────────────────────────────────────────────────────────────────────


class Table(NamedTuple):
    """The whole years of a series in order of time, with classes as columns; inf: unbounded."""

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

    def select_years(self, years: BoolArray) -> Table:
        """Return the table with only the selected years."""
        rows = np.flatnonzero(years)
        selected_columns = {name: getattr(self, name)[rows] for name in _BY_YEAR}
        break_id, flag = ([values[r] for r in rows] for values in (self.break_id, self.flag))
        return self._replace(**selected_columns, break_id=break_id, flag=flag)


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

RESULT_COLUMNS = [
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
    """Return the whole years of a series."""
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
        high=_nan_to_infinity(by_class("persons_high")),
        hidden_high=_nan_to_infinity(years["hidden_high"].to_numpy(dtype=float)),
        total_low=years["total_low"].to_numpy(dtype=float),
        total_high=_nan_to_infinity(years["total_high"].to_numpy(dtype=float)),
        is_unconfirmed=years["is_unconfirmed"].to_numpy(dtype=bool),
        is_real_change=years["is_real_change"].to_numpy(dtype=bool),
        break_id=years["break_id"].where(years["break_id"].notna(), None).tolist(),
        flag=years["table_flag"].tolist(),
        count_unit=count_unit,
    )


def _evaluate_series(table: Table, as_of: date, settings: CompositionSettings) -> dict[str, Any]:
    """Return the results of a series. A refused series keeps its periods and known share."""
    before, after, is_own_baseline = _periods(table, settings)
    is_used = before | after
    row: dict[str, Any] = {
        "baseline_period": _format_span(table.year[before], "own:" if is_own_baseline else ""),
        "last_period": _format_span(table.year[after]),
        "n_years": int(is_used.sum()),
        "known_low": float(_known_shares(table.select_years(is_used)).min()) if is_used.any() else np.nan,
        "why_not": _refusal(table, before, after, as_of, settings),
        "flag": combine_flags(table.select_years(is_used).flag),
    }
    if row["why_not"] is None:
        row |= _test_series(table, before, after, settings)
    return row


def _periods(table: Table, settings: CompositionSettings) -> tuple[BoolArray, BoolArray, bool]:
    """Return the baseline years (Statistics §7.1), the last years after them, and if the former are own
    years.
    """
    trend = settings.trend
    position = np.arange(len(table.year))
    before = (table.year >= trend.baseline_from) & (table.year <= trend.baseline_to)
    is_own_baseline = bool(before.sum() < trend.baseline_min_years)
    if is_own_baseline:
        before = position < trend.own_baseline_years
    first_after = np.flatnonzero(before).max(initial=-1) + 1
    after = (position >= first_after) & (position >= len(position) - settings.last_years)
    return before, after, is_own_baseline


def _format_span(year: FloatArray, prefix: str = "") -> str | None:
    return f"{prefix}{year[0]:.0f}-{year[-1]:.0f}" if len(year) else None


def _known_shares(table: Table) -> FloatArray:
    """Return the least share of each year's total that has a known origin."""
    known_persons = table.low.sum(axis=1)
    largest_total = np.minimum(table.total_high, known_persons + table.hidden_high)
    return np.where(known_persons > 0, known_persons / np.where(known_persons > 0, largest_total, 1), 0.0)


def _refusal(
    table: Table, before: BoolArray, after: BoolArray, as_of: date, settings: CompositionSettings
) -> str | None:
    """Return the first reason against a test, or None (Statistics §7.2, §7.8)."""
    trend, is_used = settings.trend, before | after
    if table.count_unit != settings.judged_unit:
        return "not_persons"
    if is_used.sum() < trend.min_years or min(before.sum(), after.sum()) < settings.min_period_years:
        return "too_few_years"
    is_from_first_used = np.arange(len(is_used)) >= is_used.argmax()
    reasons = {
        "overlapping_periods": bool((np.diff(table.year) == 0).any()),
        "break": len(set(table.select_years(is_from_first_used).break_id)) > 1,
        "suspected_break": _suspected_break(table.select_years(is_from_first_used), trend),
        "unconfirmed_origin": bool(table.is_unconfirmed[is_used].any()),
        "too_old": table.end[-1] < pd.Timestamp(as_of) - pd.DateOffset(years=settings.max_age_years),
        "origin_unknown": bool((_known_shares(table.select_years(is_used)) < trend.min_known).any()),
        "too_small": len(_pool_classes(table.select_years(is_used), settings)) < 2,
    }
    return next((code for code, applies in reasons.items() if applies), None)


def _suspected_break(table: Table, trend: TrendSettings) -> bool:
    """Check if totals of neighbouring years surely differ ×3 and by 50 without confirmation (§7.3)."""
    low, high = table.total_low, table.total_high
    jumps = [
        (large >= trend.break_factor * small) & (large - small >= trend.break_persons)
        for small, large in ((high[:-1], low[1:]), (high[1:], low[:-1]))
    ]
    return bool((np.any(jumps, axis=0) & ~table.is_real_change[1:]).any())


# ── The test ─────────────────────────────────────────────────────────────────────────────────────


def _test_series(
    table: Table, before: BoolArray, after: BoolArray, settings: CompositionSettings
) -> dict[str, Any]:
    groups = _pool_classes(table.select_years(before | after), settings)
    test = compare(*(_sum_groups(table.select_years(years), groups) for years in (before, after)))
    if test.p_low <= settings.alpha < test.p_high:
        return {"why_not": "hidden"}
    largest, low, high = _largest_change(table.select_years(before), table.select_years(after))
    return {
        "compared": " | ".join("+".join(table.classes[k] for k in group) for group in groups),
        "largest_class": table.classes[largest],
        "points_low": low,
        "points_high": high,
        **{name: float(bound) for name, bound in test._asdict().items()},
    }


def _pool_classes(table: Table, settings: CompositionSettings) -> list[list[int]]:
    """Group the classes so that each group has an expectation of five or more in the smallest year.

    Joins the two smallest groups until all are large enough; leaves out classes without persons. Uses only
    sums over all years and the sizes of the years, never the change of a class; of intervals, the lower
    bounds.
    """
    size = table.low.sum(axis=0)
    groups = [[int(k)] for k in np.flatnonzero(table.high.sum(axis=0))]
    smallest_year = table.low.sum(axis=1).min() / max(size.sum(), 1)
    while len(groups) > 1:
        groups.sort(key=lambda group: (size[group].sum(), group))
        if size[groups[0]].sum() * smallest_year >= settings.min_expected:
            break
        groups[:2] = [sorted(groups[0] + groups[1])]
    return sorted(groups)


def _sum_groups(table: Table, groups: list[list[int]]) -> Interval:
    parts = ([bound[:, group].sum(axis=1) for group in groups] for bound in (table.low, table.high))
    return Interval(*(np.column_stack(list(bound)) for bound in parts))


class TestBounds(NamedTuple):
    """Bounds over all completions of the dispersion φ and of the p-value."""

    dispersion_low: FloatArray
    dispersion_high: FloatArray
    p_low: FloatArray
    p_high: FloatArray


def compare(before: Interval, after: Interval) -> TestBounds:
    """Test two groups of years for a difference: … × years × classes (`high` inf: unbounded).

    A quasi-multinomial test. Pearson's statistic of all years is split into a part between the two periods
    and a part between the years within them: Σ N (s − p)² / p, with the shares s of a year and the shares p
    of all years. φ = max(1, within / degrees of freedom), F = between / (classes − 1) / φ. The reference
    distribution has classes − 1 and years − 2 degrees: years are the units, as in Statistics §7.7. As many
    degrees as cells would assume that classes vary independently. If a single class varies alone, such a test
    rejects falsely up to five times as often as intended (tests/test_composition_simulation.py).
    """
    sums = [Interval(*(bound.sum(axis=-2) for bound in period)) for period in (before, after)]
    sizes = [Interval(*(bound.sum(axis=-1) for bound in total)) for total in sums]
    first, last = (_shares(total) for total in sums)
    overall = _shares(Interval(sums[0].low + sums[1].low, sums[0].high + sums[1].high))
    within_parts = _within_part(before, first, overall), _within_part(after, last, overall)
    weight = Interval(*(_harmonic(*pair) for pair in zip(*sizes, strict=True)))
    between = _multiply_bounds(weight, _distance(first, last, overall))

    free, units = before.low.shape[-1] - 1, before.low.shape[-2] + after.low.shape[-2] - 2
    phi = Interval(*(np.maximum(1, sum(pair) / (free * units)) for pair in zip(*within_parts, strict=True)))
    lowest_ratio = np.where(np.isinf(phi.high), 0, between.low / phi.high)
    p_high, p_low = (
        stats.f.sf(ratio / free, free, units) for ratio in (lowest_ratio, between.high / phi.low)
    )
    return TestBounds(*phi, p_low, p_high)


def _within_part(period: Interval, mean: Interval, overall: Interval) -> Interval:
    """Return the part of Pearson's statistic between the years of a period and their mean."""
    mean, overall = (Interval(*(b[..., None, :] for b in shares)) for shares in (mean, overall))
    size = Interval(*(bound.sum(axis=-1) for bound in period))
    part = _multiply_bounds(size, _distance(_shares(period), mean, overall))
    return Interval(*(bound.sum(axis=-1) for bound in part))


def _shares(counts: Interval) -> Interval:
    """Return each class's share of its row, for rows that are not surely empty."""
    return intervals.share(
        *(Interval(low, _infinity_to_nan(high)) for low, high in (counts, _sum_other_classes(counts)))
    )


def _sum_other_classes(counts: Interval) -> Interval:
    """Return, for each class, the sum of all other classes."""
    classes = range(counts.low.shape[-1])
    return Interval(
        *(np.stack([np.delete(b, k, axis=-1).sum(axis=-1) for k in classes], axis=-1) for b in counts)
    )


def _distance(left: Interval, right: Interval, overall: Interval) -> Interval:
    """Return bounds of Σ (left − right)² / overall, over the classes."""
    nearest = np.maximum(0, np.maximum(left.low - right.high, right.low - left.high))
    farthest = np.maximum(left.high - right.low, right.high - left.low)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(nearest == 0, 0, nearest**2 / overall.high)
        high = np.where(farthest == 0, 0, farthest**2 / overall.low)
    return Interval(low.sum(axis=-1), high.sum(axis=-1))


def _multiply_bounds(size: Interval, distance: Interval) -> Interval:
    with np.errstate(invalid="ignore"):
        high = np.where(distance.high == 0, 0, size.high * distance.high)
    return Interval(size.low * distance.low, high)


def _harmonic(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return left · right / (left + right), which increases with both."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (1 / left + 1 / right))


# ── Size ─────────────────────────────────────────────────────────────────────────────────────────


def _largest_change(before: Table, after: Table) -> tuple[int, float, float]:
    """Return the class that surely changed most, and its change of share in points, low and high.

    Shares are over all persons (Statistics §1): persons of unknown origin or left out of the tables may
    belong to any class. If no class surely changed, returns the class with the largest known change.
    """
    first, last = _shares_of_all(before), _shares_of_all(after)
    low, high = 100 * (last.low - first.high), 100 * (last.high - first.low)
    sure_change = np.maximum(0, np.maximum(low, -high))
    known_shares = [table.low.sum(axis=0) / table.low.sum() for table in (before, after)]
    largest = int(np.lexsort((np.abs(known_shares[1] - known_shares[0]), sure_change))[-1])
    return largest, float(low[largest]), float(high[largest])


def _shares_of_all(table: Table) -> Interval:
    """Return bounds of each class's share of the period's total, counting the hidden in or out of it."""
    low, high = table.low.sum(axis=0), table.high.sum(axis=0)
    hidden_high, total_low, total_high = (
        bound.sum() for bound in (table.hidden_high, table.total_low, table.total_high)
    )
    rest = _sum_other_classes(Interval(low, high))
    lowest = low / np.maximum(np.minimum(total_high, low + rest.high + hidden_high), 1)
    largest_part = np.minimum(high + hidden_high, total_high - rest.low)
    with np.errstate(invalid="ignore"):
        share = largest_part / np.maximum(np.maximum(total_low, largest_part + rest.low), 1)
    return Interval(lowest, np.where(np.isinf(largest_part), 1.0, share))


def _nan_to_infinity(high: FloatArray) -> FloatArray:
    return np.where(np.isnan(high), np.inf, high)


def _infinity_to_nan(high: FloatArray) -> FloatArray:
    """Return NaN for inf, since `intervals` uses NaN for unbounded."""
    return np.where(np.isinf(high), np.nan, high)
