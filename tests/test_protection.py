"""Protection of small counts and the attacker who tries it: on made-up tables, by enumeration, by another's example."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import numpy as np
import pytest

from tests import synthetic_cases
from tests.synthetic_cases import REGION
from warehouse.audit import findings, published
from warehouse.audit.attack import Contradiction, Interval, Puzzle, TimedOut, intervals
from warehouse.disclosure.cells import Cell, CountryYear, Counts
from warehouse.disclosure.protection import NotProtectable, protect
from warehouse.disclosure.releases import Outcome, settle
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


@pytest.mark.hard
def test_of_a_component_of_some_five_thousand_cells_neither() -> None:
    """(a) at the nightly size: a year of 333 areas."""
    areas = tuple(f"A{n:03}" for n in range(333))
    [counted, *_] = synthetic_cases.of_years(synthetic_cases.cases(500_000, 2, areas), areas)
    system = System(counted, synthetic_cases.sums(areas))
    assert len(system.names) > 5_000
    found = attacked(system, protect(system, K).withheld)
    assert [cell for cell, i in found.items() if not i.covers(1, K - 1)] == []


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


def test_elimination_alone_leaves_answers_that_are_too_narrow(years: list[System]) -> None:
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


# ---- differences ---------------------------------------------------------------------------------------


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


# ---- two releases --------------------------------------------------------------------------------------


def country(name: str, people: list[tuple[int, str, str]], submission: str) -> CountryYear:
    """A year of a country from its persons: quarter, sex, age group."""

    def counts(mine: list[tuple[int, str, str]]) -> Counts:
        spread = {"sex": Counter(s for _, s, _ in mine), "age_group": Counter(a for _, _, a in mine)}
        return Counts(len(mine), spread, frozenset({submission}))

    quarters = {("Q", f"2023-{3 * q + 1:02}-01"): counts([p for p in people if p[0] == q]) for q in range(4)}
    return CountryYear(name, "X/c", {("A", "2023-01-01"): counts(people), **quarters})


def persons(number: int, rng: np.random.Generator) -> list[tuple[int, str, str]]:
    sexes, ages = rng.choice(["F", "M", "_U"], number, p=[0.7, 0.28, 0.02]), ["Y0T17", "Y_GE18", "_U"]
    return list(
        zip(
            rng.integers(0, 4, number).tolist(), sexes.tolist(),
            rng.choice(ages, number, p=[0.25, 0.7, 0.05]).tolist(), strict=True,
        )
    )  # fmt: skip


SIZES = {"AAA": 900, "BBB": 300, "CCC": 120, "DDD": 60, "EEE": 30, "FFF": 15, "GGG": 8, "HHH": 3}


def sent(seed: int) -> dict[str, list[tuple[int, str, str]]]:
    rng = np.random.default_rng(seed)
    return {name: persons(number, rng) for name, number in SIZES.items()}


def settled(people: dict, submissions: dict[str, str], before: Outcome | None, old: dict | None) -> tuple:
    now = {name: country(name, mine, submissions[name]) for name, mine in people.items()}
    outcome = settle(now, frozenset(SIZES), REGION, {}, K, before.shown if before else None, old)
    return outcome, now


def tables(outcome: Outcome) -> published.Tables:
    """What a reader of the file has."""
    shown, told = outcome.shown, {}
    for cell, value in shown.values.items():
        members = shown.members[cell.frequency, cell.start] if cell.area == REGION else ()
        place = published.Place("trafficking", "victims_detected", "2023-01-01", *cell)
        told[place] = published.Told(value, " ".join(members) or None, shown.submissions[cell])
    return told


def leaks(now: Outcome, before: Outcome) -> list[tuple]:
    """Counts and differences that an attacker of both files narrows to less than 1 to 4."""
    [pair] = published.pairs(tables(now), tables(before)).values()
    found = intervals(pair.puzzle, enough=K - 1)
    wrong = []
    for which, named in (("now", pair.now), ("before", pair.before), ("change", pair.changes)):
        for place, cell in named.items():
            there, then = now.true.get(Cell(*place[3:])), before.true.get(Cell(*place[3:]))
            value = {"now": there, "before": then}.get(which, (there or 0) - (then or 0))
            if value is None or not 1 <= abs(value) < K:
                continue
            interval = found.get(cell)
            covered = interval and interval.covers(*((1, K - 1) if value > 0 else (1 - K, -1)))
            wrong += [] if covered else [(which, place[3:], value, interval)]
    return wrong


@pytest.mark.parametrize("seed", range(6))
def test_small_revisions_wait_and_large_ones_pass_and_both_files_tell_nothing(seed: int) -> None:
    """(a) of two releases, (b): one person more in every country; then a hundred more in one; then both."""
    rng = np.random.default_rng(100 + seed)
    people = sent(seed)
    first, old = settled(people, dict.fromkeys(SIZES, "s1"), None, None)
    assert leaks(first, first) == []
    few = {name: [*mine, *persons(1, rng)] for name, mine in people.items()}
    many = people | {"BBB": people["BBB"] + persons(400, rng)}
    both = {name: few[name] + many[name][len(people[name]) :] for name in people}
    for changed in (few, many, both):
        second, _ = settled(changed, dict.fromkeys(SIZES, "s2"), first, old)
        assert leaks(second, first) == []
        for cell, value in second.shown.values.items():
            was = first.shown.values.get(cell)
            if value is not None and was is not None:
                assert value == was or abs(value - was) >= K, cell
        gone = [
            c for c, was in first.shown.values.items() if was is not None and c not in second.shown.values
        ]
        assert gone == []
        if changed is few:
            assert second.is_held_back
            assert second.shown == first.shown
        if changed is many and not second.is_held_back:
            assert second.shown.values[Cell("BBB", "A", "2023-01-01", "_T", "_T")] == len(many["BBB"])


OURS = {
    "sex": ("sex", ("F", "M", "_U")),
    "age": ("age_group", ("Y0T17", "Y_GE18", "_U")),
    "class": ("origin_class", ("own_national", "intra_regional", "extra_regional", "indeterminate")),
}
"""What the made-up cases call otherwise."""


def country_years(drawn: dict[str, np.ndarray], year: int, submission: str) -> dict[str, CountryYear]:
    """The counts of every country's year, from its persons."""

    def counts(mine: np.ndarray) -> Counts:
        spread = {
            dimension: Counter(
                dict(zip(codes, np.bincount(drawn[name][mine], minlength=len(codes)).tolist(), strict=True))
            )
            for name, (dimension, codes) in OURS.items()
        }
        return Counts(int(mine.sum()), spread, frozenset({submission}))

    found = {}
    for n, name in enumerate(synthetic_cases.COUNTRIES):
        mine = (drawn["year"] == year) & (drawn["country"] == n)
        periods = {("A", f"{year}-01-01"): counts(mine)}
        periods |= {
            ("Q", f"{year}-{3 * q + 1:02}-01"): counts(mine & (drawn["quarter"] == q)) for q in range(4)
        }
        found[name] = CountryYear(name, "X/c", periods)
    return found


