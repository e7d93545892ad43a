"""A letter that was lost on the way and left U+FFFD: which names have one letter in its place.

No likeness: every other letter must be there. What a name means is the index's.
"""

from __future__ import annotations

import re
from itertools import product

from schemas.countries import text as texts
from schemas.countries.answer import Meaning, Resolution, of_meaning
from schemas.countries.names import Reader
from schemas.countries.shortened import sorted_names

_HOLE = "\u0298"  # a letter that no name has, so that keys keep the place
_RUN = re.compile(f"{_HOLE}+")
_LETTERS = "aeiounc"  # what an accented letter is in a key
MOST_TRIED = 3


def read(text: str, reader: Reader) -> Meaning:
    """The one meaning that fits; ambiguous where several do, None where none does."""
    plain = texts.without_marks(text.replace(texts.LOST, _HOLE))
    found = _by_names(texts.key(plain)) or _by_patterns(plain, reader)
    meanings = {(one.kind, one.citizenship, one.candidates): one for one in found}
    if len(meanings) == 1:
        return next(iter(meanings.values()))
    codes = tuple(
        dict.fromkeys(code for one in found for code in ([one.code] if one.code else one.candidates))
    )
    return Resolution("ambiguous", "", candidates=codes, reason="ambiguous") if codes else None


def _by_names(key: str) -> list[Resolution]:
    pattern = _RUN.sub(lambda run: f"[a-z ]{{1,{len(run.group())}}}", re.escape(key))
    fits = re.compile(pattern).fullmatch
    return [of_meaning(meaning, rule) for name, meaning, rule in sorted_names() if fits(name)]


def _by_patterns(text: str, reader: Reader) -> list[Resolution]:
    """ "Otros pa\ufffdses": each run of holes as each letter; what no pattern reads says nothing."""
    holes = _RUN.findall(text)
    if len(holes) > MOST_TRIED or len(texts.key(text).replace(_HOLE, "")) < 2 * len(holes):
        return []
    readings = []
    for letters in product(_LETTERS, repeat=len(holes)):
        filled = iter(letters)
        readings.append(reader.read(_RUN.sub(lambda _: next(filled), text)))  # noqa: B023
    return [one for one in readings if one is not None]
