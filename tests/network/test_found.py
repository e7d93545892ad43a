"""What the network found in the program, each in its smallest form."""

from __future__ import annotations

from datetime import date

from warehouse.protection.counts import Collection, Figure, Period, member_periods

YEAR, QUARTER = Period("A", date(2023, 1, 1)), Period("Q", date(2023, 1, 1))
CASES, COUNTS = Collection("X/cases", "M", True, frozenset()), Collection("X/counts", "Q", False, frozenset())


def figure(collection: Collection, frequency: str, month: int, persons: int) -> tuple[Period, Figure]:
    """A total that a collection tells of a month or quarter of 2023."""
    start = date(2023, month, 1)
    told = (f"{collection.name}.1", collection.name, frequency, start, QUARTER.start, "total", "_T", "_T")
    return YEAR, Figure(*told, persons, 0)


def test_a_quarter_that_a_table_tells_does_not_vanish_beside_a_case_file_with_an_empty_month() -> None:
    """In February nobody was detected: the case file alone tells no quarter, the table of the same persons does."""
    figures = [figure(COUNTS, "Q", 1, 14), figure(CASES, "M", 1, 7), figure(CASES, "M", 3, 7)]
    found, why = member_periods(figures, (CASES, COUNTS), date(2023, 10, 15))
    assert QUARTER in {*found, *why}
