"""A regular csv file, read into columns in one pass of Arrow. Any other is left to the careful reader.

Regular: text of one encoding without NUL; every row has as many cells as the first, of which there are two or
more; a quotation mark opens or closes a whole cell, in which there is neither another nor a line end.
Then Arrow and Python's strict csv reader give the same cells, and a row is what a spreadsheet counts as one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from assets.steps.columns import Column, Grid, Growing

LONGEST_CELL = 32_767
"""What a cell of a workbook can hold."""
MOST_COLUMNS = 1_000
BLOCK = 1 << 24
_SAMPLE = 1 << 18
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NEARLY_ALL = 0.6
"""A column of so many distinct texts among the first rows is read row by row."""


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class Irregular(Exception):
    """The file is for the careful reader."""


def read(source: Source, delimiter: str, encoding: str = "utf-8") -> Grid:
    """The rows of the file, header and all. Raises Irregular; what `source` raises passes."""
    if not delimiter.isascii() or delimiter == '"':
        raise Irregular
    try:
        watched = _Watched(source if encoding == "utf-8" else _Transcoded(source, encoding), delimiter)
        grid = _read(watched, delimiter)
    except (pa.ArrowInvalid, UnicodeError, csv.Error) as error:
        raise Irregular from error
    if any(_longest(column) > LONGEST_CELL for column in grid.columns):
        raise Irregular
    if grid.blank().any():  # of a row without a cell and one of blank cells Arrow makes the same
        raise Irregular
    return _with_blank_rows(grid, watched.blank_rows)


def _read(watched: _Watched, delimiter: str) -> Grid:
    names, rare = _columns_of(watched.sample, delimiter)
    coded = pa.dictionary(pa.int32(), pa.string())
    kinds = {n: pa.string() if n in rare else coded for n in names}
    columns, rows = [Growing() for _ in names], 0
    for batch in arrow_csv.open_csv(
        pa.PythonFile(watched, mode="r"),
        read_options=arrow_csv.ReadOptions(block_size=BLOCK, column_names=names),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    ):
        rows += batch.num_rows
        for column, texts in zip(columns, batch.columns, strict=True):
            column.add_arrow(texts)
    return Grid([column.column() for column in columns], rows)


def _columns_of(sample: bytes, delimiter: str) -> tuple[list[str], set[str]]:
    """A name for each column, and those in which nearly every row has a text of its own."""
    lines = codecs.getincrementaldecoder("utf-8")().decode(sample).split("\n")
    text = "\n".join(lines[:-1] or lines)  # the last line of a sample is hardly whole
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    width = len(rows[0]) if rows else 0
    if not 2 <= width <= MOST_COLUMNS or any(len(row) != width for row in rows):
        raise Irregular
    distinct = [len(set(texts)) for texts in zip(*rows, strict=True)]
    names = [f"c{number}" for number in range(width)]
    rare = {name for name, n in zip(names, distinct, strict=True) if n > max(500, _NEARLY_ALL * len(rows))}
    return names, rare


def _longest(column: Column) -> int:
    return int(pc.max(pc.utf8_length(column.texts)).as_py() or 0)


def _with_blank_rows(grid: Grid, blank: int) -> Grid:
    """The grid with rows without cells at its end."""
    if not blank:
        return grid
    columns = []
    for column in grid.columns:
        growing = Growing()
        growing.add_arrow(column.arrow())
        growing.add([""] * blank)
        columns.append(growing.column())
    widths = np.array([len(columns)] * grid.rows + [0] * blank, np.int32)
    return Grid(columns, grid.rows + blank, widths)


class _Watched:
    """Bytes on their way to Arrow: raises Irregular for what it may read otherwise than Python's csv reader.

    A byte order mark and the line ends after the last row are taken away; the latter are counted.
    """

    def __init__(self, source: Source, delimiter: str) -> None:
        self._source, self._marks = source, np.frombuffer(delimiter.encode() + b"\r\n", np.uint8)
        self._held, self._line, self._rest = b"", b"", b""
        self._is_at_end = False
        self.blank_rows, self.closed = 0, False
        self.sample = self._read(_SAMPLE).removeprefix(codecs.BOM_UTF8)
        self._rest = self.sample

    def read(self, size: int) -> bytes:
        """The next bytes, looked at."""
        if self._rest:
            given, self._rest = self._rest[:size], self._rest[size:]
            return given
        return self._read(size)

    def close(self) -> None:
        """As a file has it."""
        self.closed = True

    def _read(self, size: int) -> bytes:
        while not self._is_at_end:
            block = self._source.read(max(size - len(self._held), 1))
            self._is_at_end = not block
            kept = (self._held + block if self._held else block).rstrip(b"\r\n")
            self._held = (self._held + block)[len(kept) :]
            if len(self._held) > _SAMPLE // 4:
                raise Irregular
            if self._is_at_end and self._held:
                self.blank_rows = len(_LINE_END.findall(self._held)) - 1
                kept, self._held = kept + b"\n", b""
            if kept:
                self._look_at(kept)
                return kept
        self._look_at_lines(self._line)
        return b""

    def _look_at(self, block: bytes) -> None:
        """Whole lines are looked at; of the last one the rest is waited for."""
        if b"\x00" in block:
            raise Irregular
        end = block.rfind(b"\n") + 1
        if b'"' in block or b'"' in self._line:
            self._look_at_lines(self._line + block[:end])
        self._line = block[end:] if end else self._line + block
        if len(self._line) > BLOCK:
            raise Irregular

    def _look_at_lines(self, lines: bytes) -> None:
        """Quotation marks in pairs, each around one whole cell of one line."""
        data = np.frombuffer(lines, np.uint8)
        marks = np.flatnonzero(data == ord('"'))
        if len(marks) % 2:
            raise Irregular
        opens, closes = marks[::2], marks[1::2]
        before = np.where(opens > 0, data[opens - 1], ord("\n"))
        after = np.where(closes + 1 < len(data), data[np.minimum(closes + 1, len(data) - 1)], ord("\n"))
        ends = np.flatnonzero((data == ord("\n")) | (data == ord("\r")))
        on_one_line = np.searchsorted(ends, opens) == np.searchsorted(ends, closes)
        if not (np.isin(before, self._marks) & np.isin(after, self._marks) & on_one_line).all():
            raise Irregular


class _Transcoded:
    """The bytes of another encoding as UTF-8."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._source, self._decoder = source, codecs.getincrementaldecoder(encoding)()

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; UTF-8 takes more room than most encodings, so fewer are asked for."""
        while True:
            block = self._source.read(max(size // 4, 1))
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode()
