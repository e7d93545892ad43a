"""Kill -9 in the middle of receipts and of refreshes, and what was lost by it.

The work is done by a child of this process, which is killed either at a write (`at`: its n-th, or the first that
is called so) or after a while (`after`). A child that ends before is not killed.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import great_expectations  # noqa: F401  (here, so that no child has to)

from assets.build import make
from assets.intake import process
from assets.steps.submission import receive
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse import freshness
from warehouse.home import Home, file_hash, lock
from warehouse.release import manifest, publish

AS_OF = build.RECEIVED + timedelta(days=1)


def killed(work: Callable[[], None], *, at: int | str | None = None, after: float | None = None) -> bool:
    """Whether the child that did the work was killed before it had ended. Raises if it failed by itself."""
    child = os.fork()
    if child == 0:
        _work_and_exit(work, at)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise RuntimeError("the work failed by itself")
    return os.WIFSIGNALED(status)


def _work_and_exit(work: Callable[[], None], at: int | str | None) -> None:
    """In the child: do the work, dying at the write, and end without the parent's clean-up."""
    status = 1
    try:
        _at_each_write(lambda *write: os.kill(os.getpid(), signal.SIGKILL) if at in write else None)
        work()
        status = 0
    finally:
        os._exit(status)


def _at_each_write(happens: Callable[[int, str], None]) -> None:
    """From here on, something happens before each call that changes a folder or brings a file to disk.

    It is given the number of the call and what is called on what: `replace current.duckdb`.
    """
    numbers = itertools.count(1)

    def watched(write: Callable) -> Callable:
        def call(*given, **named):
            changed = given[-1] if write.__name__ in ("replace", "rename", "link") else given[0]
            happens(next(numbers), f"{write.__name__} {Path(str(changed)).name}")
            return write(*given, **named)

        return call

    for name in ("replace", "rename", "link", "fsync", "unlink", "mkdir", "rmdir"):
        setattr(os, name, watched(getattr(os, name)))


def writes(work: Callable[[], None], note: Path) -> list[str]:
    """Such calls that the work makes, in order."""
    child = os.fork()
    if child == 0:
        with note.open("a", encoding="utf-8") as counted:
            _at_each_write(lambda _, call: print(call, file=counted, flush=True))
            work()
        os._exit(0)
    os.waitpid(child, 0)
    return note.read_text(encoding="utf-8").splitlines()


def receive_many(home: Home, first: int, count: int) -> None:
    """Receive so many files; each one's id and hash are noted once it was acknowledged."""
    file = home.root / f"cuadro{os.getpid()}.csv"
    with (home.root / "acknowledged").open("a", encoding="utf-8") as acknowledged:
        for number in range(first, first + count):
            file.write_text(build.with_cell(2, "victimas", str(number)), encoding="utf-8")
            digest = file_hash(file)
            kept = receive(home, file, build.COLLECTION, build.RECEIVED)
            acknowledged.write(f"{kept.id} {digest}\n")
            acknowledged.flush()
    file.unlink()


def lost_receipts(home: Home) -> list[str]:
    """Acknowledged submissions that are not there whole, and folders that are no submission."""
    path = home.root / "acknowledged"
    told = dict(line.split() for line in path.read_text().splitlines()) if path.exists() else {}
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


def refresh(home: Home) -> None:
    """Steps, build, gate and release as the assets make them, without Dagster."""
    for submission in home.submissions():
        process(home, submission)
    with lock.build(home):
        if not make(home, AS_OF).verdict.passed:
            raise RuntimeError("the gate refuses")
        publish(home, AS_OF)
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
    return faults if freshness.arrived(home) == [] else [*faults, "a refresh that ended has left something"]
