"""Which day it is for the network. No run and no clock of a schedule is here."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TIME_ZONE = "America/Guatemala"
"""Where the network's quarter ends."""
RELEASE_MONTHS, RELEASE_DAY = (1, 4, 7, 10), 15
"""When the schedule publishes what came in."""


def today() -> date:
    """Today, where the network's quarter ends."""
    return datetime.now(ZoneInfo(TIME_ZONE)).date()


def next_release(day: date) -> date:
    """The day after `day` on which the schedule publishes next."""
    days = [date(year, month, RELEASE_DAY) for year in (day.year, day.year + 1) for month in RELEASE_MONTHS]
    return next(one for one in days if one > day)
