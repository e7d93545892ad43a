"""The least and the largest value of unknown counts, in whole numbers, given bounds and linear relations.

Arithmetic only: what the counts mean and which relations hold is relations.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SECONDS = 60.0
"""Seconds that one solve may take. An attacker has more time: a solve without an answer counts as a leak."""

_ROUNDED = 1e-6
_IDLE_SOLVES = 2
"""Rounds of mixed objectives, each of which moves many counts at once, that may show nothing new in a row."""

Variable = Hashable


class Relation(NamedTuple):
    """Counts times factors, and the least and the most that they add up to."""

    terms: tuple[tuple[Variable, float], ...]
    low: float
    high: float


class TimedOut(Exception):
    """A solve had no answer in time."""


class Contradiction(Exception):
    """No table of counts satisfies the bounds and relations."""


class Interval(NamedTuple):
    """What a count can be; `high` None if it is unbounded."""

    low: int
    high: int | None

    def has_few(self, values: int, small: int) -> bool:
        """Whether fewer than `values` counts are feasible and one of them is from 1 to below `small`."""
        few = self.high is not None and self.high - self.low + 1 < values
        return few and self.low < small and (self.high or 0) >= 1


@dataclass
class System:
    """Unknown counts with their bounds (`None`: no upper bound), and the relations between them."""

    bounds: dict[Variable, tuple[int, int | None]] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def bound(self, variable: Variable, low: float, high: float | None) -> None:
        """Narrow the bounds of a count. Raises Contradiction if nothing is left."""
        old_low, old_high = self.bounds.get(variable, (0, None))
        least = max(old_low, int(np.ceil(low - _ROUNDED)))
        most = old_high if high is None or np.isinf(high) else int(np.floor(high + _ROUNDED))
        if old_high is not None and most is not None:
            most = min(most, old_high)
        if most is not None and most < least:
            raise Contradiction
        self.bounds[variable] = (least, most)

    def relate(self, terms: Iterable[tuple[Variable, float]], low: float, high: float) -> None:
        """Add a relation between counts."""
        self.relations.append(Relation(tuple(terms), low, high))


def intervals(
    system: System, wanted: Iterable[Variable] | None = None, *, seconds: float = SECONDS
) -> dict[Variable, Interval]:
    """The exact interval of each wanted count (default: all). Raises TimedOut, Contradiction."""
    asked = None if wanted is None else set(wanted)
    found: dict[Variable, Interval] = {}
    for block in _blocks(system):
        solver = _Solver(block, seconds)
        for n, variable in enumerate(block.variables):
            if asked is None or variable in asked:
                found[variable] = Interval(solver.least(n), solver.most(n))
    return found


def narrowed(
    system: System, *, values: int, small: int, seconds: float = SECONDS
) -> dict[Variable, Interval]:
    """The counts with fewer than `values` feasible values, one of them from 1 to below `small`.

    Each solution is a witness for all counts, so most counts need no solve of their own.
    Raises TimedOut, Contradiction.
    """
    found: dict[Variable, Interval] = {}
    for block in _blocks(system):
        targets = np.flatnonzero((block.lower < small) & (block.upper >= 1))
        solver = _Solver(block, seconds)
        if len(block.least):
            solver.mix(targets, values)
        else:
            solver.see_bounds()
        for n in map(int, targets):
            if solver.spread(n) < values - 1 and not solver.least(n) >= small:
                interval = Interval(solver.least(n), solver.most(n))
                if interval.has_few(values, small):
                    found[block.variables[n]] = interval
    return found


# ---- independent blocks ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    variables: Sequence[Variable]
    lower: np.ndarray
    upper: np.ndarray
    matrix: csr_array
    least: np.ndarray
    most: np.ndarray
    ceiling: float


def _blocks(system: System) -> Iterator[_Block]:
    """The counts in groups that no relation joins, each with its relations. Raises Contradiction."""
    head: dict[Variable, Variable] = {variable: variable for variable in system.bounds}

    def top(variable: Variable) -> Variable:
        while head[variable] != variable:
            head[variable] = variable = head[head[variable]]
        return variable

    for relation in system.relations:
        for variable, _ in relation.terms:
            head.setdefault(variable, variable)
        first, *others = (variable for variable, _ in relation.terms)
        for other in others:
            head[top(other)] = top(first)
    groups: dict[Variable, tuple[list[Variable], list[Relation]]] = {}
    for variable in head:
        groups.setdefault(top(variable), ([], []))[0].append(variable)
    for relation in system.relations:
        groups[top(relation.terms[0][0])][1].append(relation)
    for variables, relations in groups.values():
        yield _block(system.bounds, variables, relations)


def _block(
    bounds: Mapping[Variable, tuple[int, int | None]],
    variables: Sequence[Variable],
    relations: Sequence[Relation],
) -> _Block:
    place = {variable: n for n, variable in enumerate(variables)}
    own = [bounds.get(variable, (0, None)) for variable in variables]
    known = sum(high for _, high in own if high is not None)
    limits = [abs(bound) for r in relations for bound in (r.low, r.high) if np.isfinite(bound)]
    ceiling = 1000.0 + 2 * known + 2 * sum(limits)
    cells = [(n, place[v], f) for n, r in enumerate(relations) for v, f in r.terms]
    i, j, factors = zip(*cells, strict=True) if cells else ((), (), ())
    return _Block(
        variables,
        np.array([low for low, _ in own], dtype=float),
        np.array([ceiling if high is None else high for _, high in own], dtype=float),
        csr_array((np.array(factors, dtype=float), (i, j)), shape=(len(relations), len(variables))),
        np.array([r.low for r in relations]),
        np.array([r.high for r in relations]),
        ceiling,
    )


class _Solver:
    """Solves a block, and keeps the least and the largest value seen of each count."""

    def __init__(self, block: _Block, seconds: float) -> None:
        self.block, self.seconds = block, seconds
        size = len(block.variables)
        self._seen_low, self._seen_high = np.full(size, np.inf), np.full(size, -np.inf)
        self._least: dict[int, int] = {}
        self._most: dict[int, int | None] = {}

    def spread(self, n: int) -> float:
        """The distance between the largest and the least value seen so far."""
        return float(self._seen_high[n] - self._seen_low[n])

    def see_bounds(self) -> None:
        """Without relations every value between the bounds is feasible."""
        self._seen_low, self._seen_high = self.block.lower, self.block.upper

    def mix(self, targets: np.ndarray, values: int) -> None:
        """Solve with mixed objectives as long as that shows enough values of further targets."""
        draw = np.random.default_rng(1)
        left, idle = np.array(targets), 0
        while len(left) and idle < _IDLE_SOLVES:
            for signs in (draw.choice([-1.0, 1.0], len(left)), draw.choice([-1.0, 1.0]) * np.ones(len(left))):
                objective = np.zeros(len(self.block.variables))
                objective[left] = signs
                self._solve(objective)
                self._solve(-objective)
            before = len(left)
            left = np.array([n for n in left if self.spread(n) < values - 1], dtype=int)
            idle = 0 if len(left) < before else idle + 1

    def least(self, n: int) -> int:
        """The least value of a count. Raises TimedOut, Contradiction."""
        if n not in self._least:
            self._least[n] = int(self._extreme(n, 1))
        return self._least[n]

    def most(self, n: int) -> int | None:
        """The largest value of a count; None if it is unbounded. Raises TimedOut, Contradiction."""
        if n not in self._most:
            value = self._extreme(n, -1)
            self._most[n] = None if value >= self.block.ceiling else int(value)
        return self._most[n]

    def _extreme(self, n: int, sign: int) -> float:
        seen, bound = (
            (self._seen_low[n], self.block.lower[n])
            if sign == 1
            else (self._seen_high[n], self.block.upper[n])
        )
        if seen == bound:
            return float(seen)
        objective = np.zeros(len(self.block.variables))
        objective[n] = sign
        return float(self._solve(objective)[n])

    def _solve(self, objective: np.ndarray) -> np.ndarray:
        block = self.block
        rows = [LinearConstraint(block.matrix, block.least, block.most)] if len(block.least) else []
        solved = milp(
            objective,
            constraints=rows,
            bounds=Bounds(block.lower, block.upper),
            integrality=np.ones(len(block.variables)),
            options={"time_limit": self.seconds, "mip_rel_gap": 0},
        )
        if solved.status == 2:
            raise Contradiction
        if solved.status != 0 or solved.x is None:
            raise TimedOut
        table = np.rint(solved.x)
        sums = block.matrix @ table
        if (sums < block.least - _ROUNDED).any() or (sums > block.most + _ROUNDED).any():
            raise TimedOut  # the solution is not whole
        self._seen_low = np.minimum(self._seen_low, table)
        self._seen_high = np.maximum(self._seen_high, table)
        return np.asarray(table)
