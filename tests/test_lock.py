"""Locks of a home, each asked from another thread while one holds it; the notes on their holders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from warehouse.home import Busy, Home, lock

LOCKS: dict[str, Callable[..., AbstractContextManager[None]]] = {
    "raw/raw.lock": lock.raw,
    "raw/inbox.lock": lock.inbox,
    "warehouse/dagster.lock": lock.dagster,
    "warehouse/build.lock": lock.build,
    "warehouse/refresh.lock": lock.refresh,
    "staged/X.c.1/step.lock": lambda home, **wait: lock.steps(home, "X.c.1", **wait),
    "staged/X.c.1/work.lock": lambda home, **wait: lock.work(home, "X.c.1", **wait),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def elsewhere(ask: Callable[[], Any]) -> Any:
    """What another thread gets: an answer, or who holds the lock."""
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Busy as busy:
            answers.append(busy)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]


def attempt(take: Callable[..., AbstractContextManager[None]], home: Home) -> bool:
    with take(home, wait=0):
        return True


@pytest.mark.parametrize("name", LOCKS)
def test_one_holds_a_lock_again_and_nobody_else_until_it_is_given_back(name: str, home: Home) -> None:
    take, note = LOCKS[name], home.root / f"{name}.json"
    with take(home):
        with take(home):
            assert note.exists()
        busy = elsewhere(lambda: attempt(take, home))
        assert isinstance(busy, Busy)
        assert busy.path == home.root / name
        assert busy.holder == lock.Holder(**json.loads(note.read_text("utf-8")))
        assert busy.holder.pid == os.getpid()
        assert f"pid {os.getpid()}" in str(busy)
        for other in LOCKS:
            assert other == name or elsewhere(lambda o=other: attempt(LOCKS[o], home)) is True
    assert not note.exists()
    assert elsewhere(lambda: attempt(take, home)) is True


def test_work_that_fails_gives_its_lock_back(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), lock.build(home):
        _ = 1 // 0
    assert elsewhere(lambda: attempt(lock.build, home)) is True


def test_folders_of_a_submission_are_the_owners_alone(home: Home) -> None:
    for name in ("step", "work"):
        with (lock.steps if name == "step" else lock.work)(home, f"X.{name}"):
            assert home.staged_folder(f"X.{name}").stat().st_mode & 0o777 == 0o700


def test_a_refresh_is_seen_while_it_lasts(home: Home) -> None:
    assert lock.is_refresh_held(home) is False
    with lock.refresh(home):
        assert elsewhere(lambda: lock.is_refresh_held(home)) is True
    assert lock.is_refresh_held(home) is False


def test_a_folder_that_cannot_be_locked_is_not_refreshed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock.refresh(home):
        pass

    def unlocked(*_: object) -> None:
        raise OSError("read-only file system")

    monkeypatch.setattr(lock, "FileLock", unlocked)
    assert lock.is_refresh_held(home) is False


def test_a_second_refresh_worker_or_inbox_does_not_wait(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    @contextmanager
    def note(path: Path, wait: float) -> Iterator[None]:
        waits.append(wait)
        yield

    monkeypatch.setattr(lock, "_hold_file", note)
    with lock.inbox(home), lock.refresh(home), lock.work(home, "X.c.1"):
        assert waits == [0, 0, 0]


def test_a_note_that_is_missing_or_half_names_nobody(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.time, "sleep", lambda _: None)
    path = home.root / "raw.lock"
    assert lock.holder(path) == lock.UNKNOWN
    (home.root / "raw.lock.json").write_text('{"pid": 1', encoding="utf-8")
    assert lock.holder(path) == lock.UNKNOWN


def test_a_note_that_is_being_written_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path, pauses = home.root / "raw.lock", []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 9:
            facts = {"pid": 7, "host": "h", "command": "c", "since": "s"}
            (home.root / "raw.lock.json").write_text(json.dumps(facts), encoding="utf-8")

    monkeypatch.setattr(lock.time, "sleep", pause)
    assert lock.holder(path) == lock.Holder(7, "h", "c", "s")
    assert min(pauses) > 0
    assert sum(pauses) < 1


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/opt/bin/lineabase", "refresh"], "lineabase refresh"),
        (["/opt/bin/lineabase", "refresh", "--as-of"], "lineabase refresh"),
        (["/opt/bin/lineabase", "María Pérez.csv"], "lineabase"),
        (["/opt/dagster/__main__.py", "dev"], "dagster dev"),
        (["lineabase"], "lineabase"),
    ],
)
def test_a_holder_is_named_by_program_and_verb_alone(
    words: list[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", words)
    assert lock.current_holder().command == command


HOLD = """
import sys
from pathlib import Path
from warehouse.home import Home, lock
lock.hold_run(Home(Path(sys.argv[1])), "r1")
lock.hold_run(Home(Path(sys.argv[1])), "r1")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_run_lives_as_long_as_its_process_and_is_then_forgotten(home: Home) -> None:
    assert lock.is_run_held(home, "r1") is None
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        assert lock.is_run_held(home, "r1") is True
        lock.hold_run(home, "r1")  # another process of the run may hold it
        lock.forget_runs(home)
        assert lock.is_run_held(home, "r1") is True
        run.communicate()
    assert lock.is_run_held(home, "r1") is False
    lock.forget_runs(home)
    assert lock.is_run_held(home, "r1") is None


