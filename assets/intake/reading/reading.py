"""A file to sheets of text, strictly: nothing is guessed, nothing dropped. Knows no card but its `file`.

Every cell is text; a blank cell is "". Every file is read in a child with limits (limited_reading.py), which
calls what is named `…_here`, regular_csv.py and workbooks.py. Rows keep their numbers: the first row of a
sheet is row 1.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import threading
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
"""What a file of a type is packed in."""


@contextmanager
def _only_member(path: Path) -> Iterator[IO[bytes]]:
    """The one file in a zip archive. Raises ValueError where there is another number of them."""
    with zipfile.ZipFile(path) as archive:
        _limit_parts(archive)
        (member,) = [
            m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")
        ]
        with archive.open(member) as content:
            yield content


def _limit_parts(archive: zipfile.ZipFile) -> None:
    """Raises Unreadable for an archive of more parts than any workbook has."""
    if (parts := len(archive.filelist)) > MOST_PARTS:
        raise Unreadable(too_many_parts(parts))


_OPEN: dict[str, Callable[..., Any]] = {
    "bz2": bz2.open,
    "gzip": gzip.open,
    "xz": lzma.open,
    "zip": _only_member,
}

HEADER_WITHIN = 20
"""The header is looked for in so many first rows."""
_AT_ONCE = 1024**2
BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What broken bytes raise (encrypted or unknown ways of packing: RuntimeError)."""


def read_sheets(path: Path, file: File, *, decimal: str = ".", sha256: str = "") -> list[Sheet]:
    """The sheets that the format names, or all visible ones that hold something. Raises Unreadable.

    Numbers of a workbook's cells are written with the format's decimal mark. By its hash a file that was just
    looked into is known again, and not read twice.
    """
    if path.stat().st_size > LARGEST_UNPACKED:
        raise Unreadable(too_large(path.stat().st_size))
    if _is_empty(path):
        raise Unreadable(Finding("empty_file"))
    if file.type == "csv":
        sheets = [Sheet(None, _csv_grid(path, file, sha256))]
    else:
        _refuse_other_container(path, CONTAINER[file.type], file)
        asked = {"file": file.model_dump(), "decimal": decimal}
        sheets = limited_reading.ask("workbook", path, describe(file), **asked).sheets
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
    """Raises Unreadable for a file larger than is read here; a packed one is measured when looked into."""
    if (size := path.stat().st_size) > LARGEST_UNPACKED:
        raise Unreadable(too_large(size))


def unpack_here(path: Path) -> None:
    """Unpack an archive piece by piece, and keep nothing. Raises Unreadable if it gives more than it may."""
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            _limit_parts(archive)
            so_far = 0
            for member in archive.infolist():
                with archive.open(member) as packed:
                    measured = Measured(packed, size, so_far)
                    while measured.read(_AT_ONCE):
                        pass
                    so_far = measured.so_far
    except BROKEN:
        return  # broken, not a bomb: the reading says so


class Measured:
    """Unpacked bytes, counted: raises Unreadable where a file of `size` bytes gives more than it may."""

    def __init__(self, source: Source, size: int, so_far: int = 0) -> None:
        self._source, self._size, self.so_far = source, size, so_far

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        part = self._source.read(size)
        self.so_far += len(part)
        so_far = self.so_far
        if so_far > LARGEST_UNPACKED or (so_far > BOMB_FROM and so_far > self._size * BOMB_RATIO):
            raise Unreadable(too_large(so_far, self._size))
        return part


@contextmanager
def _unpacked(path: Path, kind: str | None) -> Iterator[Measured]:
    with path.open("rb") if kind is None else _OPEN[kind](path) as source:
        yield Measured(source, path.stat().st_size)


def look(path: Path, sha256: str = "") -> list[Sheet]:
    """All a file holds, hidden sheets too, whatever a card says of it; nothing where it cannot be opened.

    For looking only: what is irregular is read loosely, so that no slip in the file hides what it carries.
    Raises Unreadable for a file that takes more than this program reads, or ends the child that reads it.
    """
    return look_into(path, sha256).sheets


def look_into(path: Path, sha256: str = "") -> limited_reading.Answer:
    """The same, and the texts that a workbook holds beside its cells. Raises Unreadable, NoReader."""
    return _remember(limited_reading.ask("look", path, _kinds(path), sha256=sha256))


def search(path: Path, allowed: Mapping[str, Any], sha256: str = "") -> None:
    """Search all a file holds for personal data, as personal_search.py does. Raises Unreadable, NoReader.

    A regular text is remembered by its hash: to read it next costs nothing more.
    """
    asked = {"sha256": sha256, "allowed": dict(allowed)}
    _remember(limited_reading.ask("search", path, _kinds(path), **asked))


def look_here(path: Path, sha256: str) -> list[Sheet]:
    """The same, in this process."""
    if _is_empty(path):
        return [Sheet(None, Grid.of([]))]
    kind = container_of(path)
    if kind in ("zip", "ole"):
        if sheets := _opened(path, kind):
            return sheets
        if kind == "ole":
            return []
    try:
        return [Sheet(None, _loose_grid(path, kind, sha256))]
    except BROKEN:
        return []


def _opened(path: Path, container: str) -> list[Sheet]:
    """The sheets of a workbook: the library tells by itself of which kind it is."""
    from assets.intake.reading import workbooks

    type_: Any = next(type_ for type_, packed in CONTAINER.items() if packed == container)
    try:
        return workbooks.read(path, File(type=type_), ".", only_visible=False)
    except Unreadable as unreadable:
        if unreadable.finding.rule in ("file_too_large", "too_many_columns"):
            raise
        return []


