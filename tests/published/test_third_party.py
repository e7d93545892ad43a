"""A third party's assessment of standards for children, read by other code from its file; and members' replies to it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assets.dagster.build import build_database
from assets.intake.processing import process
from schemas.codelists import codelist
from schemas.indicators import catalogue
from schemas.records import declarations
from tests.agreements import agree
from tests.conftest import accept, release
from tests.published.publishers import csv_rows
from tests.test_records import handed_in
from warehouse.home import CHECKOUT, Home
from warehouse.publication.site import indicator, member, records
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse

FILE = "usa_dol_ilab_members_2014-2020.csv"
ASSESSED = "USA-DOL/child_labour"
FIGURES = "USA-OVC/clients"
REPLIES = (
    "País,Colección,Medida o punto,Año o edición,Respuesta (es),Institución que responde,Día de la respuesta\n"
    f"República Dominicana,{ASSESSED},child_trafficking_prohibited,2019,La ley inventada no cambió,Oficina inventada,2026-01-05\n"
    f"Estados Unidos,{FIGURES},victims_assisted,,Respuesta inventada,Oficina inventada,2026-01-06\n"
)
MILLION = " million"


@pytest.fixture(scope="module")
def replied_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The assessment and a second source, each with a reply of a member."""
    root = tmp_path_factory.mktemp("third_party")
    for collection in (ASSESSED, FIGURES):
        shutil.copytree(CHECKOUT / "raw" / collection, root / "raw" / collection)
    home = Home(root)
    for submission in home.submissions():
        assert process(home, submission).is_clean
    assert accept(home, handed_in(home, REPLIES, "2026-01-10", "CRM-TS/replies")).is_clean
    release(home, date(2026, 3, 31))
    return home


@pytest.fixture(scope="module")
def replied(replied_home: Home) -> Iterator[Warehouse]:
    with Warehouse.open(replied_home.current, lang="en") as opened:
        yield opened


def plain(text: str) -> str:
    """A cell without the publisher's note marks."""
    return text.strip().rstrip("*†‡")


def figure(text: str) -> int | None:
    """The number that a cell writes, of dollars too; None where it has none."""
    digits = plain(text).replace("$", "").replace(",", "").removesuffix(MILLION)
    if not digits.replace(".", "", 1).isdigit():
        return None
    return round(float(digits) * (10**6 if plain(text).endswith(MILLION) else 1))


@pytest.mark.slow
@pytest.mark.shared
def test_each_answer_and_figure_is_the_file_s(replied: Warehouse) -> None:
    asked: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for row in csv_rows(FILE):
        if row["section"] in ("Legal_Standards", "Enforcements"):
            asked[row["iso3"], row["year"], row["item"]][row["attribute"]] = row["value"]
    codes = {code.external: name for name, code in codelist("child_labour_item").items()}
    words = {"Yes": "yes", "No": "no", "Unknown": "_U", "N/A": "_Z", "Not Applicable": "_Z"}
    expected = {}
    for (country, year, item), cells in asked.items():
        text = cells.get("", cells.get("Conforms_To_Intl_Standard", ""))
        expected[country, year, codes[item]] = (
            words.get(plain(text)),
            words.get(plain(cells.get("Standard", ""))),
            figure(cells.get("Age", "") if "Standard" in cells else text),
            text,
        )
    told = replied.connection.execute(
        "SELECT country, edition, item, answer, in_law, number, as_published FROM network.child_labour "
        "WHERE assessment = 'third_party' AND assessor LIKE 'U.S. Department of Labor%'"
    ).fetchall()
    assert {row[:3]: row[3:] for row in told} == expected
    assert len(told) == len(expected) == 1942


@pytest.mark.slow
def test_no_indicator_counts_the_assessment(replied: Warehouse) -> None:
    assert {
        name for name, one in catalogue().items() if one.records and one.records.of == "child_labour"
    } == set()
    for one in catalogue().values():
        if one.records and "assessment" in one.records.among:
            assert "third_party" not in one.records.among["assessment"]
    told = replied.query(
        "SELECT count(*) AS n FROM baseline.indicator_values WHERE collection LIKE 'USA-DOL/%'"
    )
    assert told["n"].tolist() == [0]


