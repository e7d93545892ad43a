"""Bytes to sheets of text, strictly: nothing is guessed, nothing dropped. Knows no card but its `file`.

Every cell is text; a blank cell is "". Rows keep their numbers: the first row of a sheet is row 1.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from schemas.findings import Finding
from schemas.format_card import File

_MAGIC = {
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
    b"BZh": "bz2",
    b"\x1f\x8b": "gzip",
}
_CONTAINER = {"xlsx": "zip", "ods": "zip", "xls": "ole", "csv": None}
_UNPACK = {"bz2": bz2.decompress, "gzip": gzip.decompress}

csv.field_size_limit(50 * 1024 * 1024)


class Unreadable(Exception):
    """The file cannot be read as the format says; `finding` says why, `rows` what was seen of it."""

    def __init__(self, finding: Finding, rows: dict[str, int] | None = None) -> None:
        super().__init__(finding.rule)
        self.finding = finding
        self.rows = rows or {}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name (None for text files) and its rows of text."""

    name: str | None
    rows: list[list[str]]


def read_sheets(path: Path, file: File) -> list[Sheet]:
    """The sheets of the file that the format names, or all of them. Raises Unreadable."""
    content = path.read_bytes()
    if not content.strip():
        raise Unreadable(Finding("empty_file"))
    if file.type == "csv":
        return [Sheet(None, _csv_rows(_decode(_unpack(content, file), file), file))]
    return _workbook(content, file)


def _container(content: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _unpack(content: bytes, file: File) -> bytes:
    expected = None if file.compression == "none" else file.compression
    if _container(content) != expected:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    if expected is None:
        return content
    try:
        return _UNPACK[expected](content)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


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
    finding = Finding("wrong_encoding", expected=file.encoding.upper(), value=str(broken.start + 1))
    raise Unreadable(finding)


def _csv_rows(text: str, file: File) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=file.delimiter))
    except csv.Error as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


def _workbook(content: bytes, file: File) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if _container(content) != _CONTAINER[file.type]:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        wanted = file.sheets or workbook.sheet_names
        for name in wanted:
            if name not in workbook.sheet_names:
                found = ", ".join(workbook.sheet_names)
                raise Unreadable(Finding("missing_sheet", expected=name, value=found))
        return [_sheet(name, workbook.get_sheet_by_name(name)) for name in wanted]
    except (CalamineError, PasswordError, OSError, ValueError) as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


def _sheet(name: str, sheet: object) -> Sheet:
    rows = sheet.to_python(skip_empty_area=False)  # type: ignore[attr-defined]
    return Sheet(name, [[_text(cell) for cell in row] for row in rows])


def _text(cell: object) -> str:
    """A workbook's cell as the sheet shows it, without number formats."""
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time() | timedelta():
            return str(cell)
        case _:
            return str(cell)
