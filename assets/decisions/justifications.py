"""Justifications: an office explains findings of its file. They are kept in its history and admit nothing.

A justification is published with the values of an open collection, so it is searched for personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.findings import Finding, rules
from schemas.personal_data import find_in_text, find_names
from schemas.words import DEFAULT_LANGUAGE, UserError, words
from warehouse.home import Home, Submission, receipts
from warehouse.home.calendar import today

LONGEST = 1_000
"""Maximum number of characters of a justification."""


class InvalidJustification(UserError, ValueError):
    """A justification cannot be kept: its rule, its length, or personal data in it."""


def check_justifications(reasons: Mapping[str, str]) -> None:
    """Raise InvalidJustification for a text that cannot be kept. Called before the file is received."""
    for rule, reason in reasons.items():
        if rule not in rules():
            raise InvalidJustification("justify.no_rule", rule=rule)
        check_answer(rule, reason)


def check_answer(name: str, text: str) -> None:
    """Raise InvalidJustification for a text that cannot be kept, of a rule or of a workbook's question."""
    if not is_question(name) and not (name in rules() and rules()[name].may_be_justified):
        raise InvalidJustification("justify.no_rule", rule=name)
    if not 0 < len(text) <= LONGEST:
        raise InvalidJustification("justify.length", rule=name, longest=LONGEST)
    if kind := find_in_text(text) or find_names(text):
        raise InvalidJustification("justify.personal", rule=name, kind=kind)


def is_question(name: str) -> bool:
    """Return True for the name of a question that a workbook asks."""
    return f"template.question.{name}" in words(DEFAULT_LANGUAGE)


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
