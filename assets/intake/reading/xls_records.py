"""Content of xls workbooks that python-calamine does not report: hidden rows and columns, cells with errors,
styles that change what a reader sees.

An xls file is a compound file ([MS-CFB]) with a stream of records ([MS-XLS]). Only this content is read here;
calamine reads the rest. Used only in the reading child, by workbooks.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from assets.intake.reading.cell_styles import BUILT_IN, Sightings, Styles, shows_another_number
from assets.intake.reading.hidden_content import HiddenContent


def hidden_content_of_records(content: bytes) -> list[HiddenContent]:
    """Return the hidden content of each sheet, in the order of the sheets. Raises ValueError if there are
    none."""
    try:
        stream = _workbook_stream(content)
        sheets = [at for kind, at in _records(stream, 0) if kind == _SHEET]
        styles = _styles(stream)
        return [_hidden_content(stream, struct.unpack_from("<I", stream, at)[0], styles) for at in sheets]
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


_FONT, _FORMAT, _CELL_STYLE, _IS_STRUCK = 0x0031, 0x041E, 0x00E0, 0x08
_NUMBER, _RK, _MANY_RK, _SHARED_TEXT = 0x0203, 0x027E, 0x00BD, 0x00FD
_NO_FONT = 4
"""Number that no font has: the fifth font is number 5."""


def _styles(stream: bytes) -> Styles:
    """Read the styles of the workbook. A cell refers to them by number."""
    codes, fonts, styles = dict(BUILT_IN), list[bool](), list[tuple[int, int]]()
    for kind, at in _records(stream, 0):
        if kind == _FONT:
            fonts.append(bool(struct.unpack_from("<2xH", stream, at)[0] & _IS_STRUCK))
        elif kind == _FORMAT:
            number, length, is_wide = struct.unpack_from("<HHB", stream, at)
            text = stream[at + 5 : at + 5 + length * (1 + (is_wide & 1))]
            codes[str(number)] = text.decode("utf-16-le" if is_wide & 1 else "latin-1")
        elif kind == _CELL_STYLE:
            styles.append(struct.unpack_from("<HH", stream, at))
    struck_fonts = {n + (n >= _NO_FONT) for n, is_struck in enumerate(fonts) if is_struck}
    formats = {str(n): codes.get(str(code), "") for n, (_, code) in enumerate(styles)}
    return Styles(
        {n: code for n, code in formats.items() if shows_another_number(code)},
        frozenset(str(n) for n, (font, _) in enumerate(styles) if font in struck_fonts),
    )


def _styled_cells(stream: bytes, kind: int, at: int) -> Iterator[tuple[int, int, str, bool]]:
    """Yield row, column, style of the cells of a record, and if they are numbers."""
    if kind in (_NUMBER, _RK, _FORMULA, _SHARED_TEXT):
        row, column, style = struct.unpack_from("<3H", stream, at)
        yield row + 1, column + 1, str(style), kind != _SHARED_TEXT
    elif kind == _MANY_RK:
        row, first = struct.unpack_from("<HH", stream, at)
        size = struct.unpack_from("<H", stream, at - 2)[0]
        for number in range((size - 6) // 6):
            style = struct.unpack_from("<H", stream, at + 4 + number * 6)[0]
            yield row + 1, first + number + 1, str(style), True


def _note_styles(stream: bytes, kind: int, at: int, styles: Styles, sightings: Sightings) -> None:
    """Note the cells of a record whose format shows another number, or whose text is struck through."""
    for row, column, style, is_number in _styled_cells(stream, kind, at):
        if is_number and style in styles.formats:
            sightings.add_number(row, column, styles.formats[style])
        if style in styles.struck_styles:
            sightings.add_struck(row, column)


def _hidden_content(stream: bytes, start: int, styles: Styles) -> HiddenContent:
    sightings = Sightings()
    rows: list[tuple[int, int]] = []
    columns: list[tuple[int, int]] = []
    texts: dict[int, dict[int, str]] = {}
    for kind, at in _records(stream, start):
        if styles.formats or styles.struck_styles:
            _note_styles(stream, kind, at, styles, sightings)
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
    facts = sightings.format_facts(), sightings.struck_facts()
    return HiddenContent(texts, tuple(rows), tuple(columns), *facts)


def _error(stream: bytes, kind: int, at: int) -> str | None:
    """Return the error of a cell or of its formula. Calamine reads both as blank."""
    if kind == _ERROR:
        code, is_error = struct.unpack_from("<BB", stream, at + 6)
    else:
        result, code, no_number = struct.unpack_from("<BxBx2xH", stream, at + 6)
        is_error = result == _IS_ERROR and no_number == _NO_NUMBER
    return _ERRORS.get(code, "#") if is_error else None
