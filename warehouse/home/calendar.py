"""Which day it is for the network. No run and no clock of a schedule is here."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TIME_ZONE = "America/Guatemala"
"""Where the network's quarter ends."""


def today() -> date:
    """Today, where the network's quarter ends."""
    return datetime.now(ZoneInfo(TIME_ZONE)).date()
