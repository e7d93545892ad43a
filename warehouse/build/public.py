"""The public file derived from the internal database: declared public columns, rows of open collections.

Nothing is computed and nothing is published here.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.codelists import NOT_APPLICABLE
from schemas.tables import TABLES, Table
from warehouse.build.database import create_view, empty_database
from warehouse.environment.limits import SETTINGS
from warehouse.home import quote_path

STORAGE = "v1.2.0"
"""Storage version of release files, so that DuckDB 1.2 and later can read them."""


def derive(internal: Path, public: Path, name: str) -> None:
    """Write the public file: declared public columns and rows of open collections, nothing else."""
    tables = tuple(t.public() for t in TABLES if t.visibility != "internal")
    public.write_bytes(empty_database(tables, storage=STORAGE))
    with duckdb.connect(config=SETTINGS | {"temp_directory": f"{public}.tmp"}) as db:
        db.execute(f"ATTACH {quote_path(internal)} AS source (READ_ONLY)")
        db.execute(f"ATTACH {quote_path(public)} AS target; USE target")
        for table in tables:
            if not table.is_view:
                db.execute(_copy_statement(table))
        db.execute("UPDATE registry.release SET release = $name", {"name": name})
        for table in tables:
            if table.is_view:
                create_view(db, table)
        db.execute("USE memory; DETACH target")


def _copy_statement(table: Table) -> str:
    columns = ", ".join(f"{_public_expression(table, c)} AS {c}" for c in table.column_names)
    rows = f"SELECT {columns} FROM source.{table.full_name} AS t"
    if table.visibility == "filtered":
        rows += f" WHERE {_open_rows_condition(table)}"
    elif "collection" in table.column_names:
        rows += f" WHERE t.collection IS NULL OR t.collection NOT IN ({_INTERNAL})"
    order = ", ".join(f"t.{c}" for c in table.key or table.column_names)
    return f"INSERT INTO {table.full_name} BY NAME {rows} ORDER BY {order}"


_INTERNAL = (
    "SELECT collection FROM source.registry.collections "
    f"WHERE confidentiality = 'internal' AND family = '{NOT_APPLICABLE}'"
)
"""Internal records of the network never leave the database, not even the fact that they exist."""
_OPEN = "SELECT collection FROM source.registry.collections WHERE confidentiality = 'open'"


def _public_expression(table: Table, column: str) -> str:
    """Return the column's expression; NULL if it must not be published for protected collections."""
    if table.of_protected is None or column in table.of_protected.columns:
        return f"t.{column}"
    return f"CASE WHEN t.collection IN ({_OPEN}) THEN t.{column} END"


def _open_rows_condition(table: Table) -> str:
    names = [c for c in table.column_names if c == "collection" or c.startswith("collection_")]
    if names:
        return " AND ".join(f"t.{c} IN ({_OPEN})" for c in names)
    submissions = f"SELECT submission FROM source.registry.submissions WHERE collection IN ({_OPEN})"
    return f"t.submission IN ({submissions})"
