"""Search of a file for personal data: every header and cell, the texts outside the cells, the file's name.

It runs in the process that reads files (reading_child.py), under the limits for a file. It knows no card: the
card's exceptions arrive as `Permissions`. Every check that applies to a text is run on it. A finding names
the rule and the cell, never the value. A file that cannot be searched is refused, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.intake.privacy.decidable import place_of_cell
from assets.intake.reading import reading
from assets.intake.reading.columns import Column, Grid, Mask, Numbers, side_by_side, take_texts
from assets.intake.reading.reading_limits import too_many_columns
from assets.intake.reading.regular_csv import MOST_COLUMNS
from assets.intake.reading.sheets import Sheet, Unreadable
from assets.intake.reading.texts_outside_cells import AUTHOR
from schemas.codelists import fold
from schemas.findings import Finding, cell_name
from schemas.personal_data import (
    HARMLESS,
    IDENTIFIER,
    LIKELY,
    SHORTEST,
    WORDY,
    Header,
    classify_header,
    find_coordinates,
    find_in_column,
    find_in_text,
    find_names,
    find_short_names,
    heads_persons,
    kind_of,
    label,
    looks_like_a_name,
    names_places,
)

SAMPLE = 2_000
"""Number of rows, spread over a column, whose texts show what the column contains."""
ROWS_BELOW = 5
"""Number of rows below a name in the middle of a table that show whether it is a header."""
_MOST_HEADER_ROWS = 50
_LONGEST_HEADER = 60


@dataclass(frozen=True)
class Permissions:
    """Content that a card allows in a file. The search leaves it out.

    `contacts` are addresses of offices, `case_ids` headers of the cases' identifiers, `public_lines` headers
    of columns with telephones and addresses that offices publish, `places` headers of columns of places.
    `pictures` allows pictures in a workbook. `decisions` are findings (location:kind) that an office decided
    to be no personal data.
    """

    contacts: Sequence[str] = ()
    case_ids: Sequence[str] = ()
    public_lines: Sequence[str] = ()
    places: Sequence[str] = ()
    pictures: bool = False
    decisions: Sequence[str] = ()


def warm_up() -> None:
    """Run each check once, so that data are read and patterns compiled before any fork."""
    find_in_text("tel. +502 0000 0000; 8 de mayo 2020, c.c. 01000001-0")
    find_in_column("", ["123456789", "1000000100101", "Ana"])
    find_names("Ana Gómez, Sra. Xul")
    find_short_names("Ana Xul")
    find_coordinates("14.6349, -90.5069")
    looks_like_a_name("Xul Quej")
    classify_header("nombre")


def search_name(path: Path, permissions: Permissions) -> None:
    """Raise Unreadable if the file's name contains personal data."""
    _refuse_texts(_names_of(path), PersonalDataDetector(permissions))


def search(
    path: Path, sheets: Sequence[Sheet], texts: Sequence[tuple[str, str]], permissions: Permissions
) -> None:
    """Raise Unreadable, with its finding, if the file contains personal data or cannot be searched."""
    detector = PersonalDataDetector(permissions)
    _refuse_texts(texts, detector)
    _refuse_unsearchable(path, sheets, texts, permissions)
    for sheet in sheets:
        _refuse_cells(sheet, detector)


def _refuse_unsearchable(
    path: Path, sheets: Sequence[Sheet], texts: Sequence[tuple[str, str]], permissions: Permissions
) -> None:
    """Raise Unreadable for content that cannot be searched: the whole file, a row that is too wide, a
    picture."""
    if not sheets:
        raise Unreadable(Finding("not_searchable", value=path.suffix.lower() or path.name))
    widest = max(len(sheet.grid.columns) for sheet in sheets)
    if widest > MOST_COLUMNS:
        raise Unreadable(too_many_columns(f"> {MOST_COLUMNS:,}"))
    picture = next((location for location, text in texts if not text), None)
    if picture and not permissions.pictures:
        raise Unreadable(Finding("not_searchable", value=picture))


_PUBLIC_LINE_KINDS = (label("telephone"), label("email"))
"""Kinds of data that an office's public line may be."""
_DELIMITERS = re.compile(r"[,;\t|]")


