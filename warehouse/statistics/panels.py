"""Points laid out as panels: a row per series, years from left to right. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.flags import has_flag
from schemas.indicators.forms import TRENDS
from warehouse.statistics import intervals
from warehouse.statistics.intervals import BoolArray, FloatArray, Interval
from warehouse.statistics.settings import TrendSettings

IntArray = npt.NDArray[np.integer[Any]]
ObjectArray = npt.NDArray[np.object_]


class Panel(NamedTuple):
    """Usable points: a row per series, from the left in order of time, NaN beyond the last."""

    year: FloatArray  # a fiscal year bears the year it ends in
    low: FloatArray
    high: FloatArray  # inf: unbounded
    start: FloatArray  # first day, in days since 1970
    end: FloatArray  # last day
    part: FloatArray  # the first month of a quarter or month, 0 for a year
    known: FloatArray  # of a share, which part of all it is taken over
    confirmed: FloatArray  # 1 where flagged
    n: IntArray
    unconfirmed: BoolArray  # of the series: a point of it is flagged, be it usable or not

    def at_last(self, values: FloatArray) -> FloatArray:
        """The last usable entry of each row, NaN where there is none."""
        last = np.take_along_axis(values, np.maximum(self.n - 1, 0)[:, None], axis=1)
        return last[:, 0]

    @property
    def span(self) -> FloatArray:
        """Years from the first to the last, both included."""
        return self.at_last(self.year) - self.year[:, 0] + 1


class Kinds(NamedTuple):
    """What each series is: its kind of unit, its frequency, its baseline window."""

    unit: ObjectArray
    frequency: ObjectArray
    baseline_from: IntArray
    baseline_to: IntArray
    of_persons: BoolArray

    @property
    def annual(self) -> BoolArray:
        """Which series are annual."""
        return np.asarray(self.frequency == "A", dtype=bool)


def laid_out(
    points: pd.DataFrame, series: Sequence[str], settings: TrendSettings
) -> tuple[pd.DataFrame, Kinds, Panel]:
    """The keys of all series in order, what they are, and their usable points."""
    columns = list(series)
    if points.duplicated([*columns, "period_start"]).any():
        raise ValueError("a series has two points for one period")
    if not points["unit_kind"].isin(TRENDS).all():
        raise ValueError(f"unit_kind must be one of {', '.join(TRENDS)}")
    row = points.groupby(columns, dropna=False, observed=True, sort=True).ngroup().to_numpy()
    _, first = np.unique(row, return_index=True)
    frequency = _told(points, "frequency", "A")
    kinds = Kinds(
        points["unit_kind"].to_numpy(dtype=object)[first],
        frequency.to_numpy(dtype=object)[first],
        _told(points, "baseline_from", settings.baseline_from).to_numpy(dtype=int)[first],
        _told(points, "baseline_to", settings.baseline_to).to_numpy(dtype=int)[first],
        _told(points, "of_persons", True).to_numpy(dtype=bool)[first],
    )
    tidy = _tidy(points, row, frequency, settings)
    unconfirmed = np.bincount(row, _flagged(points["flag"], settings.unconfirmed), len(first)) > 0
    return points[columns].iloc[first].reset_index(drop=True), kinds, _spread(tidy, unconfirmed)


def _told(points: pd.DataFrame, column: str, otherwise: str | float) -> pd.Series:
    return points[column] if column in points else pd.Series(otherwise, points.index)


def _tidy(points: pd.DataFrame, row: IntArray, frequency: pd.Series, settings: TrendSettings) -> pd.DataFrame:
    """Usable points in order of time, of each series those of the last point's part of the year."""
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
            "part": np.where(frequency == "A", 0, start.dt.month),
            "known": _told(points, "known", 1.0).to_numpy(dtype=float),
            "confirmed": _flagged(points["flag"], settings.confirmed),
        }
    )
    usable = ~_flagged(points["flag"], settings.unusable) & ~np.isnan(values.low)
    tidy = tidy[usable].sort_values(["row", "end"], kind="stable")
    return tidy[tidy["part"] == tidy.groupby("row")["part"].transform("last")]


def _flagged(flag: pd.Series, codes: Sequence[str]) -> BoolArray:
    """Where one of `codes` is among the flags; of the few distinct texts each is asked once."""
    matching = [text for text in flag.unique() if has_flag(text, *codes)]
    return flag.isin(matching).to_numpy(dtype=bool)


def _spread(tidy: pd.DataFrame, unconfirmed: BoolArray) -> Panel:
    """Points one below the other → one row per series."""
    rows = len(unconfirmed)
    position = tidy.groupby("row").cumcount().to_numpy()
    row = tidy["row"].to_numpy()
    width = int(position.max(initial=0)) + 1

    def matrix(name: str) -> FloatArray:
        filled = np.full((rows, width), np.nan)
        filled[row, position] = tidy[name].to_numpy(dtype=float)
        return filled

    return Panel(
        year=matrix("year"),
        low=matrix("low"),
        high=matrix("high"),
        start=matrix("start"),
        end=matrix("end"),
        part=matrix("part"),
        known=matrix("known"),
        confirmed=matrix("confirmed"),
        n=np.bincount(row, minlength=rows),
        unconfirmed=unconfirmed,
    )


def bounded(low: FloatArray, high: FloatArray) -> Interval:
    """The panel's inf for unbounded back to NaN."""
    return Interval(low, np.where(np.isinf(high), np.nan, high))
