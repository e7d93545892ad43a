"""Submissions against each other: what the gate says of the second, and what a rejected one leaves as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assets.dagster.build import build_database
from assets.intake.submission import receive
from tests.bad_input import build
from tests.bad_input.cases import CASES, Case, content
from tests.conftest import accept
from warehouse.build import inputs
from warehouse.gate import Verdict
from warehouse.home import Home
from warehouse.publication.publishing import publish

LATER = build.RECEIVED + timedelta(days=30)
AS_OF = date(2022, 6, 30)
VALUES = {("GTM", 2016): 41, ("GTM", 2017): 38, ("GTM", 2018): 57, ("GTM", 2019): 44, ("HND", 2019): 20}


def table(values: dict[tuple[str, int], int]) -> str:
    """A file of the template with these values by country and year."""
    rows = [f"{country},victims_detected,{year},{value}" for (country, year), value in values.items()]
    return "\n".join(["reporting_country,measure,period,value", *rows]) + "\n"


def submit(home: Home, what: str | bytes, day: date, name: str = "datos.csv") -> str:
    path = build.write(home.root / "in", what, name)
    return accept(home, receive(home, path, build.COLLECTION, day)).status


def said(verdict: Verdict) -> dict[str, int]:
    """The gate's remarks and how often each holds. It refuses nothing here."""
    assert verdict.has_passed
    return {answer.question.id: answer.violations for answer in verdict.remarks}


@pytest.fixture(scope="module")
def released_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a first submission released: to be copied."""
    made = build.home(tmp_path_factory.mktemp("first") / "home")
    assert submit(made, table(VALUES), build.RECEIVED) == "accepted"
    assert said(build_database(made, AS_OF).verdict) == {}
    publish(made, AS_OF)
    return made


@pytest.fixture
def home(released_once: Home, tmp_path: Path) -> Home:
    shutil.copytree(released_once.root, tmp_path / "home")
    return Home(tmp_path / "home")


SECOND = {
    "nothing changes but a line end": (table(VALUES) + "\n", LATER, {}),
    "a value is revised": (table(VALUES | {("GTM", 2018): 55}), LATER, {}),
    "two of five values are revised": (
        table(VALUES | {("GTM", 2018): 55, ("HND", 2019): 21}), LATER, {"few_values_change": 1}
    ),
    "a value is ten times the one before": (table(VALUES | {("GTM", 2018): 570}), LATER, {"scale_is_kept": 1}),
    "all values are told in thousands": (
        table({k: v * 1000 for k, v in VALUES.items()}), LATER,
        {"few_values_change": 1, "scale_is_kept": 5},
    ),
    "the series is shifted by a year": (
        table({(c, y + 1): v for (c, y), v in VALUES.items() if c == "GTM"} | {("HND", 2019): 20}),
        LATER,
        {"few_values_change": 1, "series_stay_in_their_years": 1},
    ),
    "a year is added that is like the one before": (
        table(VALUES | {("GTM", 2019): 45, ("GTM", 2020): 44, ("HND", 2020): 20}),
        LATER,
        {},
    ),
    "a country is missing": (
        table({k: v for k, v in VALUES.items() if k[0] == "GTM"}), LATER, {"no_country_vanishes": 1}
    ),
    "an older submission arrives late": (
        table(VALUES | {("GTM", 2018): 55}), build.RECEIVED - timedelta(days=9), {"late_submission_noticed": 1}
    ),
    "there are two on one day": (
        table(VALUES | {("GTM", 2018): 55}), build.RECEIVED, {"one_submission_a_day": 1}
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("second", SECOND)
def test_a_second_submission_is_held_against_the_first(second: str, home: Home) -> None:
    what, day, expected = SECOND[second]
    assert submit(home, what, day) == "accepted"
    assert said(build_database(home, AS_OF).verdict) == expected


REJECTED = [case for case in CASES if case.status == "rejected"]


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Path]:
    """The home in which a case's good file is accepted, made once for all cases that share it: to be copied."""

    @cache
    def made(card: str, good: str, name: str) -> Path:
        home = build.home(tmp_path_factory.mktemp("good") / "home", card)
        assert submit(home, content(good), build.RECEIVED - timedelta(days=1), name) == "accepted"
        return home.root

    return lambda case: made(case.card, case.good, case.name)


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in REJECTED])
def test_a_rejected_file_leaves_everything_as_it_was(
    case: Case, accepted: Callable[[Case], Path], tmp_path: Path
) -> None:
    """What builds read is the submission before, byte for byte; the warehouse is not touched."""
    home = Home(Path(shutil.copytree(accepted(case), tmp_path / "home")))
    home.warehouse.mkdir()
    home.current.write_bytes(b"the release in force")

    def in_force() -> list[bytes]:
        with TemporaryDirectory() as folder:
            known = inputs.snapshot(home, AS_OF, Path(folder)).inputs
            paths = [*known.observations, *known.sources, *known.quarantined, *home.warehouse.iterdir()]
            return [path.name.encode() + path.read_bytes() for path in paths]

    before = in_force()
    assert submit(home, content(case.bad), build.RECEIVED, case.name) == "rejected"
    assert in_force() == before
