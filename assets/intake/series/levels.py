"""Rules on the level of a series: values unlike its past, and sums to date."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial, prod

import numpy as np

from assets.intake.comparison import YEAR
from assets.intake.reading.rounds import FEWEST_ORDERS
from assets.intake.series.values import Doubt, Level, Numbers, Series, doubt_of

# ---- level -------------------------------------------------------------------------------------------

FEWEST_BEFORE = {"A": 3, "Q": 4, "M": 6}
"""Periods from which a series has a level of its own."""
FEWEST_IN_FIRST = 6
FEWEST_OF_HALF_YEAR, HALF = 3, (0.4, 0.6)
"""Years in a first file from which a last one, about half of them, may be half a year."""
PERIODS_BACK = {"A": 10, "Q": 12, "M": 24}
CLEAR_TIMES, ABOVE_ALL, CLEAR_PERSONS = 8, 4, 50
"""A value is clearly out of level if it is eight times the median and four times the largest value before, or
the reverse, and concerns fifty persons."""
DOUBTFUL_TIMES = 5 / 3
SPREAD = 4
"""A change is doubtful if it is five thirds, four times the usual change, and unprecedented."""


def level_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each fresh sum that is out of the level of its own past."""
    for level in series.sums:
        for n in np.flatnonzero(level.fresh & level.exact & ~level.running).tolist():
            past = level.values[max(0, n - PERIODS_BACK[level.group[2]]) : n]
            if len(past) and (is_clear := _is_unlike_past(series, level, n, past)) is not None:
                facts = f"{level.values[n]:.12g}", f"{np.median(past):.12g}"
                has_level = series.has_past and len(past) >= FEWEST_BEFORE[level.group[2]]
                yield doubt_of("level_unlike_past", level, [n], *facts, holds=is_clear and has_level)


def _is_unlike_past(series: Series, level: Level, n: int, past: Numbers) -> bool | None:
    """Check a value against its past: True if it is clearly out of level, False if doubtful, else None."""
    value, is_last = level.values[n], n == len(level.values) - 1
    if is_out_of_level(value, past) and (
        series.has_past or (len(past) >= FEWEST_IN_FIRST and _stands_alone(level, n))
    ):
        return True
    is_doubtful = is_last and is_doubtful_change(value, past)
    if series.has_past:
        return False if is_doubtful and len(past) >= FEWEST_BEFORE[level.group[2]] else None
    may_be_half = series.is_own and level.group[2] == "A" and len(past) >= FEWEST_OF_HALF_YEAR
    is_half = may_be_half and HALF[0] <= value / max(np.median(past), 1) <= HALF[1]
    return False if is_doubtful and is_half else None


def is_out_of_level(value: float, past: Numbers) -> bool:
    """Check if a value is clearly out of the level of the values before."""
    typical = float(np.median(past))
    above = value >= CLEAR_TIMES * typical and value >= ABOVE_ALL * past.max()
    below = value > 0 and value * CLEAR_TIMES <= typical and value * ABOVE_ALL <= past.min()
    return bool((above or below) and abs(value - typical) >= CLEAR_PERSONS)


def _stands_alone(level: Level, n: int) -> bool:
    """Check, where nothing is in force, that the value is the last, or a single one above those around it."""
    later = level.values[n + 1 :]
    if not len(later):
        return True
    return bool(level.values[n] > level.values[n - 1]) and is_out_of_level(level.values[n], later)


def is_doubtful_change(value: float, past: Numbers) -> bool:
    """Check if the change from the last value is larger than the series' own changes, and hardly chance."""
    if len(past) < 2 or past.min() <= 0 or value <= 0 or past.min() <= value <= past.max():
        return False
    changes = np.diff(np.log(past))
    usual = 1.4826 * float(np.median(np.abs(changes)))
    change = abs(np.log(value / past[-1]))
    is_significant = abs(value - past[-1]) >= 3 * np.sqrt(value + past[-1])
    return bool(is_significant and change >= max(np.log(DOUBTFUL_TIMES), SPREAD * usual))


