"""Saving a workbook, and parts of other zip files, without an hour: the same cells are the same bytes."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

_PROPERTIES = "docProps/core.xml"
_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_FIRST = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip file can say."""


def save(book: Workbook, path: Path, day: date) -> None:
    """Write it. openpyxl says when it saved a workbook, in its properties and beside each part."""
    moment = datetime(day.year, day.month, day.day)
    book.properties.created = moment
    saved = BytesIO()
    book.save(saved)
    with ZipFile(saved) as parts, ZipFile(path, "w") as written:
        for name in parts.namelist():
            content = parts.read(name)
            if name == _PROPERTIES:
                content = _CHANGED.sub(rb"\g<1>%sZ" % moment.isoformat().encode(), content)
            written.writestr(part(name), content)


def part(name: str) -> ZipInfo:
    """A part of a zip file that bears no hour."""
    info = ZipInfo(name, _FIRST)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
    return info
