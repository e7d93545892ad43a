"""Answering open questions by number and by workbook, and taking an answer back. Expected lines are written out here."""

from __future__ import annotations

import shutil
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from assets.decisions.questions_workbook import COLUMNS
from assets.intake.submission import receive
from pipelines.cli.app import app
from schemas.cards.decisions import read_decisions
from tests.conftest import accept, ask, release
from tests.test_vintages import new_home, send
from warehouse.home import Home
from warehouse.home.calendar import today

DAY = date(2024, 1, 10)
SAID = ("--reason", "El registro lo confirma", "--source", "oficio 7", "--office", "Dirección de Estadística")
BY_HAND = """# lo que acordamos por teléfono
[[label]]
text = "Hondurqs"
means = "HND"
decided_by = "Dirección"
decided_on = 2024-05-01

# sigue en duda
[[suspected_break]]
period = "1999"
reason = { es = "a [[break]]", en = "b" }
source = "c"
decided_by = "d"
decided_on = 2024-05-01
"""


def make_asking(root: Path) -> Path:
    """A released home that asks about a value that is its year, and about a jump from 100 to 400."""
    home = new_home(root)
    jumps = {("CRI", year): str(year - 1918 if year < 2019 else year - 1619) for year in range(2014, 2024)}
    send(home, DAY, {("MEX", 2015): "2015", ("MEX", 2016): "1900", ("MEX", 2017): "1800"} | jumps)
    release(home, today())
    return home.root


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_asking(tmp_path_factory.mktemp("asking") / "home")


@pytest.fixture
def home(asking: Path, tmp_path: Path) -> Home:
    shutil.copytree(asking, tmp_path / "home")
    return Home(tmp_path / "home")


