"""Determinations of children's best interests, `CRM-TS/returns`: by template, under protection. All figures made up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from assets.intake.submission import receive
from tests import faults
from tests.conftest import accept, release
from warehouse import Warehouse
from warehouse.audit.findings import attack_release
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


def cells(home: Home, country: str) -> dict[tuple[str, str], tuple[float, float]]:
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute(
            "SELECT dimension, code, value_low, value_high FROM baseline.protected_counts "
            "WHERE (measure, reporting_country, period) = ($measure, $country, '2023')",
            {"measure": MEASURE, "country": country},
        ).fetchall()
    return {(dimension, code): (low, high) for dimension, code, low, high in rows}


def test_each_determination_is_published_as_an_interval_around_its_sum(home: Home) -> None:
    """Sums of four quarters, by hand; the total is exact."""
    own = cells(home, "HND")
    assert own["_T", "_T"] == (4 * 149, 4 * 149)
    expected = {
        ("determination", "return_in_interest"): 244,
        ("determination", "remain"): 96,
        ("determination", "third_country"): 8,
        ("guardian", "no"): 116,
        ("asylum_referral", "yes"): 124,
        ("trafficking_screening", "no"): 12,
    }
    for cell, true in expected.items():
        low, high = own[cell]
        assert low <= true <= high, cell
        assert low < high
    assert {dimension for dimension, _ in own} == {
        "_T", "determination", "guardian", "asylum_referral", "trafficking_screening",
    }  # fmt: skip
    assert not any(finding.has_leaks for finding in attack_release(home.current, [], all_members=True))


def test_no_row_of_it_is_public_and_the_client_gives_its_cells(home: Home) -> None:
    with Warehouse.open(home.current) as warehouse:
        assert warehouse.query("SELECT count(*) AS n FROM core.observations")["n"].tolist() == [0]
        rows = warehouse.query("SELECT DISTINCT status FROM baseline.protected_years")
    assert rows["status"].tolist() == ["shown"]
