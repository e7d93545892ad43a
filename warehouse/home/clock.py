"""Check of this machine's clock at a receipt. Before a refresh, warehouse/release/published.py checks it."""

from __future__ import annotations

from datetime import date

from schemas.words import Wrong
from warehouse.home import events
from warehouse.home.calendar import today
from warehouse.home.places import Home

LEDGER = "published.jsonl"
"""File in warehouse/releases/ with a line for each release number, also if its folder was deleted."""


def check_for_receipt(home: Home, collection: str) -> None:
    """Check that no release, and no file of the collection, has a date after today.

    A file received with such a clock would seem older than the files received before it. Raises Wrong,
    DamagedHistory.
    """
    days = [submission.received_on for submission in home.submissions(collection)]
    days += [date.fromisoformat(event["on"]) for event in events.read(home.releases / LEDGER)]
    if days and max(days) > today():
        raise Wrong("home.clock_set_back_at_receipt", today=today(), day=max(days))
