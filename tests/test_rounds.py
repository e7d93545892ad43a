"""Rows that run through one list round by round: what of it is absent at the file's end."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest

from assets.intake.reading.columns import Column
from assets.intake.reading.rounds import combine_columns, count_missing_labels
from warehouse.home import CHECKOUT
from warehouse.publication.shipping import shipped_figures

NAMES = ("measure", "reporting_country", "area", "sex", "age_group", "citizenship", "accompaniment")
LIST = 20
ROUNDS = 6


def columns(rows: list[tuple[str, ...]]) -> list[np.ndarray]:
    return [Column.from_texts(texts).with_codes().numbers for texts in zip(*rows, strict=True)]


def table(labels: list[str]) -> list[tuple[str, ...]]:
    """The same list in each of six years."""
    return [(str(2010 + year), label) for year in range(ROUNDS) for label in labels]


IN_ORDER = [f"{n:02}" for n in range(LIST)]
OTHERWISE = [f"{n * 7 % LIST:02}" for n in range(LIST)]
"""By size, say: what counts is the place in the rounds before, not the alphabet."""


@pytest.mark.parametrize("labels", [IN_ORDER, OTHERWISE])
def test_a_list_that_stops_early_is_seen_in_any_order(labels: list[str]) -> None:
    rows = table(labels)
    seen = [count_missing_labels(columns(rows[: len(rows) - cut])) for cut in range(LIST + 1)]
    # two of twenty may be the last two by chance, once in 190; and eighteen, as often
    assert seen == [0, 0, 0, *range(3, 18), 0, 0, 0]


def test_what_changes_less_stands_outside_wherever_its_column_is() -> None:
    rows = [(label, year) for year, label in table(IN_ORDER)][:-5]
    assert count_missing_labels(columns(rows)) == 5


def test_labels_absent_before_the_last_row_make_chance_likelier() -> None:
    rows = table(IN_ORDER)[:-4]
    last = len(rows) - (LIST - 4)
    assert count_missing_labels(columns(rows)) == 4
    assert count_missing_labels(columns([row for n, row in enumerate(rows) if n < last or n % 3])) == 0


def test_a_list_that_goes_on_with_another_label_is_not_cut() -> None:
    rows = table(IN_ORDER)
    assert count_missing_labels(columns([*rows[:-5], rows[-1]])) == 0


def test_a_round_in_another_order_tells_nothing() -> None:
    rows = table(IN_ORDER)
    again = [(year, label) for year, label in rows if year != "2013"]
    other = [("2013", label) for label in reversed(IN_ORDER)]
    turned = sorted(again + other, key=lambda row: row[0])
    assert count_missing_labels(columns(turned[:-5])) == 0


def test_a_running_year_ends_early_and_is_not_cut() -> None:
    rows = [(str(year), f"{month:02}") for year in range(2010, 2016) for month in range(1, 13)][:-6]
    year, month = columns(rows)
    assert count_missing_labels([year, month]) == 6
    assert count_missing_labels(combine_columns([year, month])) == 0


def shipped_columns(name: str) -> list[np.ndarray]:
    """What names the rows of a shipped submission, the period last."""
    content = CHECKOUT / "raw" / name / shipped_figures()[name]["file"]
    lines = [line for line in content.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    return columns([tuple(row.get(n, "") for n in (*NAMES, "period")) for row in rows])


@pytest.mark.parametrize("name", shipped_figures())
def test_of_rows_lost_here_and_there_a_list_is_hardly_ever_said_to_stop(name: str) -> None:
    every, chance = shipped_columns(name), np.random.default_rng(20261128)
    assert count_missing_labels(every) == 0
    rows = len(every[0])
    for share in (0.01, 0.1, 0.3):
        for _ in range(5):
            kept = np.sort(chance.choice(rows, max(1, int(rows * (1 - share))), replace=False))
            assert count_missing_labels([column[kept] for column in every]) == 0


@pytest.mark.parametrize("name", ["MEX-UPMRIP/nationality/2025-06-19.1", "HND-INM/nationality/2025-06-30.1"])
def test_a_month_that_ends_the_file_is_not_cut_and_one_cut_in_half_is_mostly_seen(name: str) -> None:
    every = shipped_columns(name)
    period = every[-1]
    ends = np.flatnonzero(period[1:] != period[:-1]) + 1
    whole = [count_missing_labels([column[:end] for column in every]) for end in ends]
    assert whole == [0] * len(ends)
    cut = [(low + high) // 2 for low, high in pairwise(ends[20:])]
    seen = [count_missing_labels([column[:end] for column in every]) > 0 for end in cut]
    assert sum(seen) >= 0.6 * len(seen)
