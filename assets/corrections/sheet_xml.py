"""Part of a workbook that holds a sheet: the places of its cells in the bytes, and other cells in theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from assets.corrections.cell_change import CellChange, Uncorrectable, parse_cell
from schemas.findings import cell_name

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{0,9}[1-9])?")
_TAG_END = re.compile(rb"""(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_CONTENT_ATTRIBUTES = re.compile(rb"""\s(?:t|cm|vm)=(?:"[^"]*"|'[^']*')""")


@dataclass
class _Cell:
    """Cell in the bytes: where its element begins and ends, and if it holds a formula."""

    start: int
    end: int = 0
    has_formula: bool = False


@dataclass
class _Row:
    """Row in the bytes: where its content ends, and its cells by column."""

    end: int = 0
    cells: dict[int, _Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetXml:
    """Sheet as its bytes in UTF-8."""

    content: bytes

    @property
    def has_formulas(self) -> bool:
        """True if a cell of the sheet calculates."""
        return self._reader.has_formulas

    def replace(self, changes: Sequence[CellChange]) -> bytes:
        """Return the bytes with other contents in these cells. Raises Uncorrectable."""
        if self._reader.is_protected:
            raise Uncorrectable("correct.protected", sheet=changes[0].sheet)
        content = self.content
        splices = sorted((self._splice(change) for change in changes), reverse=True)
        for start, end, element in splices:
            content = content[:start] + element + content[end:]
        return content

    @cached_property
    def _reader(self) -> _Reader:
        reader = _Reader(self.content)
        reader.read()
        return reader

    def _splice(self, change: CellChange) -> tuple[int, int, bytes]:
        """Return the place of a cell, or where it has to be, and its new element."""
        number, column = parse_cell(change.cell)
        row = self._reader.rows.get(number)
        if row is None:
            raise Uncorrectable("correct.no_cell", cell=change.cell)
        prefix = self._reader.prefix
        if not (cell := row.cells.get(column)):
            later = [row.cells[n].start for n in sorted(row.cells) if n > column]
            start = later[0] if later else row.end
            tag = f'<{prefix}c r="{cell_name(column, number)}">'.encode()
            return start, start, _element(tag, prefix, change.after)
        if cell.has_formula:
            raise Uncorrectable("correct.formula", cell=change.cell)
        tag_match = _TAG_END.match(self.content, cell.start)
        assert tag_match
        tag = _CONTENT_ATTRIBUTES.sub(b"", tag_match[0].removesuffix(b">").removesuffix(b"/")) + b">"
        return cell.start, cell.end, _element(tag, prefix, change.after)


def _element(tag: bytes, prefix: str, text: str) -> bytes:
    """Return a cell's element that holds a number, or else a text."""
    end = f"</{prefix}c>".encode()
    if _NUMBER.fullmatch(text):
        return tag + f"<{prefix}v>{text}</{prefix}v>".encode() + end
    content = f'<{prefix}is><{prefix}t xml:space="preserve">{escape(text)}</{prefix}t></{prefix}is>'
    return tag.removesuffix(b">") + b' t="inlineStr">' + content.encode() + end


class _Reader:
    """Reader of a sheet's elements with their places in the bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.rows: dict[int, _Row] = {}
        self.has_formulas = self.is_protected = False
        self.prefix = ""
        self._row, self._column = 0, 0
        self._cell: _Cell | None = None
        self._parser = expat.ParserCreate("UTF-8")

    def read(self) -> None:
        """Read all elements. Raises Uncorrectable."""
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(self.content, True)
        except expat.ExpatError as error:
            raise Uncorrectable("correct.unread") from error

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        prefix, _, local = name.rpartition(":")
        if local == "row":
            self.prefix = f"{prefix}:" if prefix else ""
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            self.rows[self._row] = _Row()
        elif local == "c":
            cell_at = attributes.get("r")
            self._column = parse_cell(cell_at)[1] if cell_at else self._column + 1
            self._cell = _Cell(self._parser.CurrentByteIndex)
            self.rows[self._row].cells[self._column] = self._cell
        elif local == "f":
            self.has_formulas = True
            if self._cell:
                self._cell.has_formula = True
        elif local == "sheetProtection":
            self.is_protected = attributes.get("sheet") in ("1", "true")

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c" and self._cell:
            self._cell.end = self._end_of_tag(self._cell.start)
            self._cell = None
        elif local == "row":
            self.rows[self._row].end = self._parser.CurrentByteIndex

    def _end_of_tag(self, start: int) -> int:
        """Return where an element ends whose end the parser has reached."""
        tag = _TAG_END.match(self.content, start)
        if tag and tag[0].endswith(b"/>"):
            return tag.end()
        return self.content.index(b">", self._parser.CurrentByteIndex) + 1
