"""Protection of small counts and the attacker who tries it: on made-up tables, by enumeration, by another's example."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from tests import synthetic_cases
from warehouse.audit.attack import Contradiction, Interval, Puzzle, TimedOut, intervals
from warehouse.disclosure.protection import NotProtectable, protect
from warehouse.disclosure.system import System

K = 5


@pytest.fixture(scope="module")
def years() -> list[System]:
    """The tables of five years."""
    return [System(v, synthetic_cases.sums()) for v in synthetic_cases.of_years(synthetic_cases.cases())]


def small(system: System, threshold: int = K) -> set:
    return {name for name, value in system.values.items() if 1 <= value < threshold}


def puzzle(system: System, withheld) -> Puzzle:
    """What is published of a system."""
    known = {n: system.values[n] for n, hidden in zip(system.names, withheld, strict=True) if not hidden}
    return Puzzle(system.names, system.relations, known)


def attacked(system: System, withheld, threshold: int = K, **how) -> dict:
    """The intervals of its small counts."""
    return intervals(puzzle(system, withheld), small(system, threshold), enough=threshold - 1, **how)


# ---- the criteria on 100,000 persons ----------------------------------------------------------------


@pytest.mark.parametrize("threshold", [5, 11])
def test_of_every_small_count_nobody_can_tell_which_it_is(years: list[System], threshold: int) -> None:
    """(a), at both thresholds: in whole numbers each may be 1 or less, and as much as one below the threshold."""
    number = 0
    for system in years:
        found = attacked(system, protect(system, threshold).withheld, threshold)
        assert set(found) == small(system, threshold)
        assert [cell for cell, i in found.items() if not i.covers(1, threshold - 1)] == []
        number += len(found)
    assert number > 200


def test_little_is_withheld_beside_the_small_counts(years: list[System]) -> None:
    """Of 900 cells a good third; of the persons counted in these, one in twenty-five."""
    withheld = [protect(system, K).withheld for system in years]
    cells = sum(len(system.names) for system in years)
    persons = sum(int(system.numbers[w].sum()) for system, w in zip(years, withheld, strict=True))
    assert sum(w.sum() for w in withheld) < 0.4 * cells
    assert persons < 0.05 * sum(int(system.numbers.sum()) for system in years)


def test_the_pattern_does_not_depend_on_the_order_of_what_comes_in(years: list[System]) -> None:
    """(d): shuffled cells, relations and parts give the same pattern."""
    system = years[0]
    cells, relations = list(system.values.items()), [(w, tuple(p)) for w, p in system.relations]
    shuffled = random.Random(3)
    shuffled.shuffle(cells)
    shuffled.shuffle(relations)
    relations = [(whole, tuple(shuffled.sample(parts, len(parts)))) for whole, parts in relations]
    again = System(dict(cells), relations)
    assert (protect(again, K).withheld == protect(system, K).withheld).all()


def test_the_attacker_bites_where_only_small_counts_are_withheld(years: list[System]) -> None:
    """(c): most of them follow exactly, or nearly; and each exact answer is the true one."""
    exact = narrow = 0
    for system in years:
        found = attacked(system, system.primaries(K))
        assert all(i.low == system.values[cell] for cell, i in found.items() if i.is_exact)
        exact += sum(i.is_exact for i in found.values())
        narrow += sum(not i.is_exact and not i.covers(1, K - 1) for i in found.values())
    assert exact > 30
    assert narrow > 20


def test_elimination_alone_leaves_no_exact_answer_and_some_that_are_too_narrow(years: list[System]) -> None:
    from warehouse.disclosure.protection import eliminated

    exact = narrow = 0
    for system in years:
        primaries = system.primaries(K)
        found = attacked(system, eliminated(system, primaries, primaries))
        exact += sum(i.is_exact and 1 <= i.low < K for i in found.values())
        narrow += sum(not i.covers(1, K - 1) for i in found.values())
    assert narrow > 0
    assert exact <= narrow


# ---- the attacker against enumeration and another's example ------------------------------------------


def three_by_three(inner: np.ndarray) -> System:
    """A table with its margins."""
    values = {(r, c): int(inner[r, c]) for r, c in product(range(3), repeat=2)}
    values |= {(r, 9): int(inner[r].sum()) for r in range(3)} | {
        (9, c): int(inner[:, c].sum()) for c in range(3)
    }
    values[9, 9] = int(inner.sum())
    rows = [((r, 9), tuple((r, c) for c in range(3))) for r in (0, 1, 2, 9)]
    columns = [((9, c), tuple((r, c) for r in range(3))) for c in (0, 1, 2, 9)]
    return System(values, rows + columns)


def enumerated(system: System, withheld) -> dict:
    """By trying every table of nine numbers: what each withheld cell can be."""
    hidden = [n for n, is_hidden in zip(system.names, withheld, strict=True) if is_hidden]
    inner = [n for n in hidden if 9 not in n]
    most = max(system.values[9, c] for c in range(3))
    tried = np.array(list(product(range(most + 1), repeat=len(inner))))
    tables = np.array([[system.values[r, c] for c in range(3)] for r in range(3)])[None].repeat(len(tried), 0)
    for n, (r, c) in enumerate(inner):
        tables[:, r, c] = tried[:, n]
    cells = {(r, c): tables[:, r, c] for r, c in product(range(3), repeat=2)}
    cells |= {(r, 9): tables[:, r].sum(1) for r in range(3)} | {
        (9, c): tables[:, :, c].sum(1) for c in range(3)
    }
    cells[9, 9] = tables.sum((1, 2))
    fits = np.all([cells[n] == system.values[n] for n in system.names if n not in hidden], axis=0)
    return {n: Interval(int(cells[n][fits].min()), int(cells[n][fits].max())) for n in hidden}


@pytest.mark.parametrize("seed", range(12))
def test_the_attacker_equals_enumeration_on_tables_of_three_by_three(seed: int) -> None:
    """Inner cells withheld at random, margins too: the interval is that of all tables that fit."""
    rng = np.random.default_rng(seed)
    system = three_by_three(rng.integers(0, 6, (3, 3)))
    inner = [n for n in system.names if 9 not in n]
    hidden = {inner[n] for n in rng.choice(9, 4, replace=False)}
    if seed % 2:  # a margin, and with it no more than its column knows
        hidden |= {(int(rng.integers(3)), 9)}
    withheld = [n in hidden for n in system.names]
    assert intervals(puzzle(system, withheld)) == enumerated(system, withheld)


SDCTABLE = {
    "w": {"a": 30, "b": 47, "c": 64, "d": 89}, "x": {"a": 90, "b": 124, "c": 5, "d": 31},
    "y": {"a": 92, "b": 100, "c": 59, "d": 85}, "z": {"a": 800, "b": 991, "c": 651, "d": 685},
}  # fmt: skip
WITHHELD = ("wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd")


def sdctable() -> System:
    """The table of sdcTable's own test of its simple heuristic (tests/testthat/test-simpleheuristic.R)."""
    values = {r + c: n for r, row in SDCTABLE.items() for c, n in row.items()}
    values |= {f"{r}+": sum(row.values()) for r, row in SDCTABLE.items()}
    values |= {f"+{c}": sum(row[c] for row in SDCTABLE.values()) for c in "abcd"}
    values["++"] = sum(values[f"+{c}"] for c in "abcd")
    rows = [(f"{r}+", tuple(r + c for c in "abcd")) for r in "wxyz+"]
    columns = [(f"+{c}", tuple(r + c for r in "wxyz")) for c in "abcd+"]
    return System(values, rows + columns)


