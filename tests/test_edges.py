"""Edges of rules in SQL and in the steps: bounds at the other corner, a second frequency, a flag in the middle year.

Each was left open once: a bug planted there passed all tests. Expected values are worked out by hand.
"""

from __future__ import annotations

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
from tests.in_memory import blank
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


def in_force(submissions: list[tuple[date, int, date | None]]) -> list[tuple[str, date, date | None]]:
    """The spans of submissions of one collection, each with its day, number and day of withdrawal."""
    with blank() as db:
        rows = [(f"X.c.{day}.{n}", day, gone) for day, n, gone in submissions]
        for name, day, gone in rows:
            for full_name, values in (
                ("registry.submissions", {"submission": name, "collection": "X/c", "received_on": day,
                                          "status": "accepted", "withdrawn_on": gone}),
                ("core.staged", {"submission": name, "collection": "X/c", "reporting_country": "CRI"}),
            ):  # fmt: skip
                insert(db, full_name, values)
        insert(db, "registry.collections", {"collection": "X/c", "delivery": "full"})
        build.define_macros(db)
        [select] = models.selects("core.spans")
        return db.execute(
            f"SELECT submission, known_from, known_to FROM ({select}) ORDER BY known_from"
        ).fetchall()


def insert(db: duckdb.DuckDBPyConnection, full_name: str, values: dict[str, Any]) -> None:
    """Insert a row with these values, and something plain in every other column."""
    plain = {"VARCHAR": "x", "BIGINT": 1, "DATE": date(2024, 1, 1), "DOUBLE": 0.0, "BOOLEAN": True}
    row = {c.name: values.get(c.name, plain[c.type]) for c in table(full_name).columns}
    marks = ", ".join("?" for _ in row)
    db.execute(f"INSERT INTO {full_name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


JAN, FEB = date(2024, 1, 1), date(2024, 2, 1)


def test_the_tenth_submission_of_a_day_replaces_the_ninth() -> None:
    assert in_force([(JAN, n, None) for n in (10, 9, 1, 100)]) == [(f"X.c.{JAN}.100", JAN, None)]
    assert in_force([(JAN, 9, None), (JAN, 10, FEB)]) == [
        (f"X.c.{JAN}.10", JAN, FEB),
        (f"X.c.{JAN}.9", FEB, None),
    ]


@given(
    st.lists(st.tuples(st.sampled_from([JAN, FEB]), st.integers(1, 120)), min_size=1, max_size=6, unique=True)
)
@test_bounds.few
def test_the_newest_day_and_then_the_highest_number_is_in_force(received: list[tuple[date, int]]) -> None:
    newest = max(received)
    assert in_force([(day, n, None) for day, n in received])[-1] == (
        f"X.c.{newest[0]}.{newest[1]}",
        newest[0],
        None,
    )


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
