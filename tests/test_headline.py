"""The labelled layer: what an analyst asks without knowing our columns is answered rightly, or not at all."""

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas import groupings
from schemas.words import InvalidValue
from tests import in_memory
from tests.in_memory import Rules
from warehouse.home import Home
from warehouse.reading.client import Warehouse
from warehouse.statements.headlines import value
from warehouse.statements.model_build import run_model

TRENDS = ("core.events", "core.trend_points", "core.jumps", "core.judged_points", "analysis.trends")
LAYER = (
    "core.headlines",
    "baseline.headline",
    "baseline.headline_origin",
    "baseline.headline_exploitation",
    "baseline.headline_region",
)
MEMBERS = groupings.members("CRM", date(2020, 12, 31))


def ask(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return db.execute(sql).fetchall()


# ---- what a value is ------------------------------------------------------------------------------

WORDS = [
    ("exact", 12, 12, "persons", "12", "12"),
    ("between", 12, 16, "persons", "entre 12 y 16", "between 12 and 16"),
    ("between", 1.239, 4.561, "per 100 000 population", "entre 1.23 y 4.57", "between 1.23 and 4.57"),
    ("between", 0.4567, 0.5012, "share", "entre 45.6 % y 50.2 %", "between 45.6% and 50.2%"),
    ("exact", 0.832129, 0.832129, "share", "83.2 %", "83.2%"),
    ("exact", 9854, 9854, "persons", "9,854", "9,854"),
    ("at_least", 5, math.inf, "persons", "al menos 5", "at least 5"),
    ("in_doubt", 115, 115, "persons", "115, en duda", "115, in doubt"),
    ("in_doubt", 3, math.inf, "persons", "al menos 3, en duda", "at least 3, in doubt"),
    ("withheld", None, None, "share", "no se muestra", "not shown"),
    ("not_reported", None, None, "persons", "sin dato", "no figure"),
    (
        "says_nothing",
        0,
        1,
        "share",
        "no dice nada: puede ser cualquier número",
        "says nothing: it may be any number",
    ),
]


@pytest.mark.parametrize(("how", "low", "high", "unit", "es", "en"), WORDS)
def test_a_value_in_words(how: str, low: float, high: float, unit: str, es: str, en: str) -> None:
    """A bound is rounded away from the other, so that words never promise more than numbers."""
    assert (value(how, low, high, unit, "es"), value(how, low, high, unit, "en")) == (es, en)


@pytest.fixture(scope="module")
def small() -> Iterator[duckdb.DuckDBPyConnection]:
    """One source: values of each kind in 2018 and 2019, of Honduras in neither year."""
    rows = [
        {"country": "CRI", "year": 2018, "value": [12, 12]},
        {"country": "GTM", "year": 2018, "value": [1, 4]},
        {"country": "PAN", "year": 2018, "value": [5, None]},
        {"country": "SLV", "year": 2018, "value": [0, None]},
        {"country": "MEX", "year": 2018, "value": [115, 115], "flag": "suspected_partial"},
        {"country": "CRI", "year": 2019, "value": [9, 9]},
    ]
    given = in_memory.inputs({"X/c": Rules("not_reported", [])}, ["tip_victims_detected"], in_memory.AS_OF)
    for db in in_memory.database(given):
        in_memory.fill(db, in_memory.values("X/c", in_memory.AS_OF, rows))
        for name in (*TRENDS, *LAYER):
            run_model(db, name, in_memory.AS_OF)
        yield db


def test_each_member_and_year_has_a_row_that_says_what_it_is(small: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        small, "SELECT reporting_country, value_low, value_high, how FROM baseline.headline WHERE year = 2018"
    )
    assert {country: told for country, *told in rows} == {
        **{member: [None, None, "not_reported"] for member in MEMBERS},
        "CRI": [12, 12, "exact"],
        "GTM": [1, 4, "between"],
        "PAN": [5, math.inf, "at_least"],
        "SLV": [0, math.inf, "says_nothing"],
        "MEX": [None, None, "in_doubt"],
    }
    assert ask(small, "SELECT count(*) FROM baseline.headline") == [(2 * len(MEMBERS),)]


def test_a_sum_of_upper_bounds_stays_open_and_leaves_doubts_out(small: duckdb.DuckDBPyConnection) -> None:
    sums = "SELECT sum(value_low), sum(value_high), count(value_low) FROM baseline.headline WHERE year = 2018"
    assert ask(small, sums) == [(12 + 1 + 5 + 0, math.inf, 4)]
    doubted = "SELECT value_es, flags_es FROM baseline.headline WHERE how = 'in_doubt'"
    [(told, why)] = ask(small, doubted)
    assert told == "115, en duda"
    assert "parcial" in why or "incompleto" in why


# ---- twelve questions as an analyst asks them, of the shipped submissions ---------------------------

DETECTED = "FROM baseline.headline WHERE indicator = 'tip_victims_detected'"


def test_the_sum_of_a_country_s_year_is_its_figure(released: duckdb.DuckDBPyConnection) -> None:
    """9,854 is what UNODC's file says of the USA in 2020; all rows of baseline.indicator_values add up to many times that."""
    assert ask(
        released, f"SELECT sum(value_low) {DETECTED} AND country_en ILIKE '%united states%' AND year = 2020"
    ) == [(9854,)]


def test_the_sum_of_a_year_is_the_region_s(released: duckdb.DuckDBPyConnection) -> None:
    compared = ask(
        released,
        """
        SELECT
            indicator, year, sum(h.value_low), sum(h.value_high), count(h.value_low),
            any_value(r.value_low), any_value(r.value_high), any_value(r.members_reporting)
        FROM baseline.headline AS h
        JOIN baseline.headline_region AS r USING (indicator, year)
        WHERE r.reporting_country = 'CRM' AND r.origin_class = '_T' AND r.value_low IS NOT NULL
          AND h.unit IN ('persons', 'cases', 'offences') AND NOT coalesce(contains(h.flag, 'other_kind'), FALSE)
        GROUP BY ALL
        """,
    )
    assert len(compared) > 50
    assert [row for row in compared if row[2:5] != row[5:8]] == []


def test_names_join_to_nothing_else(released: duckdb.DuckDBPyConnection) -> None:
    """Each country has one name in each language, and no two have the same."""
    names = "SELECT count(DISTINCT reporting_country), count(DISTINCT country_es), count(DISTINCT country_en) FROM {}"
    for name in LAYER[1:]:
        codes, es, en = ask(released, names.format(name))[0]
        assert codes == es == en


def test_countries_are_counted_that_have_a_figure(released: duckdb.DuckDBPyConnection) -> None:
    of_its_kind = "NOT coalesce(contains(flag, 'other_kind'), FALSE)"  # not the clients of the USA
    counted = ask(released, f"SELECT count(value_low) {DETECTED} AND year = 2020 AND {of_its_kind}")[0][0]
    reporting = (
        "SELECT members_reporting FROM baseline.headline_region WHERE indicator = 'tip_victims_detected'"
    )
    assert [(counted,)] == ask(
        released, f"{reporting} AND year = 2020 AND reporting_country = 'CRM' AND origin_class = '_T'"
    )


def test_the_latest_value_is_none_where_none_is_told(released: duckdb.DuckDBPyConnection) -> None:
    """Panama's totals of 2019 to 2021 are not in the later extract: the last row says so, and is no older value."""
    rows = ask(
        released,
        f"SELECT year, value_low, value_en {DETECTED} AND reporting_country = 'PAN' AND year IN (2019, 2020)",
    )
    assert rows == [(2019, None, "no figure"), (2020, None, "no figure")]


def test_no_row_is_missing_and_none_is_a_zero(released: duckdb.DuckDBPyConnection) -> None:
    rows = ask(released, f"SELECT year, count(*), count(DISTINCT reporting_country) {DETECTED} GROUP BY year")
    assert {row[1:] for row in rows} == {(11, 11)}
    assert ask(
        released, f"SELECT count(*) {DETECTED} AND how = 'not_reported' AND value_low IS NOT NULL"
    ) == [(0,)]


@pytest.mark.parametrize(("origin", "persons"), [("intra_regional", 2_414), ("extra_regional", 542_628)])
def test_inside_and_outside_the_region_are_two_rows(
    released: duckdb.DuckDBPyConnection, origin: str, persons: int
) -> None:
    """Of the 545,043 entries to Honduras of 2023, by the publisher's file; one is of unknown origin."""
    shown = ask(
        released,
        "SELECT value_low, value_high FROM baseline.headline_origin "
        f"WHERE indicator = 'mobility_origin_share' AND reporting_country = 'HND' AND year = 2023 AND origin_class = '{origin}'",
    )
    assert shown == [(pytest.approx(persons / 545_043), pytest.approx((persons + 1) / 545_043))]


def test_forms_of_exploitation_are_rows_of_their_own(released: duckdb.DuckDBPyConnection) -> None:
    """Honduras 2022: 45 of 56 sexual, 11 forced labour, none other, as the publisher's extract has them."""
    shown = ask(
        released,
        "SELECT exploitation, value_low, value_high FROM baseline.headline_exploitation "
        "WHERE indicator = 'tip_exploitation_share' AND reporting_country = 'HND' AND year = 2022 ORDER BY ALL",
    )
    assert {form: pytest.approx((low, high)) for form, low, high in shown} == {
        "LAB": (11 / 56, 11 / 56),
        "OTH": (0, 0),
        "SEX": (45 / 56, 45 / 56),
    }
    assert ask(
        released,
        "SELECT count(*) FROM baseline.headline_exploitation WHERE how = 'in_doubt' AND value_low IS NOT NULL",
    ) == [(0,)]


def test_an_indicator_that_has_figures_is_somewhere_in_the_labelled_layer(
    released: duckdb.DuckDBPyConnection,
) -> None:
    labelled = " UNION ALL ".join(f"SELECT indicator FROM {name}" for name in LAYER[1:])
    assert (
        ask(
            released,
            f"SELECT DISTINCT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL AND preferred AND indicator NOT IN ({labelled})",
        )
        == []
    )


def test_shares_by_origin_never_add_up_to_more_than_all(released: duckdb.DuckDBPyConnection) -> None:
    """Lower bounds of inside, outside and own nationals are of different persons."""
    sums = "SELECT max(total) FROM (SELECT sum(value_low) AS total FROM baseline.headline_origin WHERE indicator LIKE '%share%' GROUP BY indicator, reporting_country, year)"
    assert ask(released, sums)[0][0] <= 1 + 1e-12


def test_each_source_and_year_is_said_once(released: duckdb.DuckDBPyConnection) -> None:
    for name in LAYER[1:]:
        parts = {LAYER[1]: "", LAYER[2]: ", origin_class", LAYER[3]: ", exploitation"}
        key = "indicator, reporting_country, year" + parts.get(name, ", origin_class, exploitation")
        assert ask(
            released, f"SELECT count(*) FROM (SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1)"
        ) == [(0,)]


def test_a_fiscal_year_bears_the_year_of_its_end(released: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        released,
        "SELECT DISTINCT h.year, year(v.period_end) FROM baseline.headline AS h JOIN baseline.indicator_values AS v "
        "USING (indicator, reporting_country, period) WHERE h.period_basis = 'fiscal' AND v.period_basis = 'fiscal'",
    )
    assert rows
    assert all(said == ends for said, ends in rows)


def test_a_doubt_is_in_words_beside_its_value(released: duckdb.DuckDBPyConnection) -> None:
    """UNODC's Mexico 2021, a drop to a fraction with most cells unknown: said, and in no sum."""
    row = ask(
        released,
        f"SELECT value_low, value_es, flags_es {DETECTED} AND reporting_country = 'MEX' AND year = 2021",
    )
    assert row[0][:2] == (None, "115, en duda")
    assert row[0][2]


def test_a_value_brings_its_source_and_its_series_verdict(released: duckdb.DuckDBPyConnection) -> None:
    [row] = ask(
        released,
        f"SELECT collection, source_en, citation, received_on, direction, sentence_es {DETECTED} "
        "AND reporting_country = 'USA' AND year = 2020",
    )
    trend = (
        "SELECT direction, sentence_es FROM analysis.trends WHERE indicator = 'tip_victims_detected' AND preferred "
        "AND reporting_country = 'USA' AND frequency = 'A' AND sex = '_T' AND age_group = '_T' AND exploitation = '_T' "
        "AND citizenship = '_T' AND origin_class = '_T' AND break_id = '2013-01-01'"
    )
    assert row[0] == "UNODC/glotip"
    assert all(row)
    assert [row[4:]] == ask(released, trend)


# ---- the same by the client -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    opened = Warehouse.open(Home(released_home).current)
    yield opened
    opened.close()


def test_the_client_gives_a_country_s_figures(warehouse: Warehouse) -> None:
    rows = warehouse.headline("tip_victims_detected", countries=["USA"], since=2020)
    assert set(rows["reporting_country"]) == {"USA"}
    assert rows.set_index("year").loc[2020, "value_es"] == "9,854"
    assert rows["year"].min() == 2020


@pytest.mark.parametrize("text", ["víctimas niñas", "VICTIMAS  ninas", "children victims"])
def test_an_indicator_is_found_by_words(warehouse: Warehouse, text: str) -> None:
    assert "tip_child_share_known_age" in set(warehouse.search(text)["indicator"])


def test_a_name_that_is_no_indicator_s_names_the_nearest(warehouse: Warehouse) -> None:
    for ask_for in (warehouse.indicator, warehouse.headline):
        with pytest.raises(InvalidValue, match="tip_victims_detected"):
            ask_for("tip_victim_detected")


def test_a_share_over_all_that_stands_in_for_one_over_those_known_says_so(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Mexico 2022: 79 sexual of 95 of known form of 247, as the publisher's extract has them; most are of unknown form."""
    [(low, high, basis, flags)] = ask(
        released,
        "SELECT value_low, value_high, denominator_basis, flags_en FROM baseline.headline_exploitation "
        "WHERE reporting_country = 'MEX' AND year = 2022 AND exploitation = 'SEX'",
    )
    assert (low, high) == (pytest.approx(79 / 247), pytest.approx((79 + 247 - 95) / 247))
    assert (basis, flags) == ("all", "Over all, the unknown included: less than 80 % is known")
    for name in LAYER[1:]:
        said = "list_contains(string_split(coalesce(flag, ''), '+'), 'over_all')"
        assert ask(released, f"SELECT count(*) FROM {name} WHERE {said} AND denominator_basis <> 'all'") == [
            (0,)
        ]
