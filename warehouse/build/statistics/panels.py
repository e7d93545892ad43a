"""Panels: the points of series as arrays with a row per series and years from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.flags import has_flag
from schemas.indicators.forms import TRENDS
from warehouse.build.statistics import intervals
from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.build.statistics.settings import TrendSettings

IntArray = npt.NDArray[np.integer[Any]]
ObjectArray = npt.NDArray[np.object_]


class Panel(NamedTuple):
    """Usable points: a row per series, in order of time from the left, NaN after the last."""

    year: FloatArray  # a fiscal year has the year of its end
    low: FloatArray
    high: FloatArray  # inf: unbounded
    start: FloatArray  # first day, in days since 1970
    end: FloatArray  # last day
    known_share: FloatArray  # part of all persons that the table of a share or slice describes
    numerator_low: FloatArray  # least numerator; NaN if unknown
    denominator_low: FloatArray
    denominator_high: FloatArray
    is_confirmed: FloatArray  # 1 where flagged
    is_break: FloatArray  # 1 for a doubt between the previous point and this one
    is_edge: FloatArray  # the same for a jump at an edge
    is_disputed: FloatArray  # 1 where another source has a clearly different number
    n: IntArray

    def at_last(self, values: FloatArray) -> FloatArray:
        """Return the last usable entry of each row, NaN if there is none."""
        last = np.take_along_axis(values, np.maximum(self.n - 1, 0)[:, None], axis=1)
        return last[:, 0]

    @property
    def is_point(self) -> BoolArray:
        """Mark the cells that have a point."""
        is_present: BoolArray = np.arange(self.low.shape[1]) < np.asarray(self.n)[:, None]
        return is_present

    @property
    def span(self) -> FloatArray:
        """Count the years from the first to the last, both included."""
        return self.at_last(self.year) - self.year[:, 0] + 1

    def select_points(self, is_selected: BoolArray) -> Panel:
        """Return the panel with only the selected points, moved to the left."""
        is_selected = is_selected & self.is_point
        order = np.argsort(~is_selected, axis=1, kind="stable")
        is_present = np.take_along_axis(is_selected, order, axis=1)
        columns = {
            name: np.where(is_present, np.take_along_axis(getattr(self, name), order, axis=1), np.nan)
            for name in self._fields[:-1]
        }
        return Panel(**columns, n=is_selected.sum(axis=1))


class Kinds(NamedTuple):
    """Kind of each series: its unit, its baseline window, and if it is a total."""

    unit: ObjectArray
    baseline_from: IntArray
    baseline_to: IntArray
    of_persons: BoolArray
    is_total: BoolArray


def build_panel(
    points: pd.DataFrame, series: Sequence[str], settings: TrendSettings
) -> tuple[pd.DataFrame, Kinds, Panel]:
    """Return the keys of all series in order, their kinds and their usable points."""
    columns = list(series)
    if points.duplicated([*columns, "period_start"]).any():
        raise ValueError("a series has two points for one period")
    if not points["unit_kind"].isin(TRENDS).all():
        raise ValueError(f"unit_kind must be one of {', '.join(TRENDS)}")
    row = series_numbers(points, series)
    _, first = np.unique(row, return_index=True)
    kinds = Kinds(
        points["unit_kind"].to_numpy(dtype=object)[first],
        _column_or(points, "baseline_from", settings.baseline_from).to_numpy(dtype=int)[first],
        _column_or(points, "baseline_to", settings.baseline_to).to_numpy(dtype=int)[first],
        _column_or(points, "of_persons", True).to_numpy(dtype=bool)[first],
        _column_or(points, "is_total", True).to_numpy(dtype=bool)[first],
    )
    panel = _pivot(_tidy(points, row, settings), len(first))
    return points[columns].iloc[first].reset_index(drop=True), kinds, panel


def series_numbers(points: pd.DataFrame, series: Sequence[str]) -> IntArray:
    """Return the number of each point's series, in the order of their keys."""
    numbers: IntArray = (
        points.groupby(list(series), dropna=False, observed=True, sort=True).ngroup().to_numpy()
    )
    return numbers


def _column_or(points: pd.DataFrame, column: str, otherwise: str | float) -> pd.Series:
    return points[column] if column in points else pd.Series(otherwise, points.index)


def _tidy(points: pd.DataFrame, row: IntArray, settings: TrendSettings) -> pd.DataFrame:
    """Return the usable points in order of time."""
    start, end = (pd.to_datetime(points[name]) for name in ("period_start", "period_end"))
    values = intervals.interval(points["value_low"], points["value_high"])
    tidy = pd.DataFrame(
        {
            "row": row,
            "year": end.dt.year.to_numpy(),
            "low": values.low,
            "high": np.where(np.isnan(values.high), np.inf, values.high),
            "start": (start - pd.Timestamp(0)).dt.days.to_numpy(),
            "end": (end - pd.Timestamp(0)).dt.days.to_numpy(),
            "known_share": _column_or(points, "known", 1.0).to_numpy(dtype=float),
            "numerator_low": _column_or(points, "numerator_low", np.nan).to_numpy(
                dtype=float, na_value=np.nan
            ),
            "denominator_low": _column_or(points, "denominator_low", np.nan).to_numpy(
                dtype=float, na_value=np.nan
            ),
            "denominator_high": _column_or(points, "denominator_high", np.nan).to_numpy(
                dtype=float, na_value=np.nan
            ),
            "is_confirmed": _has_flag(points["flag"], settings.confirmations),
            "is_break": _has_flag(points["flag"], settings.breaks).astype(int),
            "is_edge": _has_flag(points["flag"], settings.edges).astype(int),
            "is_disputed": _has_flag(points["flag"], settings.disputes),
            "usable": ~_has_flag(points["flag"], settings.unusable) & ~np.isnan(values.low),
        }
    ).sort_values(["row", "end"], kind="stable")
    doubts = tidy.groupby("row")[["is_break", "is_edge"]].cumsum()
    tidy = tidy.assign(**doubts)[tidy["usable"]]
    since_point_before = tidy.groupby("row")[["is_break", "is_edge"]].diff().fillna(0) > 0
    return tidy.assign(**since_point_before)


def _has_flag(flag: pd.Series, codes: Sequence[str]) -> BoolArray:
    """Mark points with any of `codes` among the flags. Checks each distinct text only once."""
    matching = [text for text in flag.unique() if has_flag(text, *codes)]
    return flag.isin(matching).to_numpy(dtype=bool)


def _pivot(tidy: pd.DataFrame, n_rows: int) -> Panel:
    """Turn points in rows into a row per series."""
    position = tidy.groupby("row").cumcount().to_numpy()
    row = tidy["row"].to_numpy()
    width = int(position.max(initial=0)) + 1

    def matrix(name: str) -> FloatArray:
        values = np.full((n_rows, width), np.nan)
        values[row, position] = tidy[name].to_numpy(dtype=float)
        return values

    return Panel(**{name: matrix(name) for name in Panel._fields[:-1]}, n=np.bincount(row, minlength=n_rows))


def to_interval(low: FloatArray, high: FloatArray) -> Interval:
    """Return an Interval from panel bounds: inf for unbounded becomes NaN."""
    return Interval(low, np.where(np.isinf(high), np.nan, high))
