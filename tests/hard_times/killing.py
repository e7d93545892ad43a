"""Kill -9 in the middle of receipts and of refreshes, and what was lost by it.

The work is done by a child of this process, which is killed either at a write (`at`: its n-th, or the first that
is called so) or after a while (`after`), both counted from the start or `within` a place of the work. A child that
ends before is not killed; one that has left the place is not killed within it.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

import assets.dagster.build
from assets.dagster.build import build_database
from assets.intake import runner
from assets.intake.processing import process
from assets.intake.step import STEPS
from assets.intake.submission import receive
from schemas.tables import TABLES
from tests.bad_input import build
from tests.hard_times import receiving
from tests.hard_times.notes import note, noted
from warehouse.build import freshness, public
from warehouse.build.database import empty_database
from warehouse.build.reference import reference_frames
from warehouse.gate import all_questions
from warehouse.gate.suites import ViolationSample, validate
from warehouse.home import Home, file_hash, lock
from warehouse.publication.publishing import publish
from warehouse.release import release
from warehouse.release.release import manifest

AS_OF = build.RECEIVED + timedelta(days=1)
PATIENCE = 600
"""Seconds after which a child hangs: it is ended, and that is an error."""


@dataclass(frozen=True)
class Place:
    """A part of the work: the function that does it, and with what first argument; any where that is None."""

    module: ModuleType
    function: str
    of: Callable[[Any], bool] = lambda _: True


def _makes(step: str) -> Callable[[Any], bool]:
    return lambda task: task.step.name == step


PLACES = {f"the step `{step.name}`": Place(runner, "_run_step", _makes(step.name)) for step in STEPS}
PLACES |= {
    "the build": Place(assets.dagster.build.model_build, "build"),
    "the gate": Place(assets.dagster.build, "examine"),
    "publishing": Place(release, "_publish"),
}


def ready() -> None:
    """Make what a process makes once, before it forks: six seconds that each child would take for it."""
    empty_database(TABLES, reference_frames)
    empty_database(tuple(t.public() for t in TABLES if t.visibility != "internal"), storage=public.STORAGE)
    for asked in (all_questions(), [q for q in all_questions() if not q.about_previous]):
        validate({question: ViolationSample(0, ()) for question in asked})


def killed(
    work: Callable[[], object],
    *,
    at: int | str | None = None,
    after: float | None = None,
    within: Place | None = None,
) -> bool:
    """Whether the child that did the work was killed where it was to be. Raises if it failed by itself."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        _work_and_exit(work, at, within, tells)
    os.close(tells)
    if after is not None:
        _wait_for(told, within)
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    has_left = _has_left(told)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        raise RuntimeError(f"the work ended by signal {os.WTERMSIG(status)}")
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise RuntimeError("the work failed by itself")
    return os.WIFSIGNALED(status) and not has_left


_ENTERED, _LEFT = b"e", b"l"


def _has_left(told: int) -> bool:
    """Whether the child, which has ended, said so; what it started may hold its end of the pipe still."""
    os.set_blocking(told, False)
    try:
        return _LEFT in os.read(told, 1 << 16)
    except BlockingIOError:
        return False
    finally:
        os.close(told)


def _wait_for(told: int, within: Place | None) -> None:
    """Until the child has entered the place, or has ended."""
    if within is not None:
        os.read(told, 1)


def _work_and_exit(
    work: Callable[[], object], at: int | str | None, within: Place | None, tells: int
) -> None:
    """In the child: do the work, dying at the write, and end without the parent's clean-up."""
    status = 1
    signal.alarm(PATIENCE)
    try:
        is_there = _watched(within, tells)
        _at_each_write(lambda *write: os.kill(os.getpid(), signal.SIGKILL) if at in write else None, is_there)
        work()
        status = 0
    finally:
        os._exit(status)


def _watched(within: Place | None, tells: int) -> Callable[[], bool]:
    """Whether the work is within the place, from here on; entering and leaving it is told."""
    if within is None:
        return lambda: True
    inside: list[bool] = []

    @contextmanager
    def entered() -> Iterator[None]:
        inside.append(True)
        os.write(tells, _ENTERED)
        yield
        inside.pop()
        os.write(tells, _LEFT)

    before = getattr(within.module, within.function)

    def call(*given: Any, **named: Any) -> Any:
        if not within.of(given[0]):
            return before(*given, **named)
        with entered():
            return before(*given, **named)

    setattr(within.module, within.function, call)
    return lambda: bool(inside)


