"""The codes of countries in the systems a card may declare: ISO 3166, M49, IOC and others of codes.csv.

Names are names.py's.
"""

from __future__ import annotations

import re
from functools import cache

from schemas.countries.answer import Resolution, of_meaning
from schemas.countries.table import all_countries, rows_of

SYSTEMS = frozenset({"iso2", "iso3", "m49", "ioc", "fifa", "icao", "fips", "cbp"})
"""FIFA and IOC: sport; ICAO: the passports of Doc 9303; FIPS 10-4: the USA until 2014; CBP: its form I-94."""

LIKE_ISO3 = frozenset({"ioc", "fifa", "icao"})
"""Their codes are those of ISO 3166-1 but for what codes.csv lists."""
BESIDE_A_NAME = frozenset({"iso2", "iso3", "m49", "ioc"})
"""Of these a code may stand beside a name that it agrees with, though none is declared."""


@cache
def answers_by_code(system: str) -> dict[str, Resolution]:
    """Written code → answer."""
    answers = {}
    for country in all_countries():
        in_use = country.kind != "historic"
        written = {
            "iso2": country.alpha2 if in_use else None,
            "iso3": country.code,
            "m49": country.m49,
            **dict.fromkeys(LIKE_ISO3, country.code if in_use else None),
        }.get(system)
        if written:
            answers[written] = of_meaning(country.code, system)
    for row in rows_of("codes.csv"):
        if row["code_system"] == system:
            answers[row["written"]] = of_meaning(row["meaning"], system)
    return answers


def as_listed(written: str, system: str) -> str:
    """A code as its system lists it: in capitals, with the zeros a spreadsheet dropped, without fillers."""
    code = written.upper().rstrip("<") if system == "icao" else written.upper()
    if system in ("m49", "cbp"):
        code = re.sub(r"\.0+$", "", code)
        digits = code.isdecimal() and code.isascii()
        return (code.zfill(3) if system == "m49" else code.lstrip("0") or "0") if digits else code
    return code


@cache
def read_undeclared() -> frozenset[str]:
    """The alpha-3 codes of ISO 3166; not the withdrawn ones, which are IOC codes of others."""
    own = frozenset(country.code for country in all_countries())
    return own | {code for code, found in answers_by_code("iso3").items() if found.code is None}
