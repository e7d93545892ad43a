"""Checks and repairs before a build or a release. verification.py reports the faults themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from schemas.words import Sentence
from warehouse.build import freshness
from warehouse.environment import settings
from warehouse.home import Home, purging, receipts
from warehouse.home.calendar import today
from warehouse.home.inbox_retention import forget_old_copies
from warehouse.home.repairs import log_repair
from warehouse.release import release_store, signing, verification


def check_day(home: Home, day: date | None) -> None:
    """Raise InvalidValue for a day without any data; without a day, raise it if the clock was set back."""
    if day:
        freshness.check_day(home, day, today())
    else:
        release_store.check_clock(home)


def repair(home: Home) -> None:
    """Repair and report everything that a copy is enough to repair, even if another fault stops the build.

    Checks that run afterwards report what could not be repaired.
    """
    if not verification.misplaced_paths(home):
        receipts.close_to_others(verification.open_to_others(home))
        with suppress(release_store.DamagedRelease):
            release_store.repair_current_file(home, with_copy=True)


def ignored_parts(home: Home, as_of: date | None) -> Iterator[Sentence]:
    """Yield a warning on each folder, file and decision of the home that a refresh ignores."""
    yield from (Sentence("cli.unrecognised_folder", {"folder": f}) for f in home.unrecognised_folders())
    yield from (
        Sentence("released.stranger", {"folder": f}) for f in release_store.unrecognised_folders(home)
    )
    faults = [*verification.torn_history_faults(home), *verification.refusal_list_faults(home)]
    faults += verification.future_submission_faults(home) if as_of is None else []
    yield from (fault.sentence for fault in faults)
    if as_of is None:
        for decision in freshness.list_future_decisions(home, today()):
            yield Sentence("cli.decision_ahead", decision)


def prepare(home: Home) -> Path | None:
    """Repair what can be repaired and report it; return the file of the last undamaged release, if any.

    Raises InvalidValue if a received file has changed: a missing release is better than a wrong release.
    """
    repair(home)
    verification.check_received(home)
    signing.check_key()
    forget_old_copies(home, settings.inbox_days())
    purging.finish_purges(home)
    for submission in purging.purge_expired(home, today()):
        log_repair("purged", submission=submission)
    return release_store.secure_for_build(home)
