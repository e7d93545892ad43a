"""Judgement of a series: the values in force together with the values that a submission brings.

A delivery by period holds one quarter, so what it means shows only beside the quarters in force. Clear errors
hold the submission. A doubt lets it in, and the periods that it names are under question until somebody
answers. Pure functions: tables in, findings out. admission.py chooses the tables.

comparison.py compares the values of equal keys; nothing here repeats that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from math import factorial, prod
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from assets.intake.comparison import COMPARED_COLUMNS, TENTH, YEAR
from assets.intake.reading.rounds import FEWEST_ORDERS
from schemas import codelists
from schemas.cards.format_card import Collection
from schemas.codelists import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from schemas.countries.confused_codes import usual_codes
from schemas.findings import Finding, rules
from schemas.periods import MONTHS_IN
from schemas.tables import OBSERVATION_KEY
from warehouse.home.admission_state import Question

SERIES_COLUMNS = (*COMPARED_COLUMNS, "breakdown")
"""Columns of staged observations that are judged."""
ONE_COUNTRY = "national_authority"
YEARS_BACK = 6
"""Years before a delivery whose values are read with it."""

SPECIAL = (NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN)
Numbers = npt.NDArray[Any]
_GROUP = ["reporting_country", "measure", "frequency"]
_TABLE = [*_GROUP, "breakdown"]
_CELL = [name for name in OBSERVATION_KEY if name != "period_start"]


@dataclass(frozen=True)
class Doubt:
    """A finding on a series, and the periods that it concerns. `holds`: clear enough to hold the file."""

    finding: Finding
    questions: tuple[Question, ...]
    holds: bool


@dataclass(frozen=True)
class Series:
    """Values in force and delivered, one a row.

    Columns: the key, breakdown, low, exact, running, month, delivered, fresh (delivered, and not in force
    before).
    """

    values: pd.DataFrame
    replaced: pd.DataFrame
    """Values in force that the delivery replaces."""
    has_past: bool
    year_starts: int
    of_one_country: bool = False
    """The provider is an authority of one country."""
    waiting: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(OBSERVATION_KEY)))
    """Keys of quarantined rows: they are not missing."""

    @cached_property
    def is_own(self) -> bool:
        """True if all values are of one country."""
        return bool(self.values["reporting_country"].nunique() == 1)

    @cached_property
    def sums(self) -> list[Level]:
        """Return, for each country, measure and frequency, the sums by period: of its totals, else of each of
        its tables."""
        values = self.values[self.values["measure"].isin(_summable())]
        has_total = (values["breakdown"] == "total").groupby([values[name] for name in _GROUP])
        is_level = (values["breakdown"] == "total") | ~has_total.transform("any")
        grouped = values[is_level].groupby(_TABLE, sort=True, observed=True)
        return [Level([*map(str, key[:3])], *_sum_by_period(rows)) for key, rows in grouped]


@dataclass(frozen=True)
class Level:
    """A series of sums: first month, sum, whether it is a plain number, still running, or fresh."""

    group: Sequence[str]
    """Country, measure and frequency."""
    months: Numbers
    values: Numbers
    exact: Numbers
    running: Numbers
    fresh: Numbers

    @property
    def step(self) -> int:
        """Months of a period."""
        return MONTHS_IN[self.group[2]]


def judge_series(
    before: pa.Table | None, after: pa.Table, waiting: pa.Table, collection: Collection
) -> list[Doubt]:
    """Return the doubts about `after`, read with the values in force, `before`, and its quarantined keys."""
    by_period = collection.delivery == "by_period"
    series = _series(before, after, by_period=by_period, year_starts=collection.year_starts)
    of_one_country = collection.provider_kind == ONE_COUNTRY
    waiting_keys = waiting.select(OBSERVATION_KEY).to_pandas()
    series = replace(series, waiting=waiting_keys, of_one_country=of_one_country)
    return [_name_rule(doubt) for rule in _RULES for doubt in rule(series)]


def _name_rule(doubt: Doubt) -> Doubt:
    """Name the rule of a doubt: where a rule may hold a file, its doubtful cases have a name of their own."""
    rule = doubt.finding.rule
    if doubt.holds or rules()[rule].fate != "hold":
        return doubt
    return replace(doubt, finding=replace(doubt.finding, rule=f"{rule}_asked"))


def _series(before: pa.Table | None, after: pa.Table, *, by_period: bool, year_starts: int) -> Series:
    new = after.select(SERIES_COLUMNS).to_pandas().assign(delivered=True)
    old = before.select(SERIES_COLUMNS).to_pandas().assign(delivered=False) if before is not None else new[:0]
    key = [*OBSERVATION_KEY, "value_low", "value_high"]
    old_keys = pd.MultiIndex.from_frame(old[key].fillna({"value_high": np.inf}))
    is_known = pd.MultiIndex.from_frame(new[key].fillna({"value_high": np.inf})).isin(old_keys)
    new = new.assign(fresh=~is_known)
    old = old.assign(fresh=False)
    scope = ["reporting_country", "period_start", "frequency"]
    is_replaced = pd.MultiIndex.from_frame(old[scope]).isin(pd.MultiIndex.from_frame(new[scope]))
    kept_rows = old[~is_replaced] if by_period else old[:0]
    values = _add_months(pd.concat([kept_rows, new], ignore_index=True) if len(kept_rows) else new)
    return Series(values, _add_months(old[is_replaced]), bool(len(old)), year_starts)


def _add_months(values: pd.DataFrame) -> pd.DataFrame:
    """Add the first month as a number, and what the bounds and the status say."""
    start = pd.to_datetime(values["period_start"])
    return values.assign(
        month=start.dt.year * YEAR + start.dt.month - 1,
        low=values["value_low"].astype(float),
        exact=values["value_low"] == values["value_high"],
        running=values["obs_status"] == "P",
    )


def _sum_by_period(rows: pd.DataFrame) -> tuple[Numbers, ...]:
    by_month = rows.groupby("month", sort=True)
    sums = by_month.agg(
        low=("low", "sum"), exact=("exact", "all"), running=("running", "any"), fresh=("fresh", "any")
    )
    columns = (sums[name].to_numpy() for name in ("low", "exact", "running", "fresh"))
    return (sums.index.to_numpy(), *columns)


# ---- level ------------------------------------------------------------------------------------------

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
                yield _doubt("level_unlike_past", level, [n], *facts, holds=is_clear and has_level)


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


# ---- sums to date -----------------------------------------------------------------------------------

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
            yield _doubt("sums_to_date", level, spans[-1], last, total, holds=False)
        for rows in runs:
            if level.fresh[rows].any():
                others = [run for run in runs if run is not rows]
                never_falls = bool((np.diff(level.values[rows]) >= 0).all())
                is_clear = (never_falls and _orders(level, [rows]) >= factorial(CLEAR_PARTS)) or (
                    bool(others) and _orders(level, [rows, *others]) >= FEWEST_ORDERS
                )
                last = f"{level.values[rows[-1]]:.12g}"
                total = f"{level.values[rows].sum():.12g}"
                yield _doubt("sums_to_date", level, rows, last, total, holds=is_clear)


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


# ---- copies -----------------------------------------------------------------------------------------

FEWEST_EQUAL, LARGE_ENOUGH, DIFFERENT = 5, 10, 3
"""Equal values from which a period is a copy: five, one of them ten, three of them different."""
FEWEST_NEXT = 3
"""Equal values from which a period that follows another directly is asked about."""
NEARLY_ALL, MOST_CELLS_EQUAL = 0.8, 0.7
UNLIKELY = 6
"""Power of ten of the product of equal values, from which a copy may differ in a few cells."""
FEWEST_LARGE, VERY_UNLIKELY = 4, 7
"""Four equal values are a whole copy, too, from this power of ten of their product on."""
MOST_CELLS = 4_000_000


def copy_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each period, or run of periods, whose values repeat those of others."""
    values = series.values[series.values["exact"]]
    group: Any
    for group, rows in values.groupby(_GROUP, sort=True, observed=True):
        months = np.unique(rows["month"])
        cells = pd.util.hash_pandas_object(rows[_CELL], index=False)
        numbers, distinct = pd.factorize(cells)
        if len(months) < 2 or len(months) * len(distinct) > MOST_CELLS:
            continue
        table = np.full((len(months), len(distinct)), np.nan)
        table[np.searchsorted(months, rows["month"]), numbers] = rows["low"]
        fresh = np.isin(months, rows.loc[rows["fresh"], "month"])
        for copy in _copies(table, fresh):
            level = Level(group, months, *(np.zeros(0),) * 4)
            both_spans = [n + k for n in (copy.first, copy.second) for k in range(copy.length)]
            label = _label(months[copy.first], "M")  # a year alone would be shown as a number
            is_held = series.is_own and copy.is_clear  # else many countries would wait for one
            yield _doubt("period_copied", level, both_spans, "", label, at=copy.second, holds=is_held)


