"""Where a received file is searched for data of persons, before anything of it is kept.
Which texts tell of a person is schemas/personal_data.

Every cell of every sheet and row is asked everything that applies to it, and so are the texts beside the
cells and the file's own name. A refusal tells the place, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from assets.steps import reading
from assets.steps.texts_beside_cells import beside_cells
from schemas.findings import Finding, cell_name
from schemas.format_card import Card
from schemas.personal_data import of_header, of_value

SHORTEST = 5
"""No value that personal_data.toml knows is shorter."""

Question = Callable[[str], str | None]
"""What a text tells of a person, or None."""


class Refused(Exception):
    """The file was not kept; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def refuse_if_too_large(file: Path) -> None:
    """Raises Refused if the file, unpacked, is larger than this program reads."""
    try:
        reading.refuse_bombs(file)
    except reading.Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable


def refuse_if_personal(file: Path, card: Card) -> None:
    """Raises Refused if anything in the file tells of persons: with its place, never the value."""
    officers = card.collection.kind == "network"
    of_text = _without(card.collection.office_contacts, partial(of_value, officers_allowed=officers))
    _refuse_texts(file, of_text)
    for sheet in reading.look(file):
        _refuse_cells(sheet, of_text, partial(of_header, officers_allowed=officers))


def _without(contacts: list[str], of_text: Question) -> Question:
    """The question put to a text from which the addresses of offices are struck out."""

    def question(text: str) -> str | None:
        for contact in contacts:
            text = text.replace(contact, "")
        return of_text(text)

    return question if contacts else of_text


def _refuse_texts(file: Path, of_text: Question) -> None:
    """Raises Refused for the file's name and the texts beside its cells."""
    asked: dict[str, None] = {}
    for place, text in _named_texts(file):
        for part in (text, *re.split(r"[\s_,;]+", text)) if text not in asked else ():
            if len(part) >= SHORTEST and (kind := of_text(part)):
                raise Refused(Finding("personal_data", column_name=place, expected=kind))
        asked[text] = None


def _named_texts(file: Path) -> Iterator[tuple[str, str]]:
    yield "nombre del archivo / file name", file.name
    yield "nombre del archivo / file name", file.stem
    yield from beside_cells(file.read_bytes())


def _refuse_cells(sheet: reading.Sheet, of_text: Question, of_name: Question) -> None:
    """Raises Refused for the first cell of the sheet that tells of persons."""
    header = _header_of(sheet.rows)
    values, names = _Asked(of_text), _Asked(of_name)
    for number, cells in enumerate(sheet.rows):
        may_name = number <= header or not any(char.isdigit() for cell in cells for char in cell)
        for place, cell in enumerate(cells):
            kind = values(cell) if len(cell) >= SHORTEST else None
            kind = kind or (names(cell) if may_name else None)
            if kind:
                raise Refused(_finding(sheet, header, number, place, kind))


class _Asked:
    """A question that is put once to each text: a set of its own, whatever else the text was asked."""

    def __init__(self, question: Question) -> None:
        self._question, self._clean = question, set[str]()

    def __call__(self, text: str) -> str | None:
        if text in self._clean:
            return None
        if kind := self._question(text):
            return kind
        self._clean.add(text)
        return None


def _finding(sheet: reading.Sheet, header: int, number: int, place: int, kind: str) -> Finding:
    names = sheet.rows[header]
    return Finding(
        "personal_data",
        sheet=sheet.name,
        source_row=number + 1,
        column_name=names[place].strip() if place < len(names) else None,
        cell=cell_name(place + 1, number + 1),
        expected=kind,
    )


def _header_of(rows: list[list[str]]) -> int:
    """The first of the widest among the first rows."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[: reading.HEADER_WITHIN]]
    return widths.index(max(widths)) if widths else 0
