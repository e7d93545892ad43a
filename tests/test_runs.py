"""Runs of consecutive numbers: by hand, and against a definition of their own."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.runs import runs, runs_text


def test_consecutive_numbers_are_joined() -> None:
    assert runs_text([3, 5, 6, 7]) == "3, 5–7"
    assert runs_text([2016, 2017, 2018, 2020], joint="-") == "2016-2018, 2020"
    assert runs_text([1, 2], lambda n: "ABC"[n]) == "B–C"
    assert runs_text([]) == ""


@given(st.lists(st.integers(-50, 50)))
def test_runs_hold_the_numbers_and_no_other_and_do_not_touch(numbers: list[int]) -> None:
    found = runs(numbers)
    assert [n for run in found for n in range(run[0], run[-1] + 1)] == sorted(set(numbers))
    assert all(left[-1] + 1 < right[0] for left, right in pairwise(found))
