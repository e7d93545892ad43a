"""A system of cells that add up, as the protection sees it: values, relations, and what is known beforehand.

Holds numbers and solves nothing; what they count and who sent them is cells.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Relation = tuple[Hashable, tuple[Hashable, ...]]
"""A cell and the cells that add up to it."""


@dataclass(frozen=True)
class System:
    """Cells in the order of their names, so that the same cells give the same pattern whatever their order.

    `known`: everybody knows their value (published before, or told elsewhere). `withheld`: never published.
    `differences`: later minus earlier of a cell, which may be negative; they stand in no table.
    """

    values: Mapping[Any, int]
    relations: Sequence[Relation]
    known: frozenset[Any] = frozenset()
    withheld: frozenset[Any] = frozenset()
    differences: frozenset[Any] = field(default=frozenset())

    @cached_property
    def names(self) -> list[Any]:
        """All cells, sorted."""
        return sorted(self.values)

    @cached_property
    def place(self) -> dict[Any, int]:
        """Where each cell stands."""
        return {name: n for n, name in enumerate(self.names)}

    @cached_property
    def numbers(self) -> Numbers:
        """The true values."""
        return np.array([self.values[name] for name in self.names], dtype=np.int64)

    def mask(self, names: frozenset[Any]) -> Mask:
        """Which of the cells are among `names`."""
        return np.array([name in names for name in self.names], dtype=bool)

    @cached_property
    def matrix(self) -> csr_array:
        """One row a relation: the cell minus those that add up to it, which is zero."""
        rows, columns, signs = [], [], []
        for n, (whole, parts) in enumerate(sorted(self.relations)):
            rows += [n] * (len(parts) + 1)
            columns += [self.place[whole], *(self.place[part] for part in parts)]
            signs += [1] + [-1] * len(parts)
        shape = (len(self.relations), len(self.names))
        return csr_array((np.array(signs, dtype=np.int64), (rows, columns)), shape=shape)

    def adds_up(self, numbers: Numbers) -> bool:
        """Whether these values satisfy every relation and none but a difference is negative."""
        is_bounded = ~self.mask(self.differences)
        return not (self.matrix @ numbers).any() and bool((numbers[is_bounded] >= 0).all())

    def primaries(self, threshold: int) -> Mask:
        """The cells that must not be told: counts and differences from 1 to below the threshold."""
        size = np.abs(self.numbers)
        return (size >= 1) & (size < threshold) & ~self.mask(self.known)
