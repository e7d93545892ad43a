"""Comparison of monthly series with the previous year, and their alerts (Statistics §7.9). Does no I/O.

`monthly` returns a row per series and month: it arranges, compares and combines them. surges.py computes
the expectation of a month, season.py season and shifts. An alert is not a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from schemas.codelists import TOTAL
from warehouse.build.statistics import growth, season, surges
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.panels import IntArray
from warehouse.build.statistics.settings import MONTHS, MonthSettings

SURGE, SHIFT_UP, SHIFT_DOWN, GROWTH = "surge", "shift_up", "shift_down", "growth"
"""Alerts: codes of the list `monthly_alert`."""


class Grid(NamedTuple):
    """Series × months without gaps; NaN: no row, or in `high` unbounded."""

    low: FloatArray
    high: FloatArray
    is_exact: BoolArray  # a single number without doubt
    is_certain: BoolArray  # without doubt
    side: IntArray  # number of the last break; -1 without a row
    month: IntArray  # of the year, 1..12

    def value(self) -> FloatArray:
        """Return the exact numbers, NaN for all others."""
        return np.where(self.is_exact, self.low, np.nan)


def monthly(points: pd.DataFrame, *, series: Sequence[str], settings: MonthSettings = MONTHS) -> pd.DataFrame:
    """Return a row per point, with the columns of `analysis.monthly` except its sentences.

    `points`: the `series` columns, `period_start`, `value_low`, `value_high` (NaN: unbounded), `count_unit`,
    `is_doubted` (kept out of expectations and alerts), `break_id` (None, or the day since when it counts the
    same), `year_starts` (a month), `flag`. A country of origin that never reached the number for an alert has
    no row, since it could never have an alert.
    """
    points = points[_is_followed(points, series, settings)].reset_index(drop=True)
    columns = list(series)
    row_numbers = points.groupby(columns, dropna=False, sort=True).ngroup().to_numpy(dtype=int)
    grid, positions = _build_grid(points, row_numbers)
    year_before = _values_before(grid, 12)
    to_date = _sum_to_date(grid, _year_starts(points, row_numbers))
    to_date_before = _shift_interval(to_date, 12)
    is_comparable = ~np.isnan(to_date.low) & (grid.side == _shift_values(grid.side, 12, -2))
    twelve = _sum_twelve_months(grid)
    expectation = surges.compute_expectations(grid.value(), grid.side, settings)
    surge_from = surges.surge_starts(grid.low, grid.is_certain, expectation.above, settings)
    growing = growth.find_growth(grid.low, grid.value(), grid.is_certain, grid.side, settings)
    seasons = season.seasons(grid.value(), grid.side, settings)
    columns_of_grid: dict[str, FloatArray] = {
        **_bound_columns("before", year_before),
        **_percent_changes(grid, year_before),
        **_bound_columns("to_date", to_date),
        **_bound_columns(
            "to_date_before", Interval(*(np.where(is_comparable, bound, np.nan) for bound in to_date_before))
        ),
        **_bound_columns("twelve_months", twelve),
        "trend": seasons.trend,
        "season": seasons.season,
        "expected": expectation.mean,
        "surge_above": expectation.above,
        "years_compared": expectation.years,
        "level_before": seasons.before,
        "level_after": seasons.after,
        "growth_before": growing.before,
        "growth_above": growing.above,
        "growth_spreads": growing.spreads,
    }
    rows = (row_numbers, positions)
    first = points["period_start"].min()
    alerts = _join_alerts(
        ~np.isnan(growing.begin[rows]),
        ~np.isnan(surge_from[rows]),
        seasons.before[rows],
        seasons.after[rows],
    )
    result = points[[*columns, "period_start", "value_low", "value_high", "count_unit", "flag"]].assign(
        **{name: values[rows] for name, values in columns_of_grid.items()},
        surge_from=_first_days(surge_from[rows], first),
        growth_from=_first_days(growing.begin[rows], first),
        why_no_season=pd.Series(seasons.reasons[rows], dtype=object),
        alert=alerts,
        is_recent_alert=_are_recent(alerts, row_numbers, positions, growing.begin[rows], settings),
    )
    return result.sort_values([*columns, "period_start"], kind="stable").reset_index(drop=True)


def _is_followed(points: pd.DataFrame, series: Sequence[str], settings: MonthSettings) -> pd.Series:
    """Select all totals and classes, and countries that reach enough persons in some month."""
    largest = points.groupby(list(series), dropna=False)["value_low"].transform("max")
    return (points["citizenship"] == TOTAL) | (largest >= settings.min_count)


def _build_grid(points: pd.DataFrame, row_numbers: IntArray) -> tuple[Grid, IntArray]:
    """Return the grid, and the column of each point in it."""
    start = pd.to_datetime(points["period_start"])
    number = (12 * start.dt.year + start.dt.month - 1).to_numpy(dtype=int)
    first = int(number.min()) if len(number) else 0
    positions = number - first
    shape = (int(row_numbers.max(initial=-1)) + 1, int(positions.max(initial=-1)) + 1)
    low, high, side = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1)
    is_exact, is_certain = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    low[row_numbers, positions], high[row_numbers, positions] = points["value_low"], points["value_high"]
    is_certain[row_numbers, positions] = ~points["is_doubted"].to_numpy(dtype=bool)
    is_exact[row_numbers, positions] = (points["value_low"] == points["value_high"]).to_numpy()
    side[row_numbers, positions] = pd.factorize(points["break_id"].fillna(""), sort=True)[0]
    return Grid(
        low, high, is_exact & is_certain, is_certain, side, (first + np.arange(shape[1])) % 12 + 1
    ), positions


def _year_starts(points: pd.DataFrame, row_numbers: IntArray) -> IntArray:
    """Return the month in which each series' year starts."""
    starts = np.ones(int(row_numbers.max(initial=-1)) + 1, dtype=int)
    starts[row_numbers] = points["year_starts"]
    return starts


