"""What is asked of a release by name: indicators, countries, slices. A name that is none names the nearest.

Nothing is answered here: frames.py does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import duckdb

from schemas import countries as names_of
from schemas.code_names import code_name
from schemas.codelists import find, fold
from schemas.tables import SLICES
from schemas.words import UserError, Wrong

ORIGIN, CITIZENSHIP = "origin_class", "citizenship"

_DETAILED = [
    *(f"CASE WHEN {name} <> '_T' THEN '{name}' END" for name in SLICES if name != CITIZENSHIP),
    f"CASE WHEN {CITIZENSHIP} <> '_T' THEN '{CITIZENSHIP}' WHEN {ORIGIN} <> '_T' THEN '{ORIGIN}' END",
]
_DETAILS = f"""
SELECT DISTINCT concat_ws('+', {", ".join(_DETAILED)}) FROM baseline.indicator_values WHERE indicator = $1
"""
_REPORTING = """
SELECT reporting_country FROM baseline.indicator_values
UNION
SELECT reporting_country FROM analysis.coverage
ORDER BY 1
"""
_SHOWN = 3
"""So many of the nearest are named."""


class NoData(UserError, LookupError):
    """The release has no figure of it, and the sentence says what would fill it."""


def nearest(value: str, known: Iterable[str]) -> list[str]:
    """The names most like `value`, the likeliest first."""
    by_key = {fold(name): name for name in known}
    return [by_key[key] for key in get_close_matches(fold(value), by_key, n=_SHOWN, cutoff=0)]


def indicator(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raises Wrong for a name that is no indicator's: an empty table would read as no data."""
    known = _column(db, "SELECT indicator FROM baseline.catalogue ORDER BY 1")
    if name not in known:
        raise Wrong("home.no_indicator", value=name, nearest=", ".join(nearest(name, known) or known))


def with_data(db: duckdb.DuckDBPyConnection, name: str, lang: str) -> None:
    """Raises Wrong for a name that is no indicator's, NoData where it has no figure."""
    indicator(db, name)
    row = db.execute(
        f"SELECT data, name_{lang}, filled_by_{lang} FROM baseline.catalogue WHERE indicator = $1", [name]
    ).fetchone()
    if row and row[0] != "available":
        raise NoData("home.no_data", what=row[1], filled_by=row[2] or "—")


def countries(db: duckdb.DuckDBPyConnection, wanted: str | Sequence[str], lang: str) -> list[str]:
    """The codes of countries and groupings, each given by its code or by a name in any language."""
    there = _column(db, _REPORTING)
    return [_country(name, there, lang) for name in _listed(wanted)]


def _country(value: str, there: Sequence[str], lang: str) -> str:
    code = value.strip().upper()
    if code not in there:
        code = find("grouping", value) or names_of.resolve(value).code or ""
    if code not in there:
        shown = {name: one for one in there for name in (one, code_name("", "country", one, lang))}
        likely = dict.fromkeys(shown[name] for name in nearest(value, shown))
        said = ", ".join(f"{one} ({code_name('', 'country', one, lang)})" for one in likely)
        raise Wrong("home.no_country", value=value, nearest=said or ", ".join(there))
    return code


def origins(wanted: str | Sequence[str]) -> list[str]:
    """The codes of countries of origin, each given by its code or by a name in any language."""
    found = {name: names_of.resolve(name) for name in _listed(wanted)}
    for name, answer in found.items():
        if answer.code is None:
            raise Wrong("home.no_origin", value=name, nearest=", ".join(answer.candidates) or "—")
    return [answer.code or "" for answer in found.values()]


def details(db: duckdb.DuckDBPyConnection, name: str, by: str | Sequence[str]) -> frozenset[str]:
    """What an indicator is to be detailed by; what it is told by at least, where nothing is asked for."""
    told = [
        frozenset(filter(None, detail.split("+"))) for detail in _column(db, f"{_DETAILS} ORDER BY 1", name)
    ]
    asked = frozenset(_ALIASES.get(one, one) for one in _listed(by))
    if not asked:
        return min(told, key=lambda one: (len(one), sorted(one)), default=asked)
    if asked not in told:
        known = ["+".join(sorted(one)) for one in told if one]
        raise Wrong(
            "home.no_slice", value="+".join(sorted(asked)), indicator=name, known=", ".join(known) or "—"
        )
    return asked


_ALIASES: Mapping[str, str] = {"origin": ORIGIN}
"""What a slice may be called, too."""


def one_of(value: str, known: Sequence[str], what: str) -> str:
    """The value, where it is one of those known. Raises Wrong, which names the nearest."""
    if value not in known:
        raise Wrong(
            "home.not_one_of", what=what, value=value, nearest=", ".join(nearest(value, known) or known)
        )
    return value


def _listed(wanted: str | Sequence[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _column(db: duckdb.DuckDBPyConnection, sql: str, *parameters: str) -> list[str]:
    return [value for (value,) in db.execute(sql, list(parameters)).fetchall()]
