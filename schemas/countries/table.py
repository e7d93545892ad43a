"""The countries, territories and historic entities themselves: their codes, names and M49 regions.

What a text means is resolver.py's; which grouping a country is in is groupings'.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Country:
    """One row of countries.csv. Codes are ISO 3166 and UN M49; an absent one is None."""

    code: str
    alpha2: str | None
    m49: str | None
    kind: str  # country, territory, historic
    sovereign: str | None
    region: str | None
    subregion: str | None
    intermediate: str | None
    valid_from: date | None
    valid_to: date | None
    name_es: str
    name_en: str
    name_fr: str

    def name(self, lang: str) -> str:
        """Its name in a language; in English where the table has none in it."""
        return str(getattr(self, f"name_{lang}", self.name_en))

    @property
    def state(self) -> str:
        """The code of the sovereign state, the country itself where it depends on none."""
        return self.sovereign or self.code

    @property
    def areas(self) -> frozenset[str]:
        """Every M49 code that covers it, its own included."""
        own = (self.m49, self.region, self.subregion, self.intermediate)
        return frozenset(code for code in own if code)


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of this folder's CSV files."""
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _country(row: dict[str, str]) -> Country:
    valid_from, valid_to = (
        date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to")
    )
    return Country(
        code=row["code"],
        alpha2=row["alpha2"] or None,
        m49=row["m49"] or None,
        kind=row["kind"],
        sovereign=row["sovereign"] or None,
        region=row["region"] or None,
        subregion=row["subregion"] or None,
        intermediate=row["intermediate"] or None,
        valid_from=valid_from,
        valid_to=valid_to,
        name_es=row["name_es"],
        name_en=row["name_en"],
        name_fr=row["name_fr"],
    )


@cache
def _by_code() -> dict[str, Country]:
    return {row["code"]: _country(row) for row in rows_of("countries.csv")}


def all_countries() -> list[Country]:
    """All of them: those in force by alpha-3, then the historic ones."""
    return list(_by_code().values())


def lookup(code: str) -> Country:
    """The country of an alpha-3 code; KeyError for any other text."""
    return _by_code()[code]


def is_country(code: str) -> bool:
    """Whether `code` is the alpha-3 code of a country, territory or historic entity."""
    return code in _by_code()


def countries_in(area: str) -> frozenset[str]:
    """The alpha-3 codes, in force today, that one M49 code covers; empty for no such code."""
    parts = {area, *_contains().get(area, ())}
    return frozenset().union(*(_by_area().get(part, ()) for part in parts))


@cache
def _by_area() -> dict[str, set[str]]:
    """The countries in force of each M49 code that their own columns name."""
    found: dict[str, set[str]] = {}
    for country in all_countries():
        for area in country.areas if country.kind != "historic" else ():
            found.setdefault(area, set()).add(country.code)
    return found


@cache
def _contains() -> dict[str, list[str]]:
    """The codes a region is made of, where the countries' own columns do not name that region."""
    return {code: row["contains"].split() for code, row in _regions().items()}


def is_area(code: str) -> bool:
    """Whether `code` is an M49 code of a region or of a country in force."""
    return bool(countries_in(code))


def countries_of(code: str) -> frozenset[str]:
    """The countries that a code stands for: its own, those of a region or of several joined by `+`."""
    parts = code.split("+")
    return frozenset().union(*({part} if is_country(part) else countries_in(part) for part in parts))


def regions() -> list[str]:
    """The M49 codes of the regions that hold a country."""
    return [code for code in _regions() if countries_in(code)]


def area_name(code: str, lang: str) -> str:
    """The name of an M49 region in a language; in English where it has none. KeyError for no such code."""
    row = _regions()[code]
    return row.get(f"name_{lang}") or row["name_en"]


@cache
def _regions() -> dict[str, dict[str, str]]:
    return {row["m49"]: row for row in rows_of("regions.csv")}
