"""How passports reach registry.series: gaps are undocumented, a home's own come first, a bad file stops the release."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.dagster.build import build_database
from schemas.grammar import CardError
from tests.conftest import AS_OF, release
from tests.test_series_passports import UNDOCUMENTED, WHOLE
from tests.test_vintages import new_home, send
from warehouse.build import freshness, passports
from warehouse.home import Home
from warehouse.release import verification

DAY = date(2024, 1, 10)
HELD = """
SELECT valid_from::VARCHAR, valid_to::VARCHAR, counted_unit, evidence, verified_on IS NOT NULL
FROM registry.series WHERE reporting_country = 'USA' ORDER BY ALL
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = new_home(tmp_path)
    send(made, DAY, {("USA", year): str(100 + year - 2014) for year in range(2014, 2023)})
    return made


def write(home: Home, text: str) -> None:
    (home.raw / "X" / "c" / "series.toml").write_text(text, encoding="utf-8")


def ask(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as db:
        return db.execute(sql).fetchall()


@pytest.mark.slow
def test_periods_without_a_passport_are_undocumented_on_both_sides(home: Home) -> None:
    release(home)
    assert ask(home.current, HELD) == [("2014-01-01", "2022-12-31", "_U", "undocumented", False)]
    write(home, WHOLE)
    release(home)
    assert ask(home.current, HELD) == [
        ("2014-01-01", "2016-12-31", "_U", "undocumented", False),
        ("2017-01-01", "2019-12-31", "clients", "confirmed", True),
        ("2020-01-01", "2022-12-31", "_U", "undocumented", False),
    ]
    assert ask(
        home.current,
        "SELECT source, year_starts, what_en, authority FROM registry.series WHERE flow = 'served'",
    ) == [("An office: page 3. https://example.org/report", 7, "clients", "An office")]
    assert ask(
        home.current, "SELECT changed_on::VARCHAR, is_break, what_es FROM registry.series_changes"
    ) == [("2018-01-01", False, "más programas")]


@pytest.mark.slow
def test_a_documented_change_flags_the_values_of_its_periods_and_files(home: Home) -> None:
    """Of the file of 2024 nothing is flagged, since the change is of files received later."""
    flagged = """
        SELECT DISTINCT submission, year FROM core.observations
        WHERE list_contains(string_split(flag, '+'), 'incomplete_list') ORDER BY ALL
    """
    flag = 'is_break = false\nflag = "incomplete_list"\n'
    write(home, WHOLE.replace("is_break = false\n", f"{flag}received_from = 2024-02-01\n"))
    release(home)
    assert ask(home.current, flagged) == []
    later = date(2024, 3, 1)
    send(home, later, {("USA", year): str(200 + year - 2014) for year in range(2014, 2023)})
    release(home)
    assert [year for _, year in ask(home.current, flagged)] == [2018, 2019, 2020, 2021, 2022]
    assert {submission for submission, _ in ask(home.current, flagged)} == {"X.c.2024-03-01.1"}
    write(home, WHOLE.replace("is_break = false\n", f'{flag}until = "2018"\n'))
    release(home)
    assert ask(home.current, flagged) == [("X.c.2024-01-10.1", 2018), ("X.c.2024-03-01.1", 2018)]
    [(headline,)] = ask(
        home.current,
        "SELECT flag FROM baseline.headline WHERE indicator = 'tip_victims_detected' "
        "AND reporting_country = 'USA' AND year = 2018",
    )
    assert "incomplete_list" in headline.split("+")


@pytest.mark.slow
def test_a_passport_of_nothing_in_force_is_not_listed(home: Home) -> None:
    write(home, WHOLE.replace('"USA"', '"CAN"'))
    release(home)
    assert ask(home.current, "SELECT DISTINCT reporting_country FROM registry.series") == [("USA",)]
    assert ask(home.current, "SELECT count(*) FROM registry.series_changes") == [(0,)]


@pytest.mark.slow
def test_a_period_that_a_passport_cuts_is_refused(home: Home) -> None:
    """The passport of a year may not end in its middle."""
    write(home, UNDOCUMENTED.replace('"2020"', '"2018-07"'))
    asked = build_database(home, AS_OF).verdict
    assert not asked.has_passed
    assert [answer.question.id for answer in asked.failed] == ["series_have_a_passport"]


def test_a_home_s_own_passport_comes_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home(tmp_path / "home")
    shipped = new_home(tmp_path / "shipped")
    monkeypatch.setattr(passports, "CHECKOUT", shipped.root)
    write(shipped, WHOLE)
    write(
        home,
        UNDOCUMENTED.replace('"2020"', '"2018"').replace("verified_on", 'valid_to = "2018"\nverified_on'),
    )
    held = [
        (e.passport.evidence, str(e.span.first), str(e.span.last)) for e in passports.entries_of(home, "X/c")
    ]
    assert held == [
        ("undocumented", "2018-01-01", "2018-12-31"),
        ("confirmed", "2017-01-01", "2017-12-31"),
        ("confirmed", "2019-01-01", "2019-12-31"),
    ]
    assert (
        passports.rows(home)["core.passport_changes"] == []
    )  # the change of 2018 is of the shipped passport


def test_a_changed_passport_makes_a_new_build_and_a_bad_one_is_told(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    before = freshness.other_parts(home, DAY)
    write(home, WHOLE)
    assert freshness.other_parts(home, DAY) != before
    assert list(verification.card_faults(home)) == []
    write(home, WHOLE.replace('"official"', '"press"'))
    with pytest.raises(CardError):
        freshness.other_parts(home, DAY)
    assert "series.toml" in next(verification.card_faults(home)).sentence.render("en")