@dataclass(frozen=True)
class Copy:
    """Periods equal to others: the first of each, and how many."""

    first: int
    second: int
    length: int
    is_clear: bool


def _copies(table: Numbers, fresh: Numbers) -> Iterator[Copy]:
    """Yield periods that repeat others. A row of the table is a period."""
    covered_rows: set[int] = set()
    for lag in range(1, len(table)):
        a, b = table[:-lag], table[lag:]
        is_either = (a > 0) | (b > 0)
        equal = is_either & (a == b)
        n_equal, n_known = equal.sum(axis=1), (is_either & ~np.isnan(a) & ~np.isnan(b)).sum(axis=1)
        is_whole = (n_equal > 0) & (n_equal == n_known) & (n_known >= NEARLY_ALL * is_either.sum(axis=1))
        is_close = n_equal >= np.maximum(FEWEST_EQUAL, MOST_CELLS_EQUAL * is_either.sum(axis=1))
        for first, length in _runs(is_whole, is_close, lag):
            rows = slice(first, first + length)
            second = first + lag
            if second in covered_rows or not (fresh[second : second + length] | fresh[rows]).any():
                continue
            values = a[rows][equal[rows]]
            is_clear = _is_copy(values, complete=bool(is_whole[rows].all()))
            if is_clear or (lag == 1 and _stays(is_whole, first) and _is_varied(values, FEWEST_NEXT)):
                covered_rows |= set(range(second, second + length))
                yield Copy(first, second, length, is_clear)


