"""Content of xls workbooks that python-calamine does not report: hidden rows and columns, cells with errors.

An xls file is a compound file ([MS-CFB]) with a stream of records ([MS-XLS]). Only this content is read here;
calamine reads the rest. Used only in the reading child, by workbooks.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from assets.intake.reading.hidden_content import HiddenContent


def hidden_content_of_records(content: bytes) -> list[HiddenContent]:
    """Return the hidden content of each sheet, in the order of the sheets. Raises ValueError if there are
    none."""
    try:
        stream = _workbook_stream(content)
        sheets = [at for kind, at in _records(stream, 0) if kind == _SHEET]
        return [_hidden_content(stream, struct.unpack_from("<I", stream, at)[0]) for at in sheets]
    except (struct.error, LookupError) as error:
        raise ValueError("no xls file") from error


# ---- the compound file -----------------------------------------------------------------------------

_NO_SECTOR = 0xFFFFFFFA
"""This number, and any larger number, is no sector: it ends a chain or marks a free entry."""


@dataclass(frozen=True)
class _Sectors:
    """Bytes in sectors of equal size, each linked to the next sector of its stream."""

    content: bytes
    size: int
    links: list[int]

    def stream(self, number: int) -> bytes:
        """Join the sectors of a chain."""
        parts = []
        while number < _NO_SECTOR:
            parts.append(self.content[number * self.size : (number + 1) * self.size])
            number = self.links[number]
            if len(parts) > len(self.links):
                raise ValueError("a chain without an end")
        return b"".join(parts)


def _workbook_stream(content: bytes) -> bytes:
    """Return the records: the stream `Workbook`, called `Book` before 1997."""
    size, small_size = (1 << shift for shift in struct.unpack_from("<HH", content, 30))
    directory_at, _, smallest, small_links_at = struct.unpack_from("<4I", content, 48)
    sectors = _Sectors(content[size:], size, [])
    for table in _tables(content, sectors):
        sectors.links.extend(_numbers(sectors.content[table * size : (table + 1) * size]))
    entries = dict(_entries(sectors.stream(directory_at)))
    start, length = entries.get("workbook") or entries["book"]
    if length < smallest:
        links = list(_numbers(sectors.stream(small_links_at)))
        sectors = _Sectors(sectors.stream(entries["root entry"][0]), small_size, links)
    return sectors.stream(start)[:length]


def _tables(content: bytes, sectors: _Sectors) -> Iterator[int]:
    """Yield the sectors that hold the links: the first are listed in the header, more in a chain of their
    own."""
    yield from (n for n in struct.unpack_from("<109I", content, 76) if n < _NO_SECTOR)
    next_sector, size = struct.unpack_from("<I", content, 68)[0], sectors.size
    for _ in range(len(content) // size):
        if next_sector >= _NO_SECTOR:
            break
        *numbers, next_sector = _numbers(sectors.content[next_sector * size : (next_sector + 1) * size])
        yield from (n for n in numbers if n < _NO_SECTOR)


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content)


def _entries(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the name of each stream, with its first sector and its length."""
    for name, length, start, size in struct.iter_unpack("<64sH50xII4x", directory):
        yield name[: max(length - 2, 0)].decode("utf-16-le").lower(), (start, size)


# ---- the records -----------------------------------------------------------------------------------

_BEGIN, _END, _SHEET = 0x0809, 0x000A, 0x0085
_ROW, _COLUMNS, _ERROR, _FORMULA = 0x0208, 0x007D, 0x0205, 0x0006
_ROW_IS_HIDDEN, _COLUMN_IS_HIDDEN, _HEIGHT = 0x20, 0x01, 0x7FFF
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_NO_NUMBER, _IS_ERROR = 0xFFFF, 2


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield type and position of a sheet's records, without those of charts inside it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth < 1:
            return
        if depth == 1:
            yield kind, at + 4
        at += 4 + size


def _hidden_content(stream: bytes, start: int) -> HiddenContent:
    rows: list[tuple[int, int]] = []
    columns: list[tuple[int, int]] = []
    texts: dict[int, dict[int, str]] = {}
    for kind, at in _records(stream, start):
        if kind == _ROW:
            row, height, options = struct.unpack_from("<H4xH4xH", stream, at)
            if options & _ROW_IS_HIDDEN or not height & _HEIGHT:
                rows.append((row + 1, row + 1))
        elif kind == _COLUMNS:
            first, last, width, options = struct.unpack_from("<3H2xH", stream, at)
            if options & _COLUMN_IS_HIDDEN or not width:
                columns.append((first + 1, last + 1))
        elif kind in (_ERROR, _FORMULA) and (error := _error(stream, kind, at)):
            row, column = struct.unpack_from("<HH", stream, at)
            texts.setdefault(row + 1, {})[column + 1] = error
    return HiddenContent(texts, tuple(rows), tuple(columns))


def _error(stream: bytes, kind: int, at: int) -> str | None:
    """Return the error of a cell or of its formula. Calamine reads both as blank."""
    if kind == _ERROR:
        code, is_error = struct.unpack_from("<BB", stream, at + 6)
    else:
        result, code, no_number = struct.unpack_from("<BxBx2xH", stream, at + 6)
        is_error = result == _IS_ERROR and no_number == _NO_NUMBER
    return _ERRORS.get(code, "#") if is_error else None
