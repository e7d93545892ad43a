"""Arithmetic on closed intervals of counts. Knows bounds, not the meaning of a count.

An `Interval` is two float arrays of equal shape. `high` NaN is unbounded (a withheld count is 0..NaN), `low`
NaN is a missing value. Bounds hold for *every completion*, that is for every choice of a value inside each
interval (Statistics §4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Interval(NamedTuple):
    """Arrays of equal shape: lower bounds, and upper bounds with NaN for unbounded."""

    low: FloatArray
    high: FloatArray


def any_of(points: BoolArray) -> BoolArray:
    """Return which series have any of the points, from a series × points array."""
    return np.asarray(points.any(axis=1), dtype=bool)


def interval(low: Any, high: Any) -> Interval:
    """Return counts as an Interval; accepts scalars, lists, arrays or pandas columns, None or NA for NaN."""
    low, high = np.broadcast_arrays(_floats(low), _floats(high))
    if np.any(low < 0) or np.any(low > high):
        raise ValueError("an interval of counts needs 0 <= low <= high")
    return Interval(low, np.where(np.isnan(low), np.nan, high))


def share(part: Interval, rest: Interval) -> Interval:
    """Return part / (part + rest), in 0..1, for disjoint part and rest; NaN where both must be 0.

    The share grows with the part and falls with the rest, so its bounds are at opposite corners.
    """
    part_high, rest_high = _ceiling(part), _ceiling(rest)
    low = np.where(rest_high == 0, 1.0, _divide(part.low, part.low + rest_high))
    high = np.where(part_high == 0, 0.0, _divide(part_high, part_high + rest.low))
    # if the part has no upper bound, the share can come arbitrarily near to 1
    high = np.where(np.isinf(part_high), 1.0, high)
    absent = np.isnan(part.low) | np.isnan(rest.low) | (part_high + rest_high == 0)
    return Interval(np.where(absent, np.nan, low), np.where(absent, np.nan, high))


def ratio(numerator: Interval, denominator: Interval) -> Interval:
    """Return numerator / denominator of unrelated counts; unbounded if the denominator may be 0.

    NaN where the denominator is surely 0 (Statistics §4, `ratio_undefined`).
    """
    low = _divide(numerator.low, _ceiling(denominator))
    high = _divide(numerator.high, denominator.low)
    absent = np.isnan(low) | np.isnan(denominator.low)
    return Interval(np.where(absent, np.nan, low), np.where(absent, np.nan, high))


def median(x: Interval, axis: int = -1) -> Interval:
    """Return the median of the present values along `axis`, from the medians of the lows and of the highs.

    A median never falls when a value grows, so no completion lies outside these two medians. Lows
    and highs are completions themselves, so the bounds are tight.
    """
    high = _median(np.where(np.isnan(x.low), np.nan, _ceiling(x)), axis)
    return Interval(_median(x.low, axis), np.where(np.isinf(high), np.nan, high))


def _floats(values: Any) -> FloatArray:
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
    return np.asarray(values, dtype=float)


def _ceiling(x: Interval) -> FloatArray:
    """Return upper bounds with inf for unbounded and for missing."""
    return np.where(np.isnan(x.high), np.inf, x.high)


def _divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Return the quotient, NaN where the denominator is 0; anything finite over inf is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


def _median(values: FloatArray, axis: int) -> FloatArray:
    """Return the median along `axis` of the values that are not NaN; inf counts as a value."""
    ordered = np.sort(np.moveaxis(values, axis, -1), axis=-1)
    present = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    middle = np.concatenate([np.maximum(present - 1, 0) // 2, present // 2], axis=-1)
    middle = np.minimum(middle, ordered.shape[-1] - 1)
    centre: FloatArray = np.take_along_axis(ordered, middle, axis=-1).mean(axis=-1)
    return centre
