"""Whether a submission may come into force, as its history says. Nothing is judged here.

Judging, once, when it was received: assets/intake/admission.py. Builds follow these lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.findings import Finding
from warehouse.home.events import Event

TO_COMPARE = "to_compare"
"""What the line of a receipt says of a file that is to be compared with what was accepted before it."""

_FACTS = ("rule", "column_name", "value", "expected")
"""What is kept of a breach."""


@dataclass(frozen=True)
class Standing:
    """What a history says of the comparison at receipt: due, made, held and why, confirmed and by whom."""

    to_compare: bool
    compared: Event | None
    held: Event | None
    confirmed: Event | None

    @property
    def waits(self) -> bool:
        """Held, and nobody confirmed it: kept, and not in force."""
        return self.held is not None and self.confirmed is None

    @property
    def beside(self) -> str:
        """The submission that it was compared with; none where it was the first."""
        return (self.held or self.compared or {}).get("beside", "")

    @property
    def values(self) -> dict[str, int]:
        """What became of the values of that one: how many changed, went, wait; and how many are new."""
        counts: dict[str, int] = json.loads((self.held or self.compared or {}).get("values", "{}"))
        return counts

    @property
    def breaches(self) -> list[Finding]:
        """Why it was held."""
        return _findings(self.held["reason"]) if self.held else []

    @property
    def remarks(self) -> list[Finding]:
        """What was remarked when it was compared: that it seems older than what was in force."""
        return _findings((self.held or self.compared or {}).get("remarks", "[]"))


def _findings(kept: str) -> list[Finding]:
    return [Finding(**{name: one[name] for name in _FACTS if name in one}) for one in json.loads(kept)]


def standing(history: Iterable[Event]) -> Standing:
    """What the lines of a history say. A file without a receipt that asks for it is compared with none."""
    by_name = {event["event"]: event for event in history}
    asked = by_name.get("received", {}).get(TO_COMPARE) == "yes"
    compared, held, confirmed = (by_name.get(name) for name in ("compared", "held", "confirmed"))
    return Standing(asked and not (compared or held), compared, held, confirmed)


def kept(breaches: Iterable[Finding]) -> list[dict[str, str]]:
    """Breaches as a history keeps them: rule and numbers, which every language puts in its words."""
    return [{name: str(fact) for name in _FACTS if (fact := getattr(b, name)) is not None} for b in breaches]
