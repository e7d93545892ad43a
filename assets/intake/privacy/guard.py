"""The guard: nothing personal is kept. A file is searched before it is copied, in a process with limits.

What is looked for stands in personal_search.py; here only whom it is asked of and what a card allows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assets.intake.reading import reading
from assets.intake.reading.sheets import Unreadable
from schemas.cards.format_card import Card
from schemas.findings import Finding


class Refused(Exception):
    """The file was not kept; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def refuse_if_too_large(file: Path) -> None:
    """Raises Refused if the file is larger than this program reads."""
    try:
        reading.refuse_too_large(file)
    except Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable


def refuse_if_personal(file: Path, card: Card, sha256: str = "") -> None:
    """Raises Refused if anything in it tells of persons, with its place; or if it cannot be searched.

    That includes a file which takes more time or memory than there is for one. Raises NoReader.
    """
    try:
        reading.search(file, _allowed(card), sha256)
    except Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable


def _allowed(card: Card) -> dict[str, Any]:
    """What the card allows a file to hold, as personal_search.Allowed has it."""
    return {
        "contacts": list(card.collection.office_contacts),
        "case_ids": sorted(_case_ids(card)),
        "public_lines": sorted(_public_lines(card)),
        "pictures": card.collection.pictures,
    }


def _case_ids(card: Card) -> set[str]:
    return {
        said.strip()
        for fmt in card.formats()
        for name, column in fmt.columns.items()
        for said in (name, *column.also)
        if column.role == "case_id"
    }


def _public_lines(card: Card) -> set[str]:
    declared = card.declared
    if declared is None:
        return set()
    return {
        header
        for cell in declared.cells
        for header in (cell.header.es, cell.header.en)
        if declared.columns[cell.column].role == "contact"
    }
