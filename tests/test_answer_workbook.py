"""The answer as a workbook: colours and comments at exactly the bad cells, everything else as it was."""

from __future__ import annotations

import copy
import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from tests.bad_input import build
from tests.test_answers import CURP, SECRET, run
from tests.test_held import file_of
from tests.test_vintages import new_home
from warehouse.home import Home

GLOTIP = "UNODC/glotip"
XLSX = build.card(('file = { type = "csv" }', 'file = { type = "xlsx" }'))


def annotated(home: Home, file: Path, collection: str = build.COLLECTION, lang: str = "es") -> Any:
    report = home.root / "answer.xlsx"
    run(home, "check", str(file), "-c", collection, "--lang", lang, "--report", str(report))
    return openpyxl.load_workbook(report)


def marked(book: Any, sheet: str) -> tuple[set[str], set[str]]:
    """The coloured cells and the commented ones."""
    cells = [cell for row in book[sheet].iter_rows() for cell in row]
    coloured = {cell.coordinate for cell in cells if cell.fill.fill_type}
    return coloured, {cell.coordinate for cell in cells if cell.comment}


def looks(cell: Any) -> tuple[Any, ...]:
    return (
        cell.value,
        cell.number_format,
        copy.copy(cell.font),
        cell.alignment.horizontal,
        cell.border.top.style,
    )


def sender_s(path: Path) -> Path:
    """An office's workbook: fonts, widths, a note, a formula beside the table's sheet, and two mistakes."""
    book = openpyxl.load_workbook(io.BytesIO(build.workbook()))
    sheet = book["datos"]
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FF1F4E79")
    sheet.column_dimensions["C"].width = 33
    sheet.freeze_panes = "A2"
    sheet["J3"].number_format = "0.00"
    sheet["J2"] = SECRET
    sheet["J2"].comment = Comment("visto", "oficina")
    sheet["D3"] = "Wakandia"
    notes = book.create_sheet("apuntes")
    notes["A1"] = "=SUM(datos!J2:J6)"
    notes.sheet_state = "hidden"
    book.save(path)
    return path


