"""Calendar of the network: today's date and the days of release. No run and no schedule is here."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TIME_ZONE = "America/Guatemala"
"""Time zone in which the network's quarter ends."""
RELEASE_MONTHS, RELEASE_DAY = (1, 4, 7, 10), 15
"""Months and day on which the schedule publishes the received files."""


def today() -> date:
    """Return today's date in the network's time zone."""
    return datetime.now(ZoneInfo(TIME_ZONE)).date()


def next_release(day: date) -> date:
    """Return the next day after `day` on which the schedule publishes."""
    days = [date(year, month, RELEASE_DAY) for year in (day.year, day.year + 1) for month in RELEASE_MONTHS]
    return next(release_day for release_day in days if release_day > day)
