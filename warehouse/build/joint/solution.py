"""Solution of a system: its contradictory sets, and the tighter bounds that the other tables prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouse.build.joint.bounds import tighter_bounds
from warehouse.build.joint.certificates import Certificate
from warehouse.build.joint.contradictions import find_contradiction
from warehouse.build.joint.passing import Infeasible, Target
from warehouse.build.joint.systems import System


@dataclass(frozen=True)
class Solution:
    """Certificates of the tighter bounds, and of the contradictory sets."""

    bounds: Mapping[Target, Certificate]
    contradictions: Sequence[Certificate] = ()


def solve(system: System) -> Solution:
    """Return the solution of a system.

    Which cell of a contradictory set is wrong is not known, so all its tables, the total among them, prove
    nothing: bounds follow from the tables that remain. Nothing is repaired.
    """
    contradictions: list[Certificate] = []
    while True:
        try:
            return Solution(tighter_bounds(system), contradictions)
        except Infeasible:
            contradiction = find_contradiction(system)
        if contradiction is None:  # not proved exactly, so nothing is stated
            return Solution({}, contradictions)
        contradictions.append(contradiction)
        system = system.without_tables({cell.table for cell in contradiction.cells()})
