"""docs/trends.md read against a release: the verdicts it speaks of, and its four questions with their queries."""

from __future__ import annotations

import re

import duckdb
import pytest

from tests import verdict_list
from warehouse.home import CHECKOUT

PAGE = (CHECKOUT / "docs" / "trends.md").read_text(encoding="utf-8")
MEMBERS = ["BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "USA"]


def between(name: str) -> str:
    return PAGE.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]


def answers(released: duckdb.DuckDBPyConnection) -> list[duckdb.DuckDBPyRelation]:
    return [released.sql(query) for query in re.findall(r"```sql\n(.*?)```", between("questions"), re.DOTALL)]


def test_the_page_reads_the_verdicts_that_the_release_says(released: duckdb.DuckDBPyConnection) -> None:
    """Where it fails a verdict has changed: read the member's line anew, and what is said of it."""
    rows = [line.split(" | ")[:4] for line in between("read").splitlines() if line.startswith("| ")][1:]
    read = sorted((row[0].removeprefix("| "), *row[1:]) for row in rows)
    said = released.execute(
        """SELECT reporting_country, direction, tested_from || '–' || tested_to, level FROM analysis.trends
        WHERE indicator = 'tip_victims_detected' AND preferred AND panel = '_Z' AND sex = '_T' AND age_group = '_T'
          AND exploitation = '_T' AND citizenship = '_T' ORDER BY ALL"""
    ).fetchall()
    assert sorted({row[0] for row in read}) == MEMBERS
    assert read == sorted(said)


@pytest.mark.statistics("7", "totals first")
@pytest.mark.statistics("7", "rates follow")
@pytest.mark.statistics("7", "sources disagree")
def test_el_salvadors_count_and_rate_agree_and_its_level_is_withheld(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """UNODC has 41, 21 and 27 victims of 2019 and later, CORETT 124, 38 and 143."""
    said = released.execute(
        """SELECT indicator, direction, level, why_no_level, tested_from, tested_to, verdict_of
        FROM analysis.trends WHERE reporting_country = 'SLV' AND indicator IN
        ('tip_victims_detected', 'tip_victims_detected_rate') AND sex = '_T' AND age_group = '_T'
        AND exploitation = '_T' AND citizenship = '_T' AND preferred ORDER BY ALL"""
    ).fetchall()
    verdict = ("no_clear_change", "no_level", "sources_disagree", 2007, 2022)
    assert said == [
        ("tip_victims_detected", *verdict, "own"),
        ("tip_victims_detected_rate", *verdict, "count"),
    ]


@pytest.mark.statistics("7", "known shares")
def test_forms_of_half_described_years_have_no_verdict(released: duckdb.DuckDBPyConnection) -> None:
    """Of Canada's 2015 victims 27 % have a form; of the United States' 2020 and 2021 66 and 71 %."""
    said = released.execute(
        """SELECT reporting_country, why_not FROM analysis.trends WHERE indicator = 'tip_victims_detected'
        AND (reporting_country, exploitation) IN (('CAN', 'SEX'), ('USA', 'LAB')) AND sex = '_T'
        AND age_group = '_T' AND collection = 'UNODC/glotip' AND n_periods >= 5 ORDER BY ALL"""
    ).fetchall()
    assert ("USA", "little_known") in said
    assert all(why is not None for _, why in said)


def test_the_list_of_verdicts_is_that_of_the_release(released: duckdb.DuckDBPyConnection) -> None:
    """After a change: `python -m tests.verdict_list warehouse/current.duckdb`."""
    assert verdict_list.rendered(PAGE, released) == PAGE


@pytest.mark.parametrize("grouping", ["CRM", "SICA"])
def test_from_outside_is_answered_for_each_member_and_the_region(
    released: duckdb.DuckDBPyConnection, grouping: str
) -> None:
    rows = answers(released)[0].fetchall()
    assert grouping in {row[0] for row in rows}
    assert set(MEMBERS) <= {row[0] for row in rows}
    judged = {row[0] for row in rows if row[4] is not None}
    # Belize and Nicaragua have too few years for any test; of the region no panel tells its origins every year
    assert judged == set(MEMBERS) - {"BLZ", "NIC"}
    assert all(high is None or low <= high for _, _, low, high, *_ in rows if low is not None)


def test_which_nationals_are_detected_where(released: duckdb.DuckDBPyConnection) -> None:
    """UNODC, United States 2021: 805 Mexicans, 391 Hondurans, 368 Guatemalans are named."""
    rows = answers(released)[1].fetchall()
    named = {row[0]: row[3] for row in rows if row[1:3] == ("USA", 2021)}
    assert (named["MEX"], named["HND"], named["GTM"]) == (805, 391, 368)


def test_what_changed_since_last_year_in_every_monthly_series(released: duckdb.DuckDBPyConnection) -> None:
    """Darién, April 2025: 73 after 29,259 a year before."""
    rows = {row[0]: row for row in answers(released)[2].fetchall()}
    assert rows["PAN-SNM/darien_nationality"][2:4] == (73, 29_259)
    assert rows.keys() >= {
        "MEX-SESNSP/victimas",
        "HND-INM/nationality",
        "GTM-IGM/returns",
        "MEX-UPMRIP/nationality",
    }


def test_which_verdicts_hang_on_a_decision(released: duckdb.DuckDBPyConnection) -> None:
    rows = answers(released)[3].fetchall()
    assert {row[1] for row in rows if row[0] == "tip_victims_detected"} >= {"GTM", "USA", "MEX", "DOM"}