class PersonalDataDetector:
    """Checks of a text for personal data. Addresses of offices are removed first; the card's case columns
    are no headers."""

    def __init__(self, permissions: Permissions) -> None:
        contacts = permissions.contacts
        # in rows that are read loosely, the parts of a contact are in separate cells
        parts = (part.strip() for contact in contacts for part in _DELIMITERS.split(contact))
        self._contacts = [*contacts, *(part for part in parts if len(part) >= SHORTEST)]
        self.case_ids = {*permissions.case_ids}
        self._public_lines = {*permissions.public_lines}
        self._place_columns = {*permissions.places}
        self._decisions = {*permissions.decisions}

    def excepted_kinds(self, location: str) -> frozenset[str]:
        """Return the kinds of which an office decided that they are no personal data at this location."""
        decisions = (decision.rpartition(":") for decision in self._decisions)
        return frozenset(kind for decided_at, _, kind in decisions if decided_at == location)

    def is_decided(self, location: str, kind_label: str) -> bool:
        """Check if an office decided that this finding is no personal data."""
        return kind_of(kind_label) in self.excepted_kinds(location)

    def has_places(self, name: str) -> bool:
        """Check if a column holds places: the card declares it, or the column's name does."""
        return name.strip() in self._place_columns or names_places(name)

    def is_public_line(self, name: str) -> bool:
        """Check if the card declares that a column holds published telephones and addresses of offices."""
        return name.strip() in self._public_lines

    def search_of(self, name: str, location: str) -> Callable[[str], str | None]:
        """Return the search of the texts of a column with this name, without what an office decided."""
        if excepted_kinds := self.excepted_kinds(location):
            return partial(self.kind_in_text, excepted_kinds=excepted_kinds)
        if self.is_public_line(name):
            return self.kind_in_public_line
        return self.kind_in_place if self.has_places(name) else self.kind_in_text

    def kind_in_place(self, text: str) -> str | None:
        """Return the personal data in a cell of places. A cell that is a name and nothing else is a place."""
        return None if looks_like_a_name(text) else self.kind_in_text(text)

    def kind_in_public_line(self, text: str) -> str | None:
        """Return the personal data in a public line: anything but a line itself, or an address in a
        person's name."""
        kind = self.kind_in_text(text)
        if kind not in _PUBLIC_LINE_KINDS:
            return kind
        owner = " ".join(re.split(r"[._-]+", text.partition("@")[0])) if "@" in text else ""
        return label("name") if owner and looks_like_a_name(owner) else None

    def without_contacts(self, text: str) -> str:
        """Remove the addresses of offices from the text."""
        for contact in self._contacts:
            text = text.replace(contact, "")
        return text

    def kind_in_text(self, text: str, excepted_kinds: Collection[str] = ()) -> str | None:
        """Return the kind of personal data in a cell or in its parts, since a cell may contain a
        delimiter."""
        text = self.without_contacts(text)
        if kind := find_in_text(text, excepted_kinds):
            return kind
        if "name" not in excepted_kinds and (kind := find_names(text)):
            return kind
        parts = _DELIMITERS.split(text)
        kinds = (find_in_text(part, excepted_kinds) for part in parts)
        return next(filter(None, kinds), None) if len(parts) > 1 else None

    def header(self, text: str) -> Header | None:
        """Return the kind of a header, unless the card declares that it heads the cases' identifiers."""
        return None if text.strip() in self.case_ids else classify_header(text)


def _refuse_texts(texts: Iterable[tuple[str, str]], detector: PersonalDataDetector) -> None:
    """Raise Unreadable for the file's name and the texts outside its cells, each with its location."""
    seen: set[str] = set()
    for location, full_text in texts:
        text = detector.without_contacts(full_text)
        parts = dict.fromkeys((text, *re.split(r"[\s_,;]+", text))) if text not in seen else ()
        for part in parts:
            excepted_kinds = detector.excepted_kinds(location)
            if len(part) >= SHORTEST and (kind := find_in_text(part, excepted_kinds)):
                raise Unreadable(Finding("personal_data", column_name=location, expected=kind))
        is_new = text not in seen and not location.endswith(AUTHOR)
        is_new = is_new and "name" not in detector.excepted_kinds(location)
        if is_new and (kind := find_names(text) or _short_names(location, text)):
            raise Unreadable(Finding("personal_data", column_name=location, expected=kind))
        seen.add(text)


def _short_names(location: str, text: str) -> str | None:
    """Return names of two words; the texts of a binary workbook are mixed with its cells and have none."""
    return None if location == "xls" else find_short_names(text)


def _names_of(file: Path) -> Iterator[tuple[str, str]]:
    yield "nombre del archivo / file name", file.name
    yield "nombre del archivo / file name", file.stem


