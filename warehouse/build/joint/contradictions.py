"""Smallest sets of cells that cannot all be right, each with its certificate.

A set is smallest in that it contains no other: without any one of its cells the rest could be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity, vstack

from warehouse.build.joint.bounds import check_feasible
from warehouse.build.joint.certificates import AT_LEAST, AT_MOST, Certificate, certify, relation_terms
from warehouse.build.joint.passing import Infeasible
from warehouse.build.joint.systems import Bounds, Cell, Relation, System

_LARGEST_DENOMINATOR = 10_000
_TOLERANCE = 1e-9

BoundSet = set[tuple[Cell, str]]
"""Published bounds: a cell and a side."""
Multipliers = Sequence[tuple[Mapping[Cell, int], Fraction]]
"""Inequalities of relations, and how often a proof uses each."""


def find_contradiction(system: System) -> Certificate | None:
    """Return the smallest contradictory set; None if some counts fit the system.

    A contradiction within one relation is shown by adding up. Others need linear programmes.
    """
    candidates = [proof for relation in system.relations for proof in _find_in_relation(system, relation)]
    if candidates:
        return _certificate(
            *min(candidates, key=lambda proof: (len(_published_bounds(proof[0])), _names(proof[0])))
        )
    if _is_feasible(system):
        return None
    return _prove(_without_needless(system))


def _names(system: System) -> list[str]:
    return sorted(str(cell) for cell, _ in _published_bounds(system))


def _published_bounds(system: System) -> BoundSet:
    """Return the published bounds that limit a count."""
    lows = {(cell, AT_LEAST) for cell, bounds in system.bounds.items() if bounds.low > 0}
    return lows | {(cell, AT_MOST) for cell, bounds in system.bounds.items() if bounds.high is not None}


def _keep(system: System, relations: Sequence[Relation], kept_bounds: BoundSet) -> System:
    """Return a system of these relations with these bounds; all other bounds are open."""
    cells = sorted({cell for relation in relations for cell in relation.cells()})
    bounds = {
        cell: Bounds(
            system.bounds[cell].low if (cell, AT_LEAST) in kept_bounds else 0,
            system.bounds[cell].high if (cell, AT_MOST) in kept_bounds else None,
        )
        for cell in cells
    }
    return System(bounds, tuple(relations))


# ---- contradictions within one relation -------------------------------------------------------------


def _find_in_relation(system: System, relation: Relation) -> Iterator[tuple[System, Multipliers]]:
    """Yield the relation with the fewest bounds that contradict it, and its inequality that does so."""
    at_least, *at_most = ([(terms, Fraction(1))] for terms in relation_terms(relation))
    low, high = system.bounds[relation.container]
    largest = sorted(relation.parts, key=lambda cell: (-system.bounds[cell].low, cell))
    for count in range(1, len(largest) + 1):
        if high is not None and sum(system.bounds[cell].low for cell in largest[:count]) > high:
            kept_bounds = {(cell, AT_LEAST) for cell in largest[:count]} | {(relation.container, AT_MOST)}
            yield _keep(system, [relation], kept_bounds), at_least
            break
    highs = [system.bounds[cell].high for cell in relation.parts]
    if relation.is_equal and None not in highs and sum(high or 0 for high in highs) < low:
        kept_bounds = {(cell, AT_MOST) for cell in relation.parts} | {(relation.container, AT_LEAST)}
        yield _keep(system, [relation], kept_bounds), at_most[0]


# ---- contradictions of several relations ------------------------------------------------------------


def _is_feasible(system: System) -> bool:
    try:
        check_feasible(system)
    except Infeasible:
        return False
    return True


def _without_needless(system: System) -> System:
    """Return a part of a contradictory system that is contradictory only as a whole (deletion filter)."""
    relations, kept_bounds = list(system.relations), _published_bounds(system)
    for relation in system.relations:
        fewer = [other for other in relations if other is not relation]
        if fewer and not _is_feasible(_keep(system, fewer, kept_bounds)):
            relations = fewer
    for bound in sorted(kept_bounds):
        if not _is_feasible(_keep(system, relations, kept_bounds - {bound})):
            kept_bounds = kept_bounds - {bound}
    return _keep(system, relations, kept_bounds)


# ---- proof ------------------------------------------------------------------------------------------


def _prove(system: System) -> Certificate | None:
    """Return the certificate of a smallest contradictory system; None without an exact one."""
    rows = [terms for relation in system.relations for terms in relation_terms(relation)]
    multipliers = zip(rows, _farkas(system, rows), strict=True)
    return _certificate(system, [(terms, multiplier) for terms, multiplier in multipliers if multiplier > 0])


def _certificate(system: System, multipliers: Multipliers) -> Certificate | None:
    """Return the certificate with these multipliers; None if they prove no contradiction."""
    facts = certify(system, {}, multipliers)
    if facts is None or sum(fact.multiplier * fact.at_least for fact in facts) <= 0:
        return None
    return Certificate(facts)


def _farkas(system: System, rows: Sequence[Mapping[Cell, int]]) -> list[Fraction]:
    """Return multipliers of the relations whose sum with the bounds is impossible (Farkas' lemma)."""
    cells = list(system.bounds)
    entries = [
        (cells.index(cell), n, factor) for n, terms in enumerate(rows) for cell, factor in terms.items()
    ]
    i, j, factors = zip(*entries, strict=True)
    relations = csr_array((factors, (i, j)), shape=(len(cells), len(rows)))
    lows = np.array([bounds.low for bounds in system.bounds.values()], dtype=float)
    highs = np.array([np.inf if b.high is None else b.high for b in system.bounds.values()], dtype=float)
    bounded_columns = np.flatnonzero(np.isfinite(highs))
    eye = identity(len(cells), format="csr")
    value = np.concatenate([np.zeros(len(rows)), lows, -highs[bounded_columns]])
    matrix = vstack([hstack([relations, eye, -eye[:, bounded_columns]]), csr_array(value.reshape(1, -1))])
    solution = linprog(
        np.ones(matrix.shape[1]),
        A_eq=matrix,
        b_eq=np.concatenate([np.zeros(len(cells)), [1.0]]),
        method="highs-ds",
    )
    solution_values = solution.x[: len(rows)] if solution.x is not None else np.zeros(len(rows))
    positive = solution_values[solution_values > _TOLERANCE]
    scale = positive.min() if len(positive) else 1.0
    return [Fraction(float(y / scale)).limit_denominator(_LARGEST_DENOMINATOR) for y in solution_values]
