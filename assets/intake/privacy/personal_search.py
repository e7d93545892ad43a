"""Searching a file for personal data: every header and cell, the texts beside the cells, the file's name.

It runs in the process that reads files (reading_child.py), under the limits of the one file, and knows no
card: what a card says of it comes as `Allowed`. Each text is asked everything that applies to it. What is
found is told by rule and place, never by its value. What cannot be searched is refused, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.intake.reading import reading
from assets.intake.reading.columns import Column, Grid, Mask, Numbers, side_by_side, taken
from assets.intake.reading.reading_limits import too_many_columns
from assets.intake.reading.regular_csv import MOST_COLUMNS
from assets.intake.reading.sheets import Sheet, Unreadable
from assets.intake.reading.texts_beside_cells import AUTHOR
from schemas.codelists import fold
from schemas.findings import Finding, cell_name
from schemas.personal_data import (
    HARMLESS,
    IDENTIFIER,
    LIKELY,
    SHORTEST,
    WORDY,
    Header,
    header,
    heads_persons,
    label,
    looks_like_a_name,
    named_in,
    of_column,
    of_value,
)

SAMPLE = 2_000
"""So many rows, all over a column, say what its texts are."""
BELOW = 5
"""So many rows below it say whether a name in the midst of a table heads anything."""
_MOST_PLACES = 50
_LONGEST_HEADER = 60


@dataclass(frozen=True)
class Allowed:
    """What a card allows a file to hold: the search leaves it out.

    `contacts` are lines of offices, `case_ids` headers of the cases' identifiers, `public_lines` headers of
    columns of telephones and addresses that offices publish; `pictures` whether a workbook may hold some.
    """

    contacts: Sequence[str] = ()
    case_ids: Sequence[str] = ()
    public_lines: Sequence[str] = ()
    pictures: bool = False


def warm() -> None:
    """Ask once of everything, so that data are read and patterns compiled before any fork."""
    of_value("tel. +502 0000 0000")
    of_column("", ["123456789", "Ana"])
    named_in("Ana")
    header("nombre")


def search_name(path: Path, allowed: Allowed) -> None:
    """Raises Unreadable if the file's name tells of persons."""
    _refuse_texts(_names_of(path), Asked(allowed))


def search(path: Path, sheets: Sequence[Sheet], texts: Sequence[tuple[str, str]], allowed: Allowed) -> None:
    """Raises Unreadable, with its finding, if anything in the file tells of persons or cannot be searched."""
    asked = Asked(allowed)
    _refuse_texts(texts, asked)
    _refuse_unsearched(path, sheets, texts, allowed)
    for sheet in sheets:
        _refuse_cells(sheet, asked)


def _refuse_unsearched(
    path: Path, sheets: Sequence[Sheet], texts: Sequence[tuple[str, str]], allowed: Allowed
) -> None:
    """Raises Unreadable for what nobody can look into: the whole file, too wide a row, a picture."""
    if not sheets:
        raise Unreadable(Finding("not_searchable", value=path.suffix.lower() or path.name))
    widest = max(len(sheet.grid.columns) for sheet in sheets)
    if widest > MOST_COLUMNS:
        raise Unreadable(too_many_columns(f"> {MOST_COLUMNS:,}"))
    picture = next((place for place, text in texts if not text), None)
    if picture and not allowed.pictures:
        raise Unreadable(Finding("not_searchable", value=picture))


_LINES = (label("telephone"), label("email"))
"""What an office's public line may be."""
_DELIMITERS = re.compile(r"[,;\t|]")


class Asked:
    """What a text is asked: addresses of offices are struck out, and `case_id` of the card is no header."""

    def __init__(self, allowed: Allowed) -> None:
        contacts = allowed.contacts
        # of a row that is read loosely a contact's parts stand in cells of their own
        parts = (part.strip() for contact in contacts for part in _DELIMITERS.split(contact))
        self._contacts = [*contacts, *(part for part in parts if len(part) >= SHORTEST)]
        self.case_ids = {*allowed.case_ids}
        self._public_lines = {*allowed.public_lines}

    def is_public_line(self, name: str) -> bool:
        """Whether a column holds telephones and addresses that offices publish, as the card says."""
        return name.strip() in self._public_lines

    def of_public_line(self, text: str) -> str | None:
        """What a public line tells of a person: all but that it is one, and an address in a person's name."""
        kind = self.of_text(text)
        if kind not in _LINES:
            return kind
        whose = " ".join(re.split(r"[._-]+", text.partition("@")[0])) if "@" in text else ""
        return label("name") if whose and looks_like_a_name(whose) else None

    def struck(self, text: str) -> str:
        """The text without the addresses of offices."""
        for contact in self._contacts:
            text = text.replace(contact, "")
        return text

    def of_text(self, text: str) -> str | None:
        """What a cell or a part of it says: a delimiter may stand within a cell."""
        text = self.struck(text)
        if kind := of_value(text) or named_in(text):
            return kind
        parts = _DELIMITERS.split(text)
        return next((kind for part in parts if (kind := of_value(part))), None) if len(parts) > 1 else None

    def header(self, text: str) -> Header | None:
        """What a header tells of, unless the card says that it heads the cases' identifiers."""
        return None if text.strip() in self.case_ids else header(text)