def _stays(is_whole: Numbers, n: int) -> bool:
    """Check that a period equals the next one, and this its next, or they their ones before."""
    return bool(is_whole[n] and (is_whole[n + 1 : n + 2].any() or is_whole[max(0, n - 1) : n].any()))


def _runs(is_whole: Numbers, is_close: Numbers, lag: int) -> Iterator[tuple[int, int]]:
    """Yield position and length of the runs of four equal periods, and else of each period alone.

    Two or three equal periods in a row with few values in each are chance: totals make their parts.
    """
    rows = np.flatnonzero(is_whole | is_close)
    for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1) if len(rows) else ():
        size = min(lag, len(run)) if min(lag, len(run)) >= FEWEST_LARGE else 1
        for at in range(0, len(run), size):
            yield int(run[at]), len(run[at : at + size])


def _is_copy(values: Numbers, *, complete: bool) -> bool:
    size = float(np.log10(np.maximum(values, 1)).sum())
    if not _is_varied(values, FEWEST_EQUAL):
        return complete and size >= VERY_UNLIKELY and _is_varied(values, FEWEST_LARGE)
    return complete or size >= UNLIKELY


def _is_varied(values: Numbers, fewest: int) -> bool:
    """Check that so many values are equal, that one is large and that they are not all alike."""
    return bool(
        len(values) >= fewest and values.max() >= LARGE_ENOUGH and len(np.unique(values)) >= DIFFERENT
    )


# ---- shares -----------------------------------------------------------------------------------------

HUNDRED_PERCENT = 100


