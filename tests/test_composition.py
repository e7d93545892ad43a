"""The mix test: Pearson's parts by other code, bounds by brute force, every refusal, words and verdicts."""

import itertools
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from schemas.codelists import codelist
from schemas.tables import table
from tests.in_memory import MORE
from warehouse.build.statistics.composition import (
    COMPOSITION_DEFAULTS,
    RESULT_COLUMNS,
    _largest_change,
    _pool_classes,
    _table,
    compare,
    compositions,
)
from warehouse.build.statistics.intervals import Interval

CLASSES = ["extra_continental", "extra_regional_americas", "intra_regional", "own_national", "stateless"]
SERIES = [
    c for c in table("analysis.origin_mix").column_names if c in table("core.composition_points").column_names
]
DAY = date(2022, 6, 30)
BEFORE, AFTER = (2016, 2017, 2018), (2019, 2020, 2021)

Told = dict[int, dict[str, Any]]


def frame(told: Told, changes: dict[int, dict[str, Any]] | None = None, **everywhere: Any) -> pd.DataFrame:
    """Points of one series: year → class → persons (a number or bounds), and what else is said of the year."""
    rows = []
    for year, classes in told.items():
        bounds = {c: n if isinstance(n, tuple) else (n, n) for c, n in classes.items()}
        listed = [sum(b[side] for b in bounds.values()) for side in (0, 1)]
        said = {
            "measure": "m",
            "period_start": date(year, 1, 1),
            "period_end": date(year, 12, 31),
            "count_unit": "person",
            "hidden_high": 0.0,
            "total_low": listed[0],
            "total_high": listed[1],
            "is_whole": True,
            "is_unconfirmed": False,
            "is_real_change": False,
            "break_id": None,
            "table_flag": None,
        }
        said |= everywhere | (changes or {}).get(year, {})
        for c in CLASSES:
            low, high = bounds.get(c, (0, 0))
            rows.append(said | {"origin_class": c, "persons_low": float(low), "persons_high": float(high)})
    return pd.DataFrame(rows)


def one(
    told: Told, changes: dict[int, dict[str, Any]] | None = None, day: date = DAY, **everywhere: Any
) -> dict[str, Any]:
    (row,) = compositions(frame(told, changes, **everywhere), as_of=day, series=["measure"]).to_dict(
        "records"
    )
    return row


def years(before: dict[str, Any], after: dict[str, Any]) -> Told:
    """Three years of the one and three of the other."""
    return dict.fromkeys(BEFORE, before) | dict.fromkeys(AFTER, after)


STEADY = {"own_national": 500, "intra_regional": 300, "extra_continental": 200}
SHIFTED = {"own_national": 200, "intra_regional": 600, "extra_continental": 200}


# ── The test statistic ───────────────────────────────────────────────────────────────────────────


def exact(counts: np.ndarray) -> Interval:
    return Interval(counts.astype(float), counts.astype(float))


