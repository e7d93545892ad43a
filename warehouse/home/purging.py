"""Purging of a submission: its bytes, the output of its steps and all copies are deleted. A record stays.

Published data stays published; the next release is built without the submission.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from schemas.grammar import CardError
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import durable, events, inbox, lock
from warehouse.home.layout import Home
from warehouse.home.offices import PROGRAM_OFFICE
from warehouse.home.submissions import Submission


def purge(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> int:
    """Record that a submission is purged, and delete it; return the number of deleted files.

    The record comes first: after a kill, `finish` deletes the rest before the next build. Raises lock.Busy.
    """
    with lock.build(home, wait=0), lock.raw(home):
        proof = {"sha256": submission.sha256, "bytes": submission.bytes}
        event = {"event": "purged", "on": str(on), "office": office, "reason": reason}
        events.append(submission.folder / events.EVENTS_FILE, **event, **proof)
        return _destroy(home, submission, str(proof["sha256"]), submission.bytes)


def find_expired(home: Home, day: date) -> list[tuple[Submission, date]]:
    """List submissions whose retention period ended before a day, with their last day."""
    last_days = ((submission, _last_day(home, submission)) for submission in home.submissions())
    return [(submission, until) for submission, until in last_days if until is not None and until < day]


def purge_expired(home: Home, day: date) -> list[str]:
    """Purge submissions whose retention period has ended; return their ids. The caller holds build.lock."""
    expired_submissions = [submission for submission, _ in find_expired(home, day)]
    for submission in expired_submissions:
        days = home.card(submission.collection).collection.retention_days
        reason = say("purge.retention", DEFAULT_LANGUAGE, days=days)
        purge(home, submission, day, office=PROGRAM_OFFICE, reason=reason)
    return [submission.id for submission in expired_submissions]


def _last_day(home: Home, submission: Submission) -> date | None:
    """Return the last day that the card allows; None without a limit, or if the card cannot be read."""
    with suppress(CardError, LookupError):
        days = home.card(submission.collection).collection.retention_days
        return submission.received_on + timedelta(days=days) if days else None
    return None


def finish_purges(home: Home) -> None:
    """Delete what is left of a purge that was killed. The caller holds build.lock."""
    with lock.raw(home):
        for purge_record in home.purged_submissions():
            submission, event = purge_record.submission, purge_record.event
            sha256, size = event["sha256"], int(event["bytes"])
            has_output = bool(submission.files()) or home.staged_folder(submission.id).exists()
            if has_output or any(_inbox_copies(home, submission, sha256, size)):
                _destroy(home, submission, sha256, size)


def _destroy(home: Home, submission: Submission, sha256: str, size: int) -> int:
    paths = [*submission.files(), *_inbox_copies(home, submission, sha256, size), *_internal_files(home)]
    for path in paths:
        path.unlink(missing_ok=True)
    durable.sync_folder(submission.folder)
    shutil.rmtree(home.staged_folder(submission.id), ignore_errors=True)
    return len(paths)


def _inbox_copies(home: Home, submission: Submission, sha256: str, size: int) -> Iterator[Path]:
    """List copies of the file that were set aside in the inbox, with their answers."""
    set_aside = [*inbox.list_rejected_files(home), *inbox.list_refused_files(home)]
    for path in set_aside:
        is_same_collection = path.parent.relative_to(path.parents[2]).as_posix() == submission.collection
        if is_same_collection and path.stat().st_size == size and durable.file_hash(path) == sha256:
            yield from (path, *inbox.answers_to(path))


def _internal_files(home: Home) -> list[Path]:
    """List the files of the internal database, which has its rows: the next refresh rebuilds them."""
    return [*home.warehouse.glob("internal.*"), *home.warehouse.glob("building.duckdb*")]
