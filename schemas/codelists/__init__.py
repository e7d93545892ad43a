"""Code lists: each is a CSV file in this folder. This module reads them and looks up codes.

Country codes are in schemas/countries, not here.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = [
    "NOT_APPLICABLE",
    "OTHER",
    "STATELESS",
    "TOTAL",
    "UNKNOWN",
    "Code",
    "codelist",
    "find",
    "find_in",
    "fold",
    "names",
]

TOTAL, UNKNOWN, OTHER, NOT_APPLICABLE = "_T", "_U", "_O", "_Z"
"""SDMX cross-domain codes: total or not broken down, unknown, other, not applicable."""

STATELESS = "STLS"
"""Code of stateless persons, as in Eurostat's lists; used next to country codes."""

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Code:
    """A code of a list, with its names, its parent and the other columns of the list."""

    code: str
    parent: str | None
    es: str
    en: str
    fr: str
    external: str
    attributes: Mapping[str, str]

    def name(self, lang: str) -> str:
        """Return the name in a language, or in English if the list has none in it."""
        return {"es": self.es, "fr": self.fr}.get(lang, self.en)


@cache
def names() -> tuple[str, ...]:
    """Return the names of all code lists, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv")))


@cache
def codelist(name: str) -> dict[str, Code]:
    """Return the codes of a list, in file order. Raises KeyError for a list that does not exist."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        raise KeyError(f"There is no code list '{name}'; there are: {', '.join(names())}.")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: _code(row) for row in csv.DictReader(file)}


def _code(row: dict[str, str]) -> Code:
    named_columns = ("code", "parent", "es", "en", "fr", "external")
    return Code(
        code=row["code"],
        parent=row.get("parent") or None,
        es=row["es"],
        en=row["en"],
        fr=row.get("fr") or row["en"],
        external=row.get("external", ""),
        attributes={key: value or "" for key, value in row.items() if key not in named_columns},
    )


@cache
def _codes_by_label(name: str) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for code in codelist(name).values():
        aliases = code.attributes.get("aliases", "").split("|")
        for label in {fold(label) for label in (code.es, code.en, code.fr, *aliases) if label}:
            codes.setdefault(label, []).append(code.code)
    return codes


def find(name: str, text: str, among: Collection[str] = ()) -> str | None:
    """Return the code that `text` names in the list, or None. Never guesses.

    `text` is the code itself, a name of it or an alias. Of codes that share a name, one in `among` is taken.
    """
    text = text.strip()
    if text in codelist(name):
        return text
    codes = _codes_by_label(name).get(fold(text), [])
    return next((code for code in codes if code in among), codes[0] if codes else None)


def find_in(names: Collection[str], text: str) -> str | None:
    """Return the code that `text` names in the lists, or None: a name of several codes names none."""
    text = text.strip()
    if any(text in codelist(name) for name in names):
        return text
    codes = {code for name in names for code in _codes_by_label(name).get(fold(text), [])}
    return codes.pop() if len(codes) == 1 else None


def is_within(name: str, code: str, ancestor: str) -> bool:
    """Return True if `code` is `ancestor` or below it in the list."""
    ancestor_or_self: str | None = code
    while ancestor_or_self is not None and ancestor_or_self != ancestor:
        ancestor_or_self = codelist(name)[ancestor_or_self].parent
    return ancestor_or_self == ancestor


def fold(text: str) -> str:
    """Return the text in lower case, without accents, with single spaces. Labels are compared in this
    form."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
