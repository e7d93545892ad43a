"""Bounds passed from relation to relation until nothing changes, with exact proofs. Solves no programme.

A relation and the bounds of its other cells give a bound of each of its cells: a step. The steps before it
gave those bounds, where they are not the published ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from warehouse.build.joint.certificates import (
    AT_LEAST,
    AT_MOST,
    SIGN,
    Certificate,
    certify,
    compares_tables,
    relation_terms,
)
from warehouse.build.joint.systems import Bounds, Cell, Relation, System


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


@dataclass(frozen=True, eq=False)
class _Step:
    """The inequality that gave a bound, by its number, and the steps that gave the bounds it used."""

    inequality: int
    earlier_steps: tuple[_Step, ...]


@dataclass
class PassedBounds:
    """The bounds of a system after passing, and how those that are not published were reached."""

    system: System
    bounds: dict[Cell, Bounds]
    inequalities: list[Mapping[Cell, int]] = field(default_factory=list)
    steps: dict[Target, _Step] = field(default_factory=dict)

    def certificate(self, target: Target) -> Certificate | None:
        """Return the proof of a passed bound; None of a published one."""
        if target not in self.steps:
            return None
        uses = _count_uses(self.steps[target])
        multipliers = [(self.inequalities[n], Fraction(uses[n])) for n in sorted(uses)]
        facts = certify(self.system, {target.cell: SIGN[target.side]}, multipliers)
        return None if facts is None else Certificate(facts, target.cell, target.side)

    def tighten(self, target: Target, bound: int, inequality: int, used_bounds: Iterable[Target]) -> bool:
        """Take a bound if it is tighter, and return whether it is. Raises Infeasible."""
        low, high = self.bounds[target.cell]
        if target.side == AT_LEAST:
            if bound <= low:
                return False
            low = bound
        else:
            if high is not None and bound >= high:
                return False
            high = bound
        earlier_steps = tuple(self.steps[other] for other in used_bounds if other in self.steps)
        self.steps[target] = _Step(inequality, earlier_steps)
        self.bounds[target.cell] = Bounds(low, high)
        if high is not None and low > high:
            raise Infeasible
        return True


def pass_bounds(system: System) -> PassedBounds:
    """Pass the bounds of a system. Raises Infeasible.

    What each table has by itself and with the total passes first, so that a proof compares tables only where
    the bound needs it.
    """
    passed_bounds = PassedBounds(system, dict(system.bounds))
    numbered_relations: list[tuple[Relation, int]] = []
    for relation in system.relations:
        numbered_relations.append((relation, len(passed_bounds.inequalities)))
        passed_bounds.inequalities += relation_terms(relation)
    for relations in (
        [pair for pair in numbered_relations if not compares_tables(pair[0].cells())],
        numbered_relations,
    ):
        while sum(_pass_within(relation, n, passed_bounds) for relation, n in relations):
            pass
    return passed_bounds


def _pass_within(relation: Relation, inequality: int, passed_bounds: PassedBounds) -> bool:
    """Tighten the bounds of a relation's cells by each other. Return whether any changed."""
    has_changed = _pass_side(relation, AT_LEAST, inequality, passed_bounds)
    if relation.is_equal:
        has_changed |= _pass_side(relation, AT_MOST, inequality + 1, passed_bounds)
    return has_changed


def _pass_side(relation: Relation, side: str, inequality: int, passed_bounds: PassedBounds) -> bool:
    """Pass the parts' bounds of a side: their sum to the container, and what it leaves to each part.

    The container has at least the sum of the lows, and a part at most what the others leave of its high; with
    the highs the other way round.
    """
    container, other_side = relation.container, AT_MOST if side == AT_LEAST else AT_LEAST
    parts = {part: Target(part, side).read(passed_bounds.bounds) for part in relation.parts}
    bounds = {part: bound for part, bound in parts.items() if bound is not None}
    if len(bounds) < len(parts):
        return False
    total = sum(bounds.values())
    has_changed = passed_bounds.tighten(
        Target(container, side), total, inequality, (Target(part, side) for part in bounds)
    )
    limit = Target(container, other_side).read(passed_bounds.bounds)
    if limit is not None:
        passed_parts = [target for part in bounds if (target := Target(part, side)) in passed_bounds.steps]
        for part, bound in bounds.items():
            others = (target for target in passed_parts if target.cell != part)
            has_changed |= passed_bounds.tighten(
                Target(part, other_side),
                limit - (total - bound),
                inequality,
                (Target(container, other_side), *others),
            )
    return has_changed


def _count_uses(step: _Step) -> Counter[int]:
    """Return how often a proof uses each inequality: a step once for each step that uses its bound."""
    uses: Counter[_Step] = Counter({step: 1})
    inequalities: Counter[int] = Counter()
    for current in reversed(_in_order(step)):
        inequalities[current.inequality] += uses[current]
        for earlier_step in current.earlier_steps:
            uses[earlier_step] += uses[current]
    return inequalities


def _in_order(step: _Step) -> list[_Step]:
    """Return the steps of a proof, each after those before it."""
    order: dict[_Step, None] = {}
    stack = [(step, False)]
    while stack:
        current, is_ready = stack.pop()
        if is_ready:
            order[current] = None
        elif current not in order:
            stack += [(current, True), *((earlier_step, False) for earlier_step in current.earlier_steps)]
    return list(order)