def test_the_attacker_finds_what_sdctable_says_of_its_own_example() -> None:
    """Each row and column lacks two, and yet w|b is 47; with x|b withheld too it is from 0 to 141."""
    system = sdctable()
    assert system.adds_up(system.numbers)
    published = puzzle(system, [n in WITHHELD for n in system.names])
    assert intervals(published, ["wb"]) == {"wb": Interval(47, 47)}
    mended = puzzle(system, [n in (*WITHHELD, "xb") for n in system.names])
    assert intervals(mended, ["wb"]) == {"wb": Interval(0, 141)}


# ---- what is known beforehand, and what cannot be protected -------------------------------------------


def test_a_total_that_is_known_from_elsewhere_is_no_partner() -> None:
    """3 + 7 + 40 = 50: with 40 known, 3 hides behind 7 alone, and with both known behind none."""
    values = {"total": 50, "a": 3, "b": 7, "c": 40}
    relations = [("total", ("a", "b", "c"))]
    free = protect(System(values, relations), K)
    known = protect(System(values, relations, known=frozenset({"c", "total"})), K)
    assert dict(zip("abct", known.withheld, strict=False)) == {"a": True, "b": True, "c": False, "t": False}
    assert free.withheld.sum() == 2
    with pytest.raises(NotProtectable):
        protect(System(values, relations, known=frozenset({"b", "c", "total"})), K)