def _refuse_cells(sheet: Sheet, detector: PersonalDataDetector) -> None:
    """Raise Unreadable for the first cell of the sheet with personal data."""
    grid, first = sheet.grid, sheet.first(reading.HEADER_WITHIN)
    header_row = _header_of(first)
    names = first[header_row] if first else []
    odd = _odd(grid)
    cells = [
        *_case_ids(grid, header_row, names, odd, detector),
        *_values(sheet, odd, detector, names),
        *_columns(grid, header_row, names, detector),
        *_headers(grid, header_row, odd, detector),
    ]
    cells = [cell for cell in cells if not detector.is_decided(place_of_cell(sheet.name, cell[1]), cell[2])]
    if not cells:
        return
    row, column, kind = min(cells, key=lambda cell: cell[:2])
    raise Unreadable(
        Finding(
            "no_case_number" if kind == label("case_id") else "personal_data",
            sheet=sheet.name,
            source_row=row + 1,
            column_name=_safe_name(names[column], detector) if column < len(names) else None,
            cell=cell_name(column + 1, row + 1),
            expected=kind,
        )
    )


def _safe_name(name: str, detector: PersonalDataDetector) -> str | None:
    """Return the column's name, unless the name itself is personal data."""
    return None if detector.kind_in_text(name) or find_in_column("", [name]) else name.strip()


Cell = tuple[int, int, str]
"""Row and column, from 0, and the kind of personal data."""


def _values(
    sheet: Sheet, odd: list[Numbers], detector: PersonalDataDetector, names: Sequence[str]
) -> Iterator[Cell]:
    """Yield the first cell of each column that is a personal value."""
    grid = sheet.grid
    for position, numbers in _likely(grid, odd):
        column = grid.columns[position]
        of_text = detector.search_of(
            names[position] if position < len(names) else "", place_of_cell(sheet.name, position)
        )
        texts = take_texts(column.texts, numbers).to_pylist()
        numbered_texts = zip(numbers, texts, strict=True)
        kinds = {
            int(n): kind for n, text in numbered_texts if len(text) >= SHORTEST and (kind := of_text(text))
        }
        if row := _first_row(column, kinds):
            yield row[0], position, row[1]


def _case_ids(
    grid: Grid, header_row: int, names: Sequence[str], odd: list[Numbers], detector: PersonalDataDetector
) -> Iterator[Cell]:
    """Yield, from columns of cases' identifiers, the first text that looks like words and not like an
    identifier."""
    for position, name in enumerate(names):
        if name.strip() not in detector.case_ids or not len(odd[position]):
            continue
        column = grid.columns[position]
        texts = pc.utf8_trim_whitespace(take_texts(column.texts, odd[position]))
        wrong = odd[position][~_matches([texts], IDENTIFIER)[0]]
        rows = np.flatnonzero(np.isin(column.numbers, wrong)) if len(wrong) else wrong
        rows = rows[rows > header_row]
        if len(rows):
            yield int(rows[0]), position, label("case_id")


def _likely(grid: Grid, odd: list[Numbers]) -> Iterator[tuple[int, Numbers]]:
    """Yield, for each column by its position, the numbers of the texts that no pattern rules out."""
    for positions in _column_groups(grid):
        texts = [_texts(grid.columns[position], odd[position]) for position in positions]
        likely, wordy = _matches(texts, LIKELY), _matches(texts, WORDY)
        for position, is_likely, is_wordy in zip(positions, likely, wordy, strict=True):
            yield position, odd[position][is_likely | is_wordy]


def _texts(column: Column, numbers: Numbers) -> pa.ChunkedArray:
    return take_texts(column.texts, numbers) if len(numbers) < len(column.texts) else column.texts


def _odd(grid: Grid) -> list[Numbers]:
    """Return, for each column, the numbers of the texts that are more than a number with letters before
    it."""
    harmless: list[Mask] = []
    for positions in _column_groups(grid):
        harmless += _matches([grid.columns[position].texts for position in positions], HARMLESS)
    return [np.flatnonzero(~mask) for mask in harmless]


MATCHED_TOGETHER = 100_000
"""Columns of a sheet with up to this many texts are matched together, because compiling a pattern takes
longer."""


def _column_groups(grid: Grid) -> list[list[int]]:
    """Group the positions of columns whose texts are matched together."""
    positions = list(range(len(grid.columns)))
    is_small = sum(len(column.texts) for column in grid.columns) <= MATCHED_TOGETHER
    return [positions] if positions and is_small else [[position] for position in positions]


