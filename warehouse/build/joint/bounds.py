"""Bounds of every cell of a system, each tighter bound with an exact certificate.

Without tables that add up exactly, passed bounds are the tightest: a cell has one cell above it in each
table, so it can be at its bound with the others at their least. With them, linear programmes show which
passed bounds some counts attain; only for the others a programme seeks a tighter one. The programmes are
relaxed: counts may be fractions, and bounds are rounded inwards. HiGHS solves them in floating point, so its
answer only suggests a proof: a bound is the one that its certificate proves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import block_array, csr_array, identity

from warehouse.build.joint.certificates import AT_LEAST, AT_MOST, SIGN, Certificate, certify, relation_terms
from warehouse.build.joint.passing import Infeasible, PassedBounds, Target, pass_bounds
from warehouse.build.joint.systems import Bounds, Cell, System

_TOLERANCE = 1e-6
_LARGEST_DENOMINATOR = 1000
"""Largest denominator of the multipliers of relations, which are whole or small fractions."""


def tighter_bounds(system: System) -> dict[Target, Certificate]:
    """Return the certificates of all bounds that are tighter than the published ones. Raises Infeasible."""
    passed_bounds = pass_bounds(system)
    targets = [
        Target(cell, side)
        for cell, (low, high) in system.bounds.items()
        if low != high
        for side in (AT_LEAST, AT_MOST)
    ]
    certificates = {target: passed_bounds.certificate(target) for target in targets}
    if targets and _has_sums(system):
        certificates |= _search_further(system, passed_bounds, targets)
    tighter = {
        target: certificate
        for target, certificate in certificates.items()
        if certificate and _is_tighter(certificate.bound, target.read(system.bounds), target.side)
    }
    return {target: proof for target, proof in tighter.items() if not _is_empty(target.cell, tighter)}


def _has_sums(system: System) -> bool:
    return any(relation.is_equal for relation in system.relations)


def _search_further(
    system: System, passed_bounds: PassedBounds, targets: list[Target]
) -> dict[Target, Certificate]:
    """Return the proofs of bounds that are tighter than the passed ones. Raises Infeasible."""
    program = _Program(system)
    limited_targets = program.find_limited(targets, passed_bounds.bounds)
    proofs = {
        target: program.prove(target)
        for target in program.find_unattained(limited_targets, passed_bounds.bounds)
    }
    return {
        target: proof
        for target, proof in proofs.items()
        if proof and _is_tighter(proof.bound, target.read(passed_bounds.bounds), target.side)
    }


def _is_empty(cell: Cell, tighter: Mapping[Target, Certificate]) -> bool:
    """Check that fractions fit and no whole number does, which fractions cannot prove."""
    low, high = (tighter.get(Target(cell, side)) for side in (AT_LEAST, AT_MOST))
    return low is not None and high is not None and (low.bound or 0) > (high.bound or 0)


def check_feasible(system: System) -> None:
    """Raise Infeasible if no counts fit the system."""
    pass_bounds(system)
    if _has_sums(system):
        _Program(system).solve_any()


def _is_tighter(bound: int | None, other_bound: int | None, side: str) -> bool:
    if bound is None or other_bound is None:
        return bound is not None
    return bound > other_bound if side == AT_LEAST else bound < other_bound


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

    def find_limited(self, targets: list[Target], bounds: Mapping[Cell, Bounds]) -> list[Target]:
        """Return the bounds without the missing upper bounds of cells that can grow without end.

        One programme seeks the counts to add again and again that keep all relations: as many of these cells
        as can grow, each by 1 or more, of which 1 is rewarded.
        """
        open_columns = [self.columns[cell] for cell, (_, high) in bounds.items() if high is None]
        if not open_columns:
            return targets
        count, unit_rows = len(open_columns), identity(len(self.columns), format="csr")[open_columns]
        matrix = block_array([[self.matrix, None], [-unit_rows, identity(count)]], format="csr")
        limits = [(0, None if high is None else 0) for _, high in bounds.values()] + [(0, 1)] * count
        solution = _minimise(np.repeat([0, -1], [len(self.columns), count]), matrix, limits)
        if solution is None:
            return targets
        growth = zip(open_columns, solution.x[-count:], strict=True)
        unlimited_columns = {column for column, reward in growth if reward > 1 / 2}
        return [t for t in targets if t.side == AT_LEAST or self.columns[t.cell] not in unlimited_columns]

    def find_unattained(self, targets: list[Target], bounds: Mapping[Cell, Bounds]) -> list[Target]:
        """Return those of the bounds that no solution of some mixed programmes attains. Raises Infeasible."""
        count = len(targets) + 1
        while 0 < len(targets) < count:
            count = len(targets)
            for side in (AT_LEAST, AT_MOST):
                targets = self._without_attained(targets, bounds, side)
        return targets

    def _without_attained(
        self, targets: list[Target], bounds: Mapping[Cell, Bounds], side: str
    ) -> list[Target]:
        objective = np.zeros(len(self.columns))
        for target in targets:
            if target.side == side and target.read(bounds) is not None:
                objective[self.columns[target.cell]] = SIGN[side]
        solution = self._solve(objective)
        return [t for t in targets if solution is None or not self._is_attained(t, bounds, solution.x)]

    def _is_attained(self, target: Target, bounds: Mapping[Cell, Bounds], counts: np.ndarray) -> bool:
        bound = target.read(bounds)
        return bound is not None and bool(abs(counts[self.columns[target.cell]] - bound) <= _TOLERANCE)

    def prove(self, target: Target) -> Certificate | None:
        """Return the proof of the tightest bound; None if there is none."""
        objective = np.zeros(len(self.columns))
        objective[self.columns[target.cell]] = SIGN[target.side]
        solution = self._solve(objective)
        if solution is None:
            return None
        facts = certify(self.system, {target.cell: SIGN[target.side]}, self._multipliers(solution))
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
        return _minimise(objective, self.matrix, self.limits)


def _minimise(
    objective: np.ndarray, matrix: csr_array, limits: Sequence[tuple[int, int | None]]
) -> OptimizeResult | None:
    """Minimise an objective where no row of the matrix exceeds 0. Raises Infeasible."""
    solution = linprog(
        objective, A_ub=matrix, b_ub=np.zeros(matrix.shape[0]), bounds=limits, method="highs-ds"
    )
    if solution.status == 2:
        raise Infeasible
    return solution if solution.status == 0 else None
