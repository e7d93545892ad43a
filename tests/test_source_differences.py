"""Two sources of one measure that differ by more than a tenth: a passport explains it, or it is asked. Values are made up."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from assets.dagster.build import build_database
from assets.decisions.question_answers import (
    QuestionAnswer,
    current_answer,
    record_answer,
    remove_answer,
)
from tests.conftest import AS_OF, release
from tests.test_decisions import WHY, ask
from tests.test_same_numbers import collection
from tests.test_series_breaks import passport
from tests.test_vintages import send
from warehouse.home import Home
from warehouse.publication.publishing import publish
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions

DAY = date(2026, 1, 10)
MEASURE = "victims_detected"
YEARS = range(2015, 2020)
ONE = {
    "CRI": [10, 11, 100, 50, 30],  # nobody documents anything: the third and fifth year differ
    "DOM": [40, 40, 40, 40, 40],  # another unit
    "GTM": [40, 40, 40, 40, 40],  # another flow
    "HND": [40, 40, 40, 40, 40],  # another year
    "MEX": [40, 40, 40, 40, 40],  # another scope
    "NIC": [500, 505, 800, 498, 0],  # another unit, which does not explain two of the years
    "PAN": [40, 40, 40, 40, 40],  # the same in all
    "SLV": [40, 40, 40, 40, 40],  # only one says what it counts
    "USA": [10, 10, 10, 10, 10],  # equal, or by a tenth
}
OTHER = {
    "CRI": [10, 10, 80, 50, 0],
    "DOM": [20, 20, 20, 20, 20],
    "GTM": [20, 20, 20, 20, 20],
    "HND": [20, 20, 20, 20, 20],
    "MEX": [20, 20, 20, 20, 20],
    "NIC": [400, 410, 1, 405, 300],
    "PAN": [20, 20, 20, 20, 20],
    "SLV": [20, 20, 20, 20, 20],
    "USA": [11, 10, 10, 10, 10],
}


def scoped(text: str, scope: str) -> str:
    """The passport with a scope."""
    return text.replace("verified_on", f'scope = {{ es = "{scope}", en = "{scope}" }}\nverified_on')


def passports(own: dict[str, str]) -> str:
    return "".join(own.values())


OWN = passports(
    {
        "DOM": passport("DOM", 2015, 2019, "files"),
        "GTM": passport("GTM", 2015, 2019, "persons", "served"),
        "HND": passport("HND", 2015, 2019, "persons").replace("flow =", "year_starts = 7\nflow ="),
        "MEX": scoped(passport("MEX", 2015, 2019, "persons"), "One law"),
        "NIC": passport("NIC", 2015, 2019, "files"),
        "PAN": scoped(passport("PAN", 2015, 2019, "persons"), "One law"),
    }
)
OTHERS = passports(
    {
        "DOM": passport("DOM", 2015, 2019, "persons"),
        "GTM": passport("GTM", 2015, 2019, "persons", "new"),
        "HND": passport("HND", 2015, 2019, "persons").replace("flow =", "year_starts = 1\nflow ="),
        "MEX": scoped(passport("MEX", 2015, 2019, "persons"), "Another law"),
        "NIC": passport("NIC", 2015, 2019, "persons"),
        "PAN": scoped(passport("PAN", 2015, 2019, "persons"), "One law"),
        "SLV": scoped(passport("SLV", 2015, 2019, "persons"), "One law"),
    }
)
EXPLAINED = """
    SELECT reporting_country, string_agg(year, ' ' ORDER BY year), explained_by
    FROM analysis.source_agreement WHERE differs GROUP BY ALL ORDER BY ALL
"""
ASKED = """
    SELECT reporting_country, collection, year, value_low FROM analysis.open_questions
    WHERE question = 'sources_differ' ORDER BY ALL
"""


def made(root: Path, *, confidentiality: str = "open") -> Home:
    """A home of two sources, X/a and X/b."""
    home = Home(root)
    for name, values, text in (("a", ONE, OWN), ("b", OTHER, OTHERS)):
        collection(home, name, MEASURE, confidentiality=confidentiality if name == "b" else "open")
        (home.raw / "X" / name / "series.toml").write_text(text, encoding="utf-8")
        cells = {
            (country, year): str(value)
            for country, own in values.items()
            for year, value in zip(YEARS, own, strict=True)
        }
        send(home, DAY, cells, f"X/{name}")
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = made(tmp_path_factory.mktemp("differ"))
    release(home)
    return home


@pytest.mark.slow
def test_a_field_that_both_passports_state_differently_explains_the_difference(home: Home) -> None:
    """Not where one of them states nothing, nor where the ratio of that year is far from the others'."""
    whole = "2015 2016 2017 2018 2019"
    assert ask(home, EXPLAINED) == [
        ("CRI", "2017 2019", None),
        ("DOM", whole, "counted_unit"),
        ("GTM", whole, "flow"),
        ("HND", whole, "year"),
        ("MEX", whole, "scope"),
        ("NIC", "2015 2016 2018", "counted_unit"),
        ("NIC", "2017 2019", None),
        ("PAN", whole, None),
        ("SLV", whole, None),
    ]


