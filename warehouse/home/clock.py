"""Whether this machine's clock was set back, asked when a file is received. A refresh asks published.py."""

from __future__ import annotations

from datetime import date

from schemas.words import Wrong
from warehouse.home import events
from warehouse.home.calendar import today
from warehouse.home.places import Home

LEDGER = "published.jsonl"
"""In warehouse/releases/: a line for each number that was given, whether or not its folder is still there."""


def check_for_receipt(home: Home, collection: str) -> None:
    """Raises Wrong if a release, or a file of the collection, is of a day that by this machine has not come.

    A file received by such a clock would count as older than what came before it. Raises DamagedHistory.
    """
    days = [one.received_on for one in home.submissions(collection)]
    days += [date.fromisoformat(event["on"]) for event in events.read(home.releases / LEDGER)]
    if days and max(days) > today():
        raise Wrong("home.clock_set_back_at_receipt", today=today(), day=max(days))