# ---- sums to date ------------------------------------------------------------------------------------


FEWEST_PARTS, CLEAR_PARTS = 4, 8


def running_total_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each year whose months or quarters never fall and end far above their mean."""
    for level in series.sums:
        if level.group[2] == "A":
            continue
        years = (level.months - (series.year_starts - 1)) // YEAR
        spans = [np.flatnonzero(years == year) for year in np.unique(years)]
        rises = _rises(level)
        in_rises = set(np.concatenate(rises).tolist()) if rises else set()
        runs = rises + [
            rows for rows in spans if _is_running(level, rows) and not in_rises & {*rows.tolist()}
        ]
        is_last_seen = bool(runs) and spans[-1][-1] in {row for rows in runs for row in rows.tolist()}
        if series.has_past and not is_last_seen and _adds_usual(level, spans[-1]):
            last, total = f"{level.values[-1]:.12g}", f"{level.values[spans[-1]].sum():.12g}"
            yield doubt_of("sums_to_date", level, spans[-1], last, total, holds=False)
        for rows in runs:
            if level.fresh[rows].any():
                others = [run for run in runs if run is not rows]
                never_falls = bool((np.diff(level.values[rows]) >= 0).all())
                is_clear = (never_falls and _orders(level, [rows]) >= factorial(CLEAR_PARTS)) or (
                    bool(others) and _orders(level, [rows, *others]) >= FEWEST_ORDERS
                )
                last = f"{level.values[rows[-1]]:.12g}"
                total = f"{level.values[rows].sum():.12g}"
                yield doubt_of("sums_to_date", level, rows, last, total, holds=is_clear)


def _is_running(level: Level, rows: Numbers) -> bool:
    values = level.values[rows]
    starts_the_year = not len(rows) or rows[0] == 0 or level.values[rows[0]] < level.values[rows[0] - 1]
    return bool(
        len(np.unique(values)) >= FEWEST_PARTS
        and len(rows) * level.step >= YEAR // 2
        and starts_the_year
        and (np.diff(values) >= 0).all()
        and values[-1] >= max(1.5 * values[:-1].mean(), 2 * values[0])
    )


def _adds_usual(level: Level, rows: Numbers) -> bool:
    """Check if the last value of a year, above all of earlier years, is the one before and a usual value."""
    past = level.values[max(0, rows[0] - PERIODS_BACK[level.group[2]]) : rows[0]]
    if len(rows) < 2 or len(past) < FEWEST_BEFORE[level.group[2]] or not level.fresh[rows[-1]]:
        return False
    before, last = level.values[rows[-2:]]
    if level.months[rows[-1]] - level.months[rows[-2]] != level.step:
        return False
    is_steady = 0 < past.max() <= STEADY_TIMES * past.min()
    return bool(is_steady and last > past.max() and past.min() <= last - before <= past.max())


STEADY_TIMES = 2
"""Largest value to the smallest of a series whose usual value is known."""


def _rises(level: Level) -> list[Numbers]:
    """Return the stretches of up to a year, begun in any month, that rise as sums to date do.

    One value may be less than the one before: a correction. The rises are of one size: growth grows.
    """
    falls = np.flatnonzero(np.diff(level.values) < -level.values[:-1] / 2) + 1
    stretches = np.split(np.arange(len(level.values)), falls)
    return [
        rows
        for rows in stretches
        if CLEAR_PARTS <= len(rows) <= YEAR // level.step and _is_steady_rise(level.values[rows])
    ]


def _is_steady_rise(values: Numbers) -> bool:
    rises = np.diff(values)
    is_steady = (rises < 0).sum() <= 1 and rises.max() <= 3 * np.median(rises)
    is_varied = len(np.unique(values)) >= CLEAR_PARTS
    return bool(is_varied and is_steady and values[-1] >= max(2.5 * values[0], 1.5 * values[:-1].mean()))


def _orders(level: Level, runs: list[Numbers]) -> int:
    """Return in how many orders the values of these years may stand."""
    return prod(factorial(len(np.unique(level.values[rows]))) for rows in runs)
