"""Intervals: every result of an operation on values of the intervals lies within the result of the intervals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lineabase
from schemas.interval import Interval

WHOLE = st.integers(0, 30)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Interval, int]:
    """An interval of whole numbers, one in five of them open, and a value in it."""
    low = draw(WHOLE)
    value = draw(st.integers(low, low + 30))
    high = draw(
        st.one_of(st.integers(value, value + 30), st.just(math.inf))
        if draw(st.integers(0, 4))
        else st.just(math.inf)
    )
    return Interval(low, high), value


@given(cases(), cases())
def test_sums_differences_and_ratios_contain_those_of_the_values(
    a: tuple[Interval, int], b: tuple[Interval, int]
) -> None:
    (left, x), (right, y) = a, b
    assert x + y in left + right
    assert x + y in Interval.total([left, right])
    if right.is_open:
        with pytest.raises(ValueError, match="open"):
            left - right
    else:
        assert x - y in left - right
    ratio = left.ratio_to(right)
    if y:
        assert ratio is not None
        assert x / y in Interval(ratio.low - 1e-9, ratio.high + 1e-9)


@given(cases(), cases())
def test_shares_contain_those_of_the_values_and_are_between_0_and_1(
    a: tuple[Interval, int], b: tuple[Interval, int]
) -> None:
    (part, x), (rest, y) = a, b
    share = part.share_of(rest)
    if x + y:
        assert share is not None
        assert x / (x + y) in Interval(share.low - 1e-9, share.high + 1e-9)
    if share is not None:
        assert 0 <= share.low <= share.high <= 1


@given(st.tuples(WHOLE, WHOLE), st.tuples(WHOLE, WHOLE))
def test_shares_are_the_tightest(a: tuple[int, int], b: tuple[int, int]) -> None:
    """Enumerated: no value of part and rest gives a share outside, and both ends are reached."""
    part, rest = Interval(min(a), max(a)), Interval(min(b), max(b))
    every = [x / (x + y) for x in range(min(a), max(a) + 1) for y in range(min(b), max(b) + 1) if x + y]
    share = part.share_of(rest)
    assert (share is None) == (not every)
    if share is not None:
        assert (share.low, share.high) == (pytest.approx(min(every)), pytest.approx(max(every)))


@given(cases(), WHOLE)
def test_the_rest_of_a_total_contains_that_of_the_values(a: tuple[Interval, int], more: int) -> None:
    part, x = a
    total = Interval.exact(x + more)
    rest = part.clip(high=total.high).rest_of(total)
    assert more in rest
    assert rest.low >= 0


@pytest.mark.parametrize(("low", "high"), [(2, 1), (math.inf, math.inf), (math.nan, 1), (-math.inf, 0)])
def test_bounds_out_of_order_or_without_a_lower_end_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        Interval(low, high)


def test_an_open_bound_is_one_value_whatever_its_code() -> None:
    assert Interval.from_bounds(3, None) == Interval.from_bounds(3, math.nan) == Interval(3, math.inf)
    assert Interval.from_bounds(3, None).high_or_none is None
    assert (Interval.from_bounds(3, None).is_open, Interval.from_bounds(3, 4).is_open) == (True, False)
    assert Interval.exact(3) == Interval.from_bounds(3, 3)


def test_a_part_that_is_surely_larger_than_its_total_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        Interval(5, 6).rest_of(Interval(1, 4))
    with pytest.raises(ValueError, match="no interval"):
        Interval(5, 6).clip(high=4)
    assert Interval(1, 5).overlaps(Interval(5, 9))
    assert not Interval(1, 4).overlaps(Interval(5, 9))


def test_readers_import_it_from_the_package() -> None:
    assert lineabase.Interval is Interval
    assert set(lineabase.__all__) == {"Interval", "Warehouse", "charts"}
