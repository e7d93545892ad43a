"""What looks odd and is right: the figures are read as they were meant, and nobody is bothered."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from pathlib import Path

import pytest

from assets.intake.processing import process
from assets.intake.reading import reading
from assets.intake.submission import RefusedFile, receive
from schemas.cards.card_file import File
from tests.bad_input import build
from tests.bad_input.cases import ANY_SHEET, WORKBOOK
from tests.operator import damage
from warehouse.home.frames import read_frame

FIGURES = [(2, "HND", "F", "Y0T17", 7.0), (3, "SLV", "M", "Y_GE18", 12.0), (4, "HND", "F", "Y0T17", 9.0)]
"""Row, citizenship, sex, age and value of the good file, as a person reads it."""

GOOD = build.file()
TABLE = build.cells()


def reordered() -> str:
    lines = [line.split(",") for line in GOOD.splitlines()]
    return "\n".join(",".join(reversed(line)) for line in lines) + "\n"


def spaced() -> str:
    return "\n".join(" , ".join(line.split(",")) for line in GOOD.splitlines()) + "\n"


def quoted() -> str:
    lines = [line.split(",") for line in GOOD.splitlines()]
    return "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines) + "\r\n"


def as_text() -> bytes:
    return build.workbook([[str(cell) for cell in row] for row in TABLE])


def as_dates() -> bytes:
    rows = [[*row[:1], datetime.date(row[1], 1, 1), *row[2:]] for row in TABLE[1:]]
    return build.workbook([TABLE[0], *rows])


def two_sheets() -> bytes:
    return build.workbook(TABLE[:3], others={"2021": [TABLE[0], *TABLE[3:]], "vacía": [[]]})


CSV = {
    "as it is": GOOD,
    "with Windows line ends": build.file(end="\r\n"),
    "with line ends of an old Macintosh": build.file(end="\r"),
    "with a byte order mark": "\ufeff" + GOOD,
    "with a blank row among the others": build.file(*build.LINES[:3], "", *build.LINES[3:]),
    "with blank rows at the end": GOOD + "\n\n,,,,,,,,,\n",
    "with a delimiter too many on every row": GOOD.replace("\n", ",\n"),
    "with columns in another order": reordered(),
    "with blanks around cells and names": spaced(),
    "with no-break spaces around a number": GOOD.replace(",12\n", ",\u00a012\u202f\n"),
    "with every cell in quotation marks": quoted(),
    "with leading zeros": GOOD.replace(",12\n", ",0012\n"),
    "with codes for names": GOOD.replace("Honduras", "HND").replace("Mujeres", "F"),
    "with names in capitals and without accents": GOOD.replace("El Salvador", "EL SALVADOR").replace(
        "años", "anos"
    ),
}
XLSX = {
    "as a workbook": build.workbook(),
    "as a workbook whose numbers are texts": as_text(),
    "as a workbook whose years are dates": as_dates(),
}


def figures(folder: Path, content: str | bytes, card: str, name: str) -> list[tuple]:
    home = build.home(folder / "home", card)
    submission = receive(home, build.write(folder / "in", content, name), build.COLLECTION, build.RECEIVED)
    outcome = process(home, submission)
    assert outcome.findings == []
    lines = read_frame(home, submission.id, "validated")
    assert (lines["value_low"] == lines["value_high"]).all()
    names = ["_row", "citizenship", "sex", "age_group", "value_low"]
    return [tuple(line) for line in lines[names].itertuples(index=False)]


@pytest.mark.parametrize("content", [pytest.param(c, id=i) for i, c in CSV.items()])
def test_an_odd_text_file_is_read_as_it_is_meant(content: str, tmp_path: Path) -> None:
    assert figures(tmp_path, content, build.card(), "datos.csv") == FIGURES


@pytest.mark.parametrize("content", [pytest.param(c, id=i) for i, c in XLSX.items()])
def test_a_workbook_is_read_as_it_is_meant(content: bytes, tmp_path: Path) -> None:
    assert figures(tmp_path, content, WORKBOOK, "datos.xlsx") == FIGURES


def test_sheets_with_the_same_columns_are_one_table(tmp_path: Path) -> None:
    found = figures(tmp_path, two_sheets(), ANY_SHEET, "datos.xlsx")
    assert sorted(found) == sorted([*FIGURES[:2], (2, *FIGURES[2][1:])])


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("1.200", 1200, 1200), ("1.234.567", 1234567, 1234567), ("<5", 0, 4), ("2-5", 2, 5), ('"12,0"', 12, 12)],
)
def test_a_number_is_read_by_the_card_s_marks(text: str, low: float, high: float, tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    path = build.write(tmp_path / "in", build.with_cell(3, "victimas", text))
    submission = receive(home, path, build.COLLECTION, build.RECEIVED)
    assert process(home, submission).is_clean
    line = read_frame(home, submission.id, "validated").set_index("_row").loc[3]
    assert (line["value_low"], line["value_high"]) == (low, high)


def test_rows_keep_the_number_a_spreadsheet_gives_them(tmp_path: Path) -> None:
    """A cell of two lines and a blank line: a spreadsheet shows the bad row as row 5."""
    first = build.LINES[0].replace("registro", '"registro"').replace("Honduras", '"Honduras\n"')
    content = (
        "\n".join([build.HEADER, first, "", build.LINES[2], build.LINES[1].replace(",12", ",doce")]) + "\n"
    )
    home = build.home(tmp_path / "home", build.card(build.NO_TOTALS))
    submission = receive(home, build.write(tmp_path / "in", content), build.COLLECTION, build.RECEIVED)
    outcome = process(home, submission)
    assert [(f.rule, f.source_row, f.cell) for f in outcome.findings] == [("text_in_number", 5, "J5")]
    assert outcome.rows["layout"] == 1


def test_a_label_that_is_kept_nowhere_is_out_of_scope_without_a_word(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    path = build.write(tmp_path / "in", build.with_cell(3, "delito", "Tráfico de menores"))
    outcome = process(home, receive(home, path, build.COLLECTION, build.RECEIVED))
    assert (outcome.findings, outcome.rows["out_of_scope"]) == ([], 2)


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body><office:spreadsheet>
<table:table table:name="datos"><table:table-column/><table:table-column table:visibility="collapse"
 table:number-columns-repeated="1000"/>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""


def opendocument(rows: str) -> bytes:
    """A workbook of one sheet."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest/>")
        archive.writestr("content.xml", ODS.format(rows=rows))
    return packed.getvalue()


