"""Content of workbooks that python-calamine does not report: cells that only read as blank, hidden rows and
columns, styles that change what a reader sees, formulas that add up.

It covers xlsx and ods; xls_records.py covers xls. A sheet whose last filled cell is far from its table is
refused before anything is laid out. Used only in the reading child, by workbooks.py.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from assets.intake.reading.cell_styles import OdsStyles, Sightings, Styles, styles_of_xlsx
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
from schemas.findings import cell_name, column_number

_AT_ONCE = 1 << 22

_ATTRIBUTE_R = rb"""\br\s*=\s*["']"""
_TAG = rb"<(?:\w+:)?"
"""Start of a tag. Tags may have a prefix, as `x:row`."""
_CELL = re.compile(_TAG + rb"c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_SUSPECT = re.compile(_TAG + rb"""f\b|\bt=["']e["']""")
_ROW = re.compile(_TAG + rb"row\b[^>]*?" + _ATTRIBUTE_R + rb"(\d+)")
_REFERENCE = re.compile(_ATTRIBUTE_R + rb"([A-Za-z]+)(\d+)")
_CONTENT = re.compile(_TAG + rb"(?:v|is|f)\b")
_VALUE, _FORMULA = re.compile(_TAG + rb"v>([^<]+)</"), re.compile(_TAG + rb"f\b[^>]*>([^<]*)</")
_HAS_FORMULA = re.compile(_TAG + rb"f\b")
_IS_HIDDEN = rb"""(?=[^>]*\b(?:hidden=["'](?:1|true)["']|(?:ht|width)=["']0(?:\.0*)?["']))"""
_HIDDEN_ROW = re.compile(_TAG + rb"row\b" + _IS_HIDDEN + rb"[^>]*?" + _ATTRIBUTE_R + rb"(\d+)")
_HIDDEN_COLUMNS = re.compile(
    _TAG
    + rb"col\b"
    + _IS_HIDDEN
    + rb"""(?=[^>]*\bmin=["'](?P<min>\d+)["'])(?=[^>]*\bmax=["'](?P<max>\d+)["'])"""
)
_ERROR_CELL = re.compile(rb"""\bt=["']e["']""")
_BLANK_RESULT = re.compile(rb"""\bt=["']str["']""")
"""Mark of a formula that was calculated and gives an empty text."""


@dataclass(frozen=True)
class HiddenContent:
    """Content of a sheet that calamine does not report: texts of cells that read as blank, hidden rows and
    columns."""

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    rows: tuple[tuple[int, int], ...] = ()
    columns: tuple[tuple[int, int], ...] = ()
    formats: tuple[tuple[int, str, int, int], ...] = ()
    """Formats that show another number than the cell holds: column, format, first row, number of cells."""
    struck_cells: tuple[tuple[int, int, int], ...] = ()
    """Cells whose text is struck through: first row, column, number of rows."""
    sums: tuple[tuple[int, int, str, str], ...] = ()
    """Formulas that add up a range: row, column, range, stored result."""


@dataclass
class Extent:
    """Extent of a sheet: the last row and column with content, and the number of filled cells."""

    last_row: int = 0
    last_column: int = 0
    filled_cells: int = 0

    def add(self, row: int, column: int, filled_cells: int) -> None:
        """Add a row: its number, its last column with content, and the number of its filled cells."""
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        self.filled_cells += filled_cells

    def refuse_if_too_large(self, sheet: str) -> None:
        """Raise Unreadable for a sheet that is too large to lay out, or has a cell far from its table."""
        cells = self.last_row * self.last_column
        if cells > MOST_CELLS or (cells > SPARSE_FROM and self.filled_cells < cells * SPARSEST):
            last = cell_name(self.last_column, self.last_row)
            raise Unreadable(too_many_cells(sheet, last, cells, self.filled_cells))
        if self.last_column > MOST_COLUMNS:
            raise Unreadable(too_many_columns(f"{self.last_column:,}", sheet=sheet))


def hidden_content_of_parts(path: Path) -> dict[str, HiddenContent]:
    """Return, by sheet, cells that read as blank but are not (errors such as #N/A, formulas not calculated),
    and hidden parts.

    Raises Unreadable for a sheet that is too large to lay out.
    """
    if container_of(path) != "zip":
        return {}
    with zipfile.ZipFile(path) as archive:
        members = {name.lower(): name for name in archive.namelist()}
        if content := members.get("content.xml"):
            ods_styles = OdsStyles()
            if part := members.get("styles.xml"):
                ods_styles.add_all(ElementTree.fromstring(archive.read(part)))
            with archive.open(content) as xml:
                return _hidden_content_of_ods(xml, ods_styles)
        content_by_sheet = {}
        styles = styles_of_xlsx(archive, members)
        for name, part in _parts(archive, members).items():
            if part.lower() in members:
                with archive.open(members[part.lower()]) as xml:
                    content_by_sheet[name] = _hidden_content(xml, name, styles)
        return content_by_sheet


def _parts(archive: zipfile.ZipFile, members: dict[str, str]) -> dict[str, str]:
    """Return the part of an xlsx file for each sheet name; empty for other files."""
    book, links = (members.get(name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    if not book or not links:
        return {}
    targets = {x.get("Id"): str(x.get("Target")) for x in ElementTree.fromstring(archive.read(links))}
    part_by_sheet = {}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if element.tag.endswith("}sheet"):
            key = next((v for k, v in element.items() if k.endswith("}id")), None)
            target = targets.get(key, "")
            part_by_sheet[str(element.get("name"))] = (
                target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            )
    return part_by_sheet


def _note_styles(block: bytes, styles: Styles, sightings: Sightings) -> None:
    """Note the cells whose format shows another number, or whose text is struck through."""
    for cell in _CELL.finditer(block):
        style, reference = _STYLE.search(cell[1]), _REFERENCE.search(cell[1])
        if not (style and reference and _CONTENT.search(cell[2] or b"")):
            continue
        name, row, column = style[1].decode(), int(reference[2]), column_number(reference[1].decode())
        is_number = not _TYPE_OF_TEXT.search(cell[1]) and _VALUE.search(cell[2])
        if is_number and name in styles.formats:
            sightings.add_number(row, column, styles.formats[name])
        if name in styles.struck_styles:
            sightings.add_struck(row, column)


def _sums(block: bytes) -> Iterator[tuple[int, int, str, str]]:
    """Yield row, column, range and stored result of the formulas that add up a range."""
    for cell in _CELL.finditer(block):
        reference, formula = _REFERENCE.search(cell[1]), _FORMULA.search(cell[2] or b"")
        value = _VALUE.search(cell[2] or b"")
        match = _SUM.fullmatch(formula[1].strip()) if formula else None
        if reference and value and match and not _TYPE_OF_TEXT.search(cell[1]):
            yield (
                int(reference[2]),
                column_number(reference[1].decode()),
                match[1].decode(),
                value[1].decode(),
            )


_SUM_AHEAD = re.compile(rb">\s*SUMA?\(", re.IGNORECASE)
_SUM = re.compile(rb"(?:SUM|SUMA)\((\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+)\)", re.IGNORECASE)
_STYLE, _TYPE_OF_TEXT = re.compile(rb"""\bs=["'](\d+)["']"""), re.compile(rb"""\bt=["'](?!n["'])""")


def _hidden_content(xml: IO[bytes], name: str, styles: Styles) -> HiddenContent:
    """Return the hidden content of a sheet's part. It is read row by row, never held as a whole."""
    extent, number = Extent(), 0
    texts: dict[int, dict[int, str]] = {}
    rows: list[tuple[int, int]] = []
    columns: list[tuple[int, int]] = []
    sightings, sums = Sightings(), list[tuple[int, int, str, str]]()
    for block in _whole_rows(xml):
        if styles.formats or styles.struck_styles:
            _note_styles(block, styles, sightings)
        if _SUM_AHEAD.search(block):
            sums += _sums(block)
        rows += [(int(row), int(row)) for row in _HIDDEN_ROW.findall(block)]
        columns += [(int(s["min"]), int(s["max"])) for s in _HIDDEN_COLUMNS.finditer(block)]
        if _SUSPECT.search(block):
            for row, column, text in _suspects(block):
                texts.setdefault(row, {})[column] = text
        for row_xml in block.split(b"row>"):
            filled_cells = row_xml.count(b"<v") + row_xml.count(b"<is") or len(_CONTENT.findall(row_xml))
            if filled_cells:
                row_numbers = _ROW.findall(row_xml)
                number = int(row_numbers[-1]) if row_numbers else number + 1
                extent.add(number, _last_column(row_xml), filled_cells)
        extent.refuse_if_too_large(name)
    facts = sightings.format_facts(), sightings.struck_facts(), tuple(sums)
    return HiddenContent(texts, tuple(rows), tuple(columns), *facts)


def _whole_rows(xml: IO[bytes]) -> Iterator[bytes]:
    """Yield the part in blocks that end with a row."""
    rest = b""
    while block := xml.read(_AT_ONCE):
        rest += block
        if (end := max(rest.rfind(b"</row>"), rest.rfind(b":row>"))) >= 0:
            yield rest[: end + len(b"</row>")]
            rest = rest[end + len(b"</row>") :]
    yield rest


def _last_column(row: bytes) -> int:
    """Return the last column of a row with content, usually that of its last cell."""
    last = row[max(row.rfind(b"<c "), 0) :]
    reference = _REFERENCE.search(last)
    if reference and _CONTENT.search(last):
        return column_number(reference[1].decode())
    references = [(_REFERENCE.search(cell[1]), cell[2]) for cell in _CELL.finditer(row)]
    filled_references = [reference for reference, inside in references if inside and _CONTENT.search(inside)]
    return max(
        (
            column_number(reference[1].decode()) if reference else number
            for number, reference in enumerate(filled_references, 1)
        ),
        default=0,
    )


def _suspects(block: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of the cells that calamine reads as blank: errors, formulas not
    calculated."""
    for cell in _CELL.finditer(block):
        attributes, inside = cell[1], cell[2] or b""
        reference, value = _REFERENCE.search(attributes), _VALUE.search(inside)
        if reference and _ERROR_CELL.search(attributes):
            yield int(reference[2]), column_number(reference[1].decode()), value[1].decode() if value else "#"
        elif (
            reference
            and value is None
            and _HAS_FORMULA.search(inside)
            and not _BLANK_RESULT.search(attributes)
        ):
            formula = _FORMULA.search(inside)
            yield (
                int(reference[2]),
                column_number(reference[1].decode()),
                "=" + (formula[1].decode() if formula else ""),
            )


_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TABLE, _ROWS, _CELLS = f"{_ODS}table", f"{_ODS}table-row", (f"{_ODS}table-cell", f"{_ODS}covered-table-cell")
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_PARAGRAPH = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_KIND_OF_RESULT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def _hidden_content_of_ods(xml: IO[bytes], styles: OdsStyles) -> dict[str, HiddenContent]:
    """Return, by sheet of an OpenDocument workbook, its errors and its hidden rows and columns.

    An element may represent many rows or cells. Each row is released after it was read.
    """
    content_by_sheet: dict[str, HiddenContent] = {}
    hidden_ranges: dict[str, list[tuple[int, int]]] = {"row": [], "column": []}
    texts: dict[int, dict[int, str]] = {}
    sightings = Sightings()
    name, extent, last = "", Extent(), {"row": 0, "column": 0}
    for event, element in ElementTree.iterparse(xml, ("start", "end")):
        if element.tag == _TABLE and event == "start":
            name, extent, last = str(element.get(f"{_ODS}name")), Extent(), {"row": 0, "column": 0}
            texts, hidden_ranges, sightings = {}, {"row": [], "column": []}, Sightings()
        elif event == "start":
            continue
        elif not name:
            styles.add(element)
        elif element.tag == _TABLE:
            extent.refuse_if_too_large(name)
            hidden = tuple(hidden_ranges["row"]), tuple(hidden_ranges["column"])
            facts = sightings.format_facts(), sightings.struck_facts()
            content_by_sheet[name] = HiddenContent(texts, *hidden, *facts)
            element.clear()
        elif element.tag in (_ROWS, f"{_ODS}table-column"):
            kind = "row" if element.tag == _ROWS else "column"
            first, last[kind] = last[kind] + 1, last[kind] + _repetitions(element, f"{kind}s")
            if element.get(f"{_ODS}visibility", "visible") != "visible":
                hidden_ranges[kind].append((first, last[kind]))
            if kind == "row":
                errors = _add_row(extent, element, last["row"], last["row"] - first + 1)
                _note_ods_styles(element, first, last["row"] - first + 1, styles, sightings)
                extent.refuse_if_too_large(name)
                texts |= dict.fromkeys(range(first, last["row"] + 1), errors) if errors else {}
            element.clear()
    return content_by_sheet


def _add_row(extent: Extent, row: ElementTree.Element, last: int, times: int) -> dict[int, str]:
    """Extend the extent by the row. Return, by column, its errors, which the library reads as blank or as
    0."""
    column = reaches = filled_cells = 0
    errors: dict[int, str] = {}
    for cell in row:
        if cell.tag in _CELLS:
            times_cell = _repetitions(cell, "columns")
            column += times_cell
            if len(cell) or any(name.endswith("}value-type") for name in cell.attrib):
                reaches, filled_cells = column, filled_cells + times_cell
            if cell.get(_KIND_OF_RESULT) == "error":
                text = cell.findtext(_PARAGRAPH) or "#"
                errors |= dict.fromkeys(range(column - times_cell + 1, min(column, MOST_COLUMNS) + 1), text)
    if filled_cells:
        extent.add(last, reaches, filled_cells * times)
    return errors


def _note_ods_styles(
    row: ElementTree.Element, number: int, times: int, styles: OdsStyles, sightings: Sightings
) -> None:
    """Note the cells of the row whose format shows another number, or whose text is struck through."""
    column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        first, column = column + 1, column + _repetitions(cell, "columns")
        if not len(cell):
            continue
        style, kind = cell.get(f"{_ODS}style-name"), cell.get(f"{_OFFICE}value-type")
        code = "0%" if kind == "percentage" else styles.code(style) if kind == "float" else ""
        for filled in range(first, column + 1):
            if code:
                sightings.add_number(number, filled, code, times)
            if styles.is_struck(style):
                sightings.add_struck(number, filled, times)


def _repetitions(element: ElementTree.Element, unit: str) -> int:
    return int(element.get(f"{_ODS}number-{unit}-repeated", "1"))
