"""Locks of the home: for each of the things below, one process writes at a time.

raw.lock    number, copy and event line of a receipt; a withdrawal; a build's snapshot. Held for seconds.
build.lock  from a build's snapshot to its release. Held for minutes.
step.lock   the steps of a submission. Workers run in parallel on different submissions.
work.lock   all steps of a submission, as in `lineabase work`.
inbox.lock  emptying the inbox, from the listing to the last receipt.
refresh.lock  a refresh, from start to end, however it was started.
dagster.lock  opening Dagster's own files on this machine: the first process makes them. Held for seconds.
run locks   .dagster/runs/<run>.lock: the process of a run lives as long as it holds the lock.

A thread may acquire again a lock that it holds; a killed process holds nothing. The order is inbox, refresh,
dagster, build, work, raw, step. A note next to a held lock names its holder. The writing under a lock is not
here.

If lineabase.toml names a database, its locks replace the files: several machines share the home's folder.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from schemas.words import UserError
from warehouse.home import database_locks
from warehouse.home.deployment import read_deployment
from warehouse.home.layout import Home

RAW_WAIT, DAGSTER_WAIT, BUILD_WAIT, STEP_WAIT = 120.0, 120.0, 1800.0, 3600.0
"""Seconds that a writer waits for a lock: several times the time that the longest holder takes."""


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock, and its start (local time)."""

    pid: int
    host: str
    command: str
    since: str


UNKNOWN = Holder(0, "?", "?", "?")
"""Holder without a note: it was stopped before it wrote the note."""


class Busy(UserError):
    """Another process, `holder`, held the lock for longer than the waiting time."""

    def __init__(self, path: Path, holder: Holder) -> None:
        self.path, self.holder = path, holder
        super().__init__("home.busy", **asdict(holder))


@contextmanager
def raw(home: Home, wait: float = RAW_WAIT) -> Iterator[None]:
    """Hold raw.lock. Raises Busy after `wait` seconds."""
    with _hold(home, home.raw / "raw.lock", wait):
        yield


@contextmanager
def inbox(home: Home, wait: float = 0.0) -> Iterator[None]:
    """Hold inbox.lock, so that one process at a time empties the inbox. Raises Busy after `wait` seconds."""
    with _hold(home, home.raw / "inbox.lock", wait):
        yield


@contextmanager
def dagster(home: Home, wait: float = DAGSTER_WAIT) -> Iterator[None]:
    """Hold dagster.lock. Two processes that open a new home at once cannot both make Dagster's tables.

    Dagster's own files belong to this machine, so the lock is a file. Raises Busy after `wait` seconds.
    """
    with _hold_file(home.warehouse / "dagster.lock", wait):
        yield


@contextmanager
def build(home: Home, wait: float = BUILD_WAIT) -> Iterator[None]:
    """Hold build.lock. Raises Busy after `wait` seconds."""
    with _hold(home, home.warehouse / "build.lock", wait):
        yield


@contextmanager
def refresh(home: Home, wait: float = 0.0) -> Iterator[None]:
    """Hold refresh.lock, which shows readers that a process is refreshing. Raises Busy."""
    with _hold(home, _refresh_lock(home), wait):
        yield


def is_refresh_held(home: Home) -> bool:
    """True if a process is refreshing."""
    if database := read_deployment(home.root).database:
        return database_locks.is_taken(database, _lock_name(home, _refresh_lock(home)), _command())
    if not _refresh_lock(home).exists():
        return False
    try:
        with FileLock(_refresh_lock(home)).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that cannot be locked cannot be refreshed
        return False


def _refresh_lock(home: Home) -> Path:
    return home.warehouse / "refresh.lock"


@contextmanager
def steps(home: Home, submission: str, wait: float = STEP_WAIT) -> Iterator[None]:
    """Hold the lock of a submission's staged folder. Raises Busy after `wait` seconds."""
    home.staged_folder(submission).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _hold(home, home.staged_folder(submission) / "step.lock", wait):
        yield


@contextmanager
def work(home: Home, submission: str, wait: float = 0.0) -> Iterator[None]:
    """Hold work.lock of a submission: a single worker runs all its steps, other workers go on to the next."""
    home.staged_folder(submission).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _hold(home, home.staged_folder(submission) / "work.lock", wait):
        yield


@contextmanager
def _hold(home: Home, path: Path, wait: float) -> Iterator[None]:
    database = read_deployment(home.root).database
    if not database:
        with _hold_file(path, wait):
            yield
        return
    database_lock = database_locks.turn(database, _lock_name(home, path), wait, _command())
    with ExitStack() as stack:
        try:
            stack.enter_context(database_lock)
        except database_locks.LockHeld as busy:
            raise Busy(path, Holder(busy.pid, busy.host, busy.command, busy.since)) from None
        yield


def _lock_name(home: Home, path: Path) -> str:
    """Return the name of a lock, which is the same on every machine."""
    return path.relative_to(home.root).as_posix()


@contextmanager
def _hold_file(path: Path, wait: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, is_singleton=True)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy(path, holder(path)) from None
    is_first = lock.lock_counter == 1
    try:
        if is_first:
            _note_path(path).write_text(json.dumps(asdict(current_holder())), encoding="utf-8")
        yield
    finally:
        if is_first:
            _note_path(path).unlink(missing_ok=True)
        lock.release()


def hold_run(home: Home, run: str) -> None:
    """Hold the lock of a run until this process ends. Another process of the run may already hold it."""
    path = _run_lock(home, run)
    if database := read_deployment(home.root).database:
        database_locks.keep(database, _lock_name(home, path), _command())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)
    with suppress(Timeout):
        lock.acquire(timeout=0)
        _RUN_LOCKS.append(lock)


_RUN_LOCKS: list[BaseFileLock] = []
"""Kept, so that the locks are released at the end of the process and not before."""


def is_run_held(home: Home, run: str) -> bool | None:
    """True if a process of the run lives; None if no process is known to have taken the lock."""
    if database := read_deployment(home.root).database:
        return database_locks.is_taken(database, _lock_name(home, _run_lock(home, run)), _command()) or None
    if not _run_lock(home, run).exists():
        return None
    try:
        with FileLock(_run_lock(home, run)).acquire(timeout=0):
            return False
    except Timeout:
        return True


def forget_runs(home: Home) -> None:
    """Remove the locks of runs that have ended."""
    for path in (home.dagster / "runs").glob("*.lock"):
        if not is_run_held(home, path.stem):
            path.unlink(missing_ok=True)


def _run_lock(home: Home, run: str) -> Path:
    return home.dagster / "runs" / f"{run}.lock"


def holder(path: Path) -> Holder:
    """Return the holder of a lock; wait for a moment if its note is being written."""
    for _ in range(10):
        with suppress(OSError, ValueError, TypeError):
            return Holder(**json.loads(_note_path(path).read_text(encoding="utf-8")))
        time.sleep(0.02)
    return UNKNOWN


def _note_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def current_holder() -> Holder:
    """Return this process as the holder in the note of a lock."""
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    return Holder(os.getpid(), socket.gethostname(), _command(), since)


def _command() -> str:
    """Return program and verb, without arguments: they may name a person or a case."""
    program, *words = sys.argv[:2] or ["?"]
    name = Path(program).parent.name if Path(program).stem == "__main__" else Path(program).name
    return " ".join([name, *(word for word in words if word.isidentifier())])
