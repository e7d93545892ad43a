"""Persons of unknown origin: joint bounds of the classes that hide an origin, in the last rows of the matrix of flows.

Expected: the publisher's tables by hand; all tables of the release by SQL; made-up tables by trying every count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interval import Interval
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.origin_years import unknown_persons
from warehouse.publication.site import member_summary, region
from warehouse.publication.site.facts import Facts


@pytest.fixture(scope="module")
def facts(released_home: Any) -> Iterator[Facts]:
    with Warehouse.open(Home(released_home).current) as warehouse:
        yield Facts(warehouse)


def shown(facts: Facts, member: str, year: int) -> str:
    """The cell of a member in the row of persons of unknown origin, in English."""
    [row] = [r for r in region._summary_rows(facts, [member], year, "en") if r["name"] == "Of unknown origin"]
    return str(row["cells"][0])


@pytest.mark.parametrize(
    ("member", "year", "persons"),
    [
        # 425, of them 393 named; 23 surely have an origin that the table does not name
        ("GTM", 2021, "23–32"),
        # 439: surely 158 named, and 16 more at most
        ("GTM", 2020, "265–281"),
        # 21: 11 nationals, 6 unknown, and one origin with 0 to 4
        ("SLV", 2020, "6–10"),
        # no total: nobody knows how many origins the table does not name
        *((member, year, "≥ 0") for member, year in [("GTM", 2015), ("PAN", 2011), ("MEX", 2007)]),
        *(("DOM", year, "≥ 0") for year in (2008, 2009, 2010)),
        # the table lists 25 of 21: its total says nothing of those 9
        ("SLV", 2022, "9"),
        # every origin is named, and they are the total
        ("DOM", 2018, "0"),
    ],
)
def test_the_unknown_of_a_table_are_all_but_the_named(
    facts: Facts, member: str, year: int, persons: str
) -> None:
    assert shown(facts, member, year).replace("\u00a0", " ") == persons


def test_every_table_of_the_release_has_the_bounds_that_its_rows_leave(facts: Facts) -> None:
    rows = facts.rows(
        """
        SELECT reporting_country AS member, year(period_end) AS year,
            greatest(
                sum(persons_low) FILTER (is_unknown),
                any_value(total_low) - sum(coalesce(persons_high, 'infinity'::DOUBLE)) FILTER (NOT is_unknown)
            ) AS low,
            least(
                sum(coalesce(possible_high, 'infinity'::DOUBLE)) FILTER (is_unknown),
                coalesce(any_value(total_high), 'infinity'::DOUBLE) - sum(persons_low) FILTER (NOT is_unknown)
            ) AS high
        FROM (SELECT *, origin_class IN ('indeterminate', 'not_detailed') AS is_unknown FROM baseline.origin_profile)
        WHERE measure = 'victims_detected' AND collection = 'UNODC/glotip' AND class_level = 'part'
            AND coalesce(flag, '') <> 'inconsistent'
        GROUP BY ALL HAVING bool_or(is_unknown) ORDER BY ALL
        """
    )
    wrong = [
        (row["member"], row["year"], found, (row["low"], row["high"]))
        for row in rows
        if (found := bounds(facts.classes[row["member"], row["year"]])) != (row["low"], row["high"])
    ]
    assert (wrong, len(rows) >= 90) == ([], True)


def bounds(classes: list[Any]) -> tuple[float, float]:
    unknown = unknown_persons(row for row in classes if row["class_level"] == "part")
    assert unknown is not None
    return unknown.low, unknown.high


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[str, Any]], set[int]]:
    """Rows of a table with a total, as the model bounds them, and every number of unknown that they allow."""
    total = draw(st.integers(0, 12))
    named = [
        (low, low + draw(st.integers(0, 4)))
        for low in draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    ]
    unread = draw(st.integers(0, 4))
    unread_high = unread + draw(st.integers(0, 3))
    allowed = {
        total - sum(counts)
        for counts in product(*(range(low, high + 1) for low, high in named))
        if total - sum(counts) >= unread
    }
    rest = total - sum(low for low, _ in named)
    common = {"total_low": total, "total_high": total}
    rows = [
        {"origin_class": f"named_{n}", "persons_low": low, "persons_high": high, "possible_high": rest + low}
        for n, (low, high) in enumerate(named)
    ]
    hidden = {"indeterminate": (unread, min(unread_high, rest)), "not_detailed": (0, rest - unread)}
    rows += [
        {"origin_class": name, "persons_low": low, "persons_high": high, "possible_high": high}
        for name, (low, high) in hidden.items()
    ]
    return [row | common for row in rows], allowed


@given(tables())
def test_the_bounds_of_a_made_up_table_are_the_least_and_the_most_it_allows(
    table: tuple[list[dict[str, Any]], set[int]],
) -> None:
    rows, allowed = table
    if allowed:
        assert unknown_persons(rows) == Interval(min(allowed), max(allowed))


def row(name: str, low: float, high: float | None, total: tuple[float, float | None]) -> dict[str, Any]:
    ends = {"persons_low": low, "persons_high": high, "possible_high": high}
    return {"year": 2020, "origin_class": name, "total_low": total[0], "total_high": total[1]} | ends


def test_one_open_class_opens_the_whole_and_a_known_total_closes_it() -> None:
    parts = [("own_national", 5, 5), ("indeterminate", 2, 3), ("not_detailed", 0, None)]
    assert unknown_persons(row(*part, total=(7, None)) for part in parts) == Interval(2, math.inf)
    assert unknown_persons(row(*part, total=(7, 9)) for part in parts) == Interval(2, 4)
    assert unknown_persons([row("own_national", 5, 5, total=(5, 5))]) is None


@pytest.mark.parametrize(
    ("parts", "total", "hidden"),
    [
        ([("own_national", 2, 2), ("indeterminate", 4, 6), ("not_detailed", 3, 5)], (10, 10), "8"),
        ([("own_national", 2, 4), ("indeterminate", 4, 6), ("not_detailed", 3, 4)], (10, 10), "7–8"),
        ([("own_national", 2, 2), ("indeterminate", 4, 5)], (None, None), None),
        ([("own_national", 2, 2), ("indeterminate", 4, 5), ("not_detailed", 0, None)], (6, None), None),
        ([("own_national", 6, 6), ("indeterminate", 4, 4)], (10, 10), None),
    ],
)
def test_a_members_page_says_most_are_unknown_only_where_they_surely_are(
    parts: list[tuple[str, float, float | None]], total: tuple[Any, Any], hidden: str | None
) -> None:
    years: Any = SimpleNamespace(
        totals=pd.DataFrame(
            [{"year": 2020, "total_low": total[0], "total_high": total[1], "state": "reported"}]
        ),
        parts=pd.DataFrame([row(*part, total=total) for part in parts]),
    )
    assert member_summary.unknown_origins_of_last_year(years, "en").get("hidden") == hidden
