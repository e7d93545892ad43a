"""What a submission's steps left only for the next step: deleted once no answer to its sender needs it.

Of a submission that was withdrawn, or that a later one followed, the build and the comparison at receipt read
the tables of the last step alone. What goes is made again from the received file where a step is made anew.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from warehouse.home import lock, staged
from warehouse.home.places import Home
from warehouse.home.submissions import Submission

INTERMEDIATE = ("records", "validated", "validated_findings")
"""Tables that a step leaves for the one after it, and for the answer to the sender."""
_COMPACTED = "compacted"
"""Fingerprint of a step whose tables went. It never matches, so the step is made again when asked for."""


def compact_followed(home: Home) -> int:
    """Delete what only steps read, of submissions that are withdrawn or followed by others; of how many.

    The caller holds build.lock.
    """
    return sum(_compact(home, submission.id) for submission in _followed(home))


def _followed(home: Home) -> list[Submission]:
    """Those withdrawn, and of each collection all that came before the last accepted one."""
    by_collection: dict[str, list[Submission]] = defaultdict(list)
    for submission in home.submissions():
        by_collection[submission.collection].append(submission)
    found = []
    for submissions in by_collection.values():
        accepted = [n for n, one in enumerate(submissions) if _is_accepted(home, one)]
        last = accepted[-1] if accepted else 0
        found += [one for n, one in enumerate(submissions) if n < last or one.withdrawn_on]
    return [one for one in found if _has_intermediate(home, one.id) and not one.standing.waits]


def _is_accepted(home: Home, submission: Submission) -> bool:
    last = staged.read(home, submission.id, staged.LAST)
    if last is None or submission.withdrawn_on:
        return False
    return staged.status_of(submission, last) == "accepted"


def _has_intermediate(home: Home, submission: str) -> bool:
    return any((home.staged(submission) / f"{name}.parquet").exists() for name in INTERMEDIATE)


def _compact(home: Home, submission: str) -> bool:
    """First the notes, then the tables: a kill between them leaves tables that the next build deletes."""
    with lock.steps(home, submission):
        last = staged.read(home, submission, staged.LAST)
        if last is None or not last.accepted:
            return False
        for step in staged.STEPS:
            if result := staged.read(home, submission, step):
                staged.write(home, _without_intermediate(result))
        for name in INTERMEDIATE:
            (home.staged(submission) / f"{name}.parquet").unlink(missing_ok=True)
    return True


def _without_intermediate(result: staged.Result) -> staged.Result:
    kept = {name: proof for name, proof in result.files.items() if name not in INTERMEDIATE}
    is_needed_again = result.step in INTERMEDIATE
    return replace(result, files=kept, fingerprint=_COMPACTED if is_needed_again else result.fingerprint)
