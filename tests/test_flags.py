"""Flags are asked for by name, and do what their code list says, in SQL and in Python alike."""

from pathlib import Path

import duckdb
import pytest

from schemas.codelists import codelist
from schemas.flags import flags_with_effect, has_flag
from warehouse.build import database as build
from warehouse.build.reference import reference_frames
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.home import Home
from warehouse.publication import charts
from warehouse.publication.origin_years import years_of
from warehouse.reading.client import Warehouse

FLAGS = [
    None,
    "partial",
    "suspected_partial",
    "inconsistent+partial",
    "partial+suspect_value",
    "suspect_value",
]


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    """Reference tables and macros, no value."""
    db = duckdb.connect()
    build.create_tables(db)
    build.insert_frames(db, reference_frames())
    build.define_macros(db)
    return db


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("code", ["partial", "suspected_partial", "suspect_value"])
def test_sql_and_python_find_the_same_flags(
    db: duckdb.DuckDBPyConnection, flags: str | None, code: str
) -> None:
    asked = db.execute("SELECT has_flag($flags, $code)", {"flags": flags, "code": code}).fetchone()
    assert asked == (has_flag(flags, code),) == (code in (flags or "").split("+"),)


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("effect", ["sums", "ratios", "baselines"])
def test_a_flag_keeps_its_value_out_of_what_its_list_says(
    db: duckdb.DuckDBPyConnection, flags: str | None, effect: str
) -> None:
    out = db.execute(f"SELECT is_out_of_{effect}($flags)", {"flags": flags}).fetchone()
    assert out == (has_flag(flags, *flags_with_effect(f"out_of_{effect}")),)


def test_every_flag_says_what_it_does(db: duckdb.DuckDBPyConnection) -> None:
    told = db.execute("SELECT * FROM reference.flags").df().set_index("flag")
    assert list(told.index) == list(codelist("obs_flag"))
    for effect in told.columns:
        assert tuple(told.index[told[effect]]) == flags_with_effect(effect)
        assert flags_with_effect(effect), f"no flag is {effect}"


def test_trends_leave_out_what_the_list_says() -> None:
    assert set(DEFAULTS.unusable) == {
        "partial", "suspected_partial", "inconsistent", "suspect_value", "broken_period", "parts_differ",
        "details_await_revision",
    }  # fmt: skip
    assert DEFAULTS.breaks == ("unconfirmed_break",)
    assert DEFAULTS.edges == ("unconfirmed_edge",)
    assert DEFAULTS.confirmations == ("confirmed_change",)


def test_a_suspected_partial_year_is_not_said_to_be_partial(released: duckdb.DuckDBPyConnection) -> None:
    """Mexico 2021: nobody says that months are missing.

    Of 52 such values, five of them counts by class of origin, of two shares little is known (`incomplete` too), and
    the count and six shares of other forms of exploitation have `repeats_exceed_total`; the shares of all women and of
    all children stand beside: 43.
    """
    counted = released.execute(
        "SELECT reporting_country, year(period_start), obs_status, count(*) FROM baseline.indicator_values "
        "WHERE flag = 'suspected_partial' AND class_level <> 'parent' GROUP BY ALL"
    )
    assert counted.fetchall() == [("MEX", 2021, "A", 43)]
    provisional = released.execute(
        "SELECT DISTINCT flag FROM baseline.indicator_values WHERE obs_status = 'P'"
    ).fetchall()
    assert provisional
    assert all(has_flag(flag, "partial") or has_flag(flag, "rows_in_quarantine") for (flag,) in provisional)


def test_the_chart_does_not_say_that_months_of_an_annual_table_are_missing(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current) as warehouse:
        years = years_of(warehouse, "UNODC/glotip", "MEX", "victims_detected")
        assert "suspected_partial" in set(years.parts["flag"])
        drawn = charts._profile(warehouse, years, "es")
    assert not years.totals["is_partial"].any()
    assert not any("parciales" in line for line in drawn.footer)
