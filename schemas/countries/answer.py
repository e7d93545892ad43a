"""Resolution of a cell to a country, and the index of names from which resolutions are read.

text.py turns a text into a key; names.py decides in which order keys are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from schemas.countries.table import FOLDER, lookup

COUNTRY_KINDS = frozenset({"country", "territory", "historic"})
MISSPELLING = "misspelling"
"""Rule of a text that is read although it is misspelt. Each is reported to the sender of a file."""
SPECIAL_KINDS = {"_O": "other", "_U": "unknown", "STLS": "stateless"}


@dataclass(frozen=True, slots=True)
class Resolution:
    """Meaning of a text. `code` is given for kinds country, territory and historic only."""

    kind: str
    rule: str
    code: str | None = None
    candidates: tuple[str, ...] = ()  # of a refused text: the codes it may mean, likeliest first
    reason: str | None = None  # of a refused text, or of a word that is no citizenship (a total)
    area: str | None = None  # of an aggregate: the M49 codes that cover it, joined by "+";
    # of an ambiguous word: the area that it may name
    members: tuple[str, ...] = ()  # of kind "several": their codes

    @property
    def is_read(self) -> bool:
        """True unless the text was refused."""
        return self.kind not in ("ambiguous", "unresolved")

    @property
    def citizenship(self) -> str | None:
        """Code that an observation carries (origin.py reads it); None if there is none."""
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
    """Read index.tsv: tier → key → (meaning, rule)."""
    tiers: dict[str, dict[str, tuple[str, str]]] = {}
    with open(FOLDER / "index.tsv", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                tier, key, meaning, rule = line.rstrip("\n").split("\t")
                tiers.setdefault(tier, {})[key] = (meaning, rule)
    return tiers


def readable_names(code: str) -> list[str]:
    """Return the names by which a text is read as a country, folded; neither misspellings nor demonyms."""
    names = index()["name"].items()
    return [key for key, (meaning, rule) in names if meaning == code and rule != MISSPELLING]


@cache
def names_in_other_languages() -> dict[str, str]:
    """Read index_elsewhere.tsv, the names in other languages: key → code.

    It is read only if no other name fits.
    """
    with open(FOLDER / "index_elsewhere.tsv", encoding="utf-8") as file:
        pairs = (line.rstrip("\n").partition("\t") for line in file if not line.startswith("#"))
        return {key: code for key, _, code in pairs}


def parse_meaning(meaning: str, rule: str) -> Resolution:
    """Return the resolution of a meaning as the index writes it: ABC, 002+142, -, _U, _O total, ?* ABC."""
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
