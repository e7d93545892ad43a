"""Corrections in histories: which file a submission corrects, and which one corrects it.

The event `corrected` is in the history of the new file. The history and the bytes of the original stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.words import UserError
from warehouse.home import events
from warehouse.home.layout import Home
from warehouse.home.submissions import Submission

CORRECTION_EVENT = "corrected"
"""Event: the file is another one with some cells changed."""


@dataclass(frozen=True)
class Correction:
    """Submission that is corrected, its hash, the cells (no values), the reason, and its offices so far.

    `later` are the submissions after it that were there when it was corrected.
    """

    original: str
    sha256: str
    cells: Sequence[str]
    reason: str
    senders: Sequence[str] = ()
    later: Sequence[str] = ()

    def event(self, on: str, office: str) -> dict[str, object]:
        """Return the line of the history."""
        event = {
            "event": CORRECTION_EVENT,
            "on": on,
            "office": office,
            "reason": self.reason,
            "of": self.original,
        }
        return {**event, "of_sha256": self.sha256, "cells": list(self.cells), "senders": list(self.senders)}


class NotCorrectable(UserError, ValueError):
    """The submission is withdrawn, corrected or replaced, so it is not corrected."""


def correction_event(submission: Submission) -> events.Event | None:
    """Return the event of a submission that corrects another; None for a file as its sender made it."""
    return next((event for event in submission.events() if event["event"] == CORRECTION_EVENT), None)


def correction_facts(submission: Submission) -> dict[str, Any] | None:
    """Return the facts of a correction for a page, with the list of its cells; None if it is none."""
    event = correction_event(submission)
    return {**event, "cells": json.loads(event.get("cells", "[]"))} if event else None


def find_correction(home: Home, submission: Submission) -> Submission | None:
    """Return the submission, not withdrawn, that corrects this one; None if there is none."""
    for other in home.submissions(submission.collection):
        event = correction_event(other) if other.order > submission.order and not other.withdrawn_on else None
        if event and event["of"] == submission.id:
            return other
    return None


def list_senders(submission: Submission) -> list[str]:
    """List the offices that made a file as it is: its sender, and those of the files that it corrects."""
    sender = str(submission.events()[0].get("office", ""))
    event = correction_event(submission)
    earlier: list[str] = json.loads(event.get("senders", "[]")) if event else []
    return [office for office in dict.fromkeys([*earlier, sender]) if office]


def refuse_if_outdated(home: Home, collection: str, correction: Correction) -> None:
    """Raise NotCorrectable if the original was withdrawn, corrected or followed meanwhile.

    The caller holds raw.lock.
    """
    original = home.submission(correction.original)
    if day := original.withdrawn_on:
        raise NotCorrectable("correct.withdrawn", submission=original.id, day=day)
    if other := find_correction(home, original):
        raise NotCorrectable("correct.corrected", submission=original.id, by=other.id)
    followers = [s.id for s in home.submissions(collection) if s.order > original.order]
    if new := [name for name in followers if name not in correction.later]:
        raise NotCorrectable("correct.followed", submission=original.id, by=new[-1])
