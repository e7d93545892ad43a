"""A line of the corpus as the file in which it came. Nothing is measured here. What the columns say: README.md."""

from __future__ import annotations

import bz2
import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

FOLDER = Path(__file__).parent
HALVES = ("known", "held_out")
OFFICES = ("offices_known", "offices_held_out")
"""The halves of the second corpus: files as offices of the members would send them."""


@dataclass(frozen=True)
class Line:
    """One way: its kind, whether it must be refused, where in a file the text stands, header and texts."""

    kind: str
    must_refuse: bool
    place: str
    language: str
    header: str
    text: str

    @property
    def rows(self) -> list[list[str]]:
        """The texts as rows of cells."""
        return [row.split(" | ") for row in self.text.split(" // ")] if self.text else []


@cache
def lines(half: str) -> tuple[Line, ...]:
    """One half of the corpus."""
    with (FOLDER / f"{half}.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    return tuple(
        Line(r["kind"], r["verdict"] == "refuse", r["place"], r["language"], r["header"], r["text"])
        for r in told
    )


TABLE = [
    ["país", "año", "víctimas"],
    *([name, "2020", str(n)] for n, name in enumerate(["Honduras", "Guatemala", "Haití", "Cuba"], 3)),
]
"""The harmless table in, above, below or beside which a text stands."""
CASES = [["case_id", "identified_in", "sex"], ["", "2024-01", "F"], ["", "2024-02", "M"]]


def file_of(line: Line) -> tuple[str, bytes]:
    """The file's name and bytes."""
    place, _, what = line.place.partition(":")
    if place == "opaque":
        return _OPAQUE[what]()
    if place in _TEXTS:
        return "datos.csv", _csv(_TEXTS[place](line))
    if place == "file_name":
        return line.text, _csv(TABLE)
    if place in ("ods_note",):
        return "datos.ods", _ods(line.text)
    return "datos.xlsx", _workbook(line, place, what)


def _csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


# ---- in the cells of a text file -----------------------------------------------------------------------


def _column(line: Line) -> list[list[str]]:
    texts = [row[0] for row in line.rows]
    return [[*TABLE[0], line.header], *([*row, texts[n % len(texts)]] for n, row in enumerate(TABLE[1:]))]


def _table(line: Line) -> list[list[str]]:
    return [line.header.split(" | "), *line.rows]


def _above(line: Line) -> list[list[str]]:
    return [line.text.split(" | "), *TABLE]


def _below(line: Line) -> list[list[str]]:
    return [*TABLE, [line.text]]


def _late(line: Line) -> list[list[str]]:
    return [TABLE[0], *TABLE[1:] * 6, [""] * 3, line.header.split(" | "), *line.rows]


def _right(line: Line) -> list[list[str]]:
    beside = [line.header.split(" | "), *line.rows]
    return [[*row, "", *(beside[n] if n < len(beside) else [])] for n, row in enumerate(TABLE)]


def _case_id(line: Line) -> list[list[str]]:
    texts = [row[0] for row in line.rows]
    return [CASES[0], *([texts[n % len(texts)], *row[1:]] for n, row in enumerate(CASES[1:]))]


_TEXTS: dict[str, Callable[[Line], list[list[str]]]] = {
    "column": _column,
    "table": _table,
    "above": _above,
    "below": _below,
    "late_header": _late,
    "right": _right,
    "case_id": _case_id,
    "office_contact": _below,
}


# ---- in a workbook, beside its cells -----------------------------------------------------------------


def _workbook(line: Line, place: str, what: str) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "datos"
    for row in TABLE:
        sheet.append(row)
    _WAYS[place](book, sheet, line, what)
    packed = io.BytesIO()
    book.save(packed)
    content = packed.getvalue()
    if place == "zip_comment":
        return _with_comment(content, line.text)
    return with_part(content, *_PARTS[place](line)) if place in _PARTS else content


def _with_comment(content: bytes, comment: str) -> bytes:
    packed = io.BytesIO(content)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = comment.encode()
    return packed.getvalue()


def _property(book: Any, sheet: Any, line: Line, what: str) -> None:
    setattr(book.properties, what, line.text)


def _custom(book: Any, sheet: Any, line: Line, what: str) -> None:
    from openpyxl.packaging.custom import StringProperty

    book.custom_doc_props.append(StringProperty(name=line.header or "nota", value=line.text))


