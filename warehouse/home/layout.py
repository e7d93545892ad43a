"""Folders of a deployment, and the cards, decisions and submissions of its collections. No step is here.

`LINEABASE_HOME` names the folder (raw/ inbox/ staged/ warehouse/ site/ api/ .dagster/); else the checkout.
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
from warehouse.home.submissions import PurgedSubmission, Submission

CHECKOUT = Path(__file__).resolve().parents[2]
"""Folder of the program; its raw/ has the shipped cards and submissions."""

SHIPPED_LIST = CHECKOUT / "raw" / "shipped.toml"
"""List of the shipped submissions and their publishers."""

CARD = "format.toml"
"""Name of a collection's format card."""
RELEASE_FILE = "lineabase.duckdb"
"""Name of the public file, in the folder of a release and of a build."""
_PROGRAM_FOLDERS = ("assets", "lineabase", "pipelines", "raw", "schemas", "tests", "warehouse")
"""Folders of the checkout that belong to the program."""
_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_-]*$")


def quote_path(path: Path) -> str:
    """Quote a path for SQL: in apostrophes, and each apostrophe doubled."""
    return "'" + str(path).replace("'", "''") + "'"


class UnknownCollection(CardError):
    """The collection has no card; `known_collections` lists those that have a card."""

    def __init__(self, collection: str, collections: list[str]) -> None:
        self.collection, self.known_collections = collection, ", ".join(collections) or "—"
        super().__init__("home.unknown_collection", collection=collection, known=self.known_collections)


class UnknownSubmission(UserError, KeyError):
    """There is no submission with this id."""

    def __init__(self, submission: str) -> None:
        super().__init__("home.unknown_submission", value=submission)


