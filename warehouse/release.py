"""Releases: the public file derived from the internal one, kept by number, and put in force atomically.

Only declared public tables and columns leave the internal database, and of row tables only the rows
of open collections. Nothing is computed here. What was published before: published.py.
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
from warehouse.build import blank, create_view
from warehouse.contents import Rows, contents, digest
from warehouse.home import Home, durable, file_hash, lock, quoted
from warehouse.home.deployment import Deployment, deployment
from warehouse.limits import SETTINGS
from warehouse.protection import ledger
from warehouse.publication import bundle
from warehouse.published import FILE, latest, manifest
from warehouse.settings import wants_bundle

STORAGE = "v1.2.0"
"""Release files are written so that DuckDB 1.2 and later read them."""


@dataclass(frozen=True)
class Release:
    """A release: its name (`2026-Q3.r1`), its folder, whether it is new; the names of those that went."""

    name: str
    folder: Path
    is_new: bool
    retired: tuple[str, ...] = ()


def publish(home: Home, as_of: date, *, always: bool = False) -> Release:
    """Publish the internal database, unless the last release of the same quarter has the same values.

    It bears the gate's verdict on that very build; where there is none, it is refused (Wrong).
    While a rollback holds, what was rolled back from is not published again, in a later quarter neither.
    """
    with lock.build(home):
        return _publish(home, as_of, always)


def _publish(home: Home, as_of: date, always: bool) -> Release:
    quarter = last_closed_quarter(as_of)
    in_force = published.in_force(home)
    if in_force and not always and rollback.standing(home) and not freshness.has_changed_since_release(home):
        return _unchanged(home, in_force)
    gate = freshness.gate_of_internal(home)
    building = home.releases / ".building"
    shutil.rmtree(building, ignore_errors=True)
    durable.make_folder(home.releases)
    building.mkdir()
    published.note_numbers(home)
    name = published.next_name(home, quarter)
    derive(home.internal, building / FILE, name)
    rows = contents(building / FILE)
    last = latest(home, quarter)
    if last and not always and _same(last, digest(rows)):
        shutil.rmtree(building)
        return _unchanged(home, last)
    durable.seal(building / FILE, durable.ALL_READ)
    facts = _facts(building / FILE, name, as_of, rows) | {"gate": gate}
    if wants_bundle():
        facts["bundle"] = _bundle(building, in_force, deployment(home.root))
    published.write_manifest(building, facts)
    ledger.note(home, name, home.internal)
    folder = home.releases / name
    durable.rename(building, folder)
    published.note(home, name)
    published.put_in_force(home, folder)
    return Release(name, folder, is_new=True, retired=tuple(retention.retire(home)))


def _unchanged(home: Home, folder: Path) -> Release:
    published.put_in_force(home, folder)
    return Release(folder.name, folder, is_new=False)


def _bundle(building: Path, before: Path | None, by: Deployment) -> dict[str, str]:
    """Write the release as files, too; the hash of each. All are read-only."""
    previous = before / FILE if before and (before / FILE).is_file() else None
    files: dict[str, str] = bundle.write(building / FILE, building / published.BUNDLE, previous, by)["files"]
    for path in sorted((building / published.BUNDLE).rglob("*")):
        if path.is_file():
            durable.seal(path, durable.ALL_READ)
    return files


def derive(internal: Path, public: Path, name: str) -> None:
    """Write the public file: declared public columns, rows of open collections, nothing else."""
    tables = tuple(t.public() for t in TABLES if t.visibility != "internal")
    public.write_bytes(blank(tables, storage=STORAGE))
    with duckdb.connect(config=SETTINGS | {"temp_directory": f"{public}.tmp"}) as db:
        db.execute(f"ATTACH {quoted(internal)} AS source (READ_ONLY)")
        db.execute(f"ATTACH {quoted(public)} AS target; USE target")
        for table in tables:
            if not table.is_view:
                db.execute(_copy(table))
        db.execute("UPDATE registry.release SET release = $name", {"name": name})
        for table in tables:
            if table.is_view:
                create_view(db, table)
        db.execute("USE memory; DETACH target")


def _copy(table: Table) -> str:
    columns = ", ".join(f"{_shown(table, c)} AS {c}" for c in table.column_names)
    rows = f"SELECT {columns} FROM source.{table.full_name} AS t"
    if table.visibility == "filtered":
        rows += f" WHERE {_open_rows(table)}"
    elif "collection" in table.column_names:
        rows += f" WHERE t.collection IS NULL OR t.collection NOT IN ({_INTERNAL})"
    order = ", ".join(f"t.{c}" for c in table.key or table.column_names)
    return f"INSERT INTO {table.full_name} BY NAME {rows} ORDER BY {order}"


_INTERNAL = (
    "SELECT collection FROM source.registry.collections "
    f"WHERE confidentiality = 'internal' AND family = '{NOT_APPLICABLE}'"
)
"""Internal records of the network: no trace of them leaves the database, not even that there are any."""
_OPEN = "SELECT collection FROM source.registry.collections WHERE confidentiality = 'open'"


def _shown(table: Table, column: str) -> str:
    """The column's value; NULL where it is not for everybody to know of a protected collection."""
    if table.of_protected is None or column in table.of_protected.columns:
        return f"t.{column}"
    return f"CASE WHEN t.collection IN ({_OPEN}) THEN t.{column} END"


def _open_rows(table: Table) -> str:
    names = [c for c in table.column_names if c == "collection" or c.startswith("collection_")]
    if names:
        return " AND ".join(f"t.{c} IN ({_OPEN})" for c in names)
    submissions = f"SELECT submission FROM source.registry.submissions WHERE collection IN ({_OPEN})"
    return f"t.submission IN ({submissions})"


def _same(last: Path, fingerprint: str) -> bool:
    """Whether a release says the same already, and is as it was published."""
    return published.is_whole(last) and manifest(last)["content"] == fingerprint


def _facts(file: Path, name: str, as_of: date, rows: Rows) -> dict[str, Any]:
    return {
        "release": name,
        "as_of": str(as_of),
        "file": file.name,
        "bytes": file.stat().st_size,
        "sha256": file_hash(file),
        "content": digest(rows),
        "rows": {table: count for table, (count, _) in rows.items()},
        "duckdb": duckdb.__version__,
        "waivers": _waivers(file),
    }


def _waivers(file: Path) -> list[dict[str, str]]:
    """What was released over, as the file's own table says it: for who reads the manifest alone."""
    with duckdb.connect(file, read_only=True) as db:
        rows = db.execute(f"SELECT {', '.join(_SAID_OF_WAIVERS)} FROM registry.waivers ORDER BY question")
        return [dict(zip(_SAID_OF_WAIVERS, map(str, row), strict=True)) for row in rows.fetchall()]


_SAID_OF_WAIVERS = ("question", "reason", "decided_by", "second_office", "decided_on")