def by_scipy(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """φ and p by other code: Pearson's statistic of all years less that of the two periods."""
    periods = np.array([before.sum(axis=0), after.sum(axis=0)])
    between = stats.chi2_contingency(periods, correction=False).statistic
    every = stats.chi2_contingency(np.vstack([before, after]), correction=False).statistic
    free, units = before.shape[1] - 1, len(before) + len(after) - 2
    phi = max(1.0, (every - between) / (free * units))
    return phi, float(stats.f.sf(between / free / phi, free, units))


def test_exact_counts_give_pearsons_parts() -> None:
    rng = np.random.default_rng(20240601)
    for _ in range(200):
        n_before, n_after, classes = rng.integers(2, 4), rng.integers(2, 4), rng.integers(2, 5)
        before, after = (rng.integers(3, 60, size=(n, classes)) for n in (n_before, n_after))
        found = compare(exact(before), exact(after))
        phi, p = by_scipy(before, after)
        assert (found.dispersion_low, found.dispersion_high) == pytest.approx((phi, phi))
        assert (found.p_low, found.p_high) == pytest.approx((p, p))


def test_a_table_worked_by_hand() -> None:
    """Years 40:60 and 60:40, then twice 80:20: all 260:140 of 400, so p = .65 and .35.

    Between: shares .5 and .8 of 200 each: 200·200/400 · (.3²/.65 + .3²/.35) = 39.5604. Within: the first
    two are .1 off their mean: 2 · 100 · (.1²/.65 + .1²/.35) = 8.7912; 2 degrees, φ = 4.3956. F = 9 on 1 and 2.
    """
    found = compare(exact(np.array([[40, 60], [60, 40]])), exact(np.array([[80, 20], [80, 20]])))
    assert found.dispersion_high == pytest.approx(4.3956, abs=1e-4)
    assert found.p_high == pytest.approx(stats.f.sf(9.0, 1, 2))


@st.composite
def small_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two years on either side, two or three classes: lower and upper bounds."""
    shape = (4, draw(st.integers(2, 3)))
    low = np.array(draw(st.lists(st.integers(1, 30), min_size=12, max_size=12)))[: shape[0] * shape[1]]
    wide = np.array(draw(st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 4]), min_size=12, max_size=12)))
    assume(0 < np.prod(wide[: low.size] + 1) <= 400)
    return low.reshape(shape), (low + wide[: low.size]).reshape(shape)


@pytest.mark.slow
@settings(max_examples=60 * MORE, deadline=None)
@given(tables=small_tables())
def test_every_completion_lies_within_the_bounds(tables: tuple[np.ndarray, np.ndarray]) -> None:
    low, high = tables
    found = compare(*(Interval(*(b[rows].astype(float) for b in tables)) for rows in (slice(2), slice(2, 4))))
    cells = [range(a, b + 1) for a, b in zip(low.ravel(), high.ravel(), strict=True)]
    for values in itertools.product(*cells):
        counts = np.array(values).reshape(low.shape)
        phi, p = by_scipy(counts[:2], counts[2:])
        assert found.dispersion_low - 1e-9 <= phi <= found.dispersion_high + 1e-9
        assert found.p_low - 1e-9 <= p <= found.p_high + 1e-9


def test_an_unbounded_count_leaves_everything_open() -> None:
    high = np.array([[40.0, 60], [60, np.inf]])
    low = np.where(np.isinf(high), 40, high)
    found = compare(Interval(low, high), exact(np.array([[80, 20], [80, 20]])))
    assert (found.p_high, found.dispersion_high) == (1, np.inf)
    assert found.p_low <= float(compare(Interval(low, low), exact(np.array([[80, 20]] * 2))).p_low)


def test_many_tables_at_once_are_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(7)
    before, after = (rng.integers(5, 90, size=(20, 3, 4)) for _ in range(2))
    together = compare(exact(before), exact(after)).p_high
    apart = [float(compare(exact(b), exact(a)).p_high) for b, a in zip(before, after, strict=True)]
    assert together == pytest.approx(apart)


def pooled(counts: np.ndarray) -> list[list[int]]:
    table = _table(frame(years(STEADY, SHIFTED)))
    return _pool_classes(table._replace(low=counts, high=counts), COMPOSITION_DEFAULTS)


def test_sparse_classes_are_pooled_from_the_smallest() -> None:
    """100 a year; 2, 4, 9 and 85 of them: 2 and 4 make 6, which is enough."""
    low = np.array([[85.0, 2, 9, 4]] * 3)
    assert pooled(low) == [[0], [1, 3], [2]]
    # the smallest year counts: of fifty 6 % are three, so the nine join
    assert pooled(np.vstack([low, low[:1] / 2])) == [[0], [1, 2, 3]]
    assert pooled(low / 20) == [[0, 1, 2, 3]]
    # nobody is of a class: it joins no other
    assert pooled(np.array([[85.0, 0, 9, 6]] * 3)) == [[0], [2], [3]]


# ── The size of a change ─────────────────────────────────────────────────────────────────────────


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=4, max_size=4),
    hidden=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_the_change_holds_wherever_the_hidden_belong(
    cells: list[tuple[int, int]], hidden: tuple[int, int]
) -> None:
    """One year a period, two classes, each hidden person in either: every completion by brute force."""
    assume(all(cells[n][0] + cells[n + 1][0] > 0 for n in (0, 2)))
    names = ["intra_regional", "own_national"]
    bounds = {
        2016 + n: dict(zip(names, ((low, low + w) for low, w in cells[2 * n : 2 * n + 2]), strict=True))
        for n in (0, 1)
    }
    named = {y: [sum(b[s] for b in told.values()) for s in (0, 1)] for y, told in bounds.items()}
    said = {
        y: {"hidden_high": float(h), "total_low": named[y][0] + h, "total_high": named[y][1] + h}
        for y, h in zip(bounds, hidden, strict=True)
    }
    table = _table(frame(bounds, said))
    first, last = (table.select_years(table.year == y) for y in (2016, 2017))
    largest, low, high = _largest_change(first, last)
    k = names.index(table.classes[largest]) if table.classes[largest] in names else None
    for change in _changes(cells, hidden, k):
        assert low - 1e-9 <= change <= high + 1e-9


def _changes(cells: list[tuple[int, int]], hidden: tuple[int, int], k: int | None) -> list[float]:
    shares = []
    for n in (0, 1):
        (a, wide_a), (b, wide_b) = cells[2 * n : 2 * n + 2]
        shares.append(
            [
                100 * ((x, y)[k] + mine if k is not None else mine) / (x + y + hidden[n])
                for x in range(a, a + wide_a + 1)
                for y in range(b, b + wide_b + 1)
                for mine in range(hidden[n] + 1)
            ]
        )
    return [after - before for before in shares[0] for after in shares[1]]


# ── Verdicts ─────────────────────────────────────────────────────────────────────────────────────


def test_a_mix_that_surely_changed() -> None:
    """Own nationals from .5 to .2 of a thousand a year, and members' from .3 to .6: thirty points."""
    row = one(years(STEADY, SHIFTED))
    assert (row["verdict"], row["why_not"]) == ("changed", None)
    assert (row["baseline_period"], row["last_period"], row["n_years"]) == ("2016-2018", "2019-2021", 6)
    assert row["compared"] == "extra_continental | intra_regional | own_national"
    assert (abs(row["points_low"]), row["points_low"]) == pytest.approx((30, row["points_high"]))
    assert row["dispersion_low"] == row["dispersion_high"] == 1


def test_a_clear_but_small_change_is_not_called_one() -> None:
    """Four points of a hundred thousand: p is tiny, and nobody need hear of it."""
    before = {"own_national": 50_000, "intra_regional": 50_000}
    row = one(years(before, {"own_national": 46_000, "intra_regional": 54_000}))
    assert row["p_high"] < 0.001
    assert (row["points_high"] in (pytest.approx(4), pytest.approx(-4)), row["verdict"]) == (
        True,
        "no_clear_change",
    )
    assert one(years(before, {"own_national": 45_000, "intra_regional": 55_000}))["verdict"] == "changed"


def test_a_change_within_the_years_own_swings_is_not_called_one() -> None:
    """.5 to .7, from years that swing between .35 and .65: plain chi-square would cry wolf."""
    swinging = [350, 500, 650, 550, 700, 850]
    told = {
        y: {"own_national": n, "intra_regional": 1000 - n}
        for y, n in zip(BEFORE + AFTER, swinging, strict=True)
    }
    row = one(told)
    plain = stats.chi2_contingency([[1500, 1500], [2100, 900]], correction=False).pvalue
    assert plain < 1e-50
    assert (row["p_high"] > 0.01, row["verdict"]) == (True, "no_clear_change")


def test_the_hidden_may_take_a_change_away() -> None:
    """Own nationals fall from .5 to .39 of those known; a hundred of 1,100 a year may be anyone.

    Over all they are 500–600 of 1,100 and then 390–490: one point less or nineteen. The
    extra-continental, 200–300 and then 310–410, mirror them.
    """
    after = {"own_national": 390, "intra_regional": 300, "extra_continental": 310}
    hiding = {y: {"hidden_high": 100.0, "total_low": 1100, "total_high": 1100} for y in BEFORE + AFTER}
    assert one(years(STEADY, after))["verdict"] == "changed"
    row = one(years(STEADY, after), hiding)
    assert row["known_low"] == pytest.approx(1000 / 1100)
    assert abs(row["points_low"] + row["points_high"]) / 2 == pytest.approx(10)
    assert min(abs(row["points_low"]), abs(row["points_high"])) == pytest.approx(100 * 10 / 1100)
    assert (row["p_high"] <= 0.01, row["verdict"]) == (True, "no_clear_change")


REFUSALS: dict[str, dict[str, Any]] = {
    "not_persons": {"count_unit": "event"},
    "too_few_years": {"told": dict.fromkeys((2016, 2017, 2018, 2021), STEADY)},
    "overlapping_periods": {"changes": {2020: {"period_end": date(2021, 6, 30)}}},
    "break": {"changes": {y: {"break_id": "b1"} for y in (2016, 2017)}},
    "suspected_break": {"told": years(STEADY, {c: 3 * n for c, n in SHIFTED.items()})},
    "unconfirmed_origin": {"changes": {2017: {"is_unconfirmed": True}}},
    "too_old": {"day": date(2025, 1, 1)},
    "origin_unknown": {"changes": {2020: {"hidden_high": 251.0, "total_low": 1251, "total_high": 1251}}},
    "too_small": {"told": years({"own_national": 9}, {"own_national": 5, "intra_regional": 4})},
    "hidden": {"told": years(STEADY, {"own_national": (200, 500), "intra_regional": (300, 600)})},
}


def test_there_is_a_case_for_every_reason() -> None:
    assert set(REFUSALS) == set(codelist("mix_reason"))


@pytest.mark.statistics("7", "mix test")
@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_a_series_that_may_not_be_tested_is_not(reason: str) -> None:
    case = {"told": years(STEADY, SHIFTED)} | REFUSALS[reason]
    row = one(**case)
    assert row["why_not"] == reason
    assert row["verdict"] == codelist("mix_reason")[reason].attributes["verdict"]
    assert row["verdict"] in codelist("mix_verdict")
    assert all(pd.isna(row[c]) for c in ("p_low", "p_high", "q_value", "largest_class", "points_low"))


def test_a_year_between_those_compared_may_be_a_break() -> None:
    """2019 lies between the baseline and the last three years, 2020–2022."""
    told = dict.fromkeys((*BEFORE, 2019, 2020, 2021, 2022), STEADY)
    assert one(told)["last_period"] == "2020-2022"
    assert one(told)["why_not"] is None
    assert one(told, {2019: {"break_id": "b1"}})["why_not"] == "break"
    assert one(told | {2019: {c: 3 * n for c, n in STEADY.items()}})["why_not"] == "suspected_break"
    assert one(told, {2019: {"is_unconfirmed": True}})["why_not"] is None


@pytest.mark.parametrize(
    ("what", "case"),
    [
        (
            "80 % is enough",
            {"changes": {2020: {"hidden_high": 250.0, "total_low": 1250, "total_high": 1250}}},
        ),
        ("a break before the years compared", {"changes": {2015: {"break_id": "b1"}}, "first": 2015}),
        (
            "an unconfirmed origin in a year that is not compared",
            {"changes": {2015: {"is_unconfirmed": True}}, "first": 2015},
        ),
        ("one break_id throughout", {"changes": {y: {"break_id": "b1"} for y in BEFORE + AFTER}}),
        (
            "a threefold jump that a steward says is real",
            {"after": {c: 3 * n for c, n in SHIFTED.items()}, "changes": {2019: {"is_real_change": True}}},
        ),
        ("a jump just below threefold", {"after": {c: 2.99 * n for c, n in SHIFTED.items()}}),
    ],
)
def test_what_is_no_reason(what: str, case: dict[str, Any]) -> None:
    told = years(STEADY, case.get("after", SHIFTED))
    told |= {2015: STEADY} if "first" in case else {}
    assert one(told, case.get("changes"))["why_not"] is None, what


def test_years_that_are_not_whole_are_left_out() -> None:
    """Without 2017 two baseline years are left; without 2016 too the series' own first three are taken."""
    told = years(STEADY, SHIFTED) | {2014: STEADY, 2015: STEADY}
    row = one(told, {2017: {"is_whole": False}})
    assert (row["baseline_period"], row["n_years"], row["verdict"]) == ("2016-2018", 5, "changed")
    row = one(told, {y: {"is_whole": False} for y in (2016, 2017)})
    assert (row["baseline_period"], row["last_period"]) == ("own:2014-2018", "2019-2021")
    row = one(told, is_whole=False)
    assert (row["n_years"], row["why_not"], row["baseline_period"]) == (0, "too_few_years", None)


@pytest.mark.slow
def test_false_discoveries_are_controlled_within_a_measure() -> None:
    """One p of .004 among twenty series of a measure is not enough; alone it is."""
    told = years(STEADY, {"own_national": 410, "intra_regional": 390, "extra_continental": 200})
    lone = frame(told, country="A")
    p = compositions(lone, as_of=DAY, series=["measure", "country"])["p_high"].iloc[0]
    assert 0.0005 < p <= 0.01
    crowd = pd.concat([lone, *(frame(years(STEADY, STEADY), country=f"B{n:02}") for n in range(300))])
    found = compositions(crowd, as_of=DAY, series=["measure", "country"])
    assert found["verdict"].iloc[0] == "no_clear_change"
    assert found["q_value"].iloc[0] == pytest.approx(min(1, 301 * p))
    assert compositions(lone, as_of=DAY, series=["measure", "country"])["verdict"].iloc[0] == "changed"


def test_the_columns_are_the_declared_ones() -> None:
    assert {*SERIES, *RESULT_COLUMNS, "q_value", "verdict"} == set(table("analysis.origin_mix").column_names)
    empty = compositions(frame(years(STEADY, SHIFTED)).iloc[:0], as_of=DAY, series=["measure"])
    assert empty.empty
