"""Indicators and tables that show each collection, and the page docs/collections.*.md.

`make docs` renders the page from a release of the shipped submissions as of the tests' day;
`python -m warehouse.publication.collection_tables` of LINEABASE_HOME. A test fails if the page is
out of date.
"""

from __future__ import annotations

import duckdb

from schemas.pages import Lang, table, write
from schemas.tables import INDICATOR_VALUES, TABLES, Table
from warehouse.home import Home
from warehouse.publication import collection_pages

_IN_FORCE = "SELECT DISTINCT collection FROM core.current ORDER BY 1"
_INDICATORS = f"SELECT DISTINCT collection, indicator FROM {INDICATOR_VALUES.full_name} ORDER BY ALL"


def tables_by_collection(release: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the tables with figures of each collection in force, an empty list if there are none.

    A table that the release does not have yet shows nothing.
    """
    existing = _first_column(release, "SELECT schema_name || '.' || table_name FROM duckdb_tables()")
    collections_by_table = {
        t.full_name: _collections_in(release, t) for t in TABLES if t.figures and t.full_name in existing
    }
    return {
        name: [table_name for table_name, names in collections_by_table.items() if name in names]
        for name in _first_column(release, _IN_FORCE)
    }


def collections_without_tables(release: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the collections in force that no indicator and no table of figures shows."""
    return [name for name, tables in tables_by_collection(release).items() if not tables]


def _collections_in(release: duckdb.DuckDBPyConnection, table_of_figures: Table) -> set[str]:
    """Return the collections in a table; a table of comparisons has two such columns."""
    columns = [name for name in table_of_figures.column_names if name.split("_")[0] == "collection"]
    return {
        name
        for column in columns
        for name in _first_column(release, f"SELECT DISTINCT {column} FROM {table_of_figures.full_name}")
    }


def _first_column(release: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [name for (name,) in release.execute(query).fetchall()]


# ---- the pages -------------------------------------------------------------------------------------

WORDS: dict[str, dict[Lang, str]] = {
    "title": {
        "es": "Qué es cada colección y qué llena",
        "en": "What each collection is, and what it fills",
    },
    "intro": {
        "es": "Generado de una publicación de los envíos que trae una copia del proyecto. De cada\n"
        "colección, los indicadores que llena y las tablas que muestran sus cifras; todas están en\n"
        "`core.current`. `lineabase status` nombra la que no se muestra en ninguna. Columnas:\n"
        "[tables.es.md](tables.es.md). Después, el informe de calidad de cada colección, según\n"
        "la estructura SIMS 2.0 (S.) y, donde difiere, la plantilla de los ODS. Lo que ninguna fuente dice\n"
        "consta como sin documentar. Los textos de cada serie están en `registry.series` y en las páginas.",
        "en": "Rendered from a release of the submissions that a clone brings. Of each collection, the\n"
        "indicators that it fills and the tables that show its figures; all are in `core.current`.\n"
        "`lineabase status` names one that none of them shows. Columns: [tables.en.md](tables.en.md).\n"
        "Then the quality report of each, in the structure of SIMS 2.0 (S.) and, where they differ, the SDG\n"
        "template. What no source states is not documented. The texts of each series are in\n"
        "`registry.series` and on the pages.",
    },
    "collection": {"es": "colección", "en": "collection"},
    "holds": {"es": "contiene", "en": "holds"},
    "indicators": {"es": "indicadores", "en": "indicators"},
    "tables": {"es": "tablas", "en": "tables"},
}


def page(release: duckdb.DuckDBPyConnection, lang: Lang) -> str:
    """Return the whole page in a language."""
    titles = release.execute(f"SELECT collection, title_{lang} FROM registry.collections").fetchall()
    indicators = release.execute(_INDICATORS).fetchall()
    rows = [
        [
            f"`{name}`",
            dict(titles)[name],
            _joined_codes([i for c, i in indicators if c == name]),
            _joined_codes(tables),
        ]
        for name, tables in tables_by_collection(release).items()
    ]
    columns = [WORDS[word][lang] for word in ("collection", "holds", "indicators", "tables")]
    head = [f"# {WORDS['title'][lang]}", WORDS["intro"][lang], table(columns, rows)]
    return "\n\n".join([*head, *collection_pages.chapters(release, lang)]) + "\n"


def _joined_codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    with duckdb.connect(Home.default().current, read_only=True) as current:
        write("collections", lambda lang: page(current, lang))
