"""Releases: derive the public file from the internal file, number it, keep it and put it in force.

Only declared public tables and columns leave the internal database, and of row tables only the rows of open
collections. Nothing is computed here. published.py reads earlier releases.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.codelists import NOT_APPLICABLE
from schemas.periods import last_closed_quarter
from schemas.tables import TABLES, Table
from warehouse import freshness, published, retention, rollback
from warehouse.build import create_view, empty_database
from warehouse.contents import Rows, hash_contents, hash_tables
from warehouse.home import Home, durable, file_hash, lock, quoted
from warehouse.home.deployment import Deployment, deployment
from warehouse.limits import SETTINGS
from warehouse.protection import ledger
from warehouse.publication import bundle
from warehouse.published import FILE, latest_folder, manifest
from warehouse.settings import wants_bundle

STORAGE = "v1.2.0"
"""Storage version of release files, so that DuckDB 1.2 and later can read them."""


@dataclass(frozen=True)
class Release:
    """A release: name (`2026-Q3.r1`), folder, if it is new, and the names of releases removed with it."""

    name: str
    folder: Path
    is_new: bool
    retired: tuple[str, ...] = ()


def publish(home: Home, as_of: date, *, always: bool = False) -> Release:
    """Publish the internal database, unless the last release of the same quarter has the same values.

    Raises Wrong unless the gate passed exactly this build; its summary goes into the manifest. While a
    rollback holds, the release that was rolled back is not published again, not even in a later quarter.
    """
    with lock.build(home):
        return _publish(home, as_of, always)


def _publish(home: Home, as_of: date, always: bool) -> Release:
    quarter = last_closed_quarter(as_of)
    in_force = published.in_force(home)
    if in_force and not always and rollback.standing(home) and not freshness.has_changed_since_release(home):
        return _put_old_release_in_force(home, in_force)
    gate = freshness.gate_of_internal(home)
    building = home.releases / ".building"
    shutil.rmtree(building, ignore_errors=True)
    durable.make_folder(home.releases)
    building.mkdir()
    published.record_unlisted_releases(home)
    name = published.next_name(home, quarter)
    derive(home.internal, building / FILE, name)
    rows = hash_tables(building / FILE)
    last = latest_folder(home, quarter)
    if last and not always and _has_content(last, hash_contents(rows)):
        shutil.rmtree(building)
        return _put_old_release_in_force(home, last)
    durable.seal(building / FILE, durable.ALL_READ)
    facts = _manifest_facts(building / FILE, name, as_of, rows) | {"gate": gate}
    if wants_bundle():
        facts["bundle"] = _write_bundle(building, in_force, deployment(home.root))
    published.write_manifest(building, facts)
    ledger.write_ledger_file(home, name, home.internal)
    folder = home.releases / name
    durable.rename(building, folder)
    published.record_publication(home, name)
    published.put_in_force(home, folder)
    return Release(name, folder, is_new=True, retired=tuple(retention.retire(home)))


def _put_old_release_in_force(home: Home, folder: Path) -> Release:
    published.put_in_force(home, folder)
    return Release(folder.name, folder, is_new=False)


def _write_bundle(building: Path, last_release: Path | None, publisher: Deployment) -> dict[str, str]:
    """Write the release also as files; return the hash of each. All are read-only."""
    previous = last_release / FILE if last_release and (last_release / FILE).is_file() else None
    files: dict[str, str] = bundle.write(building / FILE, building / published.BUNDLE, previous, publisher)[
        "files"
    ]
    for path in sorted((building / published.BUNDLE).rglob("*")):
        if path.is_file():
            durable.seal(path, durable.ALL_READ)
    return files


def derive(internal: Path, public: Path, name: str) -> None:
    """Write the public file: declared public columns and rows of open collections, nothing else."""
    tables = tuple(t.public() for t in TABLES if t.visibility != "internal")
    public.write_bytes(empty_database(tables, storage=STORAGE))
    with duckdb.connect(config=SETTINGS | {"temp_directory": f"{public}.tmp"}) as db:
        db.execute(f"ATTACH {quoted(internal)} AS source (READ_ONLY)")
        db.execute(f"ATTACH {quoted(public)} AS target; USE target")
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


def _has_content(folder: Path, fingerprint: str) -> bool:
    """Check if a release is undamaged and has the same content."""
    return published.is_whole(folder) and manifest(folder)["content"] == fingerprint


def _manifest_facts(file: Path, name: str, as_of: date, rows: Rows) -> dict[str, Any]:
    return {
        "release": name,
        "as_of": str(as_of),
        "file": file.name,
        "bytes": file.stat().st_size,
        "sha256": file_hash(file),
        "content": hash_contents(rows),
        "rows": {table: count for table, (count, _) in rows.items()},
        "duckdb": duckdb.__version__,
        "waivers": _read_waivers(file),
    }


def _read_waivers(file: Path) -> list[dict[str, str]]:
    """Read the waivers from the file's own table, for people who only read the manifest."""
    with duckdb.connect(file, read_only=True) as db:
        rows = db.execute(f"SELECT {', '.join(_WAIVER_COLUMNS)} FROM registry.waivers ORDER BY question")
        return [dict(zip(_WAIVER_COLUMNS, map(str, row), strict=True)) for row in rows.fetchall()]


_WAIVER_COLUMNS = ("question", "reason", "decided_by", "second_office", "decided_on")
