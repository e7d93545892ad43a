"""A home of a deployment, and what a worker does in it; imports little, since each worker is a process. No test."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import process
from assets.intake.submission import receive
from warehouse.home import CHECKOUT, Home, Submission, events, lock, receipts
from warehouse.home.deployment import FILE
from warehouse.publication.shipping import shipped_submissions

HandedIn = tuple[str, str, date]
"""A file, its collection and the day it was received."""


def home_of(root: Path, *, database: str = "") -> Home:
    """A home of a deployment, with nothing in it but the address of its database."""
    root.mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(f"database = {json.dumps(database)}", encoding="utf-8")
    return Home(root)


def handed_in() -> list[HandedIn]:
    """The files that are shipped, in the order in which they were received."""
    files = []
    for name in shipped_submissions():
        folder = CHECKOUT / "raw" / name
        [file] = [path for path in folder.iterdir() if path.suffix == ".csv"]
        files.append((str(file), "/".join(folder.parts[-3:-1]), date.fromisoformat(folder.name[:10])))
    return sorted(files, key=lambda one: one[2])


def shares(workers: int) -> list[list[HandedIn]]:
    """The files by worker: those of one collection to the same one."""
    collections = sorted({collection for _, collection, _ in handed_in()})
    return [[one for one in handed_in() if collections.index(one[1]) % workers == n] for n in range(workers)]


def hand_in(root: Path, files: Sequence[HandedIn]) -> None:
    """What a worker does: each file is received, and its steps are made; again, after it was killed."""
    home = Home(root)
    for file, collection, day in files:
        with suppress(RefusedFile):  # as it has it already
            submission = receive(home, Path(file), collection, day)
            process(home, submission)
            _let_in_as_shipped(home, submission)
    mine = {collection for _, collection, _ in files}
    for submission in home.submissions():
        if submission.collection in mine:
            process(home, submission)
            _let_in_as_shipped(home, submission)


def _let_in_as_shipped(home: Home, submission: Submission) -> None:
    """A shipped submission that is held brings who let it in, and when."""
    if submission.admission_state.is_waiting:
        shipped_as = CHECKOUT / "raw" / submission.collection / submission.folder.name / events.EVENTS_FILE
        [line] = [event for event in events.read(shipped_as) if event["event"] == "confirmed"]
        on = date.fromisoformat(line["on"])
        receipts.confirm(home, submission, on, office=line["office"], reason=line["reason"])


def started(home: Home, files: Sequence[HandedIn]) -> BaseProcess:
    """A worker at work, in a process of its own."""
    worker = multiprocessing.get_context("spawn").Process(target=hand_in, args=(home.root, files))
    worker.start()
    return worker


def holding(home: Home, name: str = "raw") -> BaseProcess:
    """A process that holds a lock and the lock of a run, until it is killed."""
    context = multiprocessing.get_context("spawn")
    holds = context.Event()
    process_ = context.Process(target=_hold, args=(home.root, name, holds), daemon=True)
    process_.start()
    assert holds.wait(120)
    return process_


def _hold(root: Path, name: str, holds: Event) -> None:
    lock.hold_run(Home(root), "run")
    with getattr(lock, name)(Home(root)):
        holds.set()
        time.sleep(600)
