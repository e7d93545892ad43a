"""Waivers: two offices accept a failure of the gate with exactly its present violations.

They are lines of waivers.jsonl in the folder of the releases. warehouse/gate asks the questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.words import InvalidValue
from warehouse.home import durable, events, lock
from warehouse.home.layout import Home
from warehouse.home.offices import is_same_office

FILE = "waivers.jsonl"


@dataclass(frozen=True)
class Waiver:
    """Accepted violations of a question, with their hash `digest`: number, offices, reason and day."""

    question: str
    digest: str
    violations: int
    reason: str
    office: str
    second_office: str
    decided_on: date

    def event(self) -> events.Event:
        """Return the waiver as a line of the file."""
        return {
            "event": "waived",
            "on": str(self.decided_on),
            "question": self.question,
            "digest": self.digest,
            "violations": str(self.violations),
            "reason": self.reason,
            "office": self.office,
            "second_office": self.second_office,
        }


def add_waiver(home: Home, waiver: Waiver) -> None:
    """Add a waiver. Raises InvalidValue without two offices and a reason; lock.Busy."""
    texts = (waiver.reason, waiver.office, waiver.second_office)
    if not all(word.strip() for word in texts) or is_same_office(waiver.office, waiver.second_office):
        raise InvalidValue("release.two_offices")
    with lock.build(home, wait=0):
        durable.make_folder(home.releases)
        events.append(_path(home), **waiver.event())


def read_waivers(home: Home) -> list[Waiver]:
    """List all waivers, oldest first. Raises DamagedHistory."""
    return [
        Waiver(
            question=event["question"],
            digest=event["digest"],
            violations=int(event["violations"]),
            reason=event["reason"],
            office=event["office"],
            second_office=event["second_office"],
            decided_on=date.fromisoformat(event["on"]),
        )
        for event in events.read(_path(home))
    ]


def _path(home: Home) -> Path:
    return home.releases / FILE