@pytest.mark.slow
def test_of_100_000_persons_what_two_releases_tell_is_true_and_differs_by_no_small_number() -> None:
    """(a) of both releases together, (b): then the sex of one person in each country is another, and the largest country adds 40,000."""
    drawn, more = synthetic_cases.cases(), synthetic_cases.cases(40_000, seed=2)
    more["country"][:] = np.bincount(drawn["country"]).argmax()
    revised = {name: np.concatenate([values, more[name]]) for name, values in drawn.items()}
    for n in range(len(synthetic_cases.COUNTRIES)):
        revised["sex"][np.flatnonzero(revised["country"] == n)[:1]] = 1
    members, changed = frozenset(synthetic_cases.COUNTRIES), 0
    for year in synthetic_cases.YEARS:
        old, new = country_years(drawn, year, "s1"), country_years(revised, year, "s2")
        first = settle(old, members, REGION, {}, K)
        second = settle(new, members, REGION, {}, K, first.shown, old)
        for outcome in (first, second):
            told = {cell: value for cell, value in outcome.shown.values.items() if value is not None}
            assert {cell: v for cell, v in told.items() if outcome.true[cell] != v} == {}
            assert [cell for cell, v in told.items() if 1 <= v < K] == []
        assert len(first.shown.values) == 12 * 15
        for cell, value in second.shown.values.items():
            was = first.shown.values[cell]
            assert value is None or was is None or value == was or abs(value - was) >= K, cell
            changed += value != was
        assert leaks(second, first) == []
    assert changed > 0


def test_a_step_and_a_step_back_are_held_against_the_release_before_both() -> None:
    """400 persons more, then all but one of them gone: one more than the first release says, so that it waits."""
    rng = np.random.default_rng(7)
    people = sent(4)
    first, _ = settled(people, dict.fromkeys(SIZES, "s1"), None, None)
    many = people | {"AAA": people["AAA"] + persons(400, rng)}
    second, old = settled(
        many, dict.fromkeys(SIZES, "s2"), first, settled(people, dict.fromkeys(SIZES, "s1"), None, None)[1]
    )
    total = Cell("AAA", "A", "2023-01-01", "_T", "_T")
    assert (first.shown.values[total], second.shown.values[total]) == (900, 1300)
    one_more = people | {"AAA": [*people["AAA"], *persons(1, rng)]}
    now = {name: country(name, mine, "s3") for name, mine in one_more.items()}

    def third(earlier: list) -> Outcome:
        return settle(now, frozenset(SIZES), REGION, {}, K, second.shown, old, earlier)

    assert third([]).shown.values[total] == 901  # beside the last release alone nothing is small
    held = third([first.shown])
    assert (held.shown.values[total], held.is_held_back) == (1300, True)


def test_the_same_data_sent_again_change_nothing() -> None:
    people = sent(1)
    first, old = settled(people, dict.fromkeys(SIZES, "s1"), None, None)
    again, _ = settled(people, dict.fromkeys(SIZES, "s2"), first, old)
    assert again.shown == first.shown
    assert not again.is_held_back


