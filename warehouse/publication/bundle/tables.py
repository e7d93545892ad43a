"""Every public table as Parquet, and all except the observations as CSV, sorted by key.

A text that a spreadsheet would read as a formula has an apostrophe in CSV, but not in Parquet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from schemas.tables import TABLES, Column, Table
from warehouse.home import quote_path
from warehouse.release import older_releases

PARQUET = "parquet"
"""Folder of the Parquet files."""
PARQUET_ONLY = ("core", "reference.origin_classes")
"""Tables that only Parquet contains, since spreadsheets cannot hold their many rows."""
_FORMULA = r"^[=+\-@\t\r]"


def write(file: Path, folder: Path) -> list[tuple[Table, Path]]:
    """Write `parquet/` and `csv/`, and return the tables with their CSV files."""
    write_parquet(file, folder / PARQUET)
    csv_tables = []
    (folder / "csv").mkdir()
    with duckdb.connect(file, read_only=True) as db:
        for table in public_tables():
            if not table.full_name.startswith(PARQUET_ONLY):
                path = folder / "csv" / f"{table.full_name}.csv"
                _copy(db, table, _csv_columns(table.columns), path, "CSV, HEADER")
                csv_tables.append((table, path))
    return csv_tables


def write_parquet(file: Path, folder: Path) -> None:
    """Write each public table of a release file as Parquet into a new folder."""
    folder.mkdir()
    with duckdb.connect(file, read_only=True) as db, older_releases.explain_missing_tables(db):
        for table in public_tables():
            columns = ", ".join(table.column_names)
            _copy(db, table, columns, folder / f"{table.full_name}.parquet", "PARQUET")


def public_tables() -> list[Table]:
    """Return the public tables of a release. Views are left out because their data is in the tables."""
    return [t.public() for t in TABLES if t.visibility != "internal" and not t.is_view]


def _copy(db: duckdb.DuckDBPyConnection, table: Table, columns: str, path: Path, format_: str) -> None:
    """Write the columns of a table, sorted by its key."""
    select = f"SELECT {columns} FROM {table.full_name} ORDER BY {', '.join(table.key or table.column_names)}"
    db.execute(f"COPY ({select}) TO {quote_path(path)} (FORMAT {format_})")


def _csv_columns(columns: Sequence[Column]) -> str:
    return ", ".join(f"{_csv_text(c)} AS {c.name}" for c in columns)


def _csv_text(column: Column) -> str:
    """Return a column as CSV text: no formula, no `.0` after an integer, INF for an open bound, TRUE."""
    name = column.name
    if column.type == "VARCHAR":
        return f"CASE WHEN regexp_matches({name}, '{_FORMULA}') THEN '''' || {name} ELSE {name} END"
    if column.type == "DOUBLE":
        plain = f"regexp_replace(CAST({name} AS VARCHAR), '\\.0$', '')"
        return f"CASE WHEN isinf({name}) THEN 'INF' ELSE {plain} END"
    if column.type == "BOOLEAN":
        return f"upper(CAST({name} AS VARCHAR))"
    return name
