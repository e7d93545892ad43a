"""Questions in words: read as the right call, answered with the release's value, or refused."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.indicators import catalogue
from schemas.questions import question_words
from schemas.words import CONTRACT_LANGUAGES
from tests.answers import golden
from tests.answers.test_contract import check
from tests.test_query import run
from warehouse import Warehouse
from warehouse.answers.answers import Answers
from warehouse.answers.questions.asking import ask, question_text
from warehouse.home import Home

HELD_OUT_RIGHT = 0.9
"""Least fraction of right calls among questions that nobody tuned to; docs/answers.en.md has the measured one."""


@pytest.fixture(scope="module")
def answers(released_home: Path) -> Iterator[dict[str, Answers]]:
    opened = {lang: Warehouse.open(Home(released_home).current, lang=lang) for lang in CONTRACT_LANGUAGES}
    yield {lang: Answers(warehouse) for lang, warehouse in opened.items()}
    for warehouse in opened.values():
        warehouse.close()


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_indicator_has_words(lang: str) -> None:
    assert set(question_words(lang).indicators) == set(catalogue())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("tuned", 0.99), ("held_out", HELD_OUT_RIGHT)])
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_golden_questions_are_read_as_the_right_call(name: str, least: float, lang: str) -> None:
    asked = [question for question in golden.questions(name) if question["lang"] == lang]
    assert len(asked) >= 100
    wrong = [question for question in asked if not golden.is_right(question, golden.read(question))]
    assert len(wrong) <= (1 - least) * len(asked), wrong


def test_the_golden_questions_cover_the_contract() -> None:
    asked = [*golden.questions("tuned"), *golden.questions("held_out")]
    assert {question.get("indicator") for question in asked} >= set(catalogue()) - {"data_reporting_coverage"}
    assert {question["tool"] for question in asked} == {
        "find", "figure", "compare", "change", "trend", "flows", "sources", "gaps", "law", "explain", "cite",
    }  # fmt: skip


@pytest.mark.slow
def test_every_trap_is_refused(answers: dict[str, Answers]) -> None:
    traps = golden.questions("traps")
    assert len(traps) >= 60
    for trap in traps:
        asked = ask(answers[trap["lang"]], trap["question"])
        assert [reply.kind for reply in asked.replies] == ["refused"] * len(asked.replies), trap


@pytest.mark.slow
def test_answers_to_golden_questions_are_the_rows_of_the_release(
    answers: dict[str, Answers], released: Any
) -> None:
    """Totals by year and country, by SQL of this test: the numbers in the answer are those of the labelled layer."""
    compared = 0
    for question in [*golden.questions("tuned"), *golden.questions("held_out")]:
        if question["tool"] != "figure" or question.get("by"):
            continue
        asked = ask(answers[question["lang"]], question["question"])
        for reply in asked.replies:
            check(reply)
            for figure in getattr(reply, "figures", ()):
                row = released.execute(
                    f"SELECT value_{question['lang']} FROM baseline.headline WHERE indicator = $1 "
                    "AND reporting_country = $2 AND period = $3",
                    [figure.indicator.code, figure.country.code, figure.period],
                ).fetchone()
                if row is not None and not figure.breakdown:
                    assert (figure.text,) == row, question
                    compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    ("lang", "text", "call"),
    [
        ("es", "¿Cuántas víctimas se detectaron en Honduras en 2022?", ("figure", "HND", "2022")),
        ("es", "VICTIMAS DETECTADAS HONDURAS 2022", ("figure", "HND", "2022")),
        ("en", "How many victims did Honduras detect in 2022?", ("figure", "HND", "2022")),
        ("en", "How many returns in Guatemala in August 2023", ("figure", "GTM", "2023-08")),
        ("es", "retornos a Guatemala en agosto de 2023", ("figure", "GTM", "2023-08")),
        ("en", "encounters in the US in 2024-Q1", ("figure", "USA", "2024-Q1")),
        ("en", "encounters in the USA in the first quarter of 2024", ("figure", "USA", "2024-Q1")),
    ],
)
def test_country_and_period_are_read(lang: str, text: str, call: tuple[str, str, str]) -> None:
    (found,) = golden.read({"lang": lang, "question": text})
    assert (found.tool, found.arguments["country"], found.arguments["period"]) == call


def test_a_people_is_an_origin_and_a_place_is_not(answers: dict[str, Answers]) -> None:
    (found,) = golden.read({"lang": "en", "question": "How many Honduran victims were detected in Mexico?"})
    assert (found.tool, found.arguments["country"], found.arguments["origin"]) == ("flows", "MEX", "HND")
    (found,) = golden.read({"lang": "es", "question": "víctimas de trata en la Dominicana"})
    assert (found.tool, found.arguments["country"]) == ("figure", "DOM")


@pytest.mark.parametrize(
    ("lang", "text", "reason"),
    [
        ("es", "¿Cuántas víctimas hay en Tapachula?", "not_understood"),
        ("es", "víctimas de trata por color de ojos en Honduras", "not_understood"),
        ("en", "How many probes into trafficking in Panama", None),  # probes are investigations
        ("en", "How many raids against trafficking in Panama", "not_understood"),
        ("es", "mujeres condenadas por tráfico de migrantes en México", "not_understood"),
        ("es", "¿Cuántas personas cruzaron el Darién en 2023?", "events_as_persons"),
        ("en", "Add up the victims of Honduras and Guatemala", "sum_of_series"),
        ("en", "estimated number of victims in Mexico", "not_registered"),
        ("es", "cifra negra de la trata en México", "not_registered"),
    ],
)
def test_what_is_not_known_is_not_passed_over(
    lang: str, text: str, reason: str | None, answers: dict[str, Answers]
) -> None:
    asked = ask(answers[lang], text)
    assert [getattr(reply, "reason", None) for reply in asked.replies] == [reason]


def test_words_that_were_not_used_are_shown(answers: dict[str, Answers]) -> None:
    asked = ask(answers["es"], "¿Cuántas víctimas rubias hubo en Honduras en 2022?")
    assert asked.unused == ("rubias",)
    assert "No se usó, y no cuenta en la respuesta: rubias." in question_text(asked, "es")


def test_a_question_is_answered_at_once(answers: dict[str, Answers]) -> None:
    """A generous limit against an accident; docs/answers.en.md has the measured times."""
    text = "¿De dónde vienen las víctimas detectadas en Honduras?"
    ask(answers["es"], text)
    begin = time.process_time()
    ask(answers["es"], text)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_command_prints_the_sentence_and_its_citation(lang: str, released_home: Path) -> None:
    text = {
        "es": "¿De dónde vienen las víctimas detectadas en Honduras?",
        "en": "Where do the victims detected in Honduras come from?",
    }[lang]
    with Warehouse.open(Home(released_home).current, lang=lang) as opened:
        expected = question_text(ask(Answers(opened), text), lang)
    result = run(released_home, "ask", text, "--lang", lang)
    assert result.exit_code == 0
    assert result.stdout.strip() == expected
    assert "UNODC" in result.stdout
    document = json.loads(run(released_home, "ask", text, "--lang", lang, "--json").stdout)
    assert document["replies"][0]["figures"][0]["evidence"]["tool"] == "explain"


def test_a_refused_question_has_the_exit_code_of_wrong_usage(released_home: Path) -> None:
    result = run(released_home, "ask", "How many victims in Texas?", "--lang", "en")
    assert result.exit_code == 2
    assert "Texas is not a country" in result.stdout
