"""Detection of columns of personal data: by an undecided header, and by half of the texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.headers import Header
from schemas.personal_data.names import (
    count_known_names,
    is_part_of_a_name,
    is_shaped_as_a_name,
    looks_like_a_name,
)
from schemas.personal_data.values import by_chance, find_in_text
from schemas.personal_data.vocabulary import gazetteer
from schemas.personal_data.words import word_list, words_of

MOST_CHANCE = 0.02
"""Largest probability that numbers of another kind all look like identity numbers."""
_COUNT = re.compile(
    r"[<>=~*+-]{0,2} ?(?:\d{1,5}|\d{1,3}(?:[.,]\d{3})+|\d{1,3}[ \u00a0\u202f]\d{3}|\d{1,3}[.,]\d+)[%*]?"
)
"""A number that counts: at most five digits, or more digits if they are separated in groups of three."""
_EMPTY_TEXTS = frozenset(["", "-", "--"])


def find_in_column(header: str, texts: Sequence[str], *, has_places: bool = False) -> str | None:
    """Return the label of a column's personal data if single texts are not enough, or None.

    That is so for numbers with a shape that other numbers may have by chance, for names, and for dates of
    birth. `has_places`: the card declares that the column holds places.
    """
    filled_texts = [text for text in texts if text.strip()]
    if not filled_texts:
        return None
    for shape in by_chance():
        matches = sum(map(shape.finds, filled_texts))
        if matches * 2 >= len(filled_texts) and shape.chance**matches <= MOST_CHANCE:
            return words.label(shape.kind)
    if _are_birth_dates(header, filled_texts):
        return words.label("birth")
    is_of_places = has_places or names_places(header)
    return words.label("name") if _are_names(filled_texts, is_of_places) else None


def names_places(header: str) -> bool:
    """Return True if a header names a kind of place or office."""
    return bool(word_list("places") & {*words_of(header)})


SURE_SHARE, SHAPED_SHARE, KNOWN_SHARE = 0.5, 0.9, 0.25
"""Enough in a column: half of the texts are whole names; or nine tenths have the shape of a name, and every
fourth has a known name."""
PLACES_SHARE, FEWEST_OF_PLACES = 0.9, 8
"""Share and number of whole names in a column of places, which are named after persons, too."""
FEWEST_SHAPED = 3


def _are_names(texts: Sequence[str], is_of_places: bool) -> bool:
    """Return True if the texts of a column are names of persons.

    One text of a column of places is no evidence. Texts of the gazetteer are places.
    """
    candidates = [text for text in texts if any(map(str.isalpha, text))]
    if is_of_places:
        candidates = [text for text in candidates if fold(text) not in gazetteer()]
        names = sum(map(looks_like_a_name, candidates))
        return names >= FEWEST_OF_PLACES and names >= PLACES_SHARE * len(texts)
    names = sum(map(looks_like_a_name, candidates))
    if names and names >= SURE_SHARE * len(texts):
        return True
    shaped_texts = [text for text in candidates if is_shaped_as_a_name(text)]
    known_names = sum(map(count_known_names, shaped_texts))
    return (
        len(shaped_texts) >= max(FEWEST_SHAPED, SHAPED_SHARE * len(texts))
        and known_names >= max(FEWEST_KNOWN, KNOWN_SHARE * len(texts))
        and not all(fold(text) in gazetteer() for text in shaped_texts)
    )


FEWEST_KNOWN = 2
FEWEST_DAYS = 13
"""Number of different days that dates of birth have. The first and last days of months are fewer."""
LONGEST_SERIES = 15
"""Years between the first and the last date of a column from which on the dates are of births."""
_DATE = re.compile(r"(?:(\d{4})-\d{2}-(\d{2})(?:[T ][\d:.]+)?|(\d{1,2}[/.-]\d{1,2})[/.-](\d{4}))")


def _are_birth_dates(header: str, texts: Sequence[str]) -> bool:
    """Return True if all texts are days, of years far apart, and the header names no event.

    The first or the last days of periods are few, and no days of birth.
    """
    dates = [match for text in texts if (match := _DATE.fullmatch(text.strip()))]
    years = [int(match[1] or match[4]) for match in dates]
    days = {match[2] or match[3] for match in dates}
    return (
        len(years) == len(texts) >= FEWEST_SHAPED
        and len(days) >= min(len(dates), FEWEST_DAYS)
        and max(years) - min(years) >= LONGEST_SERIES
        and not word_list("events") & {*words_of(header)}
    )


_LATITUDE, _LONGITUDE = range(7, 84), range(50, 171)
"""Degrees north and west of the members, without sign."""
_DECIMAL = re.compile(r"(-?)(\d{1,3})\.(\d+)")


def find_coordinates(columns: Sequence[Sequence[str]]) -> int | None:
    """Return the position of a column of degrees west if another one has degrees north, or None.

    Each column is a sample of its texts. Half of the degrees have four decimals, which is ten metres.
    """
    degrees = [_are_degrees(texts) for texts in columns]
    return degrees.index("west") if "west" in degrees and "north" in degrees else None


def _are_degrees(texts: Sequence[str]) -> str:
    matches = [_DECIMAL.fullmatch(text.strip()) for text in texts if text.strip()]
    numbers = [match for match in matches if match]
    is_precise = sum(len(match[3]) >= 4 for match in numbers) * 2 >= len(numbers)
    if len(numbers) < max(2, len(matches)) or not is_precise:
        return ""
    if all(m[1] and int(m[2]) in _LONGITUDE for m in numbers):
        return "west"
    return "north" if all(not m[1] and int(m[2]) in _LATITUDE for m in numbers) else ""


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
