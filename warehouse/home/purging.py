"""Destroying a submission: its bytes, what the steps left, every copy of it here. That it happened is kept.

What was published stays where it was published; the next release is built without it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from warehouse.home import durable, events, inbox, lock
from warehouse.home.places import Home
from warehouse.home.submissions import Submission


def purge(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> int:
    """Note that a submission is purged, and destroy it; how many files went. Raises lock.Busy.

    The line comes first: what a kill leaves undone, `finish` does before the next build.
    """
    with lock.build(home, wait=0), lock.raw(home):
        proof = {"sha256": submission.sha256, "bytes": submission.bytes}
        event = {"event": "purged", "on": str(on), "office": office, "reason": reason}
        events.append(submission.folder / events.EVENTS, **event, **proof)
        return _destroy(home, submission, str(proof["sha256"]), submission.bytes)


def finish(home: Home) -> None:
    """Destroy what a purge that was killed left. The caller holds build.lock."""
    with lock.raw(home):
        for one in home.purged():
            if one.submission.files() or home.staged(one.submission.id).exists():
                _destroy(home, one.submission, one.event["sha256"], int(one.event["bytes"]))


def _destroy(home: Home, submission: Submission, sha256: str, size: int) -> int:
    paths = [*submission.files(), *_copies(home, submission.collection, sha256, size), *_internal(home)]
    for path in paths:
        path.unlink(missing_ok=True)
    durable.sync_folder(submission.folder)
    shutil.rmtree(home.staged(submission.id), ignore_errors=True)
    return len(paths)


def _copies(home: Home, collection: str, sha256: str, size: int) -> Iterator[Path]:
    """The file as it was laid aside in the inbox, with its answers."""
    kept = [*inbox.kept_rejected(home), *inbox.kept_refused(home)]
    for path in kept:
        is_of = path.parent.relative_to(path.parents[2]).as_posix() == collection
        if is_of and path.stat().st_size == size and durable.file_hash(path) == sha256:
            yield from (path, *inbox.answers_beside(path))


def _internal(home: Home) -> list[Path]:
    """The internal database, which holds its rows: the next refresh builds it anew."""
    return [*home.warehouse.glob("internal.*"), *home.warehouse.glob("building.duckdb*")]
