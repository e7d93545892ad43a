"""The attack on protected counts: exact on tables small enough to enumerate, and it reports what it should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as limits_of
from hypothesis import strategies as st

from warehouse.audit.attack import (
    Contradiction,
    Interval,
    System,
    TimedOut,
    find_intervals,
    find_narrow_intervals,
)
from warehouse.audit.open_tables import OpenRow, table_facts
from warehouse.audit.relations import (
    CellKey,
    Knowledge,
    Limits,
    ReleasedCell,
    Snapshot,
    build_system,
    find_leaks,
    narrow_cells,
)
from warehouse.audit.released_counts import collect_knowledge

LIMITS = Limits(3, 5)
DAY, LATER, LAST = date(2024, 4, 15), date(2025, 1, 15), date(2026, 1, 15)
YEAR = date(2023, 1, 1)
QUARTERS = [date(2023, month, 1) for month in (1, 4, 7, 10)]


def place(
    dimension: str = "_T",
    code: str = "_T",
    frequency: str = "A",
    start: date = YEAR,
    measure: str = "victims_detected",
) -> CellKey:
    return CellKey("trafficking", measure, "CRI", frequency, start, dimension, code)


def exact(value: int, collection: str = "X/c") -> ReleasedCell:
    return ReleasedCell(value, value, None, False, collection)


def between(
    low: int, high: int, day: date = DAY, *, stale: bool = False, collection: str = "X/c"
) -> ReleasedCell:
    return ReleasedCell(low, high, day, stale, collection)


def release(cells: Mapping[CellKey, ReleasedCell], day: date = DAY) -> Snapshot:
    return Snapshot(day, cells)


def by_sex(total: int, women: tuple[int, int], men: tuple[int, int], rest: tuple[int, int]) -> Snapshot:
    bounds = {"F": women, "M": men, "_U": rest}
    return release(
        {place(): exact(total)} | {place("sex", code): between(*own) for code, own in bounds.items()}
    )


def found(*snapshots: Snapshot, **known: object) -> dict[tuple[str, str, str, date], Interval]:
    narrow = narrow_cells(Knowledge(snapshots, **known), LIMITS)  # type: ignore[arg-type]
    return {
        (v.cell_key.dimension, v.cell_key.code, v.cell_key.frequency, v.cell_key.start): i
        for v, i in narrow.items()
    }


# ---- arithmetic --------------------------------------------------------------------------------------


@limits_of(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=4),
    st.integers(0, 9),
    st.integers(0, 6),
)
def test_intervals_are_those_of_all_tables_that_fit(own: list[tuple[int, int]], total: int, row: int) -> None:
    """Four counts, their total and one margin: enumerated here."""
    bounds = [(min(pair), max(pair)) for pair in own]
    fitting = [
        values
        for values in product(*(range(low, high + 1) for low, high in bounds))
        if sum(values) == total and values[0] + values[1] == row
    ]
    unknown = System({str(n): pair for n, pair in enumerate(bounds)})  # type: ignore[arg-type]
    unknown.relate([(str(n), 1) for n in range(4)], total, total)
    unknown.relate([("0", 1), ("1", 1)], row, row)
    if not fitting:
        with pytest.raises(Contradiction):
            find_intervals(unknown)
        return
    expected = {str(n): Interval(min(v[n] for v in fitting), max(v[n] for v in fitting)) for n in range(4)}
    assert find_intervals(unknown) == expected
    few = {n: i for n, i in expected.items() if i.high - i.low < 2 and i.low < 5 and i.high >= 1}  # type: ignore[operator]
    assert find_narrow_intervals(unknown, values=3, small=5) == few


def test_a_count_without_relations_is_what_its_bounds_leave() -> None:
    unknown = System({"a": (3, 4), "b": (0, None), "c": (0, 5), "d": (6, 7)})
    assert find_narrow_intervals(unknown, values=3, small=5) == {"a": Interval(3, 4)}


def test_an_answer_that_does_not_come_in_time_is_none() -> None:
    unknown = System({str(n): (0, 1000) for n in range(40)})
    for n in range(39):
        unknown.relate([(str(n), 3), (str(n + 1), 7)], 500, 5000)
    with pytest.raises(TimedOut):
        find_narrow_intervals(unknown, values=3000, small=5, seconds=0)


# ---- relations everybody knows -------------------------------------------------------------------------


def test_a_table_and_its_exact_total_narrow_a_small_count() -> None:
    """20 persons, 17 or more women and 0 to 5 others: nothing. With 2 men at least and 17 women at least, few."""
    assert found(by_sex(20, (15, 25), (0, 5), (0, 5))) == {}
    assert found(by_sex(20, (17, 25), (2, 5), (0, 5))) == {
        ("sex", "M", "A", YEAR): Interval(2, 3),
        ("sex", "_U", "A", YEAR): Interval(0, 1),
    }


def test_quarters_add_up_to_their_year_and_months_to_their_quarter() -> None:
    cells = {place(): exact(12)}
    cells |= {place(frequency="Q", start=day): between(3, 13) for day in QUARTERS}
    assert set(found(release(cells))) == {("_T", "_T", "Q", day) for day in QUARTERS}


def test_a_file_of_persons_has_somebody_in_each_month() -> None:
    """▶ L3, A6: twelve persons of a monthly file in a year are one a month."""
    cells = {place(): exact(12, "X/persons")}
    cells |= {place(frequency="Q", start=day): between(0, 8, collection="X/persons") for day in QUARTERS}
    assert found(release(cells)) == {}
    floors = {("X/persons", "Q"): 3, ("X/persons", "A"): 12}
    assert found(release(cells), floors=floors)[("_T", "_T", "Q", YEAR)] == Interval(3, 3)


def test_a_calendar_and_a_fiscal_year_share_their_quarters() -> None:
    """▶ L5, A9: three quarters are common; the fourth of each year is what they leave."""
    fiscal = date(2022, 10, 1)
    days = [fiscal, *QUARTERS]
    cells = {place(frequency="Q", start=day): between(0, 40) for day in days}
    cells |= {place(frequency="Q", start=QUARTERS[2]): between(30, 40)}
    cells |= {place(): exact(41), place(start=fiscal): exact(40)}
    assert found(release(cells)) == {}
    cells[place(frequency="Q", start=QUARTERS[3])] = between(0, 1)
    assert ("_T", "_T", "Q", QUARTERS[3]) in found(release(cells))


def test_a_measure_that_is_part_of_another_is_no_larger() -> None:
    part, whole = place("sex", "F", measure="children_returned"), place("sex", "F", measure="returns")
    cells = release({part: between(0, 5), whole: between(0, 1)})
    apart = narrow_cells(Knowledge([cells]), LIMITS)
    together = narrow_cells(Knowledge([cells], parts={"children_returned": "returns"}), LIMITS)
    assert {v.cell_key for v in apart} == {whole}
    assert {v.cell_key: i for v, i in together.items()} == {whole: Interval(0, 1), part: Interval(0, 1)}


def test_a_crossing_adds_up_to_both_its_tables() -> None:
    codes = ("Y0T17", "Y_GE18", "_U")
    cells = {place("age_group", code): between(0, 5) for code in codes}
    cells |= {place("sex", code): between(0, 5) for code in ("F", "M", "_U")}
    cells |= {
        place("age_group+sex", f"{age}+{sex}"): between(0, 5) for age in codes for sex in ("F", "M", "_U")
    }
    assert found(release(cells)) == {}
    cells[place("age_group", "Y0T17")] = between(0, 1)
    assert ("age_group+sex", "Y0T17+F", "A", YEAR) in found(release(cells))


def test_listed_citizenships_are_no_more_than_their_class() -> None:
    cells = {place("citizenship", "COL"): between(1, 8), place("citizenship", "VEN"): between(1, 8)}
    cells |= {place("origin_class", "extra_regional"): between(0, 3)}
    classes = {"COL": "extra_regional", "VEN": "extra_regional"}
    assert set(found(release(cells), classes=classes)) == {
        ("citizenship", "COL", "A", YEAR),
        ("citizenship", "VEN", "A", YEAR),
        ("origin_class", "extra_regional", "A", YEAR),
    }


# ---- two releases ------------------------------------------------------------------------------------------


def test_two_draws_of_the_same_persons_are_intersected() -> None:
    first = release({place(): exact(40), place("sex", "M"): between(1, 9)})
    second = release({place(): exact(40), place("sex", "M"): between(1, 2, LATER)}, LATER)
    assert found(first) == {}
    assert ("sex", "M", "A", YEAR) in found(first, second)
    second = release({place(): exact(40), place("sex", "M"): between(4, 14, LATER)}, LATER)
    assert found(first, second) == {}  # 4 to 9: six values


def test_one_person_more_makes_one_cell_one_larger() -> None:
    """The total rose by one: no cell moved by more."""
    first = release({place(): exact(40), place("sex", "M"): between(0, 3)})
    second = release({place(): exact(41), place("sex", "M"): between(4, 14, LATER)}, LATER)
    narrow = found(first, second)
    assert narrow[("sex", "M", "A", YEAR)] in (Interval(3, 3), Interval(4, 4))


def test_what_the_published_values_refute_is_not_believed() -> None:
    """25 persons changed their cell while the total did not: the equality is dropped, and no error."""
    first = release({place(): exact(40), place("sex", "M"): between(0, 5)})
    second = release({place(): exact(40), place("sex", "M"): between(25, 35, LATER)}, LATER)
    assert found(first, second) == {}


def test_stale_details_are_held_against_their_own_total() -> None:
    women, men = place("sex", "F"), place("sex", "M")
    rest = place("sex", "_U")
    first = by_sex(20, (15, 25), (0, 5), (0, 5))
    stale = {p: between(*c[:2], stale=True) for p, c in first.cells.items() if p in (women, men, rest)}
    second = release({place(): exact(200)} | stale, LATER)
    assert build_system(Knowledge([first, second])) is not None
    assert found(first, second) == {}  # 200 persons fit no old detail, and are not meant to


def test_an_open_table_that_contradicts_what_is_published_is_not_believed() -> None:
    """Its total is the protected one and its parts are not of the same persons: no error, and no lost release."""
    own = by_sex(20, (15, 25), (0, 5), (0, 5))
    facts = {place("sex", code): ((5.0, 5.0), (20.0, 20.0)) for code in ("M", "_U")}
    facts[place("sex", "F")] = ((15.0, 15.0), (20.0, 20.0))
    assert found(own, facts=facts) == {}


# ---- facts from elsewhere -----------------------------------------------------------------------------------


def open_rows(breakdown: str, rows: list[tuple[dict[str, str], float, float | None]]) -> list[OpenRow]:
    base = {
        "sex": "_T",
        "age_group": "_T",
        "citizenship": "_T",
        "origin_class": "_T",
        "area": "_T",
        "exploitation": "_T",
    }
    return [
        OpenRow("Y/open", "victims_detected", "A", YEAR, breakdown, low, high, base | codes)
        for codes, low, high in rows
    ]


def test_the_margins_of_an_open_crossed_table_are_facts() -> None:
    """▶ L2: nobody sent the open table by sex alone."""
    rows = open_rows(
        "age_group+sex",
        [
            ({"sex": "F", "age_group": "Y0T17"}, 10, 10),
            ({"sex": "F", "age_group": "Y_GE18"}, 6, 6),
            ({"sex": "M", "age_group": "Y0T17"}, 1, 3),
            ({"sex": "M", "age_group": "Y_GE18"}, 0, 0),
        ],
    )
    facts = table_facts(rows, "trafficking", "CRI")
    assert facts[place("sex", "F")] == ((16, 16), (17, 19))
    assert facts[place("sex", "M")] == ((1, 3), (17, 19))
    assert facts[place("age_group+sex", "Y0T17+F")][0] == (10, 10)
    assert place("sex", "_U") not in facts


def test_open_months_are_added_up_and_groups_are_not_counted_twice() -> None:
    months = [
        OpenRow("Y/open", "victims_detected", "M", date(2023, m, 1), "total", 2, 2, {}) for m in range(1, 13)
    ]
    facts = table_facts(months, "trafficking", "CRI")
    assert facts[place()][0] == (24, 24)
    assert facts[place(frequency="Q", start=QUARTERS[1])][0] == (6, 6)
    finer = open_rows(
        "age_group",
        [({"age_group": "Y0T17"}, 9, 9), ({"age_group": "Y0T9"}, 4, 4), ({"age_group": "Y_GE18"}, 8, 8)],
    )
    assert table_facts(finer, "trafficking", "CRI")[place("age_group", "Y0T17")][0] == (9, 9)


def test_an_open_value_is_a_fact_only_where_its_total_may_be_the_protected_one() -> None:
    own = by_sex(20, (15, 25), (0, 5), (0, 5))
    fact = {place("sex", "F"): ((18.0, 18.0), (20.0, 20.0))}
    assert ("sex", "M", "A", YEAR) in found(
        own, facts={**fact, place("sex", "_U"): ((0.0, 0.0), (20.0, 20.0))}
    )
    other = {place("sex", "F"): ((18.0, 18.0), (31.0, 31.0))}
    assert found(own, facts=other) == {}


def test_what_open_collections_narrow_alone_is_no_leak_of_the_release() -> None:
    """▶ L1: the open table gives the men; with the release it gives no more."""
    own = by_sex(20, (15, 25), (0, 5), (0, 5))
    facts = {place("sex", "M"): ((2.0, 2.0), (20.0, 20.0))}
    assert ("sex", "M", "A", YEAR) in found(own, facts=facts)
    assert find_leaks(Knowledge([], facts), own, LIMITS) == {}


# ---- lists and thresholds ----------------------------------------------------------------------------


def test_a_country_that_a_list_does_not_name_has_few_persons() -> None:
    """Two countries can be intra-regional here: 20 to 25 in the class, NIC named with 18 to 25, HND absent."""
    cells = {
        place(): exact(40),
        place("origin_class", "intra_regional"): between(20, 25),
        place("citizenship", "NIC"): between(9, 16),
    }
    known = {"classes": {"NIC": "intra_regional", "HND": "intra_regional"}}
    sizes = {"class_sizes": {"intra_regional": 2}}

    def least(**more: object) -> float:
        built = build_system(Knowledge([release(cells)], **known, **more), absent=5)  # type: ignore[arg-type]
        own = find_intervals(built, seconds=10)
        return next(i.low for v, i in own.items() if v.cell_key.dimension == "citizenship")

    assert (least(), least(**sizes)) == (9, 15)


def test_of_own_nationals_a_list_that_names_a_territory_bounds_nothing(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """No list names the member itself: of 500 own nationals it may name eight Puerto Ricans alone."""
    known = collect_knowledge(released, ("trafficking", "USA"))
    assert known.classes["PRI"] == "own_national"
    assert set(known.class_sizes) == {"intra_regional", "extra_regional"}
    cells = {
        place(): exact(500),
        place("origin_class", "own_national"): between(495, 505),
        place("citizenship", "PRI"): between(3, 13),
    }
    built = build_system(replace(known, snapshots=[release(cells)], facts={}), absent=5)
    assert find_intervals(built, seconds=10)  # a contradiction would raise


def test_a_collection_s_larger_threshold_makes_more_counts_small() -> None:
    cells = by_sex(15, (6, 7), (1, 9), (0, 9))
    assert not found(cells)
    assert found(cells, thresholds={"X/c": 10})
