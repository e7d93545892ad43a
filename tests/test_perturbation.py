"""The table of probabilities and the draws made with it. Expected values are computed anew or by hand."""

from __future__ import annotations

import csv
import hmac
import math
from bisect import bisect
from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.protected_tables import probabilities, settings
from tests import perturbation_table
from warehouse.protection.perturbation import Perturbation

OURS = Perturbation(b"k" * 32, settings().deviation, settings().variance)


def test_the_table_is_what_its_definition_gives() -> None:
    """Recomputed: maximal entropy with the stated mean and variance."""
    with perturbation_table.FILE.open(encoding="utf-8", newline="") as file:
        kept = [tuple(row.values()) for row in csv.DictReader(file)]
    made = [tuple(map(str, (d, f"{v:g}", c, p))) for d, v, c, p, _ in perturbation_table.rows()]
    assert [(d, f"{float(v):g}", c, p) for d, v, c, p, _ in kept] == made
    for (*_, own), (*_, again) in zip(kept, perturbation_table.rows(), strict=True):
        assert math.isclose(float(own), again, abs_tol=1e-9)


@pytest.mark.parametrize(("deviation", "variance"), perturbation_table.PAIRS)
def test_each_line_has_the_mean_the_variance_and_the_zeros(deviation: int, variance: float) -> None:
    for count, line in probabilities(deviation, variance).items():
        assert math.isclose(sum(p for _, p in line), 1, abs_tol=1e-9)
        assert math.isclose(sum(v * p for v, p in line), count, abs_tol=1e-8)
        spread = sum((v - count) ** 2 * p for v, p in line)
        assert math.isclose(spread, 0 if count == 0 else variance, abs_tol=1e-8)
        assert all(v not in (1, 2) and v >= 0 and abs(v - count) <= deviation for v, _ in line)


@pytest.mark.parametrize(
    ("value", "bounds"), [(0, (0, 5)), (3, (1, 8)), (4, (1, 9)), (6, (1, 11)), (7, (2, 12)), (20, (15, 25))]
)
def test_the_bounds_are_all_counts_that_may_be_published_so(value: int, bounds: tuple[int, int]) -> None:
    """By hand from |v − i| ≤ 5 and zero stays zero."""
    assert OURS.bounds(value) == bounds


@pytest.mark.parametrize("value", [1, 2])
def test_one_and_two_are_never_published(value: int) -> None:
    with pytest.raises(ValueError, match="no count"):
        OURS.bounds(value)


@given(st.integers(0, 200), st.text(max_size=20))
def test_a_draw_is_where_the_keyed_hash_of_its_cell_falls_among_the_probabilities(
    count: int, cell: str
) -> None:
    """By docs/confidentiality.en.md, with whole numbers: 64 bits of the hash, and from the last line on only the place moves."""
    table = probabilities(settings().deviation, settings().variance)
    moved = max(0, count - max(table))
    values, shares = zip(*sorted(table[count - moved]), strict=True)
    number = int(hmac.new(OURS.key, cell.encode(), "sha256").hexdigest()[:16], 16)
    limits = [share * 2**64 for share in accumulate(shares)]
    assert OURS.draw_value(count, cell) == values[min(bisect(limits, number), len(values) - 1)] + moved
    assert OURS.fingerprint(cell) == hmac.new(OURS.key, cell.encode(), "sha256").hexdigest()


def test_a_point_above_all_probabilities_draws_the_last_value() -> None:
    """Probabilities of floating point may add up to a little less than one."""
    short = Perturbation(b"k" * 32, settings().deviation, settings().variance)
    vars(short)["_table"] = {0: ((0, 1.0),), 7: ((2, 0.0), (5, 0.0), (9, 0.0))}
    assert [short.draw_value(count, "cell") for count in (7, 8, 20)] == [9, 10, 22]


@given(st.integers(0, 10_000), st.text(max_size=20))
def test_the_bounds_contain_the_count(count: int, cell: str) -> None:
    value = OURS.draw_value(count, cell)
    low, high = OURS.bounds(value)
    assert low <= count <= high
    assert value not in (1, 2)
    assert OURS.draw_value(count, cell) == value  # the same cell, the same value


@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_the_draws_have_the_mean_and_the_variance(count: int) -> None:
    """20,000 cells: the mean within five standard errors of the count."""
    cells = 20_000
    values = Counter(OURS.draw_value(count, str(n)) for n in range(cells))
    mean = sum(v * n for v, n in values.items()) / cells
    assert abs(mean - count) < 5 * math.sqrt(settings().variance / cells)
    variance = sum((v - count) ** 2 * n for v, n in values.items()) / cells
    assert abs(variance - settings().variance) < 0.2


def test_another_key_or_another_draw_gives_other_values() -> None:
    other = Perturbation(b"l" * 32, settings().deviation, settings().variance)
    cells = [str(n) for n in range(50)]
    assert [OURS.draw_value(40, c) for c in cells] != [other.draw_value(40, c) for c in cells]
    assert [OURS.draw_value(40, f"{c}|1") for c in cells] != [OURS.draw_value(40, f"{c}|2") for c in cells]


def test_an_unknown_pair_is_refused() -> None:
    with pytest.raises(KeyError, match=r"perturbation\.csv has no table"):
        probabilities(5, 9.0)
