"""What monthly series say beside the year before, and their alerts (Statistics §7.9); reads nothing.

One row comes out per series and month, from `monthly`: here they are laid out, compared and put together.
What is to be expected of a month stands in surges.py, season and shifts in season.py. Alerts are no verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from schemas.codelists import TOTAL
from warehouse.build.statistics import season, surges
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.panels import IntArray
from warehouse.build.statistics.settings import MONTHS, MonthSettings

SURGE, SHIFT_UP, SHIFT_DOWN = "surge", "shift_up", "shift_down"
"""The alerts: codes of the list `monthly_alert`."""


class Grid(NamedTuple):
    """Series × months without a gap; NaN: no row, or in `high` unbounded."""

    low: FloatArray
    high: FloatArray
    exact: BoolArray  # one number, which nobody doubts
    undoubted: BoolArray
    side: IntArray  # since which break; -1 where there is no row
    month: IntArray  # of the year, 1..12

    def value(self) -> FloatArray:
        """The exact numbers, NaN for all others."""
        return np.where(self.exact, self.low, np.nan)


def monthly(points: pd.DataFrame, *, series: Sequence[str], settings: MonthSettings = MONTHS) -> pd.DataFrame:
    """One row per point, with the columns of `analysis.monthly` but its sentences.

    `points`: the `series` columns, `period_start`, `value_low`, `value_high` (NaN: unbounded), `count_unit`,
    `is_doubted` (kept out of expectations and alerts), `break_id` (None, or since when it counts the same),
    `year_starts` (a month), `flag`. A country of origin that never reached the number an alert needs has no
    row: nothing would ever be said of it.
    """
    points = points[_is_followed(points, series, settings)].reset_index(drop=True)
    columns = list(series)
    by = points.groupby(columns, dropna=False, sort=True).ngroup().to_numpy(dtype=int)
    grid, place = _laid_out(points, by)
    before = _earlier(grid, 12)
    to_date = _to_date(grid, _year_starts(points, by))
    to_date_before = _shifted(to_date, 12)
    whole = ~np.isnan(to_date.low) & ~np.isnan(to_date_before.low)
    twelve = _twelve(grid)
    expected = surges.expected(grid.value(), grid.side, settings)
    surge_from = surges.since(grid.low, grid.undoubted, expected.above, settings)
    told = season.seasons(grid.value(), grid.side, settings)
    found: dict[str, FloatArray] = {
        **_both("before", before),
        **_changes(grid, before),
        **_both("to_date", Interval(*(np.where(whole, bound, np.nan) for bound in to_date))),
        **_both("to_date_before", Interval(*(np.where(whole, bound, np.nan) for bound in to_date_before))),
        **_both("twelve_months", twelve),
        "trend": told.trend,
        "season": told.season,
        "expected": expected.mean,
        "surge_above": expected.above,
        "years_compared": expected.years,
        "level_before": told.before,
        "level_after": told.after,
    }
    rows = (by, place)
    first = points["period_start"].min()
    out = points[[*columns, "period_start", "value_low", "value_high", "count_unit", "flag"]].assign(
        **{name: values[rows] for name, values in found.items()},
        surge_from=_days(surge_from[rows], first),
        why_no_season=pd.Series(told.why[rows], dtype=object),
        alert=_alerts(~np.isnan(surge_from[rows]), told.before[rows], told.after[rows]),
    )
    return out.sort_values([*columns, "period_start"], kind="stable").reset_index(drop=True)


def _is_followed(points: pd.DataFrame, series: Sequence[str], settings: MonthSettings) -> pd.Series:
    """Of totals and classes all; of a country those that a month names with enough persons."""
    largest = points.groupby(list(series), dropna=False)["value_low"].transform("max")
    return (points["citizenship"] == TOTAL) | (largest >= settings.least)


def _laid_out(points: pd.DataFrame, by: IntArray) -> tuple[Grid, IntArray]:
    """The grid, and in which of its months each point lies."""
    start = pd.to_datetime(points["period_start"])
    number = (12 * start.dt.year + start.dt.month - 1).to_numpy(dtype=int)
    first = int(number.min()) if len(number) else 0
    place = number - first
    shape = (int(by.max(initial=-1)) + 1, int(place.max(initial=-1)) + 1)
    low, high, side = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1)
    exact, undoubted = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    low[by, place], high[by, place] = points["value_low"], points["value_high"]
    undoubted[by, place] = ~points["is_doubted"].to_numpy(dtype=bool)
    exact[by, place] = (points["value_low"] == points["value_high"]).to_numpy()
    side[by, place] = pd.factorize(points["break_id"].fillna(""), sort=True)[0]
    return Grid(low, high, exact & undoubted, undoubted, side, (first + np.arange(shape[1])) % 12 + 1), place


def _year_starts(points: pd.DataFrame, by: IntArray) -> IntArray:
    """Of each series the month its year starts with."""
    starts = np.ones(int(by.max(initial=-1)) + 1, dtype=int)
    starts[by] = points["year_starts"]
    return starts


def _earlier(grid: Grid, months: int) -> Interval:
    """The values so many months earlier, on the same side of every break."""
    shifted = _shifted(Interval(grid.low, grid.high), months)
    same = grid.side == _moved(grid.side, months, -2)
    return Interval(*(np.where(same, bound, np.nan) for bound in shifted))


def _shifted(x: Interval, months: int) -> Interval:
    return Interval(*(_moved(bound, months, np.nan) for bound in x))


def _moved(values: Any, months: int, none: float) -> Any:
    """Each month's value so many months later."""
    moved = np.full_like(values, none)
    moved[:, months:] = values[:, : max(values.shape[1] - months, 0)]
    return moved


