"""Releases: the public file, kept by number, and put in force atomically.

The file is derived by warehouse/build/public.py; earlier releases: published.py. Nothing is computed here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.codelists import NOT_APPLICABLE
from schemas.periods import last_closed_quarter
from schemas.tables import TABLES, Table
from warehouse.build import freshness
from warehouse.releases import published, retention, rollback
from warehouse.build.public import derive
from warehouse.releases.contents import Rows, contents, digest
from warehouse.home import Home, durable, file_hash, lock, quoted
from warehouse.home.deployment import Deployment, deployment
from warehouse.home.limits import SETTINGS
from warehouse.protection import ledger
from warehouse.releases.published import FILE, latest, manifest



@dataclass(frozen=True)
class Release:
    """A release: its name (`2026-Q3.r1`), its folder, whether it is new; the names of those that went."""

    name: str
    folder: Path
    is_new: bool
    retired: tuple[str, ...] = ()


WriteBundle = Callable[[Path, Path | None, Deployment], dict[str, str]]
"""Writes a release as files, too: its folder, the release before, the deployment; the hash of each file."""


def publish(
    home: Home, as_of: date, *, always: bool = False, write_bundle: WriteBundle | None = None
) -> Release:
    """Publish the internal database, unless the last release of the same quarter has the same values.

    It bears the gate's verdict on that very build; where there is none, it is refused (Wrong).
    While a rollback holds, what was rolled back from is not published again, in a later quarter neither.
    """
    with lock.build(home):
        return _publish(home, as_of, always, write_bundle)


def _publish(home: Home, as_of: date, always: bool, write_bundle: WriteBundle | None) -> Release:
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
    if write_bundle:
        facts["bundle"] = write_bundle(building, in_force, deployment(home.root))
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
