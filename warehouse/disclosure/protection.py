"""Which cells to withhold so that every small count might as well be 1 or the threshold. Reads no file.

Three steps: the small counts themselves; elimination, after which none follows exactly from what is
published; repair, after which for each there are whole tables that look the same and hold 1 there, and the
threshold. A table found is a *witness*; every cell that moves in it is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import hstack

from warehouse.disclosure.system import Mask, Numbers, System

PRIME = 2_147_483_647
"""Elimination works modulo this prime: exact, and two residues' product fits into 64 bits."""

SECONDS = 60.0
"""So long one witness may take; beyond it the tables count as not protectable."""

FREE, BASE = 1e-3, 0.05
"""Cost of moving a cell that is withheld anyway, and of any other beside the logarithm of its value."""


class NotProtectable(Exception):
    """No pattern protects these cells: what is known of them already tells too much, or time was up."""


@dataclass
class Pattern:
    """The cells withheld, and the tables that prove each small count might be another."""

    withheld: Mask
    witnesses: list[Numbers] = field(default_factory=list)


def protect(system: System, threshold: int, *, eliminate: bool = True, seconds: float = SECONDS) -> Pattern:
    """The pattern of a system. Raises NotProtectable."""
    primaries = system.primaries(threshold)
    withheld = primaries | system.mask(system.withheld) | system.mask(system.differences)
    if eliminate and primaries.any():
        withheld |= eliminated(system, primaries, withheld)
    pattern = Pattern(withheld, [system.numbers])
    largest_first = sorted(np.flatnonzero(primaries), key=lambda n: (-abs(system.numbers[n]), n))
    for cell in largest_first:
        for target in (1, threshold):
            _repair(system, pattern, int(cell), target, seconds)
    pattern.withheld &= ~system.mask(system.differences)
    return pattern


# ---- elimination ----------------------------------------------------------------------------------


def eliminated(system: System, primaries: Mask, withheld: Mask) -> Mask:
    """The cells to withhold so that no small count is a combination of published ones.

    From the largest down each is published, unless a small count would then follow. Each cell is a
    row of numbers, what it is made of. Published ones are taken out of all; what is then empty follows.
    """
    rows = _combinations(system)
    hidden = withheld.copy()
    known = system.mask(system.known)
    order = sorted(np.flatnonzero(~withheld | known), key=lambda n: (not known[n], -system.numbers[n], n))
    secret = primaries & rows.any(axis=1)
    for cell in order:
        columns = np.flatnonzero(rows[cell])
        if not len(columns):
            continue  # it follows from what is published already
        touched = np.flatnonzero(rows[:, columns[0]])
        after = _without(rows, touched, int(cell), int(columns[0]))
        follows = secret[touched] & ~after.any(axis=1)
        if follows.any() and not known[cell]:
            hidden[cell] = True
            continue
        rows[touched] = after
        secret[touched[follows]] = False
    return hidden


def _without(rows: Numbers, touched: Numbers, cell: int, column: int) -> Numbers:
    """These rows with as much of the cell's row taken out as makes the column zero."""
    row = rows[cell]
    factors = rows[touched, column] * pow(int(row[column]), -1, PRIME) % PRIME
    return np.asarray((rows[touched] - factors[:, None] * row[None, :] % PRIME) % PRIME)


def _combinations(system: System) -> Numbers:
    """Each cell as a combination of some that add up freely: a basis of all tables that fit."""
    matrix = system.matrix.toarray() % PRIME
    pivots: list[int] = []
    for column in range(matrix.shape[1]):
        below = np.flatnonzero(matrix[len(pivots) :, column])
        if not len(below):
            continue
        top, found = len(pivots), len(pivots) + int(below[0])
        matrix[[top, found]] = matrix[[found, top]]
        matrix[top] = matrix[top] * pow(int(matrix[top, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(matrix[:, column])
        others = others[others != top]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[top] % PRIME) % PRIME
        pivots.append(column)
        if len(pivots) == matrix.shape[0]:
            break
    free = [n for n in range(matrix.shape[1]) if n not in set(pivots)]
    rows = np.zeros((matrix.shape[1], len(free)), dtype=np.int64)
    rows[free, range(len(free))] = 1
    rows[pivots] = -matrix[: len(pivots)][:, free] % PRIME
    return rows


# ---- repair ---------------------------------------------------------------------------------------


def _repair(system: System, pattern: Pattern, cell: int, target: int, seconds: float) -> None:
    """Withhold the cheapest cells with which this one might be the target."""
    sign = 1 if system.numbers[cell] > 0 else -1
    if any(_reaches(int(table[cell]) * sign, target) for table in pattern.witnesses):
        return
    table = witness(system, pattern.withheld, cell, sign * target, seconds)
    if table is None:
        raise NotProtectable(system.names[cell])
    pattern.withheld |= (table != system.numbers) & ~system.mask(system.known)
    pattern.witnesses.append(table)


def _reaches(value: int, target: int) -> bool:
    return value <= 1 if target == 1 else value >= target


def witness(system: System, withheld: Mask, cell: int, target: int, seconds: float) -> Numbers | None:
    """The table nearest to the true one, by cost, in which the cell has this value; None if there is none."""
    for whole in (False, True):
        moved = _moved(system, withheld, cell, target, whole, seconds)
        if moved is None:
            return None
        table: Numbers = system.numbers + np.rint(moved).astype(np.int64)
        if table[cell] == target and system.adds_up(table):
            return table
    return None


def _moved(
    system: System, withheld: Mask, cell: int, target: int, whole: bool, seconds: float
) -> np.ndarray | None:
    """By how much each cell moves, up or down: a linear programme, in whole numbers if asked."""
    free = np.flatnonzero(~system.mask(system.known))
    place = int(np.searchsorted(free, cell))
    values = system.numbers[free]
    is_difference = system.mask(system.differences)[free]
    costs = np.where(withheld[free], FREE, np.log1p(np.abs(values)) + BASE)
    down = np.where(is_difference, np.inf, values)
    lower, upper = np.zeros(2 * len(free)), np.concatenate([np.full(len(free), np.inf), down])
    by = target - int(system.numbers[cell])
    lower[place] = upper[place] = max(by, 0)
    lower[len(free) + place] = upper[len(free) + place] = max(-by, 0)
    matrix = system.matrix[:, free]
    solved = milp(
        np.concatenate([costs, costs]),
        constraints=LinearConstraint(hstack([matrix, -matrix]).tocsc(), 0, 0),
        bounds=Bounds(lower, upper),
        integrality=np.full(2 * len(free), int(whole)),
        options={"time_limit": seconds},
    )
    if solved.x is None or solved.status != 0:
        return None
    moved = np.zeros(len(system.names))
    moved[free] = solved.x[: len(free)] - solved.x[len(free) :]
    return moved