def _at_each_write(happens: Callable[[int, str], None], is_there: Callable[[], bool]) -> None:
    """From here on, something happens before each call there that changes a folder or brings a file to disk.

    It is given the number of the call and what is called on what: `replace current.duckdb`.
    """
    numbers = itertools.count(1)

    def watched(write: Callable) -> Callable:
        @wraps(write)
        def call(*given, **named):
            changed = given[-1] if write.__name__ in ("replace", "rename", "link") else given[0]
            if is_there():
                happens(next(numbers), f"{write.__name__} {Path(str(changed)).name}")
            return write(*given, **named)

        return call

    for name in ("replace", "rename", "link", "fsync", "unlink", "mkdir", "rmdir"):
        setattr(os, name, watched(getattr(os, name)))


def writes(work: Callable[[], object], note: Path, within: Place | None = None) -> list[str]:
    """Such calls that the work makes there, in order."""

    def noted() -> None:
        with note.open("a", encoding="utf-8") as counted:
            is_there = _watched(within, os.open(os.devnull, os.O_WRONLY))
            _at_each_write(lambda _, call: print(call, file=counted, flush=True), is_there)
            work()

    killed(noted)
    return note.read_text(encoding="utf-8").splitlines()


def receive_many(home: Home, first: int, count: int) -> None:
    """Receive so many files; each one's id and hash are noted once it was acknowledged."""
    file = home.root / f"cuadro{os.getpid()}.csv"
    for number in range(first, first + count):
        file.write_text(build.with_cell(2, "victimas", str(number)), encoding="utf-8")
        digest = file_hash(file)
        kept = receive(home, file, build.COLLECTION, build.RECEIVED)
        note(home, "acknowledged", f"{kept.id} {digest}")
    file.unlink()


def lost_receipts(home: Home) -> list[str]:
    """Acknowledged submissions that are not there whole, and folders that are no submission."""
    told = dict(line.split() for line in noted(home, "acknowledged"))
    lying = {s.id: s for s in home.submissions()}
    lost = [
        f"lost: {id_}"
        for id_, digest in told.items()
        if id_ not in lying or file_hash(lying[id_].file) != digest
    ]
    lost += [f"other bytes: {s.id}" for s in lying.values() if s.noted_sha256 != file_hash(s.file)]
    return lost + [f"half a submission: {path}" for path in home.unrecognised_folders()]


def staged_home(root: Path) -> Home:
    """A home with one submission, released, and another that waits."""
    home = receiving.made(root)
    killed(lambda: receive_many(home, 1, 1))
    killed(lambda: refresh(home))
    killed(lambda: receive_many(home, 2, 1))
    return home


def steps(home: Home) -> None:
    """All steps of all submissions."""
    for submission in home.submissions():
        process(home, submission)


def refresh(home: Home, as_of: date = AS_OF) -> None:
    """Steps, build, gate and release as the assets make them, without Dagster."""
    with lock.build(home):
        build_all(home, as_of)
        release_built(home, as_of)


def build_all(home: Home, as_of: date = AS_OF) -> None:
    """Steps, build and gate."""
    steps(home)
    if not build_database(home, as_of).verdict.has_passed:
        raise RuntimeError("the gate refuses")


def release_built(home: Home, as_of: date = AS_OF) -> None:
    """What was built and let pass is released."""
    publish(home, as_of)
    freshness.note_released(home)


def unsound(home: Home) -> list[str]:
    """What is not as it must be after a kill: a release other than its manifest, a current file that is none."""
    hashes = {folder.name: file_hash(folder / "lineabase.duckdb") for folder in home.releases.glob("*.r*")}
    faults = [
        f"{name} is not what its manifest says"
        for name, digest in hashes.items()
        if manifest(home.releases / name)["sha256"] != digest
    ]
    if file_hash(home.current) not in hashes.values():
        faults.append("current.duckdb is no release")
    return faults + lost_receipts(home)


def not_in_force(home: Home) -> list[str]:
    """Submissions that the release in force leaves out once a refresh has come to its end."""
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute("SELECT submission FROM registry.submissions").fetchall()
    left_out = {s.id for s in home.submissions()} - {name for (name,) in rows}
    faults = [f"left out: {name}" for name in sorted(left_out)]
    return (
        faults
        if freshness.list_changed_parts(home) == []
        else [*faults, "a refresh that ended has left something"]
    )