@dataclass(frozen=True)
class Home:
    """The folder of a deployment. An empty folder is a valid home."""

    root: Path
    excluded_collections: frozenset[str] = frozenset()
    """Collections that are skipped because a part of them cannot be read."""

    @classmethod
    def default(cls) -> Home:
        """Return the home of `LINEABASE_HOME`, or the checkout."""
        return cls(Path(os.environ.get("LINEABASE_HOME") or CHECKOUT).resolve())

    @property
    def raw(self) -> Path:
        """Received files: the source of all data."""
        return self.root / "raw"

    @property
    def inbox(self) -> Path:
        """Folders <provider>/<collection>/ in which stewards put files."""
        return self.root / "inbox"

    @property
    def warehouse(self) -> Path:
        """Databases and releases."""
        return self.root / "warehouse"

    @property
    def current(self) -> Path:
        """Public file of the release in force."""
        return self.warehouse / "current.duckdb"

    @property
    def internal(self) -> Path:
        """Internal database, for its owner only."""
        return self.warehouse / "internal.duckdb"

    @property
    def verdict(self) -> Path:
        """Report of the gate on the last build; `summary.json` is its summary."""
        return self.warehouse / "verdict"

    @property
    def releases(self) -> Path:
        """Published releases."""
        return self.warehouse / "releases"

    @property
    def protection(self) -> Path:
        """Network's key and ledger of protected counts: inputs of a release, kept like raw/."""
        return self.warehouse / "protection"

    def ledger_file(self, release: str) -> Path:
        """Return the file of a release in the ledger of protected counts (warehouse/protection)."""
        return self.protection / f"{release}.parquet"

    @property
    def site(self) -> Path:
        """Pages of the release in force."""
        return self.root / "site"

    @property
    def api(self) -> Path:
        """Static API of the releases, if the deployment wants one."""
        return self.root / "api"

    @property
    def dagster(self) -> Path:
        """Dagster's store of runs."""
        return self.root / ".dagster"

    def is_program_path(self, path: Path) -> bool:
        """True if a path is in a folder that only the program writes to."""
        program_folders = [self.raw, self.inbox, self.warehouse, self.site, self.api, self.dagster]
        program_folders.append(self.root / "staged")
        program_folders += [CHECKOUT / folder for folder in _PROGRAM_FOLDERS]
        resolved = path.resolve()
        is_within = any(folder.resolve() in (resolved, *resolved.parents) for folder in program_folders)
        return is_within or (path.exists() and any(path.samefile(f) for f in self._database_files()))

    def _database_files(self) -> list[Path]:
        """List databases and released files, which a path may reach by another name."""
        return [*self.warehouse.glob("*.duckdb"), *self.releases.glob("*/*")]

    def staged_folder(self, submission: str) -> Path:
        """Return the folder with the output of the steps for a submission."""
        return self.root / "staged" / submission

    def collections(self) -> list[str]:
        """List the collections with a card, here or shipped, and those of the network's records, sorted."""
        cards = [*self.raw.glob(f"*/*/{CARD}"), *(CHECKOUT / "raw").glob(f"*/*/{CARD}")]
        with_card = {f"{card.parent.parent.name}/{card.parent.name}" for card in cards}
        return sorted({*with_card, *records.collections()} - self.excluded_collections)

    def card_path(self, collection: str) -> Path:
        """Return the card of a collection: the home's, otherwise the shipped card. Raises CardError.

        The declaration of a collection of records is its card.
        """
        for root in (self.raw, CHECKOUT / "raw"):
            path = root / collection / CARD
            if _COLLECTION_NAME.match(collection) and path.exists():
                return path
        if declaration := records.declaration_path(collection):
            return declaration
        if (self.raw / collection / CARD).exists():
            raise CardError("home.collection_name", folder=self.raw / collection)
        raise UnknownCollection(collection, self.collections())

    def card(self, collection: str) -> Card:
        """Read the collection's card, checked against the grammar, and add its accepted spellings."""
        card = read_card(self.card_path(collection))
        labels = decisions.accepted_labels(self.decisions(collection))
        return card.with_accepted_labels(labels) if labels else card

    def decisions_path(self, collection: str) -> Path:
        """Return the path of the home's own decisions on a collection; the file may not exist."""
        return decisions.decisions_path(self.raw / collection)

    def decisions(self, collection: str) -> Decisions:
        """Read the decisions on a collection, checked against the grammar: shipped ones and the home's."""
        roots = dict.fromkeys([CHECKOUT / "raw", self.raw])
        paths = [decisions.decisions_path(root / collection) for root in roots]
        files = [decisions.read_decisions(path) for path in paths if path.exists()]
        return reduce(lambda shipped_part, home_part: home_part.appended_to(shipped_part), files, Decisions())

    def usable(self) -> Home:
        """Return the home without new collections whose card cannot be read.

        New is a collection of which nothing was taken in yet. Raises CardError for another such card: the
        release would lose its figures.
        """
        unusable = [name for name in self.collections() if not self._has_card(name) and self._is_new(name)]
        usable_home = self.excluding(self.excluded_collections.union(unusable))
        usable_home.check_cards()
        return usable_home

    def _is_new(self, collection: str) -> bool:
        """True if the card is the home's own, and no submission has a history or results."""
        shipped_raw = CHECKOUT / "raw"
        is_shipped = self.raw != shipped_raw and (shipped_raw / collection / CARD).exists()
        submissions_here = self.submissions(collection)
        is_taken_in = any(s.events() or self.staged_folder(s.id).exists() for s in submissions_here)
        return not is_shipped and not is_taken_in

    def _has_card(self, collection: str) -> bool:
        try:
            self.card(collection)
        except CardError:
            return False
        return True

    def check_cards(self) -> None:
        """Check all cards and decisions: no release is better than a wrong release. Raises CardError."""
        for name in self.collections():
            self.card(name)

    def submissions(self, collection: str = submissions.ALL_COLLECTIONS) -> list[Submission]:
        """List submissions under raw/, of one collection or all, ordered by received_on, n, collection."""
        all_submissions = submissions.list_submissions(self.raw, collection)
        return [s for s in all_submissions if s.collection not in self.excluded_collections]

    def excluding(self, collections: Iterable[str]) -> Home:
        """Return the home without these collections."""
        return replace(self, excluded_collections=frozenset(collections))

    def unrecognised_folders(self) -> list[Path]:
        """List folders that are no submission: no day in the name, or not exactly one file."""
        return submissions.unrecognised_folders(self.raw)

    def purged_submissions(self) -> list[PurgedSubmission]:
        """List the purged submissions in order."""
        return submissions.list_purged(self.raw)

    def submission(self, identifier: str) -> Submission:
        """Return the submission with an id. Raises UnknownSubmission if there is none."""
        by_id = {s.id: s for s in self.submissions()}
        if identifier not in by_id:
            raise UnknownSubmission(identifier)
        return by_id[identifier]

    def repeated_submissions(self) -> dict[str, str]:
        """Map submissions whose bytes the collection had received before to the earlier submission, by id."""
        earlier_by_size: dict[tuple[str, int], list[Submission]] = {}
        repeats = {}
        for submission in self.submissions():
            same_size = earlier_by_size.setdefault((submission.collection, submission.bytes), [])
            if earlier := next((s for s in same_size if s.has_bytes(submission.sha256)), None):
                repeats[submission.id] = earlier.id
            same_size.append(submission)
        return repeats