def run(home: Home, *arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments, env={"LINEABASE_HOME": str(home.root), "COLUMNS": "400"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def numbers(home: Home) -> dict[str, str]:
    """The number of each question, by its kind, as `questions` lists them."""
    lines = run(home, "questions").output.splitlines()
    heads = [line.split(". ", 1) for line in lines if line[:1].isdigit() and ". " in line]
    return {"jump" if "salto" in text else "doubtful_value": number for number, text in heads}


def file_of(home: Home) -> Path:
    return home.raw / "X" / "c" / "decisions.toml"


def written(home: Home) -> dict[str, Any]:
    return tomllib.loads(file_of(home).read_text(encoding="utf-8"))


def decided(home: Home, kind: str, *arguments: str) -> Result:
    return run(home, "decide", numbers(home)[kind], *arguments)


COMMON = {
    "reason": {"es": "El registro lo confirma", "en": "(es) El registro lo confirma"},
    "source": "oficio 7",
    "decided_by": "Dirección de Estadística",
}
YEAR = {"reporting_country": "MEX", "measure": "victims_detected", "period": "2015"}
JUMP = {"reporting_country": "CRI", "measure": "victims_detected", "period": "2019"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        ("doubtful_value", "--real", {"confirmed_value": [YEAR | {"value": 2015} | COMMON]}),
        ("doubtful_value", "--slip", {"slip": [YEAR | {"value": 2015} | COMMON]}),
        ("jump", "--real", {"real_change": [JUMP | COMMON]}),
        ("jump", "--break", {"break": [JUMP | COMMON]}),
        ("jump", "--slip", {"slip": [JUMP | {"value": 400} | COMMON]}),
    ],
)
def test_an_answer_is_the_line_that_the_question_asks_for(
    kind: str, answer: str, expected: dict[str, Any], home: Home
) -> None:
    days = {today()}
    result = decided(home, kind, answer, *SAID)
    days.add(today())  # midnight may pass meanwhile
    assert result.exit_code == 0
    assert written(home) in [
        {name: [line | {"decided_on": day} for line in lines] for name, lines in expected.items()}
        for day in days
    ]
    read_decisions(file_of(home))
    assert "Ya respondida" in run(home, "questions").output


@pytest.mark.slow
def test_answers_settle_the_questions_and_change_the_verdict(home: Home) -> None:
    verdict = "SELECT DISTINCT break_id FROM analysis.trends WHERE reporting_country = 'CRI' ORDER BY 1"
    before = ask(home, verdict)
    assert decided(home, "doubtful_value", "--slip", *SAID).exit_code == 0
    assert decided(home, "jump", "--break", *SAID).exit_code == 0
    release(home, today())
    assert ask(home, "SELECT * FROM analysis.open_questions") == []
    assert len(ask(home, verdict)) == len(before) + 1
    doubted = "SELECT DISTINCT flag FROM baseline.indicator_values WHERE reporting_country = 'MEX' AND year(period_start) = 2015"
    assert ask(home, doubted) == [("suspect_value",)]

    listed = run(home, "decide", "--undo").output
    assert "d1. X/c: " in listed
    for _ in range(2):
        assert run(home, "decide", "d1", "--undo").exit_code == 0
    release(home, today())
    assert set(numbers(home)) == {"jump", "doubtful_value"}


@pytest.mark.slow
def test_a_slip_of_another_value_answers_nothing(home: Home) -> None:
    decided(home, "doubtful_value", "--slip", *SAID)
    file_of(home).write_text(
        file_of(home).read_text("utf-8").replace("value = 2015", "value = 2016"), "utf-8"
    )
    release(home, today())
    assert "doubtful_value" in numbers(home)


@pytest.mark.slow
def test_a_slip_answers_a_jump_of_one_origin(tmp_path: Path) -> None:
    """The question names the origin, the decision need not: the value is the same."""
    home = new_home(tmp_path / "home")
    lines = [
        f"CRI,{year},{origin},{100 if year < 2019 else 400}"
        for year in range(2014, 2024)
        for origin in ("NIC", "_U")
    ]
    file = tmp_path / "file.csv"
    file.write_text(
        "reporting_country,period,citizenship,value\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    accept(home, receive(home, file, "X/c", DAY))
    release(home, today())
    asked = "SELECT question, citizenship FROM analysis.open_questions"
    ((question, citizenship),) = ask(home, asked)
    assert (question, citizenship != "_T") == ("jump", True)
    decided(home, "jump", "--slip", *SAID)
    release(home, today())
    assert ask(home, asked) == []


@pytest.mark.slow
def test_a_second_answer_takes_the_place_of_the_first(home: Home) -> None:
    decided(home, "jump", "--real", *SAID)
    decided(home, "jump", "--break", *SAID)
    assert list(written(home)) == ["break"]


@pytest.mark.parametrize("way", ["--undo", "--later"])
def test_what_was_taken_back_leaves_what_people_wrote_as_it_was(way: str, home: Home) -> None:
    file_of(home).write_text(BY_HAND, encoding="utf-8")
    decided(home, "jump", "--break", *SAID)
    decided(home, "doubtful_value", "--real", *SAID)
    assert list(written(home)) == ["label", "suspected_break", "break", "confirmed_value"]
    for kind in ("jump", "doubtful_value"):
        assert decided(home, kind, way).exit_code == 0
    assert file_of(home).read_text(encoding="utf-8") == BY_HAND
    assert "ninguna respuesta" in decided(home, "jump", way).output


@pytest.mark.parametrize(
    "arguments",
    [
        ("99", "--real", *SAID),
        ("0", "--real", *SAID),
        ("1",),
        ("1", "--real", "--slip", *SAID),
        ("1", "--real", "--reason", "x", "--source", "y", "--office", " "),
        ("1", "--real", "--source", "y", "--office", "z"),
        ("d1", "--undo"),
        ("--workbook", "x.csv"),
    ],
)
def test_what_cannot_be_an_answer_is_said_and_nothing_is_written(
    arguments: tuple[str, ...], home: Home
) -> None:
    result = run(home, "decide", *arguments)
    assert result.exit_code == 2
    assert result.output.strip()
    assert not file_of(home).exists()


def test_a_value_is_not_answered_with_a_break(home: Home) -> None:
    assert decided(home, "doubtful_value", "--break", *SAID).exit_code == 2
    assert not file_of(home).exists()


def test_a_reason_with_quotes_and_lines_is_one_line(home: Home) -> None:
    reason = 'dijo "sí"\n[[break]]\x00'
    decided(home, "jump", "--real", "--reason-en", reason, *SAID[2:])
    assert written(home)["real_change"][0]["reason"]["en"] == 'dijo "sí" [[break]]'
    assert decided(home, "jump", "--undo").exit_code == 0
    assert written(home) == {}


# ---- as a workbook ------------------------------------------------------------------------------------


def filled(home: Home, path: Path, answers: dict[str, str], **told: str) -> Path:
    """The workbook of the questions, some answered, as a person would in a spreadsheet."""
    assert run(home, "decide", "--workbook", str(path)).exit_code == 0
    book = load_workbook(path)
    sheet = book.active
    for row in range(2, sheet.max_row + 1):
        kind = "jump" if "salto" in sheet.cell(row, 2).value else "doubtful_value"
        if kind in answers:
            said = {"reason_es": "Se contó así", "source": "acta 3", "office": "Secretaría"} | told
            for name, text in ({"answer": answers[kind]} | said).items():
                sheet.cell(row, COLUMNS.index(name) + 1, text)
    book.save(path)
    return path


def test_all_questions_go_into_a_workbook_and_come_back_answered(home: Home, tmp_path: Path) -> None:
    path = filled(
        home, tmp_path / "q.xlsx", {"jump": "Cambió lo que se cuenta", "doubtful_value": "It is real"}
    )
    lists = load_workbook(path).active.data_validations.dataValidation
    assert {rule.formula1 for rule in lists} == {
        '"Es real,Cambió lo que se cuenta,Es un desliz"',
        '"Es real,Es un desliz"',
    }
    result = run(home, "decide", "--workbook", str(path))
    assert (result.exit_code, "Anotadas 2 respuestas" in result.output) == (0, True)
    assert {kind: lines[0]["source"] for kind, lines in written(home).items()} == {
        "break": "acta 3",
        "confirmed_value": "acta 3",
    }


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"jump": "Es real", "doubtful_value": "Cambió lo que se cuenta"}, {}),
        ({"jump": "quizá"}, {}),
        ({"jump": "Es real"}, {"office": ""}),
    ],
)
def test_a_wrong_row_is_named_and_no_answer_is_noted(
    answers: dict[str, str], told: dict[str, str], home: Home, tmp_path: Path
) -> None:
    path = filled(home, tmp_path / "q.xlsx", answers, **told)
    result = run(home, "decide", "--workbook", str(path))
    assert (result.exit_code, "Fila " in result.output) == (1, True)
    assert not file_of(home).exists()


@pytest.mark.slow
def test_a_workbook_of_another_release_is_not_taken(home: Home, tmp_path: Path) -> None:
    path = filled(home, tmp_path / "q.xlsx", {"doubtful_value": "Es real"})
    send(home, date(2024, 2, 10), {("MEX", 2015): "1700", ("MEX", 2016): "1900", ("MEX", 2017): "1800"})
    release(home, today())
    assert "ya no se pregunta" in run(home, "decide", "--workbook", str(path)).output
