"""Rows that run through one list round by round, month after month say: whether the last round stops early.

So ends a file that was cut at the end of a line, and nothing else of it tells. Where an absent row is a zero,
all that is cut off would be zeros. Knows no file and no card: columns of numbers in, a number out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from assets.intake.reading.columns import Mask, Numbers

BEFORE = 4
"""A regular is a label that stands in each of so many rounds before the last."""
FEWEST_ORDERS = 500
"""An order is hardly chance where so many others could be; plausibility.py asks the same of years."""


def absent_at_the_end(columns: list[Numbers]) -> int:
    """Of the regulars how many the last round lacks behind its last row, if that is hardly chance; else 0.

    `columns` name a row, each by a number a text. Which make the rounds and which the list, their changes
    from row to row tell: those that change less stand outside. Those of the period are one (`together`): the
    months of a running year end early.
    """
    return next((n for rounds in _rounds(columns) if (n := _absent(rounds))), 0)


def together(columns: list[Numbers]) -> list[Numbers]:
    """One column for what several say together; none of none."""
    return [_numbered(columns)] if columns else []


@dataclass(frozen=True)
class _Round:
    """The rows of one round as numbers of labels; of each label, in their order, the first place."""

    rows: Numbers
    labels: Numbers
    places: Numbers

    @classmethod
    def of(cls, rows: Numbers) -> _Round:
        labels, places = np.unique(rows, return_index=True)
        return cls(rows, labels, places)

    def place(self, labels: Numbers) -> Numbers:
        """Where these labels, which it has, first stand."""
        places: Numbers = self.places[np.searchsorted(self.labels, labels)]
        return places

    def in_order(self, labels: Numbers) -> bool:
        """Whether these labels, which it has, stand in this order."""
        return bool((np.diff(self.place(labels)) > 0).all())


def _rounds(columns: list[Numbers]) -> Iterator[list[_Round]]:
    """For each way to part the columns the last rounds, the last one at the end."""
    moves = [column[1:] != column[:-1] for column in columns]
    order = [n for n in np.argsort([move.sum() for move in moves], kind="stable") if moves[n].any()]
    if len(order) < 2:
        return
    edge: Mask = np.zeros_like(moves[0])
    for outer, (place, _) in enumerate(pairwise(order), start=1):
        edge = edge | moves[place]
        starts = np.append(0, np.flatnonzero(edge) + 1)[-BEFORE - 1 :]
        if len(starts) > BEFORE:
            labels = _numbered([columns[n][starts[0] :] for n in order[outer:]])
            yield [_Round.of(rows) for rows in np.split(labels, starts[1:] - starts[0])]


def _numbered(columns: list[Numbers]) -> Numbers:
    """One number a row for what all columns say together."""
    numbers: Numbers = columns[0].astype(np.int64)
    for column in columns[1:]:
        packed = pa.array(numbers * (int(column.max()) + 1) + column)
        numbers = packed.dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbers


def _absent(rounds: list[_Round]) -> int:
    """How many regulars are absent behind the last row of the last round, if hardly by chance."""
    *earlier, last = rounds
    before = earlier[-BEFORE:]
    regulars = before[-1].labels
    for one in before[:-1]:
        regulars = np.intersect1d(regulars, one.labels, assume_unique=True)
    regulars = regulars[np.argsort(before[-1].place(regulars))]
    here = np.isin(regulars, last.labels)
    is_one_list = all(one.in_order(regulars) for one in before) and last.in_order(regulars[here])
    if here.all() or not here.any() or not is_one_list:
        return 0
    reached = int(np.flatnonzero(here)[-1]) + 1
    gone, of = len(regulars) - reached, len(regulars)
    orders = _log_orders(of, gone, reached - int(here.sum()))
    if not gone or orders < math.log(FEWEST_ORDERS):
        return 0
    return 0 if any(_stands_behind(regulars[reached], last, one) for one in before) else gone


def _log_orders(of: int, gone: int, before: int) -> float:
    """In how many ways those absent, `gone` of them at the end, may stand in a list, for one that ends so."""
    return _log_ways(of, gone + before) - _log_ways(of - gone, before)


def _log_ways(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _stands_behind(label: int, last: _Round, before: _Round) -> bool:
    """Whether the last round has a label that stood behind this one: then the list went on."""
    both = np.intersect1d(before.labels, last.labels, assume_unique=True)
    return bool((before.place(both) > before.place(np.array([label]))).any())
