"""Rules on gaps of a series: zeros for months to come, and a forgotten year."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assets.intake.comparison import YEAR
from assets.intake.series.levels import CLEAR_PERSONS, FEWEST_BEFORE, PERIODS_BACK
from assets.intake.series.values import Doubt, Level, Numbers, Series, doubt_of, name_of_month

USUAL = 8
"""Median from which a zero is hardly chance."""


def zero_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for zeros in a series that was never zero: at its end they may not be counted yet.

    A few periods before are enough if the zeros stand for many persons. A single zero among large values
    counts, too.
    """
    for level in series.sums:
        zeros = np.flatnonzero(level.exact & (level.values == 0))
        for rows in np.split(zeros, np.flatnonzero(np.diff(zeros) > 1) + 1):
            if len(rows) and level.fresh[rows].any() and (missed_persons := _missed_persons(level, rows)):
                is_long = rows[0] >= FEWEST_BEFORE[level.group[2]] and len(rows) > 1
                facts = str(len(rows)), f"{missed_persons / len(rows):.12g}"
                holds = is_long and missed_persons >= CLEAR_PERSONS
                yield doubt_of("zeros_at_the_end", level, rows, *facts, holds=holds)


def _missed_persons(level: Level, rows: Numbers) -> float:
    """Return the persons that a run of zeros stands for, by the median before; 0 if it may be true."""
    past = level.values[max(0, rows[0] - PERIODS_BACK[level.group[2]]) : rows[0]]
    if len(past) < 2 or past.min() <= 0 or np.median(past) < USUAL:
        return 0
    missed_persons = len(rows) * float(np.median(past))
    is_at_end = rows[-1] == len(level.values) - 1
    has_level = is_at_end and len(past) >= FEWEST_BEFORE[level.group[2]]
    is_large = missed_persons >= CLEAR_PERSONS and (is_at_end or len(rows) == 1)
    return missed_persons if has_level or is_large else 0


def missing_year_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a single year without a value in an otherwise complete series of one country.

    Of months and quarters a delivery that begins a year late has often the wrong year in its title; gaps
    within a file have a finding of their own. A file of many countries lists what each reported, and has such
    gaps.
    """
    for level in series.sums if series.is_own else ():
        frequency = level.group[2]
        gaps = np.flatnonzero(np.diff(level.months) > level.step)
        if len(gaps) != 1 or len(level.months) < FEWEST_BEFORE[frequency] or not level.fresh.any():
            continue
        after = int(gaps[0]) + 1
        is_single_year = level.months[after] - level.months[after - 1] == YEAR + level.step
        begins_late = bool(series.has_past and level.fresh[after:].all() and not level.fresh[:after].any())
        if is_single_year and (frequency == "A" or begins_late):
            yield doubt_of("year_missing", level, [after], _missing_year(level, after), "", holds=False)


def _missing_year(level: Level, after: int) -> str:
    """Return the name of the year before a period, or its first and last month or quarter."""
    next_month, frequency = int(level.months[after]), level.group[2]
    first_missing = name_of_month(next_month - YEAR, frequency)
    last_missing = name_of_month(next_month - level.step, frequency)
    return first_missing if frequency == "A" else f"{first_missing} – {last_missing}"
