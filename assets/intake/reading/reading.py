"""Reading of a file into sheets of text, strictly: nothing is guessed and nothing dropped. Of a card it knows
only `file`.

Every cell is text; a blank cell is "". A child with limits reads each file (limited_reading.py). It calls the
functions named `…_here`, regular_csv.py and workbooks.py. Rows keep their numbers: the first row of a sheet
is row 1.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from assets.intake.reading import limited_reading, regular_csv
from assets.intake.reading.columns import Grid
from assets.intake.reading.reading_limits import (
    BOMB_FROM,
    BOMB_RATIO,
    LARGEST_UNPACKED,
    MOST_PARTS,
    MOST_ROWS,
    too_large,
    too_many_columns,
    too_many_parts,
    too_many_rows,
)
from assets.intake.reading.regular_csv import LONGEST_CELL, MOST_COLUMNS, Source
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas.cards.card_file import File
from schemas.findings import Finding

_MAGIC = {
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
    b"BZh": "bz2",
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
}
CONTAINER = {"xlsx": "zip", "ods": "zip", "xls": "ole", "csv": None}
"""Packing of each file type."""


@contextmanager
def _only_member(path: Path) -> Iterator[IO[bytes]]:
    """Open the only file in a zip archive. Raises ValueError if there is none or several."""
    with zipfile.ZipFile(path) as archive:
        _limit_parts(archive)
        (member,) = [
            m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")
        ]
        with archive.open(member) as content:
            yield content


def _limit_parts(archive: zipfile.ZipFile) -> None:
    """Raise Unreadable for an archive with more parts than any workbook has."""
    if (parts := len(archive.filelist)) > MOST_PARTS:
        raise Unreadable(too_many_parts(parts))


_OPEN: dict[str, Callable[..., Any]] = {
    "bz2": bz2.open,
    "gzip": gzip.open,
    "xz": lzma.open,
    "zip": _only_member,
}

HEADER_WITHIN = 20
"""Number of first rows that are searched for the header."""
_AT_ONCE = 1024**2
BROKEN_FILE_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""Exceptions that broken bytes cause (RuntimeError: encrypted, or an unknown way of packing)."""


def read_sheets(path: Path, file: File, *, decimal: str = ".", text: Sheet | None = None) -> list[Sheet]:
    """Read the sheets that the format names, or all visible sheets with content. Raises Unreadable.

    Numbers in a workbook's cells are written with the format's decimal mark. `text` is the file as the search
    for personal data read it, if it is a regular text.
    """
    if path.stat().st_size > LARGEST_UNPACKED:
        raise Unreadable(too_large(path.stat().st_size))
    if _is_empty(path):
        raise Unreadable(Finding("empty_file"))
    if file.type == "csv":
        sheets = [_csv_sheet(path, file, text)]
    else:
        _refuse_other_container(path, CONTAINER[file.type], file)
        arguments = {"file": file.model_dump(), "decimal": decimal}
        sheets = limited_reading.ask("workbook", path, type_label(file), **arguments).sheets
    if not any(map(_holds_something, sheets)):
        raise Unreadable(Finding("empty_file"))
    return sheets if file.sheets else [sheet for sheet in sheets if _holds_something(sheet)]


def _is_empty(path: Path) -> bool:
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            if part.strip():
                return False
    return True


def _holds_something(sheet: Sheet) -> bool:
    return not sheet.grid.blank().all()


def refuse_too_large(path: Path) -> None:
    """Raise Unreadable for a file larger than the program reads. Packed files are measured while they are
    unpacked."""
    if (size := path.stat().st_size) > LARGEST_UNPACKED:
        raise Unreadable(too_large(size))


def unpack_here(path: Path) -> None:
    """Unpack an archive piece by piece and keep nothing. Raises Unreadable if it grows beyond the limit."""
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            _limit_parts(archive)
            so_far = 0
            for member in archive.infolist():
                with archive.open(member) as member_file:
                    reader = UnpackedReader(member_file, size, so_far)
                    while reader.read(_AT_ONCE):
                        pass
                    so_far = reader.so_far
    except BROKEN_FILE_ERRORS:
        return  # broken, not a bomb: the reading reports it


