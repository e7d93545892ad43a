"""Calendar of the network: today's date and the days of release. No run and no schedule is here."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from schemas.words import InvalidValue

TIME_ZONE = "America/Guatemala"
"""Time zone in which the network's quarter ends."""
RELEASE_MONTHS, RELEASE_DAY = (1, 4, 7, 10), 15
"""Months and day on which the schedule publishes the received files."""


def today() -> date:
    """Return today's date in the network's time zone."""
    return datetime.now(ZoneInfo(TIME_ZONE)).date()


def read_day(text: str, not_after: date | None = None) -> date:
    """Return the day that people wrote as YYYY-MM-DD. Raises InvalidValue for no date or a later day."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue("home.bad_date", value=text) from error
    if not_after and day > not_after:
        raise InvalidValue("home.received_in_future", value=text)
    return day


def next_release(day: date) -> date:
    """Return the next day after `day` on which the schedule publishes."""
    return releases_after(day, 1)[0]


def releases_after(day: date, n: int) -> list[date]:
    """Return the next `n` days after `day` on which the schedule publishes."""
    years = range(day.year, day.year + n // len(RELEASE_MONTHS) + 2)
    days = (date(year, month, RELEASE_DAY) for year in years for month in RELEASE_MONTHS)
    return list(islice((release_day for release_day in days if release_day > day), n))
