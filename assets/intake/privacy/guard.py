"""The guard that keeps personal data out. A file is searched before it is copied, in a process with limits.

personal_search.py defines the search. This module starts it and passes the exceptions that a card allows.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from assets.intake.privacy.decidable import decision_for
from assets.intake.reading import reading
from assets.intake.reading.sheets import Unreadable
from assets.intake.step import FileInMemory
from schemas.cards.format_card import Card
from schemas.findings import Finding
from schemas.personal_data import names_places


class RefusedFile(Exception):
    """The file was not kept. `finding` is the reason."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def refuse_if_too_large(file: Path) -> None:
    """Raise RefusedFile if the file is larger than this program reads."""
    try:
        reading.refuse_too_large(file)
    except Unreadable as unreadable:
        raise RefusedFile(unreadable.finding) from unreadable


def refuse_if_personal(
    file: Path, card: Card, decisions: Collection[str] = (), memory: FileInMemory | None = None
) -> list[str]:
    """Raise RefusedFile if anything in the file is personal data, with its cell, or if it cannot be searched.

    That includes a file that takes more time or memory than allowed. Raises NoReader. `decisions` are
    findings (place:kind) of which an office decides; returns those that were needed. `memory` keeps a regular
    text, which is read next.
    """
    needed_decisions: list[str] = []
    while True:
        try:
            permissions = {**_permissions(card), "decisions": needed_decisions}
            text = reading.search(file, permissions)
        except Unreadable as unreadable:
            decision = decision_for(unreadable.finding)
            if decision not in decisions or decision in needed_decisions:
                raise RefusedFile(unreadable.finding) from unreadable
            needed_decisions.append(decision)
        else:
            if memory:
                memory.text = text
            return needed_decisions


def _permissions(card: Card) -> dict[str, Any]:
    """Return the content that the card allows in a file, as the arguments of personal_search.Permissions."""
    return {
        "contacts": list(card.collection.office_contacts),
        "case_ids": sorted(_case_ids(card)),
        "public_lines": sorted(_public_lines(card)),
        "places": sorted(_places(card)),
        "pictures": card.collection.pictures,
    }


def _case_ids(card: Card) -> set[str]:
    return {
        header.strip()
        for fmt in card.formats()
        for name, column in fmt.columns.items()
        for header in (name, *column.also)
        if column.role == "case_id"
    }


def _places(card: Card) -> set[str]:
    """Return the headers of columns of places in the card: an area, or a kind of place that is added up."""
    return {
        header.strip()
        for fmt in card.formats()
        for name, column in fmt.columns.items()
        for header in (name, *column.also)
        if column.role == "area" or (column.sum_over and names_places(column.sum_over))
    }


def _public_lines(card: Card) -> set[str]:
    declaration = card.declaration
    if declaration is None:
        return set()
    return {
        header
        for cell in declaration.cells
        for header in (cell.header.es, cell.header.en)
        if declaration.columns[cell.column].role == "contact"
    }
