"""Countries that a text resembles: suggestions for a person, and grounds for a rule to refuse a text.

Likeness never decides the meaning of a text.
"""

from __future__ import annotations

from functools import cache

from schemas.countries.answer import index

MOST_SUGGESTIONS = 5
LIKENESS = 72  # minimum similarity (of 100) of a useful suggestion


@cache
def codes_by_name() -> dict[str, tuple[str, ...]]:
    """Return key → codes, for every name and demonym."""
    codes_by_key: dict[str, tuple[str, ...]] = {}
    for tier in ("ambiguous", "name", "demonym"):
        for key, (meaning, _) in index()[tier].items():
            codes = tuple(word for word in meaning.split(" ") if word.isalpha() and len(word) == 3)
            if codes:
                codes_by_key[key] = codes
    return codes_by_key


@cache
def _all_names() -> list[str]:
    """Return every name and demonym; a list, because a search over it takes the time of copying one."""
    return list(codes_by_name())


def codes_one_letter_away(key: str) -> set[str]:
    """Return the countries whose names differ from the key by a single letter: grounds to refuse it.

    The letter may be added, missing, replaced or exchanged with its neighbour.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    near = process.extract_iter(key, _all_names(), scorer=OSA.distance, score_cutoff=1)
    return {code for name, _, _ in near for code in codes_by_name()[name]}


def suggestions(key: str) -> tuple[str, ...]:
    """Return the countries with the most similar names: suggestions for a person, never applied."""
    from rapidfuzz import fuzz, process

    similar_names = process.extract(key, _all_names(), scorer=fuzz.ratio, limit=12, score_cutoff=LIKENESS)
    codes = dict.fromkeys(code for name, _, _ in similar_names for code in codes_by_name()[name])
    return tuple(codes)[:MOST_SUGGESTIONS]
