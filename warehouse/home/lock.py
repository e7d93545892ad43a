"""Who may write, one at a time: the home's two locks, and one for each submission's staged folder.

raw.lock    number, copy and event line of a receipt; a withdrawal; a build's snapshot. Held for seconds.
build.lock  from a build's snapshot to its release. Held for minutes.
step.lock   the steps of one submission. Workers run side by side on different ones.
work.lock   who makes all steps of one submission, as `lineabase work` does.
inbox.lock  who empties the inbox, from its look to its last receipt.
refresh.lock  a refresh, from its first moment to its last, through whichever door.
dagster.lock  who opens Dagster's own files on this machine: the first one makes them. Held for seconds.
run locks   .dagster/runs/<run>.lock: a run's process lives as long as it holds it.

A thread may take again what it holds; a killed process holds nothing. Taken in the order inbox, refresh,
dagster, build, work, raw, step. Beside a lock that is held lies a note of who holds it. What is written
under a lock is not here.

Where lineabase.toml names a database, its locks replace the files: several machines share the home's folder.
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
from warehouse.home.deployment import deployment
from warehouse.home.places import Home

RAW_WAIT, DAGSTER_WAIT, BUILD_WAIT, STEP_WAIT = 120.0, 120.0, 1800.0, 3600.0
"""Seconds that a writer waits for another: several times what the longest holder takes."""


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock, and since when (local time)."""

    pid: int
    host: str
    command: str
    since: str


UNKNOWN = Holder(0, "?", "?", "?")
"""Where there is no note: its writer was stopped before it wrote one."""


class Busy(UserError):
    """Another process holds the lock, and held it for longer than one waits; `holder` says which."""

    def __init__(self, path: Path, holder: Holder) -> None:
        self.path, self.holder = path, holder
        super().__init__("home.busy", **asdict(holder))


@contextmanager
def raw(home: Home, wait: float = RAW_WAIT) -> Iterator[None]:
    """Hold raw.lock. Raises Busy after `wait` seconds."""
    with _held(home, home.raw / "raw.lock", wait):
        yield


@contextmanager
def inbox(home: Home, wait: float = 0.0) -> Iterator[None]:
    """Hold inbox.lock: one process at a time empties the inbox. Raises Busy after `wait` seconds."""
    with _held(home, home.raw / "inbox.lock", wait):
        yield


@contextmanager
def dagster(home: Home, wait: float = DAGSTER_WAIT) -> Iterator[None]:
    """Hold dagster.lock: of two that open a new home at once, one would fail to make Dagster's tables.

    Dagster's own files are of this machine, so the lock is a file. Raises Busy after `wait` seconds.
    """
    with _file_held(home.warehouse / "dagster.lock", wait):
        yield


@contextmanager
def build(home: Home, wait: float = BUILD_WAIT) -> Iterator[None]:
    """Hold build.lock. Raises Busy after `wait` seconds."""
    with _held(home, home.warehouse / "build.lock", wait):
        yield


@contextmanager
def refresh(home: Home, wait: float = 0.0) -> Iterator[None]:
    """Hold refresh.lock, by which readers see that a refresh is at work. Raises Busy."""
    with _held(home, _refresh_lock(home), wait):
        yield


def is_refresh_held(home: Home) -> bool:
    """Whether a process is at work on a refresh."""
    if database := deployment(home.root).database:
        return database_locks.is_taken(database, _name(home, _refresh_lock(home)), _command())
    if not _refresh_lock(home).exists():
        return False
    try:
        with FileLock(_refresh_lock(home)).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that takes no lock takes no refresh
        return False


def _refresh_lock(home: Home) -> Path:
    return home.warehouse / "refresh.lock"


@contextmanager
def steps(home: Home, submission: str, wait: float = STEP_WAIT) -> Iterator[None]:
    """Hold the lock of one submission's staged folder. Raises Busy after `wait` seconds."""
    home.staged(submission).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(home, home.staged(submission) / "step.lock", wait):
        yield


@contextmanager
def work(home: Home, submission: str, wait: float = 0.0) -> Iterator[None]:
    """Hold work.lock of a submission: one worker makes all its steps, another one goes on to the next."""
    home.staged(submission).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(home, home.staged(submission) / "work.lock", wait):
        yield


@contextmanager
def _held(home: Home, path: Path, wait: float) -> Iterator[None]:
    database = deployment(home.root).database
    if not database:
        with _file_held(path, wait):
            yield
        return
    turn = database_locks.turn(database, _name(home, path), wait, _command())
    with ExitStack() as held:
        try:
            held.enter_context(turn)
        except database_locks.Taken as taken:
            raise Busy(path, Holder(taken.pid, taken.host, taken.command, taken.since)) from None
        yield


def _name(home: Home, path: Path) -> str:
    """A lock as every machine calls it."""
    return path.relative_to(home.root).as_posix()


@contextmanager
def _file_held(path: Path, wait: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, is_singleton=True)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy(path, holder(path)) from None
    is_first = lock.lock_counter == 1
    try:
        if is_first:
            _note(path).write_text(json.dumps(asdict(myself())), encoding="utf-8")
        yield
    finally:
        if is_first:
            _note(path).unlink(missing_ok=True)
        lock.release()


def hold_run(home: Home, run: str) -> None:
    """Hold the lock of a run until this process ends; another process of the same run may hold it already."""
    path = _run_lock(home, run)
    if database := deployment(home.root).database:
        database_locks.keep(database, _name(home, path), _command())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)
    with suppress(Timeout):
        lock.acquire(timeout=0)
        _RUNS.append(lock)


_RUNS: list[BaseFileLock] = []
"""Kept, so that they are let go when the process ends and not before."""


def is_run_held(home: Home, run: str) -> bool | None:
    """Whether a process of the run lives; None where none has taken its lock, as far as can be told."""
    if database := deployment(home.root).database:
        return database_locks.is_taken(database, _name(home, _run_lock(home, run)), _command()) or None
    if not _run_lock(home, run).exists():
        return None
    try:
        with FileLock(_run_lock(home, run)).acquire(timeout=0):
            return False
    except Timeout:
        return True


def forget_runs(home: Home) -> None:
    """Remove the locks of runs whose process has ended."""
    for path in (home.dagster / "runs").glob("*.lock"):
        if not is_run_held(home, path.stem):
            path.unlink(missing_ok=True)


def _run_lock(home: Home, run: str) -> Path:
    return home.dagster / "runs" / f"{run}.lock"


def holder(path: Path) -> Holder:
    """Who holds a lock that was found taken. A note that is being written is waited for, a moment."""
    for _ in range(10):
        with suppress(OSError, ValueError, TypeError):
            return Holder(**json.loads(_note(path).read_text(encoding="utf-8")))
        time.sleep(0.02)
    return UNKNOWN


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def myself() -> Holder:
    """This process, as the note beside a lock names it."""
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    return Holder(os.getpid(), socket.gethostname(), _command(), since)


def _command() -> str:
    """Program and verb; never what follows them, which may name a person or a case."""
    program, *words = sys.argv[:2] or ["?"]
    name = Path(program).parent.name if Path(program).stem == "__main__" else Path(program).name
    return " ".join([name, *(word for word in words if word.isidentifier())])
