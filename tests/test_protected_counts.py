"""True counts of protected collections from the figures received: totals, tables, periods, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from warehouse.protection.counts import (
    MONTH,
    QUARTER,
    YEAR,
    Collection,
    Counts,
    Figure,
    InexactCounts,
    Period,
    count_periods,
    member_periods,
)

YEAR_2023 = Period(YEAR, date(2023, 1, 1))
FISCAL = Period(YEAR, date(2022, 10, 1))
AS_OF = date(2024, 4, 15)
COUNTS = Collection("X/counts", "Q", False, frozenset({"sex"}))
CASES = Collection("X/cases", "M", True, frozenset())
OTHER = Collection("Y/counts", "Q", False, frozenset())


def figures(
    rows: Iterable[tuple[str, int, str, str, str, int]], collection: Collection = COUNTS
) -> list[Figure]:
    """Rows of frequency, month, table sent, dimension, code, value."""
    found = []
    for frequency, month, breakdown, dimension, code, value in rows:
        start = date(2023, month, 1)
        quarter = date(2023, (month - 1) // 3 * 3 + 1, 1)
        name = f"{collection.name}.{month}"
        found.append(
            Figure(name, collection.name, frequency, start, quarter, breakdown, dimension, code, value, 0)
        )
    return found


def total(value: int, frequency: str = YEAR, month: int = 1) -> tuple[str, int, str, str, str, int]:
    return (frequency, month, "total", "_T", "_T", value)


def by_sex(
    codes: dict[str, int], frequency: str = YEAR, month: int = 1
) -> list[tuple[str, int, str, str, str, int]]:
    own = [(frequency, month, "sex", "sex", code, value) for code, value in codes.items()]
    return [*own, (frequency, month, "sex", "_T", "_T", sum(codes.values()))]


def year_of(rows: list[Figure], collection: Collection = COUNTS) -> Counts:
    return count_periods(rows, collection, YEAR_2023, AS_OF)[YEAR_2023]


def test_whoever_a_table_does_not_name_is_in_its_rest() -> None:
    counts = year_of(figures([total(50), *by_sex({"F": 30, "M": 12})]))
    assert counts.total == 50
    assert dict(counts.tables["sex"]) == {"F": 30, "M": 12, "_U": 8}
    assert set(counts.tables) == {"sex"}


def test_a_table_above_its_total_is_left_out_and_the_total_stays() -> None:
    counts = year_of(figures([total(40), *by_sex({"F": 30, "M": 12})]))
    assert counts.total == 40
    assert dict(counts.tables) == {}
    assert counts.left_out == {"sex": "inconsistent"}


def test_a_total_is_read_if_sent_else_of_an_exhaustive_table() -> None:
    assert year_of(figures(by_sex({"F": 30, "M": 12}))).total == 42
    with pytest.raises(InexactCounts, match="no_total"):
        year_of(figures(by_sex({"F": 30, "M": 12}), OTHER), OTHER)


def test_a_value_that_is_an_interval_leaves_the_period_out() -> None:
    rows = [figure._replace(not_whole=1) for figure in figures([total(50)])]
    with pytest.raises(InexactCounts, match="not_whole"):
        year_of(rows)


def test_finer_codes_are_counted_under_those_of_the_table_and_unknown_ones_in_the_rest() -> None:
    rows = [(YEAR, 1, "exploitation", "exploitation", code, 10) for code in ("ForcedBegging", "SEX", "zzz")]
    counts = year_of(figures([total(30), *rows, (YEAR, 1, "exploitation", "_T", "_T", 30)]))
    assert dict(counts.tables["exploitation"]) == {"OTH": 10, "SEX": 10, "_U": 10}


def crossed(cells: dict[str, int]) -> list[tuple[str, int, str, str, str, int]]:
    rows = [(YEAR, 1, "age_group+sex", "age_group+sex", code, value) for code, value in cells.items()]
    for place, dimension in enumerate(("age_group", "sex")):
        for code, value in cells.items():
            rows.append((YEAR, 1, "age_group+sex", dimension, code.split("+")[place], value))
    return [*rows, (YEAR, 1, "age_group+sex", "_T", "_T", sum(cells.values()))]


def test_a_crossing_gives_its_margins_and_must_agree_with_the_tables_sent() -> None:
    cells = {"Y0T17+F": 10, "Y0T17+M": 2, "Y_GE18+F": 20, "Y_GE18+M": 8}
    counts = year_of(figures([total(45), *crossed(cells)]))
    assert dict(counts.tables["sex"]) == {"F": 30, "M": 10, "_U": 5}
    assert counts.tables["age_group+sex"]["_U+_U"] == 5
    counts = year_of(figures([total(45), *crossed(cells), *by_sex({"F": 31, "M": 9})]))
    assert counts.left_out == {"age_group+sex": "inconsistent"}
    assert dict(counts.tables["sex"]) == {"F": 31, "M": 9, "_U": 5}


def test_lists_name_no_unknown_and_no_rest() -> None:
    rows = [
        (YEAR, 1, "citizenship", "citizenship", code, n) for code, n in (("NIC", 9), ("_U", 4), ("_O", 2))
    ]
    counts = year_of(figures([total(30), *rows, (YEAR, 1, "citizenship", "_T", "_T", 15)]))
    assert dict(counts.tables["citizenship"]) == {"NIC": 9}


# ---- periods ------------------------------------------------------------------------------------------


def quarters(*values: int) -> list[Figure]:
    return figures([total(value, QUARTER, 3 * n + 1) for n, value in enumerate(values)])


def test_a_year_is_the_sum_of_its_four_quarters_and_of_no_fewer() -> None:
    found = count_periods(quarters(1, 2, 3, 4), COUNTS, YEAR_2023, AS_OF)
    assert found[YEAR_2023].total == 10
    assert YEAR_2023 not in count_periods(quarters(1, 2, 3), COUNTS, YEAR_2023, AS_OF)


def test_quarters_stand_beside_a_year_that_was_sent_only_if_they_add_up_to_it() -> None:
    sent = figures([total(10)])
    assert len(count_periods([*sent, *quarters(1, 2, 3, 4)], COUNTS, YEAR_2023, AS_OF)) == 5
    assert list(count_periods([*sent, *quarters(1, 2, 3, 5)], COUNTS, YEAR_2023, AS_OF)) == [YEAR_2023]


def by_citizenship(quarter: int) -> list[tuple[str, int, str, str, str, int]]:
    return [
        (QUARTER, quarter, "citizenship", d, code, 6) for d, code in (("citizenship", "NIC"), ("_T", "_T"))
    ]


def test_whom_a_quarter_does_not_break_down_is_in_the_rest_of_the_year_s_table_and_no_list_is_half() -> None:
    first, second = ([total(9, QUARTER, n), *by_sex({"F": 5, "M": 4}, QUARTER, n)] for n in (1, 4))
    others = [total(7, QUARTER, 7), total(0, QUARTER, 10)]
    counts = year_of(figures([*first, *by_citizenship(1), *second, *by_citizenship(4), *others]))
    assert counts.tables == {"sex": {"F": 10, "M": 8, "_U": 7}}
    assert counts.submissions == {f"X/counts.{month}" for month in (1, 4, 7, 10)}
    halves = [row for n in (7, 10) for row in (total(6, QUARTER, n), *by_citizenship(n))]
    counts = year_of(figures([*first, *by_citizenship(1), *second, *by_citizenship(4), *halves]))
    assert counts.tables["citizenship"] == {"NIC": 24}
    assert (
        counts.cells() | {("_T", "_T"): 30, ("sex", "_U"): 12, ("citizenship", "NIC"): 24} == counts.cells()
    )
    assert next(iter(counts.cells())) == ("_T", "_T")


def test_why_a_table_of_a_quarter_was_left_out_is_known_of_its_year() -> None:
    wrong = [total(8, QUARTER, 4), *by_sex({"F": 5, "M": 4}, QUARTER, 4)]
    first = [total(9, QUARTER, 1), *by_sex({"F": 5, "M": 4}, QUARTER, 1)]
    counts = year_of(figures([*first, *wrong, total(0, QUARTER, 7), total(0, QUARTER, 10)]))
    assert counts.left_out == {"sex": "inconsistent"}


@pytest.mark.parametrize(
    ("as_of", "known"),
    [(date(2023, 3, 31), 0), (date(2023, 4, 1), 1), (date(2023, 12, 31), 3), (date(2024, 1, 1), 4)],
)
def test_a_period_counts_from_the_day_after_its_end(as_of: date, known: int) -> None:
    found = count_periods(quarters(1, 2, 3, 4), COUNTS, YEAR_2023, as_of)
    assert sum(period.frequency == QUARTER for period in found) == known
    assert (YEAR_2023 in found) == (known == 4)


def months(*values: int) -> list[Figure]:
    return figures([total(value, MONTH, n) for n, value in enumerate(values, start=1) if value], CASES)


def test_three_months_are_a_quarter_and_two_are_none() -> None:
    found = count_periods(months(1, 2, 3, 4, 0, 5), CASES, YEAR_2023, AS_OF)
    assert {period: counts.total for period, counts in found.items() if period.frequency == QUARTER} == {
        Period(QUARTER, date(2023, 1, 1)): 6
    }
    assert sum(period.frequency == MONTH for period in found) == 5


# ---- several collections -------------------------------------------------------------------------------


def of_year(rows: list[Figure], year: Period = YEAR_2023) -> list[tuple[Period, Figure]]:
    return [(year, figure) for figure in rows]


def test_a_whole_year_comes_from_one_collection_files_of_persons_first() -> None:
    rows = [*quarters(10, 20, 30, 40), *months(*range(1, 13))]
    found, why = member_periods(of_year(rows), (COUNTS, CASES), AS_OF)
    assert found[YEAR_2023].total == sum(range(1, 13))
    assert {counts.collection for counts in found.values()} == {CASES}
    assert why == {}


def test_a_complete_year_goes_before_a_part_and_parts_complete_each_other() -> None:
    rows = [*quarters(10, 20, 30, 40), *months(1, 0, 3)]
    found, _ = member_periods(of_year(rows), (COUNTS, CASES), AS_OF)
    assert found[YEAR_2023].total == 100
    found, _ = member_periods(of_year([*quarters(10), *months(1, 0, 3)]), (COUNTS, CASES), AS_OF)
    assert {(period.frequency, period.start.month): counts.total for period, counts in found.items()} == {
        (MONTH, 1): 1,
        (MONTH, 3): 3,
        (QUARTER, 1): 10,
    }


def test_of_two_kinds_of_year_a_common_quarter_is_taken_once_from_the_calendar_year() -> None:
    own = [f._replace(collection=OTHER.name, value=f.value + 1) for f in quarters(1, 2, 3)]
    first = Figure(
        "Y.0", OTHER.name, QUARTER, date(2022, 10, 1), date(2022, 10, 1), "total", "_T", "_T", 9, 0
    )
    rows = [*of_year(quarters(1, 2, 3, 4)), *of_year([first, *own], FISCAL)]
    found, _ = member_periods(rows, (COUNTS, OTHER), AS_OF)
    assert found[YEAR_2023].total == 10
    assert found[FISCAL].total == 9 + 2 + 3 + 4
    assert found[Period(QUARTER, date(2023, 4, 1))].total == 2


def test_details_of_quarters_and_months_are_not_published() -> None:
    rows = figures([total(9, QUARTER), *by_sex({"F": 5, "M": 4}, QUARTER)])
    found, _ = member_periods(of_year(rows), (COUNTS,), AS_OF)
    assert dict(found[Period(QUARTER, date(2023, 1, 1))].tables) == {}


def test_a_complete_year_takes_no_period_of_another_collection() -> None:
    """Nobody knows if the quarters of the other one add up to it."""
    found, _ = member_periods(
        of_year([*figures([total(12)], CASES), *quarters(1, 2, 3, 4)]), (COUNTS, CASES), AS_OF
    )
    assert {period: counts.total for period, counts in found.items()} == {YEAR_2023: 12}


def test_each_year_that_is_missing_has_its_reason() -> None:
    earlier, later = Period(YEAR, date(2022, 1, 1)), Period(YEAR, date(2024, 1, 1))
    inexact = [figure._replace(not_whole=1) for figure in figures([total(9)])]
    rows = [*of_year(inexact, earlier), *of_year(quarters(1, 2, 3, 4)), *of_year(quarters(5), later)]
    rows[-1] = (later, rows[-1][1]._replace(period_start=date(2024, 4, 1)))
    found, reasons = member_periods(rows, (COUNTS,), AS_OF)
    assert reasons == {earlier: "not_whole", later: "not_over"}
    assert found[YEAR_2023].total == 10
