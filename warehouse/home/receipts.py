"""A file becomes a submission: number, copy and event line, under raw.lock. Whether it may is decided before.

A submission's folder appears whole and on disk, or not at all. It is its owner's alone, the file read-only.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from schemas.findings import Finding
from schemas.words import UserError
from warehouse.home import durable, events, lock
from warehouse.home.places import Home
from warehouse.home.repairs import tell_repair
from warehouse.home.standing import TO_COMPARE, kept
from warehouse.home.submissions import BESIDE_THE_FILE, Submission, number_of


class AlreadyReceived(Exception):
    """The collection has these bytes already, as submission `earlier`."""

    def __init__(self, earlier: str) -> None:
        self.earlier = earlier
        super().__init__(f"Ya se recibió como / received before as {earlier}.")


class ChangedMeanwhile(UserError, OSError):
    """The file was written to while it was being received: what was looked into is not what was copied."""

    def __init__(self, file: Path) -> None:
        super().__init__("home.changed_meanwhile", file=file.name)


def keep(
    home: Home, file: Path, collection: str, received_on: date, *, office: str = "", sha256: str
) -> Submission:
    """Keep the file, whose bytes have the hash `sha256`, as the collection's next submission of the day.

    Raises AlreadyReceived, ChangedMeanwhile, lock.Busy; then nothing was kept.
    """
    with lock.raw(home):
        refuse_if_repeated(home, file, collection, sha256)
        of_collection = home.raw / collection
        durable.make_folder(of_collection)
        folder = of_collection / f"{received_on}.{_next_number(of_collection, received_on)}"
        building = _empty_folder(folder)
        if durable.copy(file, building / safe_name(file.name)) != sha256:
            shutil.rmtree(building)
            raise ChangedMeanwhile(file)
        (building / safe_name(file.name)).chmod(durable.OWNER_READS)
        event = {"event": "received", "on": str(received_on), "office": office, "sha256": sha256}
        events.append(building / events.EVENTS, **event, **{TO_COMPARE: "yes"})
        durable.rename(building, folder)
    return Submission(collection, received_on, int(folder.name.rsplit(".", 1)[1]), folder)


def close_to_others(folders: Sequence[Path]) -> None:
    """Leave submissions' folders, of earlier versions or laid here by hand, to their owner alone; say so."""
    for folder in folders:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600 if file.name in BESIDE_THE_FILE else durable.OWNER_READS)
    if folders:
        tell_repair("modes", n=len(folders), folder=folders[0])


def refuse_if_repeated(home: Home, file: Path, collection: str, sha256: str) -> None:
    """Raises AlreadyReceived if the collection has these bytes."""
    size = file.stat().st_size  # only files of the same size are hashed
    same_size = [s for s in home.submissions(collection) if s.bytes == size]
    if earlier := next((s for s in same_size if s.holds(sha256)), None):
        raise AlreadyReceived(earlier.id)


def _next_number(of_collection: Path, received_on: date) -> int:
    """One more than any folder of the day bears: a purged submission's number is not given again."""
    taken = [number_of(folder, received_on) or 0 for folder in of_collection.iterdir()]
    return max(taken, default=0) + 1


def _empty_folder(folder: Path) -> Path:
    """Where a submission is put together; what a killed receipt left there goes."""
    for left in folder.parent.glob(".*.tmp"):
        shutil.rmtree(left)
    building = folder.with_name(f".{folder.name}.tmp")
    building.mkdir(mode=0o700)
    return building


def safe_name(name: str) -> str:
    """The file's own name without anything that a path could hide in."""
    safe = re.sub(r"[^\w.\- ()áéíóúñüÁÉÍÓÚÑÜ]", "_", Path(name).name).strip(" .") or "file"
    return f"file_{safe}" if safe in BESIDE_THE_FILE else safe


def note_refusal(home: Home, collection: str, on: date, *, rule: str, sha256: str) -> None:
    """Keep of a refused file the day, the rule and the hash, and nothing else."""
    with lock.raw(home):
        durable.make_folder(home.raw / collection)
        path = home.raw / collection / events.REFUSED
        events.append(path, event="refused", on=str(on), rule=rule, sha256=sha256)


def withdraw(home: Home, submission: Submission, on: date, *, office: str, why: str) -> None:
    """Note that a submission is withdrawn from a day on; the one before it comes back into force.

    Raises AlreadyWithdrawn: a second line would move the day of the first.
    """
    with lock.raw(home):
        if withdrawn := submission.withdrawn_on:
            raise AlreadyWithdrawn(submission, withdrawn)
        path = submission.folder / events.EVENTS
        events.append(path, event="withdrawn", on=str(on), office=office, why=why)


class AlreadyWithdrawn(UserError, ValueError):
    """The submission was withdrawn before."""

    def __init__(self, submission: Submission, on: date) -> None:
        super().__init__("home.already_withdrawn", submission=submission.id, day=on)


def note_comparison(
    home: Home,
    submission: Submission,
    beside: str,
    counts: Mapping[str, int],
    breaches: Sequence[Finding],
    remarks: Sequence[Finding] = (),
) -> None:
    """Note what the comparison at receipt said, once: who comes second finds it noted and adds nothing."""
    event: dict[str, object] = {
        "event": "held" if breaches else "compared",
        "on": str(submission.received_on),
    }
    event |= {"office": OWN_OFFICE} if breaches else {}
    event |= {"beside": beside, "values": dict(counts)} if beside else {}
    event |= {"reason": kept(breaches)} if breaches else {}
    event |= {"remarks": kept(remarks)} if remarks else {}
    with lock.raw(home):
        if submission.standing.to_compare:
            events.append(submission.folder / events.EVENTS, **event)


OWN_OFFICE = "lineabase"
"""Who holds a submission: the program."""


class NotHeld(UserError, ValueError):
    """Nobody waits for the submission to be confirmed."""

    def __init__(self, submission: Submission) -> None:
        super().__init__("home.not_held", submission=submission.id)


def confirm(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> None:
    """Note that an office lets a held submission in. Raises NotHeld."""
    with lock.raw(home):
        if not submission.standing.waits or submission.withdrawn_on:
            raise NotHeld(submission)
        path = submission.folder / events.EVENTS
        events.append(path, event="confirmed", on=str(on), office=office, reason=reason)
