"""Names that were shortened: word by word ("C. Rica"), or cut at a fixed width ("Trinidad y Toba").

Only where one meaning fits; likeness does not count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from functools import cache

from schemas.countries import text as texts
from schemas.countries.answer import COUNTRY_KINDS, Meaning, Resolution, index, of_meaning

SHORTEST_FULL = 4
SHORTEST_CUT = 12


def abbreviated(text: str) -> Meaning:
    """Word for word, one of them in full, in any rotation of their order."""
    given = texts.words_with_initials(text)
    if len(given) < 2:
        return None
    orders = [given[n:] + given[:n] for n in range(len(given))]
    return _one_of(
        meaning
        for full in given
        if len(full) >= SHORTEST_FULL
        for words, meaning in names_with_word().get(full, ())
        if any(_abbreviates(order, words) for order in orders)
    )


def cut(text: str) -> Meaning:
    """Cut within a word; what ends where a word of the name does, or in a name, may be another one."""
    key = texts.key(text)
    if len(key) < SHORTEST_CUT or not text[-1:].isalpha() or key.split()[-1] in index()["name"]:
        return None
    found = _one_of(_names_beginning(key))
    return found if found is not None and (found.kind in COUNTRY_KINDS or found.candidates) else None


@cache
def names_with_word() -> dict[str, list[tuple[list[str], str]]]:
    """Word → the names in which it stands in full and distinguishes, as lists of words."""
    stop = frozenset(texts.words()["stop"])
    common = {word for group in texts.words()["synonyms"] for word in group}
    beginnings: dict[str, list[tuple[list[str], str]]] = {}
    for tier in ("ambiguous", "name"):
        for key, (meaning, _) in index()[tier].items():
            words = [word for word in key.split() if word not in stop]
            for word in set(words) - common:
                beginnings.setdefault(word, []).append((words, meaning))
    return beginnings


def _abbreviates(given: list[str], words: list[str]) -> bool:
    """A word that is a country's name by itself ("France") abbreviates none ("français")."""
    return len(given) == len(words) and all(
        full == short or (full.startswith(short) and short not in index()["name"])
        for short, full in zip(given, words, strict=True)
    )


@cache
def sorted_names() -> list[tuple[str, str, str]]:
    """Every key that is ambiguous, a name or a demonym, in order, with its meaning and rule."""
    names: dict[str, tuple[str, str]] = {}
    for tier in ("demonym", "name", "ambiguous"):
        names |= index()[tier]
    return sorted((key, *meaning) for key, meaning in names.items())


def _names_beginning(key: str) -> list[str]:
    names = sorted_names()
    meanings = []
    for name, meaning, _ in names[bisect_left(names, (key,)) :]:
        if not name.startswith(key):
            break
        if name != key:
            meanings.append(meaning if name[len(key)] != " " else "?*")
    return meanings


def _one_of(meanings: object) -> Meaning:
    """The one meaning; an ambiguous answer over all that are possible, likeliest first; None for nothing."""
    counted = Counter(meanings)  # type: ignore[call-overload]
    if len(counted) == 1:
        return of_meaning(next(iter(counted)), "")
    codes = Counter(
        {
            word: n
            for one, n in counted.most_common()
            for word in one.split()
            if len(word) == 3 and word.isalpha()
        }
    )
    candidates = tuple(code for code, _ in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0])))
    return Resolution("ambiguous", "", candidates=candidates, reason="ambiguous") if candidates else None
