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


SPANS = st.tuples(WHOLE, WHOLE).map(sorted)


@given(SPANS, SPANS)
def test_sums_differences_and_ratios_are_the_tightest(a: list[int], b: list[int]) -> None:
    """Enumerated: the ends are reached, so no bound is wider than it must be."""
    left, right = Interval(*a), Interval(*b)
    pairs = [(x, y) for x in range(a[0], a[1] + 1) for y in range(b[0], b[1] + 1)]
    for result, values in (
        (left + right, [x + y for x, y in pairs]),
        (Interval.total([left, right, left]), [2 * a[0] + b[0], 2 * a[1] + b[1]]),
        (left - right, [x - y for x, y in pairs]),
    ):
        assert result == Interval(min(values), max(values))
    ratio = left.ratio_to(right)
    if b[0]:
        assert ratio == Interval(min(x / y for x, y in pairs), max(x / y for x, y in pairs))
    elif b[1]:
        assert ratio == Interval(a[0] / b[1], math.inf)
    else:
        assert ratio is None


@given(SPANS, SPANS)
def test_the_rest_of_a_total_is_the_tightest(a: list[int], b: list[int]) -> None:
    part, total = Interval(*a), Interval(*b)
    rests = [y - x for x in range(a[0], a[1] + 1) for y in range(b[0], b[1] + 1) if y >= x]
    if rests:
        assert part.rest_of(total) == Interval(min(rests), max(rests))
    else:
        with pytest.raises(ValueError, match="larger"):
            part.rest_of(total)


def test_an_open_bound_stays_open_and_closes_nothing() -> None:
    some, unbounded = Interval(3, 5), Interval(2, math.inf)
    assert some + unbounded == unbounded + some == Interval(5, math.inf)
    assert unbounded - some == Interval(-3, math.inf)
    assert some.rest_of(unbounded) == Interval(0, math.inf)
    assert some.rest_of(Interval(9, math.inf)) == Interval(4, math.inf)
    assert unbounded.rest_of(Interval(9, 9)) == Interval(0, 7)
    assert some.share_of(unbounded) == Interval(0, 5 / 7)
    assert unbounded.share_of(some) == Interval(2 / 7, 1)
    assert some.ratio_to(unbounded) == Interval(0, 5 / 2)
    assert unbounded.ratio_to(some) == Interval(2 / 5, math.inf)
    assert not unbounded.is_most_of(unbounded)


@pytest.mark.parametrize(
    ("part", "rest", "share"),
    [((0, 0), (0, 0), None), ((0, 3), (0, 0), (1, 1)), ((0, 0), (0, 3), (0, 0)), ((0, 1), (0, 1), (0, 1))],
)
def test_shares_where_a_part_or_the_rest_may_be_nobody(
    part: tuple[int, int], rest: tuple[int, int], share: tuple[int, int] | None
) -> None:
    assert Interval(*part).share_of(Interval(*rest)) == (Interval(*share) if share else None)


@pytest.mark.parametrize(
    ("low", "high", "left"), [(0, math.inf, (3, 6)), (4, 5, (4, 5)), (0, 3, (3, 3)), (6, 9, (6, 6))]
)
def test_a_clip_leaves_the_part_between(low: float, high: float, left: tuple[int, int]) -> None:
    assert Interval(3, 6).clip(low, high) == Interval(*left)
    assert Interval(-3, 6).clip() == Interval(0, 6)


def test_an_interval_is_a_value() -> None:
    """Two of the same bounds are one; none changes; both ends are in it and nothing beyond."""
    some = Interval(3, 6)
    assert {some, Interval(3, 6)} == {some}
    with pytest.raises(AttributeError):
        some.low = 2  # type: ignore[misc]
    assert [value in some for value in (2, 3, 6, 7)] == [False, True, True, False]
    assert [some.is_exact, Interval(3, float("3")).is_exact, some.is_open] == [False, True, False]
    assert [some.overlaps(Interval(*other)) for other in ((0, 2), (0, 3), (6, 7), (7, 8))] == [
        False,
        True,
        True,
        False,
    ]
    assert (some.high_or_none, Interval(3, math.inf).high_or_none) == (6, None)
    with pytest.raises(TypeError):
        1 + some
    assert Interval.total([]) == Interval(0, 0)
    assert sum([some, some]) == Interval(6, 12)


@given(cases(), WHOLE)
def test_the_rest_of_a_total_contains_that_of_the_values(a: tuple[Interval, int], more: int) -> None:
    part, x = a
    total = Interval.exact(x + more)
    rest = part.clip(high=total.high).rest_of(total)
    assert more in rest
    assert rest.low >= 0


@given(cases(), cases())
def test_most_of_a_total_is_more_than_half_whatever_the_values(
    a: tuple[Interval, int], b: tuple[Interval, int]
) -> None:
    (part, x), (total, y) = a, b
    if part.is_most_of(total):
        assert 2 * x > y
    assert not part.is_most_of(Interval(0, math.inf))
    assert part.is_most_of(Interval.exact(2 * part.low - 1)) if part.low else True
    assert not part.is_most_of(Interval.exact(2 * part.low))


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
    assert set(lineabase.__all__) == {"Answers", "Interval", "Warehouse", "charts"}
