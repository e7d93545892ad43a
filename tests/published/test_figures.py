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


PUBLISHED = (pytest.mark.shared, pytest.mark.slow)
"""Of tests on a release of all publishers' files: half a minute to make, for the values that the shipped ones have."""


@pytest.fixture(params=["shipped", pytest.param("published", marks=PUBLISHED)])
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
    [
        ("CRI", 2010, 60),
        ("CRI", 2017, 39),
        ("CAN", 2019, 411),
        ("BLZ", 2017, 11),
        ("DOM", 2013, 300),
        ("USA", 2022, 16_390),
    ],
)
def test_detected_victims_are_those_unodc_prints(ask: Ask, country: str, year: int, victims: int) -> None:
    """In its extract of April 2025."""
    found = ask(
        f"SELECT value_low, value_high FROM baseline.indicator_values WHERE {WHOLE} "
        f"AND indicator = 'tip_victims_detected' AND reporting_country = '{country}' AND year(period_start) = {year} AND collection = 'UNODC/glotip'"
    )
    assert found.values.tolist() == [[victims, victims]]


@pytest.mark.parametrize(
    ("country", "year", "first", "later"),
    [("CRI", 2010, 83, 60), ("CRI", 2017, 60, 39), ("CAN", 2019, 382, 411), ("DOM", 2020, 195, 83)],
)
def test_both_extracts_are_there_and_what_was_revised_is_said(
    ask: Ask, country: str, year: int, first: int, later: int
) -> None:
    """Victims as the extract of May 2023 prints them and as that of April 2025 does."""
    total = "measure = 'victims_detected' AND breakdown = 'total'"
    here = f"reporting_country = '{country}' AND year(period_start) = {year}"
    told = ask(
        f"SELECT known_from::VARCHAR, value_low FROM core.observations WHERE collection = 'UNODC/glotip' AND {total} AND {here} ORDER BY 1"
    )
    assert told.values.tolist() == [["2023-05-30", first], ["2025-04-14", later]]
    revised = ask(
        f"SELECT kind, old_low, new_low FROM analysis.revisions WHERE collection = 'UNODC/glotip' AND {total.split(' AND ')[0]} AND sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T' AND {here}"
    )
    assert revised.values.tolist() == [["revised", first, later]]


def test_what_the_later_extract_leaves_out_is_withdrawn(ask: Ask) -> None:
    """Panama's totals of 2019 to 2021: 36, 24 and 16 victims; of offences nothing is left."""
    gone = ask(
        "SELECT year(period_start) AS year, old_low FROM analysis.revisions WHERE collection = 'UNODC/glotip' AND kind = 'withdrawn' AND reporting_country = 'PAN' "
        "AND measure = 'victims_detected' AND sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T' ORDER BY 1"
    )
    assert gone.values.tolist() == [[2019, 36], [2020, 24], [2021, 16]]
    covered = ask(
        "SELECT DISTINCT status FROM analysis.coverage WHERE collection = 'UNODC/glotip' AND reporting_country = 'PAN' "
        "AND measure = 'offences_recorded' AND year(period_start) BETWEEN 2019 AND 2021"
    )
    assert covered["status"].tolist() == ["withdrawn"]


@pytest.mark.statistics("2", "folded labels")
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
        (  # one of those of the region is of Puerto Rico, read as its sovereign state; 542,628 are from outside
            "HND-INM/nationality",
            2023,
            545_043,
            {
                "intra_regional": 2_414,
                "extra_regional_americas": 464_706,
                "extra_continental": 542_628 - 464_706,
                "indeterminate": 1,
            },
        ),
    ],
)
def test_origin_classes_of_a_year(
    ask: Ask, collection: str, year: int, total: int, classes: dict[str, int]
) -> None:
    found = ask(
        "SELECT origin_class, persons_low, persons_high, total_low, total_high FROM baseline.origin_profile "
        f"WHERE collection = '{collection}' AND year(period_start) = {year} AND persons_low > 0 "
        "AND class_level = 'part'"
    )
    assert dict(zip(found["origin_class"], found["persons_low"], strict=True)) == classes
    assert (found["persons_low"] == found["persons_high"]).all()
    assert set(found["total_low"]) == set(found["total_high"]) == {total} == {sum(classes.values())}