def _kinds(path: Path) -> str:
    """What a file may be by its first bytes, for people."""
    container = container_of(path)
    types = [type_ for type_, packed in CONTAINER.items() if packed == container]
    return ", ".join(types) or f"csv ({container})"


def _loose_grid(path: Path, kind: str | None, sha256: str) -> Grid:
    with _unpacked(path, kind) as source:
        start = _loose_text(source.read(10_000))
    if len(_CONTROLS.findall(start)) * 100 > len(start):
        raise ValueError("no text")
    delimiter = max(",;\t|", key=start.count)
    for encoding in ("utf-8", "cp1252"):
        try:
            return _regular(path, kind, delimiter, encoding, sha256)
        except regular_csv.Irregular:
            continue
    with _unpacked(path, kind) as source:
        content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    _limit_rows(content)
    lines = _loose_text(content).splitlines()  # of an endless one the rest is one cell, asked in parts
    return Grid.of(line.replace('"', "").split(delimiter, MOST_COLUMNS) for line in lines)


_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
"""One in a hundred letters is such a one: the bytes are no text but a picture, a document, a packed file."""


class _Last(threading.local):
    """The text that this thread read last, by hash, delimiter, encoding: what is searched is read next."""

    def __init__(self) -> None:
        self.grids: dict[tuple[str, str, str], Grid] = {}


_LAST = _Last()


def _regular(path: Path, kind: str | None, delimiter: str, encoding: str, sha256: str) -> Grid:
    """A regular text in columns. Raises regular_csv.Irregular."""
    key = (sha256, delimiter, encoding)
    if sha256 and key in _LAST.grids:
        return _LAST.grids[key]
    with _unpacked(path, kind) as source:
        grid = regular_csv.read(source, delimiter, encoding)
    _LAST.grids.clear()
    if sha256:
        _LAST.grids[key] = grid
    return grid


def remembered() -> tuple[str, str, str] | None:
    """The hash, delimiter and encoding of the text last read here."""
    return next(iter(_LAST.grids), None)


def _remember(answer: limited_reading.Answer) -> limited_reading.Answer:
    """Keep the text that a child read, for who reads it next."""
    _LAST.grids.clear()
    if answer.remember:
        _LAST.grids[answer.remember] = answer.sheets[0].grid
    return answer


def forget() -> None:
    """Let go of the text last read."""
    _LAST.grids.clear()


def _loose_text(content: bytes) -> str:
    """The text in whatever encoding it seems to be: no letter of a header may be lost to a wrong one."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-16" if wide else "cp1252", errors="replace")
    return text.replace("\x00", "")


def is_workbook(path: Path) -> bool:
    """Whether the bytes are those of a workbook."""
    return container_of(path) in ("zip", "ole")


def container_of(path: Path) -> str | None:
    with path.open("rb") as file:
        return _container(file.read(8))


def _container(content: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _csv_grid(path: Path, file: File, sha256: str) -> Grid:
    """The rows of a text file, which is read if it was not just looked into."""
    kind = None if file.compression == "none" else file.compression
    _refuse_other_container(path, kind, file)
    for encoding in _encodings(file):
        if sha256 and (known := _LAST.grids.get((sha256, file.delimiter, encoding))):
            return known
    asked = {"file": file.model_dump(), "sha256": sha256}
    return _remember(limited_reading.ask("text", path, describe(file), **asked)).sheets[0].grid


def _refuse_other_container(path: Path, kind: str | None, file: File) -> None:
    if container_of(path) != kind:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))


def _encodings(file: File) -> list[str]:
    """In which a text may be, in the order they are tried."""
    return list(dict.fromkeys(("utf-8", codecs.lookup(file.encoding).name)))


def csv_grid_here(path: Path, file: File, sha256: str) -> Grid:
    """The rows of a text file: regular ones by Arrow, others by Python's csv reader. Raises Unreadable."""
    kind = None if file.compression == "none" else file.compression
    try:
        for encoding in _encodings(file):
            try:
                return _regular(path, kind, file.delimiter, encoding, sha256)
            except regular_csv.Irregular:
                continue
        with _unpacked(path, kind) as source:
            content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    except BROKEN as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error
    _limit_rows(content)
    return Grid.of(_csv_rows(_decode(content, file), file))


def _limit_rows(content: bytes) -> None:
    """Raises Unreadable for a text of more lines than are read one by one."""
    if (rows := content.count(b"\n")) > MOST_ROWS or (rows := content.count(b"\r")) > MOST_ROWS:
        raise Unreadable(too_many_rows(rows))


def describe(file: File) -> str:
    """The file type for people: `csv`, `csv (bz2)`, `xlsx`."""
    return file.type if file.compression == "none" else f"{file.type} ({file.compression})"


def _decode(content: bytes, file: File) -> str:
    for encoding in ("utf-8-sig", file.encoding):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            broken = error
        else:
            if "\x00" not in text:
                return text
            broken = UnicodeDecodeError(encoding, content, text.index("\x00"), text.index("\x00") + 1, "NUL")
    line = content[: broken.start].count(b"\n") + 1
    place = str(broken.start + 1)
    raise Unreadable(Finding("wrong_encoding", source_row=line, expected=file.encoding.upper(), value=place))


def _csv_rows(text: str, file: File) -> Iterator[list[str]]:
    """Rows as a spreadsheet counts them. Strict: a quotation mark left open would swallow rows unseen."""
    number = 0
    csv.field_size_limit(LONGEST_CELL)  # here: it is one for the process, and other libraries set it, too
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