def share_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for tables whose parts add up to a hundred: percentages may have been sent as counts."""
    values = series.values[series.values["measure"].isin(_summable()) & ~series.values["running"]]
    totals = values[values["breakdown"] == "total"].groupby([*_GROUP, "month"])["low"].sum()
    key: Any
    for key, rows in values[values["breakdown"] != "total"].groupby(_TABLE, sort=True, observed=True):
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
        yield _doubt("parts_of_hundred", level, range(hundreds), key[3], str(hundreds), holds=holds)


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


# ---- zeros ------------------------------------------------------------------------------------------

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
                yield _doubt("zeros_at_the_end", level, rows, *facts, holds=holds)


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


# ---- a forgotten year -------------------------------------------------------------------------------


FEWEST_YEARS = 3


def missing_year_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a single year without a value in an otherwise complete series of one country's years.

    A file of many countries lists what each reported, and has such gaps.
    """
    for level in series.sums if series.is_own else ():
        gaps = np.flatnonzero(np.diff(level.months) > level.step)
        is_single = len(gaps) == 1 and level.months[gaps[0] + 1] - level.months[gaps[0]] == 2 * YEAR
        if (
            level.group[2] != "A"
            or not is_single
            or not level.fresh.any()
            or len(level.months) < FEWEST_YEARS
        ):
            continue
        after = int(gaps[0]) + 1
        missing = _label(level.months[after] - YEAR, "A")
        yield _doubt("year_missing", level, [after], missing, "", holds=False)


# ---- categories -------------------------------------------------------------------------------------

CATEGORY_PERIODS = {"A": 3, "Q": 4, "M": 6}
"""Periods in which a category always had persons, so that it is expected in the next."""
LARGE_CATEGORY = 0.1
"""Share from which two periods of what is in force are enough."""
NEWEST = {"A": 1, "Q": 2, "M": 6}
"""Newest periods of a first file in which a category is missed."""
CATEGORY_PERSONS = 10
CATEGORY_SHARE, SHARE_IN_FIRST = 0.01, 0.05
_CATEGORIES = ("citizenship", "sex", "age_group", "exploitation")


@dataclass(frozen=True)
class Categories:
    """Persons of each category of a table by period, and what is in force of them."""

    level: Level
    table: Numbers
    """A row a period, a column a category."""
    names: list[str]
    fresh: Numbers
    known: set[tuple[int, str]]
    """Month and category of the values in force."""
    known_months: set[int]
    has_past: bool
    is_own: bool
    """All values are of one country."""
    fewest_periods: int
    """Periods from which a category is expected in the next."""
    not_missed: set[str]
    """Categories that stand for no group, or whose rows wait in quarantine."""


def category_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for each category that always had persons and is missing from the newest periods, and for
    two categories that stand in each other's place."""
    summable = _summable()
    values = series.values[(series.values["breakdown"] != "total") & series.values["measure"].isin(summable)]
    key: Any
    for key, rows in values.groupby(_TABLE, sort=True, observed=True):
        for name in _CATEGORIES:
            if name in key[3].split("+") and (categories := _categories(series, key, rows, name)):
                yield from _missing_categories(categories)
                yield from _categories_out_of_level(categories)
                yield from _exchanged_categories(categories)


def _categories(series: Series, key: tuple[str, ...], rows: pd.DataFrame, name: str) -> Categories | None:
    """Return the sums by a dimension, or None if the series is too short."""
    months = np.unique(rows["month"])
    numbers, names = pd.factorize(rows[name], sort=True)
    is_known = series.has_past and series.is_own and series.of_one_country
    fewest = 2 if is_known else CATEGORY_PERIODS[key[2]]
    if len(months) <= fewest or len(months) * len(names) > MOST_CELLS:
        return None
    table = np.zeros((len(months), len(names)))
    np.add.at(table, (np.searchsorted(months, rows["month"]), numbers), rows["low"].to_numpy())
    level = Level((key[0], key[1], key[2]), months, *(np.zeros(0),) * 4)
    fresh = np.isin(months, rows.loc[rows["fresh"] & ~rows["running"], "month"])
    replaced = series.replaced
    in_force = replaced[(replaced[_TABLE] == list(key)).all(axis=1)]
    known_categories = set(zip(in_force["month"].tolist(), in_force[name].astype(str), strict=True))
    months_in_force = {month for month, _ in known_categories}
    categories = level, table, [str(n) for n in names], fresh, known_categories, months_in_force
    facts = series.has_past, series.is_own, fewest
    not_missed = {*SPECIAL, *series.waiting[name].astype(str)}
    return Categories(*categories, *facts, not_missed)