@pytest.mark.statistics("3", "whole years")
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


def test_victims_in_state_files_by_year(ask: Ask) -> None:
    found = ask(
        "SELECT year(period_start) AS year, sum(value_low) AS low, sum(value_high) AS high FROM core.current "
        "WHERE collection = 'MEX-SESNSP/victimas' GROUP BY ALL"
    )
    by_year = dict(zip(found["year"], found["low"], strict=True))
    assert (found["low"] == found["high"]).all()
    assert {y: by_year[y] for y in (2015, 2019, 2022, 2024)} == {2015: 1171, 2019: 682, 2022: 942, 2024: 790}
    assert sum(by_year.values()) == 8250
    covered = ask(
        "SELECT status FROM analysis.coverage WHERE collection = 'MEX-SESNSP/victimas' AND year(period_start) = 2025"
    )
    assert covered["status"].tolist() == ["partial"]


@pytest.mark.shared
@pytest.mark.slow
def test_trafico_de_menores_is_in_no_family(published_home: Path) -> None:
    """Its 753 victims are out of scope: no trafficking, no smuggling, whatever the word says."""
    with duckdb.connect(Home(published_home).current, read_only=True) as db:
        by_family = db.execute(
            "SELECT family, sum(value_low) FROM core.current WHERE collection = 'MEX-SESNSP/victimas' GROUP BY 1"
        )
        assert by_family.fetchall() == [("trafficking", 8250)]


@pytest.mark.parametrize(
    ("year", "total"), [(2020, 646_822), (2021, 1_956_519), (2022, 2_766_582), (2023, 3_201_144)]
)
def test_encounters_by_fiscal_year(ask: Ask, year: int, total: int) -> None:
    found = ask(
        "SELECT DISTINCT total_low, total_high, period_end FROM baseline.origin_profile "
        f"WHERE collection = 'USA-CBP/encounters' AND year(period_end) = {year}"
    )
    assert found[["total_low", "total_high"]].values.tolist() == [[total, total]]
    assert str(found["period_end"].item())[:10] == f"{year}-09-30"


@pytest.mark.statistics("1", "catch-all")
def test_a_catch_all_widens_what_it_may_hide(ask: Ask) -> None:
    found = ask(
        "SELECT origin_class, persons_low, possible_high, round(share_low, 3) AS low, round(share_high, 3) AS high "
        "FROM baseline.origin_profile WHERE collection = 'USA-CBP/encounters' AND period_start = DATE '2022-10-01'"
    ).set_index("origin_class")
    assert found.loc["intra_regional"].tolist() == [1_420_089, 1_719_664, 0.444, 0.537]
    assert found.loc["extra_regional_americas", "persons_low"] == 1_094_551
    assert found.loc["extra_continental", "persons_low"] == 386_929
    assert found.loc["indeterminate", "persons_low"] == 299_575


@pytest.mark.statistics("2", "legal authority")
def test_legal_basis_is_kept(ask: Ask) -> None:
    """FY2021, intra-regional share by authority (STATISTICS section 2): 92 % under Title 42, 53 % under Title 8."""
    found = ask(
        "SELECT legal_basis, round(100 * sum(value_low) FILTER (origin_class = 'intra_regional') / sum(value_low)) AS share "
        "FROM core.current WHERE collection = 'USA-CBP/encounters' "
        "AND period_start BETWEEN DATE '2020-10-01' AND DATE '2021-09-30' GROUP BY ALL ORDER BY 1"
    )
    assert found.values.tolist() == [["Title 42", 92], ["Title 8", 53]]


def test_smuggling_before_the_protocol(ask: Ask) -> None:
    found = ask(
        "SELECT measure, value_low FROM core.current WHERE collection = 'USA-DHS/table61' AND year(period_end) = 2001 "
        "AND measure IN ('migrants_smuggled', 'smugglers_arrested') ORDER BY 1"
    )
    assert found.values.tolist() == [["migrants_smuggled", 32_429], ["smugglers_arrested", 3_139]]


