"""Where one deployment keeps things: its folders, its collections' cards and decisions. No step and no table.

`LINEABASE_HOME` names the folder (raw/ inbox/ staged/ warehouse/ site/ .dagster/); default: the checkout.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from schemas import records
from schemas.cards import decisions
from schemas.cards.decisions import Decisions
from schemas.cards.format_card import Card, read_card
from schemas.grammar import CardError
from schemas.words import UserError
from warehouse.home import submissions
from warehouse.home.submissions import Purged, Submission

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of the program; its raw/ holds the shipped cards and submissions."""

SHIPPED = CHECKOUT / "raw" / "shipped.toml"
"""The list of the shipped submissions, and whose they are."""

CARD = "format.toml"
RELEASED = "lineabase.duckdb"
"""The public file, in a release's folder and in that of a build."""
_OF_THE_PROGRAM = ("assets", "lineabase", "pipelines", "raw", "schemas", "tests", "warehouse")
"""Folders of the checkout that are its own."""
_COLLECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*$")


def quoted(path: Path) -> str:
    """A path as SQL has it: in quotation marks, an apostrophe doubled."""
    return "'" + str(path).replace("'", "''") + "'"


class UnknownCollection(CardError):
    """No card says what this collection is; `known` are those that have one."""

    def __init__(self, collection: str, known: list[str]) -> None:
        self.collection, self.known = collection, ", ".join(known) or "—"
        super().__init__("home.unknown_collection", collection=collection, known=self.known)


class UnknownSubmission(UserError, KeyError):
    """There is no submission of that name."""

    def __init__(self, submission: str) -> None:
        super().__init__("home.unknown_submission", value=submission)


@dataclass(frozen=True)
class Home:
    """The folder of one deployment. An empty folder is a valid home."""

    root: Path
    without: frozenset[str] = frozenset()
    """Collections that are passed over, since something of them cannot be read."""

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
    def verdict(self) -> Path:
        """What the gate said of the last build; `summary.json` there, in short."""
        return self.warehouse / "verdict"

    @property
    def releases(self) -> Path:
        """What was published, release by release."""
        return self.warehouse / "releases"

    @property
    def protection(self) -> Path:
        """The network's key and the ledger of protected counts: inputs of a release, kept like raw/."""
        return self.warehouse / "protection"

    @property
    def site(self) -> Path:
        """The pages of the release in force."""
        return self.root / "site"

    @property
    def dagster(self) -> Path:
        """Dagster's run store."""
        return self.root / ".dagster"

    def keeps(self, path: Path) -> bool:
        """Whether a file lies, or would lie, where the program keeps its own: nobody else writes there."""
        own = [self.raw, self.inbox, self.warehouse, self.site, self.dagster]
        own.append(self.root / "staged")
        own += [CHECKOUT / folder for folder in _OF_THE_PROGRAM]
        place = path.resolve()
        is_within = any(folder.resolve() in (place, *place.parents) for folder in own)
        return is_within or (path.exists() and any(path.samefile(f) for f in self._released()))

    def _released(self) -> list[Path]:
        """Files that another name may stand for."""
        return [*self.warehouse.glob("*.duckdb"), *self.releases.glob("*/*")]

    def staged(self, submission: str) -> Path:
        """What the steps left of one submission."""
        return self.root / "staged" / submission

    def collections(self) -> list[str]:
        """The collections that have a card, here or shipped, and those of the network's records, sorted."""
        cards = [*self.raw.glob(f"*/*/{CARD}"), *(CHECKOUT / "raw").glob(f"*/*/{CARD}")]
        named = {f"{card.parent.parent.name}/{card.parent.name}" for card in cards}
        return sorted({*named, *records.collections()} - self.without)

    def card_path(self, collection: str) -> Path:
        """The card that counts: the home's where it has one, else the shipped one. CardError if none.

        The declaration of a collection of records is its card.
        """
        for root in (self.raw, CHECKOUT / "raw"):
            path = root / collection / CARD
            if _COLLECTION.match(collection) and path.exists():
                return path
        if declared := records.path_of(collection):
            return declared
        if (self.raw / collection / CARD).exists():
            raise CardError("home.collection_name", folder=self.raw / collection)
        raise UnknownCollection(collection, self.collections())

    def card(self, collection: str) -> Card:
        """The collection's card, checked against the grammar, and the spellings accepted for it."""
        card = read_card(self.card_path(collection))
        labels = decisions.accepted(self.decisions(collection))
        return card.accepting(labels) if labels else card

    def decisions_path(self, collection: str) -> Path:
        """Where the home's own decisions on a collection stand, or would stand."""
        return decisions.path_in(self.raw / collection)

    def decisions(self, collection: str) -> Decisions:
        """What was decided on the collection, checked by the grammar: the home's added to the shipped."""
        roots = dict.fromkeys([CHECKOUT / "raw", self.raw])
        paths = [decisions.path_in(root / collection) for root in roots]
        decided = [decisions.read_decisions(path) for path in paths if path.exists()]
        return reduce(lambda shipped, own: own.added_to(shipped), decided, Decisions())

    def check_cards(self) -> None:
        """Raises CardError if a card or its decisions cannot be used: better no release than a wrong one."""
        for name in self.collections():
            self.card(name)

    def submissions(self, collection: str = submissions.EVERY) -> list[Submission]:
        """The submissions under raw/, of one collection or of all, in order (received_on, n, collection)."""
        listed = submissions.listed(self.raw, collection)
        return [s for s in listed if s.collection not in self.without] if self.without else listed

    def passing_over(self, collections: Iterable[str]) -> Home:
        """The home as if it had not these collections."""
        return replace(self, without=frozenset(collections))

    def unrecognised_folders(self) -> list[Path]:
        """Folders beside the submissions that are none: no day in the name, or not exactly one file."""
        return submissions.unrecognised_folders(self.raw)

    def purged(self) -> list[Purged]:
        """The submissions that were purged, in order."""
        return submissions.purged(self.raw)

    def submission(self, identifier: str) -> Submission:
        """The submission with that id. Raises UnknownSubmission if there is none."""
        by_id = {s.id: s for s in self.submissions()}
        if identifier not in by_id:
            raise UnknownSubmission(identifier)
        return by_id[identifier]

    def repeated(self) -> dict[str, str]:
        """Submissions whose bytes the collection had received before: id → id of the earlier one."""
        before: dict[tuple[str, int], list[Submission]] = {}
        again = {}
        for submission in self.submissions():
            same_size = before.setdefault((submission.collection, submission.bytes), [])
            if earlier := next((s for s in same_size if s.holds(submission.sha256)), None):
                again[submission.id] = earlier.id
            same_size.append(submission)
        return again
