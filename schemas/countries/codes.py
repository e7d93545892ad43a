"""The codes of countries in the systems a card may declare: ISO 3166, M49, IOC.

Names are names.py's.
"""

from __future__ import annotations

from functools import cache

from schemas.countries.answer import Resolution, of_meaning
from schemas.countries.table import all_countries, rows_of

SYSTEMS = frozenset({"iso2", "iso3", "m49", "ioc"})


@cache
def answers_by_code(system: str) -> dict[str, Resolution]:
    """Written code → answer. IOC codes that are not listed are those of ISO 3166-1."""
    found = {}
    for country in all_countries():
        in_use = country.kind != "historic"
        written = {
            "iso2": country.alpha2 if in_use else None,
            "iso3": country.code,
            "m49": country.m49,
            "ioc": country.code if in_use else None,
        }[system]
        if written:
            found[written] = of_meaning(country.code, system)
    for row in rows_of("codes.csv"):
        if row["code_system"] == system:
            found[row["written"]] = of_meaning(row["meaning"], system)
    return found


@cache
def read_undeclared() -> frozenset[str]:
    """The alpha-3 codes of ISO 3166; not the withdrawn ones, which are IOC codes of others."""
    own = frozenset(country.code for country in all_countries())
    return own | {code for code, found in answers_by_code("iso3").items() if found.code is None}
