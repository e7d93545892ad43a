"""Bytes to sheets of text, strictly: nothing is guessed, nothing dropped. Knows no card but its `file`.

Every cell is text; a blank cell is "". A regular csv file is read by regular_csv. Rows keep their numbers:
the first row of a sheet is row 1.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from assets.steps import regular_csv
from assets.steps.columns import Grid
from assets.steps.regular_csv import LONGEST_CELL, MOST_COLUMNS, Source
from schemas.findings import Finding
from schemas.format_card import File

_MAGIC = {
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
    b"BZh": "bz2",
    b"\x1f\x8b": "gzip",
}
_CONTAINER = {"xlsx": "zip", "ods": "zip", "xls": "ole", "csv": None}
_OPEN: dict[str, Callable[..., Any]] = {"bz2": bz2.open, "gzip": gzip.open}

HEADER_WITHIN = 20
"""The header is looked for in so many first rows."""
MOST_CELLS = 100_000_000
LARGEST_UNPACKED = 2 * 1024**3
BOMB_FROM, BOMB_RATIO = 128 * 1024**2, 300
"""A file that unpacks to so many bytes, and to so many times its own, was made to do harm."""
_AT_ONCE = 1024**2
BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""What broken bytes raise (encrypted or unknown ways of packing: RuntimeError)."""

csv.field_size_limit(LONGEST_CELL)


class Unreadable(Exception):
    """The file cannot be read as the format says; `finding` says why, `rows` what was seen of it."""

    def __init__(self, finding: Finding, rows: dict[str, int] | None = None) -> None:
        super().__init__(finding.rule)
        self.finding = finding
        self.rows = rows or {}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name (None for text files), its cells in columns, what else the workbook holds.

    `hidden` are the rows, and `hidden_columns` the columns, that the workbook does not show (an old xls file
    does not tell), `hidden_sheets` the other sheets it does not show, `is_hidden` if it is one of them.
    """

    name: str | None
    grid: Grid
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    others: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    is_hidden: bool = False

    @property
    def rows(self) -> list[list[str]]:
        """The cells row by row: for sheets that people look at, not for those that machines wrote."""
        return [self.grid.row(number) for number in range(self.grid.rows)]

    def first(self, rows: int) -> list[list[str]]:
        """The first rows, or all where there are fewer."""
        return [self.grid.row(number) for number in range(min(rows, self.grid.rows))]


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
        sheets = _workbook(path.read_bytes(), file, decimal, only_visible=True)
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


def too_large(size: int) -> Finding:
    """The finding for a file of so many bytes, unpacked."""
    return Finding(
        "file_too_large",
        value=f"{size // 1024**2:,} MiB",
        expected=f"{LARGEST_UNPACKED // 1024**2:,} MiB",
    )


def refuse_bombs(path: Path) -> None:
    """Raises Unreadable if the file, unpacked, is larger than this program reads. Unpacks piece by piece.

    A packed text is measured while it is looked into.
    """
    size = path.stat().st_size
    if size > LARGEST_UNPACKED:
        raise Unreadable(too_large(size))
    if _container_of(path) != "zip":
        return
    try:
        with zipfile.ZipFile(path) as archive:
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
            raise Unreadable(too_large(so_far))
        return part


@contextmanager
def _unpacked(path: Path, kind: str | None) -> Iterator[Measured]:
    with path.open("rb") if kind is None else _OPEN[kind](path) as source:
        yield Measured(source, path.stat().st_size)


def look(path: Path, sha256: str = "") -> list[Sheet]:
    """All a file holds, hidden sheets too, whatever a card says of it; nothing where it cannot be opened.

    For looking only: what is irregular is read loosely, so that no slip in the file hides what it carries.
    Raises Unreadable for a file that unpacks to more than this program reads.
    """
    kind = _container_of(path)
    try:
        if kind in ("zip", "ole"):
            content = path.read_bytes()
            kinds = [t for t, container in _CONTAINER.items() if container == kind]
            return next(filter(None, (_opened(content, t) for t in kinds)), [])
        return [Sheet(None, _loose_grid(path, kind, sha256))]
    except BROKEN:
        return []


def _opened(content: bytes, kind: Any) -> list[Sheet]:
    try:
        return _workbook(content, File(type=kind), ".", only_visible=False)
    except Unreadable:
        return []


def _loose_grid(path: Path, kind: str | None, sha256: str) -> Grid:
    with _unpacked(path, kind) as source:
        start = _loose_text(source.read(10_000))
    delimiter = max(",;\t|", key=start.count)
    for encoding in ("utf-8", "cp1252"):
        try:
            return _regular(path, kind, delimiter, encoding, sha256)
        except regular_csv.Irregular:
            continue
    with _unpacked(path, kind) as source:
        content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    lines = _loose_text(content).splitlines()  # of an endless one the rest is one cell, asked in parts
    return Grid.of(line.replace('"', "").split(delimiter, MOST_COLUMNS) for line in lines)


_LAST: dict[tuple[str, str, str], Grid] = {}
"""The text last read, by its hash, delimiter and encoding: the guard looks into what is read next."""


def _regular(path: Path, kind: str | None, delimiter: str, encoding: str, sha256: str) -> Grid:
    """A regular text in columns. Raises regular_csv.Irregular."""
    key = (sha256, delimiter, encoding)
    if sha256 and key in _LAST:
        return _LAST[key]
    with _unpacked(path, kind) as source:
        grid = regular_csv.read(source, delimiter, encoding)
    _LAST.clear()
    if sha256:
        _LAST[key] = grid
    return grid


def forget() -> None:
    """Let go of the text last read."""
    _LAST.clear()


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
    return _container_of(path) in ("zip", "ole")


def _container_of(path: Path) -> str | None:
    with path.open("rb") as file:
        return _container(file.read(8))


def _container(content: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _csv_grid(path: Path, file: File, sha256: str) -> Grid:
    """The rows of a text file: regular ones by Arrow, others by Python's csv reader. Raises Unreadable."""
    kind = None if file.compression == "none" else file.compression
    if _container_of(path) != kind:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    try:
        for encoding in dict.fromkeys(("utf-8", codecs.lookup(file.encoding).name)):
            try:
                return _regular(path, kind, file.delimiter, encoding, sha256)
            except regular_csv.Irregular:
                continue
        with _unpacked(path, kind) as source:
            content = b"".join(iter(lambda: source.read(_AT_ONCE), b""))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error
    return Grid.of(_csv_rows(_decode(content, file), file))


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
        finding = Finding(
            "too_many_columns", source_row=row, value=f"{len(cells):,}", expected=f"{MOST_COLUMNS:,}"
        )
        raise Unreadable(finding)


