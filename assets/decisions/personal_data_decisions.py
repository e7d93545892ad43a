"""Decisions of offices that a finding of the guard in a file is no personal data. No content is kept.

A decision is given with the file and kept in its history. It is for one place and one kind: `D:name` is names
in column D, `docProps/core.xml:telephone` a telephone in that part. Identity documents are never decided.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.personal_data import find_in_text, find_names, may_be_decided
from schemas.words import UserError

LONGEST = 1_000
"""Maximum number of characters of a reason."""


class InvalidDecision(UserError, ValueError):
    """A decision cannot be kept: its kind, its length, or personal data in its reason."""


def check_decisions(reasons: Mapping[str, str]) -> None:
    """Raise InvalidDecision for a decision, by `place:kind`, that cannot be kept."""
    for finding, reason in reasons.items():
        place, _, kind = finding.rpartition(":")
        if not place or not may_be_decided(kind):
            raise InvalidDecision("not_personal.no_kind", finding=finding)
        if not 0 < len(reason) <= LONGEST:
            raise InvalidDecision("not_personal.length", longest=LONGEST)
        if found_kind := find_in_text(reason) or find_names(reason):
            raise InvalidDecision("not_personal.personal", kind=found_kind)
