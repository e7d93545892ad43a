"""Edges of rules in SQL and in the steps: bounds at the other corner, a second frequency, a flag in the middle year.

Each was left open once: a bug planted there passed all tests. Expected values are worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.intake.observations import _completeness
from schemas.flags import flags_with_effect
from schemas.tables import table
from tests import test_bounds
from tests.in_memory import blank, built_examples
from tests.test_bounds import _built, _indicator
from tests.test_regional_shares import SIX, _region, _told, by_sex
from warehouse.build import database as build
from warehouse.build import models, public

db = test_bounds.db  # the same database in memory

RATIO, RATE = "tip_convicted_per_100_prosecuted", "tip_victims_detected_rate"


def pair(year: int, convicted: int, prosecuted: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"year": year, "measure": "persons_convicted", "value": [convicted] * 2} | more,
        {"year": year, "measure": "persons_prosecuted", "value": [prosecuted] * 2} | more,
    ]


def test_a_ratio_of_years_takes_no_quarter_that_begins_on_the_same_day(db: duckdb.DuckDBPyConnection) -> None:
    """30 of 60 in three years. The first quarter of each has a denominator, too, and the same first day."""
    years = [row for year in (2016, 2017, 2018) for row in pair(year, 10, 20)]
    quarters = [
        {"year": year, "measure": "persons_prosecuted", "value": [5, 5], "frequency": "Q",
         "period_start": date(year, 1, 1), "period_end": date(year, 3, 31)}
        for year in (2016, 2017, 2018)
    ]  # fmt: skip
    _built(db, "X/silent", years + quarters)
    rows = [
        (r["pooled_years"], r["numerator_low"], r["denominator_low"], r["value_low"])
        for r in _indicator(db, RATIO)
    ]
    assert rows == [(3, 30, 60, 50)]


def pooled_rates(db: duckdb.DuckDBPyConnection, flags: dict[int, str | None]) -> list[tuple[int, float]]:
    """Last year and numerator of the rates over three years, of 8 victims a year: too few for a year alone."""
    _built(db, "X/silent", [{"year": year, "value": [8, 8], "flag": flag} for year, flag in flags.items()])
    return [
        (r["period_end"].year, r["numerator_low"]) for r in _indicator(db, RATE) if r["pooled_years"] == 3
    ]


@pytest.mark.slow
def test_a_rate_of_three_years_has_three_years(db: duckdb.DuckDBPyConnection) -> None:
    assert pooled_rates(db, {2016: None, 2017: None, 2018: None}) == [(2018, 24)]
    assert pooled_rates(db, {2016: None, 2018: None}) == []


@pytest.mark.parametrize(
    ("year", "flag"),
    [(2016, "partial"), (2018, "partial"), *((2017, flag) for flag in flags_with_effect("out_of_sums"))],
)
def test_a_year_in_doubt_is_in_no_rate_of_three_years(
    db: duckdb.DuckDBPyConnection, year: int, flag: str
) -> None:
    flags: dict[int, str | None] = {2016: None, 2017: None, 2018: None}
    assert pooled_rates(db, flags | {year: flag}) == []


def test_the_share_of_the_largest_member_has_its_bounds_at_opposite_corners(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """PAN has 90 to 110 of whom sex is known, five others 10 to 14 each: from 90 of 160 to 110 of 160."""
    tables = {c: by_sex([5, 7], [5, 7]) for c in SIX[:5]} | {"PAN": by_sex([45, 55], [45, 55])}
    _built(db, "X/by_sex", _told(**tables))
    row = _region(db, "tip_female_share_known_sex")["_T", "reporting"]
    assert row["largest_member"] == "PAN"
    assert (row["largest_share_low"], row["largest_share_high"]) == (90 / (90 + 70), 110 / (110 + 50))


def test_the_unknown_of_a_region_are_a_share_of_its_totals(db: duckdb.DuckDBPyConnection) -> None:
    """Each calls 2 of 20 unknown and names 8: a tenth, though only 10 are in the table."""
    rows = [
        {"citizenship": "_U", "value": [2, 2]},
        {"citizenship": "COL", "value": [8, 8]},
        {"value": [20, 20]},
    ]
    _built(db, "X/silent", _told(**dict.fromkeys(SIX, rows)))
    unknown = _region(db, "tip_origin_share_all", "all")["indeterminate", "reporting"]
    assert (unknown["value_low"], unknown["value_high"]) == (12 / 120, 12 / 120)


# ---- vintages: the order of submissions ------------------------------------------------------------


Received = tuple[date, int, date | None, bool, frozenset[str]]
"""Day, number, day of withdrawal, whether it was accepted, and the countries that it brings."""


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with blank() as db:
        build.define_macros(db)
        yield db


def spans(
    db: duckdb.DuckDBPyConnection, delivery: str, submissions: Iterable[Received]
) -> list[tuple[Any, ...]]:
    """Scope, day and number of the submission, first day and day of the end of each span in force."""
    db.execute("DELETE FROM registry.submissions; DELETE FROM core.staged; DELETE FROM registry.collections")
    insert(db, "registry.collections", {"collection": "X/c", "delivery": delivery})
    for day, n, gone, is_accepted, countries in submissions:
        of_one = {"submission": f"X.c.{day}.{n}", "collection": "X/c"}
        status = "accepted" if is_accepted else "rejected"
        of_receipt = {"received_on": day, "withdrawn_on": gone, "status": status}
        insert(db, "registry.submissions", of_one | of_receipt)
        for country in countries:
            insert(db, "core.staged", of_one | {"reporting_country": country})
    [select] = models.selects("core.spans")
    return db.execute(
        f"SELECT scope, submission, known_from, known_to FROM ({select}) ORDER BY ALL"
    ).fetchall()


def in_force(
    db: duckdb.DuckDBPyConnection, submissions: list[tuple[date, int, date | None]]
) -> list[tuple[str, date, date | None]]:
    """The spans of submissions of one country, by day."""
    rows = spans(db, "full", [(*one, True, frozenset({"CRI"})) for one in submissions])
    return sorted((row[1:] for row in rows), key=lambda row: row[1])


def insert(db: duckdb.DuckDBPyConnection, full_name: str, values: dict[str, Any]) -> None:
    """Insert a row with these values, and something plain in every other column."""
    plain = {"VARCHAR": "x", "BIGINT": 1, "DATE": date(2024, 1, 1), "DOUBLE": 0.0, "BOOLEAN": True}
    row = {c.name: values.get(c.name, plain[c.type]) for c in table(full_name).columns}
    marks = ", ".join("?" for _ in row)
    db.execute(f"INSERT INTO {full_name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


JAN, FEB, MAR = (date(2024, month, 1) for month in (1, 2, 3))
DAYS_OF_RECEIPT = st.sampled_from([JAN, FEB, MAR])


def test_the_tenth_submission_of_a_day_replaces_the_ninth(empty: duckdb.DuckDBPyConnection) -> None:
    assert in_force(empty, [(JAN, n, None) for n in (10, 9, 1, 100)]) == [(f"X.c.{JAN}.100", JAN, None)]
    assert in_force(empty, [(JAN, 9, None), (JAN, 10, FEB)]) == [
        (f"X.c.{JAN}.10", JAN, FEB),
        (f"X.c.{JAN}.9", FEB, None),
    ]


def test_what_was_withdrawn_alone_is_in_force_to_the_day_before(empty: duckdb.DuckDBPyConnection) -> None:
    assert in_force(empty, [(JAN, 1, FEB)]) == [(f"X.c.{JAN}.1", JAN, FEB)]
    assert in_force(empty, [(JAN, 1, FEB), (MAR, 1, None)]) == [
        (f"X.c.{JAN}.1", JAN, FEB),
        (f"X.c.{MAR}.1", MAR, None),
    ]


@given(
    st.sampled_from(["full", "by_period"]),
    st.lists(
        st.tuples(
            DAYS_OF_RECEIPT,
            st.integers(1, 12),
            st.none() | DAYS_OF_RECEIPT,
            st.sampled_from([True, True, True, False]),
            st.sets(st.sampled_from(["CRI", "GTM"]), min_size=1).map(frozenset),
        ),
        max_size=6,
        unique_by=lambda one: one[:2],
    ),
)
@built_examples(40)
def test_on_each_day_the_newest_that_was_accepted_and_not_withdrawn_is_in_force(
    empty: duckdb.DuckDBPyConnection, delivery: str, received: list[Received]
) -> None:
    """Of a whole delivery for all countries at once, of one by period for each of its countries alone."""
    received = [one for one in received if one[2] is None or one[2] >= one[0]]
    rows = spans(empty, delivery, received)
    for day in (JAN - timedelta(days=1), JAN, FEB - timedelta(days=1), FEB, MAR, MAR + timedelta(days=1)):
        for country in ("CRI", "GTM"):
            scope = f"{country} 2024-01-01 x" if delivery == "by_period" else ""
            known = [
                one[:2]
                for one in received
                if one[3] and one[0] <= day and (one[2] is None or one[2] > day)
                and (delivery == "full" or country in one[4])
            ]  # fmt: skip
            newest = [f"X.c.{on}.{n}" for on, n in sorted(known)[-1:]]
            found = [
                row[1]
                for row in rows
                if row[0] == scope and row[2] <= day and (row[3] is None or row[3] > day)
            ]
            assert found == newest, (day, country)


# ---- completeness of a running period --------------------------------------------------------------


def completeness(received_on: date, start: date, end: date) -> float:
    return float(_completeness(pd.DataFrame({"period_start": [start], "period_end": [end]}), received_on)[0])


def test_the_day_of_receipt_counts_as_passed() -> None:
    start, end = date(2023, 1, 1), date(2023, 12, 31)
    days = [
        start - timedelta(days=1),
        start,
        date(2023, 1, 31),
        end - timedelta(days=1),
        end,
        date(2024, 5, 1),
    ]
    assert [completeness(day, start, end) for day in days] == [0, 1 / 365, 31 / 365, 364 / 365, 1, 1]
    assert completeness(start, start, start) == 1


# ---- rows of two collections -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "published"),
    [("open", "open", True), ("open", "cases", False), ("cases", "open", False), ("cases", "cases", False)],
)
def test_a_row_of_two_collections_is_public_only_if_both_are_open(
    first: str, second: str, published: bool
) -> None:
    db = duckdb.connect()
    db.execute("ATTACH ':memory:' AS source; CREATE SCHEMA source.registry; CREATE SCHEMA source.analysis")
    db.execute(
        "CREATE TABLE source.registry.collections AS SELECT * FROM (VALUES ('X/a', ?), ('X/b', ?)) AS c(collection, confidentiality)",
        [first, second],
    )
    db.execute(
        "CREATE TABLE source.analysis.source_agreement AS SELECT 'X/a' AS collection_a, 'X/b' AS collection_b"
    )
    condition = public._open_rows_condition(table("analysis.source_agreement"))
    rows = db.execute(
        f"SELECT count(*) FROM source.analysis.source_agreement AS t WHERE {condition}"
    ).fetchone()
    assert rows == (int(published),)