def test_what_an_opendocument_workbook_hides_is_said(tmp_path: Path) -> None:
    """Written by hand: columns B to the end are hidden by one element, row 2 by a filter."""
    cells = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{name}</text:p></table:table-cell>"
        for name in "ab"
    )
    rows = f"<table:table-row>{cells}</table:table-row><table:table-row table:visibility='filter'>{cells}</table:table-row>"
    path = build.write(tmp_path, opendocument(rows), "datos.ods")
    (sheet,) = reading.read_sheets(path, File(type="ods"))
    assert (sheet.rows, sheet.hidden_rows, sheet.hidden_columns) == ([["a", "b"]] * 2, (2,), (2,))


@pytest.mark.parametrize("small", [False, True], ids=["large sectors", "small sectors"])
def test_what_an_old_workbook_hides_is_said_and_its_errors_are_read(small: bool, tmp_path: Path) -> None:
    """Records by hand, as [MS-XLS] has them: row 2 hidden, row 3 of no height; B hidden, D without width; errors."""
    more = damage.record(0x007D, struct.pack("<6H", 1, 1, 2000, 0, 1, 0))
    more += damage.record(0x007D, struct.pack("<6H", 3, 3, 0, 0, 0, 0))
    rows = ((0, 255, 0x0100), (1, 255, 0x0120), (2, 0, 0x0100))
    for row, height, told in rows:
        more += damage.record(0x0208, struct.pack("<8H", row, 0, 3, height, 0, 0, told, 15))
    more += damage.record(0x0205, struct.pack("<3HBB", 1, 3, 0, 0x2A, 1))
    more += damage.record(0x0006, struct.pack("<3HB1xB3xHHIH", 2, 3, 0, 2, 0x07, 0xFFFF, 0, 0, 0))
    content = damage.old_workbook(more=more, small=small)
    (sheet,) = reading.read_sheets(build.write(tmp_path, content, "datos.xls"), File(type="xls"))
    assert (sheet.hidden_rows, sheet.hidden_columns) == ((2, 3), (2, 4))
    assert [row[3] for row in sheet.first(3)] == ["", "#N/A", "#DIV/0!"]


def test_an_error_of_an_opendocument_workbook_is_no_blank(tmp_path: Path) -> None:
    """As LibreOffice writes it; the library reads it as blank."""
    error = "<table:table-cell table:formula='of:=NA()' office:value-type='string' office:string-value=''"
    error += " calcext:value-type='error' table:number-columns-repeated='2'><text:p>#N/A</text:p></table:table-cell>"
    path = build.write(tmp_path, opendocument(f"<table:table-row>{error}</table:table-row>"), "datos.ods")
    (sheet,) = reading.read_sheets(path, File(type="ods"))
    assert sheet.rows == [["#N/A", "#N/A"]]


def test_personal_data_are_looked_for_in_hidden_sheets_too(tmp_path: Path) -> None:
    book = build.workbook(others={"otra": [["nombre_victima"], ["María"]]}, states={"otra": "veryHidden"})
    home = build.home(tmp_path / "home", ANY_SHEET)
    with pytest.raises(RefusedFile) as refused:
        receive(home, build.write(tmp_path / "in", book, "d.xlsx"), build.COLLECTION, build.RECEIVED)
    assert (refused.value.finding.rule, refused.value.finding.sheet) == ("personal_data", "otra")
