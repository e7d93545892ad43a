"""A home that shares its files through a store: what others did comes here, what is done here goes there.

The store has every file as files/<path>/<sha256> and a log, log/<n>: which files are what from then on, each
entry put once, under the next number, and naming the hash of the one before. So a change is there whole or
not at all, and of two who work on the same thing at once the second is told (Overtaken), lock or no lock.
The home's folder is a copy: what is read, and what DuckDB opens, lies here. Which files are as the store has
them is noted in .mirror/; a file is fetched only if its bytes are not here.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from schemas.words import UserError
from warehouse.home import case_key, durable, mirrored, store
from warehouse.home.deployment import deployment
from warehouse.home.places import Home
from warehouse.home.repairs import tell_repair

_FOLDER = ".mirror"
_WAIT = 900.0
"""Seconds that a process waits for another one of this home that fetches or puts."""
_EVERY = 100
"""After so many entries of the log, what all of them come to is put beside it, for a home that begins."""
_AT_ONCE = 8


class Kept(NamedTuple):
    """What a file is in the store."""

    sha256: str
    bytes: int


Files = dict[str, Kept | None]
"""What has become of files, by their path in a home; None of those that are gone."""


class Overtaken(UserError, OSError):
    """Another machine changed the same thing meanwhile; what it did stands, and nothing of this is kept."""

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__("home.overtaken", path=min(paths))


class OtherStore(UserError, OSError):
    """The store's log is not the one that this home has followed."""

    def __init__(self, address: str, folder: Path) -> None:
        super().__init__("home.other_store", store=address, folder=folder)


class Damaged(UserError, OSError):
    """The store does not give the bytes that its log names."""

    def __init__(self, name: str) -> None:
        super().__init__("home.store_damaged", name=name)


@contextmanager
def shared(home: Home, places: Iterable[str]) -> Iterator[None]:
    """Around what is done under a lock: what others did is here before, what was done is there after.

    What a killed process, or a store that did not answer, left undone is put first. What raises puts nothing.
    """
    if not is_shared(home):
        yield
        return
    with _opened(home) as mirror:
        mirror.pull()
        mirror.push(places)
    yield
    with _opened(home) as mirror:
        mirror.push(places)


def pull(home: Home) -> None:
    """Bring here what others did, if this home shares its files."""
    if is_shared(home):
        with _opened(home) as mirror:
            mirror.pull()


def mend(home: Home) -> None:
    """Fetch anew what the store has and was lost or damaged here; say so. Received files are hashed."""
    if is_shared(home):
        with _opened(home) as mirror:
            mirror.pull()
            mirror.mend()


def will_go(home: Home, folder: Path) -> None:
    """What lies below a folder, or the file itself, is about to be destroyed: everywhere, not only here."""
    if is_shared(home):
        with _opened(home) as mirror:
            mirror.will_go(folder.relative_to(home.root).as_posix())


def is_shared(home: Home) -> bool:
    """Whether the home shares its files."""
    return bool(deployment(home.root).store)


@contextmanager
def _opened(home: Home) -> Iterator[_Mirror]:
    """One process of the home at a time: its notes are whole, or as they were before."""
    told = deployment(home.root)
    (home.root / _FOLDER).mkdir(mode=0o700, exist_ok=True)
    notes = _notes(home.root / _FOLDER / "notes.db")
    try:
        yield _Mirror(home.root, told.store, _store(told.store, json.dumps(told.store_options)), notes)
        notes.execute("COMMIT")
    finally:
        notes.close()


def _notes(path: Path) -> sqlite3.Connection:
    """The notes, in a transaction; damaged ones are begun anew: what is here is told by its bytes, too."""
    notes = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        notes.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            notes.execute(table)
        return notes
    except sqlite3.OperationalError:  # waited for too long: no sign of damage
        notes.close()
        raise
    except sqlite3.DatabaseError:
        notes.close()
        path.unlink()
        tell_repair("notes", file=path)
        return _notes(path)


@lru_cache(maxsize=4)
def _store(address: str, options: str) -> store.Store:
    return store.of(address, json.loads(options))


_TABLES = (
    "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, sha256 TEXT, bytes INTEGER, stamp TEXT)",
    "CREATE TABLE IF NOT EXISTS going (path TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS position (n INTEGER, last TEXT)",
)


