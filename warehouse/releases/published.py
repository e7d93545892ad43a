"""What was published, and which of it is in force: manifests, the numbers given, current.duckdb.

A release's folder holds the public file, its manifest and, where the deployment has a key, the manifest's
signature; all read-only. How a release is made is release.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.words import Sentence, Wrong
from warehouse.releases import signing
from warehouse.home import RELEASED, Home, durable, events, lock
from warehouse.home.calendar import today
from warehouse.home.clock import LEDGER
from warehouse.home.durable import hash_now
from warehouse.protection.ledger import ledger_file
from warehouse.home.repairs import tell_repair

FILE, MANIFEST, SIGNATURE, BUNDLE = RELEASED, "manifest.json", "manifest.sig", "bundle"
PUBLISHED = "published"
"""The event of that list that gives a number; what happens to releases later stands there too."""
IN_FORCE = "in_force.json"
"""In warehouse/: the name of the release that current.duckdb is a copy of."""
MOMENT = 30.0
"""Seconds that a reader waits for a release that is just being put in force."""

_RELEASE = re.compile(r"(?P<quarter>\d{4}-Q[1-4])\.r(?P<n>\d+)$")


class DamagedRelease(Wrong):
    """A release, or what is in force, cannot be what was published."""


# ---- one release ----------------------------------------------------------------------------------


def manifest(folder: Path) -> dict[str, Any]:
    """What a release says of itself. Raises DamagedRelease."""
    path = folder / MANIFEST
    try:
        facts = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedRelease("released.no_manifest", file=path, folder=folder) from error
    if not {"release", "as_of", "sha256", "content"} <= set(facts):
        raise DamagedRelease("released.no_manifest", file=path, folder=folder)
    return facts


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write a release's manifest, and its signature where there is a key; both are read-only and on disk."""
    content = json.dumps(facts, indent=1).encode()
    signature = signing.sign(content)
    for name, written in ((MANIFEST, content), (SIGNATURE, signature)):
        if written is not None:
            (folder / name).write_bytes(written)
            durable.seal(folder / name, durable.ALL_READ)


def is_whole(folder: Path) -> bool:
    """Whether a release's file is the one that its manifest names."""
    try:
        return is_file_of(folder / FILE, manifest(folder))
    except DamagedRelease:
        return False


def is_file_of(path: Path, facts: dict[str, Any]) -> bool:
    """Whether a file is the one that a manifest names."""
    if not path.is_file() or path.stat().st_size != facts.get("bytes", path.stat().st_size):
        return False
    return hash_now(path) == str(facts["sha256"])


def faults(folder: Path, public_key: Path | None = None) -> Iterator[Sentence]:
    """What does not hold of a release: its manifest, its name, its file's hash, its signature."""
    try:
        facts = manifest(folder)
    except DamagedRelease as damaged:
        yield damaged.sentence
        return
    if not is_file_of(folder / FILE, facts):
        yield Sentence("released.other_bytes", {"file": folder / FILE})
    for name, sha256 in facts.get("bundle", {}).items():
        path = folder / BUNDLE / name
        if not path.is_file() or hash_now(path) != sha256:
            yield Sentence("released.other_bundle", {"file": path})
    if facts["release"] != folder.name:
        yield Sentence("released.other_name", {"folder": folder, "name": facts["release"]})
    if signature(folder, public_key) == "wrong":
        yield Sentence("released.wrong_signature", {"file": folder / MANIFEST})


def signature(folder: Path, public_key: Path | None = None) -> str:
    """`signed`, `wrong`, `unsigned`, or `unknown` where there is no public key to ask."""
    path = folder / SIGNATURE
    if not path.exists():
        return "unsigned"
    answer = signing.is_signed((folder / MANIFEST).read_bytes(), path.read_bytes(), public_key)
    return {True: "signed", False: "wrong", None: "unknown"}[answer]


# ---- all releases ---------------------------------------------------------------------------------


def releases(home: Home) -> list[Path]:
    """The folders of releases, by quarter and number. What else lies there is none."""
    named = [(m["quarter"], int(m["n"]), p) for p in _folders(home) if (m := _RELEASE.match(p.name))]
    return [path for _, _, path in sorted(named)]