def test_the_sender_s_own_workbook_has_colours_and_comments_at_exactly_the_bad_cells(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", XLSX)
    file = sender_s(tmp_path / "mayo.xlsx")
    before, after = openpyxl.load_workbook(file), annotated(home, file)
    assert after.sheetnames == ["datos", "apuntes", "lineabase"]
    assert marked(after, "datos") == ({"J2", "D3"}, {"J2", "D3"})
    assert after["datos"]["J2"].comment.text.startswith(
        "visto\nlineabase: «…» en «victimas» no es un número. "
    )
    for name in before.sheetnames:
        sheet, its = before[name], after[name]
        assert [looks(c) for row in sheet.rows for c in row] == [looks(c) for row in its.rows for c in row]
        assert its.sheet_state == sheet.sheet_state
        assert its.freeze_panes == sheet.freeze_panes
    assert after["datos"].column_dimensions["C"].width == 33
    said = [cell.value for row in after["lineabase"].rows for cell in row if cell.value]
    assert [place.split(" ¿")[0] for place in said if place.startswith("datos ")] == ["datos J2", "datos D3"]
    assert not any(text in str(cell) for cell in said for text in (SECRET, "Wakandia"))


def test_a_workbook_that_names_a_drawing_that_is_not_there_is_annotated_as_read(tmp_path: Path) -> None:
    """As UNODC's own: its sheet tells of `drawing1.xml`, and the archive has none."""
    home = build.home(tmp_path / "home", XLSX)
    book = openpyxl.load_workbook(sender_s(tmp_path / "con_gráfico.xlsx"))
    book["apuntes"].add_chart(BarChart(), "C3")
    book.save(tmp_path / "con_gráfico.xlsx")
    file = tmp_path / "mayo.xlsx"
    with zipfile.ZipFile(tmp_path / "con_gráfico.xlsx") as whole, zipfile.ZipFile(file, "w") as parts:
        for part in whole.namelist():
            if not part.startswith("xl/drawings/drawing"):
                parts.writestr(part, whole.read(part))
    with pytest.raises(KeyError):
        openpyxl.load_workbook(file)
    after = annotated(home, file)
    assert marked(after, "datos") == ({"J2", "D3"}, {"J2", "D3"})
    assert after["datos"]["A1"].value == book["datos"]["A1"].value


@pytest.mark.slow
def test_the_annotated_workbook_mended_is_accepted(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", XLSX)
    book = annotated(home, sender_s(tmp_path / "mayo.xlsx"))
    book["datos"]["J2"], book["datos"]["D3"] = 7, "El Salvador"
    del book["apuntes"]
    mended = tmp_path / "corregido.xlsx"
    book.save(mended)
    result = run(home, "check", str(mended), "-c", build.COLLECTION)
    assert result.exit_code == 0, result.stdout
    assert "lineabase" not in result.stdout.split("Filas de origen")[0]


@pytest.mark.slow
def test_an_answer_that_comes_back_half_mended_is_answered_as_if_it_were_new(tmp_path: Path) -> None:
    """What is mended has no colour any more, what its sender wrote stays, and there is one sheet of what to do."""
    home = build.home(tmp_path / "home", XLSX)
    book = annotated(home, sender_s(tmp_path / "mayo.xlsx"))
    book["datos"]["J2"] = 7
    half = tmp_path / "a_medias.xlsx"
    book.save(half)
    after = annotated(home, half)
    assert after.sheetnames == ["datos", "apuntes", "lineabase"]
    assert marked(after, "datos") == ({"D3"}, {"D3", "J2"})
    assert after["datos"]["J2"].comment.text == "visto"
    assert after["datos"]["D3"].comment.text.count("lineabase: ") == 1


@pytest.mark.slow
def test_the_answer_to_a_filled_template_is_no_sheet_of_its_sender(tmp_path: Path) -> None:
    """The template has a hidden sheet of that name."""
    home = build.home(tmp_path / "home", XLSX)
    file = build.write(tmp_path, build.template_book(), "plantilla.xlsx")
    book = annotated(home, file)
    assert book.sheetnames[-1] == "lineabase1"
    book.save(tmp_path / "otra_vez.xlsx")
    again = annotated(home, tmp_path / "otra_vez.xlsx")
    assert again.sheetnames == book.sheetnames
    result = run(home, "check", str(tmp_path / "otra_vez.xlsx"), "-c", build.COLLECTION)
    assert "lineabase1" not in result.stdout


def test_a_sender_s_own_sheet_of_that_name_is_read(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", XLSX)
    file = build.write(tmp_path, build.workbook(sheet="lineabase"), "mayo.xlsx")
    result = run(home, "check", str(file), "-c", build.COLLECTION)
    assert result.exit_code == 0, result.stdout
    assert "aceptadas 3" in result.stdout


def test_an_error_s_colour_covers_a_remark_s(tmp_path: Path) -> None:
    from assets.answers.causes import group_by_cause
    from assets.answers.workbook import COLOURS, _colour_cells
    from schemas.findings import Finding

    book = openpyxl.Workbook()
    rules = ("value_equals_year", "text_in_number")
    causes = group_by_cause([Finding(rule, source_row=2, cell="B2") for rule in rules])
    for cause in reversed(causes):
        _colour_cells(book, cause)
    assert book.active["B2"].fill == PatternFill("solid", start_color=COLOURS["error"])


def test_of_a_csv_file_the_rows_stand_as_they_were_read_and_nothing_is_a_formula(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    text = build.with_cell(3, "victimas", "=1+1")
    file = build.write(tmp_path, text)
    book = annotated(home, file)
    sheet = book.worksheets[0]
    rows = [[cell.value or "" for cell in row] for row in sheet.rows]
    assert rows == list(csv.reader(io.StringIO(text)))
    assert {cell.data_type for row in sheet.rows for cell in row} == {"s"}
    assert marked(book, sheet.title) == ({"J3"}, {"J3"})
    assert "como se leyeron" in str(book["lineabase"]["A3"].value)


def test_of_a_refused_file_no_value_is_in_any_part_of_the_workbook(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    file = file_of(home, {("CRI", 2020): "7"})
    file.write_text(f"reporting_country,period,value,nota\nCRI,2020,7,{CURP}\n", encoding="utf-8")
    book = annotated(home, file, "X/c")
    assert book.sheetnames == ["lineabase"]
    with zipfile.ZipFile(home.root / "answer.xlsx") as parts:
        content = b"".join(parts.read(name) for name in parts.namelist())
    assert CURP.encode() not in content
    assert b"D2" in content


def test_a_file_too_large_to_copy_has_the_sheet_of_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.answers.workbook.MAX_CELLS", 59)
    home = build.home(tmp_path / "home")
    book = annotated(home, build.write(tmp_path, build.with_cell(3, "victimas", "x")))
    assert book.sheetnames == ["lineabase"]
    assert "J3" in [cell.value for row in book["lineabase"].rows for cell in row]
