"""Every source is a series of its own, one of them preferred: what a reader of the released file may count."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from warehouse.build import database as build
from warehouse.home import CHECKOUT, Home
from warehouse.reading.client import Warehouse

ONE_SERIES = (
    "sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T' AND origin_class = '_T'"
)


def ask(released: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return released.execute(sql).fetchall()


def shipped_rows(collection: str) -> list[dict[str, str]]:
    """The rows of a collection's last shipped file."""
    [*_, path] = sorted((CHECKOUT / "raw" / collection).glob("*/*.csv"))
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def test_mexico_s_own_files_stand_beside_unodc_s_year_by_year_and_month_by_month(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """The file has 126 months, January 2015 to June 2025: ten whole years, and one in part."""
    found = ask(
        released,
        f"""SELECT collection, preferred, frequency, count(*), max(period) FROM baseline.indicator_values
        WHERE indicator = 'tip_victims_detected' AND reporting_country = 'MEX' AND {ONE_SERIES}
        GROUP BY ALL HAVING NOT preferred OR frequency = 'A' ORDER BY preferred, collection, frequency""",
    )
    assert [row[:3] for row in found] == [
        ("CORETT/trafficking", False, "A"),
        ("MEX-SESNSP/victimas", False, "A"),
        ("MEX-SESNSP/victimas", False, "M"),
        ("MEX-SESNSP/victimas", False, "Q"),
        ("USA-DOS/tip_report", False, "A"),
        ("UNODC/glotip", True, "A"),
    ]
    assert [row[3:] for row in found[1:4]] == [(11, "2025"), (126, "2025-06"), (42, "2025-Q2")]
    rows = shipped_rows("MEX-SESNSP/victimas")
    in_2019 = sum(int(row["value"]) for row in rows if row["period"].startswith("2019"))
    assert ask(
        released,
        f"""SELECT value_low, value_high FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected'
        AND reporting_country = 'MEX' AND year = 2019 AND frequency = 'A' AND collection = 'MEX-SESNSP/victimas'
        AND {ONE_SERIES}""",
    ) == [(in_2019, in_2019)]


def test_each_source_has_its_own_annual_trend(released: duckdb.DuckDBPyConnection) -> None:
    found = ask(
        released,
        f"""SELECT collection, preferred, last_period FROM analysis.trends WHERE indicator = 'tip_victims_detected'
        AND reporting_country = 'MEX' AND {ONE_SERIES} ORDER BY collection""",
    )
    assert found == [
        ("CORETT/trafficking", False, 2021),
        ("MEX-SESNSP/victimas", False, 2024),  # its last whole year
        ("UNODC/glotip", True, 2022),
        ("USA-DOS/tip_report", False, 2022),
    ]


def test_a_reader_who_takes_the_preferred_rows_counts_nobody_twice(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """By indicator, measure, country and period: one row a slice, of one source."""
    twice = ask(
        released,
        """SELECT indicator, measure, reporting_country, period, count(*) FROM baseline.indicator_values
        WHERE preferred AND panel = '_Z'
        GROUP BY indicator, measure, reporting_country, period, frequency, sex, age_group, exploitation, citizenship,
            origin_class, class_level, denominator_basis, pooled_years HAVING count(*) > 1""",
    )
    assert twice == []
    [(beside,)] = ask(released, "SELECT count(*) FROM baseline.indicator_values WHERE NOT preferred")
    assert beside > 1000


def test_regional_sums_take_preferred_sources_alone(released: duckdb.DuckDBPyConnection) -> None:
    sums = ask(
        released,
        """SELECT r.year, r.numerator_low, sum(v.value_low) FROM baseline.indicator_values AS r
        JOIN baseline.indicator_values AS v USING (indicator, year, frequency)
        WHERE r.indicator = 'tip_victims_detected' AND r.reporting_country = 'CRM' AND r.panel = 'reporting'
          AND v.panel = '_Z' AND v.preferred AND v.sex = '_T' AND v.age_group = '_T' AND v.exploitation = '_T'
          AND v.citizenship = '_T' AND list_contains(string_split(r.members, ' '), v.reporting_country)
        GROUP BY ALL""",
    )
    assert len(sums) > 10
    assert [row for row in sums if row[1] != row[2]] == []
    members = "SELECT DISTINCT collection FROM baseline.indicator_values WHERE panel = 'reporting'"
    assert not any("SESNSP/victimas" in row[0] for row in ask(released, members))


def test_canada_s_published_rate_is_shown_as_the_rate_it_is(released: duckdb.DuckDBPyConnection) -> None:
    published = {int(row["period"]): float(row["value"]) for row in shipped_rows("CAN-STATCAN/sdg_16_2_2")}
    found = ask(
        released,
        """SELECT year, value_low, value_high, numerator_low, denominator_low, preferred FROM baseline.indicator_values
        WHERE indicator = 'tip_victims_detected_rate' AND measure = 'victims_detected_rate_published'
        ORDER BY year""",
    )
    assert found == [(year, rate, rate, None, None, False) for year, rate in sorted(published.items())]


def test_irregular_entries_are_counted_by_origin_and_never_added_up_over_countries(
    released: duckdb.DuckDBPyConnection,
) -> None:
    rows = shipped_rows("PAN-SNM/darien_nationality")
    venezuela = sum(
        int(row["value"]) for row in rows if row["citizenship"] == "VEN" and row["period"][:4] == "2023"
    )
    shown = """SELECT value_low FROM baseline.indicator_values WHERE indicator = 'mobility_irregular_entries'
        AND reporting_country = 'PAN' AND period = '2023' AND preferred AND citizenship = """
    assert ask(released, shown + "'VEN'") == [(venezuela,)]
    all_2023 = sum(int(row["value"]) for row in rows if row["period"][:4] == "2023")
    assert ask(released, shown + "'_T'") == [(all_2023,)]
    regional = (
        "SELECT count(*) FROM baseline.indicator_values WHERE indicator LIKE 'mobility%' AND panel <> '_Z'"
    )
    assert ask(released, regional) == [(0,)]


def test_the_client_gives_one_source_a_country_unless_asked_for_all(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current) as warehouse:
        usual = warehouse.indicator("tip_victims_detected")
        every = warehouse.indicator("tip_victims_detected", source="all")
    assert set(every["collection"]) - set(usual["collection"]) == {
        "CORETT/trafficking",
        "MEX-SESNSP/victimas",
        "USA-DOS/tip_report",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frequency", "first", "last", "name"),
    [
        ("A", "2018-01-01", "2018-12-31", "2018"),
        ("A", "2022-10-01", "2023-09-30", "FY2023"),
        ("A", "2020-10-01", "2023-09-30", "FY2021-2023"),
        ("Q", "2022-10-01", "2022-12-31", "2022-Q4"),
        ("Q", "2022-02-01", "2022-04-30", "2022-02/2022-04"),
        ("A", "2016-01-01", "2018-12-31", "2016-2018"),
        ("Q", "2018-04-01", "2018-06-30", "2018-Q2"),
        ("M", "2018-04-01", "2018-04-30", "2018-04"),
    ],
)
def test_a_period_has_a_name(frequency: str, first: str, last: str, name: str) -> None:
    with duckdb.connect() as db:
        build.create_tables(db)
        build.define_macros(db)
        said = db.execute("SELECT period_name(?, ?::DATE, ?::DATE)", [frequency, first, last]).fetchone()
    assert said == (name,)


def test_a_computed_rate_stands_beside_published_ones_alone(released: duckdb.DuckDBPyConnection) -> None:
    """Mexico's two counts stand side by side as counts; the rates made of them here say nothing more."""
    rates = ask(
        released,
        """SELECT DISTINCT reporting_country, collection_a, collection_b FROM analysis.source_agreement
        WHERE measure = 'victims_detected_rate_published' ORDER BY ALL""",
    )
    assert rates == [
        ("CAN", "CAN-STATCAN/sdg_16_2_2", "UNODC/glotip"),
        ("CAN", "CAN-STATCAN/sdg_16_2_2", "USA-DOS/tip_report"),
    ]
