"""Published values of true counts, and the true counts that a published value may represent.

A draw depends on the network's key, the cell and the number of the draw, so equal cells have equal values in
all tables. Method: docs/confidentiality.en.md. Reads no file except the table of probabilities.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from schemas.protected_tables import Probabilities, probabilities

_STEPS = 2**64


@dataclass(frozen=True)
class Perturbation:
    """The transition table of a deviation and a variance, and the network's key."""

    key: bytes
    deviation: int
    variance: float

    @cached_property
    def _table(self) -> Probabilities:
        return probabilities(self.deviation, self.variance)

    @cached_property
    def _largest_row(self) -> int:
        return max(self._table)

    def draw_value(self, count: int, cell: str) -> int:
        """Draw the published value of a count; `cell` identifies the cell and the draw."""
        row = min(count, self._largest_row)
        point = int.from_bytes(hmac.digest(self.key, cell.encode(), sha256)[:8]) / _STEPS
        line = self._table[row]
        for value, probability in line:
            point -= probability
            if point < 0:
                return value + count - row
        return line[-1][0] + count - row

    def bounds(self, value: int) -> tuple[int, int]:
        """Return the least and the largest count with this published value. ValueError if there is none."""
        counts = [count for count in self._possible_counts(value) if self._can_become(count, value)]
        if not counts:
            raise ValueError(f"no count is published as {value}")
        return min(counts), max(counts)

    def _possible_counts(self, value: int) -> range:
        return range(max(0, value - self.deviation), value + self.deviation + 1)

    def _can_become(self, count: int, value: int) -> bool:
        row = min(count, self._largest_row)
        return any(other + count - row == value for other, _ in self._table[row])

    def fingerprint(self, text: str) -> str:
        """Return a keyed hash, to compare the counts of two draws without storing them."""
        return hmac.digest(self.key, text.encode(), sha256).hex()
