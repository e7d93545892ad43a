"""Texts of a workbook outside its cells: properties, comments, notes, names, links, headers and footers.

Only the guard uses them. They are read loosely from the parts of the archive. No cell and no card is read
here. A part without text cannot be searched: a picture, or another file. A printer's settings are searched.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from xml.etree import ElementTree

from assets.intake.reading.reading import BROKEN_FILE_ERRORS

_CELLS_BEGIN, _CELLS_END = re.compile(rb"<sheetData\b"), b"</sheetData>"
_NO_TEXT = re.compile(r"(?i)^xl/calcChain\.xml$|^(?:settings|\[Content_Types\])\.xml$|/theme/")
"""Parts of an archive that hold its appearance, not its content."""
_STYLES = re.compile(r"(?i)^xl/styles\.xml$")
_SHEET = re.compile(r"(?i)^xl/(?:work|macro|dialog|chart)?sheets/")
_FORMAT = re.compile(rb"formatCode=(?:\"([^\"]*)\"|'([^']*)')")
_FORMULA = re.compile(rb"<f\b[^<>]*>([^<>]+)</f>")
_IN_QUOTES = re.compile(r'"([^"]{5,})"')
_PAGE_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Za-z])')
"""A code of a header or footer: font, colour, size, position, field."""
_PAGE = re.compile(r"^(?:odd|even|first)(?:Header|Footer)$")
_LABEL = re.compile(r"^MSIP_Label_[0-9a-fA-F-]{36}_")
"""Name of a property that a sensitivity label of Microsoft 365 writes into each file."""
_NARROW, _WIDE = re.compile(r"[^\x00-\x1f\x7f-\x9f]{8,}"), re.compile(r"[\x20-\x7e\xc0-\xff]{8,}")


ZIP_COMMENT = "comment of the archive"
"""Location of the comment of a zip archive."""
AUTHOR = " (autor / author)"
"""Suffix of a location where the spreadsheet program wrote its user's name, as in most workbooks."""
_IS_AUTHOR = re.compile(r"^(?:creator|initial-creator|lastModifiedBy|author|person|printed-by)$")
_CLOSED = re.compile(
    r"(?i)^(?:xl/)?(?:media|embeddings|Pictures|Object[^/]*|model|Versions)/.*[^/]$"
    r"|^Basic/.*\.xml$|^Scripts/.*[^/]$|\.bin$|\.(?:png|jpe?g|gif|bmp|tiff?|[ew]mf|svg|pdf)$"
)
"""Parts that cannot be searched: pictures, other files, macros, earlier versions, tables of a data model."""
_RUNS = re.compile(r"(?i)^xl/(?:printerSettings/.*|customProperty\d*)\.bin$")
"""Parts with texts among other bytes: a sheet's printer, which most workbooks have, and its properties."""
_PREVIEW = re.compile(r"(?i)^(?:Thumbnails|docProps)/thumbnail\.png$")
_LARGEST_PREVIEW = 512
"""Side, in pixels, of the picture of the first page that LibreOffice writes into each file (461 for A4): its
letters are five pixels high, and the cells that it shows are searched."""
_TEXT_PART = re.compile(r"(?i)\.(?:xml|rels|vml|rdf)$")
_CUSTOM_XML = re.compile(r"(?i)^customXml/.*\.xml$")
"""Parts of programs and of Power Query, whose formulas are packed in base64."""
_PACKED = re.compile(r"[A-Za-z0-9+/\s]{200,}={0,2}\s*")
_END_OF_ARCHIVE = 22
"""Bytes of the record that ends an archive."""
_OTHER_PART = re.compile(r"(?i)^mimetype$|/$")
"""The type of an ods file, and folders."""


