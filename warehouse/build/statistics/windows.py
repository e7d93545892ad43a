"""Windows of compared years, baseline and last: their means as intervals, the scale of the test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from warehouse.build.statistics.intervals import BoolArray, FloatArray, Interval, any_of
from warehouse.build.statistics.panels import Kinds, ObjectArray, Panel
from warehouse.build.statistics.settings import TrendSettings


class Windows(NamedTuple):
    """Compared years, as series × points arrays."""

    baseline: BoolArray
    last: BoolArray
    is_own: BoolArray  # per series: its baseline is its own first years

    @property
    def overlap(self) -> BoolArray:
        """Mark series with a year in both windows."""
        return any_of(self.baseline & self.last)


def windows(panel: Panel, kinds: Kinds, settings: TrendSettings) -> Windows:
    """Return the common baseline, else the series' own first years, and the last years. Statistics §7.1.

    Only series with enough years for a comparison get own first years.
    """
    is_common = (panel.year >= kinds.baseline_from[:, None]) & (panel.year <= kinds.baseline_to[:, None])
    is_common &= panel.is_point
    is_own = is_common.sum(axis=1) < settings.baseline_min_years
    n_own = np.where(
        panel.n > settings.min_years, settings.own_baseline_years, settings.own_baseline_years - 1
    )
    n_own = np.where(panel.n >= settings.min_years, n_own, 0)
    baseline = np.where(is_own[:, None], edge_points(panel, n_own), is_common)
    n_last = np.where(panel.n >= settings.baseline_min_years, settings.last_years, 0)
    return Windows(baseline, edge_points(panel, n_last, at_end=True), is_own & any_of(baseline))


def edge_points(panel: Panel, years: FloatArray | int, *, at_end: bool = False) -> BoolArray:
    """Mark the first, or last, points of each series."""
    position = np.arange(panel.low.shape[1])
    count = np.broadcast_to(years, panel.n.shape)[:, None]
    is_selected: BoolArray = position >= panel.n[:, None] - count if at_end else position < count
    return is_selected & panel.is_point


class ScaledPoints(NamedTuple):
    """Points on the scale of the test: log (x + ½), log of a rate, log-odds of a share; ±inf: no bound."""

    low: FloatArray
    high: FloatArray


def scale_points(panel: Panel, unit: ObjectArray) -> ScaledPoints:
    """Transform points by Statistics §7.6. A share's log-odds are those of part + ½ to rest + ½."""
    kind = unit[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.where(kind == "count", np.log(x + 0.5), np.log(x)) for x in (panel.low, panel.high)]
        odds = [_log_odds(panel, x) for x in (panel.low, panel.high)]
    return ScaledPoints(
        np.where(kind == "share", np.fmin(*odds[0]), logs[0]),
        np.where(kind == "share", np.fmax(*odds[1]), logs[1]),
    )


