"""Where one deployment keeps things: folders, collections, submissions. No step and no table.

`LINEABASE_HOME` names the folder (raw/ inbox/ staged/ warehouse/ .dagster/); default: the checkout.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from schemas import decisions
from schemas.decisions import Decisions
from schemas.format_card import Card, read_card
from schemas.grammar import CardError

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of the program; its raw/ holds the shipped cards and submissions."""

CARD, EVENTS, REFUSED = "format.toml", "events.jsonl", "refused.jsonl"
_BESIDE_THE_FILE = (EVENTS, "provenance.toml")
_SUBMISSION = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})\.(?P<n>\d+)$")
_COLLECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*$")


def quoted(path: Path) -> str:
    """A path as SQL has it: in quotation marks, an apostrophe doubled."""
    return "'" + str(path).replace("'", "''") + "'"


class UnknownCollection(CardError):
    """No card says what this collection is; `known` are those that have one."""

    def __init__(self, collection: str, known: list[str]) -> None:
        self.collection, self.known = collection, ", ".join(known) or "—"
        super().__init__(
            f"No hay colección / there is no collection '{collection}'. Hay / there are: {self.known}."
        )


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

    @cached_property
    def file(self) -> Path:
        """The received file. Raises ValueError if the folder does not hold exactly one."""
        files = self.files()
        if len(files) != 1:
            raise ValueError(f"{self.folder} debe tener un solo archivo / must hold exactly one file.")
        return files[0]

    def files(self) -> list[Path]:
        """What lies in its folder beside its history."""
        return [p for p in sorted(self.folder.iterdir()) if p.is_file() and p.name not in _BESIDE_THE_FILE]

    @cached_property
    def sha256(self) -> str:
        """Hash of the received bytes."""
        return file_hash(self.file)

    def events(self) -> list[dict[str, str]]:
        """Its history: received, withdrawn, purged; when, by which office, why."""
        path = self.folder / EVENTS
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]

    @property
    def withdrawn_on(self) -> date | None:
        """The day it was withdrawn, if it was."""
        days = [e["on"] for e in self.events() if e["event"] == "withdrawn"]
        return date.fromisoformat(days[-1]) if days else None


@dataclass(frozen=True)
class Home:
    """The folder of one deployment. An empty folder is a valid home."""

    root: Path

    @classmethod
    def default(cls) -> Home:
        """`LINEABASE_HOME`, or the checkout."""
        return cls(Path(os.environ.get("LINEABASE_HOME") or CHECKOUT).resolve())

    @property
    def raw(self) -> Path:
        """Received files: the truth about data."""
        return self.root / "raw"

    @property
    def inbox(self) -> Path:
        """Where stewards drop files, in folders <provider>/<collection>/."""
        return self.root / "inbox"

    @property
    def warehouse(self) -> Path:
        """The databases and the releases."""
        return self.root / "warehouse"

    @property
    def current(self) -> Path:
        """The released file."""
        return self.warehouse / "current.duckdb"

    @property
    def internal(self) -> Path:
        """The internal database, for its owner only."""
        return self.warehouse / "internal.duckdb"

    @property
    def releases(self) -> Path:
        """What was published, release by release."""
        return self.warehouse / "releases"

    @property
    def dagster(self) -> Path:
        """Dagster's run store."""
        return self.root / ".dagster"

    def staged(self, submission: str) -> Path:
        """What the steps left of one submission."""
        return self.root / "staged" / submission

    def collections(self) -> list[str]:
        """The collections that have a card, here or shipped, sorted."""
        cards = [*self.raw.glob(f"*/*/{CARD}"), *(CHECKOUT / "raw").glob(f"*/*/{CARD}")]
        return sorted({f"{card.parent.parent.name}/{card.parent.name}" for card in cards})

    def card_path(self, collection: str) -> Path:
        """The card that counts: the home's where it has one, else the shipped one. CardError if none."""
        for root in (self.raw, CHECKOUT / "raw"):
            path = root / collection / CARD
            if _COLLECTION.match(collection) and path.exists():
                return path
        raise UnknownCollection(collection, self.collections())

    def card(self, collection: str) -> Card:
        """The collection's card, checked against the grammar."""
        return read_card(self.card_path(collection))

    def decisions_path(self, collection: str) -> Path | None:
        """The collection's breaks.toml: the home's where it has one, else the shipped one, else none."""
        paths = [root / collection / decisions.FILE for root in (self.raw, CHECKOUT / "raw")]
        return next((path for path in paths if path.exists()), None)

    def decisions(self, collection: str) -> Decisions:
        """What was decided on the collection's values, checked against the grammar."""
        path = self.decisions_path(collection)
        return decisions.read_decisions(path) if path else Decisions()

    def check_cards(self) -> None:
        """Raises CardError if a card or breaks.toml cannot be used: better no release than a wrong one."""
        for name in self.collections():
            self.card(name)
            self.decisions(name)

    def submissions(self) -> list[Submission]:
        """Every submission under raw/, in order (received_on, n, collection)."""
        found = [_submission(folder) for folder in self._folders()]
        return sorted((s for s in found if s), key=lambda s: (s.received_on, s.n, s.collection))

    def strays(self) -> list[Path]:
        """Folders beside the submissions that are none: no day in the name, or not exactly one file."""
        return [folder for folder in self._folders() if _submission(folder) is None]

    def _folders(self) -> list[Path]:
        named = sorted(self.raw.glob("*/*/*"))
        return [p for p in named if p.is_dir() and not p.name.startswith(".")]

    def submission(self, identifier: str) -> Submission:
        """The submission with that id. KeyError if there is none."""
        by_id = {s.id: s for s in self.submissions()}
        return by_id[identifier]

    def repeated(self) -> dict[str, str]:
        """Submissions whose bytes the collection had received before: id → id of the earlier one."""
        first: dict[tuple[str, str], str] = {}
        again = {}
        for submission in self.submissions():
            earlier = first.setdefault((submission.collection, submission.sha256), submission.id)
            if earlier != submission.id:
                again[submission.id] = earlier
        return again


def _submission(folder: Path) -> Submission | None:
    match = _SUBMISSION.match(folder.name)
    try:
        day = date.fromisoformat(match["day"]) if match else None
    except ValueError:
        return None
    if match is None or day is None:
        return None
    collection = f"{folder.parent.parent.name}/{folder.parent.name}"
    submission = Submission(collection, day, int(match["n"]), folder)
    return submission if len(submission.files()) == 1 else None


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
