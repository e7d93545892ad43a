"""What a workbook holds and python-calamine does not tell: cells that only read as blank, what is hidden.

Of xlsx and ods; of xls it stands in old_workbooks.py. A sheet whose last filled cell is far from its table is
refused before anything is laid out. Run apart only, by workbooks.py.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from assets.intake.reading.reading import container_of
from assets.intake.reading.reading_limits import (
    MOST_CELLS,
    SPARSE_FROM,
    SPARSEST,
    too_many_cells,
    too_many_columns,
)
from assets.intake.reading.regular_csv import MOST_COLUMNS
from assets.intake.reading.sheets import Unreadable
from schemas.findings import cell_name

_AT_ONCE = 1 << 22

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


def unshown_in_parts(path: Path) -> dict[str, Unshown]:
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
_SHOWN = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_KIND_OF_RESULT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def _unshown_in_ods(xml: IO[bytes]) -> dict[str, Unshown]:
    """By sheet of an OpenDocument workbook, its errors, and the rows and columns it does not show.

    One element may stand for many rows or cells; each row is let go once it was looked at.
    """
    found: dict[str, Unshown] = {}
    hidden: dict[str, list[tuple[int, int]]] = {"row": [], "column": []}
    texts: dict[int, dict[int, str]] = {}
    name, extent, last = "", Extent(), {"row": 0, "column": 0}
    for event, element in ElementTree.iterparse(xml, ("start", "end")):
        if element.tag == _TABLE and event == "start":
            name, extent, last = str(element.get(f"{_ODS}name")), Extent(), {"row": 0, "column": 0}
            texts, hidden = {}, {"row": [], "column": []}
        elif event == "start":
            continue
        elif element.tag == _TABLE:
            extent.refuse_if_too_large(name)
            found[name] = Unshown(texts, tuple(hidden["row"]), tuple(hidden["column"]))
            element.clear()
        elif element.tag in (_ROWS, f"{_ODS}table-column"):
            kind = "row" if element.tag == _ROWS else "column"
            first, last[kind] = last[kind] + 1, last[kind] + _repeated(element, f"{kind}s")
            if element.get(f"{_ODS}visibility", "visible") != "visible":
                hidden[kind].append((first, last[kind]))
            if kind == "row":
                errors = _extend(extent, element, last["row"], last["row"] - first + 1)
                extent.refuse_if_too_large(name)
                texts |= dict.fromkeys(range(first, last["row"] + 1), errors) if errors else {}
            element.clear()
    return found


def _extend(extent: Extent, row: ElementTree.Element, last: int, times: int) -> dict[int, str]:
    """The extent grows by the row; by column the errors in it, which the library reads as blank or as 0."""
    column = reaches = filled = 0
    errors: dict[int, str] = {}
    for cell in row:
        if cell.tag in _CELLS:
            times_cell = _repeated(cell, "columns")
            column += times_cell
            if len(cell) or any(name.endswith("}value-type") for name in cell.attrib):
                reaches, filled = column, filled + times_cell
            if cell.get(_KIND_OF_RESULT) == "error":
                shown = cell.findtext(_SHOWN) or "#"
                errors |= dict.fromkeys(range(column - times_cell + 1, min(column, MOST_COLUMNS) + 1), shown)
    if filled:
        extent.add(last, reaches, filled * times)
    return errors


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{_ODS}number-{what}-repeated", "1"))


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
