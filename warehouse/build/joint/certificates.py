"""Certificates: the few facts that force a bound, with multipliers, so that other code can check the proof.

Each fact is an inequality: counts times whole numbers are at least a whole number. The facts times their
multipliers, which are exact, add up to the bound of one cell, or to a contradiction: nothing is at least more
than 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from warehouse.build.joint.systems import TOTAL_TABLE, Cell, Relation, System

AT_LEAST, AT_MOST = "at_least", "at_most"
"""Sides of a bound."""
SIGN = {AT_LEAST: 1, AT_MOST: -1}
"""Factor of a cell in the inequality of its bound."""
LOW, HIGH, SUM = "low", "high", "sum"
"""Kinds of facts: a published lower bound, a published upper bound, a relation."""


@dataclass(frozen=True)
class Fact:
    """An inequality, and its multiplier in the proof."""

    kind: str
    terms: Mapping[Cell, int]
    at_least: int
    multiplier: Fraction


@dataclass(frozen=True)
class Certificate:
    """A proof: of a bound of `cell` on a `side`, or (both None) that its facts contradict each other."""

    facts: tuple[Fact, ...]
    cell: Cell | None = None
    side: str | None = None

    @property
    def bound(self) -> int | None:
        """The bound, rounded inwards to a whole number; None of a contradiction."""
        total = sum((fact.multiplier * fact.at_least for fact in self.facts), Fraction(0))
        return None if self.side is None else SIGN[self.side] * ceil(total)

    @property
    def compares_tables(self) -> bool:
        """Check that the proof assumes that two tables besides the total count the same persons.

        A total contains the persons of every table, so sums within it assume nothing.
        """
        return any(compares_tables(fact.terms) for fact in self.facts)

    def cells(self) -> list[Cell]:
        """Return the cells whose published bounds the proof uses, in order."""
        return sorted({cell for fact in self.facts if _is_published(fact) for cell in fact.terms})

    def to_text(self) -> str:
        """Return the proof as JSON: `cell`, `side`, `bound` and `facts`."""
        facts = [
            {
                "kind": fact.kind,
                "times": str(fact.multiplier),
                "terms": {str(cell): factor for cell, factor in fact.terms.items()},
                "at_least": fact.at_least,
            }
            for fact in self.facts
        ]
        cell = None if self.cell is None else str(self.cell)
        return json.dumps({"cell": cell, "side": self.side, "bound": self.bound, "facts": facts})


def compares_tables(cells: Iterable[Cell]) -> bool:
    """Check that cells are of two tables besides the total."""
    return len({cell.table for cell in cells} - {TOTAL_TABLE}) > 1


def _is_published(fact: Fact) -> bool:
    """Check that a fact is a published bound. That no count is below 0 needs no publication."""
    return fact.kind == HIGH or (fact.kind == LOW and fact.at_least > 0)


def relation_terms(relation: Relation) -> list[dict[Cell, int]]:
    """Return the terms of a relation's inequalities, each of which is at least 0."""
    sum_terms = {relation.container: 1} | dict.fromkeys(relation.parts, -1)
    return (
        [sum_terms, {cell: -factor for cell, factor in sum_terms.items()}]
        if relation.is_equal
        else [sum_terms]
    )


def certify(
    system: System, target: Mapping[Cell, int], multipliers: Iterable[tuple[Mapping[Cell, int], Fraction]]
) -> tuple[Fact, ...] | None:
    """Return the facts whose sum is `target`, given the multipliers of the relations.

    What the relations leave of the target is made up by published bounds. None if one does not exist.
    """
    facts, rest = [], {cell: Fraction(factor) for cell, factor in target.items()}
    for terms, multiplier in multipliers:
        facts.append(Fact(SUM, terms, 0, multiplier))
        for cell, factor in terms.items():
            rest[cell] = rest.get(cell, Fraction(0)) - multiplier * factor
    for cell, left in sorted(rest.items()):
        low, high = system.bounds[cell]
        if left > 0:
            facts.append(Fact(LOW, {cell: 1}, low, left))
        elif left < 0:
            if high is None:
                return None
            facts.append(Fact(HIGH, {cell: -1}, -high, -left))
    return tuple(facts)
