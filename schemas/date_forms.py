"""How a sender writes dates, where not as `2024-01`: forms that a card names. None is guessed.

A form is made of YYYY, YY (20YY), MM, MONTH (a month's name, also short, es, en, fr) and DD, and of what
stands between them; or it is `serial` (a spreadsheet's number of days) or `days_since_1970`.
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
_WRITTEN = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short>[0-9]{2})",
    "MONTH": r"(?P<name>[^\W\d_]+)\.?",
    "MM": r"(?P<month>[0-9]{n})",
    "DD": r"(?P<day>[0-9]{n})",
}


def is_form(form: str) -> bool:
    """Whether it is a form: it says the year, nothing twice, and no day without its month."""
    if form in COUNTED_FROM:
        return True
    tokens = _TOKEN.findall(form)
    years, months = {"YYYY", "YY"} & set(tokens), {"MONTH", "MM"} & set(tokens)
    said_once = len(years) == 1 and len(months) <= 1 and len(tokens) == len(set(tokens))
    return said_once and ("DD" not in tokens or bool(months))


def example(form: str) -> str:
    """The last of January 2024, written so: for people, who know no tokens."""
    if form in COUNTED_FROM:
        return str((date(2024, 1, 31) - COUNTED_FROM[form]).days)
    return _TOKEN.sub(lambda token: _EXAMPLE[token[0]], form)


_EXAMPLE = {"YYYY": "2024", "YY": "24", "MONTH": "ene", "MM": "01", "DD": "31"}


def plain(text: str, forms: Iterable[str]) -> str | None:
    """The text as `2024`, `2024-01` or `2024-01-31`, by the first form in which it is written; else None."""
    return next((found for form in forms if (found := _plain(text.strip(), form))), None)


def _plain(text: str, form: str) -> str | None:
    if form in COUNTED_FROM:
        days = _DAYS.fullmatch(text)
        return str(COUNTED_FROM[form] + timedelta(int(days[1]))) if days else None
    match = _pattern(form).fullmatch(text)
    return _written(match.groupdict()) if match else None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """The form as an expression; digits that stand side by side have two places each."""
    between = [re.escape(part).replace(r"\ ", r"\s+") for part in _TOKEN.split(form)]
    few = "{1,2}" if any(between) else "{2}"
    tokens = [_WRITTEN[token].replace("{n}", few) for token in _TOKEN.findall(form)]
    joined = "".join(a + b for a, b in zip(between, [*tokens, ""], strict=True))
    return re.compile(joined, re.IGNORECASE)


def _written(said: dict[str, str | None]) -> str | None:
    year = int(said.get("year") or f"20{said.get('short')}")
    name = said.get("name")
    month = codelists.find("month", name) if name else said.get("month")
    if month is None:
        return None if name else f"{year}"
    day = said.get("day")
    if day is None:
        return f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else None
    try:
        return str(date(year, int(month), int(day)))
    except ValueError:
        return None
