"""Interval arithmetic: every completion lies inside, and the bounds are attained."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.build.statistics import intervals as iv

FAR = 10**6  # stands for "as much as one likes" when an unbounded interval is completed


@st.composite
def bounds(draw: st.DrawFn, width: int = 5, unbounded: bool = True) -> tuple[int, int | None]:
    low = draw(st.integers(0, 30))
    if unbounded and draw(st.integers(0, 9)) == 0:
        return low, None
    return low, low + draw(st.integers(0, width))


def values(bound: tuple[int, int | None]) -> list[int]:
    low, high = bound
    return [low, low + 1, low + 7, FAR] if high is None else list(range(low, high + 1))


def of(*all_bounds: tuple[int, int | None]) -> iv.Interval:
    return iv.interval([low for low, _ in all_bounds], [high for _, high in all_bounds])


def total(x: iv.Interval) -> iv.Interval:
    """Sum: one unbounded part makes it unbounded, as SQL's sum_high has it."""
    return iv.Interval(x.low.sum(axis=-1), x.high.sum(axis=-1))


def contains(x: iv.Interval, value: object) -> np.ndarray:
    """Where `value` lies inside; never in an absent interval."""
    found = np.asarray(value, dtype=float)
    return (x.low <= found) & (found <= np.where(np.isnan(x.high), np.inf, x.high))


@given(st.lists(bounds(width=3), min_size=1, max_size=4))
def test_a_sum_holds_every_completion_and_is_tight(parts):
    found = total(of(*parts))
    sums = [sum(chosen) for chosen in product(*map(values, parts))]
    assert contains(found, sums).all()
    assert found.low == min(sums)
    if any(high is None for _, high in parts):
        assert np.isnan(found.high)
    else:
        assert found.high == max(sums)


@given(bounds(), bounds())
def test_a_share_holds_every_completion_and_is_tight(part, rest):
    found = iv.share(of(part), of(rest))
    shares = [float(Fraction(p, p + r)) for p in values(part) for r in values(rest) if p + r]
    if not shares:
        assert np.isnan([found.low[0], found.high[0]]).all()
        return
    slack = 40 / FAR  # an unbounded count is only completed up to FAR
    assert found.low[0] - 1e-12 <= min(shares) <= found.low[0] + slack
    assert found.high[0] - slack <= max(shares) <= found.high[0] + 1e-12


@given(bounds(unbounded=False), bounds(unbounded=False))
def test_a_bounded_share_equals_enumeration(part, rest):
    shares = [p / (p + r) for p in values(part) for r in values(rest) if p + r]
    if shares:
        found = iv.share(of(part), of(rest))
        assert found.low[0] == pytest.approx(min(shares), abs=1e-12)
        assert found.high[0] == pytest.approx(max(shares), abs=1e-12)


@given(bounds(), bounds())
def test_a_ratio_holds_every_completion(numerator, denominator):
    found = iv.ratio(of(numerator), of(denominator))
    ratios = [n / d for n in values(numerator) for d in values(denominator) if d]
    if ratios:
        assert found.low[0] <= min(ratios) + 1e-12
        assert np.isnan(found.high[0]) or max(ratios) <= found.high[0] + 1e-12
    else:
        assert np.isnan(found.low[0])
    assert np.isnan(found.high[0]) == (denominator[0] == 0 or numerator[1] is None or not ratios)


@pytest.mark.statistics("4", "both bounds")
@given(bounds(unbounded=False), bounds(unbounded=False))
def test_a_bounded_ratio_is_tight(numerator, denominator):
    if denominator[0]:
        found = iv.ratio(of(numerator), of(denominator))
        ratios = [n / d for n in values(numerator) for d in values(denominator)]
        assert (found.low[0], found.high[0]) == pytest.approx((min(ratios), max(ratios)))


@given(st.lists(bounds(width=3), min_size=1, max_size=5))
def test_a_median_holds_every_completion_and_is_tight(series):
    found = iv.median(of(*series))
    medians = [median(chosen) for chosen in product(*map(values, series))]
    assert contains(found, medians).all()
    assert found.low == min(medians)
    if not np.isnan(found.high):
        assert found.high == max(medians)
    else:
        assert max(medians) >= FAR / 2


def test_a_median_skips_what_is_absent():
    x = iv.interval([[1, 5, np.nan], [np.nan] * 3, [2, 4, 9]], [[1, 5, np.nan]] * 2 + [[2, 4, None]])
    found = iv.median(x)
    np.testing.assert_array_equal(found.low, [3, np.nan, 4])
    np.testing.assert_array_equal(found.high, [3, np.nan, 4])


@pytest.mark.parametrize(
    ("part", "rest", "low", "high"),
    [((3, 3), (1, 1), 0.75, 0.75), ((0, 4), (0, 0), 1, 1), ((0, 0), (0, 4), 0, 0),
     ((0, 0), (0, 0), None, None), ((2, None), (3, 3), 0.4, 1), ((2, 2), (0, None), 0, 1),
     ((0, None), (0, None), 0, 1)],
)  # fmt: skip
def test_shares_at_the_edges(part, rest, low, high):
    found = iv.share(of(part), of(rest))
    np.testing.assert_array_equal(found.low, np.array([low], dtype=float))
    np.testing.assert_array_equal(found.high, np.array([high], dtype=float))


def test_a_rate_is_a_ratio_per_hundred_thousand():
    found = iv.ratio(of((20, 24)), of((1_000_000, 1_000_000)))
    assert (100_000 * found.low[0], 100_000 * found.high[0]) == pytest.approx((2.0, 2.4))


def test_absent_stays_absent():
    nothing, three = iv.interval([None], [None]), iv.interval([3], [3])
    for found in (iv.share(nothing, three), iv.share(three, nothing), iv.ratio(three, nothing),
                  iv.ratio(nothing, three)):  # fmt: skip
        assert np.isnan([found.low[0], found.high[0]]).all()
    assert not contains(nothing, 3)[0]


def test_pandas_columns_are_welcome():
    frame = pd.DataFrame({"low": [0, 7], "high": pd.array([None, 7], dtype="Int64")})
    found = iv.interval(frame["low"], frame["high"])
    np.testing.assert_array_equal(found.high, [np.nan, 7])
    frame["mid"] = iv.median(iv.Interval(*(np.stack([b, b], axis=1) for b in found))).low
    assert list(frame["mid"]) == [0, 7]


@pytest.mark.parametrize(("low", "high"), [(3, 2), (-1, 2)])
def test_what_is_no_interval_is_refused(low, high):
    with pytest.raises(ValueError, match="low <= high"):
        iv.interval([low], [high])
