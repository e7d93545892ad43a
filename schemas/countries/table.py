"""The table of countries, territories and historic entities: codes, names and M49 regions.

The meaning of a text is decided in resolver.py; the members of a grouping are in schemas/groupings.
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
    """A row of countries.csv. Codes are ISO 3166 and UN M49; a missing code is None."""

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
        """Return the name in a language, or in English if the table has none in it."""
        return str(getattr(self, f"name_{lang}", self.name_en))

    @property
    def state(self) -> str:
        """Code of the sovereign state; the country's own code if it depends on no other."""
        return self.sovereign or self.code

    @property
    def areas(self) -> frozenset[str]:
        """All M49 codes that cover the country, with its own."""
        area_codes = (self.m49, self.region, self.subregion, self.intermediate)
        return frozenset(code for code in area_codes if code)


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of this folder."""
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
    """Return all countries: those in force by alpha-3 code, then the historic ones."""
    return list(_by_code().values())


def lookup(code: str) -> Country:
    """Return the country of an alpha-3 code. KeyError for any other text."""
    return _by_code()[code]


def is_country(code: str) -> bool:
    """Return True if `code` is the alpha-3 code of a country, territory or historic entity."""
    return code in _by_code()


def countries_in(area: str) -> frozenset[str]:
    """Return the alpha-3 codes in force that an M49 code covers. Empty for an unknown code."""
    parts = {area, *_parts_of_regions().get(area, ())}
    return frozenset().union(*(_by_area().get(part, ()) for part in parts))


@cache
def _by_area() -> dict[str, set[str]]:
    """Return M49 code → the countries in force whose own columns name it."""
    codes_by_area: dict[str, set[str]] = {}
    for country in all_countries():
        for area in country.areas if country.kind != "historic" else ():
            codes_by_area.setdefault(area, set()).add(country.code)
    return codes_by_area


@cache
def _parts_of_regions() -> dict[str, list[str]]:
    """Return region → its parts, for regions that the columns of the countries do not name."""
    return {code: row["contains"].split() for code, row in _regions().items()}


def is_area(code: str) -> bool:
    """Return True if `code` is an M49 code of a region or of a country in force."""
    return bool(countries_in(code))


def countries_of(code: str) -> frozenset[str]:
    """Return the countries of a code: of a country, of a region, or of several codes joined by `+`."""
    parts = code.split("+")
    return frozenset().union(*({part} if is_country(part) else countries_in(part) for part in parts))


def regions() -> list[str]:
    """Return the M49 codes of the regions that contain a country."""
    return [code for code in _regions() if countries_in(code)]


def area_name(code: str, lang: str) -> str:
    """Return the name of an M49 region in a language, or in English. KeyError for no such code."""
    row = _regions()[code]
    return row.get(f"name_{lang}") or row["name_en"]


@cache
def _regions() -> dict[str, dict[str, str]]:
    return {row["m49"]: row for row in rows_of("regions.csv")}
