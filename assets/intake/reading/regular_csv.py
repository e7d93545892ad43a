"""Reading of a regular csv file into columns, in a single pass of Arrow. The strict reader handles all
others.

A regular file is text of a single encoding without NUL. Every row has as many cells as the first, at least
two. A quotation mark opens or closes a whole cell, which contains no other mark and no line end. For such
files Arrow and Python's strict csv reader give the same cells, and count rows as a spreadsheet does.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from assets.intake.reading.columns import Column, ColumnBuilder, Grid, stream_in_threads

LONGEST_CELL = 32_767
"""Most characters that a cell of a workbook can hold."""
MOST_COLUMNS = 1_000
BLOCK = 1 << 23
"""Number of bytes that are parsed at a time, several blocks in parallel."""
_SAMPLE = 1 << 18
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NEARLY_ALL = 0.6
"""A column is read row by row if more than this share of its texts among the first rows are distinct."""


class Source(Protocol):
    """A source of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""


class Irregular(Exception):
    """The file must be read by the strict reader."""


def read(source: Source, delimiter: str, encoding: str = "utf-8") -> Grid:
    """Read the rows of the file, including the header. Raises Irregular, and whatever `source` raises."""
    if not delimiter.isascii() or delimiter == '"':
        raise Irregular
    try:
        lines = _Lines(source if encoding == "utf-8" else _Utf8Source(source, encoding))
        grid = _read(lines, delimiter)
    except (pa.ArrowInvalid, UnicodeError, csv.Error) as error:
        raise Irregular from error
    if any(_longest(column) > LONGEST_CELL for column in grid.columns):
        raise Irregular
    if grid.blank().any():  # Arrow does not distinguish a row without cells from a row of blank cells
        raise Irregular
    return _with_blank_rows(grid, lines.blank_rows)


def _read(lines: _Lines, delimiter: str) -> Grid:
    blocks = iter(lines)
    first = next(blocks, b"")
    names, mostly_distinct = _columns_of(first[:_SAMPLE], delimiter)
    encoded = pa.dictionary(pa.int32(), pa.string())
    column_types = {n: pa.string() if n in mostly_distinct else encoded for n in names}
    columns, rows = [ColumnBuilder() for _ in names], 0
    parse = partial(_parse_block, column_types=column_types, delimiter=delimiter)
    for table in stream_in_threads(parse, chain([first], blocks)):
        rows += table.num_rows
        for column, texts in zip(columns, table.columns, strict=True):
            column.add_arrow(texts)
    return Grid([column.column() for column in columns], rows)


def _parse_block(block: bytes, column_types: dict[str, pa.DataType], delimiter: str) -> pa.Table:
    """Parse whole lines into a table. Raises Irregular for lines that Python's csv reader might read
    differently."""
    if b"\x00" in block:
        raise Irregular
    if b'"' in block:
        _check_quotes(block, delimiter)
    return arrow_csv.read_csv(
        pa.py_buffer(block),
        arrow_csv.ReadOptions(block_size=len(block) + 1, column_names=list(column_types), use_threads=False),
        arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
        arrow_csv.ConvertOptions(column_types=column_types, strings_can_be_null=False),
    )


def _check_quotes(lines: bytes, delimiter: str) -> None:
    """Raise Irregular unless quotation marks come in pairs, each around a whole cell within a line."""
    data, marks = np.frombuffer(lines, np.uint8), np.frombuffer(delimiter.encode() + b"\r\n", np.uint8)
    quotes = np.flatnonzero(data == ord('"'))
    if len(quotes) % 2:
        raise Irregular
    opens, closes = quotes[::2], quotes[1::2]
    before = np.where(opens > 0, data[opens - 1], ord("\n"))
    after = np.where(closes + 1 < len(data), data[np.minimum(closes + 1, len(data) - 1)], ord("\n"))
    ends = np.flatnonzero((data == ord("\n")) | (data == ord("\r")))
    on_one_line = np.searchsorted(ends, opens) == np.searchsorted(ends, closes)
    if not (np.isin(before, marks) & np.isin(after, marks) & on_one_line).all():
        raise Irregular


def _columns_of(sample: bytes, delimiter: str) -> tuple[list[str], set[str]]:
    """Return a name for each column, and the columns in which nearly every row has its own text."""
    lines = codecs.getincrementaldecoder("utf-8")().decode(sample).split("\n")
    text = "\n".join(lines[:-1] or lines)  # the last line of a sample is rarely complete
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
    """Add rows without cells at the end of the grid."""
    if not blank:
        return grid
    columns = []
    for column in grid.columns:
        growing = ColumnBuilder()
        growing.add_arrow(column.arrow())
        growing.add([""] * blank)
        columns.append(growing.column())
    widths = np.array([len(columns)] * grid.rows + [0] * blank, np.int32)
    return Grid(columns, grid.rows + blank, widths)


class _Lines:
    """The file in blocks of whole lines, without a byte order mark.

    Line ends after the last row are removed, and counted as `blank_rows` once all blocks were read.
    """

    def __init__(self, source: Source) -> None:
        self._source, self.blank_rows = source, 0

    def __iter__(self) -> Iterator[bytes]:
        rest = self._source.read(BLOCK).removeprefix(codecs.BOM_UTF8)
        while part := self._source.read(BLOCK):
            text = rest + part
            end = text.rfind(b"\n", 0, len(text.rstrip(b"\r\n"))) + 1
            if end:
                yield text[:end]
            rest = text[end:]
            if len(rest) > BLOCK:
                raise Irregular
        last_lines = rest.rstrip(b"\r\n")
        self.blank_rows = max(len(_LINE_END.findall(rest[len(last_lines) :])) - 1, 0)
        if last_lines:
            yield last_lines + b"\n"


class _Utf8Source:
    """Bytes of another encoding, converted to UTF-8."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._source, self._decoder = source, codecs.getincrementaldecoder(encoding)()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes. UTF-8 needs more bytes than most encodings, so fewer are read."""
        while True:
            block = self._source.read(max(size // 4, 1))
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode()
