"""The template as an office knows it: last values beside the cells, questions on counting, sums, and agreement."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from assets.intake.processing import check
from schemas.cards.template import Template, collection_template
from schemas.tables import DIMENSIONS, default_code
from schemas.words import words
from warehouse.home import CHECKOUT, Home
from warehouse.publication.template_files import write_workbook
from warehouse.publication.template_values import previous_rows

VICTIMS = "CRM-TS/victims"


def released(folder: Path, rows: list[dict], collection: str = VICTIMS, frequency: str = "Q") -> Home:
    """A home whose release has these values in force."""
    home = Home(folder)
    home.current.parent.mkdir(parents=True)
    names = ("collection", "reporting_country", "measure", "frequency", *(d.name for d in DIMENSIONS))
    with duckdb.connect(home.current) as db:
        db.execute("CREATE SCHEMA core")
        columns = ", ".join(f"{name} VARCHAR" for name in names)
        db.execute(
            f"CREATE TABLE core.current ({columns}, period_start DATE, value_low DOUBLE, value_high DOUBLE)"
        )
        for row in rows:
            codes = {d.name: default_code(d.name) for d in DIMENSIONS} | {
                "collection": collection,
                "reporting_country": "CRI",
                "measure": "victims_detected",
                "frequency": frequency,
            }
            told = codes | row
            marks = ", ".join("?" * len(told))
            db.execute(f"INSERT INTO core.current ({', '.join(told)}) VALUES ({marks})", list(told.values()))
    return home


def value(start: str, low: float, high: float | None = None, **codes: str) -> dict:
    return {"period_start": start, "value_low": low, "value_high": low if high is None else high, **codes}


LAST = [
    value("2024-07-01", 90),
    value("2024-10-01", 30),
    value("2024-10-01", 12, sex="F"),
    value("2024-10-01", 0, 4, citizenship="HND"),
    value("2024-10-01", 7, reporting_country="PAN"),
    value("2024-10-01", 5, collection="CRM-TS/other"),
]


def template(lang: str = "es") -> Template:
    return collection_template(VICTIMS, Home(CHECKOUT).card(VICTIMS), lang)


def workbook(folder: Path, filled: Template, lang: str = "es") -> openpyxl.Workbook:
    write_workbook(filled, folder / "t.xlsx", lang)
    return openpyxl.load_workbook(folder / "t.xlsx")


@pytest.mark.parametrize(
    ("lang", "header", "female"), [("es", "Valor anterior", "Mujer"), ("en", "Previous value", "Female")]
)
def test_the_last_values_stand_beside_the_cells_to_fill(
    lang: str, header: str, female: str, tmp_path: Path
) -> None:
    rows = previous_rows(released(tmp_path / "h", LAST), VICTIMS, "CRI", "Q")
    filled = template(lang).with_previous_values(rows, lang)
    cells = [
        [cell or "" for cell in row]
        for row in workbook(tmp_path, filled, lang)["Datos"].iter_rows(values_only=True)
    ]
    headers = cells[0]
    by_field = {field.name: field.header for field in filled.fields}
    assert headers.index(header) == headers.index(by_field["value"]) + 1
    told = [dict(zip(headers, row, strict=True)) for row in cells[1:]]
    assert sorted(row[header] for row in told) == ["0-4 (2024-Q4)", "12 (2024-Q4)", "30 (2024-Q4)"]
    assert {row[by_field["period"]] for row in told} == {"2025-Q1"}
    assert {row[by_field["value"]] for row in told} == {""}
    (women,) = [row for row in told if row[header].startswith("12 ")]
    assert women[by_field["sex"]].startswith(female)
    assert women[by_field["citizenship"]] == ""


def test_such_a_template_is_read_when_it_is_filled_in(tmp_path: Path) -> None:
    home = released(tmp_path / "h", LAST)
    filled = template().with_previous_values(previous_rows(home, VICTIMS, "CRI", "Q"), "es")
    book = workbook(tmp_path, filled)
    sheet = book["Datos"]
    place = filled.headers.index(next(f.header for f in filled.fields if f.name == "value")) + 1
    for row, number in zip(range(2, sheet.max_row + 1), (33, 14, 3), strict=True):
        sheet.cell(row, place, number)
    notes = book["Notas y firma"]
    notes["B2"], notes["B11"], notes["B12"] = "Víctimas", "Dirección de Migración", "2025-04-02"
    book.save(tmp_path / "t.xlsx")
    outcome = check(home, tmp_path / "t.xlsx", VICTIMS, date(2025, 4, 20))
    assert (outcome.status, outcome.rows["accepted"]) == ("accepted", 3)
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []


@pytest.mark.parametrize(("frequency", "start", "said", "following"), [
    ("A", "2024-01-01", "2024", "2025"), ("A", "2023-10-01", "2024", "2025"),
    ("M", "2024-12-01", "2024-12", "2025-01"), ("Q", "2024-10-01", "2024-Q4", "2025-Q1"),
])  # fmt: skip
def test_the_period_to_fill_follows_the_last_one(
    frequency: str, start: str, said: str, following: str, tmp_path: Path
) -> None:
    home = released(tmp_path, [value(start, 5)], frequency=frequency)
    (row,) = previous_rows(home, VICTIMS, "CRI", frequency)
    assert (row["previous"], row["period"]) == (f"5 ({said})", following)


def test_without_a_release_there_are_no_last_values(tmp_path: Path) -> None:
    assert previous_rows(Home(tmp_path), VICTIMS, "CRI", "Q") == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_notes_ask_what_a_passport_states(lang: str, tmp_path: Path) -> None:
    sheet = workbook(tmp_path, template(lang), lang)["Notas y firma"]
    texts = {cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)}
    questions = {text for key, text in words(lang).items() if key.startswith("template.question.")}
    assert len(questions) == 11
    assert questions <= texts
    assert not sheet.protection.sheet


def test_the_sums_are_of_the_rows_of_one_breakdown(tmp_path: Path) -> None:
    """A spreadsheet computes them; here each formula is read for its conditions."""
    filled = template()
    sheet = workbook(tmp_path, filled)["Notas y firma"]
    formulas = [
        cell for row in sheet.iter_rows(values_only=True) for cell in row if str(cell).startswith("=IF")
    ]
    roles = {field.role for field in filled.fields}
    asked = [d for d in DIMENSIONS if d.name in roles]
    broken_down = [d.name for d in asked if d.default == "_T"]
    assert {"sex", "age_group", "exploitation", "citizenship"} <= set(broken_down)
    assert len(formulas) == 12 * (1 + len(broken_down))
    whole, by_sex = formulas[0], formulas[1 + broken_down.index("sex")]
    assert (whole.count('"="'), whole.count('"<>"')) == (len(asked), 0)
    assert (by_sex.count('"="'), by_sex.count('"<>"'), by_sex.count('"<>Total"')) == (len(asked) - 1, 1, 1)


def test_the_sums_are_of_one_period_country_and_measure(tmp_path: Path) -> None:
    filled = template()
    sheet = workbook(tmp_path, filled)["Notas y firma"]
    formula = next(
        cell for row in sheet.iter_rows(values_only=True) for cell in row if str(cell).startswith("=IF")
    )
    named = [
        role for role in ("period", "reporting_country", "measure") if role in {f.role for f in filled.fields}
    ]
    assert len(named) > 1
    row = formula.split("$A")[1].split("=")[0]
    for letter in "ABC"[: len(named)]:
        assert f'${letter}{row}=""' in formula
        assert f",${letter}{row}," in formula


def test_an_empty_template_has_no_column_of_last_values() -> None:
    assert "Valor anterior" not in template().headers
