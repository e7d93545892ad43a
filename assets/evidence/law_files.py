"""Files of the search of evidence: the text of a law, and the table of cells with their quotations."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from schemas.codelists import fold
from schemas.records import Declaration, Matrix
from schemas.words import InvalidValue

MARKUP = (".html", ".htm", ".xhtml", ".xml")
DOCUMENT = ".docx"
TEXT_TYPES = (".txt", ".md", *MARKUP, DOCUMENT)
_OTHER_CONTENTS = (b"%PDF", b"PK", b"{\\rtf", b"\xd0\xcf\x11\xe0")
"""First bytes of a PDF, an archive, RTF, and older documents: none is text, whatever the file's name says."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
_HIDDEN_TAGS = ("script", "style", "head", "template")
_WITHIN_LINE = ("a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u")


@dataclass(frozen=True, eq=False)
class EvidenceRow:
    """A cell of the matrix in the table of evidence: its row, its columns by name, and its quotation."""

    row: int
    columns: Mapping[str, str]
    quotation: str


def read_law(path: Path) -> str:
    """Return the text of a law. Raises InvalidValue if the type of the file cannot be read."""
    kind = path.suffix.lower()
    if kind == DOCUMENT:
        return _document_text(path)
    if kind not in TEXT_TYPES or path.read_bytes().startswith(_OTHER_CONTENTS):
        raise _wrong_type(path)
    return _without_markup(_file_text(path)) if kind in MARKUP else _file_text(path)


def read_evidence(path: Path, declaration: Declaration) -> list[EvidenceRow]:
    """Return the rows with a quotation. Columns have the names or headers of the declaration.

    Raises InvalidValue if a column that names the cell, or the quotation, is missing.
    """
    lines = _file_text(path).split("\n")
    start = next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)
    delimiter = max(",;\t", key=lines[start].count)
    reader = csv.reader(StringIO("\n".join(lines[start:]), newline=""), delimiter=delimiter)
    names = [_column_name(declaration, text) for text in next(reader, [])]
    quotation = next(name for name, column in declaration.columns.items() if column.internal)
    cell_names = [*cell_columns(declaration), quotation]
    if missing := [name for name in cell_names if name not in names]:
        facts = {"missing": ", ".join(missing), "known": ", ".join(cell_names)}
        raise InvalidValue("laws.columns", file=path.name, **facts)
    rows = []
    for cells in reader:
        columns = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        if words := columns.pop(quotation, ""):
            rows.append(EvidenceRow(start + reader.line_num, columns, words))
    return rows


def matrix_of(declaration: Declaration) -> Matrix:
    """Return the matrix of records that have one."""
    assert declaration.matrix is not None
    return declaration.matrix


def cell_columns(declaration: Declaration) -> list[str]:
    """Return the columns that name a cell of the matrix: country, element and law."""
    matrix = matrix_of(declaration)
    return [matrix.across, matrix.down, str(matrix.text)]


def _column_name(declaration: Declaration, header: str) -> str:
    """Return the declared column that a header names; an empty text if there is none."""
    text = fold(header)
    for cell in declaration.cells:
        if text in (fold(cell.name), fold(cell.header.es), fold(cell.header.en)):
            return cell.name
    return ""


def _wrong_type(path: Path) -> InvalidValue:
    return InvalidValue("laws.type", file=path.name, known=" ".join(TEXT_TYPES))


def _document_text(path: Path) -> str:
    """Return the paragraphs of a Word document, a line each. What its changes deleted is left out."""
    try:
        with ZipFile(path) as archive:
            root = ElementTree.fromstring(archive.read("word/document.xml"))
    except (BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise _wrong_type(path) from error
    return "\n".join(_paragraph_text(paragraph) for paragraph in root.iter(f"{_WORD}p"))


def _paragraph_text(paragraph: ElementTree.Element) -> str:
    parts = ((part.tag.removeprefix(_WORD), part.text or "") for part in paragraph.iter())
    return "".join(text if tag == "t" else _MARKS.get(tag, "") for tag, text in parts)


_MARKS = {"tab": " ", "br": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
"""Parts of a paragraph that stand for a character."""


def _file_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or UTF-16 with its mark, else in Windows-1252."""
    content = path.read_bytes()
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 decodes every byte.")


class _Text(HTMLParser):
    """Reader of the visible text of a page. Blocks become lines of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or a part that is not shown."""
        self._depth += tag in _HIDDEN_TAGS
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a line, or a part that is not shown."""
        self._depth -= tag in _HIDDEN_TAGS and self._depth > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._depth:
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag not in _WITHIN_LINE:
            self.parts.append(" ")


def _without_markup(text: str) -> str:
    reader = _Text()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)
