"""Calendar and fiscal periods: reading from text, last days, months, quarters.

The warehouse decides which periods were reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS_IN = {"A": 12, "Q": 3, "M": 1}

_PATTERNS = {
    "date": re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ]00:00(?::00)?)?$"),
    "year": re.compile(r"(?P<year>\d{4})$"),
    "month": re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})$"),
    "quarter": re.compile(r"(?P<year>\d{4})-?[QT](?P<quarter>[1-4])$", re.IGNORECASE),
}
_NUMBER = r"(?:(?P<quarter>[1-4])(?:er|ro|do|to|st|nd|rd|th|[eº°.])?|(?P<roman>I{1,3}|IV)\.?)"
_QUARTER = r"(?:trim(?:estre|\.)?|quarter|qtr\.?|[QT])"
_IN_WORDS = re.compile(
    rf"(?:{_NUMBER}\s*{_QUARTER}|{_QUARTER}\s*{_NUMBER.replace('>', '_>')})"
    r"(?:\s+(?:del?|of)\s+|[\s,/-]+)(?P<year>\d{4})",
    re.IGNORECASE,
)
"""Forms of a quarter in words: `I Trim. 2024`, `Trimestre 2 de 2024`, `3er trimestre 2024`, `Q4 2024`."""
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}


@dataclass(frozen=True, order=True)
class Period:
    """A year (`A`), quarter (`Q`) or month (`M`), by its first day."""

    start: date
    frequency: str

    @property
    def end(self) -> date:
        """Last day of the period."""
        return add_months(self.start, MONTHS_IN[self.frequency]) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that is `months` after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def read(text: str, *, frequency: str | None = None, year_starts: int = 1) -> Period | None:
    """Return the period that `text` names, or None.

    Examples: `2020`, `2020-05`, `2020-Q2`, `II Trim. 2020`, `2020-05-01`. `frequency` is the frequency of
    dates, which must be the first day of the period. Other forms must agree with `frequency`. A fiscal year
    has the number of the year in which it ends.
    """
    text = _plain(text.strip())
    for form, pattern in _PATTERNS.items():
        if match := pattern.match(text):
            return _build(form, match, frequency, year_starts)
    return None


def _plain(text: str) -> str:
    """Return a quarter in words as `2024-Q1`, any other text unchanged."""
    match = _IN_WORDS.fullmatch(text)
    if match is None:
        return text
    parts = match.groupdict()
    number = parts["quarter"] or parts["quarter_"] or _ROMAN[(parts["roman"] or parts["roman_"]).upper()]
    return f"{parts['year']}-Q{number}"


def _build(form: str, match: re.Match[str], frequency: str | None, year_starts: int) -> Period | None:
    year = int(match["year"])
    if not 1900 <= year <= 2100:
        return None
    text_frequency = {"year": "A", "quarter": "Q", "month": "M"}.get(form)
    if text_frequency and frequency and text_frequency != frequency:
        return None
    if form == "year":
        return Period(fiscal_year_start(year, year_starts), "A")
    if form == "quarter":
        return Period(add_months(fiscal_year_start(year, year_starts), 3 * (int(match["quarter"]) - 1)), "Q")
    month = int(match["month"])
    if not 1 <= month <= 12:
        return None
    start = date(year, month, 1)
    if form == "month":
        return Period(start, "M")
    if int(match["day"]) != 1 or frequency is None:
        return None
    return Period(start, frequency) if _starts(start, frequency, year_starts) else None


def period_of_day(day: date, frequency: str, year_starts: int = 1) -> Period:
    """Return the period of this frequency that contains the day."""
    months = MONTHS_IN[frequency]
    return Period(add_months(day, -((day.month - year_starts) % months)), frequency)


def _starts(day: date, frequency: str, year_starts: int) -> bool:
    return (day.month - year_starts) % MONTHS_IN[frequency] == 0


def fiscal_year_start(year: int, year_starts: int) -> date:
    """Return the first day of a fiscal year. It is in the year before, unless the year starts in January."""
    return date(year if year_starts == 1 else year - 1, year_starts, 1)


def quarter_of(day: date) -> str:
    """Return the calendar quarter of a day, as `2026-Q3`."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def name_of_period(start: date, frequency: str) -> str:
    """Return a period as `2026`, `2026-Q3` or `2026-07`. A fiscal year has the year of its end."""
    if frequency == "A":
        return f"{add_months(start, MONTHS_IN[frequency] - 1):%Y}"
    return quarter_of(start) if frequency == "Q" else f"{start:%Y-%m}"


def last_closed_quarter(as_of: date) -> str:
    """Return the last calendar quarter that ended before `as_of`, as `2026-Q3`."""
    first_of_quarter = date(as_of.year, 3 * ((as_of.month - 1) // 3) + 1, 1)
    return quarter_of(first_of_quarter - timedelta(days=1))
