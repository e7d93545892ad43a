"""Detection of a list that stops early: rows that repeat a list each round, each month for example, except in
the last round.

This is the only trace of a file that was cut at the end of a line. Where absent rows mean zero, everything
cut off would become zero. The module knows no file and no card: columns of numbers in, a number out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from assets.intake.reading.columns import Mask, Numbers

EARLIER_ROUNDS = 4
"""A regular label is a label that occurs in each of this many rounds before the last."""
FEWEST_ORDERS = 500
"""An order is hardly chance if this many other orders are possible; plausibility.py applies it to years."""


def count_missing_labels(columns: list[Numbers]) -> int:
    """Count regular labels that are missing after the last row of the last round. Returns 0 if the gap can be
    chance.

    `columns` identify a row, with a number per text. How often they change from row to row shows which of
    them form the rounds and which the list: columns that change less often form the rounds. Columns of the
    period are combined before (`combine_columns`), because the months of a running year end early.
    """
    return next((n for rounds in _rounds(columns) if (n := _count_missing(rounds))), 0)


def combine_columns(columns: list[Numbers]) -> list[Numbers]:
    """Combine several columns into one column of distinct tuples. Returns [] for no columns."""
    return [_number_rows(columns)] if columns else []


@dataclass(frozen=True)
class _Round:
    """Rows of a round as numbers of labels, and the first position of each label, in order of the labels."""

    rows: Numbers
    labels: Numbers
    positions: Numbers

    @classmethod
    def from_rows(cls, rows: Numbers) -> _Round:
        labels, positions = np.unique(rows, return_index=True)
        return cls(rows, labels, positions)

    def first_positions(self, labels: Numbers) -> Numbers:
        """Return the first position of these labels, which the round has."""
        positions: Numbers = self.positions[np.searchsorted(self.labels, labels)]
        return positions

    def in_order(self, labels: Numbers) -> bool:
        """Check that these labels, which the round has, occur in this order."""
        return bool((np.diff(self.first_positions(labels)) > 0).all())


def _rounds(columns: list[Numbers]) -> Iterator[list[_Round]]:
    """Yield, for each way to divide the columns, the last rounds in order."""
    moves = [column[1:] != column[:-1] for column in columns]
    order = [n for n in np.argsort([move.sum() for move in moves], kind="stable") if moves[n].any()]
    if len(order) < 2:
        return
    edge: Mask = np.zeros_like(moves[0])
    for outer, (column_number, _) in enumerate(pairwise(order), start=1):
        edge = edge | moves[column_number]
        starts = np.append(0, np.flatnonzero(edge) + 1)[-EARLIER_ROUNDS - 1 :]
        if len(starts) > EARLIER_ROUNDS:
            labels = _number_rows([columns[n][starts[0] :] for n in order[outer:]])
            yield [_Round.from_rows(rows) for rows in np.split(labels, starts[1:] - starts[0])]


def _number_rows(columns: list[Numbers]) -> Numbers:
    """Return a number per row for the combination of its columns."""
    numbers: Numbers = columns[0].astype(np.int64)
    for column in columns[1:]:
        combined = pa.array(numbers * (int(column.max()) + 1) + column)
        numbers = combined.dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbers


def _count_missing(rounds: list[_Round]) -> int:
    """Count the regular labels missing after the last row of the last round; 0 if that can be chance."""
    *earlier, last = rounds
    before = earlier[-EARLIER_ROUNDS:]
    regulars = before[-1].labels
    for round_ in before[:-1]:
        regulars = np.intersect1d(regulars, round_.labels, assume_unique=True)
    regulars = regulars[np.argsort(before[-1].first_positions(regulars))]
    is_present = np.isin(regulars, last.labels)
    is_one_list = all(round_.in_order(regulars) for round_ in before) and last.in_order(regulars[is_present])
    if is_present.all() or not is_present.any() or not is_one_list:
        return 0
    reached_count = int(np.flatnonzero(is_present)[-1]) + 1
    missing, regular_count = len(regulars) - reached_count, len(regulars)
    orders = _log_possible_orders(regular_count, missing, reached_count - int(is_present.sum()))
    if not missing or orders < math.log(FEWEST_ORDERS):
        return 0
    return 0 if any(_continues_after(regulars[reached_count], last, round_) for round_ in before) else missing


def _log_possible_orders(labels: int, missing_at_end: int, missing_before: int) -> float:
    """Return the logarithm of the number of ways to distribute the missing labels in the list.

    `missing_at_end` of them are at the end, as in the file.
    """
    return _log_combinations(labels, missing_at_end + missing_before) - _log_combinations(
        labels - missing_at_end, missing_before
    )


def _log_combinations(labels: int, size: int) -> float:
    return math.lgamma(labels + 1) - math.lgamma(size + 1) - math.lgamma(labels - size + 1)


def _continues_after(label: int, last: _Round, before: _Round) -> bool:
    """Check if the last round has a label that used to follow this label: then the list went on."""
    common = np.intersect1d(before.labels, last.labels, assume_unique=True)
    return bool((before.first_positions(common) > before.first_positions(np.array([label]))).any())
