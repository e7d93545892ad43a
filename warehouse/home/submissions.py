"""One submission, and the submissions that lie under a raw/ folder. How one gets there is receipts.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from schemas.words import Wrong
from warehouse.home import events
from warehouse.home.durable import hash_now
from warehouse.home.standing import Standing, standing

BESIDE_THE_FILE = (events.EVENTS, "provenance.toml")
"""Names that a submission's folder keeps for itself."""

EVERY = "*/*"
"""Every collection, as a pattern of folders."""

_FOLDER = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})\.(?P<n>\d+)$")


@dataclass(frozen=True)
class Submission:
    """One file of a collection received on a day; never changed afterwards."""

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
        """Which of its collection came first: the day, then the number."""
        return self.received_on, self.n

    @cached_property
    def file(self) -> Path:
        """The received file. Raises ValueError if the folder does not hold exactly one."""
        files = self.files()
        if len(files) != 1:
            raise Wrong("home.one_file", folder=self.folder)
        return files[0]

    def files(self) -> list[Path]:
        """What lies in its folder beside its history."""
        return files_in(self.folder)

    @cached_property
    def noted_sha256(self) -> str:
        """Hash of the bytes that were received, as its history noted it then; empty where it notes none."""
        noted = (event.get("sha256", "") for event in self.events() if event["event"] == "received")
        return next(noted, "")

    @cached_property
    def sha256(self) -> str:
        """Hash of the received bytes: as noted, else of those that lie there."""
        return self.noted_sha256 or hash_now(self.file)

    @cached_property
    def is_changed(self) -> bool:
        """Whether the bytes that lie there are not those that were received."""
        return bool(self.noted_sha256) and hash_now(self.file) != self.noted_sha256

    def holds(self, sha256: str) -> bool:
        """Whether it received the bytes of that hash; a damaged file that was withdrawn may come again."""
        return self.sha256 == sha256 and not (self.withdrawn_on and self.is_changed)

    @cached_property
    def bytes(self) -> int:
        """Size of the received file."""
        return self.file.stat().st_size

    def events(self) -> list[events.Event]:
        """Its history: received, compared, held, confirmed, withdrawn, purged; when, by which office, why."""
        return events.read(self.folder / events.EVENTS)

    @property
    def standing(self) -> Standing:
        """Whether it may come into force, as its history says: nothing is judged anew."""
        return standing(self.events())

    @property
    def withdrawn_on(self) -> date | None:
        """The day it was withdrawn, if it was."""
        days = [e["on"] for e in self.events() if e["event"] == "withdrawn"]
        return date.fromisoformat(days[-1]) if days else None


def files_in(folder: Path) -> list[Path]:
    """What lies in a submission's folder beside its history."""
    return [p for p in sorted(folder.iterdir()) if p.is_file() and p.name not in BESIDE_THE_FILE]


def listed(raw: Path, collection: str = EVERY) -> list[Submission]:
    """The submissions under raw/, of one collection or of all, in order (received_on, n, collection)."""
    submissions = [s for folder in _folders(raw, collection) if (s := _submission(folder))]
    return sorted(submissions, key=lambda s: (s.received_on, s.n, s.collection))


def unrecognised_folders(raw: Path) -> list[Path]:
    """Folders beside the submissions that are none: no day in the name, or not exactly one file."""
    strangers = [folder for folder in _folders(raw, EVERY) if _submission(folder) is None]
    return [folder for folder in strangers if _purge_of(folder) is None]


@dataclass(frozen=True)
class Purged:
    """A submission of which only its history is left: what it was, and the line that says it was purged."""

    submission: Submission
    event: events.Event

    @property
    def on(self) -> date:
        """The day."""
        return date.fromisoformat(self.event["on"])


def purged(raw: Path) -> list[Purged]:
    """The submissions that were purged, in order."""
    found = [
        Purged(submission, event)
        for folder in _folders(raw, EVERY)
        if (event := _purge_of(folder)) and (submission := _named(folder))
    ]
    return sorted(found, key=lambda one: (*one.submission.order, one.submission.collection))


def _purge_of(folder: Path) -> events.Event | None:
    """The line that says that a folder's submission was purged, if one does."""
    try:
        told = events.read(folder / events.EVENTS)
    except events.DamagedHistory:
        return None
    return next((event for event in told if event["event"] == "purged"), None)


def number_of(folder: Path, received_on: date) -> int | None:
    """The number in a folder's name, if it is one of that day, whether or not a submission lies in it."""
    match = _FOLDER.match(folder.name)
    return int(match["n"]) if match and match["day"] == str(received_on) else None


def _folders(raw: Path, collection: str) -> list[Path]:
    named = sorted(raw.glob(f"{collection}/*"))
    return [p for p in named if p.is_dir() and not p.name.startswith(".")]


def _submission(folder: Path) -> Submission | None:
    submission = _named(folder)
    return submission if submission and len(submission.files()) == 1 else None


def _named(folder: Path) -> Submission | None:
    """The submission that a folder's name says, whatever lies in it."""
    match = _FOLDER.match(folder.name)
    try:
        day = date.fromisoformat(match["day"]) if match else None
    except ValueError:
        return None
    if match is None or day is None:
        return None
    collection = f"{folder.parent.parent.name}/{folder.parent.name}"
    return Submission(collection, day, int(match["n"]), folder)
