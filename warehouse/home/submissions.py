"""A submission, and the list of submissions under a raw/ folder. receipts.py adds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from schemas.words import InvalidValue
from warehouse.home import events
from warehouse.home.admission_state import AdmissionState, read_state
from warehouse.home.durable import hash_now

RESERVED_NAMES = (events.EVENTS_FILE, "provenance.toml")
"""File names in a submission's folder that are not the received file."""

ALL_COLLECTIONS = "*/*"
"""Pattern of the folders of all collections."""

_FOLDER_NAME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})\.(?P<n>\d+)$")


@dataclass(frozen=True)
class Submission:
    """A file of a collection received on a day; never changed afterwards."""

    collection: str
    received_on: date
    n: int
    folder: Path

    @property
    def id(self) -> str:
        """`PAN-SNM.darien_nationality.2025-06-30.1`."""
        return f"{self.collection.replace('/', '.')}.{self.received_on}.{self.n}"

    @property
    def order(self) -> tuple[date, int]:
        """Sort key within the collection: the day, then the number."""
        return self.received_on, self.n

    @cached_property
    def file(self) -> Path:
        """Received file. Raises ValueError if the folder does not have exactly one."""
        files = self.files()
        if len(files) != 1:
            raise InvalidValue("home.one_file", folder=self.folder)
        return files[0]

    def files(self) -> list[Path]:
        """List the files in its folder, without its history."""
        return list_files(self.folder)

    @cached_property
    def noted_sha256(self) -> str:
        """Hash of the received bytes according to its history; empty if it has none."""
        hashes = (event.get("sha256", "") for event in self.events() if event["event"] == "received")
        return next(hashes, "")

    @cached_property
    def sha256(self) -> str:
        """Hash of the received bytes according to its history, otherwise of the present bytes."""
        return self.noted_sha256 or hash_now(self.file)

    @cached_property
    def is_changed(self) -> bool:
        """True if the present bytes are not the received ones."""
        return bool(self.noted_sha256) and hash_now(self.file) != self.noted_sha256

    def has_bytes(self, sha256: str) -> bool:
        """True if it received bytes with this hash; a withdrawn file may be received again."""
        return self.sha256 == sha256 and not self.withdrawn_on

    @cached_property
    def bytes(self) -> int:
        """Size of the received file."""
        return self.file.stat().st_size

    def events(self) -> list[events.Event]:
        """Read its history: received, corrected, compared, held, justified, confirmed, withdrawn, purged.

        Each has its day, its office and its reason.
        """
        return events.read(self.folder / events.EVENTS_FILE)

    @property
    def admission_state(self) -> AdmissionState:
        """State of its admission according to its history: nothing is judged again."""
        return read_state(self.events())

    @property
    def withdrawn_on(self) -> date | None:
        """Day of its withdrawal; None if it is not withdrawn."""
        days = [e["on"] for e in self.events() if e["event"] == "withdrawn"]
        return date.fromisoformat(days[-1]) if days else None


def list_files(folder: Path) -> list[Path]:
    """List the files in a submission's folder, without its history."""
    return [p for p in sorted(folder.iterdir()) if p.is_file() and p.name not in RESERVED_NAMES]


def list_submissions(raw: Path, collection: str = ALL_COLLECTIONS) -> list[Submission]:
    """List the submissions under raw/, of one collection or all, ordered by received_on, n, collection."""
    submissions = [s for folder in _folders(raw, collection) if (s := _submission(folder))]
    return sorted(submissions, key=lambda s: (s.received_on, s.n, s.collection))


def unrecognised_folders(raw: Path) -> list[Path]:
    """List folders that are no submission: no day in the name, or not exactly one file."""
    other_folders = [folder for folder in _folders(raw, ALL_COLLECTIONS) if _submission(folder) is None]
    return [folder for folder in other_folders if _purge_event(folder) is None]


@dataclass(frozen=True)
class PurgedSubmission:
    """A purged submission, of which only the history is left, and the event of the purge."""

    submission: Submission
    event: events.Event

    @property
    def on(self) -> date:
        """Day of the purge."""
        return date.fromisoformat(self.event["on"])


def list_purged(raw: Path) -> list[PurgedSubmission]:
    """List the purged submissions in order."""
    purged_submissions = [
        PurgedSubmission(submission, event)
        for folder in _folders(raw, ALL_COLLECTIONS)
        if (event := _purge_event(folder)) and (submission := _parse_folder(folder))
    ]
    return sorted(
        purged_submissions,
        key=lambda purged_submission: (
            *purged_submission.submission.order,
            purged_submission.submission.collection,
        ),
    )


def _purge_event(folder: Path) -> events.Event | None:
    """Return the event of a folder's purge; None if there is none."""
    try:
        history = events.read(folder / events.EVENTS_FILE)
    except events.DamagedHistory:
        return None
    return next((event for event in history if event["event"] == "purged"), None)


def day_number(folder: Path, received_on: date) -> int | None:
    """Return the number in a folder's name if it has that day, with or without a submission in it."""
    match = _FOLDER_NAME.match(folder.name)
    return int(match["n"]) if match and match["day"] == str(received_on) else None


def _folders(raw: Path, collection: str) -> list[Path]:
    paths = sorted(raw.glob(f"{collection}/*"))
    return [p for p in paths if p.is_dir() and not p.name.startswith(".")]


def _submission(folder: Path) -> Submission | None:
    submission = _parse_folder(folder)
    return submission if submission and len(submission.files()) == 1 else None


def _parse_folder(folder: Path) -> Submission | None:
    """Return the submission that a folder's name describes, whatever the folder contains."""
    match = _FOLDER_NAME.match(folder.name)
    try:
        day = date.fromisoformat(match["day"]) if match else None
    except ValueError:
        return None
    if match is None or day is None:
        return None
    collection = f"{folder.parent.parent.name}/{folder.parent.name}"
    return Submission(collection, day, int(match["n"]), folder)
