"""Every public table as Parquet, and all but the single observations as CSV, in the order of their keys.

A text that a spreadsheet would take for a formula bears an apostrophe in CSV; in Parquet it is as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from schemas.tables import TABLES, Column, Table
from warehouse.home import quoted
from warehouse.releases import older

ROWS_ALONE = ("core", "reference.origin_classes")
"""Of these, hundreds of thousands of rows that a spreadsheet does not hold: Parquet alone."""
_FORMULA = r"^[=+\-@\t\r]"


def write(file: Path, folder: Path) -> list[tuple[Table, Path]]:
    """Write `parquet/` and `csv/`; the tables that are there as CSV, each with its file."""
    written = []
    (folder / "parquet").mkdir()
    (folder / "csv").mkdir()
    with duckdb.connect(file, read_only=True) as db, older.asked(db):
        for table in public():
            order = ", ".join(table.key or table.column_names)
            rows = f"FROM {table.full_name} ORDER BY {order}"
            columns = ", ".join(table.column_names)
            _copy(
                db, f"SELECT {columns} {rows}", folder / "parquet" / f"{table.full_name}.parquet", "PARQUET"
            )
            if not table.full_name.startswith(ROWS_ALONE):
                path = folder / "csv" / f"{table.full_name}.csv"
                _copy(db, f"SELECT {_as_text(table.columns)} {rows}", path, "CSV, HEADER")
                written.append((table, path))
    return written


def public() -> list[Table]:
    """The tables of a release, as the public file has them; views hold nothing that a table does not."""
    return [t.public() for t in TABLES if t.visibility != "internal" and not t.is_view]


def _copy(db: duckdb.DuckDBPyConnection, select: str, path: Path, how: str) -> None:
    db.execute(f"COPY ({select}) TO {quoted(path)} (FORMAT {how})")


def _as_text(columns: Sequence[Column]) -> str:
    return ", ".join(f"{_text(c)} AS {c.name}" for c in columns)


def _text(column: Column) -> str:
    """A column as CSV holds it: no formula, no `.0` behind a whole number, an open bound as INF."""
    name = column.name
    if column.type == "VARCHAR":
        return f"CASE WHEN regexp_matches({name}, '{_FORMULA}') THEN '''' || {name} ELSE {name} END"
    if column.type == "DOUBLE":
        plain = f"regexp_replace(CAST({name} AS VARCHAR), '\\.0$', '')"
        return f"CASE WHEN isinf({name}) THEN 'INF' ELSE {plain} END"
    return name
