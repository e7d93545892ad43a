"""Exact bounds of unknown whole counts, given their bounds and linear relations.

Arithmetic only. relations.py defines the counts and their relations.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SECONDS = 60.0
"""Time limit of a solve. A real attacker has more time, so a solve without an answer counts as a leak."""

_TOLERANCE = 1e-6
_IDLE_SOLVES = 2
"""Number of successive rounds of mixed objectives without a new value after which they end."""

Variable = Hashable


class Relation(NamedTuple):
    """A linear relation: counts times factors, and bounds of their sum."""

    terms: tuple[tuple[Variable, float], ...]
    low: float
    high: float


class TimedOut(Exception):
    """A solve took too long."""


class Contradiction(Exception):
    """No table of counts satisfies the bounds and relations."""


class Interval(NamedTuple):
    """The possible values of a count; `high` is None if it is unbounded."""

    low: int
    high: int | None

    def has_few(self, values: int, small: int) -> bool:
        """Check that fewer than `values` counts are feasible, including a count from 1 to below `small`."""
        has_few_values = self.high is not None and self.high - self.low + 1 < values
        return has_few_values and self.low < small and (self.high or 0) >= 1


@dataclass
class System:
    """Unknown counts with their bounds (`None`: no upper bound) and the relations between them."""

    bounds: dict[Variable, tuple[int, int | None]] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def bound(self, variable: Variable, low: float, high: float | None) -> None:
        """Narrow the bounds of a count. Raises Contradiction if no value remains."""
        old_low, old_high = self.bounds.get(variable, (0, None))
        new_low = max(old_low, int(np.ceil(low - _TOLERANCE)))
        new_high = old_high if high is None or np.isinf(high) else int(np.floor(high + _TOLERANCE))
        if old_high is not None and new_high is not None:
            new_high = min(new_high, old_high)
        if new_high is not None and new_high < new_low:
            raise Contradiction
        self.bounds[variable] = (new_low, new_high)

    def relate(self, terms: Iterable[tuple[Variable, float]], low: float, high: float) -> None:
        """Add a relation between counts."""
        self.relations.append(Relation(tuple(terms), low, high))


def find_intervals(
    system: System, selected: Iterable[Variable] | None = None, *, seconds: float = SECONDS
) -> dict[Variable, Interval]:
    """Return the exact interval of each selected count (default: all). Raises TimedOut, Contradiction."""
    selection = None if selected is None else set(selected)
    result: dict[Variable, Interval] = {}
    for block in _blocks(system):
        solver = _Solver(block, seconds)
        for n, variable in enumerate(block.variables):
            if selection is None or variable in selection:
                result[variable] = Interval(solver.minimum(n), solver.maximum(n))
    return result


def find_narrow_intervals(
    system: System, *, values: int, small: int, seconds: float = SECONDS
) -> dict[Variable, Interval]:
    """Return the counts with fewer than `values` feasible values, including a value from 1 to below `small`.

    Each solution gives a possible value of every count, so most counts need no solve of their own. Raises
    TimedOut, Contradiction.
    """
    result: dict[Variable, Interval] = {}
    for block in _blocks(system):
        targets = np.flatnonzero((block.lower < small) & (block.upper >= 1))
        solver = _Solver(block, seconds)
        if len(block.relation_low):
            solver.mix(targets, values)
        else:
            solver.see_bounds()
        for n in map(int, targets):
            if solver.spread(n) < values - 1 and not solver.minimum(n) >= small:
                interval = Interval(solver.minimum(n), solver.maximum(n))
                if interval.has_few(values, small):
                    result[block.variables[n]] = interval
    return result


# ---- independent blocks ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """Counts that relations connect, with their bounds and relations as arrays."""

    variables: Sequence[Variable]
    lower: np.ndarray
    upper: np.ndarray
    matrix: csr_array
    relation_low: np.ndarray
    relation_high: np.ndarray
    ceiling: float


def _blocks(system: System) -> Iterator[_Block]:
    """Split the counts into groups without common relations. Raises Contradiction."""
    head: dict[Variable, Variable] = {variable: variable for variable in system.bounds}

    def find_root(variable: Variable) -> Variable:
        while head[variable] != variable:
            head[variable] = variable = head[head[variable]]
        return variable

    for relation in system.relations:
        for variable, _ in relation.terms:
            head.setdefault(variable, variable)
        first, *others = (variable for variable, _ in relation.terms)
        for other in others:
            head[find_root(other)] = find_root(first)
    groups: dict[Variable, tuple[list[Variable], list[Relation]]] = {}
    for variable in head:
        groups.setdefault(find_root(variable), ([], []))[0].append(variable)
    for relation in system.relations:
        groups[find_root(relation.terms[0][0])][1].append(relation)
    for variables, relations in groups.values():
        yield _block(system.bounds, variables, relations)


def _block(
    bounds: Mapping[Variable, tuple[int, int | None]],
    variables: Sequence[Variable],
    relations: Sequence[Relation],
) -> _Block:
    columns = {variable: n for n, variable in enumerate(variables)}
    variable_bounds = [bounds.get(variable, (0, None)) for variable in variables]
    sum_of_bounds = sum(high for _, high in variable_bounds if high is not None)
    limits = [abs(bound) for r in relations for bound in (r.low, r.high) if np.isfinite(bound)]
    ceiling = 1000.0 + 2 * sum_of_bounds + 2 * sum(limits)
    cells = [(n, columns[v], f) for n, r in enumerate(relations) for v, f in r.terms]
    i, j, factors = zip(*cells, strict=True) if cells else ((), (), ())
    return _Block(
        variables,
        np.array([low for low, _ in variable_bounds], dtype=float),
        np.array([ceiling if high is None else high for _, high in variable_bounds], dtype=float),
        csr_array((np.array(factors, dtype=float), (i, j)), shape=(len(relations), len(variables))),
        np.array([r.low for r in relations]),
        np.array([r.high for r in relations]),
        ceiling,
    )


class _Solver:
    """Solver of a block that keeps the least and the largest value found for each count."""

    def __init__(self, block: _Block, seconds: float) -> None:
        self.block, self.seconds = block, seconds
        size = len(block.variables)
        self._seen_low, self._seen_high = np.full(size, np.inf), np.full(size, -np.inf)
        self._minima: dict[int, int] = {}
        self._maxima: dict[int, int | None] = {}

    def spread(self, n: int) -> float:
        """Return the distance between the largest and the least value found so far."""
        return float(self._seen_high[n] - self._seen_low[n])

    def see_bounds(self) -> None:
        """Accept all values between the bounds as feasible, for a block without relations."""
        self._seen_low, self._seen_high = self.block.lower, self.block.upper

    def mix(self, targets: np.ndarray, values: int) -> None:
        """Solve with mixed objectives, which move many counts at once, until they show nothing new."""
        draw = np.random.default_rng(1)
        remaining, idle = np.array(targets), 0
        while len(remaining) and idle < _IDLE_SOLVES:
            for signs in (
                draw.choice([-1.0, 1.0], len(remaining)),
                draw.choice([-1.0, 1.0]) * np.ones(len(remaining)),
            ):
                objective = np.zeros(len(self.block.variables))
                objective[remaining] = signs
                self._solve(objective)
                self._solve(-objective)
            before = len(remaining)
            remaining = np.array([n for n in remaining if self.spread(n) < values - 1], dtype=int)
            idle = 0 if len(remaining) < before else idle + 1

    def minimum(self, n: int) -> int:
        """Return the least value of a count. Raises TimedOut, Contradiction."""
        if n not in self._minima:
            self._minima[n] = int(self._find_extreme(n, 1))
        return self._minima[n]

    def maximum(self, n: int) -> int | None:
        """Return the largest value of a count; None if it is unbounded. Raises TimedOut, Contradiction."""
        if n not in self._maxima:
            value = self._find_extreme(n, -1)
            self._maxima[n] = None if value >= self.block.ceiling else int(value)
        return self._maxima[n]

    def _find_extreme(self, n: int, sign: int) -> float:
        extreme, bound = (
            (self._seen_low[n], self.block.lower[n])
            if sign == 1
            else (self._seen_high[n], self.block.upper[n])
        )
        if extreme == bound:
            return float(extreme)
        objective = np.zeros(len(self.block.variables))
        objective[n] = sign
        return float(self._solve(objective)[n])

    def _solve(self, objective: np.ndarray) -> np.ndarray:
        block = self.block
        rows = (
            [LinearConstraint(block.matrix, block.relation_low, block.relation_high)]
            if len(block.relation_low)
            else []
        )
        solution = milp(
            objective,
            constraints=rows,
            bounds=Bounds(block.lower, block.upper),
            integrality=np.ones(len(block.variables)),
            options={"time_limit": self.seconds, "mip_rel_gap": 0},
        )
        if solution.status == 2:
            raise Contradiction
        if solution.status != 0 or solution.x is None:
            raise TimedOut
        table = np.rint(solution.x)
        sums = block.matrix @ table
        if (sums < block.relation_low - _TOLERANCE).any() or (sums > block.relation_high + _TOLERANCE).any():
            raise TimedOut  # rounded to whole numbers, the solution breaks a relation
        self._seen_low = np.minimum(self._seen_low, table)
        self._seen_high = np.maximum(self._seen_high, table)
        return np.asarray(table)