def _refuse_texts(texts: Iterable[tuple[str, str]], asked: Asked) -> None:
    """Raises Unreadable for the file's name and the texts beside its cells, each with its place."""
    known: set[str] = set()
    for place, whole in texts:
        text = asked.struck(whole)
        parts = dict.fromkeys((text, *re.split(r"[\s_,;]+", text))) if text not in known else ()
        for part in parts:
            if len(part) >= SHORTEST and (kind := of_value(part)):
                raise Unreadable(Finding("personal_data", column_name=place, expected=kind))
        if text not in known and not place.endswith(AUTHOR) and (kind := named_in(text)):
            raise Unreadable(Finding("personal_data", column_name=place, expected=kind))
        known.add(text)


def _names_of(file: Path) -> Iterator[tuple[str, str]]:
    yield "nombre del archivo / file name", file.name
    yield "nombre del archivo / file name", file.stem


def _refuse_cells(sheet: Sheet, asked: Asked) -> None:
    """Raises Unreadable for the first cell of the sheet that tells of persons."""
    grid, first = sheet.grid, sheet.first(reading.HEADER_WITHIN)
    head = _header_of(first)
    names = first[head] if first else []
    odd = _odd(grid)
    cells = [
        *_case_ids(grid, head, names, odd, asked),
        *_values(grid, odd, asked, names),
        *_columns(grid, head, names),
        *_headers(grid, head, odd, asked),
    ]
    if not cells:
        return
    row, place, kind = min(cells, key=lambda cell: cell[:2])
    raise Unreadable(
        Finding(
            "no_case_number" if kind == label("case_id") else "personal_data",
            sheet=sheet.name,
            source_row=row + 1,
            column_name=_told(names[place], asked) if place < len(names) else None,
            cell=cell_name(place + 1, row + 1),
            expected=kind,
        )
    )


def _told(name: str, asked: Asked) -> str | None:
    """The column's name, unless that is what tells of a person."""
    return None if asked.of_text(name) or of_column("", [name]) else name.strip()


Cell = tuple[int, int, str]
"""Row and place, from 0, and the kind of personal data."""


def _values(grid: Grid, odd: list[Numbers], asked: Asked, names: Sequence[str]) -> Iterator[Cell]:
    """Of each column the first cell that is a value of a person."""
    for place, numbers in _likely(grid, odd):
        column = grid.columns[place]
        is_line = place < len(names) and asked.is_public_line(names[place])
        of_text = asked.of_public_line if is_line else asked.of_text
        texts = taken(column.texts, numbers).to_pylist()
        told = zip(numbers, texts, strict=True)
        kinds = {int(n): kind for n, text in told if len(text) >= SHORTEST and (kind := of_text(text))}
        if row := _first_row(column, kinds):
            yield row[0], place, row[1]


def _case_ids(
    grid: Grid, head: int, names: Sequence[str], odd: list[Numbers], asked: Asked
) -> Iterator[Cell]:
    """Of the column of cases' identifiers the first text that looks like words and not like one."""
    for place, name in enumerate(names):
        if name.strip() not in asked.case_ids or not len(odd[place]):
            continue
        column = grid.columns[place]
        texts = pc.utf8_trim_whitespace(taken(column.texts, odd[place]))
        wrong = odd[place][~_matches([texts], IDENTIFIER)[0]]
        rows = np.flatnonzero(np.isin(column.numbers, wrong)) if len(wrong) else wrong
        rows = rows[rows > head]
        if len(rows):
            yield int(rows[0]), place, label("case_id")


def _likely(grid: Grid, odd: list[Numbers]) -> Iterator[tuple[int, Numbers]]:
    """Of each column, by its place, the numbers of the texts that no pattern rules out."""
    for places in _asked_together(grid):
        asked = [_texts(grid.columns[place], odd[place]) for place in places]
        likely, wordy = _matches(asked, LIKELY), _matches(asked, WORDY)
        for place, one, other in zip(places, likely, wordy, strict=True):
            yield place, odd[place][one | other]


def _texts(column: Column, numbers: Numbers) -> pa.ChunkedArray:
    return taken(column.texts, numbers) if len(numbers) < len(column.texts) else column.texts


