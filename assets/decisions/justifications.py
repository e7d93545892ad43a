"""Justifications: an office explains findings of its file. They are kept in its history and admit nothing.

A justification is published with the values of an open collection, so it is searched for personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.findings import Finding, rules
from schemas.personal_data import find_in_text, find_names
from schemas.words import UserError
from warehouse.home import Home, Submission, receipts
from warehouse.home.calendar import today

LONGEST = 1_000
"""Maximum number of characters of a justification."""


class InvalidJustification(UserError, ValueError):
    """A justification cannot be kept: its rule, its length, or personal data in it."""


def check_justifications(reasons: Mapping[str, str]) -> None:
    """Raise InvalidJustification for a text that cannot be kept. Called before the file is received."""
    for rule, reason in reasons.items():
        if rule not in rules() or not rules()[rule].may_be_justified:
            raise InvalidJustification("justify.no_rule", rule=rule)
        if not 0 < len(reason) <= LONGEST:
            raise InvalidJustification("justify.length", rule=rule, longest=LONGEST)
        if kind := find_in_text(reason) or find_names(reason):
            raise InvalidJustification("justify.personal", rule=rule, kind=kind)


def record_justifications(
    home: Home,
    submission: Submission,
    findings: Iterable[Finding],
    reasons: Mapping[str, str],
    *,
    office: str,
) -> list[str]:
    """Record the reasons for rules among the findings. Returns the other rules: nothing was found."""
    found_rules = {finding.rule for finding in findings}
    kept_reasons = {rule: reason for rule, reason in reasons.items() if rule in found_rules}
    receipts.justify(home, submission, today(), office=office, reasons=kept_reasons)
    return [rule for rule in reasons if rule not in found_rules]
