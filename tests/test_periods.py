"""Periods: reading them, fiscal years, quarters. Expected values are calendar facts, worked out by hand."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.periods import MONTHS_IN, Period, add_months, last_closed_quarter, name_of_period, read


@pytest.mark.parametrize(
    ("text", "options", "start", "end", "frequency"),
    [
        ("2020", {}, date(2020, 1, 1), date(2020, 12, 31), "A"),
        (" 2020 ", {}, date(2020, 1, 1), date(2020, 12, 31), "A"),
        ("2020-02", {}, date(2020, 2, 1), date(2020, 2, 29), "M"),
        ("2020-Q4", {}, date(2020, 10, 1), date(2020, 12, 31), "Q"),
        ("2020T1", {}, date(2020, 1, 1), date(2020, 3, 31), "Q"),
        ("I Trim. 2024", {}, date(2024, 1, 1), date(2024, 3, 31), "Q"),
        ("II Trim 2024", {}, date(2024, 4, 1), date(2024, 6, 30), "Q"),
        ("III trimestre de 2024", {}, date(2024, 7, 1), date(2024, 9, 30), "Q"),
        ("IV Trim. del 2024", {}, date(2024, 10, 1), date(2024, 12, 31), "Q"),
        ("Trim. I 2024", {}, date(2024, 1, 1), date(2024, 3, 31), "Q"),
        ("Trimestre 2, 2024", {}, date(2024, 4, 1), date(2024, 6, 30), "Q"),
        ("1er trimestre 2024", {}, date(2024, 1, 1), date(2024, 3, 31), "Q"),
        ("3e trimestre 2024", {}, date(2024, 7, 1), date(2024, 9, 30), "Q"),
        ("4th quarter 2024", {}, date(2024, 10, 1), date(2024, 12, 31), "Q"),
        ("Q2 2024", {}, date(2024, 4, 1), date(2024, 6, 30), "Q"),
        ("T2-2024", {}, date(2024, 4, 1), date(2024, 6, 30), "Q"),
        ("I Trim. 2023", {"year_starts": 10}, date(2022, 10, 1), date(2022, 12, 31), "Q"),
        ("2020-03-01", {"frequency": "M"}, date(2020, 3, 1), date(2020, 3, 31), "M"),
        ("2019-01-01", {"frequency": "A"}, date(2019, 1, 1), date(2019, 12, 31), "A"),
        ("2023", {"year_starts": 10}, date(2022, 10, 1), date(2023, 9, 30), "A"),
        ("2023-Q1", {"year_starts": 10}, date(2022, 10, 1), date(2022, 12, 31), "Q"),
    ],
)
def test_periods_are_read(text: str, options: dict, start: date, end: date, frequency: str) -> None:
    period = read(text, **options)
    assert period is not None
    assert (period.start, period.end, period.frequency) == (start, end, frequency)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("20", {}),
        ("2020-13", {}),
        ("2020-Q5", {}),
        ("2020-03-02", {"frequency": "M"}),
        ("2020-03-01", {}),
        ("2020-02-01", {"frequency": "A"}),
        ("2020-02-01", {"frequency": "Q"}),
        ("2020", {"frequency": "M"}),
        ("43831", {}),
        ("03/04/2020", {}),
        ("2020.0", {}),
        ("0999", {}),
        ("V Trim. 2024", {}),
        ("IIII Trim. 2024", {}),
        ("5 trimestre 2024", {}),
        ("I 2024", {}),
        ("Trim. 2024", {}),
        ("I Trim. 24", {}),
        ("I-II Trim. 2024", {}),
        ("I Trim. 2024", {"frequency": "A"}),
    ],
)
def test_what_is_no_period_is_not_guessed(text: str, options: dict) -> None:
    assert read(text, **options) is None


@given(st.integers(1900, 2100), st.sampled_from("AQM"), st.integers(1, 12))
def test_periods_of_a_year_follow_each_other_without_gap(year: int, frequency: str, first: int) -> None:
    start = date(year, first, 1)
    periods = [Period(add_months(start, n), frequency) for n in range(0, 12, MONTHS_IN[frequency])]
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(periods))
    assert periods[-1].end + timedelta(days=1) == date(year + 1, first, 1)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert read(text) is None or 1900 <= read(text).start.year <= 2100


@pytest.mark.parametrize(
    ("as_of", "quarter"),
    [
        (date(2026, 1, 1), "2025-Q4"),
        (date(2026, 3, 31), "2025-Q4"),
        (date(2026, 4, 1), "2026-Q1"),
        (date(2026, 11, 25), "2026-Q3"),
    ],
)
def test_the_last_closed_quarter_had_ended_before_the_day(as_of: date, quarter: str) -> None:
    assert last_closed_quarter(as_of) == quarter


@pytest.mark.parametrize(
    ("start", "frequency", "name"),
    [
        (date(2024, 1, 1), "A", "2024"),
        (date(2023, 10, 1), "A", "2024"),  # a fiscal year has the year of its end
        (date(2023, 2, 1), "A", "2024"),
        (date(2024, 3, 1), "Q", "2024-Q1"),
        (date(2024, 4, 1), "Q", "2024-Q2"),
        (date(2024, 12, 1), "M", "2024-12"),
    ],
)
def test_a_period_is_named_by_its_end_its_quarter_or_its_month(
    start: date, frequency: str, name: str
) -> None:
    assert name_of_period(start, frequency) == name
