"""What an office writes into its workbook: answers on how it counts, and explanations of findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assets.answers.answer import answer_to_submission
from assets.answers.page import render_part
from assets.decisions.justifications import LONGEST
from assets.intake import admission
from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from assets.intake.workbook_answers import read_answers
from schemas.cards.format_card import read_card
from schemas.cards.template import collection_template
from tests.conftest import release
from tests.test_held import run
from tests.test_series_judging import COLLECTION, ask, home_of, quarters, write
from warehouse.home import CARD, Home, Submission
from warehouse.publication.template_files import write_workbook

NINETIES = "94 101 92 107 99 103 96 108"
PASSPORT = """[[series]]
reporting_country = "USA"
measure = "victims_detected"
valid_from = "2019"
evidence = "confirmed"
counted_unit = "clients"
flow = "served"
year_starts = 10
scope = { es = "Ley 106-386", en = "Public Law 106-386" }
what = { es = "Clientes", en = "Clients" }
verified_on = 2025-01-31

[[series.source]]
publisher = "x"
place = "p. 1"
address = "https://example.org/x"
kind = "official"
"""
ANSWERS = {
    "unit": "Clientes de servicios",
    "flow": "Atendidos",
    "year_starts": "octubre",
    "law": "La Ley 106-386, de 2000",
    "rule": "Cada cliente una vez al año",
    "office": "Fiscalía, unidad de trata",
}
"""What an office answers, as the passport has it."""


def template_workbook(root: Path, lang: str = "es") -> openpyxl.Workbook:
    """The template of the collection, with one quarter."""
    card = read_card(root / "home" / "raw" / COLLECTION / CARD)
    template = collection_template(COLLECTION, card, lang)
    write_workbook(template, root / "empty.xlsx", lang)
    book = openpyxl.load_workbook(root / "empty.xlsx")
    for field, text in (("reporting_country", "USA"), ("period", "2025-Q1"), ("value", 98)):
        column = [f.name for f in template.fields].index(field) + 1
        book["Datos"].cell(2, column, text)
    return book


def notes(book: openpyxl.Workbook, answers: Mapping[str, str], explained: Mapping[str, str]) -> None:
    """Fill in the sheet of notes as an office does."""
    sheet = book["Notas y firma"]
    rows = [row for row in sheet.iter_rows(min_row=1, max_row=40) if row[3].value]
    for row in rows:
        row[1].value = answers.get(str(row[3].value)) or row[1].value
    free = [row for row in rows if row[3].value == "explanation"]
    for row, (rule, text) in zip(free, explained.items(), strict=False):
        row[0].value, row[1].value = rule, text


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with eight quarters in force, and a passport."""
    made = home_of(tmp_path, "Q", "by_period")
    (made.raw / COLLECTION / "series.toml").write_text(PASSPORT, encoding="utf-8")
    file = write(tmp_path, "before.csv", quarters(NINETIES, 2023))
    process(made, receive(made, file, COLLECTION, date(2025, 2, 1)))
    return made


def sent(
    home: Home,
    root: Path,
    answers: Mapping[str, str],
    explained: Mapping[str, str] | None = None,
    value: int = 98,
) -> tuple[Outcome, Submission]:
    book = template_workbook(root)
    header = [cell.value for cell in book["Datos"][1]]
    book["Datos"].cell(2, header.index("Valor") + 1, value)
    notes(book, answers, explained or {})
    book.save(root / "next.xlsx")
    kept = receive(home, root / "next.xlsx", COLLECTION, date(2025, 5, 2))
    return process(home, kept), home.submissions()[-1]


@pytest.mark.slow
def test_answers_as_the_passport_has_them_are_kept_and_shown(home: Home, tmp_path: Path) -> None:
    outcome, kept = sent(home, tmp_path, ANSWERS)
    assert (outcome.status, outcome.all_findings) == ("accepted", [])
    assert {j.rule: j.reason for j in kept.admission_state.justifications} == ANSWERS
    assert {j.office for j in kept.admission_state.justifications} == {ANSWERS["office"]}
    assert f"answered (2025-05-02): What does one unit of the value count? {ANSWERS['unit']}" in " ".join(
        run(home, "status", "--lang", "en").output.split()
    )
    answer = answer_to_submission(home, kept, outcome, admission.Admission, kept.file.name)
    assert any(ANSWERS["rule"] in sentence for sentence in render_part(answer, "es")["answered"])


DIFFERENCES = {
    "another unit": ({"unit": "Personas"}, ["Personas"]),
    "another unit in a sentence": (
        {"unit": "contamos incidentes, no víctimas"},
        ["contamos incidentes, no víctimas"],
    ),
    "new only": ({"flow": "Nuevos en el período"}, ["Nuevos en el período"]),
    "another first month": ({"year_starts": "enero"}, ["enero"]),
    "another law": ({"law": "Ley 9095 de Costa Rica"}, ["Ley 9095 de Costa Rica"]),
    "what the passport does not ask": ({"coverage": "Todo el país", "law": "La ley contra la trata"}, []),
    "unknown": ({"unit": "Desconocida", "flow": "no consta"}, []),
}


