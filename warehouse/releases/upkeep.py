"""What is asked and put right before a build or a release is spoken of. What is wrong: verification.py."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

from warehouse.build import freshness
from warehouse.releases import published, signing, verification
from warehouse.home import settings
from warehouse.home import Home, purging, receipts
from warehouse.home.calendar import today
from warehouse.home.inbox_retention import forget_old_copies
from warehouse.home.repairs import tell_repair


def check_day(home: Home, day: date | None) -> None:
    """Raises Wrong for a day of which nothing can be known; without one, where the clock was set back."""
    if day:
        freshness.check_day(home, day, today())
    else:
        published.check_clock(home)


def mend(home: Home) -> None:
    """Put right, and say, what needs a copy of itself alone, though something else will stop the build.

    What cannot be put right so is named by what is asked afterwards.
    """
    if not verification.places(home):
        receipts.close_to_others(verification.open_to_others(home))
        with suppress(published.DamagedRelease):
            published.secure(home, both=True)


def prepare(home: Home) -> Path | None:
    """Put right what can be, and say so; the file of the last release that is whole, if there is one.

    Raises Wrong where something received is not what it was: better no release than a wrong one.
    """
    mend(home)
    verification.check_received(home)
    signing.check_key()
    forget_old_copies(home, settings.inbox_days())
    purging.finish(home)
    for purged in purging.purge_expired(home, today()):
        tell_repair("purged", submission=purged)
    return published.secure_for_build(home)
