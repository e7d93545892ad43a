"""Contents of a release's tables as counts and hashes, compared with its manifest. Changes nothing.

Needs only the packages for reading, so that anybody who receives a release can check it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from schemas.tables import TABLES
from warehouse.environment.limits import SETTINGS
from warehouse.release.release_store import FILE, manifest

Rows = dict[str, tuple[int, int | None]]
"""For each table, the number of rows and the sum of their hashes."""


def hash_contents(rows: Rows) -> str:
    """Return a hash of all tables' counts and hashes."""
    return sha256(repr(list(rows.values())).encode()).hexdigest()


_HASHED_TABLES = [
    t.full_name
    for t in TABLES
    if t.visibility != "internal" and not t.is_view and t.full_name != "registry.release"
]
"""The tables of a release, except the table that records when and with which versions it was built."""


def hash_tables(path: Path, tables: Iterable[str] = _HASHED_TABLES) -> Rows:
    """Return the counts and hashes of the tables of a release file."""
    with duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        return {name: _table_hash(db, name) for name in tables}


def _table_hash(db: duckdb.DuckDBPyConnection, table: str) -> Any:
    """Hash the columns that the file has. A release of an earlier version has other columns."""
    columns = db.execute(f"SELECT * FROM {table} LIMIT 0").description or ()
    names = ", ".join(name for name, *_ in columns if name != "fingerprint")
    row_hash = f"hash(({names},)::VARCHAR)::HUGEINT"
    return db.execute(f"SELECT count(*), sum({row_hash}) FROM {table}").fetchone()


def _lacks_tables(file: Path) -> bool:
    """Check if the file lacks tables of this version, as files of earlier versions do. Reads all of it."""
    with duckdb.connect(file, read_only=True, config=SETTINGS) as db:
        rows = db.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        names = {name for (name,) in rows}
        for name in sorted(names):
            _table_hash(db, name)
    return not names.issuperset(_HASHED_TABLES)


def other_content(folder: Path) -> list[str]:
    """List the tables of a release that differ from its manifest.

    Hashes of values depend on the DuckDB version, so only row counts are compared across versions. A manifest
    of an early version has no counts, and its hash covers the tables of that time. Raises DamagedRelease,
    duckdb.Error.
    """
    facts = manifest(folder)
    if not (counts := facts.get("rows", {})) and _lacks_tables(folder / FILE):
        return []
    rows = hash_tables(folder / FILE, counts or _HASHED_TABLES)
    if differing := [table for table, (count, _) in rows.items() if counts.get(table, count) != count]:
        return differing
    comparable = facts.get("duckdb", duckdb.__version__) == duckdb.__version__
    return ["*"] if comparable and facts["content"] != hash_contents(rows) else []
