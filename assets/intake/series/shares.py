"""Rule on percentages that were delivered as counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from assets.intake.series.levels import FEWEST_BEFORE
from assets.intake.series.values import GROUP, TABLE, Doubt, Level, Series, doubt_of, summable_measures

HUNDRED_PERCENT = 100


def share_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for tables whose parts add up to a hundred: percentages may have been sent as counts."""
    values = series.values[series.values["measure"].isin(summable_measures()) & ~series.values["running"]]
    totals = values[values["breakdown"] == "total"].groupby([*GROUP, "month"])["low"].sum()
    key: Any
    for key, rows in values[values["breakdown"] != "total"].groupby(TABLE, sort=True, observed=True):
        by_month = rows.groupby("month")
        sums = by_month["low"].sum()
        sums = sums[sums > 0]
        month_totals = np.array([totals.get((*key[:3], month), HUNDRED_PERCENT) for month in sums.index])
        has_total = any((*key[:3], month) in totals for month in sums.index)
        is_apart = bool((np.abs(month_totals - HUNDRED_PERCENT) > 1).any())
        hundreds = _hundreds(sums, by_month.size()[sums.index], FEWEST_SHARES if has_total else 2)
        if not rows["fresh"].any() or not hundreds or (is_apart and not series.is_own):
            continue
        months = sums.index.to_numpy()[-hundreds:]
        if hundreds == 1 and is_apart:
            continue
        level = Level([*map(str, key[:3])], months, *(np.zeros(0),) * 4)
        holds = hundreds == len(sums) > 1
        yield doubt_of("parts_of_hundred", level, range(hundreds), key[3], str(hundreds), holds=holds)


def _hundreds(sums: pd.Series, parts: pd.Series, fewest: int) -> int:
    """Return the number of last periods whose parts add up to a hundred: all of them, or only the newest.

    One period alone must do so exactly, in `fewest` parts or more. The newest must be unlike those before.
    """
    is_near = ((sums - HUNDRED_PERCENT).abs() <= 1) & (parts > 1)
    if len(sums) and is_near.all():
        is_exact = sums.iloc[-1] == HUNDRED_PERCENT and parts.max() >= fewest
        return len(sums) if len(sums) > 1 or is_exact else 0
    is_newest = len(sums) > FEWEST_BEFORE["A"] and is_near.iloc[-1]
    past = sums.iloc[:-1].to_numpy()
    is_unlike = is_newest and max(past.min() / HUNDRED_PERCENT, HUNDRED_PERCENT / past.max()) >= UNLIKE_TIMES
    return 1 if is_unlike and sums.iloc[-1] == HUNDRED_PERCENT else 0


FEWEST_SHARES = 3
"""Parts of one period beside its total, a hundred, from which they may be percentages."""
UNLIKE_TIMES = 1.4
"""Ratio of all sums before to a hundred from which the newest, a hundred, is unlike them."""