def _missing_categories(categories: Categories) -> Iterator[Doubt]:
    """Yield the categories that are missing from periods, and were not known to be missing."""
    level, table = categories.level, categories.table
    for cell, name in enumerate(categories.names):
        absent = np.flatnonzero(table[:, cell] <= 0) if name not in categories.not_missed else ()
        for rows in np.split(absent, np.flatnonzero(np.diff(absent) > 1) + 1) if len(absent) else ():
            expected = _expected_persons(categories, cell, rows)
            is_newest = rows[-1] == len(table) - 1
            is_gone = _is_newly_gone if is_newest else _is_gap
            if not expected or not is_gone(categories, rows, name):
                continue
            is_clear = is_newest and categories.has_past and categories.is_own
            has_level = rows[0] >= CATEGORY_PERIODS[level.group[2]]
            facts = name, f"{expected / len(rows):.0f}"
            holds = is_clear and has_level and expected >= CLEAR_PERSONS
            yield _doubt("category_missing", level, rows, *facts, holds=holds)


def _expected_persons(categories: Categories, cell: int, rows: Numbers) -> float:
    """Return the persons that a category would have in these periods, by those around; 0 if it may well have
    none."""
    periods = CATEGORY_PERIODS[categories.level.group[2]]
    before, after = np.arange(rows[0]), np.arange(rows[-1] + 1, len(categories.table))
    around = np.concatenate([before[-periods:], after[: max(0, periods - len(before))]])
    near = categories.table[around]
    if len(before) < 2 or len(near) < categories.fewest_periods or near[:, cell].min() <= 0:
        return 0
    least_share = CATEGORY_SHARE if categories.has_past else SHARE_IN_FIRST
    least_share = least_share if len(near) >= periods else LARGE_CATEGORY
    share = near[:, cell].sum() / near.sum()
    expected = share / (1 - min(share, 0.99)) * categories.table[rows].sum(axis=1)
    is_usual = share >= least_share and min(near[:, cell].mean(), expected.mean()) >= CATEGORY_PERSONS
    return float(expected.sum()) if is_usual else 0


def _is_gap(categories: Categories, rows: Numbers, name: str) -> bool:
    """Check for a single year without the category, new in what is delivered, of one country.

    In a single month a nationality may well be absent.
    """
    month = int(categories.level.months[rows[0]])
    is_new = categories.fresh[rows[0] - 1 : rows[0] + 2].any() or (month, name) in categories.known
    is_year = categories.level.group[2] == "A" and len(rows) == 1
    return categories.is_own and is_year and bool(is_new)


def _categories_out_of_level(categories: Categories) -> Iterator[Doubt]:
    """Yield the categories of one country whose newest value, and share, is clearly out of their level."""
    level, table = categories.level, categories.table
    last, back = len(table) - 1, PERIODS_BACK[level.group[2]]
    if not (categories.has_past and categories.is_own and categories.fresh[last]):
        return
    rows = np.arange(max(0, last - back), last + 1)
    shares = table[rows] / np.maximum(table[rows].sum(axis=1), 1)[:, None]
    for cell, name in enumerate(categories.names):
        *past, value = table[rows, cell]
        if len(past) < FEWEST_BEFORE[level.group[2]] or min(past) <= 0 or name in SPECIAL:
            continue
        usual_share, share = np.median(shares[:-1, cell]), shares[-1, cell]
        is_apart = share >= CLEAR_TIMES * usual_share or share * CLEAR_TIMES <= usual_share >= SHARE_IN_FIRST
        if is_apart and is_out_of_level(value, np.array(past)):
            facts = f"{name}: {value:.12g}", f"{np.median(past):.12g}"
            yield _doubt("level_unlike_past", level, [last], *facts, holds=False)