@pytest.mark.statistics("2", "published rate")
def test_a_published_rate_stands_beside_and_is_never_mixed(ask: Ask) -> None:
    rates = ask(
        "SELECT year(period_start) AS y, value_low FROM core.current WHERE collection = 'CAN-STATCAN/sdg_16_2_2'"
    )
    by_year = dict(rates.itertuples(index=False))
    assert (len(by_year), by_year[2015], by_year[2016]) == (10, 0.924253297, 0.972008293)
    beside = ask(
        "SELECT round(min(ratio_low), 2) AS low, round(max(ratio_high), 2) AS high FROM analysis.source_agreement "
        "WHERE reporting_country = 'CAN' AND measure = 'victims_detected_rate_published' "
        "AND 'UNODC/glotip' IN (collection_a, collection_b)"
    )
    assert beside.values.tolist() == [[1.18, 1.53]]
    mixed = ask(
        "SELECT DISTINCT provider, measure, preferred FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected_rate' AND (preferred OR reporting_country = 'CAN') ORDER BY ALL"
    )
    assert mixed.values.tolist() == [
        ["CAN-STATCAN", "victims_detected_rate_published", False],
        ["UNODC", "victims_detected", True],
        ["USA-DOS", "victims_detected", False],
    ]


@pytest.mark.statistics("2", "second source")
def test_a_second_source_is_shown_beside_and_substitutes_nothing(ask: Ask) -> None:
    """SESNSP's count over UNODC's: 0.55-0.83 in 2015-20, 6.5 in 2021 (STATISTICS section 2), 942 of 247 in 2022."""
    found = ask(
        "SELECT year(period_start) AS y, round(ratio_low, 2) AS r FROM analysis.source_agreement WHERE frequency = 'A' "
        "AND collection_a = 'MEX-SESNSP/victimas' AND collection_b = 'UNODC/glotip' AND measure = 'victims_detected' AND ratio_low IS NOT NULL"
    )
    ratios = dict(found.itertuples(index=False))
    assert (ratios.pop(2021), ratios.pop(2022)) == (6.55, 3.81)
    assert (min(ratios.values()), max(ratios.values())) == (0.55, 0.83)
    sources = ask(
        "SELECT DISTINCT provider, preferred FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND reporting_country = 'MEX' ORDER BY ALL"
    )
    assert sources.values.tolist() == [
        ["CORETT", False],
        ["MEX-SESNSP", False],
        ["UNODC", True],
        ["USA-DOS", False],
    ]


