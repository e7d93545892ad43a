"""Every cell that publishers print, found in a release made from their files, or told why not.

`pytest -s` prints how many cells each comparison had and how they fared; `python -m tests.published` prints them
as the table of docs/statistics.md.
"""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from schemas.indicators import catalogue
from tests.published import every_row, publishers
from tests.published.__main__ import DOCUMENT, in_document
from tests.published.comparison import Comparison, compare, table
from tests.published.comparisons import everything, indicator_values, regional_cells
from tests.published.every_row import NOT_RECOMPUTED
from tests.published.publishers import DOUBTED, INDICATORS, MEMBERS
from warehouse.home import Home

pytestmark = pytest.mark.slow  # it takes a release of all publishers' files

FIGURES = pd.DataFrame({"year": [2019, 2020, 2021], "low": [7.0, 0.0, 9.0], "high": [7.0, 4.0, 9.0]})


@pytest.fixture(scope="module")
def release(published_home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(Home(published_home).current, read_only=True)


@pytest.fixture(scope="module")
def compared(release: duckdb.DuckDBPyConnection) -> list[Comparison]:
    return list(everything(release))


@pytest.fixture(scope="module")
def every(release: duckdb.DuckDBPyConnection, compared: list[Comparison]) -> list[Comparison]:
    return [*compared, *every_row.everything(release)]


@pytest.fixture(scope="module")
def of_treaties(released_home: Path) -> list[Comparison]:
    """The shipped submissions: treaties are no publisher's file of the other release."""
    with duckdb.connect(Home(released_home).current, read_only=True) as shipped:
        return list(every_row.treaties(shipped))


@pytest.mark.slow
@pytest.mark.statistics("3", "pooled rates")
@pytest.mark.statistics("4", "below five")
@pytest.mark.statistics("2", "different repeats")
@pytest.mark.statistics("5", "no imputation")
@pytest.mark.statistics("1", "catch-all")
@pytest.mark.statistics("3", "population of the year")
@pytest.mark.shared
def test_every_printed_cell_is_shown_or_its_absence_explained(compared: list[Comparison]) -> None:
    for one in compared:
        print(f"\n{one}", end="")
        assert one.unexplained == (), one.name
        assert one.cells == one.equal + one.inside + sum(one.different.values())
        assert one.cells > 0


@pytest.mark.slow
@pytest.mark.shared
def test_every_other_row_is_what_the_files_tell(every: list[Comparison]) -> None:
    for one in every:
        assert one.unexplained == (), one.name
        assert one.cells == one.equal + one.inside + sum(one.different.values()) > 0


@pytest.mark.shared
def test_treaties_are_in_force_where_the_depositary_says(of_treaties: list[Comparison]) -> None:
    for one in of_treaties:
        assert one.unexplained == (), one.name
        assert one.cells > 0


@pytest.mark.slow
@pytest.mark.shared
def test_every_released_indicator_is_recomputed_row_by_row(
    release: duckdb.DuckDBPyConnection,
    every: list[Comparison],
    of_treaties: list[Comparison],
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Regional rows included, but for the panel of all kinds (tests/test_series_kinds.py) and what is made of counts that
    test_new_sources.py compares; the rest of the catalogue is named with a reason, and has no row in either release.
    """
    rows = (
        "SELECT indicator, rowid FROM baseline.indicator_values WHERE panel <> 'all_kinds' "
        f"AND {every_row.RECOMPUTED}"
    )
    done = {row for one in every for row in one.rows}
    left = [(indicator, row) for indicator, row in release.execute(rows).fetchall() if row not in done]
    assert left == []
    indicators = "SELECT DISTINCT indicator FROM baseline.indicator_values"
    recomputed = {
        name for (name,) in release.execute(f"{indicators} WHERE {every_row.RECOMPUTED}").fetchall()
    }
    recomputed |= set(every_row.IN_FORCE)
    found = released.execute(rows).fetchall()
    assert {name for name, _ in found} == recomputed
    done = {row for one in of_treaties for row in one.rows}
    assert {row for name, row in found if name in every_row.IN_FORCE} == done
    counted = {name for (name,) in release.execute(indicators).fetchall()} - recomputed
    assert counted == set(every_row.COUNTS_ONLY)
    assert set(NOT_RECOMPUTED) | recomputed | counted == set(catalogue())
    assert not set(NOT_RECOMPUTED) & (recomputed | counted)


@pytest.mark.slow
@pytest.mark.shared
def test_the_document_shows_these_counts(every: list[Comparison]) -> None:
    """Where it fails: python -m tests.published --write."""
    assert in_document(DOCUMENT.read_text(encoding="utf-8")) == table(every)


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ({}, (2, 1, {}, 0)),
        ({"low": [8.0, 0.0, 9.0], "high": [8.0, 4.0, 9.0]}, (1, 1, {}, 1)),
        ({"high": [7.0, 5.0, 9.0]}, (2, 0, {}, 1)),
        ({"year": [2019, 2020, 2022]}, (1, 1, {}, 2)),
    ],
)
def test_a_cell_that_differs_needs_a_cause(edit: dict, found: tuple) -> None:
    one = compare("figures", FIGURES, FIGURES.assign(**edit), ["year"])
    assert (one.equal, one.inside, dict(one.different), len(one.unexplained)) == found


def test_a_cause_is_for_a_cell_that_differs() -> None:
    shown = FIGURES[FIGURES["year"] > 2019]
    one = compare("figures", FIGURES, shown, ["year"], {(2019,): "lost"})
    assert (one.cells, dict(one.different), one.unexplained) == (3, {"lost": 1}, ())
    stale = compare("figures", FIGURES, FIGURES, ["year"], {(2019,): "lost"})
    assert stale.unexplained == ("(2019,)",)


@pytest.mark.statistics("2", "year as value")
@pytest.mark.statistics("2", "suspected partial")
@pytest.mark.shared
@pytest.mark.parametrize("indicator", INDICATORS.values())
def test_what_nobody_has_confirmed_is_flagged_and_nothing_else(
    release: duckdb.DuckDBPyConnection, indicator: str
) -> None:
    shown = indicator_values(release, indicator)
    shown = shown[shown["flag"].fillna("").str.contains("suspect")]
    found = {(c, y): f for c, y, f in shown[["country", "year", "flag"]].itertuples(index=False)}
    assert found == (DOUBTED if indicator == "tip_victims_detected" else {})


@pytest.mark.statistics("3", "small numerator")
@pytest.mark.shared
def test_a_withheld_rate_says_why(release: duckdb.DuckDBPyConnection) -> None:
    """Its numerator is below 20, or possibly so; every other has a value."""
    shown = indicator_values(release, "tip_victims_detected_rate")
    small = shown["flag"].fillna("").str.contains("small_numerator")
    assert small.sum() == shown["low"].isna().sum() > 0
    assert shown.loc[small, "low"].isna().all()


@pytest.mark.statistics("5", "who reports")
@pytest.mark.shared
@pytest.mark.parametrize("indicator", INDICATORS.values())
def test_a_regional_sum_says_how_many_members_report(
    release: duckdb.DuckDBPyConnection, indicator: str
) -> None:
    cells = regional_cells(indicator, "CRM")
    region = indicator_values(release, indicator, "reporting").query("country == 'CRM'").set_index("year")
    assert region["members_reporting"].to_dict() == cells["year"].value_counts().to_dict()
    people = publishers.population()
    theirs = cells.merge(people, on=["country", "year"]).groupby("year")["people"].sum()
    everyone = people[people["country"].isin(MEMBERS)].groupby("year")["people"].sum()
    pd.testing.assert_series_equal(
        region["population_share"].sort_index(), (theirs / everyone).dropna(), check_names=False
    )
    who = cells.sort_values("country").groupby("year")["country"].agg(" ".join)
    assert region["members"].to_dict() == who.to_dict()


@pytest.mark.statistics("6", "members of the sum")
@pytest.mark.shared
def test_coverage_is_members_reporting_over_members(release: duckdb.DuckDBPyConnection) -> None:
    shown = indicator_values(release, "data_reporting_coverage", "reporting").query("country == 'CRM'")
    expected = regional_cells("tip_victims_detected", "CRM", all_kinds=True)[
        "year"
    ].value_counts().sort_index() / len(MEMBERS)
    pd.testing.assert_series_equal(shown.set_index("year")["low"].sort_index(), expected, check_names=False)


@pytest.mark.statistics("3", "whole years")
@pytest.mark.shared
@pytest.mark.parametrize(
    ("collection", "rows", "partial"),
    [
        ("PAN-SNM/darien_nationality", publishers.darien, [2020, 2025]),
        ("MEX-UPMRIP/nationality", publishers.upmrip, [2025]),
        ("USA-CBP/encounters", publishers.cbp, []),
        ("HND-INM/nationality", publishers.honduras, [2020, 2025]),
        ("USA-CBP/southwest_border", publishers.southwest_border, [2025]),
    ],
    ids=["Darién", "UPMRIP", "CBP", "Honduras", "south-west border"],
)
def test_a_year_lacking_a_month_is_partial(
    release: duckdb.DuckDBPyConnection, collection: str, rows, partial: list[int]
) -> None:
    """By the months that stand in the file; before 2020 Darién is annual."""
    months = rows().dropna(subset="month").groupby("year")["month"].nunique()
    assert months[months < 12].index.tolist() == partial
    flagged = release.execute(
        "SELECT DISTINCT year(period_end) AS year FROM baseline.origin_profile "
        f"WHERE collection = '{collection}' AND flag LIKE '%partial%' ORDER BY 1"
    )
    assert [year for (year,) in flagged.fetchall()] == partial


def tables_of_citizenship(extract: str) -> pd.DataFrame:
    """Member-years with a table of victims by citizenship: whether it agrees with the total, and how not."""
    rows = publishers.unodc(extract)
    listed = rows[(rows["Dimension"] == "by citizenship") & (rows["indicator"] == "tip_victims_detected")]
    sums = listed.groupby(["country", "year"])[["low", "high"]].sum().reset_index()
    totals = publishers.unodc_totals("tip_victims_detected", extract)
    both = sums.merge(totals, on=["country", "year"], how="left", suffixes=("", "_total"))
    none = both["low_total"].isna()
    above, below = both["low"] > both["high_total"], both["high"] < both["low_total"]
    return both.assign(agree=~none & ~above & ~below, below=below, above=above, none=none)


@pytest.mark.statistics("1", "inconsistent")
@pytest.mark.statistics("1", "not detailed")
@pytest.mark.shared
def test_tables_of_citizenship_agree_fall_short_or_exceed(release: duckdb.DuckDBPyConnection) -> None:
    """Of the first extract 99 member-years: 46 agree, 37 list fewer than the total, 9 more, 7 have no total
    (STATISTICS, section 1). The release shows those of the later one, which is in force.
    """
    kinds = ["agree", "below", "above", "none"]
    first = tables_of_citizenship(publishers.FIRST_EXTRACT)
    assert [len(first), *first[kinds].sum()] == [99, 46, 37, 9, 7]
    later = tables_of_citizenship(publishers.LATER_EXTRACT)
    assert [len(later), *later[kinds].sum()] == [107, 48, 44, 9, 6]
    shown = release.execute(
        "SELECT DISTINCT reporting_country, year(period_start), flag FROM baseline.origin_profile "
        "WHERE collection = 'UNODC/glotip' AND measure = 'victims_detected'"
    ).fetchall()
    for flag, kind in (("inconsistent", "above"), ("no_total", "none")):
        flagged = {(country, year) for country, year, said in shown if flag in (said or "")}
        expected = later.loc[later[kind], ["country", "year"]]
        assert flagged == set(expected.itertuples(index=False, name=None)), flag
