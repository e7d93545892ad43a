"""Homes as earlier versions of the program left them, made of a home of today's: with their tables' columns.

`older_tables.json` holds, for a commit, the columns of its released and of its internal tables. Nothing is
asserted here.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from tests import faults
from warehouse.home import Home, durable
from warehouse.release import release_store
from warehouse.release.contents import hash_contents, hash_tables

OF_COMMITS: dict[str, dict[str, dict[str, str]]] = json.loads(
    Path(__file__).with_name("older_tables.json").read_text(encoding="utf-8")
)


WITHOUT_PROOFS = "98f0c89"
"""The commit whose steps noted no hash of what they left, and whose build noted none of its parts."""


def aged(home: Home, to: Path, commit: str) -> Home:
    """A copy of a released home, its release and its internal database with the columns of that commit."""
    copy = faults.copy(home, to)
    folder = release_store.folder_in_force(copy)
    assert folder is not None
    tables = OF_COMMITS[commit]
    _make_older(folder / release_store.FILE, tables["released"])
    if copy.internal.exists():
        _make_older(copy.internal, tables["internal"])
    _seal(copy, folder, tables["released"])
    if commit == WITHOUT_PROOFS:
        _make_older_notes(copy)
    for note in ("last_refresh.json", "built.json"):  # the program is another one, so that it builds again
        (copy.warehouse / note).unlink(missing_ok=True)
    return copy


def _make_older(file: Path, tables: dict[str, str]) -> None:
    """Leave of a database those tables with those columns; one that it has not is NULL."""
    file.chmod(0o600)
    older = file.with_name("older.duckdb")
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{file}' AS source (READ_ONLY); ATTACH '{older}' AS target")
        have: dict[str, set[str]] = {}
        for schema, table, column in db.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'source'"
        ).fetchall():
            have.setdefault(f"{schema}.{table}", set()).add(column)
        for name, columns in tables.items():
            if name in have:
                kept = ", ".join(c if c in have[name] else f"NULL AS {c}" for c in columns.split())
                db.execute(f"CREATE SCHEMA IF NOT EXISTS target.{name.split('.')[0]}")
                db.execute(f"CREATE TABLE target.{name} AS SELECT {kept} FROM source.{name}")
        db.execute("DETACH target")
    older.chmod(0o600)
    older.replace(file)


def _seal(home: Home, folder: Path, tables: dict[str, str]) -> None:
    """The release's manifest names the older file, and current.duckdb is a copy of it."""
    file, path = folder / release_store.FILE, folder / release_store.MANIFEST
    path.chmod(0o600)
    facts = json.loads(path.read_text()) | {"sha256": durable.file_hash(file), "bytes": file.stat().st_size}
    rows = hash_tables(file, [name for name in facts["rows"] if name in tables])
    facts |= {"rows": {name: count for name, (count, _) in rows.items()}, "content": hash_contents(rows)}
    path.write_text(json.dumps({key: value for key, value in facts.items() if key != "bundle"}))
    release_store.put_in_force(home, folder)


def _make_older_notes(home: Home) -> None:
    """A file of each step, as earlier versions left them, without the hashes of their tables."""
    for path in home.root.glob("staged/*/steps.json"):
        for step, result in json.loads(path.read_text()).items():
            older = {key: value for key, value in result.items() if key != "files"}
            path.with_name(f"{step}.json").write_text(json.dumps(older))
        path.unlink()