@pytest.mark.shared
@pytest.mark.slow
def test_every_source_row_of_every_file_has_one_fate(published_home: Path) -> None:
    """Rows of each file, header rows left out, counted by line (csv) or by the sheet's own extent (xlsx)."""
    found = duckdb.connect(Home(published_home).current, read_only=True).execute(
        "SELECT collection, rows_received, rows_accepted, rows_quarantined, rows_out_of_scope, rows_check_only, "
        "rows_layout FROM registry.submissions ORDER BY 1, received_on"
    )
    assert found.fetchall() == [
        ("CAN-STATCAN/35100177", 19, 19, 0, 0, 0, 0),
        ("CAN-STATCAN/sdg_16_2_2", 10, 10, 0, 0, 0, 0),
        ("CORETT/smuggled", 24, 12, 0, 9, 3, 0),
        ("CORETT/trafficking", 64, 64, 0, 0, 0, 0),
        ("GTM-IGM/returns", 736, 736, 0, 0, 0, 0),
        ("HND-INM/nationality", 4_198, 4_198, 0, 0, 0, 0),
        ("HND-INM/sex_age", 352, 352, 0, 0, 0, 0),
        ("MEX-SESNSP/federal_files", 13_398, 462, 0, 12_936, 0, 0),
        ("MEX-SESNSP/victimas", 927_360, 28_224, 0, 899_136, 0, 0),
        ("MEX-UPMRIP/nationality", 5_496, 5_496, 0, 0, 0, 0),
        ("MEX-UPMRIP/nationality", 5_598, 5_598, 0, 0, 0, 0),
        ("MEX-UPMRIP/nationality", 5_685, 5_685, 0, 0, 0, 0),
        ("MEX-UPMRIP/nationality", 5_759, 5_759, 0, 0, 0, 0),
        ("MEX-UPMRIP/returns", 5_251, 5_251, 0, 0, 0, 0),
        ("MEX-UPMRIP/sex_age", 704, 704, 0, 0, 0, 0),
        ("PAN-SNM/darien_nationality", 2_387, 2_387, 0, 0, 0, 0),
        ("PAN-SNM/darien_sex_age", 160, 160, 0, 0, 0, 0),
        ("UNODC/cts_smuggling", 22_756, 62, 0, 22_692, 0, 2),
        ("UNODC/glotip", 46_558, 4_085, 35, 42_435, 1, 2),
        ("UNODC/glotip", 58_771, 4_836, 32, 53_900, 1, 2),
        ("USA-CBP/encounters", 42_532, 42_532, 0, 0, 0, 0),
        ("USA-CBP/southwest_border", 36_676, 36_676, 0, 0, 0, 0),
        ("USA-DHS/table50", 25, 1, 0, 24, 0, 0),
        ("USA-DHS/table61", 18, 5, 0, 13, 0, 0),
        ("USA-DOS/tip_report", 3, 3, 0, 0, 0, 0),
        ("USA-DOS/tip_report", 9, 3, 0, 6, 0, 0),
        ("USA-DOS/tip_report", 25, 5, 0, 20, 0, 0),
        ("USA-DOS/tip_report", 27, 7, 0, 20, 0, 0),
        ("USA-DOS/tip_report", 72, 45, 0, 27, 0, 0),
        ("USA-DOS/tip_report", 146, 91, 0, 55, 0, 0),
        ("USA-DOS/tip_report", 258, 169, 0, 89, 0, 0),
        ("USA-DOS/tip_report", 330, 212, 0, 118, 0, 0),
        ("USA-DOS/tip_report", 401, 256, 0, 145, 0, 0),
        ("USA-DOS/tip_report", 535, 351, 0, 184, 0, 0),
        ("USA-DOS/tip_report", 614, 412, 0, 202, 0, 0),
        ("USA-DOS/tip_report", 629, 427, 0, 202, 0, 0),
        ("USA-DOS/tip_report", 632, 427, 0, 205, 0, 0),
        ("USA-OVC/clients", 5, 4, 0, 1, 0, 0),
        ("USA-OVC/clients_2012", 5, 1, 0, 4, 0, 0),
    ]


@pytest.mark.shared
@pytest.mark.slow
def test_shipped_and_published_give_the_same_values(released_home: Path, published_home: Path) -> None:
    """The re-tabulated figures are the publishers': no value more, less or other in any public table.

    The network's own records are shipped, too, and no publisher's.
    """
    db = duckdb.connect()
    db.execute(f"ATTACH '{Home(released_home).current}' AS shipped (READ_ONLY)")
    db.execute(f"ATTACH '{Home(published_home).current}' AS published (READ_ONLY)")
    told = {  # what a re-tabulation cannot carry: the sender's own words
        "core.current": "observation, value_text, citizenship_reported, flag",
        "baseline.indicator_values": "flag",
        "baseline.origin_profile": "flag",
        "baseline.origin_profile_sub": "flag",
        "analysis.trends": "why_not, flag",
        "analysis.coverage": "submissions",
        "analysis.source_agreement": "note, flag_a, flag_b",
    }
    for table, words in told.items():
        others = "WHERE collection NOT LIKE 'CRM-TS/%'" if "collection" in _named(db, table) else ""
        for one, other in (("shipped", "published"), ("published", "shipped")):
            rows = db.execute(
                f"SELECT * EXCLUDE ({words}) FROM {one}.{table} {others} "
                f"EXCEPT ALL SELECT * EXCLUDE ({words}) FROM {other}.{table} {others}"
            ).fetchall()
            assert rows == [], (table, one)
        assert db.execute(f"SELECT count(*) FROM shipped.{table}").fetchone() > (0,)


def _named(db: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {name for name, *_ in db.execute(f"SELECT * FROM shipped.{table} LIMIT 0").description}