@pytest.mark.parametrize(
    ("answers", "differing"), [pytest.param(*case, id=name) for name, case in DIFFERENCES.items()]
)
def test_an_answer_that_differs_from_the_passport_is_a_question(
    answers: dict[str, str], differing: list[str], home: Home, tmp_path: Path
) -> None:
    outcome, _ = sent(home, tmp_path, answers)
    assert outcome.status == "accepted"
    found = [f.value for f in outcome.admission.remarks if f.rule == "answer_differs"]
    assert found == differing
    asked = [(q.reporting_country, q.period_start) for q in outcome.admission.questions]
    assert asked == ([("USA", "2025-01-01")] if differing else [])


@pytest.mark.slow
def test_answers_and_the_question_are_in_the_release_and_the_quality_report(
    home: Home, tmp_path: Path
) -> None:
    from warehouse.publication.quality import facts
    from warehouse.publication.quality.content import concepts
    from warehouse.reading.client import Warehouse

    sent(home, tmp_path, {"unit": "Personas", "office": "INM"})
    release(home)
    lines = [("office: INM (INM, 2025-05-02)\nunit: Personas (INM, 2025-05-02)",)]
    assert (
        ask(home, "SELECT justification FROM registry.submissions WHERE justification IS NOT NULL") == lines
    )
    assert ask(home, "SELECT flag FROM core.current WHERE period_start = DATE '2025-01-01'") == [
        ("under_question",)
    ]
    with Warehouse.open(home.current) as opened:
        [collection] = facts.read(opened.connection)
    assert any("Personas (INM" in sentence for sentence in concepts(collection, "es"))


def test_the_workbook_explains_a_finding_of_the_last_check(home: Home, tmp_path: Path) -> None:
    text = "Un operativo regional en el puerto"
    outcome, kept = sent(home, tmp_path, {"office": "INM"}, {"level_unlike_past": text}, value=9800)
    assert outcome.status == "held"
    assert ("level_unlike_past", text, "INM", "2025-05-02") in kept.admission_state.justifications
    assert text in run(home, "status", "--lang", "en").output


def test_the_workbook_with_the_answer_brings_the_explanation_back(home: Home, tmp_path: Path) -> None:
    """An office of its own format fills in the sheet that this program added to its workbook."""
    book = openpyxl.Workbook()
    rows: list[tuple[Any, ...]] = [("reporting_country", "period", "value"), ("USA", "2025-Q1", 9800)]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    run(home, "check", str(tmp_path / "own.xlsx"), "-c", COLLECTION, "--report", str(tmp_path / "back.xlsx"))
    answered = openpyxl.load_workbook(tmp_path / "back.xlsx")
    [row] = [row for row in answered["lineabase"].iter_rows() if row[3].value == "level_unlike_past"]
    row[4].value = "Un operativo regional"
    answered.save(tmp_path / "back.xlsx")
    result = run(home, "submit", str(tmp_path / "back.xlsx"), "-c", COLLECTION, "--received", "2025-05-02")
    kept = home.submissions()[-1].admission_state
    assert result.exit_code, result.output
    assert kept.is_waiting, result.output
    assert [j[:2] for j in kept.justifications] == [("level_unlike_past", "Un operativo regional")]


NOT_KEPT = {
    "no such rule": ("level", "Un operativo"),
    "an error of a row": ("text_in_number", "Un operativo"),
    "too long": ("level_unlike_past", "a" * (LONGEST + 1)),
    "a name": ("level_unlike_past", "Lo contó María Fernanda López García"),
    "a telephone": ("level_unlike_past", "Llame al +506 2222 3344"),
}


@pytest.mark.parametrize(("rule", "text"), [pytest.param(*case, id=name) for name, case in NOT_KEPT.items()])
def test_an_answer_that_is_not_kept_is_a_finding(rule: str, text: str) -> None:
    answers, findings = read_answers([(rule, text, "", "explanation"), ("¿Unidad?", "Personas", "", "unit")])
    assert answers == {"unit": "Personas"}
    assert [(f.rule, f.value) for f in findings] == [("answer_not_kept", rule)]


def test_other_rows_and_blank_ones_answer_nothing() -> None:
    rows = [
        ("2024", "CRI", "victims", "90"),
        ("", "", "", "explanation"),
        ("¿Unidad?", " ", "", "unit"),
        ("x",),
        (),
    ]
    assert read_answers(rows) == ({}, [])
