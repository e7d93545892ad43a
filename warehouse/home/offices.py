"""Offices that act on submissions: names in histories, and the check if two names mean the same office."""

from __future__ import annotations

import re
from collections.abc import Iterable

from schemas.codelists import fold
from warehouse.home.submissions import Submission

PROGRAM_OFFICE = "lineabase"
"""Office in whose name the program itself acts."""
_SHORTEST_WORD = 4
"""A shorter word counts only if it is an acronym in capitals, or if there is no longer word."""


def is_same_office(left: str, right: str) -> bool:
    """Check if two texts name the same office: equal words in any order, or two or more of them.

    Accents, case, punctuation and short words do not count. Where two offices must agree, "Statistics,
    Ministry of the Interior" and "Ministry of the Interior" are one.
    """
    fewer, more = sorted((_significant_words(left), _significant_words(right)), key=len)
    return fewer == more or (len(fewer) > 1 and fewer <= more)


def _significant_words(name: str) -> frozenset[str]:
    words, has_acronyms = re.findall(r"\w+", name), not name.isupper()
    significant_words = [
        word for word in words if len(word) >= _SHORTEST_WORD or (has_acronyms and word.isupper())
    ]
    return frozenset(map(fold, significant_words or words))


def known_offices(submissions: Iterable[Submission]) -> list[str]:
    """List the offices in the histories of submissions, without the program itself, in alphabetical order."""
    offices = {str(event["office"]) for s in submissions for event in s.events() if event.get("office")}
    return sorted(offices - {PROGRAM_OFFICE}, key=str.casefold)
