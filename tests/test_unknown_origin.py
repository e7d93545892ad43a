"""Persons of unknown origin: joint bounds of the classes that hide an origin, in the last rows of the matrix of flows.

Expected: the publisher's tables by hand; made-up tables by trying every count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.interval import Interval
from tests.test_statements import ORIGINS, judged
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.site import region
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


def unknown(tables: list[list[dict[str, Any]]]) -> list[tuple[str, Interval]]:
    """What is judged of tables, each of a year of its own."""
    profile = [
        ORIGINS | {"year": year, "class_level": "part"} | row
        for year, rows in enumerate(tables, start=1900)
        for row in rows
    ]
    judgements = judged([{}], baseline__origin_profile=profile)
    found = judgements[judgements["kind"] == "unknown_origin"]
    return [
        (row.code, Interval.from_bounds(row.value_low, row.value_high))
        for row in found.itertuples(index=False)
    ]


@settings(max_examples=4, deadline=None)
@given(st.lists(tables(), min_size=40, max_size=60))
def test_the_bounds_of_a_made_up_table_are_the_least_and_the_most_it_allows(
    drawn: list[tuple[list[dict[str, Any]], set[int]]],
) -> None:
    possible = [(rows, allowed) for rows, allowed in drawn if allowed]
    found = [bounds for _, bounds in unknown([rows for rows, _ in possible])] if possible else []
    assert found == [Interval(min(allowed), max(allowed)) for _, allowed in possible]


Part = tuple[str, float, float | None]
TABLES: list[tuple[list[Part], tuple[float | None, float | None], str, Interval]] = [
    (
        [("own_national", 2, 2), ("indeterminate", 4, 6), ("not_detailed", 3, 5)],
        (10, 10),
        "mostly_unknown",
        Interval(8, 8),
    ),
    (
        [("own_national", 2, 4), ("indeterminate", 4, 6), ("not_detailed", 3, 4)],
        (10, 10),
        "mostly_unknown",
        Interval(7, 8),
    ),
    ([("indeterminate", 4, 4), ("not_detailed", 0, 0)], (4, 4), "all_unknown", Interval(4, 4)),
    (
        [("own_national", 2, 2), ("indeterminate", 4, 5)],
        (None, None),
        "not_mostly_unknown",
        Interval(4, 5),
    ),
    (  # one open class opens the whole
        [("own_national", 2, 2), ("indeterminate", 4, 5), ("not_detailed", 0, None)],
        (6, None),
        "not_mostly_unknown",
        Interval(4, math.inf),
    ),
    (  # a known total closes it
        [("own_national", 5, 5), ("indeterminate", 2, 3), ("not_detailed", 0, None)],
        (7, 9),
        "not_mostly_unknown",
        Interval(2, 4),
    ),
    ([("own_national", 6, 6), ("indeterminate", 4, 4)], (10, 10), "not_mostly_unknown", Interval(4, 4)),
    # the table lists more than its total, which says nothing of these persons
    ([("own_national", 9, 9), ("indeterminate", 4, 4)], (5, 5), "mostly_unknown", Interval(4, 4)),
    ([("own_national", 5, 5)], (5, 5), "not_mostly_unknown", Interval(0, 0)),
]


def test_most_are_unknown_only_where_they_surely_are() -> None:
    tables = [
        [
            {"origin_class": name, "persons_low": low, "persons_high": high, "possible_high": high}
            | {"total_low": total[0], "total_high": total[1]}
            for name, low, high in parts
        ]
        for parts, total, _, _ in TABLES
    ]
    assert unknown(tables) == [(code, bounds) for _, _, code, bounds in TABLES]
