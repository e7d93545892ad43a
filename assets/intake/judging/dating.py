"""Of which period each line is: the text of a column, or those of a year and a month. Judges nothing.

A line whose month is blank or is none has the period of its year, since that is where it belongs; the
contract says that its month is missing.
"""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from schemas import codelists, date_forms, periods
from schemas.cards.card_codes import SPECIAL
from schemas.cards.format_card import Card, Column, Format
from schemas.codelists import TOTAL
from schemas.contracts import SOURCE, UNRESOLVED

PERIOD_ROLES = ("period", "year", "month")
"""What tells a line's period."""
MONTH = "month"
"""Column of the tidy frame: the month's code, `_T` for the whole year, "" where it is blank."""


def with_periods(base: pd.DataFrame, card: Card, fmt: Format) -> pd.DataFrame:
    """The lines with the first and last day of their period, and its frequency."""
    text, column = _texts(base, fmt)
    if (codes := _months(base, fmt)) is not None:
        base = base.assign(**{MONTH: codes})
        text = _months_of_years(text, codes, card.collection.year_starts)
    periods_of = {t: read_period(t, column, card) for t in text.unique()}
    start = text.map({t: p.start if p else None for t, p in periods_of.items()})
    frequency = text.map({t: p.frequency if p else None for t, p in periods_of.items()})
    end = text.map({t: p.end if p else None for t, p in periods_of.items()})
    return base.assign(period_start=start, period_end=end, frequency=frequency)


def _texts(base: pd.DataFrame, fmt: Format) -> tuple[pd.Series, Column]:
    """The text of each line's period or year: a column's, or what the name of its value column says."""
    for role in ("period", "year"):
        if (texts := _of_role(base, fmt, role)) is not None:
            return texts
    return pd.Series("", index=base.index), Column(role="period")


def _months(base: pd.DataFrame, fmt: Format) -> pd.Series | None:
    """The code of each line's month, where a month is told beside a year."""
    month = None if _of_role(base, fmt, "period") else _of_role(base, fmt, "month")
    if month is None:
        return None
    texts, column = month
    return texts.map({text: month_of(text, column) for text in texts.unique()})


def _of_role(base: pd.DataFrame, fmt: Format, role: str) -> tuple[pd.Series, Column] | None:
    """What each line says of the role, and the column that says how it is read; None where nothing does."""
    for name, column in fmt.columns.items():
        if column.role == role and SOURCE + name in base:
            return base[SOURCE + name], column
    if role in fmt.set:
        return pd.Series(fmt.set[role], index=base.index), Column(role=role)
    said = {name: column.set[role] for name, column in fmt.columns.items() if role in column.set}
    texts = base["value_column"].map(said)
    return None if texts.isna().all() else (texts.fillna(""), Column(role=role))


def month_of(text: str, column: Column) -> str:
    """The month's code; `_T` where the card says that it is the whole year, "" where it is blank."""
    meaning = next(iter(column.map.get(text, ())), None)
    code = (meaning.code if meaning else None) or (column.blank if text == "" else text) or ""
    if SPECIAL.get(code, code) == TOTAL:
        return TOTAL
    return (codelists.find("month", code.removesuffix(".")) or UNRESOLVED) if code else ""


def whole_years(column: Column) -> bool:
    """Whether the card says that a month's cell may stand for the whole year."""
    codes = {column.blank, *(m.code for meanings in column.map.values() for m in meanings)}
    return column.role == "month" and any(SPECIAL.get(str(code), code) == TOTAL for code in codes)


def _months_of_years(years: pd.Series, months: pd.Series, year_starts: int) -> pd.Series:
    """`2022-10` for October of a fiscal year 2023 that starts in October; without a month the year."""

    def text(year: str, month: str) -> str:
        if not month.isdecimal() or not year.isdecimal():
            return year
        earlier = year_starts > 1 and int(month) >= year_starts
        return f"{int(year) - earlier}-{month}"

    pairs = pd.Series(list(zip(years, months, strict=True)), index=years.index)
    return pairs.map({pair: text(*pair) for pair in pairs.unique()})


def read_period(text: str, column: Column, card: Card) -> periods.Period | None:
    """The period of one text; what a date stands for follows the column's period rules."""
    starts = card.collection.year_starts
    text = date_forms.plain(text, column.dates) or text
    if not column.periods:
        return periods.read(text, year_starts=starts) or _of_frequency(
            text, card.collection.frequency, column, starts
        )
    for rule in column.periods:
        period = _of_frequency(text, rule.frequency, column, starts)
        if period and (rule.until is None or period.start <= rule.until):
            return period
    return None


def _of_frequency(text: str, frequency: str, column: Column, starts: int) -> periods.Period | None:
    """The period of that frequency that the text names, or whose day it is: the first, the last or any."""
    if column.day == "first":
        return periods.read(text, frequency=frequency, year_starts=starts)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return periods.read(text, frequency=frequency, year_starts=starts)
    period = periods.of_day(day, frequency, starts)
    return period if column.day == "any" or day == period.end else None


_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_SERIAL = re.compile(r"[2-6]\d{4}", re.ASCII)
"""A spreadsheet's number of days from 1954 to 2091."""


def days_meant(text: str) -> list[str]:
    """The days that a text which is no period may mean; two, where day and month may change places."""
    if _SERIAL.fullmatch(text):
        return [str(date_forms.plain(text, ["serial"]))]
    match = _DAY.fullmatch(text)
    one, other, year = map(int, match.groups()) if match else (0, 0, 0)
    return sorted({f"{year}-{m:02}-{d:02}" for d, m in ((one, other), (other, one)) if _is_day(year, m, d)})


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