def _values_before(grid: Grid, months: int) -> Interval:
    """Return the values some months earlier, on the same side of every break."""
    shifted = _shift_interval(Interval(grid.low, grid.high), months)
    is_same_side = grid.side == _shift_values(grid.side, months, -2)
    return Interval(*(np.where(is_same_side, bound, np.nan) for bound in shifted))


def _shift_interval(x: Interval, months: int) -> Interval:
    return Interval(*(_shift_values(bound, months, np.nan) for bound in x))


def _shift_values(values: Any, months: int, none: float) -> Any:
    """Shift each month's value to a later month."""
    shifted = np.full_like(values, none)
    shifted[:, months:] = values[:, : max(values.shape[1] - months, 0)]
    return shifted


def _sum_to_date(grid: Grid, year_starts: IntArray) -> Interval:
    """Sum from the start of the year; NaN unless every month is present and counted the same way."""
    total = Interval(np.full_like(grid.low, np.nan), np.full_like(grid.low, np.nan))
    for position in range(grid.low.shape[1]):
        is_year_start = grid.month[position] == year_starts
        for sums, values in zip(total, (grid.low, grid.high), strict=True):
            before = sums[:, position - 1] if position else np.full(len(is_year_start), np.nan)
            is_same_side = (
                (grid.side[:, position] == grid.side[:, position - 1]) if position else is_year_start
            )
            sums[:, position] = (
                np.where(is_year_start, 0.0, np.where(is_same_side, before, np.nan)) + values[:, position]
            )
    return total


def _sum_twelve_months(grid: Grid) -> Interval:
    """Sum twelve months that are all present and counted the same way."""
    sums = []
    for bound in (grid.low, grid.high):
        window = [_shift_values(bound, lag, np.nan) for lag in range(12)]
        sums.append(np.sum(window, axis=0) if bound.size else bound)
    is_same_side = np.logical_and.reduce(
        [grid.side == _shift_values(grid.side, lag, -2) for lag in range(12)]
    )
    return Interval(*(np.where(is_same_side, bound, np.nan) for bound in sums))


def _percent_changes(grid: Grid, before: Interval) -> dict[str, FloatArray]:
    """Return the change from the same month of the previous year, in per cent; NaN if that may be 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = 100 * (grid.low / np.where(before.high > 0, before.high, np.nan) - 1)
        high = 100 * (grid.high / np.where(before.low > 0, before.low, np.nan) - 1)
    return {"change_low": low, "change_high": high}


def _bound_columns(name: str, x: Interval) -> dict[str, FloatArray]:
    return {f"{name}_low": x.low, f"{name}_high": x.high}


def _first_days(position: FloatArray, first: pd.Timestamp) -> pd.Series:
    """Return the first days of the grid's months; NaT for none."""
    months = np.datetime64(first if len(position) else "NaT", "M") + np.where(
        np.isnan(position), 0, position
    ).astype(int).astype("timedelta64[M]")
    return pd.Series(months.astype("datetime64[ns]")).mask(np.isnan(position))


def _are_recent(
    alerts: pd.Series,
    row_numbers: IntArray,
    positions: IntArray,
    growth_from: FloatArray,
    settings: MonthSettings,
) -> pd.Series:
    """Return which alerts are of the last months of their series; of one growth the last alert alone."""
    months = pd.DataFrame({"series": row_numbers, "growth_from": growth_from, "month": positions})
    ends = months.groupby("series")["month"].transform("max")
    growth_ends = months.groupby(["series", "growth_from"])["month"].transform("max")
    is_continued = (alerts == GROWTH) & (months["month"] < growth_ends)
    return alerts.notna() & ~is_continued & (months["month"] > ends - settings.recent_months)


def _join_alerts(
    is_growth: BoolArray, is_surge: BoolArray, before: FloatArray, after: FloatArray
) -> pd.Series:
    """Join the alert codes of each row with `+`; None for none."""
    with np.errstate(invalid="ignore"):
        conditions = {
            SHIFT_DOWN: after < before,
            SHIFT_UP: after > before,
            SURGE: is_surge,
            GROWTH: is_growth,
        }
    rows = zip(*conditions.values(), strict=True)
    joined = [
        "+".join(code for code, is_alert in zip(conditions, row, strict=True) if is_alert) or None
        for row in rows
    ]
    return pd.Series(joined, dtype=object)