def strangers(home: Home) -> list[Path]:
    """Folders beside the releases that are none, such as a backup of one: they are passed over."""
    return [path for path in _folders(home) if not _RELEASE.match(path.name)]


def _folders(home: Home) -> list[Path]:
    return [p for p in sorted(home.releases.glob("*")) if p.is_dir() and not p.name.startswith(".")]


def latest(home: Home, quarter: str | None = None) -> Path | None:
    """The newest release of a quarter, or of all: highest quarter, then highest number."""
    mine = [path for path in releases(home) if quarter is None or path.name.startswith(f"{quarter}.")]
    return mine[-1] if mine else None


def newest(home: Home) -> Path | None:
    """The file of the newest release that is whole, whether or not it is in force: readers have had it."""
    return next((folder / FILE for folder in reversed(releases(home)) if is_whole(folder)), None)


def before(home: Home, name: str) -> Path | None:
    """The file of the newest whole release before one of that name; None before the first."""
    folders = releases(home)
    at = next((n for n, folder in enumerate(folders) if folder.name == name), 0)
    return next((folder / FILE for folder in reversed(folders[:at]) if is_whole(folder)), None)


def protected_files(home: Home) -> list[Path]:
    """A file for each release with what it published of protected counts: its own, else the ledger's."""
    own = [
        (file if file.is_file() and is_whole(file.parent) else ledger_file(home, name))
        for name, file in files(home)
    ]
    return [file for file in own if file.is_file()]


def files(home: Home) -> list[tuple[str, Path]]:
    """The name and the file of every release that there ever was, in the order of publication."""
    names = dict.fromkeys([*numbered(home), *(folder.name for folder in releases(home))])
    return [(name, home.releases / name / FILE) for name in names]


def next_name(home: Home, quarter: str) -> str:
    """The name of the next release of a quarter: no number is given twice, though its folder be gone."""
    given = [_RELEASE.match(name) for name in (*(p.name for p in releases(home)), *numbered(home))]
    numbers = [int(m["n"]) for m in given if m and m["quarter"] == quarter]
    return f"{quarter}.r{max(numbers, default=0) + 1}"


def ledger(home: Home) -> Path:
    """Where the numbers that were given are noted."""
    return home.releases / LEDGER


def numbered(home: Home) -> list[str]:
    """The names of all releases that there ever were, as noted. Raises DamagedHistory."""
    return [event["release"] for event in _publications(home)]


def days(home: Home) -> dict[str, date]:
    """The day on which each release was published, as noted. Raises DamagedHistory."""
    return {event["release"]: date.fromisoformat(event["on"]) for event in _publications(home)}


def _publications(home: Home) -> list[events.Event]:
    return [event for event in events.read(ledger(home)) if event["event"] == PUBLISHED]


def note_numbers(home: Home) -> None:
    """Note the releases that lie there and are not noted: of earlier versions, of a run that was killed."""
    known = set(numbered(home))
    for folder in releases(home):
        if folder.name not in known:
            note(home, folder.name)


def note(home: Home, name: str) -> None:
    """Note that a number was given. The caller holds build.lock."""
    events.append(ledger(home), event=PUBLISHED, on=str(today()), release=name)


def last_published_on(home: Home) -> str | None:
    """The day on which the last release was published, as noted."""
    days = [event["on"] for event in _publications(home)]
    return days[-1] if days else None


# ---- what is in force -----------------------------------------------------------------------------


