"""`python -m tests.joint_simulation [--tables N] [--seed S] [--apart]`: joint bounds of tables whose truth is known.

Persons are drawn, counted into the tables of UNODC's file and masked as it masks: 1 to 4 is "<5", a zero is absent or
"<5", of many tables some persons are left out. A table with more dimensions lists persons that those with fewer list,
too; with `--apart` it does not. Another solver (the attack's, in whole numbers) finds the bounds of every tenth system.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from time import process_time

import numpy as np

from docs.check_joint_bounds import is_sound
from warehouse.audit import attack
from warehouse.build.joint.certificates import AT_LEAST, AT_MOST
from warehouse.build.joint.passing import Target
from warehouse.build.joint.solution import Solution, solve
from warehouse.build.joint.systems import TOTAL, Bounds, Cell, Row, System, make_system

TABLES = (
    "age_group",
    "sex",
    "exploitation",
    "age_group+sex",
    "age_group+exploitation",
    "age_group+exploitation+sex",
)
CODES = {
    "age_group": (("Y0T17", "Y_GE18", "_U"), (0.4, 0.55, 0.05)),
    "sex": (("F", "M", "_O", "_U"), (0.6, 0.33, 0.03, 0.04)),
    "exploitation": (("SEX", "LAB", "OTH", "OTH_ONE", "_U"), (0.5, 0.2, 0.1, 0.1, 0.1)),
}
GROUPS = {"OTH_ONE": ("exploitation", "OTH")}
"""A code of a subgroup: its persons are counted in the wider group, too."""


@dataclass(frozen=True)
class Drawn:
    """A masked country and year, and its true counts."""

    system: System
    truth: Mapping[Cell, int]


def draw(rng: np.random.Generator, *, apart: bool = False) -> Drawn:
    """Draw persons and count them into tables. `apart`: each table leaves out persons of its own."""
    count = int(np.exp(rng.uniform(0, 6)))
    persons = {name: rng.choice(codes, size=count, p=p) for name, (codes, p) in CODES.items()}
    place = rng.uniform(size=count)
    rows, truth, listed, whole = [Row(TOTAL, mask(count))], {TOTAL: count}, {"": 1.0}, []
    for name in TABLES:
        if rng.uniform() < 0.25:
            continue
        dimensions = set(name.split("+"))
        most = min(part for table, part in listed.items() if set(filter(None, table.split("+"))) < dimensions)
        listed[name] = most if rng.uniform() < 0.5 else most * rng.uniform(0.3, 1)
        is_listed = (rng.uniform(size=count) if apart else place) <= listed[name]
        counts = count_cells(name, {d: persons[d][is_listed] for d in name.split("+")})
        for cell in absent_cells(name, counts, rng):
            counts[cell] = 0
        rows += [Row(cell, mask(n), False, groups_of(cell, counts)) for cell, n in counts.items()]
        truth |= counts
        if listed[name] == 1:
            whole.append(name)
    return Drawn(make_system(rows, whole if rng.uniform() < 0.5 else ()), truth)


def mask(count: int) -> Bounds:
    """Mask a count as UNODC does."""
    return Bounds(0, 4) if count < 5 else Bounds(count, count)


def count_cells(table: str, persons: Mapping[str, np.ndarray]) -> dict[Cell, int]:
    """Count persons by the codes of a table; a subgroup's persons stand in both rows."""
    counts: Counter[Cell] = Counter()
    for codes in zip(*persons.values(), strict=True):
        cell = Cell(table, tuple(map(str, codes)))
        counts[cell] += 1
        if cell != in_group(cell):
            counts[in_group(cell)] += 1
    return dict(counts)


def in_group(cell: Cell) -> Cell:
    """Return the cell of the wider group."""
    return Cell(cell.table, tuple(GROUPS[code][1] if code in GROUPS else code for code in cell.codes))


def groups_of(cell: Cell, counts: Mapping[Cell, int]) -> tuple[tuple[str, str], ...]:
    """Return the wider groups of a row whose cell is in the table."""
    return tuple(GROUPS[code] for code in cell.codes if code in GROUPS and in_group(cell) in counts)


def absent_cells(table: str, counts: Mapping[Cell, int], rng: np.random.Generator) -> list[Cell]:
    """Draw the cells without persons that are published as "<5"."""
    lists = [CODES[name][0] for name in table.split("+")]
    cells = [
        Cell(table, tuple(map(str, codes)))
        for codes in np.array(np.meshgrid(*lists)).T.reshape(-1, len(lists))
    ]
    return [cell for cell in cells if cell not in counts and rng.uniform() < 0.3]