class UnpackedReader:
    """Counter of unpacked bytes. Raises Unreadable if a file of `size` bytes grows beyond the limit."""

    def __init__(self, source: Source, size: int, so_far: int = 0) -> None:
        self._source, self._size, self.so_far = source, size, so_far

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        part = self._source.read(size)
        self.so_far += len(part)
        so_far = self.so_far
        if so_far > LARGEST_UNPACKED or (so_far > BOMB_FROM and so_far > self._size * BOMB_RATIO):
            raise Unreadable(too_large(so_far, self._size))
        return part


@contextmanager
def _open_unpacked(path: Path, kind: str | None) -> Iterator[UnpackedReader]:
    with path.open("rb") if kind is None else _OPEN[kind](path) as source:
        yield UnpackedReader(source, path.stat().st_size)


def read_for_inspection(path: Path) -> list[Sheet]:
    """Read all sheets of a file, hidden ones too, whatever the card declares; empty if it cannot be opened.

    This is for inspection only. Irregular content is read loosely, so that no mistake in the file hides its
    content. Raises Unreadable for a file that exceeds the limits or ends the child that reads it.
    """
    return read_with_texts(path).sheets


def read_with_texts(path: Path) -> limited_reading.Answer:
    """Read the sheets as look does, and the texts outside a workbook's cells. Raises Unreadable, NoReader."""
    return limited_reading.ask("look", path, _kinds(path))


def search(path: Path, permissions: Mapping[str, Any]) -> Sheet | None:
    """Search the whole file for personal data, with personal_search.py. Raises Unreadable, NoReader.

    Returns a regular text, so that reading it next costs nothing more.
    """
    answer = limited_reading.ask("search", path, _kinds(path), permissions=dict(permissions))
    return answer.sheets[0] if answer.sheets else None


def look_here(path: Path) -> list[Sheet]:
    """Read all sheets in this process."""
    if _is_empty(path):
        return [Sheet(None, Grid.from_rows([]))]
    kind = container_of(path)
    if kind in ("zip", "ole"):
        if sheets := _workbook_sheets(path, kind):
            return sheets
        if kind == "ole":
            return []
    try:
        return [_loose_sheet(path, kind)]
    except BROKEN_FILE_ERRORS:
        return []


def _workbook_sheets(path: Path, container: str) -> list[Sheet]:
    """Read the sheets of a workbook. The library detects its type itself."""
    from assets.intake.reading import workbooks

    type_: Any = next(type_ for type_, packing in CONTAINER.items() if packing == container)
    try:
        return workbooks.read(path, File(type=type_), ".", only_visible=False)
    except Unreadable as unreadable:
        if unreadable.finding.rule in ("file_too_large", "too_many_columns"):
            raise
        return []


def _kinds(path: Path) -> str:
    """Return, for people, the file types that match the first bytes."""
    container = container_of(path)
    types = [type_ for type_, packing in CONTAINER.items() if packing == container]
    return ", ".join(types) or f"csv ({container})"


def _loose_sheet(path: Path, kind: str | None) -> Sheet:
    with _open_unpacked(path, kind) as source:
        start = _loose_text(source.read(10_000))
    if len(_CONTROLS.findall(start)) * 100 > len(start):
        raise ValueError("no text")
    delimiter = max(",;\t|", key=start.count)
    for encoding in ("utf-8", "cp1252"):
        try:
            return _regular(path, kind, delimiter, encoding)
        except regular_csv.Irregular:
            continue
    with _open_unpacked(path, kind) as source:
        content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    _limit_rows(content)
    lines = _loose_text(content).splitlines()  # the rest of an endless line is one cell, checked in parts
    rows = (line.replace('"', "").split(delimiter, MOST_COLUMNS) for line in lines)
    return Sheet(None, Grid.from_rows(rows))


_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
"""Control characters. If a hundredth of a text is such, the file is no text but a picture, a document or a
packed file."""