def texts_outside_cells(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield pairs (part, text) of a workbook's bytes; nothing for other files."""
    if content.startswith(b"PK\x03\x04"):
        yield from _archive_texts(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        yield from (("xls", run) for run in _readable_runs(content))


def _archive_texts(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.comment:
                yield ZIP_COMMENT, archive.comment.decode("utf-8", "replace")
            for part in archive.namelist():
                if name := part.rsplit("/", 1)[-1]:  # a folder's entry has none
                    yield "zip", name
                if _PREVIEW.search(part) and _is_small_picture(archive.read(part)):
                    continue
                if _CLOSED.search(part) and not _RUNS.search(part):
                    yield part, ""
                elif not _NO_TEXT.search(part):
                    yield from ((part + suffix, text) for suffix, text in _part_texts(part, archive.read))
    except BROKEN_FILE_ERRORS:
        return  # the reading reports what cannot be read


def _is_small_picture(content: bytes) -> bool:
    """Check for a PNG that is too small to be read and has no text of its own."""
    is_png = content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24
    sides = (int.from_bytes(content[n : n + 4], "big") for n in (16, 20))
    has_text = any(name in content for name in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"))
    return is_png and not has_text and max(sides) <= _LARGEST_PREVIEW


def _part_texts(part: str, read: Callable[[str], bytes]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a part, each with AUTHOR or ""."""
    if _STYLES.search(part):
        codes = (first or second for first, second in _FORMAT.findall(read(part)))
        texts = (re.sub(r'["\\]', "", _unescape(code)) for code in dict.fromkeys(codes))
        yield from (("", text) for text in texts if text)
    elif _CUSTOM_XML.search(part):
        for suffix, text in _texts(read(part)):
            yield from ((suffix, line) for line in _unpack_text(text))
    elif _TEXT_PART.search(part):
        content = read(part)
        yield from _texts(_without_cells(content) if _SHEET.search(part) else content)
        if _SHEET.search(part):
            yield from (("", text) for text in _texts_of_formulas(content))
    elif not _OTHER_PART.search(part):
        yield from (("", run) for run in _lines(read(part)))


def _unpack_text(text: str) -> Iterator[str]:
    """Yield a text, or what it packs in base64: of Power Query the formulas of an archive and its settings.

    Yields "" for a packed text that cannot be read.
    """
    if not _PACKED.fullmatch(text):
        yield text
        return
    try:
        yield from _read_packed(base64.b64decode("".join(text.split())))
    except BROKEN_FILE_ERRORS:
        yield ""


def _read_packed(content: bytes) -> list[str]:
    """Return the lines of a text, or those of an archive and of the text around it. Raises ValueError."""
    begin, end = content.find(b"PK\x03\x04"), content.rfind(b"PK\x05\x06") + _END_OF_ARCHIVE
    if begin < 0 or end < begin:
        return content.decode("utf-8").splitlines()
    around = content[:begin] + content[end:]
    lines = [*_readable_runs(around), *_NARROW.findall(around.decode("utf-8", "replace"))]
    with zipfile.ZipFile(io.BytesIO(content[begin:end])) as archive:
        if not (parts := archive.namelist()):
            raise zipfile.BadZipFile
        return lines + [line for part in parts for line in _lines(archive.read(part))]


def _lines(content: bytes) -> Iterator[str]:
    """Yield the lines of a part that is a text in UTF-8; of another one its readable runs."""
    try:
        yield from filter(str.strip, content.decode("utf-8").splitlines())
    except UnicodeDecodeError:
        yield from _readable_runs(content)


def _texts_of_formulas(sheet: bytes) -> Iterator[str]:
    """Yield the texts in quotes of a sheet's formulas, each once."""
    formulas = dict.fromkeys(match[1] for match in _FORMULA.finditer(sheet))
    quoted_texts = (text for formula in formulas for text in _IN_QUOTES.findall(_unescape(formula)))
    yield from dict.fromkeys(quoted_texts)


def _unescape(content: bytes) -> str:
    return unescape(content.decode("utf-8", "replace"))


def _texts(xml: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text of each element and of its attributes, each with AUTHOR or "".

    The texts of a paragraph are joined.
    """
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        yield from (("", run) for run in _readable_runs(xml))
        return
    for element in root.iter():
        if _LABEL.match(element.attrib.get("name", "")):
            _empty(element)
            continue
        suffix = AUTHOR if _IS_AUTHOR.match(element.tag.rsplit("}", 1)[-1]) else ""
        yield from ((suffix, value) for value in element.attrib.values() if len(value) > 4)
        words = "".join(element.itertext()) if _is_paragraph(element) else element.text or ""
        if _PAGE.match(element.tag.rsplit("}", 1)[-1]):
            words = _PAGE_CODE.sub(" ", words)
        if words.strip():
            yield suffix, words


def _empty(element: ElementTree.Element) -> None:
    """Remove what an element holds."""
    for child in list(element):
        element.remove(child)


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
    """Yield runs of readable characters, with single and with double bytes, wherever these begin."""
    yield from (match[0] for match in _NARROW.finditer(content.decode("latin-1")))
    for begin in (0, 1):
        wide = content[begin:].decode("utf-16-le", errors="replace")
        yield from (match[0] for match in _WIDE.finditer(wide))
