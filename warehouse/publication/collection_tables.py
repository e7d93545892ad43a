"""Tables of figures that show each collection. The page on collections is written by collection_pages.py.

`lineabase status` asks here, so nothing of the pages is imported.
"""

from __future__ import annotations

import duckdb

from schemas.tables import TABLES, Table

_IN_FORCE = "SELECT DISTINCT collection FROM core.current ORDER BY 1"


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
