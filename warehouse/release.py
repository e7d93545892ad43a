"""Releases: the public file derived from the internal one, kept by number, and swapped in atomically.

Only declared public tables and columns leave the internal database, and of row tables only the rows
of open collections. Nothing is computed here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from schemas.periods import last_closed_quarter
from schemas.tables import TABLES, Table
from warehouse import models
from warehouse.build import SETTINGS, comment, create
from warehouse.home import Home, file_hash, lock, quoted

STORAGE = "v1.2.0"
"""Release files are written so that DuckDB 1.2 and later read them."""

_RELEASE = re.compile(r"(?P<quarter>\d{4}-Q[1-4])\.r(?P<n>\d+)$")


@dataclass(frozen=True)
class Release:
    """One published release: its name (`2026-Q3.r1`), its folder, whether it is new."""

    name: str
    folder: Path
    is_new: bool


def publish(home: Home, as_of: date, *, always: bool = False) -> Release:
    """Publish the internal database, unless the last release of the same quarter has the same values."""
    with lock.build(home):
        return _publish(home, as_of, always)


def _publish(home: Home, as_of: date, always: bool) -> Release:
    quarter = last_closed_quarter(as_of)
    building = home.releases / ".building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    name = _next_name(home, quarter)
    derive(home.internal, building / "lineabase.duckdb", name)
    fingerprint = content_hash(building / "lineabase.duckdb")
    last = latest(home)
    if last and not always and _same(last, quarter, fingerprint):
        shutil.rmtree(building)
        swap(home, last)
        return Release(last.name, last, is_new=False)
    _write_manifest(building, name, as_of, fingerprint)
    folder = home.releases / name
    building.rename(folder)
    swap(home, folder)
    return Release(name, folder, is_new=True)


def derive(internal: Path, public: Path, name: str) -> None:
    """Write the public file: declared public columns, rows of open collections, nothing else."""
    tables = [t.public() for t in TABLES if t.visibility != "internal"]
    with duckdb.connect(config=SETTINGS | {"temp_directory": f"{public}.tmp"}) as db:
        db.execute(f"ATTACH {quoted(internal)} AS source (READ_ONLY)")
        db.execute(f"ATTACH {quoted(public)} AS target (STORAGE_VERSION '{STORAGE}')")
        db.execute("USE target")
        create(db, tables)
        for table in tables:
            if not table.is_view:
                db.execute(_copy(table))
        db.execute("UPDATE registry.release SET release = $name", {"name": name})
        for table in tables:
            if table.is_view:
                [select] = models.selects(table.full_name)
                db.execute(f"CREATE VIEW {table.full_name} AS {select}")
                comment(db, table)
        db.execute("USE memory")
        db.execute("DETACH target")


def _copy(table: Table) -> str:
    columns = ", ".join(f"t.{c}" for c in table.column_names)
    rows = f"SELECT {columns} FROM source.{table.full_name} AS t"
    if table.visibility == "filtered":
        rows += f" WHERE {_open_rows(table)}"
    order = ", ".join(f"t.{c}" for c in table.key or table.column_names)
    return f"INSERT INTO {table.full_name} BY NAME {rows} ORDER BY {order}"


def _open_rows(table: Table) -> str:
    is_open = "SELECT collection FROM source.registry.collections WHERE confidentiality = 'open'"
    names = [c for c in table.column_names if c == "collection" or c.startswith("collection_")]
    if names:
        return " AND ".join(f"t.{c} IN ({is_open})" for c in names)
    submissions = f"SELECT submission FROM source.registry.submissions WHERE collection IN ({is_open})"
    return f"t.submission IN ({submissions})"


def content_hash(path: Path) -> str:
    """Hash of every value in a release file; not of when and with what it was built."""
    tables = [t.public() for t in TABLES if t.visibility != "internal" and not t.is_view]
    with duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        hashes = [_table_hash(db, t) for t in tables if t.full_name != "registry.release"]
    return sha256(repr(hashes).encode()).hexdigest()


def _table_hash(db: duckdb.DuckDBPyConnection, table: Table) -> Any:
    names = ", ".join(c for c in table.column_names if c != "fingerprint")
    row_hash = f"hash(({names},)::VARCHAR)::HUGEINT"
    return db.execute(f"SELECT count(*), sum({row_hash}) FROM {table.full_name}").fetchone()


def latest(home: Home) -> Path | None:
    """The folder of the newest release: highest quarter, then highest number."""
    releases = [
        (m["quarter"], int(m["n"]), p) for p in home.releases.glob("*.r*") if (m := _RELEASE.match(p.name))
    ]
    return max(releases)[2] if releases else None


def _next_name(home: Home, quarter: str) -> str:
    numbers = [int(p.name.rsplit(".r", 1)[1]) for p in home.releases.glob(f"{quarter}.r*")]
    return f"{quarter}.r{max(numbers, default=0) + 1}"


def manifest(folder: Path) -> dict[str, str]:
    """What a release says of itself."""
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def _same(last: Path, quarter: str, fingerprint: str) -> bool:
    return last.name.startswith(quarter) and manifest(last)["content"] == fingerprint


def _write_manifest(folder: Path, name: str, as_of: date, fingerprint: str) -> None:
    facts = {
        "release": name,
        "as_of": str(as_of),
        "file": "lineabase.duckdb",
        "sha256": file_hash(folder / "lineabase.duckdb"),
        "content": fingerprint,
    }
    (folder / "manifest.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def swap(home: Home, folder: Path) -> None:
    """Make a release the current one: readers have the old file or the new one, never half of one."""
    fresh = home.warehouse / "current.duckdb.new"
    shutil.copyfile(folder / "lineabase.duckdb", fresh)
    os.replace(fresh, home.current)
