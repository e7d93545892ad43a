"""Values of a series, in force and delivered, and doubts about them. Judges nothing.

Pure: tables in, values out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from assets.intake.comparison import COMPARED_COLUMNS, YEAR
from schemas import codelists
from schemas.codelists import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from schemas.findings import Finding
from schemas.periods import MONTHS_IN
from schemas.tables import OBSERVATION_KEY
from warehouse.home.admission_state import Question

SERIES_COLUMNS = (*COMPARED_COLUMNS, "breakdown")
"""Columns of staged observations that are judged."""
YEARS_BACK = 6
"""Years before a delivery whose values are read with it."""
SPECIAL = (NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN)
Numbers = npt.NDArray[Any]
GROUP = ["reporting_country", "measure", "frequency"]
TABLE = [*GROUP, "breakdown"]
CELL = [name for name in OBSERVATION_KEY if name != "period_start"]


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
    countries_before: frozenset[str] = frozenset()
    """Countries with values in force."""
    names_countries: bool = False
    """The card names the countries that may be reported."""
    is_open: bool = True
    """The collection's values may be shown."""
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
        values = self.values[self.values["measure"].isin(summable_measures())]
        has_total = (values["breakdown"] == "total").groupby([values[name] for name in GROUP])
        is_level = (values["breakdown"] == "total") | ~has_total.transform("any")
        grouped = values[is_level].groupby(TABLE, sort=True, observed=True)
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


def read_series(before: pa.Table | None, after: pa.Table, *, by_period: bool, year_starts: int) -> Series:
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
    replaced, countries = _add_months(old[is_replaced]), frozenset(old["reporting_country"])
    return Series(values, replaced, bool(len(old)), year_starts, countries_before=countries)


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


def questions_of(rows: pd.DataFrame) -> tuple[Question, ...]:
    distinct = rows[[*GROUP, "month"]].drop_duplicates()
    return tuple(
        Question(country, measure, frequency, _day(month))
        for country, measure, frequency, month in distinct.itertuples(index=False)
    )


def doubt_of(
    rule: str, level: Level, rows: Any, value: str, expected: str, *, holds: bool, at: int | None = None
) -> Doubt:
    country, measure, frequency = level.group
    first = name_of_month(level.months[rows[0] if at is None else at], frequency)
    finding = Finding(rule, column_name=f"{country} · {measure} · {first}", value=value, expected=expected)
    questions = [Question(country, measure, frequency, _day(level.months[n])) for n in rows]
    return Doubt(finding, tuple(questions), bool(holds))


def name_of_month(month: int, frequency: str) -> str:
    year, part = divmod(int(month), YEAR)
    if frequency == "Q":
        return f"{year}-Q{part // 3 + 1}"
    return str(year) if frequency == "A" else f"{year}-{part + 1:02d}"


def _day(month: int) -> str:
    return f"{int(month) // YEAR}-{int(month) % YEAR + 1:02d}-01"


def summable_measures() -> list[str]:
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["summable"] == "true"]
