"""Cells of a text file: their texts, and the file with other texts in some. All other bytes stay.

Rows and cells are those of Python's strict csv reader, which reads the file before and after the change.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assets.corrections.cell_change import CellChange, Uncorrectable, parse_cell
from assets.intake.reading.regular_csv import LONGEST_CELL

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class CsvCells:
    """Text file: its bytes, its delimiter and the encodings to try."""

    content: bytes
    delimiter: str
    encodings: Sequence[str]

    @property
    def sheet_names(self) -> list[str]:
        """Names of its sheets: none."""
        return []

    def text(self, sheet: str, cell: str) -> str:
        """Return the text of a cell. Raises Uncorrectable for a cell that the file does not have."""
        row, column = parse_cell(cell)
        if sheet or row > len(self._rows) or column > len(self._rows[row - 1]):
            raise Uncorrectable("correct.no_cell", cell=cell)
        return self._rows[row - 1][column - 1]

    def correct(self, changes: Sequence[CellChange]) -> bytes:
        """Return the file with other texts in these cells. Raises Uncorrectable."""
        text = self._text
        positions = {parse_cell(change.cell): change for change in changes}
        for position in sorted(positions, reverse=True):
            start, end = self._span(*position)
            field = self._write_field(positions[position].after, is_quoted=text[start:end].startswith('"'))
            text = text[:start] + field + text[end:]
        self._check_others(text, changes)
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError as error:
            raise Uncorrectable("correct.not_in_encoding", encoding=self._encoding) from error

    @cached_property
    def _encoding(self) -> str:
        """Encoding by which the bytes become a text and the text these bytes."""
        for name in self.encodings:
            try:
                if self.content.decode(name).encode(name) == self.content:
                    return name
            except UnicodeError:
                continue
        raise Uncorrectable("correct.unread")

    @cached_property
    def _text(self) -> str:
        return self.content.decode(self._encoding)

    @cached_property
    def _rows(self) -> list[list[str]]:
        return self._parse(self._text)

    def _parse(self, text: str) -> list[list[str]]:
        csv.field_size_limit(LONGEST_CELL)  # set here, because the limit is global
        lines = io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline="")
        try:
            return list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            raise Uncorrectable("correct.unread") from error

    def _span(self, row: int, column: int) -> tuple[int, int]:
        """Return the first and the last position of a cell in the text, with its quotation marks."""
        position = len(self._text) - len(self._text.removeprefix(_BYTE_ORDER_MARK))
        at_row, at_column = 1, 1
        while field := self._field.match(self._text, position):
            if (at_row, at_column) == (row, column):
                return field.span()
            if self._text.startswith(self.delimiter, field.end()):
                at_column, position = at_column + 1, field.end() + 1
            elif line_end := _LINE_END.match(self._text, field.end()):
                at_row, at_column, position = at_row + 1, 1, line_end.end()
            else:
                break
        raise Uncorrectable("correct.unread")

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(rf'"(?:[^"]|"")*"|[^{re.escape(self.delimiter)}\r\n]*')

    def _write_field(self, text: str, *, is_quoted: bool) -> str:
        if is_quoted or any(mark in text for mark in (self.delimiter, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text

    def _check_others(self, text: str, changes: Sequence[CellChange]) -> None:
        """Raise Uncorrectable unless the text reads as the file with these changes and no other."""
        expected = [list(row) for row in self._rows]
        for change in changes:
            row, column = parse_cell(change.cell)
            expected[row - 1][column - 1] = change.after
        if self._parse(text) != expected:
            raise Uncorrectable("correct.others_change")


_BYTE_ORDER_MARK = codecs.BOM_UTF8.decode()
