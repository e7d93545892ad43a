"""What docs/stewards tells a new steward, done: in a browser, by the keyboard, and in LibreOffice, from the template to another verdict."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import duckdb
import openpyxl
import pytest

from pipelines.desk.access import Access
from tests import browser, office
from tests.browser import Tab
from tests.office import WORKBOOKS, Office, Typed
from tests.test_desk import refreshes_here, served  # noqa: F401  (a fixture)
from tests.test_vintages import new_home
from warehouse.home import Home

MISSING = "; ".join(filter(None, (browser.MISSING, office.MISSING)))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=f"not installed: {MISSING}")]
PICTURES = os.environ.get("LINEABASE_PICTURES")
COLLECTION = "X/c"
YEARS = range(2014, 2024)
SECONDS = 240


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with browser.tab() as opened:
        opened.sized(1280)
        yield opened


def rows() -> list[dict[str, str]]:
    """Victims of ten years: more each year, and far more from 2019 on."""
    counted = [61, 74, 90, 105, 121, 402, 450, 499, 553, 600]
    return [
        {"País que informa": "Costa Rica", "Periodo": str(year), "Valor": str(value)}
        for year, value in zip(YEARS, counted, strict=True)
    ]


def cells_of(file: Path, told: list[dict[str, str]]) -> Typed:
    """Where in the sheet to fill each text belongs."""
    header = openpyxl.load_workbook(file)["Datos"][1]
    letters = {cell.value: cell.column_letter for cell in header}
    return {
        ("Datos", f"{letters[name]}{row}"): text
        for row, one in enumerate(told, start=2)
        for name, text in one.items()
    }


def pictured(tab: Tab, name: str) -> None:
    if PICTURES:
        tab.picture(Path(PICTURES) / f"desk_{name}_1280.png")


def handed_to_the_page(tab: Tab, base: str, file: Path) -> None:
    """Choose the file, and its collection where the page asks; the answer stands there."""
    tab.open(f"{base}/")
    tab.choose_file("#file", file)
    tab.tab_to("main button")
    tab.enter()
    if tab.run("location.pathname") == "/" and tab.run("!!document.querySelector('#collection')"):
        tab.tab_to("#collection")
        tab.pick(COLLECTION)
        tab.tab_to("main button")
        tab.enter()


def released(tab: Tab, base: str) -> None:
    """Press the button, and wait as long as the page says that it is at work."""
    tab.open(f"{base}/release")
    tab.tab_to("main button")
    tab.enter()
    until = monotonic() + SECONDS
    while "Se está construyendo" in tab.text():
        assert monotonic() < until
        sleep(1)
        tab.open(f"{base}/release")
    assert "Terminó bien" in tab.text(), tab.text()


def verdicts(home: Home) -> set[tuple[str, str]]:
    """What is said of Costa Rica's victims: the direction, and in a sentence."""
    with duckdb.connect(home.current, read_only=True) as db:
        found = db.execute(
            "SELECT DISTINCT direction, sentence_es FROM analysis.trends"
            " WHERE reporting_country = 'CRI' AND indicator = 'tip_victims_detected' AND sex = '_T'"
        ).fetchall()
    return set(found)


@pytest.mark.usefixtures("refreshes_here")
def test_a_new_steward_s_way_from_the_template_to_another_verdict(
    tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEABASE_SITE", "no")
    home, access = new_home(tmp_path / "home"), Access()
    (tmp_path / "taken").mkdir()
    tab.downloads_into(tmp_path / "taken")
    calc = Office(tmp_path / "profile")
    with served(home, access) as base:
        tab.open(f"{base}/?token={access.new_token()}")

        # 1. The template, taken from the page and filled in, with three mistakes.
        tab.tab_to("#template-of")
        tab.pick(COLLECTION)
        tab.tab_to("form[action='/template'] button")
        template = tab.download(tmp_path / "taken")
        told = rows()
        told[0]["País que informa"] = "Costa Rcia"
        told[2]["Periodo"] = "2016-13"
        told[4]["Valor"] = "-100"
        wrong = cells_of(template, told)
        filled = calc.save(template, tmp_path / "victimas.xlsx", WORKBOOKS["xlsx"], wrong)

        # 2. The answer names the three cells; the workbook that it gives away has them marked.
        handed_to_the_page(tab, base, filled)
        right = cells_of(template, rows())
        mistakes = {cell for cell, text in wrong.items() if text != right[cell]}
        assert len(mistakes) == 3
        assert all(cell in tab.text() for _, cell in mistakes)
        pictured(tab, "mistakes")
        assert home.submissions() == []
        tab.tab_to("form[action$='/annotated'] button")
        annotated = tab.download(tmp_path / "taken")
        marked = {
            ("Datos", cell.coordinate)
            for row in openpyxl.load_workbook(annotated)["Datos"].iter_rows(min_row=2)
            for cell in row
            if cell.comment and cell.fill.fill_type == "solid"
        }
        assert marked == mistakes

        # 3. Mended in that workbook, it is in force.
        mended = calc.save(
            annotated, tmp_path / "victimas_2.xlsx", WORKBOOKS["xlsx"], {cell: right[cell] for cell in marked}
        )
        handed_to_the_page(tab, base, mended)
        assert "Nada que corregir" in tab.text(), tab.text()
        tab.tab_to("#office")
        tab.type("Dirección de Estadística")
        tab.enter()
        (kept,) = home.submissions()
        assert not kept.admission_state.is_waiting
        assert kept.id in tab.text()
        released(tab, base)
        before = verdicts(home)
        assert {direction for direction, _ in before} == {"too_few_years"}

        # 4. The jump is asked about; answered, the whole series is judged.
        tab.tab_to("a[href='/questions']")
        tab.enter()
        tab.tab_to(".questions a")
        tab.enter()
        pictured(tab, "question")
        tab.tab_to("#answer-real")
        tab.key(" ", 32, " ")
        for field, text in (("reason_es", "Se abrieron diez oficinas"), ("source", "oficio 7")):
            tab.tab_to(f"#{field}")
            tab.type(text)
        tab.tab_to("#office")
        tab.enter()
        assert "Esperan una respuesta: 0" in tab.text(), tab.text()
        released(tab, base)
        pictured(tab, "released")
        after = verdicts(home)
        assert {direction for direction, _ in after} == {"rising"}
