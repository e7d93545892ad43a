"""Country codes in the systems that a card may declare: ISO 3166, M49, IOC and others in codes.csv.

Names are read in names.py.
"""

from __future__ import annotations

import re
from functools import cache

from schemas.countries.answer import Resolution, parse_meaning
from schemas.countries.table import all_countries, rows_of

SYSTEMS = frozenset({"iso2", "iso3", "m49", "ioc", "fifa", "icao", "fips", "cbp"})
"""FIFA and IOC: sport. ICAO: passports (Doc 9303). FIPS 10-4: USA until 2014. CBP: its form I-94."""

LIKE_ISO3 = frozenset({"ioc", "fifa", "icao"})
"""Systems with the codes of ISO 3166-1, except for the codes that codes.csv lists."""
SYSTEMS_NEXT_TO_NAMES = frozenset({"iso2", "iso3", "m49", "ioc"})
"""Systems of codes that may accompany a name (`HND - Honduras`) though the card declares none."""


@cache
def answers_by_code(system: str) -> dict[str, Resolution]:
    """Return code as written → resolution, for a code system."""
    answers = {}
    for country in all_countries():
        is_in_use = country.kind != "historic"
        listed_code = {
            "iso2": country.alpha2 if is_in_use else None,
            "iso3": country.code,
            "m49": country.m49,
            **dict.fromkeys(LIKE_ISO3, country.code if is_in_use else None),
        }.get(system)
        if listed_code:
            answers[listed_code] = parse_meaning(country.code, system)
    for row in rows_of("codes.csv"):
        if row["code_system"] == system:
            answers[row["written"]] = parse_meaning(row["meaning"], system)
    return answers


def normalise_code(code_text: str, system: str) -> str:
    """Return a code as its system lists it.

    That is in capitals, with the zeros that a spreadsheet dropped, and without fillers.
    """
    code = code_text.upper().rstrip("<") if system == "icao" else code_text.upper()
    if system in ("m49", "cbp"):
        code = re.sub(r"\.0+$", "", code)
        is_number = code.isdecimal() and code.isascii()
        return (code.zfill(3) if system == "m49" else code.lstrip("0") or "0") if is_number else code
    return code


@cache
def undeclared_codes() -> frozenset[str]:
    """Return the alpha-3 codes of ISO 3166 that are read without a declared code system.

    Withdrawn ISO codes are left out, because IOC uses them for other countries.
    """
    current_codes = frozenset(country.code for country in all_countries())
    return current_codes | {code for code, answer in answers_by_code("iso3").items() if answer.code is None}
