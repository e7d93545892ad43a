"""Destroying a submission: its bytes, what the steps left, every copy of it here. That it happened is kept.

What was published stays where it was published; the next release is built without it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from schemas.grammar import CardError
from schemas.words import DEFAULT, say
from warehouse.home import durable, events, inbox, lock
from warehouse.home.places import Home
from warehouse.home.submissions import Submission

OFFICE = "lineabase"
"""Who purges what a card keeps no longer."""


def purge(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> int:
    """Note that a submission is purged, and destroy it; how many files went. Raises lock.Busy.

    The line comes first: what a kill leaves undone, `finish` does before the next build.
    """
    with lock.build(home, wait=0), lock.raw(home):
        proof = {"sha256": submission.sha256, "bytes": submission.bytes}
        event = {"event": "purged", "on": str(on), "office": office, "reason": reason}
        events.append(submission.folder / events.EVENTS, **event, **proof)
        return _destroy(home, submission, str(proof["sha256"]), submission.bytes)


def leaving(home: Home, day: date) -> list[tuple[Submission, date]]:
    """The submissions that their card keeps to a day before that one, with it."""
    kept = ((one, _kept_until(home, one)) for one in home.submissions())
    return [(one, until) for one, until in kept if until is not None and until < day]


def purge_expired(home: Home, day: date) -> list[str]:
    """Purge what its card keeps no longer; the ids. The caller holds build.lock."""
    gone = [one for one, _ in leaving(home, day)]
    for one in gone:
        days = home.card(one.collection).collection.retention_days
        reason = say("purge.retention", DEFAULT, days=days)
        purge(home, one, day, office=OFFICE, reason=reason)
    return [one.id for one in gone]


def _kept_until(home: Home, submission: Submission) -> date | None:
    """The last day on which its card lets it be kept; None for no end, or a card that cannot be read."""
    with suppress(CardError, LookupError):
        days = home.card(submission.collection).collection.retention_days
        return submission.received_on + timedelta(days=days) if days else None
    return None


def finish(home: Home) -> None:
    """Destroy what a purge that was killed left. The caller holds build.lock."""
    with lock.raw(home):
        for one in home.purged():
            of = one.submission, one.event["sha256"], int(one.event["bytes"])
            if one.submission.files() or home.staged(one.submission.id).exists() or any(_copies(home, *of)):
                _destroy(home, *of)


def _destroy(home: Home, submission: Submission, sha256: str, size: int) -> int:
    paths = [*submission.files(), *_copies(home, submission, sha256, size), *_internal(home)]
    for path in paths:
        path.unlink(missing_ok=True)
    durable.sync_folder(submission.folder)
    shutil.rmtree(home.staged(submission.id), ignore_errors=True)
    return len(paths)


def _copies(home: Home, submission: Submission, sha256: str, size: int) -> Iterator[Path]:
    """The file as it was laid aside in the inbox, with its answers."""
    kept = [*inbox.kept_rejected(home), *inbox.kept_refused(home)]
    for path in kept:
        is_of = path.parent.relative_to(path.parents[2]).as_posix() == submission.collection
        if is_of and path.stat().st_size == size and durable.file_hash(path) == sha256:
            yield from (path, *inbox.answers_beside(path))


def _internal(home: Home) -> list[Path]:
    """The internal database, which holds its rows: the next refresh builds it anew."""
    return [*home.warehouse.glob("internal.*"), *home.warehouse.glob("building.duckdb*")]
