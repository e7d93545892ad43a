"""Checks of the client's arguments: indicators, countries, breakdowns. Errors name the nearest known names.

Raises errors or returns codes; frames.py makes the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import duckdb

from schemas import countries as names_of
from schemas.code_names import code_name
from schemas.codelists import find, fold
from schemas.tables import SLICES
from schemas.words import InvalidValue, UserError, contract_language

if TYPE_CHECKING:
    import pandas as pd

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


def check_has_figures(
    db: duckdb.DuckDBPyConnection, frame: pd.DataFrame, name: str, frequency: str, lang: str
) -> None:
    """Raise NoData for an empty frame of values. The message names countries and years with figures."""
    if len(frame):
        return
    language = contract_language(lang)
    [title] = _column_values(db, f"SELECT name_{language} FROM baseline.catalogue WHERE indicator = $1", name)
    rows = "FROM baseline.indicator_values WHERE indicator = $1 AND frequency = $2"
    query = f"SELECT DISTINCT reporting_country {rows} ORDER BY 1"
    countries = _column_values(db, query, name, frequency)
    years = db.execute(f"SELECT min(year), max(year) {rows}", [name, frequency]).fetchone() or ()
    known_years = "–".join(str(year) for year in years if year is not None)
    raise NoData(
        "home.no_figures", what=title, countries=", ".join(countries) or "—", years=known_years or "—"
    )


def country_codes(db: duckdb.DuckDBPyConnection, names: str | Sequence[str], lang: str) -> list[str]:
    """Return the codes of countries and groupings that are given by code or by name in any language."""
    reporting = _column_values(db, _REPORTING)
    return [_country_code(name, reporting, lang) for name in _as_list(names)]


def _country_code(value: str, reporting: Sequence[str], lang: str) -> str:
    code = value.strip().upper()
    if code in reporting:
        return code
    meaning = names_of.resolve(value)
    code = find("grouping", value) or meaning.code or ""
    if code in reporting and meaning.rule != names_of.MISSPELLING:
        return code
    if code and code not in reporting:
        name = code_name("", "country", code, lang)
        raise InvalidValue("home.not_reporting", value=name, reporting=", ".join(reporting))
    nearest_codes = [code] if code else _nearest_codes(value, reporting, lang)
    suggestions = ", ".join(_code_with_name(known_code, lang) for known_code in nearest_codes)
    raise InvalidValue("home.no_country", value=value, nearest=suggestions or ", ".join(reporting))


def _nearest_codes(value: str, reporting: Sequence[str], lang: str) -> list[str]:
    """Return the codes whose code or name is most like the text, the likeliest first."""
    codes_by_name = {
        name: code for code in reporting for name in (code, code_name("", "country", code, lang))
    }
    return list(dict.fromkeys(codes_by_name[name] for name in nearest_names(value, codes_by_name)))


def _code_with_name(code: str, lang: str) -> str:
    return f"{code} ({code_name('', 'country', code, lang)})"


def origin_codes(names: str | Sequence[str], lang: str) -> list[str]:
    """Return the codes of countries of origin that are given by code or by name in any language."""
    return [_origin_code(name, lang) for name in _as_list(names)]


def _origin_code(name: str, lang: str) -> str:
    meaning = names_of.resolve(name)
    if meaning.code is None or meaning.rule == names_of.MISSPELLING:
        candidates = [meaning.code] if meaning.code else meaning.candidates
        nearest = ", ".join(_code_with_name(code, lang) for code in candidates)
        raise InvalidValue("home.no_origin", value=name, nearest=nearest or "—")
    return meaning.code


def check_year(db: duckdb.DuckDBPyConnection, since: int | None) -> int:
    """Return the first year of an answer. Raises InvalidValue if the release has no figure from then on."""
    if since is None:
        return 0
    last = db.execute("SELECT max(year) FROM baseline.indicator_values").fetchone()
    if last and last[0] is not None and since > last[0]:
        raise InvalidValue("home.no_year", value=since, last=last[0])
    return since


def check_row(value: object) -> dict[str, object]:
    """Return one row of a frame as a dictionary. Raises InvalidValue for anything else."""
    row = value if isinstance(value, Mapping) else getattr(value, "to_dict", lambda: None)()
    if not isinstance(row, Mapping) or any(isinstance(cell, Mapping) for cell in row.values()):
        raise InvalidValue("home.not_a_row")
    return dict(row)


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