def _workbook(content: bytes, file: File, decimal: str, *, only_visible: bool) -> list[Sheet]:
    """The sheets that the format names; where it names none, all or the visible ones. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    broken = (*BROKEN, CalamineError, PasswordError, ElementTree.ParseError)
    if _container(content) != _CONTAINER[file.type]:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    try:
        unshown = _unshown(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [m.name for m in workbook.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        wanted = file.sheets or (visible if only_visible else workbook.sheet_names)
        for name in wanted:
            if name not in workbook.sheet_names:
                names = ", ".join(workbook.sheet_names)
                raise Unreadable(Finding("missing_sheet", expected=name, value=names))
        beside = [name for name in workbook.sheet_names if name not in wanted]
        filled = [n for n in beside if workbook.get_sheet_by_name(n).start is not None]
        sheets = [
            _sheet(name, workbook.get_sheet_by_name(name), decimal, unshown.get(name, Unshown()))
            for name in wanted
        ]
        others, hidden = (tuple(n for n in filled if (n in visible) == shown) for shown in (True, False))
        marked = [(sheet, sheet.name not in visible) for sheet in sheets]
        return [replace(s, others=others, hidden_sheets=hidden, is_hidden=h) for s, h in marked]
    except broken as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_SUSPECT = re.compile(rb'<f\b|\bt="e"')
_COLUMN, _ROW = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)\d+"'), re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE, _FORMULA = re.compile(rb"<v>([^<]+)</v>"), re.compile(rb"<f\b[^>]*>([^<]*)</f>")
_IS_HIDDEN = rb'(?=[^>]*\b(?:hidden="(?:1|true)"|(?:ht|width)="0(?:\.0*)?"))'
_HIDDEN_ROW = re.compile(rb"<row\b" + _IS_HIDDEN + rb'[^>]*?\br="(\d+)"')
_HIDDEN_COLUMNS = re.compile(
    rb"<col\b" + _IS_HIDDEN + rb'(?=[^>]*\bmin="(?P<min>\d+)")(?=[^>]*\bmax="(?P<max>\d+)")'
)


@dataclass(frozen=True)
class Unshown:
    """What a sheet holds and calamine does not tell: texts of cells that read as blank; what is hidden."""

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: tuple[tuple[int, int], ...] = ()
    columns: tuple[tuple[int, int], ...] = ()


def _unshown(content: bytes) -> dict[str, Unshown]:
    """By sheet, what reads as blank and is not: errors (#N/A), formulas not calculated; what is hidden.

    Raises Unreadable for a sheet too large to lay out.
    """
    if _container(content) != "zip":
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = set(archive.namelist())
        if "content.xml" in members:
            return _unshown_in_ods(archive.read("content.xml"))
        parts = {name: part for name, part in _parts(archive, members).items() if part in members}
        return {name: _unshown_in(archive.read(part), name) for name, part in parts.items()}


def _parts(archive: zipfile.ZipFile, members: set[str]) -> dict[str, str]:
    """Name of a sheet → its part of an xlsx file; empty for other kinds."""
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, links} <= members:
        return {}
    targets = {x.get("Id"): str(x.get("Target")) for x in ElementTree.fromstring(archive.read(links))}
    parts = {}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if element.tag.endswith("}sheet"):
            key = next((v for k, v in element.items() if k.endswith("}id")), None)
            target = targets.get(key, "")
            parts[str(element.get("name"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _unshown_in(xml: bytes, name: str) -> Unshown:
    columns = max((_number_of(letters) for letters in set(_COLUMN.findall(xml))), default=0)
    rows = max(map(int, _ROW.findall(xml)), default=0)
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        width, most = f"{columns:,}", f"{MOST_COLUMNS:,}"
        raise Unreadable(Finding("too_many_columns", sheet=name, value=width, expected=most))
    texts = {}
    if _SUSPECT.search(xml):
        for cell in _CELL.finditer(xml):
            attributes, inside = cell[1], cell[2] or b""
            place, value = _PLACE.search(attributes), _VALUE.search(inside)
            if place and b't="e"' in attributes:
                texts[int(place[2]), _number_of(place[1])] = value[1].decode() if value else "#"
            elif place and b"<f" in inside and value is None:
                formula = _FORMULA.search(inside)
                texts[int(place[2]), _number_of(place[1])] = "=" + (formula[1].decode() if formula else "")
    hidden = tuple((int(row), int(row)) for row in _HIDDEN_ROW.findall(xml))
    spans = tuple((int(span["min"]), int(span["max"])) for span in _HIDDEN_COLUMNS.finditer(xml))
    return Unshown(texts, hidden, spans)


def _unshown_in_ods(xml: bytes) -> dict[str, Unshown]:
    """By sheet of an OpenDocument workbook, the rows and columns it does not show."""
    unshown = {}
    for table in ElementTree.fromstring(xml).iter(f"{_ODS}table"):
        spans = {kind: _hidden_spans(table, kind) for kind in ("row", "column")}
        unshown[str(table.get(f"{_ODS}name"))] = Unshown(rows=spans["row"], columns=spans["column"])
    return unshown


_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def _hidden_spans(table: ElementTree.Element, kind: str) -> tuple[tuple[int, int], ...]:
    """The first and last of each run of rows or columns that is hidden; one element may stand for many."""
    spans, last = [], 0
    for element in table.iter(f"{_ODS}table-{kind}"):
        first, last = last + 1, last + int(element.get(f"{_ODS}number-{kind}s-repeated", "1"))
        if element.get(f"{_ODS}visibility", "visible") != "visible":
            spans.append((first, last))
    return tuple(spans)


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet(name: str, sheet: Any, decimal: str, unshown: Unshown) -> Sheet:
    rows = [[_text(cell, decimal) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), text in unshown.texts.items():
        if row <= len(rows) and column <= len(rows[row - 1]) and not rows[row - 1][column - 1]:
            rows[row - 1][column - 1] = text
    grid = Grid.of(rows)
    hidden, columns = _within(unshown.rows, grid.rows), _within(unshown.columns, len(grid.columns))
    merged = tuple(sheet.merged_cell_ranges or ())
    return Sheet(name, grid, merged, hidden=hidden, hidden_columns=columns)


def _within(spans: tuple[tuple[int, int], ...], most: int) -> tuple[int, ...]:
    """The numbers of the spans, up to what a sheet has."""
    return tuple(number for first, last in spans for number in range(first, min(last, most) + 1))


def _text(cell: object, decimal: str) -> str:
    """A workbook's cell as the sheet shows it, without number formats."""
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case float():
            return str(cell).replace(".", decimal)
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time() | timedelta():
            return str(cell)
        case _:
            return str(cell)
