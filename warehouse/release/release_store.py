"""Published releases on disk: folders, manifests, the list of release numbers, and the release in force.

A release's folder holds the public file, its manifest and, if the deployment has a key, the manifest's
signature. All are read-only. release.py makes releases.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.words import InvalidValue, Sentence
from warehouse.home import RELEASE_FILE, Home, durable, events, lock
from warehouse.home.calendar import today
from warehouse.home.clock import LEDGER
from warehouse.home.durable import hash_now
from warehouse.home.repairs import log_repair
from warehouse.release import signing

FILE, MANIFEST, SIGNATURE, BUNDLE = RELEASE_FILE, "manifest.json", "manifest.sig", "bundle"
PUBLICATION_EVENT = "published"
"""The event that assigns a number in the list of releases. The list also has later events."""
IN_FORCE = "in_force.json"
"""File in warehouse/ with the name of the release that current.duckdb copies."""
READER_WAIT_SECONDS = 30.0
"""Seconds that a reader waits while a release is being put in force."""

_RELEASE = re.compile(r"(?P<quarter>\d{4}-Q[1-4])\.r(?P<n>\d+)$")


class DamagedRelease(InvalidValue):
    """A release, or the file in force, differs from what was published."""


# ---- one release ----------------------------------------------------------------------------------


def manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a release. Raises DamagedRelease."""
    path = folder / MANIFEST
    try:
        facts = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedRelease("released.no_manifest", file=path, folder=folder) from error
    if not {"release", "as_of", "sha256", "content"} <= set(facts):
        raise DamagedRelease("released.no_manifest", file=path, folder=folder)
    return facts


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write a release's manifest, and its signature if there is a key. Both are read-only and synced."""
    content = json.dumps(facts, indent=1).encode()
    signature = signing.sign(content)
    for name, data in ((MANIFEST, content), (SIGNATURE, signature)):
        if data is not None:
            (folder / name).write_bytes(data)
            durable.make_read_only(folder / name, durable.ALL_READ)


def is_whole(folder: Path) -> bool:
    """Check that a release's file is the file in its manifest."""
    try:
        return is_file_of(folder / FILE, manifest(folder))
    except DamagedRelease:
        return False


def is_file_of(path: Path, facts: dict[str, Any]) -> bool:
    """Check that a file has the size and hash in a manifest."""
    return _has_size_of(path, facts) and hash_now(path) == str(facts["sha256"])