def in_force(home: Home) -> Path | None:
    """The release that current.duckdb is to be a copy of; None before the first, and where it was deleted."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        noted = json.loads((home.warehouse / IN_FORCE).read_text(encoding="utf-8"))
        folder = home.releases / str(noted["release"])
        return folder if folder.is_dir() else None
    return _copied(home) or latest(home)


def _copied(home: Home) -> Path | None:
    """The release that current.duckdb is a copy of."""
    if not home.current.is_file():
        return None
    for folder in reversed(releases(home)):
        with suppress(DamagedRelease):
            if is_file_of(home.current, manifest(folder)):
                return folder
    return None


def put_in_force(home: Home, folder: Path) -> None:
    """Make a release the current one: readers have the old file or the new one, never half of one.

    It is noted first: where a power cut comes between, `secure` brings the file after the note.
    """
    noted = json.dumps({"release": folder.name}).encode()
    durable.replace_for_good(home.warehouse / IN_FORCE, noted)
    _copy(folder / FILE, home.current, manifest(folder)["sha256"])


def _copy(source: Path, target: Path, sha256: str) -> None:
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        copied = durable.copy(source, fresh)
    except OSError:  # a full disk needs the room
        fresh.unlink(missing_ok=True)
        raise
    if copied != sha256:
        fresh.unlink()
        raise DamagedRelease("released.other_bytes", file=source)
    fresh.chmod(durable.ALL_READ)
    durable.rename(fresh, target)


def secure(home: Home, *, both: bool = False) -> None:
    """See that what is in force is what was published, byte for byte; put it right from its copy, and say so.

    `both`: its copy, too. Raises DamagedRelease where neither is whole, or nothing can tell which is;
    lock.Busy where another process builds.
    """
    folder = in_force(home)
    if folder is None or _is_well(home, folder, both):
        return
    with lock.build(home, wait=MOMENT):
        folder = in_force(home)
        if folder is not None and not _is_well(home, folder, both):
            _put_right(home, folder)


def _is_well(home: Home, folder: Path, both: bool) -> bool:
    facts = manifest(folder)
    return is_file_of(home.current, facts) and (not both or is_file_of(folder / FILE, facts))


def _put_right(home: Home, folder: Path) -> None:
    facts = manifest(folder)
    if is_file_of(folder / FILE, facts):
        was_there = home.current.exists()
        _copy(folder / FILE, home.current, facts["sha256"])
        tell_repair("current" if was_there else "no_current", file=home.current, release=folder.name)
    elif is_file_of(home.current, facts):
        was_there = (folder / FILE).exists()
        _copy(home.current, folder / FILE, facts["sha256"])
        tell_repair("release" if was_there else "no_release", file=folder / FILE)
    else:
        raise DamagedRelease("released.both_damaged", file=home.current, other=folder / FILE)


def secure_for_build(home: Home) -> Path | None:
    """As `secure`, where a new release is about to be made: the file of the last one that is whole, if any.

    A current file that is damaged beyond repair and cannot be opened is set aside. One that can be read is
    what the gate asks whether anything went that was published, though no manifest proves it.
    """
    try:
        secure(home, both=True)
    except DamagedRelease:
        if home.current.exists() and not can_be_opened(home.current):
            aside = home.current.with_name(f"{home.current.name}.damaged")
            os.replace(home.current, aside)
            tell_repair("set_aside", file=home.current, aside=aside)
    whole = [*filter(None, [in_force(home)]), *reversed(releases(home))]
    proven = next((folder / FILE for folder in whole if is_whole(folder)), None)
    return proven or (home.current if _can_be_read(home.current) else None)


def _can_be_read(file: Path) -> bool:
    """Whether every value of a release file can be read."""
    if not file.exists() or not can_be_opened(file):
        return False
    with duckdb.connect(file, read_only=True) as db:
        try:
            for schema, table in db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
                db.execute(f'SELECT sum(hash(t)::HUGEINT) FROM "{schema}"."{table}" AS t').fetchone()
        except duckdb.Error:
            return False
    return True


def name_in(file: Path) -> tuple[str, date] | None:
    """The name and the day of the release that a file holds; None where DuckDB cannot read it as one."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return db.execute("SELECT release, as_of FROM registry.release").fetchone()
    except duckdb.Error:
        return None


def can_be_opened(file: Path) -> bool:
    """Whether a file is a release that DuckDB reads."""
    return name_in(file) is not None


def check_clock(home: Home) -> None:
    """Raises Wrong if the last release was published on a day that, by this machine, has not come yet."""
    published_on = last_published_on(home)
    if published_on is not None and date.fromisoformat(published_on) > today():
        raise Wrong("home.clock_set_back", today=today(), day=published_on, file=ledger(home))
