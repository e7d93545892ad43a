"""A release as a whole: indicators, countries, citation, description for people. Computes no figure."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.words import InvalidValue, contract_language, say
from warehouse.reading import frames

if TYPE_CHECKING:
    import pandas as pd

_INDICATORS = """
SELECT
    indicator, name_{lang} AS name, definition_{lang} AS definition, unit, family, data,
    min(year) AS first_year, max(year) AS last_year, count(DISTINCT reporting_country) AS countries
FROM baseline.catalogue
LEFT JOIN (
    SELECT indicator, year, reporting_country FROM baseline.indicator_values
    WHERE preferred AND frequency = 'A' AND value_low IS NOT NULL
        AND reporting_country NOT IN (SELECT grouping FROM reference.groupings)
) USING (indicator)
GROUP BY ALL
ORDER BY indicator
"""
_COUNTRIES = """
SELECT
    reporting_country, reporting_country IN (SELECT grouping FROM reference.groupings) AS is_grouping,
    min(year) AS first_year, max(year) AS last_year, count(DISTINCT indicator) AS indicators
FROM (SELECT DISTINCT reporting_country FROM analysis.coverage)
FULL JOIN (SELECT * FROM baseline.indicator_values WHERE value_low IS NOT NULL) USING (reporting_country)
GROUP BY ALL
ORDER BY is_grouping, reporting_country
"""
_SUMMARY = """
SELECT
    release, as_of::VARCHAR AS as_of,
    (SELECT count(*) FROM baseline.catalogue WHERE data = 'available') AS indicators,
    count(DISTINCT reporting_country) AS countries, min(year) AS first, max(year) AS last
FROM registry.release
LEFT JOIN baseline.indicator_values
    ON preferred AND frequency = 'A' AND value_low IS NOT NULL
        AND reporting_country NOT IN (SELECT grouping FROM reference.groupings)
GROUP BY ALL
"""


def indicators(db: duckdb.DuckDBPyConnection, lang: str) -> pd.DataFrame:
    """Return a row for each indicator of the catalogue, with the years and countries of its figures."""
    frame = db.execute(_INDICATORS.format(lang=contract_language(lang))).df()
    return frames.label_frame(db, lang, frame.astype({"first_year": "Int64", "last_year": "Int64"}))


def countries(db: duckdb.DuckDBPyConnection, lang: str) -> pd.DataFrame:
    """Return a row for each country that reports, then for each grouping, with their names."""
    frame = db.execute(_COUNTRIES).df().astype({"first_year": "Int64", "last_year": "Int64"})
    return frames.label_frame(db, lang, frames.add_names(frame, lang))


def citation(db: duckdb.DuckDBPyConnection, lang: str, frame: pd.DataFrame | None) -> str:
    """Return the citation of a frame or of the release. Raises InvalidValue for a frame without sources."""
    if frame is None:
        return say("home.cite_release", lang, **_summary(db))
    if not frame.attrs.get("citation"):
        raise InvalidValue("home.no_citation")
    edition = {name: frame.attrs[name] for name in ("release", "as_of")}
    return say("home.cite_frame", lang, sources="; ".join(frame.attrs["citation"]), **edition)


def plain_text(db: duckdb.DuckDBPyConnection, lang: str, file: Path) -> str:
    """Return the description of an open release; of a closed one the name of its file."""
    try:
        return f"<{say('home.overview', lang, **_summary(db))}>"
    except duckdb.Error:
        return f"<Warehouse {file}>"


def html(db: duckdb.DuckDBPyConnection, lang: str) -> str:
    """Return the description for a notebook: the release, and how to begin."""
    facts = _summary(db)
    lines = (say("home.overview", lang, **facts), say("home.overview_steps", lang, **facts))
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _summary(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    cursor = db.execute(_SUMMARY)
    names = [column[0] for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))
