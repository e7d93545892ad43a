"""Words and places that are no persons: words of texts, code lists and countries; names of regions."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pycountry

from schemas.codelists import fold
from schemas.words import CONTRACT_LANGUAGES, words

_SCHEMAS = Path(__file__).parents[1]
_TABLES = (*sorted((_SCHEMAS / "codelists").glob("*.csv")), _SCHEMAS / "countries" / "countries.csv")
_WORD = re.compile(r"[a-z]{2,}")


@cache
def vocabulary() -> frozenset[str]:
    """Return all words, without accents and capitals."""
    return frozenset(word for text in _texts() for word in _WORD.findall(fold(text)))


@cache
def gazetteer() -> frozenset[str]:
    """Return the names of the first divisions of all countries, as ISO 3166-2 has them, without accents."""
    return frozenset(fold(division.name) for division in pycountry.subdivisions)


def _texts() -> Iterator[str]:
    for lang in CONTRACT_LANGUAGES:
        yield from words(lang).values()
    for path in _TABLES:
        with path.open(encoding="utf-8", newline="") as file:
            yield from (cell for row in csv.reader(file) for cell in row)
