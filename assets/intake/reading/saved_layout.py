"""Detection of how a file made from the project's template was saved: file type, delimiter and encoding.

It looks only at the bytes. Columns and sheets are matched in records.py. A card's own formats declare their
layout, so they need no detection.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assets.intake.reading.reading import BROKEN_FILE_ERRORS, HEADER_WITHIN, container_of
from schemas.cards.card_file import File

_DELIMITERS = ",;\t|"
_BLOCK_SIZE = 1 << 22
_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
"""A letter of more than one byte in UTF-8."""


def detect_layout(path: Path, file: File) -> File:
    """Fill in the layout of a format of type `any` from the file. Any other format is returned unchanged."""
    if file.type != "any":
        return file
    match container_of(path):
        case "zip":
            layout = {"type": "ods" if _is_open_document(path) else "xlsx"}
        case "ole":
            layout = {"type": "xls"}
        case _:
            encoding = _encoding(path, file.encoding)
            layout = {"type": "csv", "delimiter": _delimiter(path, file), "encoding": encoding}
    return file.model_copy(update=layout)


def _is_open_document(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "content.xml" in archive.namelist()
    except BROKEN_FILE_ERRORS:
        return False


def _delimiter(path: Path, file: File) -> str:
    """Return the most frequent delimiter of the first line that is no remark. Header names contain no
    delimiter."""
    with path.open("rb") as source:
        lines = source.read(_BLOCK_SIZE).removeprefix(codecs.BOM_UTF8).splitlines()[:HEADER_WITHIN]
    texts = (line.decode("latin-1").lstrip('"') for line in lines)
    header = next((text for text in texts if text.strip() and not text.startswith(tuple(file.banner))), "")
    return max(_DELIMITERS, key=header.count)


def _encoding(path: Path, other: str) -> str:
    """Return UTF-8 or the format's other encoding. Text that mixes valid UTF-8 letters with broken bytes is
    damaged UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in _blocks(path):
            decoder.decode(part)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "utf-8" if any(_LETTER.search(part) for part in _blocks(path)) else other
    return "utf-8"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from iter(lambda: source.read(_BLOCK_SIZE), b"")