def bounds_of(drawn: Drawn, solution: Solution) -> dict[Cell, Bounds]:
    """Return the bounds of all cells after the joint ones."""
    joint = dict(drawn.system.bounds)
    for cell, (low, high) in drawn.system.bounds.items():
        proofs = [solution.bounds.get(Target(cell, side)) for side in (AT_LEAST, AT_MOST)]
        bounds = [proof.bound if proof else bound for proof, bound in zip(proofs, (low, high), strict=True)]
        joint[cell] = Bounds(bounds[0] or 0, bounds[1])
    return joint


def other_bounds(system: System) -> dict[Cell, Bounds]:
    """Return the tightest bounds in whole numbers by the attack's solver."""
    other = attack.System()
    for cell, (low, high) in system.bounds.items():
        other.bound(cell, low, high)
    for whole, parts, is_equal in system.relations:
        other.relate([(whole, 1.0), *((part, -1.0) for part in parts)], 0, 0 if is_equal else np.inf)
    return {cell: Bounds(*found) for cell, found in attack.find_intervals(other).items()}  # type: ignore[misc]


def _within_total(cell: Cell, drawn: Drawn, solution: Solution) -> Bounds:
    """Return the joint bounds whose proofs compare no tables, else the published ones."""
    low, high = drawn.system.bounds[cell]
    at_least, at_most = (solution.bounds.get(Target(cell, side)) for side in (AT_LEAST, AT_MOST))
    return Bounds(
        at_least.bound or 0 if at_least and not at_least.compares_tables else low,
        at_most.bound if at_most and not at_most.compares_tables else high,
    )


def _holds(bounds: Bounds, true: int) -> bool:
    return bounds.low <= true and (bounds.high is None or true <= bounds.high)


def _width(bounds: Bounds) -> int:
    return (bounds.high or 0) - bounds.low


@dataclass
class Measured:
    """Figures of a simulation. A cell is hidden if its published bounds differ."""

    systems: int = 0
    hidden: int = 0
    narrowed: int = 0
    exact: int = 0
    widths: list[tuple[int, int]] = field(default_factory=list)
    outside: int = 0
    outside_total: int = 0
    unsound: int = 0
    contradictory: int = 0
    compared: int = 0
    looser: int = 0
    seconds: float = 0

    def add(self, drawn: Drawn, *, compare: bool) -> None:
        """Solve a system and compare its bounds with the truth, and with the other solver's."""
        begun = process_time()
        solution = solve(drawn.system)
        self.seconds += process_time() - begun
        self.systems += 1
        self.contradictory += bool(solution.contradictions)
        self.unsound += sum(not is_sound(proof.to_text()) for proof in solution.bounds.values())
        self.unsound += sum(not is_sound(proof.to_text()) for proof in solution.contradictions)
        joint = bounds_of(drawn, solution)
        for cell, (low, high) in drawn.system.bounds.items():
            if high is not None and low < high:
                self._add_cell(Bounds(low, high), joint[cell], drawn.truth[cell])
                self.outside_total += not _holds(_within_total(cell, drawn, solution), drawn.truth[cell])
        if compare and not solution.contradictions:
            other = other_bounds(drawn.system)
            self.compared += len(other)
            self.looser += sum(other[cell] != bounds for cell, bounds in joint.items())

    def _add_cell(self, published: Bounds, joint: Bounds, true: int) -> None:
        self.hidden += 1
        self.outside += not _holds(joint, true)
        if joint != published:
            self.narrowed += 1
            self.exact += joint.low == joint.high
            self.widths.append((_width(published), _width(joint)))

    def lines(self) -> list[str]:
        """Return the figures in words."""
        before, after = ([pair[n] for pair in self.widths] or [0] for n in (0, 1))
        return [
            f"{self.systems} country-years, {self.seconds:.0f} s; {self.contradictory} contradictory",
            f"{self.hidden} hidden cells: {self.narrowed} narrowed, {self.exact} of them to one value; "
            f"median width of the narrowed {median(before):g}, then {median(after):g}",
            f"{self.outside} joint intervals without the true count, {self.outside_total} of proofs that compare no tables; "
            f"{self.unsound} unsound proofs",
            f"{self.looser} of {self.compared} cells have other bounds by the second solver",
        ]


def simulate(tables: int, seed: int, *, apart: bool = False) -> Measured:
    """Return the figures of so many country-years."""
    rng, measured = np.random.default_rng(seed), Measured()
    for number in range(tables):
        measured.add(draw(rng, apart=apart), compare=number % 10 == 0)
    return measured


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--apart", action="store_true", help="tables that leave out different persons")
    asked = parser.parse_args()
    print("\n".join(simulate(asked.tables, asked.seed, apart=asked.apart).lines()))


if __name__ == "__main__":
    main()