def _comment(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet["B2"].comment = Comment(line.text, "oficina")


def _footer(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.oddFooter.left.text = line.text


def _page_header(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.oddHeader.center.text = line.text


def _defined_name(book: Any, sheet: Any, line: Line, what: str) -> None:
    book.defined_names["contacto"] = DefinedName("contacto", attr_text=f'"{line.text}"')


def _defined_name_itself(book: Any, sheet: Any, line: Line, what: str) -> None:
    book.defined_names[line.text] = DefinedName(line.text, attr_text="datos!$A$1")


def _validation(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.add_data_validation(DataValidation(type="list", formula1=f'"{line.text}"', sqref="C2"))


def _validation_message(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.add_data_validation(DataValidation(type="whole", sqref="C2", promptTitle="ayuda", prompt=line.text))


def _sheet_name(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.title = line.text


def _other_sheet(state: str) -> Callable[[Any, Any, Line, str], None]:
    def change(book: Any, sheet: Any, line: Line, what: str) -> None:
        other = book.create_sheet("otra")
        for row in (line.header.split(" | "), *line.rows):
            other.append(row)
        other.sheet_state = state

    return change


def _hidden_column(book: Any, sheet: Any, line: Line, what: str) -> None:
    for n, row in enumerate(_column(line), start=1):
        sheet.cell(n, 4, row[3])
    sheet.column_dimensions["D"].hidden = True


def _hidden_row(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet.append([line.text])
    sheet.row_dimensions[len(TABLE) + 1].hidden = True


def _link(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet["B2"].hyperlink = line.text


def _number_format(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet["C2"].number_format = line.text


def _formula(book: Any, sheet: Any, line: Line, what: str) -> None:
    sheet["E2"] = line.text


def _nothing(book: Any, sheet: Any, line: Line, what: str) -> None:
    """What stands in a part that openpyxl does not write."""


_WAYS: dict[str, Callable[[Any, Any, Line, str], None]] = {
    "property": _property,
    "custom_property": _custom,
    "comment": _comment,
    "footer": _footer,
    "page_header": _page_header,
    "defined_name": _defined_name,
    "defined_name_itself": _defined_name_itself,
    "validation": _validation,
    "validation_message": _validation_message,
    "sheet_name": _sheet_name,
    "hidden_sheet": _other_sheet("hidden"),
    "very_hidden_sheet": _other_sheet("veryHidden"),
    "one_row_sheet": _other_sheet("visible"),
    "hidden_column": _hidden_column,
    "hidden_row": _hidden_row,
    "link": _link,
    "text_box": _nothing,
    "picture_in_workbook": _nothing,
    "attachment_in_workbook": _nothing,
    "custom_label": _custom,
    "number_format": _number_format,
    "formula": _formula,
    "external_link": _nothing,
    "thumbnail": _nothing,
    "part": _nothing,
    "zip_comment": _nothing,
}
_DRAWING = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:r><a:t>{}</a:t></a:r></a:p></xdr:wsDr>'
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
_PARTS: dict[str, Callable[[Line], tuple[str, bytes]]] = {
    "text_box": lambda line: ("xl/drawings/drawing1.xml", _DRAWING.format(line.text).encode()),
    "picture_in_workbook": lambda line: ("xl/media/image1.png", PNG),
    "attachment_in_workbook": lambda line: ("xl/embeddings/oleObject1.bin", PNG),
    "external_link": lambda line: ("xl/externalLinks/externalLink1.xml", _external_link(line).encode()),
    "thumbnail": lambda line: (f"docProps/thumbnail.{line.place.partition(':')[2]}", PNG),
    "part": lambda line: (line.place.partition(":")[2], line.text.encode()),
}


def _external_link(line: Line) -> str:
    """The cells that a workbook keeps of another one."""
    cells = "".join(f'<cell r="A{n}" t="str"><v>{row[0]}</v></cell>' for n, row in enumerate(line.rows, 1))
    return (
        '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook>'
        f'<sheetDataSet><sheetData sheetId="0"><row r="1">{cells}</row></sheetData></sheetDataSet>'
        "</externalBook></externalLink>"
    )


def with_part(content: bytes, part: str, of_part: bytes) -> bytes:
    """The workbook with one part more."""
    packed = io.BytesIO(content)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(part, of_part)
    return packed.getvalue()


def _ods(note: str) -> bytes:
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='datos'><table:table-row>"
        f"<table:table-cell office:value-type='string'><office:annotation><text:p>{note}</text:p></office:annotation>"
        "<text:p>país</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return _zip(
        mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": content.encode()}
    )


# ---- what nobody can look into -------------------------------------------------------------------------


def _zip(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _plain_workbook(width: int = 3) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in TABLE:
        sheet.append([*row, *range(width - 3)])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _word_document() -> bytes:
    return _zip(
        **{
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": b"<w:document xmlns:w='w'><w:t>texto</w:t></w:document>",
        }
    )


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPAQUE: dict[str, Callable[[], tuple[str, bytes]]] = {
    "docx": lambda: ("caso.docx", _word_document()),
    "doc": lambda: ("caso.doc", OLE + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(2048)),
    "pdf": lambda: (
        "caso.pdf",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj << /Filter /FlateDecode >> stream\n" + PNG * 4,
    ),
    "jpg": lambda: ("foto.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8),
    "png": lambda: ("foto.png", PNG),
    "zip": lambda: ("datos.zip", _zip(**{"datos.csv": _csv(TABLE), "foto.png": PNG})),
    "7z": lambda: ("datos.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + PNG),
    "cut_xlsx": lambda: ("datos.xlsx", _plain_workbook()[:3000]),
    "cut_bz2": lambda: ("datos.csv.bz2", bz2.compress(_csv(TABLE * 2000))[:-40]),
    "locked_xlsx": lambda: (
        "datos.xlsx",
        OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2048),
    ),
    "wide_csv": lambda: ("datos.csv", _csv([[f"c{n}" for n in range(1001)], [str(n) for n in range(1001)]])),
    "wide_xlsx": lambda: ("datos.xlsx", _plain_workbook(1001)),
}
