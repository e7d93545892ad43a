"""Which countries a text resembles: for a person to choose from, and for a rule to refuse by.

Likeness never decides what a text means.
"""

from __future__ import annotations

from functools import cache

from schemas.countries.answer import index

MOST = 5
LIKENESS = 72  # of 100, below which a suggestion helps nobody


@cache
def named() -> dict[str, tuple[str, ...]]:
    """Key → codes, of every name and demonym."""
    codes_by_key: dict[str, tuple[str, ...]] = {}
    for tier in ("ambiguous", "name", "demonym"):
        for key, (meaning, _) in index()[tier].items():
            codes = tuple(word for word in meaning.split(" ") if word.isalpha() and len(word) == 3)
            if codes:
                codes_by_key[key] = codes
    return codes_by_key


def one_slip_away(key: str) -> set[str]:
    """The countries one letter more, less, other or out of place would name: reason to refuse."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    near = process.extract_iter(key, list(named()), scorer=OSA.distance, score_cutoff=1)
    return {code for name, _, _ in near for code in named()[name]}


def suggestions(key: str) -> tuple[str, ...]:
    """The countries whose names look most alike. For a person to choose from, never applied."""
    from rapidfuzz import fuzz, process

    alike = process.extract(key, list(named()), scorer=fuzz.ratio, limit=12, score_cutoff=LIKENESS)
    codes = dict.fromkeys(code for name, _, _ in alike for code in named()[name])
    return tuple(codes)[:MOST]