def _regular(path: Path, kind: str | None, delimiter: str, encoding: str) -> Sheet:
    """Read a regular text into columns. Raises regular_csv.Irregular."""
    with _open_unpacked(path, kind) as source:
        grid = regular_csv.read(source, delimiter, encoding)
    return Sheet(None, grid, text_form=(delimiter, encoding))


def _loose_text(content: bytes) -> str:
    """Decode the text with the likeliest encoding: no letter of a header may be lost to a wrong encoding."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-16" if wide else "cp1252", errors="replace")
    return text.replace("\x00", "")


def is_workbook(path: Path) -> bool:
    """Check if the bytes are those of a workbook."""
    return container_of(path) in ("zip", "ole")


def container_of(path: Path) -> str | None:
    with path.open("rb") as file:
        return _container(file.read(8))


def _container(content: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _csv_sheet(path: Path, file: File, text: Sheet | None) -> Sheet:
    """Return the rows of a text file. They are read unless `text` has them in the format's form."""
    kind = None if file.compression == "none" else file.compression
    _refuse_other_container(path, kind, file)
    if text and text.text_form in [(file.delimiter, encoding) for encoding in _encodings(file)]:
        return text
    return limited_reading.ask("text", path, type_label(file), file=file.model_dump()).sheets[0]


def _refuse_other_container(path: Path, kind: str | None, file: File) -> None:
    if container_of(path) != kind:
        raise Unreadable(Finding("unreadable_file", expected=type_label(file)))


def _encodings(file: File) -> list[str]:
    """Return the possible encodings of a text, in the order they are tried."""
    return list(dict.fromkeys(("utf-8", codecs.lookup(file.encoding).name)))


def csv_sheet_here(path: Path, file: File) -> Sheet:
    """Read the rows of a text file, regular ones with Arrow, others with Python's csv reader. Raises
    Unreadable."""
    kind = None if file.compression == "none" else file.compression
    try:
        for encoding in _encodings(file):
            try:
                return _regular(path, kind, file.delimiter, encoding)
            except regular_csv.Irregular:
                continue
        with _open_unpacked(path, kind) as source:
            content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    except BROKEN_FILE_ERRORS as error:
        raise Unreadable(Finding("unreadable_file", expected=type_label(file))) from error
    _limit_rows(content)
    return Sheet(None, Grid.from_rows(_csv_rows(_decode(content, file), file)))


def _limit_rows(content: bytes) -> None:
    """Raise Unreadable for an irregular text with too many lines."""
    if (rows := content.count(b"\n")) > MOST_ROWS or (rows := content.count(b"\r")) > MOST_ROWS:
        raise Unreadable(too_many_rows(rows))


def type_label(file: File) -> str:
    """Return the file type for people: `csv`, `csv (bz2)`, `xlsx`."""
    return file.type if file.compression == "none" else f"{file.type} ({file.compression})"


def _decode(content: bytes, file: File) -> str:
    for encoding in ("utf-8-sig", file.encoding):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            decode_error = error
        else:
            if "\x00" not in text:
                return text
            decode_error = UnicodeDecodeError(
                encoding, content, text.index("\x00"), text.index("\x00") + 1, "NUL"
            )
    line = content[: decode_error.start].count(b"\n") + 1
    position = str(decode_error.start + 1)
    raise Unreadable(
        Finding("wrong_encoding", source_row=line, expected=file.encoding.upper(), value=position)
    )


def _csv_rows(text: str, file: File) -> Iterator[list[str]]:
    """Yield rows as a spreadsheet counts them. Strict: an open quotation mark would hide rows."""
    number = 0
    # set here, because the limit is global and other libraries set it, too
    csv.field_size_limit(LONGEST_CELL)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=file.delimiter, strict=True):
            number += 1
            _limit_columns(cells, number)
            yield cells
    except csv.Error as error:
        too_long = "field limit" in str(error)
        rule, expected = ("cell_too_long", f"{LONGEST_CELL:,}") if too_long else ("broken_quotes", None)
        raise Unreadable(Finding(rule, source_row=number + 1, expected=expected)) from error


def _limit_columns(cells: list[str], row: int) -> None:
    if len(cells) > MOST_COLUMNS:
        raise Unreadable(too_many_columns(f"{len(cells):,}", source_row=row))
