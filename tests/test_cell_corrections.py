"""Cells corrected on the steward's page: the original stays, the copy differs in these cells and no other."""

# ruff: noqa: F811 (fixtures)
from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from assets.corrections.cell_change import CellChange, Uncorrectable
from assets.corrections.csv_cells import CsvCells
from assets.corrections.workbook_cells import WorkbookCells
from assets.intake.submission import receive
from schemas.words import languages, say
from tests.bad_input import build
from tests.conftest import accept
from tests.test_desk import OFFICE, SECOND, Browser, browser, handed_in, home, opened  # noqa: F401
from warehouse.home import Home
from warehouse.home.calendar import today
from warehouse.home.durable import hash_now

WRONG = build.with_cell(2, "pais", "Guatemqla")
REASON = "Error de tecla"


# ---- texts -----------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="cp1252", exclude_characters="\x00\r"), max_size=5)
_ROWS = st.lists(st.lists(_TEXTS, min_size=2, max_size=4), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(
    _ROWS,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(",;\t"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.data(),
)
def test_of_a_text_one_cell_changes_and_no_other_byte(
    rows: list[list[str]], end: str, delimiter: str, quoting: int, has_mark: bool, data: st.DataObject
) -> None:
    """Python's own reader says what changed; all that stands before the cell and after it is as it was."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    content = ("\ufeff" * has_mark + written.getvalue()).encode()
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    new = data.draw(_TEXTS.map(str.strip))
    cells = CsvCells(content, delimiter, ("utf-8",))
    name = f"{'ABCD'[column]}{row + 1}"
    assert cells.text("", name) == rows[row][column]
    corrected = cells.correct([CellChange("", name, new)])
    after = list(csv.reader(io.StringIO(corrected.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    expected = [
        [new if (r, c) == (row, column) else text for c, text in enumerate(texts)]
        for r, texts in enumerate(rows)
    ]
    assert after == expected
    marked = [
        ["§" * 9 if (r, c) == (row, column) else text for c, text in enumerate(texts)]
        for r, texts in enumerate(rows)
    ]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(marked)
    before, _, behind = ("\ufeff" * has_mark + written.getvalue()).encode().partition(("§" * 9).encode())
    assert corrected.startswith(before)
    assert corrected.endswith(behind)


def test_the_encoding_and_the_line_ends_of_a_text_stay() -> None:
    content = "país;año\r\nPanamá;20x1\r\nHaití;2020".encode("cp1252")
    cells = CsvCells(content, ";", ("utf-8", "cp1252"))
    assert cells.correct([CellChange("", "B2", "2021")]) == content.replace(b"20x1", b"2021")
    assert cells.correct([CellChange("", "A2", "Perú")]) == content.replace(
        "Panamá".encode("cp1252"), "Perú".encode("cp1252")
    )
    with pytest.raises(Uncorrectable, match="cp1252"):
        cells.correct([CellChange("", "A2", "Łódź")])


@pytest.mark.parametrize("name", ["B9", "D2", "b2", "2B", "", "B0", "AAAA1"])
def test_a_cell_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(Uncorrectable, match="B12"):
        CsvCells(b"a,b\n1,2\n", ",", ("utf-8",)).text("", name)


# ---- workbooks ---------------------------------------------------------------------------------------------


def workbook(path: Path, *, formula: bool = False, protected: bool = False) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "datos"
    sheet.append(["pais", "año", "víctimas", None, "nota"])
    sheet.append(["Guatemqla", 2020, 7, None, "<a&b>"])
    sheet.append(["Honduras", "2021", 12.5])
    sheet["A2"].font = Font(bold=True)
    sheet.protection.sheet = protected
    other = book.create_sheet("otra")
    other.append(["x", "=1+1" if formula else 2])
    book.save(path)
    return path


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_of_a_workbook_only_the_cells_change(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    changes = [
        CellChange("datos", "A2", "Guatemala"),
        CellChange("datos", "C2", "70"),
        CellChange("datos", "D2", "<&>"),
    ]
    content = WorkbookCells(path).correct(changes)
    before, after = parts(path.read_bytes()), parts(content)
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet1.xml"}
    assert list(before) == list(after)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["datos"]
    assert [[cell.value for cell in row] for row in sheet] == [
        ["pais", "año", "víctimas", None, "nota"],
        ["Guatemala", 2020, 70, "<&>", "<a&b>"],
        ["Honduras", "2021", 12.5, None, None],
    ]
    assert sheet["A2"].font.bold


@pytest.mark.parametrize(
    ("kind", "cell", "key"),
    [
        ({"formula": True}, "A2", "correct.calculates"),
        ({"protected": True}, "A2", "correct.protected"),
        ({}, "Z99", "correct.no_cell"),
    ],
)
def test_what_cannot_be_corrected_is_said_with_what_to_do(
    kind: dict[str, bool], cell: str, key: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", **kind)
    with pytest.raises(Uncorrectable) as caught:
        WorkbookCells(path).correct([CellChange("datos", cell, "1")])
    assert caught.value.sentence.key == key


def test_the_sums_of_the_template_s_notes_are_calculated_again(tmp_path: Path) -> None:
    """They stand on a sheet of which no figure is read: a spreadsheet calculates them when it opens the file."""
    path = workbook(tmp_path / "a.xlsx", formula=True)
    content = WorkbookCells(path, help_sheets=("otra",)).correct([CellChange("datos", "C2", "8")])
    assert b'fullCalcOnLoad="1"' in parts(content)["xl/workbook.xml"]
    assert parts(content)["xl/worksheets/sheet2.xml"] == parts(path.read_bytes())["xl/worksheets/sheet2.xml"]


def test_a_formula_is_not_overwritten(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([1, 2, "=A1+B1"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(Uncorrectable) as caught:
        WorkbookCells(tmp_path / "a.xlsx").correct([CellChange("Sheet", "C1", "4")])
    assert caught.value.sentence.key == "correct.formula"


# ---- the page ----------------------------------------------------------------------------------------------


def corrected(browser: Browser, id_: str, new: str = "GTM", **fields: str) -> int:
    """Fill in the form of the first cell with a finding."""
    browser.open(f"/submissions/{id_}/correct")
    return sent(browser, id_, new, **fields)


def sent(browser: Browser, id_: str, new: str, **fields: str) -> int:

    hidden = dict(
        re.findall(r'<input type="hidden" name="((?:sheet|cell|was)-\d+)" value="([^"]*)"', browser.page)
    )
    fields = {"office": OFFICE, "reason": REASON, "new-0": new, **hidden, **fields}
    return browser.fill(f"/submissions/{id_}/correct", **fields).status_code


@pytest.mark.slow
def test_a_cell_is_corrected_and_the_original_stays(home: Home, browser: Browser) -> None:
    handed_in(browser, WRONG)
    (original,) = home.submissions()
    history, kept_hash = original.events(), hash_now(original.file)
    assert f"/submissions/{original.id}/correct" in browser.page
    assert corrected(browser, original.id) == 200
    assert "Guatemqla" not in browser.said
    assert "Se aceptaría" in browser.said
    assert home.submissions() == [original]
    browser.fill(browser.actions("/hand-in"))
    first, second = home.submissions()
    assert (hash_now(first.file), first.events()) == (kept_hash, history)
    assert second.file.read_bytes() == build.with_cell(2, "pais", "GTM").encode()
    event = next(e for e in second.events() if e["event"] == "corrected")
    assert (event["of"], event["of_sha256"], event["office"], event["reason"], event["cells"]) == (
        original.id,
        kept_hash,
        OFFICE,
        REASON,
        '["A2"]',
    )
    assert f"Corrige {original.id} en A2, por {OFFICE}" in browser.said
    browser.open(f"/submissions/{original.id}")
    assert f"{say('desk.corrected_by', 'es')} {second.id}" in browser.said
    assert "/correct" not in browser.page
    browser.open("/standing")
    assert f"corrige {original.id}" in browser.said


@pytest.mark.slow
def test_of_two_who_correct_at_once_the_second_is_told(home: Home, browser: Browser) -> None:
    handed_in(browser, WRONG)
    (original,) = home.submissions()
    browser.open(f"/submissions/{original.id}/correct")
    form = browser.page
    sent(browser, original.id, "GTM")
    first = browser.page
    browser.page = form
    sent(browser, original.id, "HND", office=SECOND)
    second, browser.page = browser.page, first
    browser.fill(browser.actions("/hand-in"))
    by = home.submissions()[-1].id
    browser.page = second
    assert browser.fill(browser.actions("/hand-in")).status_code == 400
    assert say("correct.corrected", "es", submission=original.id, by=by) in browser.said
    browser.page = form
    assert sent(browser, original.id, "HND") == 400
    assert len(home.submissions()) == 2


@pytest.mark.slow
def test_the_cell_must_hold_what_the_page_showed(home: Home, browser: Browser) -> None:
    handed_in(browser, WRONG)
    (original,) = home.submissions()
    assert corrected(browser, original.id, **{"was-0": "0123456789abcdef"}) == 400
    assert say("correct.cell_differs", "es", cell="A2") in browser.said


@pytest.mark.slow
def test_who_withdraws_or_sends_a_later_file_ends_the_correction(home: Home, browser: Browser) -> None:
    handed_in(browser, WRONG)
    (original,) = home.submissions()
    browser.open(f"/submissions/{original.id}/correct")
    form = browser.page
    sent(browser, original.id, "GTM")
    answered = browser.page
    accept(home, (later := receive_later(home)))
    browser.page = answered
    assert browser.fill(browser.actions("/hand-in")).status_code == 400
    assert say("correct.followed", "es", submission=original.id, by=later.id) in browser.said
    assert browser.open(f"/submissions/{original.id}/correct").status_code == 400
    assert say("correct.superseded", "es", submission=original.id, by=later.id) in browser.said
    browser.open(f"/submissions/{later.id}")
    browser.fill(f"/submissions/{later.id}/withdraw", office=OFFICE, reason="no era")
    browser.page = form
    assert sent(browser, original.id, "GTM") == 200
    browser.open(f"/submissions/{original.id}")
    browser.fill(f"/submissions/{original.id}/withdraw", office=OFFICE, reason="no era")
    assert browser.open(f"/submissions/{original.id}/correct").status_code == 400
    assert say("correct.withdrawn", "es", submission=original.id, day=today()) in browser.said


def receive_later(home: Home):
    path = home.root / "later.csv"
    path.write_text(build.with_cell(2, "victimas", "8"), encoding="utf-8")
    return receive(home, path, build.COLLECTION, today())


@pytest.mark.slow
def test_neither_the_sender_nor_who_corrects_lets_a_held_correction_in(home: Home, browser: Browser) -> None:
    handed_in(browser, build.file())
    (original,) = home.submissions()
    browser.open(f"/submissions/{original.id}/correct?cell=J2")
    assert sent(browser, original.id, "70", office=SECOND) == 200
    browser.fill(browser.actions("/hand-in"))
    held = home.submissions()[-1]
    assert held.admission_state.is_waiting
    for office, status in ((SECOND, 400), (OFFICE, 400), ("Fiscalía General", 200)):
        browser.open(f"/submissions/{held.id}")
        assert (
            browser.fill(f"/submissions/{held.id}/confirm", office=office, reason="recontado").status_code
            == status
        )
    assert not home.submissions()[-1].admission_state.is_waiting


@pytest.mark.slow
def test_the_template_is_corrected_on_the_page(home: Home, browser: Browser) -> None:
    """Its sheet of notes adds up the rows by formulas; they keep their place and are calculated anew."""
    book = openpyxl.load_workbook(io.BytesIO(build.template_book()))
    sheet = next(
        sheet
        for sheet in book
        if sheet["A2"].value == "Víctimas detectadas" or "Guatemala" in [c.value for c in sheet[2]]
    )
    place = next(cell.coordinate for cell in sheet[2] if cell.value == "Guatemala")
    sheet[place] = "Guatemqla"
    packed = io.BytesIO()
    book.save(packed)
    browser.fill("/", "datos.xlsx", packed.getvalue(), collection=build.COLLECTION)
    browser.fill(browser.actions("/hand-in"), office=OFFICE)
    (original,) = home.submissions()
    assert corrected(browser, original.id, "Guatemala") == 200
    browser.fill(browser.actions("/hand-in"))
    before, after = parts(original.file.read_bytes()), parts(home.submissions()[-1].file.read_bytes())
    assert original.file.read_bytes() == packed.getvalue()
    (changed,) = [name for name in before if before[name] != after[name]]
    assert changed.startswith("xl/worksheets/")
    assert home.submissions()[-1].admission_state.hold is None


def test_a_file_of_another_kind_is_not_corrected(home: Home, browser: Browser) -> None:
    path = home.root / "datos.pdf"
    path.write_bytes(b"%PDF-1.4 " + b"x" * 100)
    kept = receive(home, path, build.COLLECTION, today())
    for lang in languages():
        assert browser.open(f"/submissions/{kept.id}/correct?lang={lang}").status_code == 400
        assert say("correct.other_type", lang, file="datos.pdf") in browser.said


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"reason": ""}, "correct.reason_length"),
        ({"new-0": ""}, "correct.nothing_changed"),
        ({"new-0": "Guatemqla"}, "correct.nothing_changed"),
        ({"cell-1": "A2", "was-1": "0", "new-1": "HND"}, "correct.cell_twice"),
        ({"reason": "Lo pidió María Fernanda López"}, "correct.personal"),
    ],
)
def test_what_a_correction_lacks_is_said(
    fields: dict[str, str], key: str, home: Home, browser: Browser
) -> None:
    handed_in(browser, WRONG)
    assert corrected(browser, home.submissions()[0].id, **fields) == 400
    assert say(key, "es", longest=1000, kind="name", cell="A2")[:25] in browser.said
