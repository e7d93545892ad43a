"""Points laid out as panels: a row per series, years from left to right. Judges nothing."""

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
    """Usable points: a row per series, from the left in order of time, NaN beyond the last."""

    year: FloatArray  # a fiscal year bears the year it ends in
    low: FloatArray
    high: FloatArray  # inf: unbounded
    start: FloatArray  # first day, in days since 1970
    end: FloatArray  # last day
    known: FloatArray  # which part of all it is taken over, of a share or of a count by origin
    counted: FloatArray  # how many stand above the line, at least; NaN where nobody says
    of_low: FloatArray  # and how many below it
    of_high: FloatArray
    confirmed: FloatArray  # 1 where flagged
    broken: FloatArray  # 1 where a doubt lies between the point before and this one
    edged: FloatArray  # the same of a jump at an edge
    n: IntArray

    def at_last(self, values: FloatArray) -> FloatArray:
        """The last usable entry of each row, NaN where there is none."""
        last = np.take_along_axis(values, np.maximum(self.n - 1, 0)[:, None], axis=1)
        return last[:, 0]

    @property
    def is_point(self) -> BoolArray:
        """Where there is a point."""
        there: BoolArray = np.arange(self.low.shape[1]) < np.asarray(self.n)[:, None]
        return there

    @property
    def span(self) -> FloatArray:
        """Years from the first to the last, both included."""
        return self.at_last(self.year) - self.year[:, 0] + 1

    def of(self, wanted: BoolArray) -> Panel:
        """The same of some of the points, moved to the left."""
        wanted = wanted & self.is_point
        order = np.argsort(~wanted, axis=1, kind="stable")
        there = np.take_along_axis(wanted, order, axis=1)
        moved = {
            name: np.where(there, np.take_along_axis(getattr(self, name), order, axis=1), np.nan)
            for name in self._fields[:-1]
        }
        return Panel(**moved, n=wanted.sum(axis=1))


class Kinds(NamedTuple):
    """What each series is: its kind of unit, its baseline window, whether it details nothing."""

    unit: ObjectArray
    baseline_from: IntArray
    baseline_to: IntArray
    of_persons: BoolArray
    is_total: BoolArray


def laid_out(
    points: pd.DataFrame, series: Sequence[str], settings: TrendSettings
) -> tuple[pd.DataFrame, Kinds, Panel]:
    """The keys of all series in order, what they are, and their usable points."""
    columns = list(series)
    if points.duplicated([*columns, "period_start"]).any():
        raise ValueError("a series has two points for one period")
    if not points["unit_kind"].isin(TRENDS).all():
        raise ValueError(f"unit_kind must be one of {', '.join(TRENDS)}")
    row = rows(points, series)
    _, first = np.unique(row, return_index=True)
    kinds = Kinds(
        points["unit_kind"].to_numpy(dtype=object)[first],
        _column_or(points, "baseline_from", settings.baseline_from).to_numpy(dtype=int)[first],
        _column_or(points, "baseline_to", settings.baseline_to).to_numpy(dtype=int)[first],
        _column_or(points, "of_persons", True).to_numpy(dtype=bool)[first],
        _column_or(points, "is_total", True).to_numpy(dtype=bool)[first],
    )
    panel = _spread(_tidy(points, row, settings), len(first))
    return points[columns].iloc[first].reset_index(drop=True), kinds, panel


def rows(points: pd.DataFrame, series: Sequence[str]) -> IntArray:
    """The number of each point's series, in the order of their keys."""
    numbers: IntArray = (
        points.groupby(list(series), dropna=False, observed=True, sort=True).ngroup().to_numpy()
    )
    return numbers


def _column_or(points: pd.DataFrame, column: str, otherwise: str | float) -> pd.Series:
    return points[column] if column in points else pd.Series(otherwise, points.index)


def _tidy(points: pd.DataFrame, row: IntArray, settings: TrendSettings) -> pd.DataFrame:
    """Usable points in order of time."""
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
            "known": _column_or(points, "known", 1.0).to_numpy(dtype=float),
            "counted": _column_or(points, "numerator_low", np.nan).to_numpy(dtype=float, na_value=np.nan),
            "of_low": _column_or(points, "denominator_low", np.nan).to_numpy(dtype=float, na_value=np.nan),
            "of_high": _column_or(points, "denominator_high", np.nan).to_numpy(dtype=float, na_value=np.nan),
            "confirmed": _flagged(points["flag"], settings.confirmed),
            "broken": _flagged(points["flag"], settings.breaks).astype(int),
            "edged": _flagged(points["flag"], settings.edges).astype(int),
            "usable": ~_flagged(points["flag"], settings.unusable) & ~np.isnan(values.low),
        }
    ).sort_values(["row", "end"], kind="stable")
    doubts = tidy.groupby("row")[["broken", "edged"]].cumsum()
    tidy = tidy.assign(**doubts)[tidy["usable"]]
    since_point_before = tidy.groupby("row")[["broken", "edged"]].diff().fillna(0) > 0
    return tidy.assign(**since_point_before)


def _flagged(flag: pd.Series, codes: Sequence[str]) -> BoolArray:
    """Where one of `codes` is among the flags; of the few distinct texts each is asked once."""
    matching = [text for text in flag.unique() if has_flag(text, *codes)]
    return flag.isin(matching).to_numpy(dtype=bool)


def _spread(tidy: pd.DataFrame, n_rows: int) -> Panel:
    """Points one below the other → one row per series."""
    position = tidy.groupby("row").cumcount().to_numpy()
    row = tidy["row"].to_numpy()
    width = int(position.max(initial=0)) + 1

    def matrix(name: str) -> FloatArray:
        filled = np.full((n_rows, width), np.nan)
        filled[row, position] = tidy[name].to_numpy(dtype=float)
        return filled

    return Panel(**{name: matrix(name) for name in Panel._fields[:-1]}, n=np.bincount(row, minlength=n_rows))


def bounded(low: FloatArray, high: FloatArray) -> Interval:
    """The panel's inf for unbounded back to NaN."""
    return Interval(low, np.where(np.isinf(high), np.nan, high))
