"""Bounds of every cell of a system, by linear programmes. Each tighter bound has an exact certificate.

The programmes are relaxed: counts may be fractions, and bounds are rounded inwards. HiGHS solves them in
floating point, so its answer only suggests a proof: a bound is the one that its certificate proves.

Without tables that add up exactly, bounds passed from relation to relation until nothing changes are the
tightest: a cell has one cell above it in each table, so it can be at its bound with the others at their
least. Then programmes are needed only for the proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csr_array

from warehouse.build.joint.certificates import AT_LEAST, AT_MOST, Certificate, certify, relation_terms
from warehouse.build.joint.systems import Bounds, Cell, Relation, System

_TOLERANCE = 1e-6
_LARGEST_DENOMINATOR = 1000
"""Largest denominator of the multipliers of relations, which are whole or small fractions."""
_SIGN = {AT_LEAST: 1, AT_MOST: -1}


class Infeasible(Exception):
    """The bounds and relations of a system contradict each other."""


class Target(NamedTuple):
    """A bound to find."""

    cell: Cell
    side: str

    def read(self, bounds: Mapping[Cell, Bounds]) -> int | None:
        """Return this bound among others."""
        low, high = bounds[self.cell]
        return low if self.side == AT_LEAST else high


def tighter_bounds(system: System) -> dict[Target, Certificate]:
    """Return the certificates of all bounds that are tighter than the published ones. Raises Infeasible."""
    targets = _find_targets(system)
    if not targets:
        return {}
    program = _Program(system)
    certificates = {target: program.prove(target) for target in targets}
    tighter = {
        target: certificate
        for target, certificate in certificates.items()
        if certificate and _is_tighter(certificate.bound, target.read(system.bounds), target.side)
    }
    return {target: proof for target, proof in tighter.items() if not _is_empty(target.cell, tighter)}


def _is_empty(cell: Cell, tighter: Mapping[Target, Certificate]) -> bool:
    """Check that fractions fit and no whole number does, which fractions cannot prove."""
    low, high = (tighter.get(Target(cell, side)) for side in (AT_LEAST, AT_MOST))
    return low is not None and high is not None and (low.bound or 0) > (high.bound or 0)


def check_feasible(system: System) -> None:
    """Raise Infeasible if no counts fit the system."""
    _pass_bounds(system)
    if any(relation.is_equal for relation in system.relations):
        _Program(system).solve_any()


def _find_targets(system: System) -> list[Target]:
    """Return the bounds that may be tighter than the published ones. Raises Infeasible."""
    new_bounds = _pass_bounds(system)
    targets = [
        Target(cell, side)
        for cell, (low, high) in system.bounds.items()
        if low != high
        for side in (AT_LEAST, AT_MOST)
    ]
    if targets and any(relation.is_equal for relation in system.relations):
        return _Program(system).find_unattained(targets)
    return [target for target in targets if target.read(new_bounds) != target.read(system.bounds)]


def _is_tighter(bound: int | None, published_bound: int | None, side: str) -> bool:
    if bound is None or published_bound is None:
        return bound is not None
    return bound > published_bound if side == AT_LEAST else bound < published_bound


# ---- bounds passed from relation to relation --------------------------------------------------------


def _pass_bounds(system: System) -> dict[Cell, Bounds]:
    """Return the bounds passed from relation to relation until nothing changes. Raises Infeasible."""
    bounds, has_changed = dict(system.bounds), True
    while has_changed:
        has_changed = False
        for relation in system.relations:
            for cell, new_bounds in _bounds_within(relation, bounds):
                has_changed |= new_bounds != bounds[cell]
                bounds[cell] = new_bounds
                if new_bounds.high is not None and new_bounds.low > new_bounds.high:
                    raise Infeasible
    return bounds


def _bounds_within(relation: Relation, bounds: Mapping[Cell, Bounds]) -> Iterator[tuple[Cell, Bounds]]:
    """Yield the cells of a relation with the bounds that it allows."""
    parts = {cell: bounds[cell] for cell in relation.parts}
    sum_low = sum(part.low for part in parts.values())
    sum_high = _sum_highs(part.high for part in parts.values()) if relation.is_equal else None
    low, high = bounds[relation.container]
    low, high = max(low, sum_low), _smaller(high, sum_high)
    yield relation.container, Bounds(low, high)
    for cell, part in parts.items():
        rest = None if high is None else high - (sum_low - part.low)
        part_low = 0 if sum_high is None or part.high is None else low - (sum_high - part.high)
        yield cell, Bounds(max(part.low, part_low), _smaller(part.high, rest))


def _sum_highs(highs: Iterable[int | None]) -> int | None:
    all_highs = list(highs)
    return None if None in all_highs else sum(high or 0 for high in all_highs)


def _smaller(first: int | None, second: int | None) -> int | None:
    return min((high for high in (first, second) if high is not None), default=None)


# ---- linear programmes ------------------------------------------------------------------------------


class _Program:
    """The linear programme of a system: one column a cell, one row an inequality."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.columns = {cell: n for n, cell in enumerate(system.bounds)}
        self.rows = [terms for relation in system.relations for terms in relation_terms(relation)]
        entries = [
            (n, self.columns[cell], -factor)
            for n, terms in enumerate(self.rows)
            for cell, factor in terms.items()
        ]
        i, j, factors = zip(*entries, strict=True)
        self.matrix = csr_array((factors, (i, j)), shape=(len(self.rows), len(self.columns)))
        ceiling = 1000 + 10 * sum(high or low for low, high in system.bounds.values())
        self.limits = [(low, ceiling if high is None else high) for low, high in system.bounds.values()]

    def solve_any(self) -> None:
        """Find some counts that fit. Raises Infeasible."""
        self._solve(np.zeros(len(self.columns)))

    def find_unattained(self, targets: list[Target]) -> list[Target]:
        """Return the bounds that no solution of some mixed programmes attains. Raises Infeasible."""
        count = len(targets) + 1
        while 0 < len(targets) < count:
            count = len(targets)
            for side in (AT_LEAST, AT_MOST):
                targets = self._without_attained(targets, side)
        return targets

    def _without_attained(self, targets: list[Target], side: str) -> list[Target]:
        objective = np.zeros(len(self.columns))
        for target in targets:
            if target.side == side and target.read(self.system.bounds) is not None:
                objective[self.columns[target.cell]] = _SIGN[side]
        solution = self._solve(objective)
        return [t for t in targets if solution is None or not self._is_attained(t, solution.x)]

    def _is_attained(self, target: Target, counts: np.ndarray) -> bool:
        published_bound = target.read(self.system.bounds)
        return published_bound is not None and bool(
            abs(counts[self.columns[target.cell]] - published_bound) <= _TOLERANCE
        )

    def prove(self, target: Target) -> Certificate | None:
        """Return the proof of the tightest bound; None if there is none."""
        objective = np.zeros(len(self.columns))
        objective[self.columns[target.cell]] = _SIGN[target.side]
        solution = self._solve(objective)
        if solution is None:
            return None
        facts = certify(self.system, {target.cell: _SIGN[target.side]}, self._multipliers(solution))
        return None if facts is None else Certificate(facts, target.cell, target.side)

    def _multipliers(self, solution: OptimizeResult) -> Iterator[tuple[Mapping[Cell, int], Fraction]]:
        for terms, dual in zip(self.rows, solution.ineqlin.marginals, strict=True):
            multiplier = Fraction(-float(dual)).limit_denominator(_LARGEST_DENOMINATOR)
            if multiplier > 0:
                yield terms, multiplier

    def _solve(self, objective: np.ndarray) -> OptimizeResult | None:
        """Minimise an objective; None if HiGHS has no answer, which proves nothing. Raises Infeasible.

        A ceiling stands for a missing upper bound. No proof uses it.
        """
        solution = linprog(
            objective,
            A_ub=self.matrix,
            b_ub=np.zeros(len(self.rows)),
            bounds=self.limits,
            method="highs-ds",
        )
        if solution.status == 2:
            raise Infeasible
        return solution if solution.status == 0 else None
