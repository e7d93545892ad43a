"""Where a received file is searched for data of persons, before anything of it is kept.
Which texts tell of a person is schemas/personal_data.

Every cell of every sheet and row is asked everything that applies to it, and so are the texts beside the
cells and the file's own name. A refusal tells the place, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.steps import reading
from assets.steps.columns import MOST_DISTINCT, Column, Grid, Mask, side_by_side
from assets.steps.sheets import Sheet, Unreadable
from schemas.findings import Finding, cell_name
from schemas.format_card import Card
from schemas.personal_data import ANY_VALUE, of_header, of_value

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
    """Raises Refused if the file is larger than this program reads."""
    try:
        reading.refuse_too_large(file)
    except Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable


def refuse_if_personal(file: Path, card: Card, sha256: str = "") -> None:
    """Raises Refused if anything in the file tells of persons: with its place, never the value."""
    of_text = _without(card.collection.office_contacts, of_value)
    try:
        found = reading.look_into(file, sha256)
    except Unreadable as unreadable:
        raise Refused(unreadable.finding) from unreadable
    _refuse_texts([*_names_of(file), *found.texts], of_text)
    for sheet in found.sheets:
        _refuse_cells(sheet, of_text, of_header)


def _without(contacts: list[str], of_text: Question) -> Question:
    """The question put to a text from which the addresses of offices are struck out."""

    def question(text: str) -> str | None:
        for contact in contacts:
            text = text.replace(contact, "")
        return of_text(text)

    return question if contacts else of_text


def _refuse_texts(texts: list[tuple[str, str]], of_text: Question) -> None:
    """Raises Refused for the file's name and the texts beside its cells, each with its place."""
    asked: dict[str, None] = {}
    for place, text in texts:
        for part in (text, *re.split(r"[\s_,;]+", text)) if text not in asked else ():
            if len(part) >= SHORTEST and (kind := of_text(part)):
                raise Refused(Finding("personal_data", column_name=place, expected=kind))
        asked[text] = None


def _names_of(file: Path) -> Iterator[tuple[str, str]]:
    yield "nombre del archivo / file name", file.name
    yield "nombre del archivo / file name", file.stem


def _refuse_cells(sheet: Sheet, of_text: Question, of_name: Question) -> None:
    """Raises Refused for the first cell of the sheet that tells of persons."""
    grid, first = sheet.grid, sheet.first(reading.HEADER_WITHIN)
    header = _header_of(first)
    cells = [*_values(grid, of_text), *_names(grid, header, of_name)]
    if not cells:
        return
    row, place, kind = min(cells, key=lambda cell: cell[:2])
    names = first[header]
    raise Refused(
        Finding(
            "personal_data",
            sheet=sheet.name,
            source_row=row + 1,
            column_name=names[place].strip() if place < len(names) else None,
            cell=cell_name(place + 1, row + 1),
            expected=kind,
        )
    )


Cell = tuple[int, int, str]
"""Row and place, from 0, and the kind of personal data."""


def _values(grid: Grid, of_text: Question) -> Iterator[Cell]:
    """Of each column the first cell that is a value of a person."""
    for place, column in enumerate(grid.columns):
        kinds = _kinds_of_texts(column, lambda text: _of_parts(text, of_text))
        if row := _first_row(column, kinds):
            yield row[0], place, row[1]


def _of_parts(text: str, of_text: Question) -> str | None:
    """What a cell or a part of it says: a delimiter may stand within a cell."""
    if kind := of_text(text):
        return kind
    parts = _DELIMITERS.split(text)
    return next((kind for part in parts if (kind := of_text(part))), None) if len(parts) > 1 else None


_DELIMITERS = re.compile(r"[,;\t|]")


def _kinds_of_texts(column: Column, question: Question) -> dict[int, str]:
    """Number in `column.texts` → kind, for the texts that tell of a person."""
    asked = _likely(column) if len(column.texts) > MOST_DISTINCT else range(len(column.texts))
    texts = column.texts.take(pa.array(asked, pa.int64())).to_pylist() if len(asked) else []
    numbered = zip(asked, texts, strict=True)
    return {number: kind for number, text in numbered if len(text) >= SHORTEST and (kind := question(text))}


def _likely(column: Column) -> list[int]:
    """The texts that one pattern does not rule out, where each occurs once or so."""
    matches = side_by_side(partial(pc.match_substring_regex, pattern=ANY_VALUE), column.texts.chunks)
    likely: list[int] = np.flatnonzero(pa.chunked_array(matches, pa.bool_()).to_numpy()).tolist()
    return likely


def _first_row(column: Column, kinds: dict[int, str]) -> tuple[int, str] | None:
    """The first row of the column that holds one of the texts."""
    if not kinds:
        return None
    if column.codes is None:
        return min(kinds.items())
    row = int(np.isin(column.codes, list(kinds)).argmax())
    return row, kinds[int(column.codes[row])]


def _names(grid: Grid, header: int, of_name: Question) -> Iterator[Cell]:
    """Cells that are the name of a column of personal data, in the rows that may be a header."""
    may_name = ~_has_digit(grid)
    may_name[: header + 1] = True
    for place, column in enumerate(grid.columns):
        of_name_once = cache(of_name)
        may_name_here = may_name
        if column.codes is not None:
            named = [number for number, text in enumerate(column.texts.to_pylist()) if of_name_once(text)]
            may_name_here = may_name & np.isin(column.codes, named)
        for row in np.flatnonzero(may_name_here).tolist():
            if kind := of_name_once(column.text(row)):
                yield row, place, kind
                break


def _has_digit(grid: Grid) -> Mask:
    """The rows with a digit in any cell: rows of data; columns of few texts are asked first."""
    has_digit = np.zeros(grid.rows, bool)
    for column in sorted(grid.columns, key=lambda c: len(c.texts)):
        unanswered = grid.rows - int(has_digit.sum())
        if len(column.texts) > unanswered:  # no more texts are asked than there are rows without an answer
            rows = np.flatnonzero(~has_digit)
            column = column.take(rows).coded()
            has_digit[rows] = column.spread(_holds_digit(column.texts))
        else:
            has_digit |= column.spread(_holds_digit(column.texts))
    return has_digit


def _holds_digit(texts: pa.ChunkedArray) -> Mask:
    holds: Mask = pc.match_substring_regex(texts, r"\d").to_numpy().astype(bool)
    return holds


def _header_of(rows: list[list[str]]) -> int:
    """The first of the widest among the first rows."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    return widths.index(max(widths)) if widths else 0
