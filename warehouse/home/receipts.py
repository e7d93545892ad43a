"""Receipt of a file as a submission: number, copy and event line, under raw.lock. The check comes before.

A submission's folder appears whole and on disk, or not at all. It belongs to its owner alone, and the file is
read-only.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from schemas.findings import Finding
from schemas.words import UserError
from warehouse.home import corrections, durable, events, lock, offices
from warehouse.home.admission_state import JUSTIFIED, TO_COMPARE, Question, breaches_as_facts
from warehouse.home.corrections import Correction
from warehouse.home.layout import Home
from warehouse.home.repairs import log_repair
from warehouse.home.submissions import RESERVED_NAMES, Submission, day_number


class AlreadyReceived(Exception):
    """The collection already has these bytes, as submission `earlier`."""

    def __init__(self, earlier: str) -> None:
        self.earlier = earlier
        super().__init__(f"Ya se recibió como / received before as {earlier}.")


class ChangedMeanwhile(UserError, OSError):
    """The file changed during the receipt: the bytes copied are not the bytes examined."""

    def __init__(self, file: Path) -> None:
        super().__init__("home.changed_meanwhile", file=file.name)


def keep(
    home: Home,
    file: Path,
    collection: str,
    received_on: date,
    *,
    office: str = "",
    sha256: str,
    decisions: Mapping[str, str] | None = None,
    correction: Correction | None = None,
) -> Submission:
    """Keep a file with the hash `sha256` as the collection's next submission of the day.

    `decisions`: by finding of the guard (place:kind), why the office decided that it is no personal data.
    `correction`: the submission of which the file is a corrected copy.

    Raises AlreadyReceived, ChangedMeanwhile, corrections.NotCorrectable, lock.Busy; then nothing is kept.
    """
    with lock.raw(home):
        if correction:
            corrections.refuse_if_outdated(home, collection, correction)
        refuse_if_repeated(home, file, collection, sha256)
        collection_folder = home.raw / collection
        durable.make_folder(collection_folder)
        folder = collection_folder / f"{received_on}.{_next_number(collection_folder, received_on)}"
        building = _building_folder(folder)
        if durable.copy(file, building / safe_name(file.name)) != sha256:
            shutil.rmtree(building)
            raise ChangedMeanwhile(file)
        (building / safe_name(file.name)).chmod(durable.OWNER_READS)
        event = {"event": "received", "on": str(received_on), "office": office, "sha256": sha256}
        events.append(building / events.EVENTS_FILE, **event, **{TO_COMPARE: "yes"})
        for finding, reason in (decisions or {}).items():
            decision = {"event": "not_personal", "on": str(received_on), "office": office, "finding": finding}
            events.append(building / events.EVENTS_FILE, **decision, reason=reason)
        if correction:
            events.append(building / events.EVENTS_FILE, **correction.event(str(received_on), office))
        durable.rename(building, folder)
    return Submission(collection, received_on, int(folder.name.rsplit(".", 1)[1]), folder)


def close_to_others(folders: Sequence[Path]) -> None:
    """Restrict folders of earlier versions, or placed here by hand, to their owner; log it as a repair."""
    for folder in folders:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600 if file.name in RESERVED_NAMES else durable.OWNER_READS)
    if folders:
        log_repair("modes", n=len(folders), folder=folders[0])


def refuse_if_repeated(home: Home, file: Path, collection: str, sha256: str) -> None:
    """Check that the collection does not have these bytes. Raises AlreadyReceived."""
    size = file.stat().st_size  # hash only files of the same size
    same_size = [s for s in home.submissions(collection) if s.bytes == size]
    if earlier := next((s for s in same_size if s.has_bytes(sha256)), None):
        raise AlreadyReceived(earlier.id)


def _next_number(collection_folder: Path, received_on: date) -> int:
    """Return the next number of the day; the number of a purged submission is not used again."""
    numbers = [day_number(folder, received_on) or 0 for folder in collection_folder.iterdir()]
    return max(numbers, default=0) + 1


def _building_folder(folder: Path) -> Path:
    """Make a folder to build a submission in, after removing those of killed receipts."""
    for leftover in folder.parent.glob(".*.tmp"):
        shutil.rmtree(leftover)
    building = folder.with_name(f".{folder.name}.tmp")
    building.mkdir(mode=0o700)
    return building


def safe_name(name: str) -> str:
    """Return the name of the file without characters that could form a path."""
    safe = re.sub(r"[^\w.\- ()áéíóúñüÁÉÍÓÚÑÜ]", "_", Path(name).name).strip(" .") or "file"
    return f"file_{safe}" if safe in RESERVED_NAMES else safe


def note_refusal(home: Home, collection: str, on: date, *, rule: str, sha256: str) -> None:
    """Record day, rule and hash of a refused file, and nothing else."""
    with lock.raw(home):
        durable.make_folder(home.raw / collection)
        path = home.raw / collection / events.REFUSALS_FILE
        events.append(path, event="refused", on=str(on), rule=rule, sha256=sha256)


def withdraw(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> None:
    """Record that a submission is withdrawn from a day on; the submission before it is in force again.

    Raises AlreadyWithdrawn: a second line would move the day of the first.
    """
    with lock.raw(home):
        if earlier_day := submission.withdrawn_on:
            raise AlreadyWithdrawn(submission, earlier_day)
        path = submission.folder / events.EVENTS_FILE
        events.append(path, event="withdrawn", on=str(on), office=office, why=reason)


class AlreadyWithdrawn(UserError, ValueError):
    """The submission was withdrawn before."""

    def __init__(self, submission: Submission, on: date) -> None:
        super().__init__("home.already_withdrawn", submission=submission.id, day=on)


def note_comparison(
    home: Home,
    submission: Submission,
    compared_with: str,
    counts: Mapping[str, int],
    breaches: Sequence[Finding],
    remarks: Sequence[Finding] = (),
    questions: Sequence[Question] = (),
) -> None:
    """Record the result of the comparison at receipt, once: a second process adds nothing."""
    event: dict[str, object] = {
        "event": "held" if breaches else "compared",
        "on": str(submission.received_on),
    }
    event |= {"office": offices.PROGRAM_OFFICE} if breaches else {}
    event |= {"beside": compared_with, "values": dict(counts)} if compared_with else {}
    event |= {"reason": breaches_as_facts(breaches)} if breaches else {}
    event |= {"remarks": breaches_as_facts(remarks)} if remarks else {}
    event |= {"questions": questions} if questions and not breaches else {}
    with lock.raw(home):
        if submission.admission_state.to_compare:
            events.append(submission.folder / events.EVENTS_FILE, **event)


class NotHeld(UserError, ValueError):
    """The submission is not waiting for a confirmation."""

    def __init__(self, submission: Submission) -> None:
        super().__init__("home.not_held", submission=submission.id)


class SameOffice(UserError, ValueError):
    """The office that handed in a submission, or the file that it corrects, cannot confirm it."""

    def __init__(self, office: str) -> None:
        super().__init__("home.same_office", office=office)


def confirm(home: Home, submission: Submission, on: date, *, office: str, reason: str) -> None:
    """Record that an office confirms a held submission. Raises NotHeld, SameOffice."""
    with lock.raw(home):
        if not submission.admission_state.is_waiting or submission.withdrawn_on:
            raise NotHeld(submission)
        for sender in corrections.list_senders(submission):
            if offices.is_same_office(sender, office):
                raise SameOffice(sender)
        path = submission.folder / events.EVENTS_FILE
        events.append(path, event="confirmed", on=str(on), office=office, reason=reason)


def justify(home: Home, submission: Submission, on: date, *, office: str, reasons: Mapping[str, str]) -> None:
    """Record the explanations that an office gives of findings, by rule. They admit nothing."""
    with lock.raw(home):
        path = submission.folder / events.EVENTS_FILE
        for rule, reason in reasons.items():
            events.append(path, event=JUSTIFIED, on=str(on), office=office, rule=rule, reason=reason)