def _odd(grid: Grid) -> list[Numbers]:
    """Of each column the numbers of the texts that are more than a number with letters before it."""
    harmless: list[Mask] = []
    for places in _asked_together(grid):
        harmless += _matches([grid.columns[place].texts for place in places], HARMLESS)
    return [np.flatnonzero(~mask) for mask in harmless]


FEW = 100_000
"""The columns of a sheet with so many texts are asked as one: to read a pattern takes longer."""


def _asked_together(grid: Grid) -> list[list[int]]:
    """The places of columns that a pattern is asked of at once."""
    places = list(range(len(grid.columns)))
    is_small = sum(len(column.texts) for column in grid.columns) <= FEW
    return [places] if places and is_small else [[place] for place in places]


def _matches(columns: Sequence[pa.ChunkedArray], pattern: str) -> list[Mask]:
    """Of each column which of its texts the pattern is found in."""
    chunks = [chunk for texts in columns for chunk in texts.chunks]
    if len(columns) > 1:
        chunks = [pa.concat_arrays(chunks)] if chunks else []
    found = side_by_side(partial(pc.match_substring_regex, pattern=pattern), chunks)
    mask: Mask = pa.chunked_array(found, pa.bool_()).to_numpy().astype(bool)
    return np.split(mask, np.cumsum([len(texts) for texts in columns])[:-1])


def _first_row(column: Column, kinds: dict[int, str]) -> tuple[int, str] | None:
    """The first row of the column that holds one of the texts."""
    if not kinds:
        return None
    if column.codes is None:
        return min(kinds.items())
    held = np.isin(column.codes, list(kinds))
    if not held.any():
        return None
    row = int(held.argmax())
    return row, kinds[int(column.codes[row])]


def _columns(grid: Grid, head: int, names: Sequence[str]) -> Iterator[Cell]:
    """The columns below the header half of whose texts are names or numbers of persons."""
    for place, column in enumerate(grid.columns):
        texts = _sample(column, head + 1)
        if kind := of_column(names[place] if place < len(names) else "", texts):
            yield head + 1, place, kind


def _sample(column: Column, start: int, most: int = SAMPLE) -> list[str]:
    """Distinct texts of rows from one on, evenly over the column."""
    rows = np.arange(start, len(column))
    if len(rows) > most:
        rows = np.unique(np.linspace(start, len(column) - 1, most).astype(int))
    return list(dict.fromkeys(column.take(rows).coded().used().texts.to_pylist())) if len(rows) else []


def _headers(grid: Grid, head: int, odd: list[Numbers], asked: Asked) -> Iterator[Cell]:
    """Cells that head a column of personal data, wherever in the sheet they stand."""
    found = {place: _heading(column, odd[place], asked) for place, column in enumerate(grid.columns)}
    said: dict[int, set[str]] = {}  # no two columns are called the same: DOM beside DOM is a country, twice
    for place, rows in found.items():
        for row in rows:
            said.setdefault(row, set()).add(fold(grid.columns[place].text(row)))
    for place, rows in found.items():
        for row, told in rows.items():
            if row > head:
                heads = _heads_late(grid, row, place, told, len(said[row]))
            else:  # in or above the header: what stands below that
                heads = heads_persons(told, _sample(grid.columns[place], head + 1), grid.row(row))
            if heads:
                yield row, place, told.label
                break


def _heading(column: Column, numbers: Numbers, asked: Asked) -> dict[int, Header]:
    """The first rows whose cell is a header that tells of persons."""
    odd = taken(column.texts, numbers)
    if column.codes is None and len(odd):  # nearly as many texts as rows: only those of one short line
        short = pc.less(pc.utf8_length(odd), _LONGEST_HEADER).to_numpy().astype(bool)
        numbers, odd = numbers[short], odd.filter(pa.array(short))
    texts = odd.to_pylist()
    told = {int(n): told for n, text in zip(numbers, texts, strict=True) if (told := asked.header(text))}
    if not told:
        return {}
    rows = list(told) if column.codes is None else np.flatnonzero(np.isin(column.codes, list(told))).tolist()
    return {row: told[int(column.numbers[row])] for row in rows[:_MOST_PLACES]}


def _heads_late(grid: Grid, row: int, place: int, told: Header, beside: int) -> bool:
    """Whether a cell below the header begins another table: by the cells beside it or by those below."""
    column = grid.columns[place]
    below = [
        text for text in (column.text(n) for n in range(row + 1, min(row + 1 + BELOW, grid.rows))) if text
    ]
    filled = sum(bool(cell.strip()) for cell in grid.row(row))
    if beside >= 2 and beside * 2 >= filled:
        return heads_persons(told, below, grid.row(row))
    return bool(below) and heads_persons(told.opened(), below[:1]) and heads_persons(told, below)


def _header_of(rows: list[list[str]]) -> int:
    """The first of the widest among the first rows."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    return widths.index(max(widths)) if widths else 0
