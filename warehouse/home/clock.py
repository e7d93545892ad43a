"""Check of this machine's clock at a receipt (before a refresh: warehouse/release/release_store.py)."""

from __future__ import annotations

from datetime import date

from schemas.words import InvalidValue
from warehouse.home import events
from warehouse.home.calendar import today
from warehouse.home.layout import Home

LEDGER = "published.jsonl"
"""File in warehouse/releases/ with a line for each release number, also if its folder was deleted."""


def check_for_receipt(home: Home, collection: str) -> None:
    """Check that no release, and no file of the collection, has a date after today.

    A file received with such a clock would seem older than the files received before it. Raises InvalidValue,
    DamagedHistory.
    """
    days = [submission.received_on for submission in home.submissions(collection)]
    days += [date.fromisoformat(event["on"]) for event in events.read(home.releases / LEDGER)]
    if days and max(days) > today():
        raise InvalidValue("home.clock_set_back_at_receipt", today=today(), day=max(days))