def _has_size_of(path: Path, facts: dict[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == facts.get("bytes", path.stat().st_size)


def _has_hash(path: Path, sha256: str | None) -> bool:
    return path.is_file() and hash_now(path) == sha256


def find_faults(folder: Path, public_key: Path | None = None) -> Iterator[Sentence]:
    """Return the faults of a release: manifest, name, hashes of files, signature."""
    try:
        facts = manifest(folder)
    except DamagedRelease as error:
        yield error.sentence
        return
    if not is_file_of(folder / FILE, facts):
        yield Sentence("released.other_bytes", {"file": folder / FILE})
    for name, sha256 in facts.get("bundle", {}).items():
        path = folder / BUNDLE / name
        if not _has_hash(path, sha256):
            yield Sentence("released.other_bundle", {"file": path})
    if facts["release"] != folder.name:
        yield Sentence("released.other_name", {"folder": folder, "name": facts["release"]})
    if signature(folder, public_key) == "wrong":
        yield Sentence("released.wrong_signature", {"file": folder / MANIFEST})


def signature(folder: Path, public_key: Path | None = None) -> str:
    """Return `signed`, `wrong`, `unsigned`, or `unknown` if there is no public key to check with."""
    path = folder / SIGNATURE
    if not path.exists():
        return "unsigned"
    answer = signing.is_signed((folder / MANIFEST).read_bytes(), path.read_bytes(), public_key)
    return {True: "signed", False: "wrong", None: "unknown"}[answer]


# ---- all releases ---------------------------------------------------------------------------------


def releases(home: Home) -> list[Path]:
    """List the folders of releases by quarter and number. Ignores other folders."""
    folders = [(m["quarter"], int(m["n"]), p) for p in _folders(home) if (m := _RELEASE.match(p.name))]
    return [path for _, _, path in sorted(folders)]


def unrecognised_folders(home: Home) -> list[Path]:
    """List folders next to the releases that are no releases, such as a backup. They are ignored."""
    return [path for path in _folders(home) if not _RELEASE.match(path.name)]


def _folders(home: Home) -> list[Path]:
    return [p for p in sorted(home.releases.glob("*")) if p.is_dir() and not p.name.startswith(".")]


def latest_folder(home: Home, quarter: str | None = None) -> Path | None:
    """Return the newest release of a quarter, or of all: highest quarter, then highest number."""
    folders = [path for path in releases(home) if quarter is None or path.name.startswith(f"{quarter}.")]
    return folders[-1] if folders else None


def newest_file(home: Home) -> Path | None:
    """Return the file of the newest undamaged release, in force or not. Readers have had it."""
    return next((folder / FILE for folder in reversed(releases(home)) if is_whole(folder)), None)


def file_before(home: Home, name: str) -> Path | None:
    """Return the file of the newest undamaged release before the named release; None before the first."""
    folders = releases(home)
    position = next((n for n, folder in enumerate(folders) if folder.name == name), 0)
    return next((folder / FILE for folder in reversed(folders[:position]) if is_whole(folder)), None)


def bundle_files(home: Home, name: str, files: Iterable[str]) -> list[Path]:
    """Return files of a release's bundle; none if one of them is missing or not as it was written."""
    folder = home.releases / name
    try:
        hashes = manifest(folder).get("bundle", {})
    except DamagedRelease:
        return []
    paths = {file: folder / BUNDLE / file for file in files}
    sound = all(_has_hash(path, hashes.get(file)) for file, path in paths.items())
    return list(paths.values()) if sound else []


def protected_files(home: Home) -> list[Path]:
    """Return a file per release with its protected counts: its own file, or the ledger's."""
    paths = [
        (file if file.is_file() and is_whole(file.parent) else home.ledger_file(name))
        for name, file in list_files(home)
    ]
    return [file for file in paths if file.is_file()]


def list_sound_files(home: Home) -> list[tuple[str, Path]]:
    """Return the name and file of every release that the ledger has or whose file has the published size.

    A refresh reports a damaged file.
    """
    files = list_files(home)
    return [(name, file) for name, file in files if home.ledger_file(name).is_file() or _has_its_size(file)]


def _has_its_size(file: Path) -> bool:
    try:
        return _has_size_of(file, manifest(file.parent))
    except DamagedRelease:
        return False


def list_files(home: Home) -> list[tuple[str, Path]]:
    """Return the name and the file path of every release ever published, in the order of publication."""
    names = dict.fromkeys([*published_names(home), *(folder.name for folder in releases(home))])
    return [(name, home.releases / name / FILE) for name in names]


def next_name(home: Home, quarter: str) -> str:
    """Return the name of the next release of a quarter. No number is used twice."""
    matches = [_RELEASE.match(name) for name in (*(p.name for p in releases(home)), *published_names(home))]
    numbers = [int(m["n"]) for m in matches if m and m["quarter"] == quarter]
    return f"{quarter}.r{max(numbers, default=0) + 1}"


def list_path(home: Home) -> Path:
    """Return the path of the list of release numbers."""
    return home.releases / LEDGER


def published_names(home: Home) -> list[str]:
    """List the names of all releases ever published. Raises DamagedHistory."""
    return [event["release"] for event in _publications(home)]


def publication_days(home: Home) -> dict[str, date]:
    """Return the day on which each release was published. Raises DamagedHistory."""
    return {event["release"]: date.fromisoformat(event["on"]) for event in _publications(home)}


def _publications(home: Home) -> list[events.Event]:
    return [event for event in events.read(list_path(home)) if event["event"] == PUBLICATION_EVENT]


def record_unlisted_releases(home: Home) -> None:
    """Add releases to the list that are not in it: of earlier versions, or after a killed process."""
    names = set(published_names(home))
    for folder in releases(home):
        if folder.name not in names:
            record_publication(home, folder.name)


def record_publication(home: Home, name: str) -> None:
    """Add a published release to the list. The caller holds build.lock."""
    events.append(list_path(home), event=PUBLICATION_EVENT, on=str(today()), release=name)


def last_published_on(home: Home) -> str | None:
    """Return the day on which the last release was published, from the list."""
    days = [event["on"] for event in _publications(home)]
    return days[-1] if days else None


# ---- the release in force -------------------------------------------------------------------------


def folder_in_force(home: Home) -> Path | None:
    """Return the release that current.duckdb should copy; None before the first, or if it was deleted."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads((home.warehouse / IN_FORCE).read_text(encoding="utf-8"))
        folder = home.releases / str(content["release"])
        return folder if folder.is_dir() else None
    return _find_copied_release(home) or latest_folder(home)


def _find_copied_release(home: Home) -> Path | None:
    """Return the release that current.duckdb is a copy of."""
    if not home.current.is_file():
        return None
    for folder in reversed(releases(home)):
        with suppress(DamagedRelease):
            if is_file_of(home.current, manifest(folder)):
                return folder
    return None


def put_in_force(home: Home, folder: Path) -> None:
    """Make a release current. Readers see the old file or the new file, never a part.

    The name is written first. After a power cut in between, `repair_current_file` copies the file again.
    """
    content = json.dumps({"release": folder.name}).encode()
    durable.replace_durably(home.warehouse / IN_FORCE, content)
    _copy(folder / FILE, home.current, manifest(folder)["sha256"])


def _copy(source: Path, target: Path, sha256: str) -> None:
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        copied_hash = durable.copy(source, fresh)
    except OSError:  # free the space if the disk is full
        fresh.unlink(missing_ok=True)
        raise
    if copied_hash != sha256:
        fresh.unlink()
        raise DamagedRelease("released.other_bytes", file=source)
    fresh.chmod(durable.ALL_READ)
    durable.rename(fresh, target)


def repair_current_file(home: Home, *, with_copy: bool = False) -> None:
    """Check the file in force byte for byte against its manifest, repair it from its copy and report that.

    `with_copy` checks and repairs the release's own file, too. Raises DamagedRelease if both are damaged or
    the manifest is unusable; lock.Busy if another process builds.
    """
    folder = folder_in_force(home)
    if folder is None or _is_well(home, folder, with_copy):
        return
    with lock.build(home, wait=READER_WAIT_SECONDS):
        folder = folder_in_force(home)
        if folder is not None and not _is_well(home, folder, with_copy):
            _repair(home, folder)


def _is_well(home: Home, folder: Path, with_copy: bool) -> bool:
    facts = manifest(folder)
    return is_file_of(home.current, facts) and (not with_copy or is_file_of(folder / FILE, facts))


def _repair(home: Home, folder: Path) -> None:
    """Copy the damaged file again from its undamaged twin, and report the repair. Raises DamagedRelease.

    The twins are current.duckdb and the file in the release's own folder.
    """
    facts = manifest(folder)
    if is_file_of(folder / FILE, facts):
        was_there = home.current.exists()
        _copy(folder / FILE, home.current, facts["sha256"])
        log_repair("current" if was_there else "no_current", file=home.current, release=folder.name)
    elif is_file_of(home.current, facts):
        was_there = (folder / FILE).exists()
        _copy(home.current, folder / FILE, facts["sha256"])
        log_repair("release" if was_there else "no_release", file=folder / FILE)
    else:
        raise DamagedRelease("released.both_damaged", file=home.current, other=folder / FILE)


def secure_for_build(home: Home) -> Path | None:
    """Run `repair_current_file` before a new release; return the file of the last undamaged release, if any.

    A current file that cannot be repaired or opened is moved aside. If it can be read, it is returned
    although no manifest proves it: the gate compares the build with it, so that no published value disappears
    unnoticed.
    """
    try:
        repair_current_file(home, with_copy=True)
    except DamagedRelease:
        if home.current.exists() and not can_be_opened(home.current):
            new_path = home.current.with_name(f"{home.current.name}.damaged")
            os.replace(home.current, new_path)
            log_repair("set_aside", file=home.current, aside=new_path)
    candidates = [*filter(None, [folder_in_force(home)]), *reversed(releases(home))]
    undamaged_file = next((folder / FILE for folder in candidates if is_whole(folder)), None)
    return undamaged_file or (home.current if _can_be_read(home.current) else None)


def _can_be_read(file: Path) -> bool:
    """Check that every value of a release file can be read."""
    if not file.exists() or not can_be_opened(file):
        return False
    with duckdb.connect(file, read_only=True) as db:
        try:
            for schema, table in db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
                db.execute(f'SELECT sum(hash(t)::HUGEINT) FROM "{schema}"."{table}" AS t').fetchone()
        except duckdb.Error:
            return False
    return True


def read_release_name(file: Path) -> tuple[str, date] | None:
    """Return the name and day of the release in a file; None if DuckDB cannot read it as a release."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return db.execute("SELECT release, as_of FROM registry.release").fetchone()
    except duckdb.Error:
        return None


def can_be_opened(file: Path) -> bool:
    """Check that DuckDB can read a file as a release."""
    return read_release_name(file) is not None


def check_clock(home: Home) -> None:
    """Raise InvalidValue if the last release was published on a day in the future for this machine."""
    published_on = last_published_on(home)
    if published_on is not None and date.fromisoformat(published_on) > today():
        raise InvalidValue("home.clock_set_back", today=today(), day=published_on, file=list_path(home))
