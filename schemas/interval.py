"""An interval between two bounds that contains an unknown value, and its arithmetic. Reads nothing.

An open upper bound is `math.inf`. `Interval.from_bounds` and `high_or_none` translate its other codes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Interval:
    """A lower and an upper bound, the lower one finite. ValueError if they are out of order."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and self.low <= self.high):
            raise ValueError(f"no interval: {self.low} to {self.high}")

    @classmethod
    def from_bounds(cls, low: float, high: float | None) -> Self:
        """Return the interval of two columns of a table. An open upper bound is NULL there (None or NaN)."""
        return cls(low, math.inf if high is None or math.isnan(high) else high)

    @classmethod
    def exact(cls, value: float) -> Self:
        """Return the interval of a known value."""
        return cls(value, value)

    @classmethod
    def total(cls, parts: Iterable[Interval]) -> Interval:
        """Return the sum of parts with independent values. Zero for no parts."""
        return sum(parts, cls.exact(0))

    @property
    def is_open(self) -> bool:
        """True if there is no known upper bound."""
        return math.isinf(self.high)

    @property
    def is_exact(self) -> bool:
        """True if both bounds are the same value."""
        return self.low == self.high

    @property
    def high_or_none(self) -> float | None:
        """Upper bound as a table stores it: None if it is open."""
        return None if self.is_open else self.high

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __add__(self, other: Interval) -> Interval:
        """Return the sum of two independent values."""
        return Interval(self.low + other.low, self.high + other.high)

    def __radd__(self, other: int) -> Interval:
        return self if other == 0 else NotImplemented

    def __sub__(self, other: Interval) -> Interval:
        """Return the difference of two independent values. ValueError if `other` is open."""
        if other.is_open:
            raise ValueError("the difference from an open interval has no lower bound")
        return Interval(self.low - other.high, self.high - other.low)

    def clip(self, low: float = 0, high: float = math.inf) -> Interval:
        """Return the part between two values. ValueError if there is none."""
        return Interval(max(self.low, low), min(self.high, high))

    def is_most_of(self, total: Interval) -> bool:
        """Return True if this part surely is more than half of a total."""
        return 2 * self.low > total.high

    def overlaps(self, other: Interval) -> bool:
        """Return True if both may be the same value."""
        return self.low <= other.high and other.low <= self.high

    def rest_of(self, total: Interval) -> Interval:
        """Return the rest of a total without this part, at least 0. ValueError if the part is certainly
        larger."""
        if self.low > total.high:
            raise ValueError(f"the part {self} is larger than the total {total}")
        return Interval(max(0.0, total.low - self.high), total.high - self.low)

    def share_of(self, rest: Interval) -> Interval | None:
        """Return the share of this part in the sum with an independent rest, both at least 0. None if both
        are 0."""
        if rest.high == 0:
            return None if self.high == 0 else Interval(1, 1)
        if self.high == 0:
            return Interval(0, 0)
        low = 0.0 if rest.is_open else self.low / (self.low + rest.high)
        high = 1.0 if self.is_open else self.high / (self.high + rest.low)
        return Interval(low, high)

    def ratio_to(self, other: Interval) -> Interval | None:
        """Return the ratio to an independent value, both at least 0. None if that is 0; open if it may be
        0."""
        if other.high == 0:
            return None
        low = 0.0 if other.is_open else self.low / other.high
        return Interval(low, math.inf if other.low == 0 else self.high / other.low)
