"""Persons of unknown origin: joint bounds of the classes that hide an origin, in the last rows of the matrix of flows; years.

Expected: the publisher's tables by hand; made-up tables by trying every count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.interval import Interval
from tests.test_statements import ORIGINS, OWN, TOTAL, judged
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


WAITS = {
    "collection": OWN, "reporting_country": "HND", "measure": "victims_detected", "family": "trafficking", "status": "in_quarantine",
}  # fmt: skip


def _years(
    *tables: dict[str, Any], totals: list[dict[str, Any]], waiting: tuple[int, ...] = ()
) -> pd.DataFrame:
    judgements = judged(
        [{}],
        baseline__origin_profile=[
            ORIGINS | {"class_level": "part", "origin_class": "own_national"} | t for t in tables
        ],
        baseline__indicator_values=[TOTAL | total for total in totals],
        analysis__coverage=[WAITS | {"period_end": date(year, 12, 31)} for year in waiting],
    )
    found = judgements[judgements["kind"] == "state_of_year"].sort_values("year")
    return found.set_index("year")[["code", "value_low", "value_high", "other_low"]]


def test_each_year_of_a_source_has_its_state_also_those_without_data() -> None:
    """Each case of `MARKS` in charts, by hand; rows in quarantine show only where nothing else is known."""
    nobody = {"persons_low": 0.0, "persons_high": 0.0}
    found = _years(
        {"year": 2010, "persons_low": 4.0, "persons_high": 6.0},
        {"year": 2010, "persons_low": 3.0, "persons_high": 3.0, "origin_class": "not_detailed"},
        {"year": 2014, "total_low": 0.0, "total_high": None} | nobody,
        {"year": 2015, "total_low": 0.0, "total_high": 0.0} | nobody,
        {"year": 2016, "total_low": 0.0, "total_high": None, "persons_low": 2.0, "persons_high": 2.0},
        {"year": 2020, "total_low": 0.0, "total_high": None} | nobody,
        totals=[
            {"year": 2010, "value_low": 11.0, "value_high": 11.0},  # the table's total is that of its year
            {"year": 2012, "value_low": 5.0, "value_high": None},
            {"year": 2013, "value_low": None, "value_high": None},
            {"year": 2017, "value_low": 0.0, "value_high": 0.0},
            {"year": 2018, "value_low": 0.0, "value_high": None},
        ],
        waiting=(2010, 2012, 2013, 2015, 2020, 2021),
    )
    assert dict(found["code"]) == {
        2010: "reported", 2011: "not_reported", 2012: "no_table", 2013: "in_quarantine", 2014: "withheld", 2015: "zero",
        2016: "reported", 2017: "zero", 2018: "withheld", 2019: "not_reported", 2020: "in_quarantine", 2021: "in_quarantine",
    }  # fmt: skip
    assert list(found.loc[2010, ["value_low", "value_high", "other_low"]]) == [10, 10, 4]
    assert found.loc[2012, "value_low"] == 5
    assert found.loc[[2011, 2013], "value_low"].isna().all()


def test_a_source_without_tables_of_origin_has_no_states() -> None:
    assert _years(totals=[{"year": 2020}], waiting=(2021,)).empty


@pytest.mark.slow
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
