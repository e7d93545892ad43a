"""The least and the most that each withheld cell can be, in whole numbers, given all that is published.

Pure arithmetic: cells that add up, some of them known. What they mean and where they stand is published.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SECONDS = 60.0
"""So long one question may take. An attacker has more time than we: one that ends unanswered has failed."""

_ROUNDED = 1e-6
"""What factors of shares, in binary, leave over in a sum of whole numbers."""

Sum = tuple[Hashable, tuple[Hashable, ...]]
"""A cell, and the cells that it is the sum of."""


Limit = tuple[tuple[tuple[Hashable, float], ...], float, float]
"""Cells, each with a factor; the least and the most that they come to together."""


class TimedOut(Exception):
    """A question was not answered in time."""


class Contradiction(Exception):
    """No table of counts is as published."""


class Interval(NamedTuple):
    """What a cell can be. `high` None: nobody knows how much."""

    low: int
    high: int | None

    @property
    def is_exact(self) -> bool:
        """Whether it can be one number only."""
        return self.low == self.high

    def covers(self, low: int, high: int) -> bool:
        """Whether every number from `low` to `high` is between what it can be."""
        return self.low <= low and (self.high is None or self.high >= high)

    def meets(self, low: int, high: int) -> bool:
        """Whether it can be one of these numbers."""
        return self.low <= high and (self.high is None or self.high >= low)


@dataclass(frozen=True)
class Puzzle:
    """Cells, what adds up to what, and what is known. `signed` cells may be negative.

    `limits`: cells that come together to no less and no more than so many.
    """

    cells: Sequence[Any]
    sums: Sequence[Sum]
    known: Mapping[Any, int]
    signed: frozenset[Any] = frozenset()
    limits: Sequence[Limit] = ()


def intervals(
    puzzle: Puzzle,
    wanted: Iterable[Any] | None = None,
    *,
    enough: int | None = None,
    floor: int = 0,
    seconds: float = SECONDS,
) -> dict[Any, Interval]:
    """The interval of each unknown cell, or of the wanted ones. Raises TimedOut, Contradiction.

    `enough`: a cell seen to be 1 or less (a signed one: minus so much), and so much or more, is not asked
    further: what is then told of it is no more than it can be. `floor`: what an attacker believes each count
    to be at least.
    """
    found: dict[Any, Interval] = {}
    asked = None if wanted is None else set(wanted)
    for block in _blocks(puzzle):
        here = [n for n, cell in enumerate(block.cells) if asked is None or cell in asked]
        if here:
            found |= _of_block(block, here, enough, floor, seconds)
    return found


class _Block(NamedTuple):
    """Unknown cells that hang together: the rows' coefficients, the least and the most that each is."""

    cells: list[Any]
    matrix: csr_array
    least: np.ndarray
    greatest: np.ndarray
    signed: np.ndarray
    most: int


def _blocks(puzzle: Puzzle) -> Iterator[_Block]:
    rows = [_row(puzzle, [(whole, 1), *((part, -1) for part in parts)], 0, 0) for whole, parts in puzzle.sums]
    rows += [_row(puzzle, terms, low, high) for terms, low, high in puzzle.limits]
    for coefficients, low, high in rows:
        if not coefficients and not low - _ROUNDED <= 0 <= high + _ROUNDED:
            raise Contradiction
    unknown = [cell for cell in puzzle.cells if cell not in puzzle.known]
    most = 1000 + 10 * sum(abs(value) for value in puzzle.known.values())
    for cells, own in _connected(unknown, rows):
        place = {cell: n for n, cell in enumerate(cells)}
        places = [(n, place[cell], sign) for n, (row, *_) in enumerate(own) for cell, sign in row.items()]
        i, j, data = zip(*places, strict=True) if places else ((), (), ())
        matrix = csr_array((np.array(data, dtype=float), (i, j)), shape=(len(own), len(cells)))
        signed = np.array([cell in puzzle.signed for cell in cells], dtype=bool)
        least, greatest = (np.array([row[n] for row in own], dtype=float) for n in (1, 2))
        yield _Block(cells, matrix, least, greatest, signed, most)


_Row = tuple[dict[Any, float], float, float]
"""Coefficients, the least and the most that they come to."""


def _row(puzzle: Puzzle, terms: Iterable[tuple[Any, float]], low: float, high: float) -> _Row:
    """A row with what is known of it taken to the other side."""
    coefficients: dict[Any, float] = {}
    told = 0.0
    for cell, sign in terms:
        if cell in puzzle.known:
            told += sign * puzzle.known[cell]
        else:
            coefficients[cell] = coefficients.get(cell, 0) + sign
    return coefficients, low - told, high - told


def _connected(unknown: list[Any], rows: list[_Row]) -> Iterator[tuple[list[Any], list[_Row]]]:
    """The unknown cells in groups, each with the rows that speak of it."""
    head = {cell: cell for cell in unknown}

    def top(cell: Any) -> Any:
        while head[cell] != cell:
            head[cell] = cell = head[head[cell]]
        return cell

    for coefficients, *_ in rows:
        first, *others = coefficients or [None]
        for other in others:
            head[top(other)] = top(first)
    groups: dict[Any, tuple[list[Any], list[_Row]]] = {}
    for cell in unknown:
        groups.setdefault(top(cell), ([], []))[0].append(cell)
    for row in rows:
        if row[0]:
            groups[top(next(iter(row[0])))][1].append(row)
    yield from groups.values()


def _of_block(
    block: _Block, wanted: list[int], enough: int | None, floor: int, seconds: float
) -> dict[Any, Interval]:
    seen: list[np.ndarray] = []
    found = {}
    for n in wanted:
        least = None if enough is None else -enough if block.signed[n] else 1
        low = _extreme(block, n, 1, seen, floor, least, seconds)
        high = _extreme(block, n, -1, seen, floor, enough, seconds)
        found[block.cells[n]] = Interval(low, None if high >= block.most else high)
    return found


def _extreme(
    block: _Block,
    cell: int,
    sign: int,
    seen: list[np.ndarray],
    floor: int,
    enough: int | None,
    seconds: float,
) -> int:
    """The least (sign 1) or the most (sign −1) of a cell; or one that is far enough, if some table has it."""
    values = [int(table[cell]) for table in seen]
    best = min(values, key=lambda value: sign * value) if values else None
    bound = floor if sign == 1 and not block.signed[cell] else None
    if best is not None and (best == bound or (enough is not None and sign * best <= sign * enough)):
        return best
    table = _solved(block, cell, sign, floor, seconds)
    seen.append(table)
    return int(table[cell])


def _solved(block: _Block, cell: int, sign: int, floor: int, seconds: float) -> np.ndarray:
    objective = np.zeros(len(block.cells))
    objective[cell] = sign
    lower = np.where(block.signed, -float(block.most), floor)
    constraints = [LinearConstraint(block.matrix, block.least, block.greatest)] if len(block.least) else []
    solved = milp(
        objective,
        constraints=constraints,
        bounds=Bounds(lower, float(block.most)),
        integrality=np.ones(len(block.cells)),
        options={"time_limit": seconds},
    )
    if solved.status == 2:
        raise Contradiction
    if solved.status != 0 or solved.x is None:
        raise TimedOut
    table = np.rint(solved.x)
    sums = block.matrix @ table
    if (sums < block.least - _ROUNDED).any() or (sums > block.greatest + _ROUNDED).any():
        raise TimedOut  # an answer that is not whole is none
    return np.asarray(table)
