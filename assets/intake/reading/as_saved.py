"""How a file of the project's own template was saved: as which kind, with which delimiter, in which encoding.

Only what its bytes show; which columns and sheets it has is records.py's. A card's own formats say all this.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assets.intake.reading.reading import BROKEN, HEADER_WITHIN, container_of
from schemas.cards.card_file import File

_DELIMITERS = ",;\t|"
_AT_ONCE = 1 << 22
_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
"""A letter of more than one byte in UTF-8."""


def as_saved(path: Path, file: File) -> File:
    """The layout of a format that says `any`, as this file has it; another format's own."""
    if file.type != "any":
        return file
    match container_of(path):
        case "zip":
            found = {"type": "ods" if _is_open_document(path) else "xlsx"}
        case "ole":
            found = {"type": "xls"}
        case _:
            encoding = _encoding(path, file.encoding)
            found = {"type": "csv", "delimiter": _delimiter(path, file), "encoding": encoding}
    return file.model_copy(update=found)


def _is_open_document(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "content.xml" in archive.namelist()
    except BROKEN:
        return False


def _delimiter(path: Path, file: File) -> str:
    """The mark that stands most often in the first line that is no remark: the header's names have none."""
    with path.open("rb") as source:
        lines = source.read(_AT_ONCE).removeprefix(codecs.BOM_UTF8).splitlines()[:HEADER_WITHIN]
    texts = (line.decode("latin-1").lstrip('"') for line in lines)
    header = next((text for text in texts if text.strip() and not text.startswith(tuple(file.banner))), "")
    return max(_DELIMITERS, key=header.count)


def _encoding(path: Path, other: str) -> str:
    """UTF-8 or the other one. Text with letters of UTF-8 and broken ones beside them is damaged UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in _parts(path):
            decoder.decode(part)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "utf-8" if any(_LETTER.search(part) for part in _parts(path)) else other
    return "utf-8"


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from iter(lambda: source.read(_AT_ONCE), b"")
