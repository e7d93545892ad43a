"""A state that joins the grouping within a year: months before are of another class of origin than months after."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from assets.intake.submission import receive
from tests.conftest import accept, release
from tests.test_vintages import new_home
from warehouse.home import Home

ROWS = [("GTM", "DOM"), ("GTM", "HND"), ("DOM", "HND")]
"""Who reports and of what citizenship: the Dominican Republic joined on 24 March 2000 (schemas/groupings/members.csv)."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the twelve months of 2000, one person each, and two more in December."""
    made = new_home(tmp_path_factory.mktemp("joining"))
    card = made.raw / "X/c/format.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace('frequency = "A"', 'frequency = "M"'), encoding="utf-8"
    )
    lines = [
        f"{country},2000-{month:02},{citizenship},{3 if month == 12 else 1}"
        for country, citizenship in ROWS
        for month in range(1, 13)
    ]
    file = made.root / "file.csv"
    file.write_text(
        "\n".join(["reporting_country,period,citizenship,value", *lines]) + "\n", encoding="utf-8"
    )
    accept(made, receive(made, file, "X/c", date(2001, 2, 1)))
    release(made)
    return made


def summed(home: Home, frequency: str, country: str, citizenship: str) -> list[tuple]:
    """Period, class and value of the sums of months."""
    with duckdb.connect(home.internal, read_only=True) as db:
        return db.execute(
            "SELECT month(period_start), origin_class, value_low, value_high FROM core.figures WHERE frequency = ? "
            "AND reporting_country = ? AND citizenship = ? ORDER BY ALL",
            [frequency, country, citizenship],
        ).fetchall()


@pytest.mark.slow
def test_the_year_is_one_sum_of_the_class_at_its_start(home: Home) -> None:
    assert summed(home, "A", "GTM", "DOM") == [(1, "extra_regional_americas", 14, 14)]


@pytest.mark.slow
def test_each_quarter_is_of_the_class_at_its_own_start(home: Home) -> None:
    before, after = "extra_regional_americas", "intra_regional"
    assert summed(home, "Q", "GTM", "DOM") == [
        (1, before, 3, 3),
        (4, after, 3, 3),
        (7, after, 3, 3),
        (10, after, 5, 5),
    ]


@pytest.mark.slow
def test_who_was_a_member_all_year_stays_what_it_was(home: Home) -> None:
    assert summed(home, "A", "GTM", "HND") == [(1, "intra_regional", 14, 14)]


@pytest.mark.slow
def test_the_year_in_which_the_reporting_state_joins_has_no_class(home: Home) -> None:
    assert summed(home, "A", "DOM", "HND") == [(1, "_Z", 14, 14)]


@pytest.mark.slow
def test_the_origin_profile_of_that_year_adds_up_to_what_was_counted(home: Home) -> None:
    with duckdb.connect(home.current, read_only=True) as db:
        rows = db.execute(
            "SELECT origin_class, persons_low FROM baseline.origin_profile WHERE reporting_country = 'GTM' "
            "AND class_level = 'part' AND persons_low > 0 ORDER BY ALL"
        ).fetchall()
    assert rows == [("extra_regional_americas", 14), ("intra_regional", 14)]
