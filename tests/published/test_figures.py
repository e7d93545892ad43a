"""Figures that publishers print, found again: in their own files and in the shipped submissions.

Source of every expected value: the publisher's file named in tests/conftest.py, read by eye or summed
by hand apart from this program (UNODC: cell values; Darién and UPMRIP: sums by origin of the month rows).
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from warehouse.home import Home

Ask = Callable[[str], pd.DataFrame]


@pytest.fixture(params=["shipped", pytest.param("published", marks=pytest.mark.shared)])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask the release made from the shipped submissions, and the one from the publishers' files."""
    home = {"shipped": "released_home", "published": "published_home"}[request.param]
    root: Path = request.getfixturevalue(home)
    return lambda sql: duckdb.connect(Home(root).current, read_only=True).execute(sql).df()


WHOLE = " AND ".join(
    f"{d} = '_T'" for d in ("sex", "age_group", "exploitation", "citizenship", "origin_class")
)


@pytest.mark.parametrize(
    ("country", "year", "victims"),
    [("CRI", 2010, 83), ("CRI", 2017, 60), ("CAN", 2019, 382), ("BLZ", 2017, 11), ("DOM", 2013, 300)],
)
def test_detected_victims_are_those_unodc_prints(ask: Ask, country: str, year: int, victims: int) -> None:
    found = ask(
        f"SELECT value_low, value_high FROM baseline.indicator_values WHERE {WHOLE} "
        f"AND indicator = 'tip_victims_detected' AND reporting_country = '{country}' AND year(period_start) = {year}"
    )
    assert found.values.tolist() == [[victims, victims]]


@pytest.mark.parametrize(
    ("collection", "year", "total", "classes"),
    [
        (
            "PAN-SNM/darien_nationality",
            2015,
            29_289,
            {"intra_regional": 19, "extra_regional_americas": 24_683, "extra_continental": 4_587},
        ),
        (
            "PAN-SNM/darien_nationality",
            2023,
            520_085,
            {
                "intra_regional": 686,
                "extra_regional_americas": 466_463,
                "extra_continental": 51_263,
                "indeterminate": 1_673,
            },
        ),
        (
            "MEX-UPMRIP/nationality",
            2018,
            131_445,
            {"intra_regional": 118_941, "extra_regional_americas": 2_280, "extra_continental": 10_224},
        ),
        (
            "MEX-UPMRIP/nationality",
            2024,
            1_231_320,
            {"intra_regional": 364_940, "extra_regional_americas": 741_016, "extra_continental": 125_364},
        ),
    ],
)
def test_origin_classes_of_a_year(
    ask: Ask, collection: str, year: int, total: int, classes: dict[str, int]
) -> None:
    found = ask(
        "SELECT origin_class, persons_low, persons_high, total_low, total_high FROM baseline.origin_profile "
        f"WHERE collection = '{collection}' AND year(period_start) = {year} AND persons_low > 0"
    )
    assert dict(zip(found["origin_class"], found["persons_low"], strict=True)) == classes
    assert (found["persons_low"] == found["persons_high"]).all()
    assert set(found["total_low"]) == set(found["total_high"]) == {total} == {sum(classes.values())}


def test_own_nationals_are_told_apart_and_the_year_is_partial(ask: Ask) -> None:
    found = ask(
        "SELECT persons_low, total_low, flag FROM baseline.origin_profile WHERE origin_class = 'own_national' "
        "AND collection = 'PAN-SNM/darien_nationality' AND period_start = DATE '2020-01-01'"
    )
    assert found.values.tolist() == [[59, 6_465, "partial"]]


def test_tibet_is_read_as_its_card_says(ask: Ask) -> None:
    assert (
        ask("SELECT count(*) AS n FROM core.current WHERE citizenship IN ('TIB', 'TIBET')")["n"].item() == 0
    )


@pytest.mark.shared
def test_every_source_row_of_every_file_has_one_fate(published_home: Path) -> None:
    """Rows of each file, header rows left out, counted by line (csv) or by the sheet's own extent (xlsx)."""
    found = duckdb.connect(Home(published_home).current, read_only=True).execute(
        "SELECT collection, rows_received, rows_accepted, rows_quarantined, rows_out_of_scope, rows_check_only, "
        "rows_layout FROM registry.submissions ORDER BY 1"
    )
    assert found.fetchall() == [
        ("MEX-UPMRIP/nationality", 5_759, 5_759, 0, 0, 0, 0),
        ("MEX-UPMRIP/sex_age", 704, 704, 0, 0, 0, 0),
        ("PAN-SNM/darien_nationality", 2_387, 2_387, 0, 0, 0, 0),
        ("PAN-SNM/darien_sex_age", 160, 160, 0, 0, 0, 0),
        ("UNODC/glotip", 46_558, 4_078, 49, 42_428, 1, 2),
    ]


@pytest.mark.shared
def test_shipped_and_published_give_the_same_values(released_home: Path, published_home: Path) -> None:
    """The re-tabulated figures are the publishers': no value more, less or other in any public table."""
    db = duckdb.connect()
    db.execute(f"ATTACH '{Home(released_home).current}' AS shipped (READ_ONLY)")
    db.execute(f"ATTACH '{Home(published_home).current}' AS published (READ_ONLY)")
    told = {  # what a re-tabulation cannot carry: the sender's own words
        "core.current": "observation, value_text, citizenship_reported, flag",
        "baseline.indicator_values": "flag",
        "baseline.origin_profile": "flag",
        "baseline.origin_profile_sub": "flag",
        "analysis.trends": "why_not",
        "analysis.coverage": "submissions",
        "analysis.source_agreement": "note",
    }
    for table, words in told.items():
        for one, other in (("shipped", "published"), ("published", "shipped")):
            rows = db.execute(
                f"SELECT * EXCLUDE ({words}) FROM {one}.{table} "
                f"EXCEPT ALL SELECT * EXCLUDE ({words}) FROM {other}.{table}"
            ).fetchall()
            assert rows == [], (table, one)
        assert db.execute(f"SELECT count(*) FROM shipped.{table}").fetchone() > (0,)
