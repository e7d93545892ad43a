"""Releases: number the public file, keep it and put it in force. Nothing is computed here.

warehouse/build/public.py derives the file; release_store.py reads earlier releases.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.periods import last_closed_quarter
from warehouse.build import freshness
from warehouse.build.public import derive
from warehouse.home import Home, durable, file_hash, lock
from warehouse.home.deployment import Deployment, read_deployment
from warehouse.protection import ledger
from warehouse.release import release_store, retention, rollback
from warehouse.release.contents import Rows, hash_contents, hash_tables
from warehouse.release.release_store import FILE, latest_folder, manifest


@dataclass(frozen=True)
class Release:
    """A release: name (`2026-Q3.r1`), folder, if it is new, and the names of releases removed with it."""

    name: str
    folder: Path
    is_new: bool
    removed_names: tuple[str, ...] = ()


WriteBundle = Callable[[Path, Path | None, Deployment], dict[str, str]]
"""Writes a release as files, given its folder, the release before and the deployment; returns hashes."""


def publish(
    home: Home, as_of: date, *, always: bool = False, write_bundle: WriteBundle | None = None
) -> Release:
    """Publish the internal database, unless the last release of the same quarter has the same values.

    Raises InvalidValue unless the gate passed exactly this build; its summary goes into the manifest. While a
    rollback holds, the release that was rolled back is not published again, not even in a later quarter.
    """
    with lock.build(home):
        return _publish(home, as_of, always, write_bundle)


def _publish(home: Home, as_of: date, always: bool, write_bundle: WriteBundle | None) -> Release:
    quarter = last_closed_quarter(as_of)
    in_force = release_store.folder_in_force(home)
    if (
        in_force
        and not always
        and rollback.rollback_in_effect(home)
        and not freshness.has_changed_since_release(home)
    ):
        return _put_old_release_in_force(home, in_force)
    gate = freshness.gate_of_internal(home)
    building = home.releases / ".building"
    shutil.rmtree(building, ignore_errors=True)
    durable.make_folder(home.releases)
    building.mkdir()
    release_store.record_unlisted_releases(home)
    name = release_store.next_name(home, quarter)
    derive(home.internal, building / FILE, name)
    rows = hash_tables(building / FILE)
    last = latest_folder(home, quarter)
    if last and not always and _has_content(last, hash_contents(rows)):
        shutil.rmtree(building)
        return _put_old_release_in_force(home, last)
    durable.make_read_only(building / FILE, durable.ALL_READ)
    facts = _manifest_facts(building / FILE, name, as_of, rows) | {"gate": gate}
    if write_bundle:
        facts["bundle"] = write_bundle(building, in_force, read_deployment(home.root))
    release_store.write_manifest(building, facts)
    ledger.write_ledger_file(home, name, home.internal)
    folder = home.releases / name
    durable.rename(building, folder)
    release_store.record_publication(home, name)
    release_store.put_in_force(home, folder)
    return Release(name, folder, is_new=True, removed_names=tuple(retention.retire(home)))


def _put_old_release_in_force(home: Home, folder: Path) -> Release:
    release_store.put_in_force(home, folder)
    return Release(folder.name, folder, is_new=False)


def _has_content(folder: Path, fingerprint: str) -> bool:
    """Check if a release is undamaged and has the same content."""
    return release_store.is_whole(folder) and manifest(folder)["content"] == fingerprint


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
