"""What is asked and put right before a build or a release is spoken of. What is wrong: verification.py."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from warehouse import freshness, published, signing, verification
from warehouse.home import Home, mirror, purging, receipts
from warehouse.home.calendar import today
from warehouse.home.repairs import tell_repair


def check_day(home: Home, day: date | None) -> None:
    """Raises Wrong for a day of which nothing can be known; without one, where the clock was set back."""
    if day:
        freshness.check_day(home, day, today())
    else:
        published.check_clock(home)


def prepare(home: Home) -> Path | None:
    """Put right what can be, and say so; the file of the last release that is whole, if there is one.

    Raises Wrong where something received is not what it was: better no release than a wrong one.
    """
    mirror.mend(home)
    verification.check_received(home)
    signing.check_key()
    purging.finish(home)
    for purged in purging.purge_expired(home, today()):
        tell_repair("purged", submission=purged)
    receipts.close_to_others(verification.open_to_others(home))
    return published.secure_for_build(home)
