"""What a series is compared on: baseline years, last value, the value a year before; and their periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.statistics import intervals
from warehouse.statistics.intervals import BoolArray, Interval
from warehouse.statistics.panels import Kinds, Panel, bounded
from warehouse.statistics.settings import TrendSettings


def baseline(panel: Panel, kinds: Kinds, settings: TrendSettings) -> tuple[Interval, BoolArray, BoolArray]:
    """Statistics §7.1: the median over the common window, else over the series' own first years.

    Own: the first three usable years, so that it never needs a look at what came later. Returned
    with the points it rests on, and where it is the series' own.
    """
    common = (panel.year >= kinds.baseline_from[:, None]) & (panel.year <= kinds.baseline_to[:, None])
    own = common.sum(axis=1) < settings.baseline_min_years
    first = np.arange(panel.year.shape[1]) < settings.own_baseline_years
    enough = panel.n >= settings.own_baseline_years
    used = np.where(own[:, None], first & enough[:, None], common) & ~np.isnan(panel.low)
    blank = np.where(used, panel.low, np.nan)
    return intervals.median(bounded(blank, panel.high)), used, own


def last(panel: Panel) -> Interval:
    """The last usable value of each series."""
    return bounded(panel.at_last(panel.low), panel.at_last(panel.high))


def period_before(panel: Panel) -> Interval:
    """The value one year before the last, absent where that year is missing."""
    wanted = panel.year == panel.at_last(panel.year)[:, None] - 1
    there = wanted.any(axis=1)
    where = wanted.argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(v, where, axis=1)[:, 0] for v in (panel.low, panel.high))
    return bounded(np.where(there, low, np.nan), high)


def baseline_texts(panel: Panel, kinds: Kinds, own: BoolArray, settings: TrendSettings) -> list[str]:
    """`2016-2018`, or `own:2010-2012`."""
    first = np.where(own, panel.year[:, 0], kinds.baseline_from)
    until = panel.year[:, min(settings.own_baseline_years, panel.year.shape[1]) - 1]
    until = np.where(own, until, kinds.baseline_to)
    return [f"{'own:' if mine else ''}{a:.0f}-{b:.0f}" for a, b, mine in zip(first, until, own, strict=True)]


def period_texts(panel: Panel, kinds: Kinds) -> list[str]:
    """`2021`, `2021-Q3` or `2021-09`."""
    year, part = panel.at_last(panel.year), panel.at_last(panel.part)
    form = {
        "A": "{year:.0f}".format,
        "Q": lambda year, part: f"{year:.0f}-Q{(part + 2) // 3:.0f}",
        "M": "{year:.0f}-{part:02.0f}".format,
    }
    return [
        form[frequency](year=y, part=p) for frequency, y, p in zip(kinds.frequency, year, part, strict=True)
    ]


def where(there: BoolArray, texts: list[str]) -> pd.Series:
    """The texts, None where there is nothing to say."""
    return pd.Series(texts, dtype=object).where(there, None)
