"""Bytes of an xlsx, xls or ods workbook to sheets of text; what it holds and does not show. Run apart only.

A sheet whose last filled cell is far from its table is refused before anything is laid out. Called by
reading_child.py alone: whatever else a damaged workbook makes the library do, it does it to the child.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from assets.steps.columns import Grid
from assets.steps.reading import BROKEN, CONTAINER, container_of, describe
from assets.steps.reading_limits import MOST_CELLS, SPARSE_FROM, SPARSEST, too_many_cells, too_many_columns
from assets.steps.regular_csv import MOST_COLUMNS
from assets.steps.sheets import Sheet, Unreadable
from schemas.findings import Finding, cell_name
from schemas.format_card import File

_AT_ONCE = 1 << 22


def read(path: Path, file: File, decimal: str, *, only_visible: bool) -> list[Sheet]:
    """The sheets that the format names; where it names none, all or the visible ones. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    broken = (*BROKEN, CalamineError, PasswordError, ElementTree.ParseError)
    if container_of(path) != CONTAINER[file.type]:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    try:
        unshown = _unshown(path)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        visible = [m.name for m in workbook.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        wanted = file.sheets or (visible if only_visible else workbook.sheet_names)
        for name in wanted:
            if name not in workbook.sheet_names:
                found = ", ".join(workbook.sheet_names)
                raise Unreadable(Finding("missing_sheet", expected=name, value=found))
        beside = [name for name in workbook.sheet_names if name not in wanted]
        filled = [n for n in beside if workbook.get_sheet_by_name(n).start is not None]
        sheets = [
            _sheet(name, workbook.get_sheet_by_name(name), decimal, unshown.get(name, Unshown()))
            for name in wanted
        ]
        others, hidden = (tuple(n for n in filled if (n in visible) == shown) for shown in (True, False))
        told = [(sheet, sheet.name not in visible) for sheet in sheets]
        return [replace(s, others=others, hidden_sheets=hidden, is_hidden=h) for s, h in told]
    except broken as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


_ATTRIBUTE_R = rb"""\br\s*=\s*["']"""
_OPEN = rb"<(?:\w+:)?"
"""Tags may bear a prefix, as `x:row`."""
_CELL = re.compile(_OPEN + rb"c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_SUSPECT = re.compile(_OPEN + rb"""f\b|\bt=["']e["']""")
_ROW = re.compile(_OPEN + rb"row\b[^>]*?" + _ATTRIBUTE_R + rb"(\d+)")
_PLACE = re.compile(_ATTRIBUTE_R + rb"([A-Za-z]+)(\d+)")
_FILLED = re.compile(_OPEN + rb"(?:v|is|f)\b")
_VALUE, _FORMULA = re.compile(_OPEN + rb"v>([^<]+)</"), re.compile(_OPEN + rb"f\b[^>]*>([^<]*)</")
_HAS_FORMULA = re.compile(_OPEN + rb"f\b")
_IS_HIDDEN = rb"""(?=[^>]*\b(?:hidden=["'](?:1|true)["']|(?:ht|width)=["']0(?:\.0*)?["']))"""
_HIDDEN_ROW = re.compile(_OPEN + rb"row\b" + _IS_HIDDEN + rb"[^>]*?" + _ATTRIBUTE_R + rb"(\d+)")
_HIDDEN_COLUMNS = re.compile(
    _OPEN
    + rb"col\b"
    + _IS_HIDDEN
    + rb"""(?=[^>]*\bmin=["'](?P<min>\d+)["'])(?=[^>]*\bmax=["'](?P<max>\d+)["'])"""
)
_ERROR_CELL = re.compile(rb"""\bt=["']e["']""")
_BLANK_RESULT = re.compile(rb"""\bt=["']str["']""")
"""Of a formula without a value: it was calculated, and gives an empty text."""


@dataclass(frozen=True)
class Unshown:
    """What a sheet holds and calamine does not tell: texts of cells that read as blank; what is hidden."""

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    rows: tuple[tuple[int, int], ...] = ()
    columns: tuple[tuple[int, int], ...] = ()


@dataclass
class Extent:
    """How far a sheet reaches: the last row and column that hold something, and how many cells do."""

    row: int = 0
    column: int = 0
    filled: int = 0

    def add(self, row: int, column: int, filled: int) -> None:
        """One more row, its last column that holds something, and how many of its cells do."""
        self.row, self.column = max(self.row, row), max(self.column, column)
        self.filled += filled

    def refuse_if_too_large(self, sheet: str) -> None:
        """Raises Unreadable for a sheet too large to lay out, or with a cell far from its table."""
        cells = self.row * self.column
        if cells > MOST_CELLS or (cells > SPARSE_FROM and self.filled < cells * SPARSEST):
            last = cell_name(self.column, self.row)
            raise Unreadable(too_many_cells(sheet, last, cells, self.filled))
        if self.column > MOST_COLUMNS:
            raise Unreadable(too_many_columns(f"{self.column:,}", sheet=sheet))


def _unshown(path: Path) -> dict[str, Unshown]:
    """By sheet, what reads as blank and is not: errors (#N/A), formulas not calculated; what is hidden.

    Raises Unreadable for a sheet too large to lay out.
    """
    if container_of(path) != "zip":
        return {}
    with zipfile.ZipFile(path) as archive:
        members = {name.lower(): name for name in archive.namelist()}
        if content := members.get("content.xml"):
            with archive.open(content) as xml:
                return _unshown_in_ods(xml)
        found = {}
        for name, part in _parts(archive, members).items():
            if part.lower() in members:
                with archive.open(members[part.lower()]) as xml:
                    found[name] = _unshown_in(xml, name)
        return found


def _parts(archive: zipfile.ZipFile, members: dict[str, str]) -> dict[str, str]:
    """Name of a sheet → its part of an xlsx file; empty for other kinds."""
    book, links = (members.get(name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    if not book or not links:
        return {}
    targets = {x.get("Id"): str(x.get("Target")) for x in ElementTree.fromstring(archive.read(links))}
    found = {}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if element.tag.endswith("}sheet"):
            key = next((v for k, v in element.items() if k.endswith("}id")), None)
            target = targets.get(key, "")
            found[str(element.get("name"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _unshown_in(xml: IO[bytes], name: str) -> Unshown:
    """What a sheet's part says, row by row: it is never held as a whole."""
    extent, number = Extent(), 0
    texts: dict[int, dict[int, str]] = {}
    rows: list[tuple[int, int]] = []
    columns: list[tuple[int, int]] = []
    for block in _whole_rows(xml):
        rows += [(int(row), int(row)) for row in _HIDDEN_ROW.findall(block)]
        columns += [(int(s["min"]), int(s["max"])) for s in _HIDDEN_COLUMNS.finditer(block)]
        if _SUSPECT.search(block):
            for row, column, text in _suspects(block):
                texts.setdefault(row, {})[column] = text
        for row_xml in block.split(b"row>"):
            filled = row_xml.count(b"<v") + row_xml.count(b"<is") or len(_FILLED.findall(row_xml))
            if filled:
                given = _ROW.findall(row_xml)
                number = int(given[-1]) if given else number + 1
                extent.add(number, _last_column(row_xml), filled)
        extent.refuse_if_too_large(name)
    return Unshown(texts, tuple(rows), tuple(columns))


def _whole_rows(xml: IO[bytes]) -> Iterator[bytes]:
    """The part in blocks that end with a row."""
    rest = b""
    while more := xml.read(_AT_ONCE):
        rest += more
        if (end := max(rest.rfind(b"</row>"), rest.rfind(b":row>"))) >= 0:
            yield rest[: end + len(b"</row>")]
            rest = rest[end + len(b"</row>") :]
    yield rest


def _last_column(row: bytes) -> int:
    """The last column of a row that holds something: mostly that of its last cell."""
    last = row[max(row.rfind(b"<c "), 0) :]
    place = _PLACE.search(last)
    if place and _FILLED.search(last):
        return _number_of(place[1])
    places = [(_PLACE.search(cell[1]), cell[2]) for cell in _CELL.finditer(row)]
    filled = [place for place, inside in places if inside and _FILLED.search(inside)]
    return max(
        (_number_of(place[1]) if place else number for number, place in enumerate(filled, 1)), default=0
    )


def _suspects(block: bytes) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of the cells that calamine reads as blank: errors, formulas not calculated."""
    for cell in _CELL.finditer(block):
        told, inside = cell[1], cell[2] or b""
        place, value = _PLACE.search(told), _VALUE.search(inside)
        if place and _ERROR_CELL.search(told):
            yield int(place[2]), _number_of(place[1]), value[1].decode() if value else "#"
        elif place and value is None and _HAS_FORMULA.search(inside) and not _BLANK_RESULT.search(told):
            formula = _FORMULA.search(inside)
            yield int(place[2]), _number_of(place[1]), "=" + (formula[1].decode() if formula else "")


_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TABLE, _ROWS, _CELLS = f"{_ODS}table", f"{_ODS}table-row", (f"{_ODS}table-cell", f"{_ODS}covered-table-cell")


def _unshown_in_ods(xml: IO[bytes]) -> dict[str, Unshown]:
    """By sheet of an OpenDocument workbook, the rows and columns it does not show.

    One element may stand for many rows or cells; each row is let go once it was looked at.
    """
    found: dict[str, Unshown] = {}
    hidden: dict[str, list[tuple[int, int]]] = {"row": [], "column": []}
    extent, last = Extent(), {"row": 0, "column": 0}
    for event, element in ElementTree.iterparse(xml, ("start", "end")):
        if element.tag == _TABLE and event == "start":
            extent, last, hidden = Extent(), {"row": 0, "column": 0}, {"row": [], "column": []}
        elif event == "start":
            continue
        elif element.tag == _TABLE:
            name = str(element.get(f"{_ODS}name"))
            extent.refuse_if_too_large(name)
            found[name] = Unshown(rows=tuple(hidden["row"]), columns=tuple(hidden["column"]))
            element.clear()
        elif element.tag in (_ROWS, f"{_ODS}table-column"):
            kind = "row" if element.tag == _ROWS else "column"
            first, last[kind] = last[kind] + 1, last[kind] + _repeated(element, f"{kind}s")
            if element.get(f"{_ODS}visibility", "visible") != "visible":
                hidden[kind].append((first, last[kind]))
            if kind == "row":
                _extend(extent, element, last["row"], last["row"] - first + 1)
            element.clear()
    return found


def _extend(extent: Extent, row: ElementTree.Element, last: int, times: int) -> None:
    column = reaches = filled = 0
    for cell in row:
        if cell.tag in _CELLS:
            times_cell = _repeated(cell, "columns")
            column += times_cell
            if len(cell) or any(name.endswith("}value-type") for name in cell.attrib):
                reaches, filled = column, filled + times_cell
    if filled:
        extent.add(last, reaches, filled * times)


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{_ODS}number-{what}-repeated", "1"))


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _sheet(name: str, sheet: Any, decimal: str, unshown: Unshown) -> Sheet:
    _extent(sheet).refuse_if_too_large(name)
    grid = Grid.of(_rows(sheet, decimal, unshown.texts))
    hidden, columns = _within(unshown.rows, grid.rows), _within(unshown.columns, len(grid.columns))
    merged = tuple(sheet.merged_cell_ranges or ())
    return Sheet(name, grid, merged, hidden=hidden, hidden_columns=columns)


def _extent(sheet: Any) -> Extent:
    """How far a sheet reaches, as the library laid it out: of an old workbook nothing told it before."""
    if sheet.end is None:
        return Extent()
    row, column = (last + 1 for last in sheet.end)
    filled = row * column
    if SPARSE_FROM < filled <= MOST_CELLS:
        filled = sum(len(cells) - cells.count("") for cells in sheet.iter_rows())
    return Extent(row, column, filled)


def _rows(sheet: Any, decimal: str, unshown: dict[int, dict[int, str]]) -> Iterator[list[str]]:
    """The rows from A1 on, one at a time: the sheet's own cells begin where its first one stands.

    Texts that the library reads as blank may lie beside its last column and below its last row.
    """
    number, rows = 0, sheet.iter_rows() if sheet.start is not None else ()
    before = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(rows, start=1):
        row = before + [cell if type(cell) is str else _text(cell, decimal) for cell in cells]
        yield _filled(row, unshown.get(number, {})) if number in unshown else row
    for below in range(number + 1, max(unshown, default=0) + 1):
        yield _filled([], unshown.get(below, {}))


def _filled(row: list[str], texts: dict[int, str]) -> list[str]:
    """A row with texts of its blank cells by column, as long as they ask."""
    row += [""] * (max(texts, default=0) - len(row))
    for column, text in texts.items():
        row[column - 1] = row[column - 1] or text
    return row


def _within(spans: tuple[tuple[int, int], ...], most: int) -> tuple[int, ...]:
    """The numbers of the spans, up to what a sheet has."""
    return tuple(number for first, last in spans for number in range(first, min(last, most) + 1))


def _text(cell: object, decimal: str) -> str:
    """A workbook's cell as the sheet shows it, without number formats."""
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case float():
            return str(cell).replace(".", decimal)
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time() | timedelta():
            return str(cell)
        case _:
            return str(cell)
