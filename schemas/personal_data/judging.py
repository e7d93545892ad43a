"""Whether a column is of persons: what its header leaves open, and what half its texts say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.headers import Header
from schemas.personal_data.names import is_part_of_a_name, looks_like_a_name
from schemas.personal_data.values import by_chance, of_value
from schemas.personal_data.words import listed, words_of

MOST_CHANCE = 0.02
"""So seldom may numbers of another kind all look like identity numbers."""
_COUNT = re.compile(
    r"[<>=~*+-]{0,2} ?(?:\d{1,5}|\d{1,3}(?:[.,]\d{3})+|\d{1,3}[ \u00a0\u202f]\d{3}|\d{1,3}[.,]\d+)[%*]?"
)
"""A number that counts: of five digits at most, or more where they are parted in threes."""
_SAYS_NOTHING = frozenset(["", "-", "--"])


def of_column(header: str, texts: Sequence[str]) -> str | None:
    """The label of what a column's texts are, where no single one tells: numbers by chance, names."""
    filled = [text for text in texts if text.strip()]
    if not filled:
        return None
    for shape in by_chance():
        found = sum(map(shape.finds, filled))
        if found * 2 >= len(filled) and shape.chance**found <= MOST_CHANCE:
            return words.label(shape.kind)
    wordy = [text for text in filled if any(map(str.isalpha, text))]
    names = sum(map(looks_like_a_name, wordy))
    of_places = bool(listed("places") & {*words_of(header)})
    needed = 0.9 if of_places else 0.5
    if names and names >= needed * len(filled) and names >= (4 if of_places else 1):
        return words.label("name")
    return None


def heads_persons(header: Header, texts: Sequence[str], beside: Sequence[str] = ()) -> bool:
    """Whether a header that tells of persons stands above such data, and not above counts or kinds of them.

    `beside` are the other headers of its row. A header above nothing is taken at its word, unless it is open.
    """
    filled = [text for text in texts if text.strip()]
    says_something = any(fold(text) not in _SAYS_NOTHING for text in filled)
    if (header.is_counted or header.is_open) and says_something and all(map(_is_count, filled)):
        return False
    if not header.is_open:
        return True
    if header.kind == "name" and not header.is_about:
        return _may_be_names(filled, beside)
    if header.kind in ("name", "officer"):
        return any(map(looks_like_a_name, filled))
    return any(any(map(str.isdigit, t)) or looks_like_a_name(t) or of_value(t) for t in filled)


def _is_count(text: str) -> bool:
    return fold(text) in listed("answers") | _SAYS_NOTHING or _COUNT.fullmatch(text.strip()) is not None


def _may_be_names(texts: Sequence[str], beside: Sequence[str]) -> bool:
    """Under `nombre`: unless a code stands beside it or the texts are places', and none is a person's."""
    if any(sum(map(looks, texts)) * 3 >= len(texts) for looks in (looks_like_a_name, is_part_of_a_name)):
        return True
    has_code = any({*words_of(name)} & listed("codes") for name in beside)
    of_places = sum(bool({*words_of(text)} & listed("places")) for text in texts)
    return not (has_code or of_places * 2 >= len(texts))
