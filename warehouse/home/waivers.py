"""What was released over: two offices' word that one failure of the gate, with these violations, may pass.

Lines of waivers.jsonl beside the releases. What the gate asks and finds is warehouse/gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.words import Wrong
from warehouse.home import durable, events, lock
from warehouse.home.places import Home

FILE = "waivers.jsonl"


@dataclass(frozen=True)
class Waiver:
    """Of one question and the violations whose hash is `digest`: how many, who let them pass, why, when."""

    question: str
    digest: str
    violations: int
    reason: str
    office: str
    second_office: str
    decided_on: date

    def event(self) -> events.Event:
        """As a line of the file."""
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


def note(home: Home, waiver: Waiver) -> None:
    """Add a waiver. Raises Wrong where two offices and a reason are not given; lock.Busy."""
    words = (waiver.reason, waiver.office, waiver.second_office)
    if not all(word.strip() for word in words) or _same(waiver.office, waiver.second_office):
        raise Wrong("release.two_offices")
    with lock.build(home, wait=0):
        durable.make_folder(home.releases)
        events.append(_path(home), **waiver.event())


def read(home: Home) -> list[Waiver]:
    """All waivers, oldest first. Raises DamagedHistory."""
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


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