@pytest.mark.slow
def test_two_assessments_of_one_law_are_no_change_of_law(replied: Warehouse) -> None:
    """Yes until 2018, No from 2019: in the page a run each; no law of the country begins or ends by it."""
    facts = Facts(replied)
    page = records.page(facts, "child_labour", "en")
    standards = next(matrix for matrix in page["matrices"] if "standards" in matrix["name"])
    line = next(line for line in standards["lines"] if line["name"] == "Prohibition of child trafficking")
    cell = line["cells"][standards["members"].index("Dominican Republic")]
    assert [(item["text"], item["detail"]) for item in cell] == [("Yes", "2015–2018"), ("No", "2019–2020")]
    guatemala = line["cells"][standards["members"].index("Guatemala")]
    assert [(item["text"], item["detail"]) for item in guatemala] == [
        ("Yes", "2015"), ("No", "2016"), ("Yes", "2017–2020"),
    ]  # fmt: skip
    assert "two assessments" in page["caveat"]
    assert "never trafficking alone" in page["caveat"]
    told = replied.query("SELECT count(*) AS n FROM network.legislation")
    assert told["n"].tolist() == [0]
    assert declarations()["child_labour"].event is None
    latest = replied.matrix("child_labour", kind="legal_standard").loc["child_trafficking_prohibited"]
    assert latest[["DOM", "GTM", "CAN"]].tolist() == ["no", "yes", "not_assessed"]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_view_names_the_assessor_and_shows_the_reply(replied_home: Home, lang: str) -> None:
    with Warehouse.open(replied_home.current, lang=lang) as opened:
        facts = Facts(opened)
        page = records.page(facts, "child_labour", lang)
        dominican = member.page(facts, "DOM", lang)
        assisted = indicator.page(facts, "tip_victims_assisted", lang)
        detected = indicator.page(facts, "tip_victims_detected", lang)
    assessor = {"es": "Departamento de Trabajo de EE. UU.", "en": "US Department of Labor"}[lang]
    assert all(assessor in source for matrix in page["matrices"] for source in matrix["sources"])
    assert [reply["text"] for reply in page["replies"]] == ["La ley inventada no cambió"]
    assert "2019" in page["replies"][0]["about"]
    assert page["replied"] == {("DOM", "child_trafficking_prohibited"): page["replies"][0]["id"]}
    assert [reply["text"] for reply in assisted["replies"]] == ["Respuesta inventada"]
    assert detected["replies"] == []
    assert [reply["text"] for reply in dominican["replies"]] == ["La ley inventada no cambió"]


@pytest.mark.slow
def test_a_reply_without_a_figure_is_asked_about(tmp_path: Path, replied_home: Home) -> None:
    """A collection and a year that are none; a measure that is none is refused before; what is right passes."""
    root = tmp_path / "home"
    shutil.copytree(replied_home.root / "raw", root / "raw")
    home = Home(root)
    wrong = (
        REPLIES.splitlines()[0]
        + "\nEstados Unidos,USA-OVC/clientes,,,Uno inventado,Oficina,2026-01-07\n"
        + f"Estados Unidos,{FIGURES},no_such_measure,,Dos inventado,Oficina,2026-01-07\n"
        + f"Estados Unidos,{FIGURES},victims_assisted,1999,Tres inventado,Oficina,2026-01-07\n"
        + f"Estados Unidos,{FIGURES},victims_assisted,,Cuatro inventado,Oficina,2026-01-07\n"
    )
    for submission in home.submissions():
        process(home, submission)
    accept(home, handed_in(home, wrong, "2026-02-10", "CRM-TS/replies"))
    agree(home)
    built = build_database(home, date(2026, 3, 31))
    remarks = [remark for remark in built.verdict.remarks if remark.question.id == "replies_have_a_figure"]
    assert [remark.violations for remark in remarks] == [2]
