"""Saving a workbook that bears the release's day and no hour: the same cells are the same bytes."""

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
            part = ZipInfo(name, _FIRST)
            part.compress_type, part.external_attr = ZIP_DEFLATED, 0o600 << 16
            written.writestr(part, content)
