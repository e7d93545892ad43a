"""The rules for protected cells, each broken once: the checks of the network must see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.network.protected import Cell, bounds_of, wrong_in

DAY = date(2024, 1, 15)
BEFORE = date(2023, 10, 15)
DETAIL: dict[str, Any] = {
    "measure": "victims_detected",
    "reporting_country": "CRI",
    "period": "2023-Q1",
    "frequency": "Q",
    "dimension": "sex",
    "code": "F",
    "value_low": 15,
    "value_high": 25,
    "value_published": 20,
    "flag": "perturbed",
    "value_es": "entre 15 y 25",
    "value_en": "between 15 and 25",
    "details_as_of": DAY,
    "revised_on": None,
}
TOTAL: dict[str, Any] = {
    **DETAIL,
    "period": "2023",
    "frequency": "A",
    "dimension": "_T",
    "code": "_T",
    "value_low": 40,
    "value_high": 40,
    "value_published": None,
    "flag": None,
    "value_es": "40",
    "value_en": "40",
    "details_as_of": None,
}
STALE: dict[str, Any] = {
    "details_as_of": BEFORE,
    "revised_on": date(2025, 1, 1),
    "flag": "perturbed+details_await_revision",
}


def said(row: Mapping[str, Any], now: int | None, then: int | None = None) -> list[str]:
    return list(wrong_in(Cell(dict(row), now, now if then is None else then), DAY))


def test_right_cells_are_right() -> None:
    assert said(DETAIL, 17) == []
    assert said(TOTAL, 40) == []
    small: dict[str, Any] = {"value_low": 1, "value_high": 4, "value_es": "entre 1 y 4", "value_en": "1 to 4"}
    assert said(TOTAL | small, 3) == []
    assert said(DETAIL | STALE, 60, 17) == []


@pytest.mark.parametrize(
    ("row", "now", "then", "complaint"),
    [
        (DETAIL, 26, None, "does not contain 26"),
        (DETAIL, None, None, "nobody told it"),
        (DETAIL | {"value_low": 16}, 17, None, "whose bounds are"),
        (DETAIL | {"flag": None}, 17, None, "with the flag None"),
        (DETAIL | {"value_published": 2, "value_low": 1, "value_high": 7}, 3, None, "2 is published"),
        (DETAIL | {"value_en": "20"}, 17, None, "its words are “20”"),
        (DETAIL, 60, 17, "it does not say so"),
        (DETAIL | STALE | {"details_as_of": DAY}, 60, 17, "awaits its revision"),
        (DETAIL | STALE | {"revised_on": BEFORE}, 60, 17, "awaits its revision"),
        (DETAIL | {"value_published": None, "flag": None}, 17, None, "no total of a year"),
        (TOTAL, 41, None, "the total is published as (40, 40), not as (41, 41)"),
        (TOTAL, 3, None, "not as (1, 4)"),
        (DETAIL | {"value_published": 3, "value_low": 1, "value_high": 8}, 0, None, "for nobody"),
    ],
)
def test_each_broken_rule_is_seen(row: Mapping[str, Any], now: int, then: int | None, complaint: str) -> None:
    assert any(complaint in one for one in said(row, now, then)), said(row, now, then)


def test_the_bounds_of_a_published_value_are_all_counts_that_may_stand_behind_it() -> None:
    assert [bounds_of(n) for n in (0, 3, 5, 6, 20)] == [(0, 5), (1, 8), (1, 10), (1, 11), (15, 25)]
