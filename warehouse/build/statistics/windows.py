"""The years compared, baseline and last ones: their means as intervals, the scale of the test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings


class Windows(NamedTuple):
    """Series × points: which years are compared."""

    baseline: BoolArray
    last: BoolArray
    own: BoolArray  # of the series: its baseline is its own first years

    @property
    def overlap(self) -> BoolArray:
        """Which series have a year in both."""
        return any_of(self.baseline & self.last)


def windows(panel: Panel, kinds: Kinds, settings: TrendSettings) -> Windows:
    """Statistics §7.1: the common window, else the series' own first years; and its last ones.

    Own first years are those of a series that has enough of them to be compared at all.
    """
    common = (panel.year >= kinds.baseline_from[:, None]) & (panel.year <= kinds.baseline_to[:, None])
    common &= panel.is_point
    own = common.sum(axis=1) < settings.baseline_min_years
    n_own = np.where(
        panel.n > settings.min_years, settings.own_baseline_years, settings.own_baseline_years - 1
    )
    n_own = np.where(panel.n >= settings.min_years, n_own, 0)
    baseline = np.where(own[:, None], edge(panel, n_own), common)
    n_last = np.where(panel.n >= settings.baseline_min_years, settings.last_years, 0)
    return Windows(baseline, edge(panel, n_last, at_end=True), own & any_of(baseline))


def edge(panel: Panel, years: FloatArray | int, *, at_end: bool = False) -> BoolArray:
    """The first, or last, so many points of each series."""
    place = np.arange(panel.low.shape[1])
    count = np.broadcast_to(years, panel.n.shape)[:, None]
    wanted: BoolArray = place >= panel.n[:, None] - count if at_end else place < count
    return wanted & panel.is_point


class Scaled(NamedTuple):
    """Points on the scale of the test: log (x + ½), log of a rate, log-odds of a share; ±inf: no bound."""

    low: FloatArray
    high: FloatArray


def scaled(panel: Panel, unit: ObjectArray) -> Scaled:
    """Statistics §7.6. A share's log-odds are those of part + ½ to rest + ½."""
    kind = unit[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.where(kind == "count", np.log(x + 0.5), np.log(x)) for x in (panel.low, panel.high)]
        odds = [_log_odds(panel, x) for x in (panel.low, panel.high)]
    return Scaled(
        np.where(kind == "share", np.fmin(*odds[0]), logs[0]),
        np.where(kind == "share", np.fmax(*odds[1]), logs[1]),
    )


def _log_odds(panel: Panel, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Over the fewest and the most of whom it may be a share; without a number of persons no ½."""
    low, high = (
        np.log(_adjusted(share, of)) - np.log(_adjusted(1 - share, of))
        for of in (panel.of_low, panel.of_high)
    )
    return low, high


def _adjusted(share: FloatArray, of: FloatArray) -> FloatArray:
    return np.where(np.isfinite(of) & (of > 0), share * of + 0.5, share)


def mean(panel: Panel, scale: Scaled, unit: ObjectArray, window: BoolArray) -> Interval:
    """The geometric mean of a window, as the value is told: x + ½ less ½; NaN without a year, or unbounded.

    Of a share the mean log-odds are taken back to one of as many persons as the window's years have.
    """
    years = window.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low, high = (np.where(window, x, 0).sum(axis=1) / years for x in scale)
        counts, rates = [np.exp(x) - 0.5 for x in (low, high)], [np.exp(x) for x in (low, high)]
        of = [np.where(window, x, 0).sum(axis=1) / years for x in (panel.of_low, panel.of_high)]
        least = np.fmin(*(_share_of(low, n) for n in of))
        most = np.fmax(*(_share_of(high, n) for n in of))
    values = [
        np.select([unit == "count", unit == "share"], [count, share], rate)
        for count, share, rate in zip(counts, (least, most), rates, strict=True)
    ]
    values = [np.where(years > 0, np.maximum(x, 0), np.nan) for x in values]
    values = [np.where(unit == "share", np.minimum(x, 1), x) for x in values]
    # a mean found by logarithms may miss a whole number in its last digits
    low, high = (np.round(x, 9) for x in values)
    return Interval(low, np.where(np.isinf(high), np.nan, high))


def _share_of(log_odds: FloatArray, of: FloatArray) -> FloatArray:
    share = 1 / (1 + np.exp(-log_odds))
    return np.where(np.isfinite(of) & (of > 0), (share * (of + 1) - 0.5) / of, share)


def larger(later: Interval, earlier: Interval, unit: ObjectArray, settings: TrendSettings) -> BoolArray:
    """Statistics §7.5: a quarter and ten persons above (five points of a share) in every completion."""
    most_before = np.where(np.isnan(earlier.high), np.inf, earlier.high)
    return _enough(later.low - most_before, later.low / (1 + settings.size) - most_before, unit, settings)


def smaller(later: Interval, earlier: Interval, unit: ObjectArray, settings: TrendSettings) -> BoolArray:
    """The same below."""
    most_after = np.where(np.isnan(later.high), np.inf, later.high)
    return _enough(earlier.low - most_after, earlier.low * (1 - settings.size) - most_after, unit, settings)


def _enough(
    difference: FloatArray, beyond: FloatArray, unit: ObjectArray, settings: TrendSettings
) -> BoolArray:
    least = np.select([unit == "count", unit == "share"], [settings.size_persons, settings.size_share], 0.0)
    tiny = 1e-9  # a difference found by logarithms may miss the mark in its last digits
    with np.errstate(invalid="ignore"):
        enough: BoolArray = (difference >= least - tiny) & ((beyond >= -tiny) | (unit == "share"))
    return enough & ~np.isnan(difference)


def period_before(panel: Panel) -> Interval:
    """The value one year before the last, absent where that year is missing."""
    wanted = panel.year == panel.at_last(panel.year)[:, None] - 1
    there = wanted.any(axis=1)
    where = wanted.argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(v, where, axis=1)[:, 0] for v in (panel.low, panel.high))
    return Interval(np.where(there, low, np.nan), np.where(there & np.isfinite(high), high, np.nan))


def texts(panel: Panel, window: BoolArray) -> pd.Series:
    """`2016-2018`: first and last year of a window; None without one."""
    year = np.where(window, panel.year, np.nan)
    first = np.where(window, panel.year, np.inf).min(axis=1)
    last = np.where(window, year, -np.inf).max(axis=1)
    return pd.Series(
        [f"{a:.0f}-{b:.0f}" if a <= b else None for a, b in zip(first, last, strict=True)], dtype=object
    )


def listed(panel: Panel, marked: BoolArray) -> pd.Series:
    """`2014, 2017`: the years of the marked points; None without one."""
    years = [panel.year[row][marked[row]] for row in range(len(panel.year))]
    return pd.Series(
        [", ".join(dict.fromkeys(f"{year:.0f}" for year in own)) or None for own in years], dtype=object
    )


def baseline_texts(panel: Panel, kinds: Kinds, compared: Windows) -> pd.Series:
    """`2016-2018`, or `own:2010-2012`; None without one."""
    own = "own:" + texts(panel, compared.baseline)
    common = pd.Series(
        [f"{a}-{b}" for a, b in zip(kinds.baseline_from, kinds.baseline_to, strict=True)], dtype=object
    )
    return own.where(compared.own, common).where(any_of(compared.baseline), None)
