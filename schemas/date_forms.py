"""Forms in which a sender writes dates, if not as `2024-01`. A card names them; none is guessed.

A form consists of YYYY, YY (20YY), MM, MONTH (a month's name, also short, in Spanish, English or French), DD,
and the text between them. Other forms are `serial` (a spreadsheet's number of days) and `days_since_1970`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from schemas import codelists

COUNTED_FROM = {"serial": date(1899, 12, 30), "days_since_1970": date(1970, 1, 1)}
_DAYS = re.compile(r"(\d{1,6})(?:\.0+)?", re.ASCII)
_TOKEN = re.compile("YYYY|YY|MONTH|MM|DD")
_EXPRESSIONS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short>[0-9]{2})",
    "MONTH": r"(?P<name>[^\W\d_]+)\.?",
    "MM": r"(?P<month>[0-9]{n})",
    "DD": r"(?P<day>[0-9]{n})",
}


def is_form(form: str) -> bool:
    """Return True if the text is a valid form.

    It must have the year, no part twice, and no day without a month.
    """
    if form in COUNTED_FROM:
        return True
    tokens = _TOKEN.findall(form)
    years, months = {"YYYY", "YY"} & set(tokens), {"MONTH", "MM"} & set(tokens)
    is_unambiguous = len(years) == 1 and len(months) <= 1 and len(tokens) == len(set(tokens))
    return is_unambiguous and ("DD" not in tokens or bool(months))


def example(form: str) -> str:
    """Return 31 January 2024 in this form, as an example for people who do not know the tokens."""
    if form in COUNTED_FROM:
        return str((date(2024, 1, 31) - COUNTED_FROM[form]).days)
    return _TOKEN.sub(lambda token: _EXAMPLE[token[0]], form)


_EXAMPLE = {"YYYY": "2024", "YY": "24", "MONTH": "ene", "MM": "01", "DD": "31"}


def iso_date(text: str, forms: Iterable[str]) -> str | None:
    """Return the text as `2024`, `2024-01` or `2024-01-31`, by the first form that fits, or None."""
    return next((iso_text for form in forms if (iso_text := _iso_text(text.strip(), form))), None)


def _iso_text(text: str, form: str) -> str | None:
    if form in COUNTED_FROM:
        days = _DAYS.fullmatch(text)
        return str(COUNTED_FROM[form] + timedelta(int(days[1]))) if days else None
    match = _pattern(form).fullmatch(text)
    return _join_parts(match.groupdict()) if match else None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """Return the form as a regular expression. Digits without a separator must have two places each."""
    separators = [re.escape(part).replace(r"\ ", r"\s+") for part in _TOKEN.split(form)]
    digits = "{1,2}" if any(separators) else "{2}"
    tokens = [_EXPRESSIONS[token].replace("{n}", digits) for token in _TOKEN.findall(form)]
    joined = "".join(a + b for a, b in zip(separators, [*tokens, ""], strict=True))
    return re.compile(joined, re.IGNORECASE)


def _join_parts(parts: dict[str, str | None]) -> str | None:
    year = int(parts.get("year") or f"20{parts.get('short')}")
    name = parts.get("name")
    month = codelists.find("month", name) if name else parts.get("month")
    if month is None:
        return None if name else f"{year}"
    day = parts.get("day")
    if day is None:
        return f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else None
    try:
        return str(date(year, int(month), int(day)))
    except ValueError:
        return None
