"""Names with letters that were lost and left U+FFFD: finds the names with a letter in that position.

This is no comparison by likeness: every other letter must match. The index gives the meaning of a name.
"""

from __future__ import annotations

import re
from itertools import product

from schemas.countries import text as texts
from schemas.countries.answer import Meaning, Resolution, parse_meaning
from schemas.countries.names import Reader
from schemas.countries.short_names import sorted_names

_HOLE = "\u0298"  # a letter that is in no name, so that keys keep the position
_RUN = re.compile(f"{_HOLE}+")
_LETTERS = "aeiounc"  # the letters that accented letters become in a key
MOST_TRIED = 3


def read(text: str, reader: Reader) -> Meaning:
    """Return the only meaning that fits. Ambiguous if several fit, None if none fits."""
    plain = texts.without_marks(text.replace(texts.LOST_LETTER, _HOLE))
    resolutions = _match_names(texts.key(plain)) or _match_patterns(plain, reader)
    meanings = {
        (resolution.kind, resolution.citizenship, resolution.candidates): resolution
        for resolution in resolutions
    }
    if len(meanings) == 1:
        return next(iter(meanings.values()))
    codes = tuple(
        dict.fromkeys(
            code
            for resolution in resolutions
            for code in ([resolution.code] if resolution.code else resolution.candidates)
        )
    )
    return Resolution("ambiguous", "", candidates=codes, reason="ambiguous") if codes else None


def _match_names(key: str) -> list[Resolution]:
    pattern = _RUN.sub(lambda run: f"[a-z ]{{1,{len(run.group())}}}", re.escape(key))
    fits = re.compile(pattern).fullmatch
    return [parse_meaning(meaning, rule) for name, meaning, rule in sorted_names() if fits(name)]


def _match_patterns(text: str, reader: Reader) -> list[Resolution]:
    """Return the meanings of patterns, as in "Otros pa\ufffdses", with each letter tried for each lost
    letter."""
    holes = _RUN.findall(text)
    if len(holes) > MOST_TRIED or len(texts.key(text).replace(_HOLE, "")) < 2 * len(holes):
        return []
    readings = []
    for letters in product(_LETTERS, repeat=len(holes)):
        replacements = iter(letters)
        readings.append(reader.read(_RUN.sub(lambda _: next(replacements), text)))  # noqa: B023
    return [reading for reading in readings if reading is not None]
