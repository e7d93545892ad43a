"""Workbooks and zip files without times, so that the same content gives the same bytes."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

_PROPERTIES = "docProps/core.xml"
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a zip file."""


def save_workbook(book: Workbook, path: Path, day: date) -> None:
    """Save a workbook without the times that openpyxl writes into properties and zip entries."""
    buffer = BytesIO()
    book.save(buffer)
    write_file(buffer, path, day)


def write_file(workbook: BinaryIO, path: Path, day: date) -> None:
    """Write the file of a workbook to `path` as if it had been made at the beginning of `day`."""
    moment = datetime(day.year, day.month, day.day).isoformat().encode()
    with ZipFile(workbook) as entries, ZipFile(path, "w") as archive:
        for name in entries.namelist():
            content = entries.read(name)
            if name == _PROPERTIES:
                content = _TIMES.sub(rb"\g<1>%sZ" % moment, content)
            archive.writestr(zip_entry(name), content)


def zip_entry(name: str) -> ZipInfo:
    """Return a zip entry without a time."""
    info = ZipInfo(name, _EARLIEST_DATE)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
    return info