@pytest.mark.slow
def test_two_releases_that_are_protected_each_by_itself_tell_what_neither_does() -> None:
    """So that the joint system is needed: with patterns of their own, differences and old counts come out."""
    found = 0
    for seed in range(6):
        rng = np.random.default_rng(200 + seed)
        people = sent(seed)
        first, _ = settled(people, dict.fromkeys(SIZES, "s1"), None, None)
        few = {name: [*mine, *persons(1, rng)] for name, mine in people.items()}
        alone, _ = settled(few, dict.fromkeys(SIZES, "s2"), None, None)
        found += len(leaks(alone, first))
    assert found > 20


def test_a_country_that_comes_late_is_shown_and_joins_the_region_when_nothing_follows() -> None:
    """The region told before stays of its members; the late one stands by itself, and no small count of it follows."""
    people = sent(2)
    early = {name: mine for name, mine in people.items() if name != "FFF"}
    first, old = settled(early, dict.fromkeys(SIZES, "s1"), None, None)
    second, _ = settled(people, dict.fromkeys(SIZES, "s1"), first, old)
    assert leaks(second, first) == []
    assert Cell("FFF", "A", "2023-01-01", "_T", "_T") in second.shown.values
    assert "FFF" not in second.shown.members["A", "2023-01-01"]
    large = people | {"FFF": persons(900, np.random.default_rng(9))}
    third, _ = settled(large, dict.fromkeys(SIZES, "s1"), first, old)
    assert leaks(third, first) == []


def test_of_counts_that_are_gone_what_was_shown_stays_as_it_was() -> None:
    """A purged file: nobody can say any more what is behind the table, so nothing beside it is safe."""
    people = sent(3)
    first, _ = settled(people, dict.fromkeys(SIZES, "s1"), None, None)
    second, _ = settled({n: p[1:] for n, p in people.items()}, dict.fromkeys(SIZES, "s2"), first, None)
    assert second.shown == first.shown
    assert second.is_held_back


# ---- what no threshold sees: each a flag of the audit -------------------------------------------------------


def one_table(values: dict[str, int | None]) -> published.Tables:
    """A year of one country by sex."""
    base = ("trafficking", "victims_detected", "2023-01-01", "AAA", "A", "2023-01-01")
    cells = {code: ("_T", "_T") if code == "_T" else ("sex", code) for code in values}
    return {published.Place(*base, *cells[code]): published.Told(v, None, "s1") for code, v in values.items()}


def audited(values: dict[str, int | None]) -> findings.Finding:
    tables = one_table(values)
    [(name, pair)] = published.pairs(tables, {}).items()
    counted = findings.Finding(name, len(tables), 0, one_category=findings._one_category(tables, K))
    return findings._attacked(counted, pair, K, {}, 10)


def test_everybody_in_one_category_is_flagged_and_not_withheld() -> None:
    """All 40 are women: no small count, and it is told of everybody."""
    assert audited({"_T": 40, "F": 40, "M": 0, "_U": 0}).one_category == 1
    assert audited({"_T": 40, "F": 30, "M": 10, "_U": 0}).one_category == 0
    assert not audited({"_T": 40, "F": 40, "M": 0, "_U": 0}).leaks


def test_what_would_follow_if_no_zero_were_withheld_is_flagged() -> None:
    """M and _U share 2: with zeros from 0 to 2 each, without them 1 and 1."""
    found = audited({"_T": 42, "F": 40, "M": None, "_U": None})
    assert found.if_no_zero_is_withheld == 2
    assert audited({"_T": 60, "F": 40, "M": None, "_U": None}).if_no_zero_is_withheld == 0


def test_an_insider_who_knows_one_person_learns_the_other_cell() -> None:
    """Seven in two cells: who knows that one of them is 3 knows 4; and from a table with three cells nothing."""
    tables = one_table({"_T": 47, "F": 40, "M": None, "_U": None})
    [pair] = published.pairs(tables, {}).values()
    named = {place.code: cell for place, cell in pair.now.items()}
    assert findings.insider(pair, named["M"], 3, K) == {named["_U"]: Interval(4, 4)}
    tables = one_table({"_T": 47, "F": None, "M": None, "_U": None})
    [pair] = published.pairs(tables, {}).values()
    assert findings.insider(pair, named["M"], 3, K) == {}


def test_a_leak_is_told_from_the_file_alone() -> None:
    """3 beside published 40 and 0 follows; of 2 and 1 that share 3 either is small, and neither open."""
    assert audited({"_T": 43, "F": 40, "M": None, "_U": 0}).exact == 1
    assert audited({"_T": 43, "F": 40, "M": None, "_U": None}).exact == 0
    assert findings._is_narrow(Interval(1, 2), K)
    assert not findings._is_narrow(Interval(1, K - 1), K)
    assert findings._is_narrow(Interval(-2, -1), K)
