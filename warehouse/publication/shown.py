"""Where a release shows each collection: its indicators and tables; docs/collections.*.md. Judges no figure.

For maintainers: `python -m warehouse.publication.shown`, LINEABASE_HOME at a refreshed home of the shipped
submissions; a test fails where the pages have drifted.
"""

from __future__ import annotations

import duckdb

from schemas.pages import Lang, table, write
from schemas.tables import INDICATOR_VALUES, TABLES, Table
from warehouse.home import Home
from warehouse.publication import collection_pages

_IN_FORCE = "SELECT DISTINCT collection FROM core.current ORDER BY 1"
_INDICATORS = f"SELECT DISTINCT collection, indicator FROM {INDICATOR_VALUES.full_name} ORDER BY ALL"


def shown_in(release: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Each collection in force, and the tables in which readers find its figures; none: it is shown nowhere.

    A table that the release does not have yet shows nothing.
    """
    there = _names(release, "SELECT schema_name || '.' || table_name FROM duckdb_tables()")
    shown = {t.full_name: _shown(release, t) for t in TABLES if t.figures and t.full_name in there}
    return {
        name: [where for where, names in shown.items() if name in names]
        for name in _names(release, _IN_FORCE)
    }


def nowhere(release: duckdb.DuckDBPyConnection) -> list[str]:
    """The collections in force that fill no indicator and no table of figures."""
    return [name for name, tables in shown_in(release).items() if not tables]


def _shown(release: duckdb.DuckDBPyConnection, of: Table) -> set[str]:
    """The collections in a table: those of one column, or of both that stand side by side."""
    columns = [name for name in of.column_names if name.split("_")[0] == "collection"]
    return {
        name
        for column in columns
        for name in _names(release, f"SELECT DISTINCT {column} FROM {of.full_name}")
    }


def _names(release: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [name for (name,) in release.execute(query).fetchall()]


# ---- the pages ------------------------------------------------------------------------------------

WORDS: dict[str, dict[Lang, str]] = {
    "title": {
        "es": "Qué es cada colección y qué llena",
        "en": "What each collection is, and what it fills",
    },
    "intro": {
        "es": "Generado de una publicación de los envíos que trae una copia del proyecto. De cada\n"
        "colección, los indicadores que llena y las tablas que muestran sus cifras; todas están en\n"
        "`core.current`. `lineabase status` nombra la que no se muestra en ninguna. Columnas:\n"
        "[tables.es.md](tables.es.md). Después, un capítulo por colección: calendario, revisiones,\n"
        "cobertura, exactitud, oportunidad y comparabilidad.",
        "en": "Rendered from a release of the submissions that a clone brings. Of each collection, the\n"
        "indicators that it fills and the tables that show its figures; all are in `core.current`.\n"
        "`lineabase status` names one that none of them shows. Columns: [tables.en.md](tables.en.md).\n"
        "Then a chapter for each: release calendar, revisions, coverage, accuracy, timeliness and\n"
        "comparability.",
    },
    "collection": {"es": "colección", "en": "collection"},
    "holds": {"es": "contiene", "en": "holds"},
    "indicators": {"es": "indicadores", "en": "indicators"},
    "tables": {"es": "tablas", "en": "tables"},
}


def page(release: duckdb.DuckDBPyConnection, lang: Lang) -> str:
    """The whole page in one language."""
    titles = release.execute(f"SELECT collection, title_{lang} FROM registry.collections").fetchall()
    indicators = release.execute(_INDICATORS).fetchall()
    rows = [
        [f"`{name}`", dict(titles)[name], _listed([i for c, i in indicators if c == name]), _listed(tables)]
        for name, tables in shown_in(release).items()
    ]
    columns = [WORDS[word][lang] for word in ("collection", "holds", "indicators", "tables")]
    head = [f"# {WORDS['title'][lang]}", WORDS["intro"][lang], table(columns, rows)]
    return "\n\n".join([*head, *collection_pages.chapters(release, lang)]) + "\n"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    with duckdb.connect(Home.default().current, read_only=True) as current:
        write("collections", lambda lang: page(current, lang))
