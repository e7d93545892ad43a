"""Workbooks and zip files without times, so that the same content gives the same bytes."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a zip file."""


def save_workbook(book: Workbook, path: Path, day: date) -> None:
    """Save a workbook. Removes the times that openpyxl writes into properties and zip entries."""
    moment = datetime(day.year, day.month, day.day)
    book.properties.created = moment
    buffer = BytesIO()
    book.save(buffer)
    with ZipFile(buffer) as entries, ZipFile(path, "w") as archive:
        for name in entries.namelist():
            content = entries.read(name)
            if name == _PROPERTIES:
                content = _MODIFIED.sub(rb"\g<1>%sZ" % moment.isoformat().encode(), content)
            archive.writestr(zip_entry(name), content)


def zip_entry(name: str) -> ZipInfo:
    """Return a zip entry without a time."""
    info = ZipInfo(name, _EARLIEST_DATE)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
    return info
