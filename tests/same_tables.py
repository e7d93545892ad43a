"""Whether two databases hold the same rows, table by table and value by value. No test is here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from schemas.tables import STAGED_TABLE, TABLES, Table

RELEASED = [table.public() for table in TABLES if table.visibility != "internal"]
"""The tables of a release."""
OTHERWISE = {"registry.release": ("built_on", "versions")}
"""What two builds of the same never have alike: when, and by what."""


def differing(ours: Path, theirs: Path, tables: Iterable[Table]) -> dict[str, tuple[int, int]]:
    """Of each table that differs, how many rows only the one file has, then only the other."""
    apart = {}
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{ours}' AS ours (READ_ONLY); ATTACH '{theirs}' AS theirs (READ_ONLY)")
        for table in tables:
            if table != STAGED_TABLE:
                only = _only(db, table, "ours", "theirs"), _only(db, table, "theirs", "ours")
                if any(only):
                    apart[table.full_name] = only
    return apart


def _only(db: duckdb.DuckDBPyConnection, table: Table, one: str, other: str) -> int:
    left_out = OTHERWISE.get(table.full_name, ())
    columns = ", ".join(c for c in table.column_names if c not in left_out)
    rows = [f"SELECT {columns} FROM {file}.{table.full_name}" for file in (one, other)]
    counted: Any = db.execute(f"SELECT count(*) FROM ({' EXCEPT ALL '.join(rows)})").fetchone()
    return int(counted[0])
