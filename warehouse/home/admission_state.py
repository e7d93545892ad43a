"""Admission of a submission, as its history records it. Nothing is judged here.

assets/intake/admission.py judges a submission once, at its receipt. Builds follow the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.findings import Finding
from warehouse.home.events import Event


class Question(NamedTuple):
    """A period of a series that is under question: its values are accepted, and somebody has to answer."""

    reporting_country: str
    measure: str
    frequency: str
    period_start: str


class Justification(NamedTuple):
    """Explanation of a finding by an office, normally the sender's. It admits nothing."""

    rule: str
    reason: str
    office: str
    on: str


TO_COMPARE = "to_compare"
"""Key in the line of a receipt if the file is to be compared with the accepted data before it."""

JUSTIFIED = "justified"
"""Event: an office explained a finding."""

_FINDING_KEYS = ("rule", "column_name", "value", "expected")
"""Facts of a breach that are kept."""


@dataclass(frozen=True)
class AdmissionState:
    """Comparison at receipt in the history: due or made; the events of comparison, hold and confirmation."""

    to_compare: bool
    comparison: Event | None
    hold: Event | None
    confirmation: Event | None
    justifications: tuple[Justification, ...] = ()
    """Of each rule the last explanation."""

    @property
    def is_waiting(self) -> bool:
        """True if the submission is held and not confirmed: it is kept, but not in force."""
        return self.hold is not None and self.confirmation is None

    @property
    def compared_with(self) -> str:
        """Id of the submission that it was compared with; empty for the first submission."""
        return (self.hold or self.comparison or {}).get("beside", "")

    @property
    def values(self) -> dict[str, int]:
        """Numbers of values of the earlier submission that changed, are gone or wait, and of new values."""
        counts: dict[str, int] = json.loads((self.hold or self.comparison or {}).get("values", "{}"))
        return counts

    @property
    def breaches(self) -> list[Finding]:
        """Reasons for holding it."""
        return _to_findings(self.hold["reason"]) if self.hold else []

    @property
    def questions(self) -> list[Question]:
        """Periods under question. An office that confirms a held submission answers them."""
        return [Question(*parts) for parts in json.loads((self.comparison or {}).get("questions", "[]"))]

    @property
    def remarks(self) -> list[Finding]:
        """Warnings of the comparison: doubts, or that the file seems older than the data in force."""
        return _to_findings((self.hold or self.comparison or {}).get("remarks", "[]"))


def _to_findings(text: str) -> list[Finding]:
    facts = json.loads(text)
    return [Finding(**{key: fact[key] for key in _FINDING_KEYS if key in fact}) for fact in facts]


def read_state(history: Sequence[Event]) -> AdmissionState:
    """Read the state from a history. A file is compared only if the line of its receipt requires it."""
    by_name = {event["event"]: event for event in history}
    is_to_compare = by_name.get("received", {}).get(TO_COMPARE) == "yes"
    comparison, hold, confirmation = (by_name.get(name) for name in ("compared", "held", "confirmed"))
    is_due = is_to_compare and not (comparison or hold)
    return AdmissionState(is_due, comparison, hold, confirmation, _read_justifications(history))


def _read_justifications(history: Iterable[Event]) -> tuple[Justification, ...]:
    """Read the last justification of each rule, by rule."""
    events = [event for event in history if event["event"] == JUSTIFIED]
    by_rule = {
        event["rule"]: Justification(event["rule"], event["reason"], event["office"], event["on"])
        for event in events
    }
    return tuple(by_rule[rule] for rule in sorted(by_rule))


def breaches_as_facts(breaches: Iterable[Finding]) -> list[dict[str, str]]:
    """Write breaches for a history: rule and numbers, from which messages in any language are written."""
    return [
        {key: str(fact) for key in _FINDING_KEYS if (fact := getattr(breach, key)) is not None}
        for breach in breaches
    ]
