"""Shortened names: abbreviated word by word ("C. Rica"), or cut at a fixed width ("Trinidad y Toba").

A name is read only if a single meaning fits. Likeness does not count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from functools import cache

from schemas.countries import text as texts
from schemas.countries.answer import COUNTRY_KINDS, Meaning, Resolution, index, parse_meaning

SHORTEST_FULL = 4
SHORTEST_CUT = 12


def read_abbreviation(text: str) -> Meaning:
    """Return the meaning of a text whose words abbreviate a name, or None.

    At least one word must be in full. The order may be rotated.
    """
    words_of_text = texts.words_with_initials(text)
    if len(words_of_text) < 2:
        return None
    orders = [words_of_text[n:] + words_of_text[:n] for n in range(len(words_of_text))]
    return _only_meaning(
        meaning
        for full in words_of_text
        if len(full) >= SHORTEST_FULL
        for words_of_name, meaning in names_with_word().get(full, ())
        if any(_abbreviates(order, words_of_name) for order in orders)
    )


def read_cut_name(text: str) -> Meaning:
    """Return the meaning of a text that is cut within a word, or None.

    A text that ends at the end of a word, or in a word that is a name, may be another country.
    """
    key = texts.key(text)
    if len(key) < SHORTEST_CUT or not text[-1:].isalpha() or key.split()[-1] in index()["name"]:
        return None
    resolution = _only_meaning(_meanings_of_names_beginning(key))
    return (
        resolution
        if resolution is not None and (resolution.kind in COUNTRY_KINDS or resolution.candidates)
        else None
    )


@cache
def names_with_word() -> dict[str, list[tuple[list[str], str]]]:
    """Return word → the names that contain it in full and that it distinguishes, as lists of words."""
    stop = frozenset(texts.word_lists()["stop"])
    common = {word for group in texts.word_lists()["synonyms"] for word in group}
    beginnings: dict[str, list[tuple[list[str], str]]] = {}
    for tier in ("ambiguous", "name"):
        for key, (meaning, _) in index()[tier].items():
            words = [word for word in key.split() if word not in stop]
            for word in set(words) - common:
                beginnings.setdefault(word, []).append((words, meaning))
    return beginnings


def _abbreviates(shorts: list[str], words: list[str]) -> bool:
    """Return True if each word abbreviates the word in the same position.

    A word that is a country's name by itself ("France") does not abbreviate another word ("français").
    """
    return len(shorts) == len(words) and all(
        full == short or (full.startswith(short) and short not in index()["name"])
        for short, full in zip(shorts, words, strict=True)
    )


@cache
def sorted_names() -> list[tuple[str, str, str]]:
    """Return every key that is ambiguous, a name or a demonym, sorted, with its meaning and rule."""
    names: dict[str, tuple[str, str]] = {}
    for tier in ("demonym", "name", "ambiguous"):
        names |= index()[tier]
    return sorted((key, *meaning) for key, meaning in names.items())


def _meanings_of_names_beginning(key: str) -> list[str]:
    names = sorted_names()
    meanings = []
    for name, meaning, _ in names[bisect_left(names, (key,)) :]:
        if not name.startswith(key):
            break
        if name != key:
            meanings.append(meaning if name[len(key)] != " " else "?*")
    return meanings


def _only_meaning(meanings: object) -> Meaning:
    """Return the only meaning, or an ambiguous resolution with all possible codes, likeliest first.

    None for no meanings.
    """
    counts = Counter(meanings)  # type: ignore[call-overload]
    if len(counts) == 1:
        return parse_meaning(next(iter(counts)), "")
    codes = Counter(
        {
            word: n
            for meaning, n in counts.most_common()
            for word in meaning.split()
            if len(word) == 3 and word.isalpha()
        }
    )
    candidates = tuple(code for code, _ in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0])))
    return Resolution("ambiguous", "", candidates=candidates, reason="ambiguous") if candidates else None