class _Known(NamedTuple):
    """A file that was here as the store has it, and how its entry in the folder was then."""

    sha256: str
    bytes: int
    stamp: str


@dataclass(frozen=True)
class _Mirror:
    root: Path
    address: str
    store: store.Store
    notes: sqlite3.Connection

    # ---- the log ------------------------------------------------------------------------------------

    def _position(self) -> tuple[int, str]:
        """The last entry that was followed here, and its hash."""
        row = self.notes.execute("SELECT n, last FROM position").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def _move(self, n: int, last: str) -> None:
        self.notes.execute("DELETE FROM position")
        self.notes.execute("INSERT INTO position VALUES (?, ?)", (n, last))

    def _news(self) -> Files:
        """What the log says beyond what was followed here. Raises OtherStore."""
        (n, last), told = self._position(), Files()
        if n == 0:
            n, last, told = self._sum()
        while (content := self.store.get(_entry(n + 1))) is not None:
            entry = json.loads(content)
            if entry["after"] != last:
                raise OtherStore(self.address, self.root / _FOLDER)
            told |= _files(entry["files"])
            n, last = n + 1, sha256(content).hexdigest()
        self._move(n, last)
        return told

    def _sum(self) -> tuple[int, str, Files]:
        """What the log came to at the latest number for which that was put."""
        names = self.store.names("sums")
        content = self.store.get(names[-1]) if names else None
        if content is None:
            return 0, "", Files()
        told = json.loads(content)
        return int(told["n"]), str(told["last"]), _files(told["files"])

    def _put_sum(self, n: int, last: str) -> None:
        rows = self.notes.execute("SELECT path, sha256, bytes FROM files ORDER BY path")
        files = {path: [of, size] for path, of, size in rows}
        content = json.dumps({"n": n, "last": last, "files": files}, ensure_ascii=False).encode()
        self.store.put_once(f"sums/{n:012}.json", content)

    # ---- from the store -----------------------------------------------------------------------------

    def pull(self) -> set[str]:
        """Bring here what the log says; the paths that changed. Who begins a store puts there what it has."""
        changed = self._take(self._news())
        if self._position()[0] == 0:
            self._begin()
        return changed

    def _begin(self) -> None:
        """The first entry. Raises Unreachable where a store would let it be written twice."""
        if self.store.put_once("probe", b"1") and self.store.put_once("probe", b"2"):
            error = NotImplementedError("If-None-Match")
            raise store.Unreachable(self.address, error)
        case_key.ensure(Home(self.root))  # one for all, before anybody needs it
        with suppress(Overtaken):  # another one began at the same time
            self.push(mirrored.PLACES)

    def _take(self, told: Files) -> set[str]:
        """Bring these files here; their paths."""
        while told:
            known = self._known()
            wanted = {p: kept for p, kept in told.items() if kept and kept != _kept(known.get(p))}
            gone = [p for p, kept in told.items() if kept is None and p in known]
            for path in gone:
                self._remove(path)
            missing = self._fetch(wanted, known) if wanted else ""
            if not missing:
                break
            later = self._news()  # what was replaced meanwhile was removed
            if not later:
                raise Damaged(missing)
            told |= later
        return set(told)

    def _fetch(self, wanted: Mapping[str, Kept], known: Mapping[str, _Known]) -> str:
        """Bring these files here, whole folders of submissions and releases at once; the first not there."""
        arriving = self.root / _FOLDER / "arriving"
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir(mode=0o700)
        ahead = {path for path, kept in wanted.items() if self._is_ahead(path, kept)}
        absent = {p: kept for p, kept in wanted.items() if p not in ahead and not self._is_here(p, kept)}
        whole = self._whole(absent, known)
        absent |= {path: kept for path, kept in wanted.items() if mirrored.unit(path) in whole}
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            arrived = workers.map(partial(self._fetch_one, arriving), absent, absent.values())
            if missing := [path for path, is_there in zip(absent, arrived, strict=True) if not is_there]:
                return missing[0]
        alone = [path for path in absent if mirrored.unit(path) not in whole]
        for path in (*sorted(whole), *sorted(alone, key=mirrored.turn)):
            self._put_down(path, arriving / path, known)
        for path, kept in wanted.items():
            self._note(path, kept, is_as_kept=path not in ahead)
        return ""

    def _whole(self, paths: Iterable[str], known: Iterable[str]) -> set[str]:
        """The folders that come whole, since nothing of them was here as the store has it."""
        units = {unit for path in paths if (unit := mirrored.unit(path)) != path}
        return {unit for unit in units if not unit.startswith("staged/")} - {*map(mirrored.unit, known)}

    def _put_down(self, path: str, arrived: Path, known: Mapping[str, _Known]) -> None:
        """Give what arrived, a file or a whole folder, its place."""
        (self.root / path).parent.mkdir(mode=mirrored.mode_of_folder(path), parents=True, exist_ok=True)
        self._aside_if_changed(path, known)
        os.replace(arrived, self.root / path)

    def _is_ahead(self, path: str, kept: Kept) -> bool:
        """Whether a history here goes on from where the store's ends, as after the store was restored."""
        target = self.root / path
        is_longer = mirrored.is_history(path) and target.is_file() and target.stat().st_size > kept.bytes
        return is_longer and mirrored.may_follow(path, target, kept)

    def _is_here(self, path: str, kept: Kept) -> bool:
        target = self.root / path
        is_alike = target.is_file() and target.stat().st_size == kept.bytes
        return is_alike and durable.hash_now(target) == kept.sha256

    def _fetch_one(self, arriving: Path, path: str, kept: Kept) -> bool:
        target = arriving / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.store.get_file(_name(path, kept), target):
            return False
        if durable.file_hash(target) != kept.sha256:
            raise Damaged(_name(path, kept))
        target.chmod(mirrored.mode(path))
        return True

    def _aside_if_changed(self, path: str, known: Mapping[str, _Known]) -> None:
        """What was written here and never reached the store is kept aside, and said; no staged result is."""
        target, was = self.root / path, known.get(path)
        if path.startswith("staged/") or not target.exists():
            return
        if was is None or (_stamp(target) != was.stamp and durable.file_hash(target) != was.sha256):
            self._aside(path)

    def _aside(self, path: str) -> None:
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%f")
        aside = self.root / _FOLDER / "aside" / when / path
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self.root / path, aside)
        tell_repair("aside", file=self.root / path, aside=aside)

    def _remove(self, path: str) -> None:
        target = self.root / path
        with suppress(FileNotFoundError, NotADirectoryError):
            target.parent.chmod(target.parent.stat().st_mode | 0o700)
            target.unlink()
        self.notes.execute("DELETE FROM files WHERE path = ?", (path,))
        unit = mirrored.unit(path)
        if unit != path and not any(p.startswith(f"{unit}/") for p in self._known()):
            shutil.rmtree(self.root / unit, ignore_errors=True)

    def mend(self) -> None:
        """Fetch what is not here as it was."""
        known = self._known()
        lost = {
            path: Kept(was.sha256, was.bytes)
            for path, was in known.items()
            if not _is_sound(path, self.root / path, was)
        }
        for path in self._going(known):
            lost.pop(path, None)
        for path in lost:
            if (self.root / path).exists():
                self._aside(path)
        if lost and (missing := self._fetch(lost, known)):
            raise Damaged(missing)
        for path in lost:
            tell_repair("from_store", file=self.root / path)

    # ---- to the store -------------------------------------------------------------------------------

    def push(self, places: Iterable[str]) -> None:
        """Put what was written and destroyed here, as one entry of the log. Raises Overtaken."""
        places = [*places, "private"]
        known = self._known()
        changes = Files()
        for path in self._going(known):
            if not (self.root / path).exists():
                changes[path] = None
        for path in mirrored.scan(self.root, places):
            if kept := self._change(path, known.get(path)):
                changes[path] = kept
        if changes:
            self._put_files(changes)
            self._commit(changes)

    def _change(self, path: str, was: _Known | None) -> Kept | None:
        """What a file has become, if it is to be put."""
        target = self.root / path
        stamp = _stamp(target)
        if was and was.stamp == stamp:
            return None
        kept = Kept(durable.file_hash(target), target.stat().st_size)
        if was and kept == (was.sha256, was.bytes):
            self._note(path, kept)
            return None
        if mirrored.is_history(path) and not mirrored.ends_with_a_line(target):
            return None  # half a line: the next one replaces it
        if was and not mirrored.may_follow(path, target, was[:2]):
            return None  # damaged here: mend() fetches it
        return kept

    def _put_files(self, changes: Files) -> None:
        """Put the bytes; what is written to meanwhile waits for the next time."""
        for path, kept in list(changes.items()):
            if kept is None:
                continue
            before = _stamp(self.root / path)
            self.store.put_file(_name(path, kept), self.root / path)
            if _stamp(self.root / path) != before:
                self.store.remove(_name(path, kept))
                del changes[path]

    def _commit(self, changes: Files) -> None:
        """One entry more. Where another machine put one first, after it, unless both speak of one thing."""
        while changes:
            n, last = self._position()
            if n and sha256(self.store.get(_entry(n)) or b"").hexdigest() != last:
                raise OtherStore(self.address, self.root / _FOLDER)
            content = _line(n + 1, last, changes)
            if self.store.put_once(_entry(n + 1), content):
                self._move(n + 1, sha256(content).hexdigest())
                self._settle(changes)
                return
            theirs = {mirrored.unit(path) for path in self._take(self._news())}
            known = self._known()
            changes = {path: kept for path, kept in changes.items() if kept != _kept(known.get(path))}
            if overtaken := {path for path in changes if mirrored.unit(path) in theirs}:
                raise Overtaken(overtaken)

    def _settle(self, changes: Files) -> None:
        """After an entry was put: the notes, and what it replaced is removed; of what is gone every state."""
        known = self._known()
        for path, kept in changes.items():
            was = _kept(known.get(path))
            if kept:
                self._note(path, kept)
            else:
                self.notes.execute("DELETE FROM files WHERE path = ?", (path,))
            replaced = [_name(path, was)] if was else []
            for name in replaced if kept else self.store.names(f"files/{path}"):
                self.store.remove(name)
        self._forget_going()
        n, last = self._position()
        if n % _EVERY == 0:
            self._put_sum(n, last)

    # ---- the notes ----------------------------------------------------------------------------------

    def _known(self) -> dict[str, _Known]:
        rows = self.notes.execute("SELECT path, sha256, bytes, stamp FROM files")
        return {path: _Known(*rest) for path, *rest in rows}

    def _note(self, path: str, kept: Kept, is_as_kept: bool = True) -> None:
        row = (path, *kept, _stamp(self.root / path) if is_as_kept else "")
        self.notes.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)

    def will_go(self, path: str) -> None:
        """Note it, so that what a kill leaves undone is still known."""
        self.notes.execute("INSERT OR IGNORE INTO going VALUES (?)", (path,))

    def _going(self, known: Iterable[str]) -> list[str]:
        """The files that are about to be destroyed, or were."""
        if not (going := self._announced()):
            return []
        return [path for path in known if any(path == one or path.startswith(f"{one}/") for one in going)]

    def _announced(self) -> list[str]:
        return [row[0] for row in self.notes.execute("SELECT path FROM going")]

    def _forget_going(self) -> None:
        if self._announced() and not self._going(self._known()):
            self.notes.execute("DELETE FROM going")


def _entry(n: int) -> str:
    return f"log/{n:012}.json"


def _name(path: str, kept: Kept) -> str:
    return f"files/{path}/{kept.sha256}"


def _files(told: Mapping[str, list]) -> Files:
    return {path: Kept(*kept) if kept else None for path, kept in told.items()}


def _line(n: int, after: str, changes: Files) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    by = f"{socket.gethostname()} {os.getpid()} {os.urandom(4).hex()}"
    told = {"n": n, "after": after, "at": now, "by": by, "files": dict(sorted(changes.items()))}
    return json.dumps(told, ensure_ascii=False).encode()


def _kept(known: _Known | None) -> Kept | None:
    return Kept(known.sha256, known.bytes) if known else None


def _stamp(path: Path) -> str:
    told = path.stat()
    return f"{told.st_size} {told.st_mtime_ns} {told.st_ino}"


def _is_sound(path: str, target: Path, was: _Known) -> bool:
    """Whether a file is there, and is what it was, or what may have been made of that since."""
    if not target.is_file():
        return False
    if mirrored.is_written_once(path):
        return durable.hash_now(target) == was.sha256
    return mirrored.may_follow(path, target, was[:2])
