"""Step 1, submission: a file is kept under raw/, or refused before anything is copied. No reading of rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from assets.steps import reading, runner
from assets.steps.runner import Step
from schemas.findings import Finding, cell_name
from schemas.format_card import Card
from schemas.personal_data import of_header, of_value
from warehouse.home import Home, Submission, file_hash, receipts
from warehouse.home.staged import Result

STEP = Step(1, "submission")


class Refused(Exception):
    """The file was not kept; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def receive(home: Home, file: Path, collection: str, received_on: date, *, office: str = "") -> Submission:
    """Keep the file as a new submission. Raises Refused, having kept only rule, day and hash."""
    card = home.card(collection)
    sha256 = file_hash(file)
    try:
        refuse_if_repeated(home, file, collection, sha256)
        refuse_if_too_large(file)
        refuse_if_personal(file, card)
        return _keep(home, file, collection, received_on, office, sha256)
    except Refused as refused:
        receipts.note_refusal(home, collection, received_on, rule=refused.finding.rule, sha256=sha256)
        raise


def _keep(home: Home, file: Path, collection: str, received_on: date, office: str, sha256: str) -> Submission:
    with _said_as_finding():
        return receipts.keep(home, file, collection, received_on, office=office, sha256=sha256)


def refuse_if_repeated(home: Home, file: Path, collection: str, sha256: str) -> None:
    """Raises Refused if the collection has received bytes of this hash before."""
    with _said_as_finding():
        receipts.refuse_if_repeated(home, file, collection, sha256)


@contextmanager
def _said_as_finding() -> Iterator[None]:
    try:
        yield
    except receipts.AlreadyReceived as repeated:
        raise Refused(Finding("duplicate_file", expected=repeated.earlier)) from repeated


def refuse_if_too_large(file: Path) -> None:
    """Raises Refused if the file, unpacked, is larger than this program reads."""
    try:
        reading.refuse_bombs(file)
    except reading.Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable


def refuse_if_personal(file: Path, card: Card) -> None:
    """Raises Refused if a header or a value tells of persons: with its place, never the value."""
    officers = card.collection.kind == "network"
    looked_at: set[str] = set()
    for sheet in reading.look(file):
        header = _header_of(sheet.rows)
        for number, cells in enumerate(sheet.rows):
            tells = of_header if number <= header else of_value
            for place, cell in enumerate(cells):
                if (number > header and len(cell) < SHORTEST) or (cell in looked_at and number > header):
                    continue
                looked_at.add(cell)
                kind = tells(cell[: reading.LONGEST_CELL], officers_allowed=officers)
                if kind:
                    names = sheet.rows[header]
                    raise Refused(
                        Finding(
                            "personal_data",
                            sheet=sheet.name,
                            source_row=number + 1,
                            column_name=names[place].strip() if place < len(names) else None,
                            cell=cell_name(place + 1, number + 1),
                            expected=kind,
                        )
                    )


SHORTEST = 6
"""No value that personal_data.toml knows is shorter."""


def _header_of(rows: list[list[str]]) -> int:
    """The first of the widest among the first rows."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADER_WITHIN]]
    return widths.index(max(widths)) if widths else 0


HEADER_WITHIN = 20
"""The header is looked for in so many first rows."""


def make(home: Home, submission: Submission, key: str, *, repeated: dict[str, str]) -> Result:
    """Describe the received file: name, size, hash; refused if the same bytes came before."""
    facts = {
        "file_name": submission.file.name,
        "sha256": submission.sha256,
        "bytes": submission.file.stat().st_size,
    }
    if submission.id in repeated:
        finding = Finding("duplicate_file", expected=repeated[submission.id])
        return Result(STEP.name, submission.id, key, "refused", facts=facts, findings=[finding])
    return Result(STEP.name, submission.id, key, "accepted", facts=facts)


def run(home: Home, submissions: Sequence[Submission]) -> list[Result]:
    """Make the step for submissions that are not fresh."""
    return runner.run(home, submissions, STEP, partial(make, repeated=home.repeated()))
