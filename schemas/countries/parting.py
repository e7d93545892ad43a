"""Parts of a cell and the names that they contain: "Honduras/Reino Unido" names two countries.

The meaning of a name is decided in names.py, which passes in the function that reads a single name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from schemas.countries import text as texts
from schemas.countries.answer import Meaning, Resolution

MOST_PIECES = 12
LIST_MARKS = r"[/\\;|+\n,&•·]|[–—‒]|-"
ALL_MARKS = LIST_MARKS + r"|[:()\[\]{}«»\"“”]"

NameReader = Callable[[str], Meaning]
Span = tuple[int, int]


@cache
def _separators(marks: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(texts.word_lists()["several"], key=len, reverse=True)))
    return re.compile(rf"\s*(?:(?:{marks})\s*)+(?:(?:{words})\s+)?|\s+(?:{words})\s+", re.IGNORECASE)


def pieces(text: str, marks: str = LIST_MARKS) -> list[Span]:
    """Return the spans of the pieces between all marks and all words such as "and"."""
    ends = [(match.start(), match.end()) for match in _separators(marks).finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if text[start:stop].strip()]


def meanings_of_list(text: str, read_name: NameReader) -> list[Resolution] | None:
    """Return the meanings of the fewest names that make up the whole text, or None.

    Pieces that are a single name stay together: "Trinidad y Tobago y Guyana" is two countries.
    """
    spans = pieces(text)
    if not 2 <= len(spans) <= MOST_PIECES:
        return None
    best: list[list[Resolution] | None] = [[]]
    for stop in range(1, len(spans) + 1):
        fewest: list[Resolution] | None = None
        for start in range(stop):
            before = best[start]
            if (
                (start, stop) == (0, len(spans))
                or before is None
                or (fewest is not None and len(before) + 1 >= len(fewest))
            ):
                continue
            piece = text[spans[start][0] : spans[stop - 1][1]]
            meaning = read_name(piece) if piece.count("(") == piece.count(")") else None
            if meaning is not None:
                fewest = [*before, meaning]
        best.append(fewest)
    meanings = best[-1]
    return meanings if meanings is not None and len(meanings) > 1 else None


def meanings_of_pieces(text: str, read_name: NameReader) -> list[Resolution]:
    """Return the countries and ambiguous words that are whole pieces of a text.

    Starts at the left and prefers longer pieces.
    """
    spans = pieces(text, ALL_MARKS)[:MOST_PIECES]
    if len(spans) < 2:
        return []
    meanings, start = [], 0
    while start < len(spans):
        for stop in range(len(spans), start, -1):
            if (start, stop) == (0, len(spans)):
                continue
            meaning = read_name(text[spans[start][0] : spans[stop - 1][1]].strip(" ()[]{}"))
            if meaning is not None and (meaning.code or meaning.candidates):
                meanings.append(meaning)
                break
        start = stop if stop > start else start + 1
    return meanings


def codes_of(meaning: Resolution) -> frozenset[str]:
    return frozenset([meaning.code] if meaning.code else meaning.candidates)


def are_two(meanings: Iterable[Resolution]) -> bool:
    """Return True if the meanings cannot all be the same country."""
    sets = [codes_of(meaning) for meaning in meanings]
    return len(sets) > 1 and not frozenset.intersection(*sets)


def may_all_be(text_meaning: Resolution, meanings: list[Resolution]) -> bool:
    """Return True if the meaning of the whole text can be the meaning of each piece."""
    sets = [codes_of(meaning) for meaning in meanings]
    common = frozenset.intersection(*sets) if len(sets) > 1 else None
    return common is None or (bool(common) and (text_meaning.code is None or text_meaning.code in common))