def _matches(columns: Sequence[pa.ChunkedArray], pattern: str) -> list[Mask]:
    """Mark, in each column, the texts that contain the pattern."""
    chunks = [chunk for texts in columns for chunk in texts.chunks]
    if len(columns) > 1:
        chunks = [pa.concat_arrays(chunks)] if chunks else []
    matches = side_by_side(partial(pc.match_substring_regex, pattern=pattern), chunks)
    mask: Mask = pa.chunked_array(matches, pa.bool_()).to_numpy().astype(bool)
    return np.split(mask, np.cumsum([len(texts) for texts in columns])[:-1])


def _first_row(column: Column, kinds: dict[int, str]) -> tuple[int, str] | None:
    """Return the first row of the column that holds any of the texts."""
    if not kinds:
        return None
    if column.codes is None:
        return min(kinds.items())
    is_match = np.isin(column.codes, list(kinds))
    if not is_match.any():
        return None
    row = int(is_match.argmax())
    return row, kinds[int(column.codes[row])]


def _columns(
    grid: Grid, header_row: int, names: Sequence[str], detector: PersonalDataDetector
) -> Iterator[Cell]:
    """Yield columns whose texts below the header are names, numbers or dates of persons, or coordinates."""
    samples = [_sample(column, header_row + 1) for column in grid.columns]
    for position, texts in enumerate(samples):
        name = names[position] if position < len(names) else ""
        if kind := find_in_column(name, texts, has_places=detector.has_places(name)):
            yield header_row + 1, position, kind
    if (position_of_degrees := find_coordinates(samples)) is not None:
        yield header_row + 1, position_of_degrees, label("coordinates")


def _sample(column: Column, start: int, size: int = SAMPLE) -> list[str]:
    """Return distinct texts of rows from `start` on, spread evenly over the column."""
    rows = np.arange(start, len(column))
    if len(rows) > size:
        rows = np.unique(np.linspace(start, len(column) - 1, size).astype(int))
    return (
        list(dict.fromkeys(column.take(rows).with_codes().drop_unused().texts.to_pylist()))
        if len(rows)
        else []
    )


def _headers(
    grid: Grid, header_row: int, odd: list[Numbers], detector: PersonalDataDetector
) -> Iterator[Cell]:
    """Yield cells that head a column of personal data, anywhere in the sheet."""
    headings = {
        position: _personal_headers(column, odd[position], detector)
        for position, column in enumerate(grid.columns)
    }
    # column names differ within a header: DOM next to DOM is a country, twice
    names_by_row: dict[int, set[str]] = {}
    for position, rows in headings.items():
        for row in rows:
            names_by_row.setdefault(row, set()).add(fold(grid.columns[position].text(row)))
    for position, rows in headings.items():
        for row, heading in rows.items():
            if row > header_row:
                heads = _heads_late(grid, row, position, heading, len(names_by_row[row]))
            else:  # in or above the header: check the texts below the header
                heads = heads_persons(heading, _sample(grid.columns[position], header_row + 1), grid.row(row))
            if heads:
                yield row, position, heading.label
                break


def _personal_headers(column: Column, numbers: Numbers, detector: PersonalDataDetector) -> dict[int, Header]:
    """Return the first rows whose cell is a header of personal data."""
    odd = take_texts(column.texts, numbers)
    if column.codes is None and len(odd):  # nearly as many texts as rows: check only texts of one short line
        short = pc.less(pc.utf8_length(odd), _LONGEST_HEADER).to_numpy().astype(bool)
        numbers, odd = numbers[short], odd.filter(pa.array(short))
    texts = odd.to_pylist()
    headers = {
        int(n): headers for n, text in zip(numbers, texts, strict=True) if (headers := detector.header(text))
    }
    if not headers:
        return {}
    rows = (
        list(headers)
        if column.codes is None
        else np.flatnonzero(np.isin(column.codes, list(headers))).tolist()
    )
    return {row: headers[int(column.numbers[row])] for row in rows[:_MOST_HEADER_ROWS]}


def _heads_late(grid: Grid, row: int, position: int, heading: Header, header_cells: int) -> bool:
    """Check if a cell below the header begins another table, by its neighbours or by the cells below."""
    column = grid.columns[position]
    below = [
        text
        for text in (column.text(n) for n in range(row + 1, min(row + 1 + ROWS_BELOW, grid.rows)))
        if text
    ]
    filled_cells = sum(bool(cell.strip()) for cell in grid.row(row))
    if header_cells >= 2 and header_cells * 2 >= filled_cells:
        return heads_persons(heading, below, grid.row(row))
    return bool(below) and heads_persons(heading.as_open(), below[:1]) and heads_persons(heading, below)


def _header_of(rows: list[list[str]]) -> int:
    """Return the first of the widest rows."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    return widths.index(max(widths)) if widths else 0
