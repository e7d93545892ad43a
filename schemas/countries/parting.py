"""Where a cell is parted, and which names stand in it whole: "Honduras/Reino Unido" names two.

What a name means is names.py's, which passes the reader of one name in.
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

Named = Callable[[str], Meaning]
Span = tuple[int, int]


@cache
def _marks(marks: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(texts.words()["several"], key=len, reverse=True)))
    return re.compile(rf"\s*(?:(?:{marks})\s*)+(?:(?:{words})\s+)?|\s+(?:{words})\s+", re.IGNORECASE)


def pieces(text: str, marks: str = LIST_MARKS) -> list[Span]:
    """Where the pieces stand between all marks and all words such as "and"."""
    ends = [(match.start(), match.end()) for match in _marks(marks).finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if text[start:stop].strip()]


def listed(text: str, named: Named) -> list[Resolution] | None:
    """The meanings of the fewest names that make up the whole text, or None.

    Pieces belong together where they are one name: "Trinidad y Tobago y Guyana" is two countries.
    """
    spans = pieces(text)
    if not 2 <= len(spans) <= MOST_PIECES:
        return None
    best: list[list[Resolution] | None] = [[]]
    for stop in range(1, len(spans) + 1):
        found: list[Resolution] | None = None
        for start in range(stop):
            before = best[start]
            if (
                (start, stop) == (0, len(spans))
                or before is None
                or (found is not None and len(before) + 1 >= len(found))
            ):
                continue
            piece = text[spans[start][0] : spans[stop - 1][1]]
            meaning = named(piece) if piece.count("(") == piece.count(")") else None
            if meaning is not None:
                found = [*before, meaning]
        best.append(found)
    whole = best[-1]
    return whole if whole is not None and len(whole) > 1 else None


def standing_apart(text: str, named: Named) -> list[Resolution]:
    """The countries and ambiguous words that stand in a text as whole pieces, longest first from the left."""
    spans = pieces(text, ALL_MARKS)[:MOST_PIECES]
    if len(spans) < 2:
        return []
    meanings, start = [], 0
    while start < len(spans):
        for stop in range(len(spans), start, -1):
            if (start, stop) == (0, len(spans)):
                continue
            meaning = named(text[spans[start][0] : spans[stop - 1][1]].strip(" ()[]{}"))
            if meaning is not None and (meaning.code or meaning.candidates):
                meanings.append(meaning)
                break
        start = stop if stop > start else start + 1
    return meanings


def codes_of(meaning: Resolution) -> frozenset[str]:
    return frozenset([meaning.code] if meaning.code else meaning.candidates)


def are_two(meanings: Iterable[Resolution]) -> bool:
    """Whether they cannot all be one country."""
    sets = [codes_of(one) for one in meanings]
    return len(sets) > 1 and not frozenset.intersection(*sets)


def may_all_be(whole: Resolution, meanings: list[Resolution]) -> bool:
    """Whether what was found is what each of the pieces may be."""
    sets = [codes_of(one) for one in meanings]
    common = frozenset.intersection(*sets) if len(sets) > 1 else None
    return common is None or (bool(common) and (whole.code is None or whole.code in common))