def _log_odds(panel: Panel, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log-odds for the smallest and largest denominator; without a denominator no ½ is added."""
    low, high = (
        np.log(_add_half(share, denominator)) - np.log(_add_half(1 - share, denominator))
        for denominator in (panel.denominator_low, panel.denominator_high)
    )
    return low, high


def _add_half(share: FloatArray, denominator: FloatArray) -> FloatArray:
    return np.where(np.isfinite(denominator) & (denominator > 0), share * denominator + 0.5, share)


def geometric_mean(panel: Panel, scale: ScaledPoints, unit: ObjectArray, window: BoolArray) -> Interval:
    """Return the geometric mean of a window in the value's unit; NaN without a year or if unbounded.

    For counts the mean of x + ½, less ½. For shares the mean log-odds are turned back into a share of the
    mean number of persons in the window's years.
    """
    years = window.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low, high = (np.where(window, x, 0).sum(axis=1) / years for x in scale)
        counts, rates = [np.exp(x) - 0.5 for x in (low, high)], [np.exp(x) for x in (low, high)]
        denominators = [
            np.where(window, x, 0).sum(axis=1) / years
            for x in (panel.denominator_low, panel.denominator_high)
        ]
        lowest_shares = np.fmin(*(_share_of(low, n) for n in denominators))
        highest_shares = np.fmax(*(_share_of(high, n) for n in denominators))
    values = [
        np.select([unit == "count", unit == "share"], [count, share], rate)
        for count, share, rate in zip(counts, (lowest_shares, highest_shares), rates, strict=True)
    ]
    values = [np.where(years > 0, np.maximum(x, 0), np.nan) for x in values]
    values = [np.where(unit == "share", np.minimum(x, 1), x) for x in values]
    # logarithms may put the mean of whole numbers off in its last digits
    low, high = (np.round(x, 9) for x in values)
    return Interval(low, np.where(np.isinf(high), np.nan, high))


def _share_of(log_odds: FloatArray, denominator: FloatArray) -> FloatArray:
    share = 1 / (1 + np.exp(-log_odds))
    return np.where(
        np.isfinite(denominator) & (denominator > 0), (share * (denominator + 1) - 0.5) / denominator, share
    )


def is_clearly_larger(
    later: Interval, earlier: Interval, unit: ObjectArray, settings: TrendSettings
) -> BoolArray:
    """Mark series a quarter and ten persons above (shares: five points) in every completion (§7.5)."""
    most_before = np.where(np.isnan(earlier.high), np.inf, earlier.high)
    return _is_large_enough(
        later.low - most_before, later.low / (1 + settings.size) - most_before, unit, settings
    )


def is_clearly_smaller(
    later: Interval, earlier: Interval, unit: ObjectArray, settings: TrendSettings
) -> BoolArray:
    """Mark series as much below."""
    most_after = np.where(np.isnan(later.high), np.inf, later.high)
    return _is_large_enough(
        earlier.low - most_after, earlier.low * (1 - settings.size) - most_after, unit, settings
    )


def _is_large_enough(
    difference: FloatArray, beyond: FloatArray, unit: ObjectArray, settings: TrendSettings
) -> BoolArray:
    min_difference = np.select(
        [unit == "count", unit == "share"], [settings.size_persons, settings.size_share], 0.0
    )
    tolerance = 1e-9  # logarithms may put a difference just below the limit in its last digits
    with np.errstate(invalid="ignore"):
        is_large_enough: BoolArray = (difference >= min_difference - tolerance) & (
            (beyond >= -tolerance) | (unit == "share")
        )
    return is_large_enough & ~np.isnan(difference)


def value_year_before(panel: Panel) -> Interval:
    """Return the value one year before the last, NaN if that year is missing."""
    is_year_before = panel.year == panel.at_last(panel.year)[:, None] - 1
    is_present = is_year_before.any(axis=1)
    position = is_year_before.argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(v, position, axis=1)[:, 0] for v in (panel.low, panel.high))
    return Interval(np.where(is_present, low, np.nan), np.where(is_present & np.isfinite(high), high, np.nan))


def format_window(panel: Panel, window: BoolArray) -> pd.Series:
    """Format first and last year of a window as `2016-2018`; None without years."""
    year = np.where(window, panel.year, np.nan)
    first = np.where(window, panel.year, np.inf).min(axis=1)
    last = np.where(window, year, -np.inf).max(axis=1)
    return pd.Series(
        [f"{a:.0f}-{b:.0f}" if a <= b else None for a, b in zip(first, last, strict=True)], dtype=object
    )


def format_marked_years(panel: Panel, is_marked: BoolArray) -> pd.Series:
    """Format the years of the marked points as `2014, 2017`; None without years."""
    years = [panel.year[row][is_marked[row]] for row in range(len(panel.year))]
    return pd.Series(
        [", ".join(dict.fromkeys(f"{year:.0f}" for year in series_years)) or None for series_years in years],
        dtype=object,
    )


def format_baseline(panel: Panel, year_windows: Windows) -> pd.Series:
    """Format the years of baselines as `2016-2018` or `own:2010-2012`; None without years."""
    years = format_window(panel, year_windows.baseline)
    return ("own:" + years).where(year_windows.is_own, years).where(any_of(year_windows.baseline), None)
