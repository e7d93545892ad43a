"""Cells of an xlsx workbook: their texts, and the workbook with other texts in some.

Only the elements of these cells are written anew. All other parts of the workbook keep their bytes, so that
formulas keep their results, and nothing is lost that a library does not know.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from assets.corrections.cell_change import CellChange, Uncorrectable, parse_cell
from assets.corrections.sheet_xml import SheetXml
from assets.intake.reading import reading
from assets.intake.reading.sheets import Sheet, Unreadable

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\b(?:[^>/\"']|\"[^\"]*\"|'[^']*')*")
LARGEST_PART = 256 * 2**20
"""Largest size in bytes of an unpacked sheet that is corrected."""


@dataclass(frozen=True)
class WorkbookCells:
    """Workbook: its path, and the sheets of the program's template, which nobody reads as data."""

    path: Path
    help_sheets: Collection[str] = ()

    @property
    def sheet_names(self) -> list[str]:
        """Names of the sheets whose cells may be corrected."""
        return [name for name in self._sheets if name not in self.help_sheets]

    def text(self, sheet: str, cell: str) -> str:
        """Return the text of a cell as the program reads it. Raises Uncorrectable."""
        row, column = parse_cell(cell)
        if sheet not in self.sheet_names:
            raise Uncorrectable("correct.no_sheet", sheet=sheet)
        grid = self._sheets[sheet].grid
        if row > grid.rows or column > len(grid.columns):
            raise Uncorrectable("correct.no_cell", cell=cell)
        return grid.columns[column - 1].text(row - 1)

    def correct(self, changes: Sequence[CellChange]) -> bytes:
        """Return the workbook with other texts in these cells. Raises Uncorrectable."""
        parts: dict[str, bytes] = {}
        for sheet in dict.fromkeys(change.sheet for change in changes):
            part = self._part_of(sheet)
            xml = SheetXml(self._read_part(part))
            parts[part] = xml.replace([c for c in changes if c.sheet == sheet])
        if self._calculate():
            parts[_WORKBOOK] = self._calculating_workbook()
        content = self._pack(parts)
        self._check_others(content, changes)
        return content

    @cached_property
    def _sheets(self) -> dict[str, Sheet]:
        try:
            return {sheet.name or "": sheet for sheet in reading.read_for_inspection(self.path)}
        except Unreadable as unreadable:
            raise Uncorrectable("correct.unread") from unreadable

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Name in the archive of each sheet, by the sheet's name."""
        try:
            sheets = ElementTree.fromstring(self._read_part(_WORKBOOK))
            relations = ElementTree.fromstring(self._read_part(_RELATIONS))
        except ElementTree.ParseError as error:
            raise Uncorrectable("correct.unread") from error
        targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
        names = {e.get("name", ""): targets.get(e.get(_ID), "") for e in sheets.iter() if e.get(_ID)}
        return {name: str(PurePosixPath("/xl") / target)[1:] for name, target in names.items() if target}

    def _part_of(self, sheet: str) -> str:
        if sheet not in self._parts:
            raise Uncorrectable("correct.no_sheet", sheet=sheet)
        return self._parts[sheet]

    def _read_part(self, name: str) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive:
                if archive.getinfo(name).file_size > LARGEST_PART:
                    raise Uncorrectable("correct.too_large")
                content = archive.read(name)
        except (*reading.BROKEN_FILE_ERRORS, KeyError) as error:
            if isinstance(error, Uncorrectable):
                raise
            raise Uncorrectable("correct.unread") from error
        if b"<!DOCTYPE" in content:
            raise Uncorrectable("correct.unread")
        return content

    def _calculate(self) -> bool:
        """Check if sheets that nobody reads as data calculate. Raises Uncorrectable if a sheet of data does.

        The stored result of a formula would be that of the cell before its correction.
        """
        calculating = {
            name for name, part in self._parts.items() if SheetXml(self._read_part(part)).has_formulas
        }
        if sheets_of_data := sorted(calculating - set(self.help_sheets)):
            raise Uncorrectable("correct.calculates", sheet=sheets_of_data[0])
        return bool(calculating)

    def _calculating_workbook(self) -> bytes:
        """Return the workbook's part so that its formulas are calculated again when it is opened."""
        content = self._read_part(_WORKBOOK)
        if not (properties := _CALCULATION.search(content)):
            raise Uncorrectable("correct.calculates", sheet=self.path.name)
        if b"fullCalcOnLoad" in properties[0]:
            return content
        end = properties.end()
        return content[:end] + b' fullCalcOnLoad="1"' + content[end:]

    def _pack(self, parts: dict[str, bytes]) -> bytes:
        """Return the archive with other contents of these parts."""
        new_content = io.BytesIO()
        with zipfile.ZipFile(self.path) as old, zipfile.ZipFile(new_content, "w") as new:
            for part in old.infolist():
                content = parts[part.filename] if part.filename in parts else old.read(part)
                new.writestr(part, content, compress_type=part.compress_type)
        return new_content.getvalue()

    def _check_others(self, content: bytes, changes: Sequence[CellChange]) -> None:
        """Raise Uncorrectable unless the workbook reads as before with these changes and no other."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.path.name
            path.write_bytes(content)
            corrected_sheets = WorkbookCells(path)._sheets
        expected = {name: _filled_cells(sheet) for name, sheet in self._sheets.items()}
        for change in changes:
            expected[change.sheet][parse_cell(change.cell)] = change.after
        if {name: _filled_cells(sheet) for name, sheet in corrected_sheets.items()} != expected:
            raise Uncorrectable("correct.others_change")


def _filled_cells(sheet: Sheet) -> dict[tuple[int, int], str]:
    """Return the texts of the cells that hold any, by row and column from 1."""
    rows = enumerate(sheet.rows, start=1)
    return {(row, column): text for row, texts in rows for column, text in enumerate(texts, 1) if text}
