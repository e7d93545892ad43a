"""Periods of lines: read from the text of a column, or from a year and a month. Judges nothing.

A line whose month is blank or unreadable gets the period of its year, since it belongs there. The contract
reports the missing month.
"""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from schemas import codelists, date_forms, periods
from schemas.cards.card_codes import SPECIAL
from schemas.cards.format_card import Card, Column, Format
from schemas.codelists import TOTAL
from schemas.contracts import SOURCE, UNRESOLVED_CODE

PERIOD_ROLES = ("period", "year", "month")
"""Roles of the columns that define a line's period."""
MONTH = "month"
"""Column of the tidy frame: the month's code, `_T` for the whole year, "" where it is blank."""


def add_periods(base: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    """Add the first and last day of each line's period, and its frequency."""
    text, column = _period_texts(base, fmt)
    if (codes := _month_codes(base, fmt)) is not None:
        base = base.assign(**{MONTH: codes})
        text = _months_of_years(text, codes, card.collection.year_starts)
    periods_of = {t: read_period(t, column, card) for t in text.unique()}
    start = text.map({t: p.start if p else None for t, p in periods_of.items()})
    frequency = text.map({t: p.frequency if p else None for t, p in periods_of.items()})
    end = text.map({t: p.end if p else None for t, p in periods_of.items()})
    return base.assign(period_start=start, period_end=end, frequency=frequency)


def _period_texts(base: pd.DataFrame, fmt: Format) -> tuple[pd.Series, Column]:
    """Return the text of each line's period or year, from a column or from the name of its value column."""
    for role in ("period", "year"):
        if (texts := _role_texts(base, fmt, role)) is not None:
            return texts
    return pd.Series("", index=base.index), Column(role="period")


def _month_codes(base: pd.DataFrame, fmt: Format) -> pd.Series | None:
    """Return the code of each line's month, if the format has a month next to a year."""
    month = None if _role_texts(base, fmt, "period") else _role_texts(base, fmt, "month")
    if month is None:
        return None
    texts, column = month
    return texts.map({text: month_of(text, column) for text in texts.unique()})


def _role_texts(base: pd.DataFrame, fmt: Format, role: str) -> tuple[pd.Series, Column] | None:
    """Return each line's text for the role, and the column that defines how it is read; None if there is
    none."""
    for name, column in fmt.columns.items():
        if column.role == role and SOURCE + name in base:
            return base[SOURCE + name], column
    if role in fmt.set:
        return pd.Series(fmt.set[role], index=base.index), Column(role=role)
    set_texts = {name: column.set[role] for name, column in fmt.columns.items() if role in column.set}
    texts = base["value_column"].map(set_texts)
    return None if texts.isna().all() else (texts.fillna(""), Column(role=role))


def month_of(text: str, column: Column) -> str:
    """Return the month's code; `_T` where the card declares the whole year, "" where it is blank."""
    meaning = next(iter(column.map.get(text, ())), None)
    code = (meaning.code if meaning else None) or (column.blank if text == "" else text) or ""
    if SPECIAL.get(code, code) == TOTAL:
        return TOTAL
    return (codelists.find("month", code.removesuffix(".")) or UNRESOLVED_CODE) if code else ""


def may_mean_year(column: Column) -> bool:
    """Check if the card lets a month's cell mean the whole year."""
    codes = {column.blank, *(m.code for meanings in column.map.values() for m in meanings)}
    return column.role == "month" and any(SPECIAL.get(str(code), code) == TOTAL for code in codes)


def _months_of_years(years: pd.Series, months: pd.Series, year_starts: int) -> pd.Series:
    """Combine year and month: `2022-10` for October of a fiscal year 2023 that starts in October. Without a
    month, return the year."""

    def text(year: str, month: str) -> str:
        if not month.isdecimal() or not year.isdecimal():
            return year
        earlier = year_starts > 1 and int(month) >= year_starts
        return f"{int(year) - earlier}-{month}"

    pairs = pd.Series(list(zip(years, months, strict=True)), index=years.index)
    return pairs.map({pair: text(*pair) for pair in pairs.unique()})


def read_period(text: str, column: Column, card: Card) -> periods.Period | None:
    """Read the period of a text. The meaning of a date follows the column's period rules."""
    starts = card.collection.year_starts
    text = date_forms.iso_date(text, column.dates) or text
    if not column.periods:
        return periods.read(text, year_starts=starts) or _period_of_frequency(
            text, card.collection.frequency, column, starts
        )
    for rule in column.periods:
        period = _period_of_frequency(text, rule.frequency, column, starts)
        if period and (rule.until is None or period.start <= rule.until):
            return period
    return None


def _period_of_frequency(text: str, frequency: str, column: Column, starts: int) -> periods.Period | None:
    """Return the period of that frequency which the text names, or whose first, last or any day it is."""
    if column.day == "first":
        return periods.read(text, frequency=frequency, year_starts=starts)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return periods.read(text, frequency=frequency, year_starts=starts)
    period = periods.period_of_day(day, frequency, starts)
    return period if column.day == "any" or day == period.end else None


_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_SERIAL = re.compile(r"[2-6]\d{4}", re.ASCII)
"""A spreadsheet's number of days from 1954 to 2091."""


def possible_days(text: str) -> list[str]:
    """Return the days that a text without a readable period may mean: two, if day and month are
    interchangeable."""
    if _SERIAL.fullmatch(text):
        return [str(date_forms.iso_date(text, ["serial"]))]
    match = _DAY.fullmatch(text)
    first, second, year = map(int, match.groups()) if match else (0, 0, 0)
    return sorted(
        {f"{year}-{m:02}-{d:02}" for d, m in ((first, second), (second, first)) if _is_day(year, m, d)}
    )


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
