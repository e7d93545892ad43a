"""What a release's tables hold, as counts and hashes; whether it is what its manifest says. Changes nothing.

Whoever was handed a release asks this with what reading needs alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from schemas.tables import TABLES
from warehouse.home.limits import SETTINGS
from warehouse.releases.published import FILE, manifest

Rows = dict[str, tuple[int, int | None]]
"""Of each table how many rows it has, and the sum of their hashes."""


def digest(rows: Rows) -> str:
    return sha256(repr(list(rows.values())).encode()).hexdigest()


_TOLD = [
    t.full_name
    for t in TABLES
    if t.visibility != "internal" and not t.is_view and t.full_name != "registry.release"
]
"""The tables of a release but for the one that says when and with what it was built."""


def contents(path: Path, tables: Iterable[str] = _TOLD) -> Rows:
    """Rows and hashes of the tables of a release file."""
    with duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        return {name: _table_hash(db, name) for name in tables}


def _table_hash(db: duckdb.DuckDBPyConnection, table: str) -> Any:
    """Of the columns that the file has: the release of an earlier program has others."""
    columns = db.execute(f"SELECT * FROM {table} LIMIT 0").description or ()
    names = ", ".join(name for name, *_ in columns if name != "fingerprint")
    row_hash = f"hash(({names},)::VARCHAR)::HUGEINT"
    return db.execute(f"SELECT count(*), sum({row_hash}) FROM {table}").fetchone()


def _lacks_tables(file: Path) -> bool:
    """Whether a program that made fewer tables made the file; all of it is read."""
    with duckdb.connect(file, read_only=True, config=SETTINGS) as db:
        found = db.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        names = {name for (name,) in found}
        for name in sorted(names):
            _table_hash(db, name)
    return not names.issuperset(_TOLD)


def other_content(folder: Path) -> list[str]:
    """The tables of a release that do not hold what its manifest says; of another DuckDB's only their rows.

    Hashes of values are DuckDB's own, and may differ in another version. An early program's manifest has no
    rows, and its hash is of the tables that there were. Raises DamagedRelease, duckdb.Error.
    """
    facts = manifest(folder)
    if not (counted := facts.get("rows", {})) and _lacks_tables(folder / FILE):
        return []
    rows = contents(folder / FILE, counted or _TOLD)
    if other := [table for table, (count, _) in rows.items() if counted.get(table, count) != count]:
        return other
    comparable = facts.get("duckdb", duckdb.__version__) == duckdb.__version__
    return ["*"] if comparable and facts["content"] != digest(rows) else []