def _is_newly_gone(categories: Categories, missing_rows: Numbers, name: str) -> bool:
    """Check that the category is missing now, and was not missing in what is in force."""
    months = categories.level.months[missing_rows].tolist()
    if not categories.has_past:
        return categories.is_own and len(missing_rows) <= NEWEST[categories.level.group[2]]
    is_new = bool(categories.fresh[missing_rows[0]]) and months[0] not in categories.known_months
    return is_new or any((month, name) in categories.known for month in months)


def _exchanged_categories(categories: Categories) -> Iterator[Doubt]:
    """Yield pairs of categories that have, in a year or in one period, each other's usual share."""
    months = categories.level.months
    seen: set[tuple[int, int]] = set()
    special = {n for n, name in enumerate(categories.names) if name in SPECIAL}
    for spans in (months // YEAR, months):
        numbers, index = np.unique(spans, return_inverse=True)
        table = np.zeros((len(numbers), len(categories.names)))
        np.add.at(table, index, categories.table)
        for number in np.unique(index[categories.fresh]) if len(numbers) > FEWEST_YEARS_AROUND else ():
            around = np.flatnonzero(np.arange(len(numbers)) != number)
            around = around[np.argsort(np.abs(around - number), kind="stable")][: FEWEST_YEARS_AROUND + 1]
            shares = table[around] / np.maximum(table[around].sum(axis=1), 1)[:, None]
            rows = np.flatnonzero(index == number)
            least_share = SHARE_IN_FIRST if spans is months else 0
            for a, b in _exchanged_shares(table[number], shares):
                is_large = shares[:, [a, b]].min() >= least_share and not {a, b} & special
                if (a, rows[0]) not in seen and is_large:
                    seen |= {(a, row) for row in rows.tolist()}
                    facts = categories.names[a], categories.names[b]
                    yield _doubt("categories_exchanged", categories.level, rows, *facts, holds=False)


FEWEST_YEARS_AROUND = 3
STABLE_RATIO = 1.5
FAR_SPREADS = 4
"""Standard deviations of a share by chance from which a category is far from its own."""
"""Largest share of a stable category to its smallest. Two categories closer than that may pass each other."""


def _exchanged_shares(persons: Numbers, shares: Numbers) -> Iterator[tuple[int, int]]:
    """Yield two categories with stable shares, far apart, each of which has the other's share now."""
    usual = np.median(shares, axis=0)
    expected = usual * persons.sum()
    spread = FAR_SPREADS * np.sqrt(np.maximum(expected * (1 - np.minimum(usual, 1)), 1))
    by_chance = (shares.max(axis=0) - shares.min(axis=0)) * persons.sum() <= spread
    is_stable = (shares.min(axis=0) > 0) & (
        by_chance | (shares.max(axis=0) <= STABLE_RATIO * shares.min(axis=0))
    )
    is_far = np.abs(persons - expected) >= spread
    candidates = np.flatnonzero(is_stable & is_far & (persons >= CATEGORY_PERSONS))
    for a, b in combinations(candidates.tolist(), 2):
        is_apart = max(expected[a], expected[b]) >= STABLE_RATIO * min(expected[a], expected[b])
        if is_apart and _is_near(persons[a], expected[b]) and _is_near(persons[b], expected[a]):
            yield a, b


def _is_near(a: float, b: float) -> bool:
    return bool(abs(np.log(a / b)) <= np.log(1.25))


# ---- revisions --------------------------------------------------------------------------------------

FEWEST_ROWS_GONE, SHARE_GONE = 3, 0.005
FEWEST_VALUES, FEW_PERIODS = 10, 0.2
"""Values of a period, and share of the periods, from which a revision of all its values is no usual one."""


def revision_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for values in force that exchanged their places, and for rows that are gone here and
    there."""
    pairs = series.replaced[~series.replaced["running"]].merge(
        series.values.loc[series.values["delivered"], [*OBSERVATION_KEY, "low"]],
        on=list(OBSERVATION_KEY),
        how="left",
        suffixes=("", "_new"),
    )
    waits = pd.MultiIndex.from_frame(pairs[list(OBSERVATION_KEY)]).isin(
        pd.MultiIndex.from_frame(series.waiting)
    )
    large = pairs[(pairs["low"] >= LARGE_ENOUGH) & ~waits]
    yield from _missing_rows(large, series)
    yield from _revised_periods(pairs[~waits & pairs["low_new"].notna()])
    changed_rows = large[large["low_new"].notna() & (large["low_new"] != large["low"])]
    for place, what in (("month", "categories"), ("cell", "periods")):
        yield from _exchanged_values(changed_rows, place, f"{what}_exchanged_in_force")


def _revised_periods(pairs: pd.DataFrame) -> Iterator[Doubt]:
    """Yield the periods of which nearly all values changed, if most periods stayed as they were.

    A publisher revises a few values of a period; a shifted column or another unit changes all of them.
    """
    key: Any
    for key, rows in pairs.groupby(_GROUP, sort=True):
        by_month = rows.assign(is_changed=rows["low_new"] != rows["low"]).groupby("month")
        sums = by_month.agg(n=("low", "size"), changed=("is_changed", "sum"), persons=("low", "sum"))
        is_large = (sums["n"] >= FEWEST_VALUES) & (sums["persons"] >= CLEAR_PERSONS)
        revised_periods = sums[is_large & (sums["changed"] >= NEARLY_ALL * sums["n"])]
        if len(revised_periods) > FEW_PERIODS * len(sums):
            continue
        month: Any
        for month, facts in revised_periods.iterrows():
            location = f"{key[0]} · {key[1]} · {_label(month, key[2])}"
            finding = Finding("period_revised", column_name=location, value=f"{facts['changed']:.0f}")
            period_rows = rows[rows["month"] == month]
            yield Doubt(
                replace(finding, expected=f"{facts['n']:.0f}"), _questions_of(period_rows), holds=False
            )


def _missing_rows(large: pd.DataFrame, series: Series) -> Iterator[Doubt]:
    present = pd.MultiIndex.from_frame(series.values[[*_TABLE, "month"]].drop_duplicates())
    is_period_there = pd.MultiIndex.from_frame(large[[*_TABLE, "month"]]).isin(present)
    for country, rows in large[is_period_there].groupby("reporting_country", sort=True):
        rows_gone = rows[rows["low_new"].isna()]
        # from a tenth on, comparison.py reports them
        if max(FEWEST_ROWS_GONE, SHARE_GONE * len(rows)) <= len(rows_gone) < len(rows) / TENTH:
            finding = Finding("rows_missing", column_name=str(country), value=str(len(rows_gone)))
            yield Doubt(replace(finding, expected=str(len(rows))), _questions_of(rows_gone), holds=True)


def _exchanged_values(changed_rows: pd.DataFrame, place: str, rule: str) -> Iterator[Doubt]:
    """Yield the tables in which two values of a place have each the other's value now."""
    if changed_rows.empty:
        return
    changed_rows = changed_rows.assign(cell=pd.util.hash_pandas_object(changed_rows[_CELL], index=False))
    pairs = changed_rows.merge(changed_rows, on=[*_TABLE, place], suffixes=("", "_2"))
    is_exchanged = (pairs["low"] == pairs["low_new_2"]) & (pairs["low_new"] == pairs["low_2"])
    exchanged_pairs = pairs[is_exchanged]
    key: Any
    for key, rows in exchanged_pairs.groupby(_TABLE, sort=True):
        if place == "month" or len(rows) >= 2 * FEWEST_ROWS_GONE:
            where = f"{key[0]} · {key[1]} · {_label(rows['month'].min(), key[2])}"
            finding = Finding(rule, column_name=where, value=str(len(rows) // 2))
            yield Doubt(finding, _questions_of(rows), holds=True)


# ---- countries --------------------------------------------------------------------------------------

FEW_ROWS = 0.2
FEWEST_COUNTRIES = 3


def country_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a country with few values in a file of another, and for countries that may be the
    nationalities."""
    values = series.values
    delivered_rows = values[values["delivered"]]
    counts = delivered_rows["reporting_country"].value_counts()
    countries_before = set(values.loc[~values["delivered"] | ~values["fresh"], "reporting_country"])
    for country, count in counts.items():
        if (
            count <= FEW_ROWS * counts.max()
            and country not in countries_before
            and _is_odd_one_out(counts, countries_before)
        ):
            rows = delivered_rows[delivered_rows["reporting_country"] == country]
            yield _country_doubt("country_unlike_file", rows, str(counts.index[0]))
    details = delivered_rows[delivered_rows["citizenship"].str.fullmatch("[A-Z]{3}")]
    countries, origins = set(details["reporting_country"]), set(details["citizenship"])
    if series.of_one_country and len(countries_before) == 1 and not countries_before & set(counts.index):
        yield _country_doubt("country_unlike_file", delivered_rows, *sorted(countries_before))
    if len(origins) == 1 and len(countries) >= FEWEST_COUNTRIES and origins <= countries:
        yield _country_doubt("countries_exchanged", details, *origins)


LARGE_PART = 0.05
"""Part of the persons of a named nationality from which a code may be another country's."""


def confused_code_doubts(series: Series) -> Iterator[Doubt]:
    """Yield a doubt for a nationality whose code is often written for another, which nobody has."""
    named_rows = series.values[series.values["breakdown"] == "citizenship"]
    named_rows = named_rows[named_rows["citizenship"].str.fullmatch("[A-Z]{3}")]
    group: Any
    for group, rows in named_rows.groupby(_GROUP, sort=True, observed=True):
        persons = rows.groupby("citizenship")["low"].sum()
        for code, usual in usual_codes().items():
            large = code in persons and persons[code] >= LARGE_PART * persons.sum()
            fresh = rows[(rows["citizenship"] == code) & rows["fresh"]]
            if large and usual not in persons and group[0] not in (code, usual) and len(fresh):
                finding = Finding("code_confused", column_name=code, value=f"{persons[code]:.12g}")
                finding = replace(finding, expected=usual)
                yield Doubt(finding, _questions_of(fresh), holds=False)


def _is_odd_one_out(counts: pd.Series, countries_before: set[str]) -> bool:
    """Check that the file, or the values in force, are of a single country but for this one."""
    return len(counts) == 2 or len(countries_before) == 1


def _country_doubt(rule: str, rows: pd.DataFrame, expected: str) -> Doubt:
    country = str(rows["reporting_country"].iloc[0])
    finding = Finding(rule, column_name=country, value=str(len(rows)), expected=expected)
    return Doubt(finding, _questions_of(rows), holds=False)


def _questions_of(rows: pd.DataFrame) -> tuple[Question, ...]:
    distinct = rows[[*_GROUP, "month"]].drop_duplicates()
    return tuple(
        Question(country, measure, frequency, _day(month))
        for country, measure, frequency, month in distinct.itertuples(index=False)
    )


_RULES: tuple[Callable[[Series], Iterator[Doubt]], ...] = (
    level_doubts,
    running_total_doubts,
    copy_doubts,
    confused_code_doubts,
    share_doubts,
    zero_doubts,
    missing_year_doubts,
    category_doubts,
    revision_doubts,
    country_doubts,
)


def _doubt(
    rule: str, level: Level, rows: Any, value: str, expected: str, *, holds: bool, at: int | None = None
) -> Doubt:
    country, measure, frequency = level.group
    first = _label(level.months[rows[0] if at is None else at], frequency)
    finding = Finding(rule, column_name=f"{country} · {measure} · {first}", value=value, expected=expected)
    questions = [Question(country, measure, frequency, _day(level.months[n])) for n in rows]
    return Doubt(finding, tuple(questions), bool(holds))


def _label(month: int, frequency: str) -> str:
    year, part = divmod(int(month), YEAR)
    if frequency == "Q":
        return f"{year}-Q{part // 3 + 1}"
    return str(year) if frequency == "A" else f"{year}-{part + 1:02d}"


def _day(month: int) -> str:
    return f"{int(month) // YEAR}-{int(month) % YEAR + 1:02d}-01"


def _summable() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["summable"] == "true"]
