"""The answer to "what does this cell say", and the index of names from which answers are read.

How a text comes to a key is text.py's, in which order keys are tried names.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from schemas.countries.table import FOLDER, lookup

COUNTRY_KINDS = frozenset({"country", "territory", "historic"})
SPECIAL_KINDS = {"_O": "other", "_U": "unknown", "STLS": "stateless"}


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer. `code` is given for country, territory and historic only."""

    kind: str
    rule: str
    code: str | None = None
    candidates: tuple[str, ...] = ()  # of a refusal: what it may be, likeliest first
    reason: str | None = None  # of a refusal, or of a word that is no citizenship (a total)
    area: str | None = None  # of an aggregate: the M49 codes that cover it, joined by "+";
    # of an ambiguous word: the area it may name
    members: tuple[str, ...] = ()  # of several: their codes

    @property
    def citizenship(self) -> str | None:
        """The code an observation carries (origin.py reads it); None where there is none."""
        if self.kind in COUNTRY_KINDS:
            return self.code
        if self.kind == "several":
            return "+".join(self.members)
        if self.kind in SPECIAL_KINDS.values() and self.reason is None:
            return next(code for code, kind in SPECIAL_KINDS.items() if kind == self.kind)
        if self.kind == "aggregate":
            return self.area or next(iter(SPECIAL_KINDS))
        return None


Meaning = Resolution | None


@cache
def index() -> dict[str, dict[str, tuple[str, str]]]:
    """index.tsv: tier → key → (meaning, rule)."""
    tiers: dict[str, dict[str, tuple[str, str]]] = {}
    with open(FOLDER / "index.tsv", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                tier, key, meaning, rule = line.rstrip("\n").split("\t")
                tiers.setdefault(tier, {})[key] = (meaning, rule)
    return tiers


@cache
def elsewhere() -> dict[str, str]:
    """index_elsewhere.tsv, names in the other languages: key → code. Read when nothing else is found."""
    with open(FOLDER / "index_elsewhere.tsv", encoding="utf-8") as file:
        pairs = (line.rstrip("\n").partition("\t") for line in file if not line.startswith("#"))
        return {key: code for key, _, code in pairs}


def of_meaning(meaning: str, rule: str) -> Resolution:
    """The answer behind a meaning as the index writes it: ABC, 002+142, -, _U, _O total, ?* ABC."""
    first, *rest = meaning.split(" ")
    if first.startswith("?"):
        codes = tuple(word for word in rest if word.isalpha())
        area = next((word for word in rest if word.isdigit()), None)
        return Resolution("ambiguous", rule, candidates=codes, reason="ambiguous", area=area)
    if first in SPECIAL_KINDS:
        return Resolution(SPECIAL_KINDS[first], rule, reason=rest[0] if rest else None)
    if first == "-":
        return Resolution("aggregate", rule)
    if first[0].isdigit():
        return Resolution("aggregate", rule, area=first)
    return Resolution(lookup(first).kind, rule, code=first)
