"""Determinations of children's best interests, `CRM-TS/returns`: by template, under protection. All figures made up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from assets.steps.submission import receive
from tests import faults
from tests.conftest import accept, release
from warehouse import Warehouse
from warehouse.audit.findings import audit
from warehouse.home import Home

pytestmark = pytest.mark.slow  # it takes a release of its own

RETURNS, MEASURE = "CRM-TS/returns", "child_determinations"
AS_OF = date(2024, 4, 15)
OUTCOMES = {
    "Retorno en su interés superior": 61,
    "Permanencia en el país": 24,
    "Traslado a un tercer país": 2,
    "Reunificación familiar": 40,
    "Pendiente": 9,
    "Sin determinación": 13,
}
"""Of one member's 149 children of a quarter, in the words of the template's list; two are a small count."""
ASKED = {
    "Tutor legal": {"Sí": 120, "No": 29},
    "Remisión al asilo": {"Sí": 31, "No": 118},
    "Examen por trata": {"Sí": 146, "No": 3},
}


def filled(path: Path) -> Path:
    """The template of the command, a year of Honduras and of Guatemala filled in."""
    code, said = faults.run(Home(path.parent), "template", RETURNS, "--output", str(path), "--new")
    assert code == 0, said
    book = openpyxl.load_workbook(path)
    sheet = book["Datos"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = 1
    for country, times in (("Honduras", 1), ("Guatemala", 3)):
        for quarter in range(1, 5):
            tables = [("Determinación", OUTCOMES), *ASKED.items(), (None, {"": sum(OUTCOMES.values())})]
            for header, values in tables:
                for label, value in values.items():
                    row += 1
                    told = {
                        "Medida": "Determinaciones del interés superior de niñas y niños",
                        "País que informa": country,
                        "Periodo": f"2023-Q{quarter}",
                        "Valor": value * times,
                    }
                    for name, cell in (told | ({header: label} if header else {})).items():
                        sheet.cell(row, columns[name], cell)
    book.save(path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("returns"))
    outcome = accept(home, receive(home, filled(home.root / "retornos.xlsx"), RETURNS, date(2024, 2, 1)))
    assert outcome.status == "accepted", [f.message("en") for f in outcome.findings]
    assert (outcome.rows["accepted"], outcome.rows["quarantined"]) == (2 * 4 * 13, 0)
    release(home, AS_OF)
    return home


def told(home: Home, country: str) -> dict[tuple[str, str], float | None]:
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute(
            "SELECT dimension, code, value FROM baseline.protected_counts "
            "WHERE (measure, reporting_country, period) = ($measure, $country, '2023')",
            {"measure": MEASURE, "country": country},
        ).fetchall()
    return {(dimension, code): value for dimension, code, value in rows}


def test_each_determination_is_told_by_one_breakdown_at_a_time(home: Home) -> None:
    """Sums of four quarters; nothing is small in a year: 4 × 2 children to a third country."""
    cells = told(home, "HND")
    assert cells["_T", "_T"] == 4 * 149
    assert {code: cells["determination", code] for code in ("return_in_interest", "remain", "third_country")} == {
        "return_in_interest": 244, "remain": 96, "third_country": 8,
    }  # fmt: skip
    assert cells["guardian", "no"] == 116
    assert cells["asylum_referral", "yes"] == 124
    assert cells["trafficking_screening", "no"] == 12
    assert {dimension for dimension, _ in cells} == {
        "_T",
        "determination",
        *("guardian", "asylum_referral"),
        "trafficking_screening",
    }


def test_a_small_count_is_withheld_with_another_and_nobody_finds_it(home: Home, tmp_path: Path) -> None:
    """One child less is referred in Honduras: two of a year without a guardian are a small count, and so is nobody."""
    other = Home(tmp_path / "home")
    lines = ["measure,reporting_country,period,guardian,value"]
    for country, yes, no in (("HND", 70, 2), ("GTM", 90, 33), ("SLV", 55, 18)):
        lines += [
            f"{MEASURE},{country},2023,,{yes + no}",
            f"{MEASURE},{country},2023,yes,{yes}",
            f"{MEASURE},{country},2023,no,{no}",
        ]
    file = tmp_path / "r.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    accept(other, receive(other, file, RETURNS, date(2024, 2, 1)))
    release(other, AS_OF)
    assert told(other, "HND")["guardian", "no"] is None
    assert [
        code
        for (dimension, code), value in told(other, "HND").items()
        if value is None and dimension == "guardian"
    ] != ["no"]
    assert [finding.leaks for finding in audit(other.current)] == [False]


def test_no_row_of_it_is_public_and_the_client_gives_its_cells(home: Home) -> None:
    with Warehouse.open(home.current) as warehouse:
        assert warehouse.query("SELECT count(*) AS n FROM core.observations")["n"].tolist() == [0]
        rows = warehouse.query("SELECT DISTINCT status FROM baseline.protected_years")
    assert rows["status"].tolist() == ["shown"]
