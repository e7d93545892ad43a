"""Checks of the client's arguments: indicators, countries, breakdowns. Errors name the nearest known names.

Raises errors or returns codes; frames.py makes the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import duckdb

from schemas import countries as names_of
from schemas.code_names import code_name
from schemas.codelists import find, fold
from schemas.tables import SLICES
from schemas.words import InvalidValue, UserError

ORIGIN, CITIZENSHIP = "origin_class", "citizenship"

_DETAIL_NAMES = [
    *(f"CASE WHEN {name} <> '_T' THEN '{name}' END" for name in SLICES if name != CITIZENSHIP),
    f"CASE WHEN {CITIZENSHIP} <> '_T' THEN '{CITIZENSHIP}' WHEN {ORIGIN} <> '_T' THEN '{ORIGIN}' END",
]
_DETAILS = f"""
SELECT DISTINCT concat_ws('+', {", ".join(_DETAIL_NAMES)}) FROM baseline.indicator_values WHERE indicator = $1
"""
_REPORTING = """
SELECT reporting_country FROM baseline.indicator_values
UNION
SELECT reporting_country FROM analysis.coverage
ORDER BY 1
"""
_NEAREST_SHOWN = 3
"""How many of the nearest names an error lists."""


class NoData(UserError, LookupError):
    """The release has no figure of the indicator; the message names the source that would fill it."""


def nearest_names(value: str, choices: Iterable[str]) -> list[str]:
    """Return the known names most like `value`, the likeliest first."""
    by_key = {fold(name): name for name in choices}
    return [by_key[key] for key in get_close_matches(fold(value), by_key, n=_NEAREST_SHOWN, cutoff=0)]


def check_indicator(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise InvalidValue for an unknown indicator, since an empty table would look like missing data."""
    indicators = _column_values(db, "SELECT indicator FROM baseline.catalogue ORDER BY 1")
    if name not in indicators:
        raise InvalidValue(
            "home.no_indicator", value=name, nearest=", ".join(nearest_names(name, indicators) or indicators)
        )


def check_has_data(db: duckdb.DuckDBPyConnection, name: str, lang: str) -> None:
    """Raise InvalidValue for an unknown indicator, and NoData for an indicator without figures."""
    check_indicator(db, name)
    row = db.execute(
        f"SELECT data, name_{lang}, filled_by_{lang} FROM baseline.catalogue WHERE indicator = $1", [name]
    ).fetchone()
    if row and row[0] != "available":
        raise NoData("home.no_data", what=row[1], filled_by=row[2] or "—")


def country_codes(db: duckdb.DuckDBPyConnection, names: str | Sequence[str], lang: str) -> list[str]:
    """Return the codes of countries and groupings that are given by code or by name in any language."""
    reporting = _column_values(db, _REPORTING)
    return [_country_code(name, reporting, lang) for name in _as_list(names)]


def _country_code(value: str, reporting: Sequence[str], lang: str) -> str:
    code = value.strip().upper()
    if code not in reporting:
        code = find("grouping", value) or names_of.resolve(value).code or ""
    if code not in reporting:
        codes_by_name = {
            name: known_code
            for known_code in reporting
            for name in (known_code, code_name("", "country", known_code, lang))
        }
        nearest_codes = dict.fromkeys(codes_by_name[name] for name in nearest_names(value, codes_by_name))
        suggestions = ", ".join(
            f"{known_code} ({code_name('', 'country', known_code, lang)})" for known_code in nearest_codes
        )
        raise InvalidValue("home.no_country", value=value, nearest=suggestions or ", ".join(reporting))
    return code


def origin_codes(names: str | Sequence[str]) -> list[str]:
    """Return the codes of countries of origin that are given by code or by name in any language."""
    answers = {name: names_of.resolve(name) for name in _as_list(names)}
    for name, answer in answers.items():
        if answer.code is None:
            raise InvalidValue("home.no_origin", value=name, nearest=", ".join(answer.candidates) or "—")
    return [answer.code or "" for answer in answers.values()]


def choose_details(db: duckdb.DuckDBPyConnection, name: str, by: str | Sequence[str]) -> frozenset[str]:
    """Return the dimensions of a breakdown. If none is requested, return the smallest that has values.

    Raises InvalidValue for a breakdown that the indicator does not have.
    """
    breakdowns = [
        frozenset(filter(None, detail.split("+")))
        for detail in _column_values(db, f"{_DETAILS} ORDER BY 1", name)
    ]
    breakdown = frozenset(map(dimension_of, _as_list(by)))
    if not breakdown:
        return min(breakdowns, key=lambda item: (len(item), sorted(item)), default=breakdown)
    if breakdown not in breakdowns:
        choices = ["+".join(sorted(item)) for item in breakdowns if item]
        raise InvalidValue(
            "home.no_slice",
            value="+".join(sorted(breakdown)),
            indicator=name,
            known=", ".join(choices) or "—",
        )
    return breakdown


_ALIASES: Mapping[str, str] = {"origin": ORIGIN}
"""Other names for a dimension."""


def dimension_of(name: str) -> str:
    """Return the dimension that a name or another name of it means."""
    return _ALIASES.get(name, name)


def check_choice(value: str, choices: Sequence[str], parameter: str) -> str:
    """Return the value if it is among the choices. Raises InvalidValue, which names the nearest choices."""
    if value not in choices:
        raise InvalidValue(
            "home.not_one_of",
            what=parameter,
            value=value,
            nearest=", ".join(nearest_names(value, choices) or choices),
        )
    return value


def _as_list(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _column_values(db: duckdb.DuckDBPyConnection, sql: str, *parameters: str) -> list[str]:
    return [value for (value,) in db.execute(sql, list(parameters)).fetchall()]
