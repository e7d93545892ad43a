"""Texts of a workbook outside its cells: properties, comments, notes, names, links, headers and footers.

Only the guard uses them. They are read loosely from the parts of the archive. No cell and no card is read
here. A part without text cannot be searched: a picture, or another file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from assets.intake.reading.reading import BROKEN_FILE_ERRORS

_CELLS_BEGIN, _CELLS_END = re.compile(rb"<sheetData\b"), b"</sheetData>"
_NO_TEXT = re.compile(r"(?i)^xl/(?:styles|calcChain)\.xml$|^(?:settings|\[Content_Types\])\.xml$|/theme/")
"""Parts of an archive that hold its appearance, not its content."""
_NARROW, _WIDE = re.compile(r"[^\x00-\x1f\x7f-\x9f]{8,}"), re.compile(r"[\x20-\x7e]{8,}")


AUTHOR = " (autor / author)"
"""Suffix of a location where the spreadsheet program wrote its user's name, as in most workbooks."""
_IS_AUTHOR = re.compile(r"^(?:creator|initial-creator|lastModifiedBy|author|person|printed-by)$")
_PICTURE = re.compile(r"(?i)^(?:xl/)?(?:media|embeddings|Pictures|Object[^/]*)/.*[^/]$|^xl/activeX/.*\.bin$")


def texts_outside_cells(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield pairs (part, text) of a workbook's bytes; nothing for other files."""
    if content.startswith(b"PK\x03\x04"):
        yield from _archive_texts(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        yield from (("xls", run) for run in _readable_runs(content))


def _archive_texts(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                if name := part.rsplit("/", 1)[-1]:  # a folder's entry has none
                    yield "zip", name
                if _PICTURE.search(part):
                    yield part, ""
                elif part.lower().endswith((".xml", ".rels", ".vml")) and not _NO_TEXT.search(part):
                    yield from ((part + suffix, text) for suffix, text in _texts(archive.read(part)))
    except BROKEN_FILE_ERRORS:
        return  # the reading reports what cannot be read


def _texts(xml: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text of each element and of its attributes, each with AUTHOR or "".

    The texts of a paragraph are joined.
    """
    try:
        root = ElementTree.fromstring(_without_cells(xml))
    except ElementTree.ParseError:
        yield from (("", run) for run in _readable_runs(xml))
        return
    for element in root.iter():
        suffix = AUTHOR if _IS_AUTHOR.match(element.tag.rsplit("}", 1)[-1]) else ""
        yield from ((suffix, value) for value in element.attrib.values() if len(value) > 4)
        words = "".join(element.itertext()) if _is_paragraph(element) else element.text or ""
        if words.strip():
            yield suffix, words


def _without_cells(xml: bytes) -> bytes:
    """Remove the cells, which are read elsewhere."""
    begin, end = _CELLS_BEGIN.search(xml), xml.rfind(_CELLS_END)
    if begin is None or end < begin.end():
        return xml
    return xml[: begin.start()] + xml[end + len(_CELLS_END) :]


def _is_paragraph(element: ElementTree.Element) -> bool:
    """Check for elements whose words may be split: comments, shared texts and paragraphs."""
    return element.tag.rsplit("}", 1)[-1] in ("si", "text", "p", "annotation", "h", "threadedComment")


def _readable_runs(content: bytes) -> Iterator[str]:
    """Yield runs of readable characters, with single and with double bytes."""
    wide = content.decode("utf-16-le", errors="replace")
    yield from (match[0] for match in _NARROW.finditer(content.decode("latin-1")))
    yield from (match[0] for match in _WIDE.finditer(wide))
