"""Names of records, such as laws, compared by their words. Accents, capitals and punctuation do not count."""

from __future__ import annotations

import re

from schemas.codelists import fold

WORD = "[a-z0-9]+(?:-[a-z0-9]+)*"
"""A word of a folded name; a number with a hyphen is one word."""


def words(text: str) -> list[str]:
    """Return the words of a name, folded."""
    return re.findall(WORD, fold(text))


def has_title(text: str, title: str) -> bool:
    """Return whether a text has every word of a title, in any order."""
    return set(words(title)) <= set(words(text))