# ---- several machines: the locks are a database's (tests/test_deployment.py has a real one) ---------------


@pytest.fixture
def shared(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A home whose locks are in a database: those that another machine has, and what was asked."""
    monkeypatch.setattr(sys, "argv", ["lineabase", "refresh"])
    (home.root / "lineabase.toml").write_text('database = "postgresql://server/locks"\n', encoding="utf-8")
    taken, asked = {"raw/raw.lock", ".dagster/runs/r1.lock"}, []

    @contextmanager
    def turn(url: str, name: str, wait: float, command: str) -> Iterator[None]:
        asked.append((url, name, wait, command))
        if name in taken:
            raise lock.database_locks.LockHeld(7, "server", "lineabase submit", "2024-01-01 10:00")
        yield

    is_taken = {name: name in taken for name in (*taken, "warehouse/refresh.lock", ".dagster/runs/r2.lock")}
    monkeypatch.setattr(lock.database_locks, "turn", turn)
    monkeypatch.setattr(lock.database_locks, "keep", lambda *given: asked.append(given))
    monkeypatch.setattr(lock.database_locks, "is_taken", lambda url, name, command: is_taken[name])
    return {"taken": taken, "asked": asked, "is_taken": is_taken}


def test_a_database_has_the_locks_by_the_name_that_all_machines_share(
    home: Home, shared: dict[str, Any]
) -> None:
    for name, take in LOCKS.items():
        if name in shared["taken"]:
            with pytest.raises(Busy) as busy, take(home, wait=3):
                pass
            assert busy.value.holder == lock.Holder(7, "server", "lineabase submit", "2024-01-01 10:00")
            assert busy.value.path == home.root / name
        else:
            with take(home, wait=3):
                assert (home.root / f"{name}.json").exists() == (take is lock.dagster)  # of this machine
    url = "postgresql://server/locks"
    of_all = [name for name in LOCKS if name != "warehouse/dagster.lock"]
    assert shared["asked"] == [(url, name, 3, "lineabase refresh") for name in of_all]


def test_a_database_says_who_refreshes_and_which_runs_live(home: Home, shared: dict[str, Any]) -> None:
    assert lock.is_refresh_held(home) is False
    shared["is_taken"]["warehouse/refresh.lock"] = True
    assert lock.is_refresh_held(home) is True
    assert [lock.is_run_held(home, run) for run in ("r1", "r2")] == [True, None]
    lock.hold_run(home, "r1")
    assert shared["asked"] == [("postgresql://server/locks", ".dagster/runs/r1.lock", "lineabase refresh")]
    assert not (home.root / ".dagster").exists()
