"""Detection of columns of personal data: by an undecided header, and by half of the texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.headers import Header
from schemas.personal_data.names import is_part_of_a_name, looks_like_a_name
from schemas.personal_data.values import by_chance, find_in_text
from schemas.personal_data.words import word_list, words_of

MOST_CHANCE = 0.02
"""Largest probability that numbers of another kind all look like identity numbers."""
_COUNT = re.compile(
    r"[<>=~*+-]{0,2} ?(?:\d{1,5}|\d{1,3}(?:[.,]\d{3})+|\d{1,3}[ \u00a0\u202f]\d{3}|\d{1,3}[.,]\d+)[%*]?"
)
"""A number that counts: at most five digits, or more digits if they are separated in groups of three."""
_EMPTY_TEXTS = frozenset(["", "-", "--"])


def find_in_column(header: str, texts: Sequence[str]) -> str | None:
    """Return the label of a column's personal data if single texts are not enough, or None.

    That is so for numbers with a shape that other numbers may have by chance, and for names.
    """
    filled_texts = [text for text in texts if text.strip()]
    if not filled_texts:
        return None
    for shape in by_chance():
        matches = sum(map(shape.finds, filled_texts))
        if matches * 2 >= len(filled_texts) and shape.chance**matches <= MOST_CHANCE:
            return words.label(shape.kind)
    texts_with_letters = [text for text in filled_texts if any(map(str.isalpha, text))]
    names = sum(map(looks_like_a_name, texts_with_letters))
    names_places = bool(word_list("places") & {*words_of(header)})
    needed_share = 0.9 if names_places else 0.5
    if names and names >= needed_share * len(filled_texts) and names >= (4 if names_places else 1):
        return words.label("name")
    return None


def heads_persons(header: Header, texts: Sequence[str], other_headers: Sequence[str] = ()) -> bool:
    """Return True if a header of personal data is above such data, not above counts or kinds of it.

    A header above nothing counts as personal data unless it is open.
    """
    filled_texts = [text for text in texts if text.strip()]
    has_content = any(fold(text) not in _EMPTY_TEXTS for text in filled_texts)
    if (header.is_counted or header.is_open) and has_content and all(map(_is_count, filled_texts)):
        return False
    if not header.is_open:
        return True
    if header.kind == "name" and not header.is_about:
        return _may_be_names(filled_texts, other_headers)
    if header.kind in ("name", "officer"):
        return any(map(looks_like_a_name, filled_texts))
    return any(any(map(str.isdigit, t)) or looks_like_a_name(t) or find_in_text(t) for t in filled_texts)


def _is_count(text: str) -> bool:
    return fold(text) in word_list("answers") | _EMPTY_TEXTS or _COUNT.fullmatch(text.strip()) is not None


def _may_be_names(texts: Sequence[str], other_headers: Sequence[str]) -> bool:
    """Return True if the texts under `nombre` may be names of persons.

    They are not if no text is like a person's name, and a code column is next to it or the texts are places.
    """
    if any(sum(map(test, texts)) * 3 >= len(texts) for test in (looks_like_a_name, is_part_of_a_name)):
        return True
    has_code = any({*words_of(name)} & word_list("codes") for name in other_headers)
    places_found = sum(bool({*words_of(text)} & word_list("places")) for text in texts)
    return not (has_code or places_found * 2 >= len(texts))
