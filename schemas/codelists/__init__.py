"""Code lists: one CSV beside this file per list. Here only reading and looking up; no code's meaning.

Country codes live in schemas/countries, not here.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOTAL, UNKNOWN, OTHER, NOT_APPLICABLE = "_T", "_U", "_O", "_Z"
"""SDMX cross-domain codes: total or not broken down, unknown, other, not applicable."""

STATELESS = "STLS"
"""Code of stateless persons, as Eurostat has it; beside the codes of countries."""

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Code:
    """One code of a list, with its names, its parent and what else the list says of it."""

    code: str
    parent: str | None
    es: str
    en: str
    fr: str
    external: str
    attributes: Mapping[str, str]

    def name(self, lang: str) -> str:
        """The code's name in a language; in English where the list has none in it."""
        return {"es": self.es, "fr": self.fr}.get(lang, self.en)


@cache
def names() -> tuple[str, ...]:
    """The code lists there are, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv")))


@cache
def codelist(name: str) -> dict[str, Code]:
    """The codes of one list, in file order. Raises KeyError for a list that does not exist."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        raise KeyError(f"There is no code list '{name}'; there are: {', '.join(names())}.")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: _code(row) for row in csv.DictReader(file)}


def _code(row: dict[str, str]) -> Code:
    known = ("code", "parent", "es", "en", "fr", "external")
    return Code(
        code=row["code"],
        parent=row.get("parent") or None,
        es=row["es"],
        en=row["en"],
        fr=row.get("fr") or row["en"],
        external=row.get("external", ""),
        attributes={key: value or "" for key, value in row.items() if key not in known},
    )


@cache
def _by_label(name: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for code in codelist(name).values():
        aliases = code.attributes.get("aliases", "").split("|")
        for label in (code.es, code.en, code.fr, *aliases):
            if label:
                labels.setdefault(fold(label), code.code)
    return labels


def find(name: str, text: str) -> str | None:
    """The code that `text` names in the list (itself, a name or an alias), or None. Never guesses."""
    text = text.strip()
    return text if text in codelist(name) else _by_label(name).get(fold(text))


def within(name: str, code: str, ancestor: str) -> bool:
    """True if `code` is `ancestor` or stands below it in the list."""
    step: str | None = code
    while step is not None and step != ancestor:
        step = codelist(name)[step].parent
    return step == ancestor


def fold(text: str) -> str:
    """Lower case, no accents, single spaces: the form in which labels are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
