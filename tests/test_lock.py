"""Locks of a home, each asked from another thread while one holds it; the notes on their holders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
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