def _to_date(grid: Grid, year_starts: IntArray) -> Interval:
    """Sums since the year began; absent unless every month is there and counts the same."""
    total = Interval(np.full_like(grid.low, np.nan), np.full_like(grid.low, np.nan))
    for place in range(grid.low.shape[1]):
        begins = grid.month[place] == year_starts
        for sums, values in zip(total, (grid.low, grid.high), strict=True):
            before = sums[:, place - 1] if place else np.full(len(begins), np.nan)
            unbroken = (grid.side[:, place] == grid.side[:, place - 1]) if place else begins
            sums[:, place] = np.where(begins, 0.0, np.where(unbroken, before, np.nan)) + values[:, place]
    return total


def _twelve(grid: Grid) -> Interval:
    """Sums of twelve months that all are there and count the same."""
    sums = []
    for bound in (grid.low, grid.high):
        window = [_moved(bound, lag, np.nan) for lag in range(12)]
        sums.append(np.sum(window, axis=0) if bound.size else bound)
    same = np.logical_and.reduce([grid.side == _moved(grid.side, lag, -2) for lag in range(12)])
    return Interval(*(np.where(same, bound, np.nan) for bound in sums))


def _changes(grid: Grid, before: Interval) -> dict[str, FloatArray]:
    """The change on the same month of the year before, in per cent; absent where that may be none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = 100 * (grid.low / np.where(before.high > 0, before.high, np.nan) - 1)
        high = 100 * (grid.high / np.where(before.low > 0, before.low, np.nan) - 1)
    return {"change_low": low, "change_high": high}


def _both(name: str, x: Interval) -> dict[str, FloatArray]:
    return {f"{name}_low": x.low, f"{name}_high": x.high}


def _days(place: FloatArray, first: pd.Timestamp) -> pd.Series:
    """The first day of the grid's months; NaT for none."""
    months = np.datetime64(first if len(place) else "NaT", "M") + np.where(np.isnan(place), 0, place).astype(
        int
    ).astype("timedelta64[M]")
    return pd.Series(months.astype("datetime64[ns]")).mask(np.isnan(place))


def _alerts(surged: BoolArray, before: FloatArray, after: FloatArray) -> pd.Series:
    """The codes of each row joined by `+`, None for none."""
    with np.errstate(invalid="ignore"):
        told = {SHIFT_DOWN: after < before, SHIFT_UP: after > before, SURGE: surged}
    rows = zip(*told.values(), strict=True)
    joined = ["+".join(code for code, there in zip(told, row, strict=True) if there) or None for row in rows]
    return pd.Series(joined, dtype=object)