def test_a_zero_may_be_a_partner() -> None:
    """Three in one category of a total of three: zeros beside it go, too, else all would be there."""
    values = {"total": 3, "a": 3, "b": 0, "c": 0}
    pattern = protect(System(values, [("total", ("a", "b", "c"))], known=frozenset({"total"})), 3)
    assert not pattern.withheld.any()  # 3 is no small count here
    larger = System({"total": 9, "a": 3, "b": 6, "c": 0}, [("total", ("a", "b", "c"))])
    assert protect(larger, K).withheld[larger.place["a"]]


def test_out_of_time_is_not_protected_and_not_answered(years: list[System]) -> None:
    with pytest.raises(NotProtectable):
        protect(years[0], K, eliminate=False, seconds=0)
    withheld = protect(years[0], K).withheld
    with pytest.raises(TimedOut):
        attacked(years[0], withheld, seconds=0)


def test_what_no_table_fits_is_a_contradiction() -> None:
    with pytest.raises(Contradiction):
        intervals(Puzzle(["t", "a", "b"], [("t", ("a", "b"))], {"t": 3, "a": 4}))
    with pytest.raises(Contradiction):
        intervals(Puzzle(["t", "a"], [("t", ("a",))], {"t": 3, "a": 4}))


# ---- two releases --------------------------------------------------------------------------------------


def test_a_small_difference_between_two_releases_is_protected_like_a_count() -> None:
    """Two persons more where three had been withheld: neither the three nor the two can be told from both tables."""
    cells = {"total": 50, "a": 3, "b": 7, "c": 40}
    later = {"total": 57, "a": 5, "b": 12, "c": 40}
    values = {f"1{n}": v for n, v in cells.items()} | {f"2{n}": v for n, v in later.items()}
    values |= {f"d{n}": later[n] - cells[n] for n in cells}
    relations = [(f"{r}total", tuple(f"{r}{n}" for n in "abc")) for r in "12"]
    relations += [(f"2{n}", (f"1{n}", f"d{n}")) for n in cells]
    differences = frozenset(f"d{n}" for n in cells)
    system = System(values, relations, frozenset({"1total", "1c"}), frozenset({"1a", "1b"}), differences)
    pattern = protect(system, K)
    told = {n for n, w in zip(system.names, pattern.withheld, strict=True) if not w} - differences
    assert {"1total", "1c"} <= told
    known = {n: values[n] for n in told}
    found = intervals(Puzzle(system.names, relations, known, differences), ["1a", "da"], enough=K)
    assert found["1a"].covers(1, K - 1)
    assert found["da"].covers(1, K - 1)