@pytest.mark.slow
def test_bounds_that_leave_it_open_differ_neither_way(home: Home) -> None:
    """A tenth more is no difference; equal values are none."""
    assert ask(
        home,
        "SELECT DISTINCT differs, explained_by FROM analysis.source_agreement WHERE reporting_country = 'USA'",
    ) == [(False, None)]


@pytest.mark.slow
def test_what_nothing_explains_is_asked_once_a_country_and_pair_with_its_years(home: Home) -> None:
    """The less documented source is asked, with the value of its last year."""
    assert ask(home, ASKED) == [
        ("CRI", "X/b", 2019, 0),
        ("NIC", "X/b", 2019, 300),
        ("PAN", "X/b", 2019, 20),
        ("SLV", "X/a", 2019, 40),
    ]
    [(es, en)] = ask(
        home,
        "SELECT says_es, says_en FROM analysis.open_questions WHERE question = 'sources_differ' "
        "AND reporting_country = 'CRI'",
    )
    assert en.startswith(
        "X/b and X/a differ by more than a tenth: 2017, 80 and 100; 2019, 0 and 30. No passport"
    )
    assert es.startswith(
        "Difieren en más de un décimo X/b y X/a: 2017, 80 y 100; 2019, 0 y 30. Ningún pasaporte"
    )


@pytest.mark.slow
def test_the_client_names_what_explains_a_difference(home: Home) -> None:
    for lang, name in (
        ("es", "Los pasaportes dicen otro flujo"),
        ("en", "The passports state different flows"),
    ):
        with Warehouse.open(home.current, lang=lang) as warehouse:
            frame = warehouse.agreement("tip_victims_detected", countries=["GTM"])
        assert set(frame["differs"]) == {True}
        assert set(frame["explained_by"]) == {"flow"}
        assert set(frame["explanation"]) == {name}


def answered(home: Home, country: str, answer: str) -> dict[str, object]:
    """Record an answer to the question of a country."""
    with Warehouse.open(home.current, lang="en") as warehouse:
        [question] = [
            q
            for q in open_questions(warehouse)
            if q["question"] == "sources_differ" and q["reporting_country"] == country
        ]
    record_answer(
        home,
        question,
        QuestionAnswer(answer, {"es": "Otra definición"}, "letter 7", "Statistics office"),
        DAY,
    )
    assert current_answer(home, question) == answer
    return question


@pytest.mark.slow
def test_an_answer_closes_the_question_up_to_its_period(home: Home, tmp_path: Path) -> None:
    again = made(tmp_path / "home")
    release(again)
    answered(again, "CRI", "real")
    answered(again, "PAN", "slip")
    question = answered(again, "SLV", "real")
    assert remove_answer(again, question) == 1
    [known] = tomllib.loads((again.raw / "X" / "b" / "decisions.toml").read_text())["known_difference"]
    assert (known["other_collection"], known["period"], known["value"]) == ("X/a", "2019", 0)
    built = build_database(again, AS_OF)
    assert "decisions_touch_something" not in {remark.question.id for remark in built.verdict.remarks}
    publish(again, AS_OF)
    assert ask(again, ASKED) == [
        ("NIC", "X/b", 2019, 300),
        ("PAN", "X/b", 2018, 20),  # the value of 2019 is a slip: its sender has to correct it
        ("SLV", "X/a", 2019, 40),
    ]
    assert ask(
        again,
        "SELECT DISTINCT explained_by FROM analysis.source_agreement WHERE reporting_country = 'CRI' AND differs",
    ) == [("decision",)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "explained"),
    [
        ({}, "decision"),
        ({"value": "81"}, None),  # another value than that of the source
        ({"other_collection": '"X/c"'}, None),  # another source
        ({"period": '"2016"'}, None),  # an earlier period
    ],
)
def test_a_decision_holds_for_its_value_pair_and_periods_alone(
    change: dict[str, str], explained: str | None, tmp_path: Path
) -> None:
    again = made(tmp_path / "home")
    keys = {"reporting_country": '"CRI"', "measure": f'"{MEASURE}"', "period": '"2017"', "value": "80"}
    keys |= {"other_collection": '"X/a"'} | change
    lines = "\n".join(f"{name} = {value}" for name, value in keys.items())
    (again.raw / "X" / "b" / "decisions.toml").write_text(
        f"[[known_difference]]\n{lines}\n{WHY}", encoding="utf-8"
    )
    release(again)
    years = (
        "SELECT year, explained_by FROM analysis.source_agreement WHERE reporting_country = 'CRI' AND differs"
    )
    assert ask(again, f"{years} ORDER BY year") == [(2017, explained), (2019, None)]


@pytest.mark.slow
def test_no_question_names_a_source_that_is_not_open(tmp_path: Path) -> None:
    again = made(tmp_path / "home", confidentiality="internal")
    release(again)
    assert ask(again, ASKED) == []
