"""Trends: direction, level, breaks and every refusal; expected values by hand, by enumeration or by other code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from schemas.codelists import codelist
from schemas.flags import has_flag
from schemas.words import languages, number
from warehouse.build.statistics import trends as tr
from warehouse.build.statistics.breaks import list_jumps
from warehouse.build.statistics.direction import mann_kendall, null_tail, theil_sen
from warehouse.build.statistics.discoveries import q_values
from warehouse.build.statistics.level import inflation, prior
from warehouse.build.statistics.power import power
from warehouse.build.statistics.settings import DEFAULTS
from warehouse.build.statistics.trends import without_coverage
from warehouse.build.statistics.yearly import accepted_slopes
from warehouse.statements.sentences import REASONS, direction_remark, trend_sentence
from warehouse.statements.sentences import level as level_sentence

SERIES = ["indicator", "reporting_country"]
AS_OF = date(2025, 6, 1)
RISING = [100, 110, 120, 130, 140, 150, 160, 170, 180, 190]  # 2014 … 2023


def one_series(
    counts, *, first=2014, country="AAA", unit="count", indicator="i", flags=None, **more
) -> pd.DataFrame:
    """Points of one annual series from `first` on; None is a missing year, a pair an interval."""
    rows = []
    for year, count in enumerate(counts, start=first):
        if count is None:
            continue
        low, high = count if isinstance(count, tuple) else (count, count)
        rows.append(
            {
                "indicator": indicator,
                "reporting_country": country,
                "period_start": date(year, 1, 1),
                "period_end": date(year, 12, 31),
                "value_low": low,
                "value_high": high,
                "flag": (flags or {}).get(year),
                "unit_kind": unit,
                **more,
            }
        )
    return pd.DataFrame(rows)


def judge(counts, *, as_of=AS_OF, using=DEFAULTS, **more) -> pd.Series:
    points = one_series(counts, **more)
    return tr.trends(points, as_of=as_of, series=SERIES, settings=using).iloc[0]


def geometric(*counts) -> float:
    """The geometric mean of x + ½, less ½."""
    return exp(sum(log(x + 0.5) for x in counts) / len(counts)) - 0.5


# ── The null distribution ────────────────────────────────────────────────────────────────────────

# Upper tails P(S >= s) as printed: Kendall, Rank Correlation Methods, table 1; Gilbert 1987, A18.
PUBLISHED = {
    4: {4: 0.167, 6: 0.042},
    5: {6: 0.117, 8: 0.042, 10: 0.0083},
    6: {9: 0.068, 11: 0.028, 13: 0.0083, 15: 0.0014},
    7: {11: 0.068, 13: 0.035, 15: 0.015, 17: 0.0054, 19: 0.0014},
    8: {14: 0.054, 16: 0.031, 18: 0.016, 20: 0.0071, 22: 0.0028, 24: 0.00087},
    9: {18: 0.038, 20: 0.022, 22: 0.012, 24: 0.0063, 26: 0.0029, 28: 0.0012},
    10: {19: 0.054, 21: 0.036, 23: 0.023, 25: 0.014, 27: 0.0083, 29: 0.0046, 31: 0.0023},
}


@pytest.mark.parametrize("n", PUBLISHED)
def test_without_autocorrelation_the_simulated_tails_are_the_published_ones(n):
    """The same code at ρ = 0, within four standard errors of its draws and the tables' rounding."""
    for s, upper in PUBLISHED[n].items():
        digits = 3 if upper >= 0.01 else 4 if upper >= 0.001 else 5
        error = 4 * sqrt(2 * upper / 100_000) / 2 + 0.51 * 10**-digits
        assert null_tail(n, 0.0)[s] / 2 == pytest.approx(upper, abs=error)


def test_autocorrelation_makes_far_s_more_likely_and_the_table_is_the_same_each_time():
    assert null_tail(10, 0.4)[27] > 3 * null_tail(10, 0.0)[27]
    first = null_tail(9, 0.4).copy()
    null_tail.cache_clear()
    assert (null_tail(9, 0.4) == first).all()


@pytest.mark.statistics("7", "direction")
def test_p_depends_on_ranks_alone():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(50, 11))
    plain, stretched = mann_kendall(values, values), mann_kendall(np.exp(values), np.exp(values))
    assert (plain.p_high == stretched.p_high).all()
    assert (plain.p_low == plain.p_high).all()


def test_nothing_but_ties_is_no_trend():
    same = np.full((1, 9), 7.0)
    assert mann_kendall(same, same).p_high[0] == 1


# ── Intervals: every completion lies between the bounds ──────────────────────────────────────────

bounds = st.tuples(st.integers(0, 12), st.integers(0, 3)).map(lambda b: (b[0], b[0] + b[1]))


@pytest.mark.statistics("7", "intervals of S")
@pytest.mark.statistics("7", "slope")
@settings(deadline=None)
@given(st.lists(bounds, min_size=4, max_size=6))
def test_s_p_and_slope_hold_for_every_completion(series):
    low, high = (np.array([b], dtype=float) for b in zip(*series, strict=True))
    year = np.arange(len(series), dtype=float)[None]
    found, (slope_low, slope_high) = mann_kendall(low, high), theil_sen(year, low, high)
    values = np.array(list(product(*(range(a, b + 1) for a, b in series))), dtype=float)
    exact = mann_kendall(values, values)
    assert (exact.s_low == exact.s_high).all()
    assert ((found.s_low <= exact.s_low) & (exact.s_low <= found.s_high)).all()
    assert (exact.p_high <= max(found.p_high[0], 0.05)).all()
    slope = theil_sen(np.broadcast_to(year, values.shape), values, values)[0]
    assert ((slope_low - 1e-9 <= slope) & (slope <= slope_high + 1e-9)).all()


@pytest.mark.statistics("7", "slope")
@pytest.mark.parametrize("n", [4, 7, 10])
def test_the_slope_equals_scipy(n):
    rng = np.random.default_rng(n)
    year = np.sort(rng.choice(30, n, replace=False)).astype(float)
    values = rng.poisson(40, n).astype(float)
    low, high = theil_sen(year[None], values[None], values[None])
    assert low[0] == high[0] == pytest.approx(stats.theilslopes(values, year).slope)


@pytest.mark.statistics("7", "intervals of S")
def test_lows_and_highs_may_agree_while_completions_span_everything():
    low, high = np.arange(9.0)[None], np.arange(9.0)[None] + 20
    found = mann_kendall(low, high)
    assert (found.s_low[0], found.s_high[0]) == (-36, 36)
    assert found.p_high[0] == 1


def test_an_unbounded_value_bounds_nothing_from_above():
    low = np.arange(8.0)[None]
    high = low.copy()
    high[0, 3] = np.inf
    found = mann_kendall(low, high)
    assert (found.s_low[0], found.s_high[0]) == (28 - 2 * 4, 28)


# ── Baseline, index, change ──────────────────────────────────────────────────────────────────────


@pytest.mark.statistics("7", "baseline")
def test_a_plain_rise_is_rising_and_higher():
    row = judge(RISING)
    assert (row.direction, row.why_not, row.n_periods) == ("rising", None, 10)
    assert (row.tested_from, row.tested_to, row.last_years) == (2014, 2023, "2021-2023")
    assert (row.baseline_period, row.level) == ("2016-2018", "higher")
    assert row.baseline_low == row.baseline_high == pytest.approx(geometric(120, 130, 140))
    assert row.last_low == row.last_high == pytest.approx(geometric(170, 180, 190))
    assert (
        row.index_low
        == row.index_high
        == pytest.approx(100 * geometric(170, 180, 190) / geometric(120, 130, 140))
    )
    assert (row.latest_low, row.change_low) == (190, pytest.approx(100 * 10 / 180))
    assert row.slope_low == row.slope_high == 10
    assert row.p_low == row.p_high == row.q_value == null_tail(10)[45]
    assert row.flag is None


def test_its_mirror_is_falling_and_lower():
    row = judge(RISING[::-1])
    assert (row.direction, row.level, row.slope_high) == ("falling", "lower", -10)


@pytest.mark.statistics("7", "baseline")
def test_the_means_are_intervals():
    row = judge([100, 110, (118, 125), 130, (120, 150), 150, 160, 170, 180, (190, 200)])
    assert (row.baseline_low, row.baseline_high) == pytest.approx(
        (geometric(118, 130, 120), geometric(125, 130, 150))
    )
    assert row.index_low == pytest.approx(100 * row.last_low / row.baseline_high)
    assert row.index_high == pytest.approx(100 * row.last_high / row.baseline_low)
    assert (row.latest_low, row.latest_high) == (190, 200)
    assert row.change_high == pytest.approx(100 * 20 / 180)


def test_three_zeros_have_a_mean_of_zero_and_an_unbounded_year_none_above():
    assert judge([50, 50, 0, 0, 0, 50, 50, 50, 50, 50]).baseline_low == 0
    row = judge([*RISING[:-1], (190, None)])
    assert (row.last_low, np.isnan(row.last_high)) == (pytest.approx(geometric(170, 180, 190)), True)


@pytest.mark.statistics("7", "baseline")
@pytest.mark.statistics("7", "own baseline")
def test_two_years_make_a_common_baseline_and_one_does_not():
    row = judge([100, 110, None, *RISING[3:]])
    assert (row.baseline_period, row.baseline_low) == ("2017-2018", pytest.approx(geometric(130, 140)))
    row = judge([100, 110, None, None, *RISING[4:]])
    assert (row.baseline_period, row.flag) == ("own:2014, 2015, 2018", "own_baseline")
    assert row.baseline_low == pytest.approx(geometric(100, 110, 140))


@pytest.mark.statistics("7", "own baseline")
@pytest.mark.parametrize(("years", "first"), [(5, "own:2019-2020"), (6, "own:2019-2021"), (4, None)])
def test_an_own_baseline_never_meets_the_last_years(years, first):
    row = judge(RISING[:years], first=2019)
    assert row.baseline_period == first
    if first:
        assert row.why_no_level is None


def test_a_share_goes_back_to_a_share_of_as_many():
    """Shares of 100 each: 30 % three times is 30 %, none three times is none."""
    row = judge([0.3] * 5 + [0.0] * 5, unit="share", denominator_low=100, denominator_high=100)
    assert row.baseline_low == row.baseline_high == pytest.approx(0.3)
    assert row.last_low == row.last_high == pytest.approx(0, abs=1e-9)
    mixed = judge([0.2, 0.2, 0.2, 0.3, 0.4, 0.4], unit="share", denominator_low=100, denominator_high=100)
    odds = [log((100 * p + 0.5) / (100 - 100 * p + 0.5)) for p in (0.2, 0.3, 0.4)]
    share = 1 / (1 + exp(-sum(odds) / 3))
    assert mixed.baseline_low == pytest.approx((101 * share - 0.5) / 100)


@pytest.mark.statistics("7", "partial years left out")
@pytest.mark.statistics("2", "year as value")
def test_unusable_points_are_left_out_and_not_counted():
    for flag in ("partial", "suspected_partial", "inconsistent", "suspect_value", "x+partial"):
        row = judge([*RISING, 5], flags={2024: flag})
        assert (row.last_period, row.n_periods, row.direction) == (2023, 10, "rising")
    assert judge([*RISING, 200], flags={2024: "dominated"}).last_period == 2024


def test_what_is_doubted_of_a_tested_year_is_doubted_of_the_trend():
    row = judge(
        [*RISING, 5], flags={2015: "dominated+no_total", 2019: "dominated", 2024: "partial+unclear_label"}
    )
    assert row.flag == "dominated+no_total"


def test_change_needs_the_year_before():
    assert np.isnan(judge([*RISING[:8], None, 190]).change_low)
    row = judge([50, 40, 40, 40, 30, 30, 20, 20, 0, 15])
    assert np.isnan(row.change_low)
    assert np.isnan(row.change_high)
    row = judge([50, 40, 40, 40, 30, 30, 20, 20, (0, 5), 15])
    assert row.change_low == pytest.approx(200)
    assert np.isnan(row.change_high)  # unbounded: the year before may be 0


def test_a_fiscal_year_bears_the_year_it_ends_in():
    points = one_series(RISING)
    for name in ("period_start", "period_end"):
        points[name] = (pd.to_datetime(points[name]) - pd.DateOffset(months=3)).dt.date
    row = tr.trends(points, as_of=AS_OF, series=SERIES).iloc[0]
    assert (row.last_period, row.baseline_low) == (2023, pytest.approx(geometric(120, 130, 140)))


@pytest.mark.statistics("7", "age apart")
def test_age_is_said_apart_and_refuses_nothing():
    row = judge(RISING, first=1992)
    assert (row.direction, row.last_period, row.age_years) == ("rising", 2001, 23.4)
    assert has_flag(row.flag, "stale")
    assert judge(RISING, as_of=date(2026, 12, 31)).flag is None
    assert judge(RISING, as_of=date(2027, 1, 1)).flag == "stale"


# ── Breaks ───────────────────────────────────────────────────────────────────────────────────────

LOW, HIGH = [100, 110, 95, 105, 100], [400, 420, 390, 410, 405]


def kinds(points) -> list[tuple]:
    found = list_jumps(points, series=SERIES)
    return list(zip(found.kind, found.period_start.dt.year, strict=True))


@pytest.mark.statistics("7", "suspected break")
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([*LOW, *HIGH], [("suspected_break", 2019)]),
        ([*HIGH, *LOW], [("suspected_break", 2019)]),
        ([30] * 5 + [85] * 5, []),  # not ×3
        ([15] * 5 + [60] * 5, []),  # not by 50
        ([20, 25, 22, 24, 20, 70, 40, 41, 42, 43], []),  # medians 22 and 42, not twice
        ([*LOW[:4], 350, 100, *HIGH[:4]], [("spike", 2018), ("spike", 2019)]),  # there, back and there again
        ([*LOW, 400, 110, 420, 390, 410], [("spike", 2019), ("spike", 2020)]),
        ([*LOW, 400, 420, 390], [("suspected_break", 2019)]),
        ([*LOW, 400, 420], [("unconfirmed_edge", 2019)]),
        ([*LOW, 400], [("unconfirmed_edge", 2019)]),
        ([400, 420, *LOW], [("unconfirmed_edge", 2016)]),
        ([400, *LOW], [("unconfirmed_edge", 2015)]),
        ([*LOW, 400, *LOW], [("spike", 2019)]),
        ([*HIGH, 90, *HIGH], [("spike", 2019)]),
        ([*LOW, (100, 400), *HIGH], []),  # nowhere surely
        ([*LOW, (395, None), *HIGH], [("suspected_break", 2019)]),
    ],
)
def test_what_a_jump_is(counts, expected):
    assert kinds(one_series(counts)) == expected


def test_every_year_must_lie_beyond_every_other():
    """The last of the low years is above one of the high ones: a jump, and no break."""
    assert kinds(one_series([100, 110, 395, 105, 100, *HIGH])) == [("spike", 2016)]
    assert kinds(one_series([395, 300, 200, 150, 100, *HIGH])) == []


def test_medians_must_be_twice_apart():
    assert kinds(one_series([130, 131, 132, 133, 100, 301, 250, 250, 250, 250])) == []
    assert kinds(one_series([120, 121, 122, 123, 100, 301, 250, 250, 250, 250])) == [
        ("suspected_break", 2019)
    ]


def test_of_the_sides_the_nearest_five_years_are_asked():
    assert kinds(one_series([500, *LOW, *HIGH])) == [("unconfirmed_edge", 2015), ("suspected_break", 2020)]


@pytest.mark.parametrize("unit", ["share", "rate"])
def test_a_share_has_no_break_of_its_own_and_a_rate_breaks_at_three_times(unit):
    found = kinds(one_series([0.1] * 5 + [0.31] * 5, unit=unit))
    assert found == ([("suspected_break", 2019)] if unit == "rate" else [])
    assert kinds(one_series([0.0] * 10, unit=unit)) == []


@pytest.mark.statistics("7", "suspected break")
def test_a_suspected_break_keeps_one_row_tested_after_it():
    row = judge([*LOW, *[x + 30 * k for k, x in enumerate(HIGH * 2)]], first=2010)
    assert (row.tested_from, row.tested_to, row.n_periods) == (2015, 2024, 10)
    assert row.broken_on == pd.Timestamp(2015, 1, 1)
    assert (row.direction, row.flag) == ("rising", "suspected_break")
    assert row.baseline_low == pytest.approx(geometric(450, 450, 500))  # 2016–2018


@pytest.mark.statistics("7", "recent break")
def test_few_years_since_a_break_refuse_and_the_index_is_shown_on_one_side_only():
    row = judge([*LOW, *HIGH[:4]])
    assert (row.direction, row.why_not, row.why_no_level) == (
        "not_comparable",
        "recent_break",
        "recent_break",
    )
    assert (row.baseline_period, np.isnan(row.index_low)) == (None, True)  # 2016–2018 lie before it
    assert row.change_low == pytest.approx(100 * (410 / 390 - 1))
    five = judge(LOW + HIGH)
    assert (five.direction, five.why_not, five.baseline_period) == (
        "too_few_years",
        "too_few_years",
        "own:2019-2020",
    )


@pytest.mark.statistics("7", "unconfirmed edge")
def test_the_years_at_an_unconfirmed_edge_are_left_out_and_said():
    row = judge([*RISING, 700, 720])
    assert (row.tested_from, row.tested_to, row.direction) == (2014, 2023, "rising")
    assert (row.last_period, row.latest_low, row.flag) == (2025, 720, "unconfirmed_edge")
    assert row.change_low == pytest.approx(100 * (720 / 700 - 1))  # both at the edge
    assert np.isnan(judge([*RISING, 700]).change_low)  # across it
    early = judge([700, 720, *RISING], first=2012)
    assert (early.tested_from, early.flag) == (2014, "unconfirmed_edge")


@pytest.mark.statistics("7", "spike")
def test_a_spike_refuses_no_direction_and_no_index():
    row = judge([100, 110, 120, 500, 140, 150, 160, 170, 180, 190])
    assert (row.n_periods, row.why_not, row.flag) == (10, None, "spike")
    assert row.spike_years == "2017"  # the fourth from 2014 on
    assert (row.level, row.why_no_level) == ("no_level", "spike")
    assert not np.isnan(row.index_low)
    elsewhere = judge([100, 500, *RISING[2:]])
    assert (elsewhere.flag, elsewhere.why_no_level) == ("spike", None)
    assert judge(RISING).spike_years is None
    assert judge([100, 110, 400, 110, 120, 500, 140, 150, 160, 170]).spike_years == "2016, 2019"


@pytest.mark.statistics("7", "decisions.toml")
def test_what_a_steward_confirmed_is_no_jump():
    assert kinds(one_series(LOW + HIGH, flags={2019: "confirmed_change"})) == []
    assert kinds(one_series([*LOW, 400, *LOW], flags={2019: "confirmed_change"})) == []  # nor its way back
    assert judge(LOW + HIGH, flags={2019: "confirmed_change"}).n_periods == 10


@pytest.mark.statistics("7", "unconfirmed break")
@pytest.mark.parametrize("usable", [True, False])
def test_a_break_that_a_steward_suspects_is_one(usable):
    """Also where its own year tells nothing: it lies before the next."""
    flags = {2016: "unconfirmed_break" + ("" if usable else "+partial")}
    row = judge(RISING, flags=flags)
    assert (row.tested_from, row.flag) == (2016 if usable else 2017, "suspected_break")
    assert judge(RISING, flags={2014: "unconfirmed_break"}).tested_from == 2014  # nothing before it


def slices(total, part, **more) -> pd.DataFrame:
    """A total and one of its slices, of one source, measure and country."""
    shared = {"measure": "m", "collection": "c"}
    return pd.concat(
        [
            one_series(total, **shared, is_total=True).assign(sex="_T"),
            one_series(part, **shared, is_total=False).assign(sex="F"),
            one_series(
                [p / 1000 for p in part], unit="share", indicator="s", **shared, is_total=False
            ).assign(sex="F"),
            one_series(part, country="BBB", **shared, is_total=False).assign(sex="F"),
        ]
    ).assign(**more)


SLICED = ["indicator", "measure", "reporting_country", "sex", "collection"]


@pytest.mark.statistics("7", "slices inherit")
def test_a_break_of_a_total_is_one_of_its_slices_and_of_nobody_else():
    points = slices(LOW + HIGH, [40 + k for k in range(10)])
    out = tr.trends(points, as_of=AS_OF, series=SLICED).set_index(["indicator", "reporting_country", "sex"])
    assert out["tested_from"].to_dict() == {
        ("i", "AAA", "F"): 2019,
        ("i", "AAA", "_T"): 2019,
        ("i", "BBB", "F"): 2014,
        ("s", "AAA", "F"): 2019,
    }
    edge = tr.trends(slices([*LOW, 400], [40] * 6), as_of=AS_OF, series=SLICED)
    assert edge["tested_to"].tolist() == [2018, 2018, 2019, 2018]


def test_a_break_of_a_slice_is_its_own():
    out = tr.trends(slices([700 + k for k in range(10)], LOW + HIGH), as_of=AS_OF, series=SLICED)
    assert out["tested_from"].tolist() == [2019, 2014, 2019, 2014]


# ── Refusals: one case per reason; without its rule the series would be judged ───────────────────

HIDDEN = [(0, 160), 60, (0, 190), 75, (50, 195), 90, (60, 130), 120, 140, 150]
SHARES = [count / 400 for count in RISING]
REFUSED = {
    "too_few_years": (
        {"counts": [100, 120, 140, 160], "first": 2020},
        {"min_years": 4, "min_direction_years": 4},
    ),
    "overlapping_periods": ({"counts": RISING}, {}),
    "recent_break": ({"counts": [*LOW, *HIGH[:4]]}, {"break_factor": 9}),
    "missing_years": (
        {"counts": [100, None, None, 110, 120, None, 130, 140, None, 150, 160, None, 170], "first": 2011},
        {"max_missing": 0.5},
    ),
    "too_small": ({"counts": [3, 4, 5, 6, 7, 9, 10, 20, 22, 24]}, {"min_median": 5}),
    "not_persons": ({"counts": SHARES, "unit": "share"}, {}),
    "little_known": ({"counts": SHARES, "unit": "share"}, {"min_known": 0.7}),
    "hidden": ({"counts": HIDDEN}, {"max_hidden": 0.5}),
}


def points_of(code):
    points = one_series(**REFUSED[code][0])
    if code == "overlapping_periods":  # a calendar year, then a fiscal one that ends in it
        points.loc[4, "period_end"] = points.loc[3, "period_end"]
    if code == "not_persons":
        points = points.assign(of_persons=False)
    if code == "little_known":  # in one year of ten
        points.loc[6, "known"] = 0.79
        points = points.fillna({"known": 1.0})
    return points


OF_LEVEL_ALONE = {"overlaps", "spike", "sources_disagree"}


def test_every_reason_has_its_case():
    assert set(REFUSED) | OF_LEVEL_ALONE | {"total_silent"} == set(REASONS)


@pytest.mark.statistics("7", "too few years")
@pytest.mark.statistics("7", "missing years")
@pytest.mark.statistics("7", "too small")
@pytest.mark.statistics("7", "hidden")
@pytest.mark.statistics("7", "recent break")
@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_series_says_why(code):
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES).iloc[0]
    assert row.why_not == code
    assert row.direction == codelist("trend_reason")[code].attributes["direction"]
    assert row[["slope_low", "slope_high", "p_low", "p_high", "q_value", "power"]].isna().all()
    assert row[["last_low", "latest_low", "n_periods"]].notna().all()


@pytest.mark.parametrize("code", [code for code, (_, without) in REFUSED.items() if without])
def test_without_its_rule_it_is_judged(code):
    relaxed = replace(DEFAULTS, **REFUSED[code][1])
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES, settings=relaxed).iloc[0]
    assert row.why_not is None


@pytest.mark.statistics("7", "too few years")
def test_five_to_seven_years_have_a_level_and_no_direction():
    row = judge([100, 102, 101, 99, 160, 161, 162], first=2017)
    assert (row.direction, row.why_not, np.isnan(row.p_low)) == ("too_few_years", "too_few_years", True)
    assert (row.baseline_period, row.level) == ("2017-2018", "higher")
    assert judge(RISING[:8], first=2016).direction == "rising"


@pytest.mark.statistics("7", "known shares")
def test_a_share_needs_four_fifths_known_and_so_does_a_count_by_origin():
    known = one_series(SHARES, unit="share").assign(known=0.8)
    assert tr.trends(known, as_of=AS_OF, series=SERIES).iloc[0].direction == "rising"
    for unit, values in (("share", SHARES), ("count", RISING)):
        little = one_series(values, unit=unit).assign(known=0.79)
        row = tr.trends(little, as_of=AS_OF, series=SERIES).iloc[0]
        assert (row.why_not, row.why_no_level) == ("little_known", "little_known")


@pytest.mark.statistics("7", "known shares")
def test_a_year_of_which_little_is_known_refuses_what_it_is_compared_in():
    """2014 is in no window of the level."""
    points = one_series(RISING).assign(known=[0.5] + [1.0] * 9)
    row = tr.trends(points, as_of=AS_OF, series=SERIES).iloc[0]
    assert (row.why_not, row.level) == ("little_known", "higher")


def test_the_baseline_window_is_the_series_own_where_the_points_say():
    row = judge(RISING, baseline_from=2018, baseline_to=2020)
    assert (row.baseline_period, row.baseline_low) == ("2018-2020", pytest.approx(geometric(140, 150, 160)))


@pytest.mark.statistics("7", "missing years")
def test_a_third_of_the_years_may_be_missing():
    spread = [100, None, 110, 120, None, 130, 140, None, 150, 160, None, 170]  # 4 of 12
    assert judge(spread, first=2013).why_not is None


@pytest.mark.statistics("7", "too small")
def test_small_is_judged_by_the_lower_bound():
    assert judge([10] * 10).why_not is None
    assert judge([(9, 12)] * 10).why_not == "too_small"


@pytest.mark.statistics("7", "hidden")
def test_hidden_years_do_not_matter_where_all_completions_agree():
    wide = [(100 * k, 100 * k + 20) for k in range(3, 13)]
    assert judge(wide).direction == "rising"
    assert judge([(100, 110)] * 10).why_not == "hidden"
    blurred = judge([100, 112, (105, 125), 120, 131, (120, 150), 150, 160, 170, 180])
    assert blurred.why_not is None  # two of ten years


@pytest.mark.statistics("7", "intervals of S")
def test_some_completions_are_not_enough():
    row = judge([100, (95, 125), 120, (115, 155), 140, 150, 160, 170], first=2016)
    assert row.p_low <= DEFAULTS.alpha < row.p_high
    assert (row.direction, row.why_not) == ("no_clear_change", None)


def test_of_several_reasons_the_first_is_given():
    assert judge([20, 140, 150], first=2005).why_not == "too_few_years"
    assert judge([2, None, None, None, 2, 2, 2, 2]).why_not == "missing_years"


# ── Direction needs p, size and q ────────────────────────────────────────────────────────────────


@pytest.mark.statistics("7", "size")
def test_a_sure_direction_without_size_is_no_clear_change():
    """The last three against the first three: 1,005 to 1,040, then 21 to 28."""
    slight = [1000 + 5 * k for k in range(10)]
    row = judge(slight)
    assert row.p_high < 0.01
    assert row.direction == "no_clear_change"
    assert judge(slight, using=replace(DEFAULTS, size=0.03)).direction == "rising"
    assert judge(slight[::-1]).direction == "no_clear_change"
    few = [20 + k for k in range(10)]
    assert judge(few).direction == "no_clear_change"
    assert judge(few, using=replace(DEFAULTS, size_persons=7 - 1e-6)).direction == "rising"


@pytest.mark.statistics("7", "size")
@pytest.mark.parametrize(("step", "direction"), [(0.007, "no_clear_change"), (0.0072, "rising")])
def test_a_share_must_move_five_points(step, direction):
    assert judge([0.1 + step * k for k in range(10)], unit="share").direction == direction


@pytest.mark.statistics("7", "size")
@pytest.mark.parametrize(("step", "direction"), [(0.035, "no_clear_change"), (0.045, "rising")])
def test_a_rate_needs_a_quarter(step, direction):
    assert judge([1 + step * k for k in range(10)], unit="rate").direction == direction


@pytest.mark.statistics("7", "direction")
def test_the_level_of_the_test_is_two_and_a_half_per_cent():
    middling = [100, 120, 110, 130, 160, 150, 140, 170, 180]  # S = 28
    row = judge(middling, first=2015)
    assert row.p_high == null_tail(9)[28]
    assert row.direction == "rising"
    assert (
        judge(middling, first=2015, using=replace(DEFAULTS, alpha=row.p_high * 0.99)).direction
        == "no_clear_change"
    )


@pytest.mark.slow
@pytest.mark.statistics("7", "false discoveries")
def test_false_discoveries_are_controlled_within_an_indicator():
    risen = [100, 110, 120, 130, 140, 150, 160, 170, 190, 180]  # S = 43
    flat = [100, 110] * 5
    p = null_tail(10)[43]

    def judged(flat_indicator, flat_series):
        parts = [one_series(risen)]
        parts += [one_series(flat, country=f"B{k}", indicator=flat_indicator) for k in range(flat_series)]
        out = tr.trends(pd.concat(parts), as_of=AS_OF, series=SERIES)
        return out[out.reporting_country == "AAA"].iloc[0]

    allowed = int(0.10 / p) - 1
    assert judged("i", allowed).q_value == pytest.approx((allowed + 1) * p)
    assert judged("i", allowed).direction == "rising"
    assert judged("i", allowed + 5).direction == "no_clear_change"
    assert judged("other", allowed + 5).direction == "rising"


def test_q_equals_scipy_and_ignores_what_has_no_p():
    rng = np.random.default_rng(5)
    p = np.concatenate([rng.uniform(size=30) ** 3, [np.nan] * 3])
    q = q_values(p)
    np.testing.assert_allclose(q[:30], stats.false_discovery_control(p[:30]))
    assert np.isnan(q[30:]).all()
    family = pd.Series(["a", "b", "c"] * 11)
    found = q_values(p, family)
    for name in "abc":
        own = (family == name).to_numpy() & ~np.isnan(p)
        np.testing.assert_allclose(found[own], stats.false_discovery_control(p[own]))


def test_q_is_the_least_of_p_times_m_over_rank_from_there_on():
    p = np.array([0.04, 0.01, np.nan, 0.03, 0.005, 0.04])
    expected = [0.04, 0.025, np.nan, 0.04, 0.025, 0.04]  # 5 tested: .005·5/1, .01·5/2, .03·5/3, .04·5/5 twice
    np.testing.assert_allclose(q_values(p), expected)


# ── Level ────────────────────────────────────────────────────────────────────────────────────────


def by_hand(before, last, known=(0.0, 0.0)):
    """Ratio and limits of exact counts, step by step; `known` is the prior's variance and degrees."""
    logs = [[log(x + 0.5) for x in window] for window in (before, last)]
    means = [sum(window) / len(window) for window in logs]
    squares = sum((x - mean) ** 2 for window, mean in zip(logs, means, strict=True) for x in window)
    degrees = len(before) + len(last) - 2
    variance = (squares + known[0] * known[1]) / (degrees + known[1])
    counts = [*before, *last]
    variance = max(variance, 1 / (sum(counts) / len(counts) + 0.5))
    rho = 0.37
    pairs = 2 * rho + rho**2
    variance *= (1 + 2 / 3 * pairs) / (1 - pairs / 3)
    error = sqrt(variance * (1 / len(before) + 1 / len(last)))
    t = stats.t.ppf(0.975, degrees + known[1])
    ratio = means[1] - means[0]
    return exp(ratio), exp(ratio - t * error), exp(ratio + t * error)


def test_the_factor_of_autocorrelation():
    """(1 + ⅔ · 0.8769) / (1 − ⅓ · 0.8769)."""
    assert inflation(DEFAULTS) == pytest.approx(1.5846 / 0.7077, abs=1e-3)


@pytest.mark.statistics("7", "level")
@pytest.mark.parametrize("before", [(100, 110, 120), (60, 110, 160)])
def test_the_ratio_by_hand(before):
    """The first varies less than chance alone: φ is no less than 1."""
    row = judge([90, 100, *before, 150, 160, 170, 180, 220])
    assert (row.rate_ratio, row.rate_ratio_low, row.rate_ratio_high) == pytest.approx(
        by_hand(before, (170, 180, 220))
    )


@pytest.mark.statistics("7", "moderated variance")
def test_the_variance_is_moderated_over_the_totals_of_the_indicator():
    rng = np.random.default_rng(8)
    values = [rng.integers(60, 140, 10).tolist() for _ in range(6)]
    points = pd.concat([one_series(v, country=f"C{k}") for k, v in enumerate(values)])
    slice_ = one_series(values[0], country="C0S").assign(is_total=False)
    out = tr.trends(pd.concat([points.assign(is_total=True), slice_]), as_of=AS_OF, series=SERIES)
    spread = []
    for v in values:
        logs = np.log(np.array(v) + 0.5)
        spread.append((2 * logs[2:5].var(ddof=1) + 2 * logs[7:].var(ddof=1)) / 4)
    known = prior(np.array(spread), np.full(6, 4.0))
    if np.isinf(known[1]):
        known = (known[0], 1e9)
    for k, v in enumerate(values):
        found = out.iloc[[k if k == 0 else k + 1]].squeeze()
        assert (found.rate_ratio_low, found.rate_ratio_high) == pytest.approx(
            by_hand(v[2:5], v[7:], known)[1:], rel=1e-6
        )
    assert out.iloc[1].rate_ratio_low == pytest.approx(out.iloc[0].rate_ratio_low)  # slices take it too


@pytest.mark.statistics("7", "moderated variance")
@pytest.mark.parametrize("degrees", [4.0, 12.0])
def test_the_prior_is_found_again(degrees):
    """Variances drawn from an inverse χ² of known variance and degrees, seen through χ² of 4."""
    rng = np.random.default_rng(3)
    true = 0.3 * degrees / rng.chisquare(degrees, 200_000)
    seen = true * rng.chisquare(4, len(true)) / 4
    variance, found = prior(seen, np.full(len(true), 4.0))
    assert (variance, found) == pytest.approx((0.3, degrees), rel=0.04)
    alike = 0.3 * rng.chisquare(4, 100) / 4
    assert np.isinf(prior(np.full(100, alike.mean()), np.full(100, 4.0))[1])


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(10, 45), st.integers(0, 6)), min_size=6, max_size=6))
def test_the_limits_hold_for_every_completion(draws):
    windows = [(low, low + width) for low, width in draws]
    row = judge([40, 40, *windows[:3], 40, 40, *windows[3:]], using=replace(DEFAULTS, max_hidden=1))
    completions = product(*(sorted({low, (low + high) // 2, high}) for low, high in windows))
    ratios = [by_hand(chosen[:3], chosen[3:]) for chosen in completions]
    if row.why_no_level is None:
        assert row.rate_ratio_low <= min(low for _, low, _ in ratios) + 1e-9
        assert row.rate_ratio_high >= max(high for *_, high in ratios) - 1e-9
        assert np.isnan(row.rate_ratio) == (len(ratios) > 1)


@pytest.mark.statistics("7", "level")
def test_a_level_of_a_share_is_of_its_odds():
    row = judge(
        [0.2] * 5 + [0.5] * 5, unit="share", numerator_low=80, denominator_low=400, denominator_high=400
    )
    assert row.rate_ratio == pytest.approx((200.5 / 200.5) / (80.5 / 320.5))
    assert row.level == "higher"


@pytest.mark.statistics("7", "level")
def test_windows_that_meet_are_not_compared():
    row = judge(RISING, first=2010)  # to 2019: 2017 and 2018 are in both
    assert (row.direction, row.level, row.why_no_level) == ("rising", "no_level", "overlaps")
    assert np.isnan(row.rate_ratio_low)
    assert not np.isnan(row.index_low)
    assert judge(RISING, first=2012).why_no_level is None  # 2019–2021


@pytest.mark.statistics("7", "level")
def test_a_step_that_a_trend_test_does_not_see():
    row = judge([0.735, 0.73, 0.74, 0.735, 0.73, 0.2, 0.18, 0.19, 0.18], unit="share")
    assert (row.direction, row.level) == ("no_clear_change", "lower")


@pytest.mark.statistics("7", "level")
def test_a_sure_difference_without_size_is_not_clear():
    row = judge([10_000] * 5 + [11_500] * 5)
    assert row.rate_ratio_low > 1
    assert row.level == "no_clear_difference"
    assert judge([20] * 5 + [200] * 5, using=replace(DEFAULTS, break_factor=99)).level == "higher"


@pytest.mark.statistics("7", "level")
def test_an_unbounded_year_has_no_level():
    row = judge([*RISING[:-1], (190, None)])
    assert (row.why_no_level, np.isnan(row.rate_ratio_low)) == ("hidden", True)


# ── Power ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.statistics("7", "power")
def test_power_grows_with_the_years_and_falls_with_the_noise():
    assert (
        power(8, 0.3, np.inf, DEFAULTS) < power(12, 0.3, np.inf, DEFAULTS) < power(16, 0.3, np.inf, DEFAULTS)
    )
    assert (
        power(12, 0.1, np.inf, DEFAULTS) > power(12, 0.3, np.inf, DEFAULTS) > power(12, 0.9, np.inf, DEFAULTS)
    )
    assert power(10, 0.1, 10, DEFAULTS) < power(10, 0.1, 100, DEFAULTS)  # ten persons are many of ten


@pytest.mark.statistics("7", "power")
def test_power_stands_beside_what_was_tested():
    row = judge([100, 130, 90, 120, 100, 135, 95, 120, 105, 118])
    assert row.direction == "no_clear_change"
    assert 0.1 < row.power < 0.9
    assert np.isnan(judge(RISING[:7]).power)


# ── The frame ────────────────────────────────────────────────────────────────────────────────────


def many() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    parts = []
    for k in range(40):
        unit = ("count", "share")[k % 2]
        size = int(rng.integers(1, 14))
        scale = 0.01 if unit == "share" else 1
        lows = rng.poisson(30, size)
        widths = rng.integers(0, 3, size)
        counts = [(a * scale, (a + w) * scale) for a, w in zip(lows, widths, strict=True)]
        parts.append(one_series(counts, first=2012, country=f"C{k:02}", unit=unit, indicator=f"i{k}"))
    return pd.concat(parts, ignore_index=True)


def test_rows_and_order_do_not_depend_on_the_input_order():
    points = many()
    out = tr.trends(points, as_of=AS_OF, series=SERIES)
    assert set(out.reporting_country) == set(points.reporting_country)
    shuffled = points.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(out, tr.trends(shuffled, as_of=AS_OF, series=SERIES))
    before = points.copy()
    tr.trends(points, as_of=AS_OF, series=SERIES)
    pd.testing.assert_frame_equal(points, before)


@pytest.mark.slow
def test_series_of_different_indicators_do_not_touch_each_other():
    points = many()
    together = tr.trends(points, as_of=AS_OF, series=SERIES)
    parts = [tr.trends(part, as_of=AS_OF, series=SERIES) for _, part in points.groupby("reporting_country")]
    alone = pd.concat(parts).sort_values(SERIES).reset_index(drop=True)
    pd.testing.assert_frame_equal(together, alone, check_dtype=False)


def test_a_missing_slice_is_a_slice():
    points = pd.concat([one_series(RISING), one_series(RISING, country=None)])
    assert len(tr.trends(points, as_of=AS_OF, series=SERIES)) == 2


def test_no_usable_point_still_gives_a_row():
    row = judge([None, (np.nan, np.nan), 7], flags={2016: "partial"})
    assert (row.n_periods, row.direction) == (0, "too_few_years")
    assert row[["last_period", "tested_from", "baseline_period", "last_years"]].isna().all()


def test_no_points_give_no_rows():
    out = tr.trends(one_series(RISING).iloc[:0], as_of=AS_OF, series=SERIES)
    assert list(out.columns) == list(tr.trends(one_series(RISING), as_of=AS_OF, series=SERIES).columns)
    assert out.empty


def test_two_points_of_one_period_and_unknown_units_are_errors():
    twice = pd.concat([one_series(RISING), one_series([7])])
    with pytest.raises(ValueError, match="two points"):
        tr.trends(twice, as_of=AS_OF, series=SERIES)
    with pytest.raises(ValueError, match="unit_kind"):
        tr.trends(one_series(RISING, unit="persons"), as_of=AS_OF, series=SERIES)


# ── Families: a finding is said once ─────────────────────────────────────────────────────────────

SLICED = [*SERIES, "sex"]


def of_sex(points: pd.DataFrame, sex: str) -> pd.DataFrame:
    return points.assign(sex=sex, is_total=sex == "_T")


@pytest.mark.statistics("7", "totals first")
def test_slices_change_no_verdict_of_a_total():
    """Forty slices of other members without a change, all in the indicator: the total's q is its p."""
    total = of_sex(one_series([100, 110, 105, 120, 118, 125, 140, 135, 150, 155]), "_T")
    others = [
        of_sex(one_series([100, 130] * 5, country=f"B{k}"), sex)
        for k in range(20)
        for sex in ("_T", "F", "M")
    ]
    alone = tr.trends(total, as_of=AS_OF, series=SLICED).iloc[0]
    totals = pd.concat([total, *(points for points in others if points["is_total"].all())])
    among_totals = tr.trends(totals, as_of=AS_OF, series=SLICED).iloc[0]
    among_all = tr.trends(pd.concat([total, *others]), as_of=AS_OF, series=SLICED).iloc[0]
    assert alone.q_value == alone.p_high
    assert among_all.q_value == among_totals.q_value == pytest.approx(21 * alone.p_high)


@pytest.mark.statistics("7", "totals first")
def test_a_slice_is_judged_where_its_total_has_a_verdict_and_nowhere_else():
    women = of_sex(one_series([9 * x // 10 for x in RISING]), "F")
    flat = of_sex(one_series([300, 310] * 5), "_T")
    silent = tr.trends(pd.concat([flat, women]), as_of=AS_OF, series=SLICED).set_index("sex")
    assert (silent.loc["F", "why_not"], silent.loc["F", "why_no_level"]) == ("total_silent", "total_silent")
    assert silent.loc["F", ["p_low", "q_value", "slope_low", "rate_ratio_low"]].isna().all()
    rising = of_sex(one_series(RISING), "_T")
    judged = tr.trends(pd.concat([rising, women]), as_of=AS_OF, series=SLICED).set_index("sex")
    assert judged[["direction", "level"]].to_numpy().tolist() == [["rising", "higher"]] * 2
    assert judged["verdict_of"].to_dict() == {"F": "total", "_T": "own"}
    assert "It is part of the verdict on its total." in trend_sentence(judged.loc["F"], "en", **EN)
    alone = tr.trends(women, as_of=AS_OF, series=SLICED).iloc[0]  # a breakdown of which no total is known
    assert (alone.verdict_of, alone.direction) == ("own", "rising")


TIED = [49, 49, 45, 45, 60, 58, 40, 41, 38, 41, 36, 31, 29, 21, 21, 27]


def count_and_rate(population: list[float], counts: list[int] = TIED) -> pd.DataFrame:
    """A count, and its rate; beside them ten other counts, so that the count alone has a large q."""
    first = 2007
    rates = one_series(
        [1e5 * n / people for n, people in zip(counts, population, strict=True)],
        first=first,
        unit="rate",
        indicator="rate",
    ).assign(denominator_low=population, denominator_high=population, numerator_low=counts)
    return pd.concat([one_series(counts, first=first, indicator="count"), rates])


@pytest.mark.statistics("7", "rates follow")
def test_a_rate_has_the_verdict_of_its_count_where_the_population_is_steady():
    """Growth of 1 % a year breaks the ties of the counts, so that the rate alone has another p."""
    steady = tr.trends(count_and_rate([6e6 * 1.01**k for k in range(16)]), as_of=AS_OF, series=SERIES)
    count, rate = (steady[steady["indicator"] == name].iloc[0] for name in ("count", "rate"))
    taken = ["direction", "why_not", "p_low", "p_high", "q_value", "level", "why_no_level", "level_q"]
    assert rate[taken].to_dict() == count[taken].to_dict()
    assert rate.verdict_of == "count"
    assert rate.rate_ratio_high < count.rate_ratio_high  # its own limits: the population grew
    assert "the verdict is that of its count." in trend_sentence(rate, "en", **EN)
    moving = tr.trends(count_and_rate([6e6 * 1.03**k for k in range(16)]), as_of=AS_OF, series=SERIES)
    own = moving[moving["indicator"] == "rate"].iloc[0]
    assert own.verdict_of == "own"
    assert own.p_high < count.p_high


@pytest.mark.statistics("7", "rates follow")
def test_a_rate_of_other_years_keeps_the_verdict_and_not_the_numbers_of_other_years():
    population = [6e6] * 12
    points = count_and_rate(population, [12, 14, 30, 35, 42, 50, 61, 73, 88, 105, 126, 150])
    is_withheld = (points["indicator"] == "rate") & (points["numerator_low"] < 20)
    judged = tr.trends(points[~is_withheld], as_of=AS_OF, series=SERIES).set_index("indicator")
    assert judged.loc["rate", "direction"] == judged.loc["count", "direction"] == "rising"
    assert judged.loc["rate", "tested_from"] == 2007
    assert judged.loc["rate", ["slope_low", "yearly_low", "rate_ratio_low"]].isna().all()


@pytest.mark.statistics("7", "sources disagree")
def test_where_another_source_differs_in_a_compared_year_there_is_no_level():
    row = judge(RISING, flags={2017: "sources_disagree"})
    assert (row.level, row.why_no_level, row.direction) == ("no_level", "sources_disagree", "rising")
    assert row.flag == "sources_disagree"
    between = judge(RISING, flags={2019: "sources_disagree"})
    assert (between.level, between.flag) == ("higher", "sources_disagree")
    assert "Another source has, for a year tested, a figure" in trend_sentence(between, "en", **EN)


@pytest.mark.statistics("7", "excluded changes")
def test_the_accepted_slopes_are_those_that_the_test_does_not_reject():
    """On a grid of slopes: the test of the series less a slope rejects outside the interval, and not inside."""
    rng = np.random.default_rng(11)
    for n in (8, 9, 12, 15):
        year = np.arange(n, dtype=float)[None]
        values = rng.normal(size=(1, n)).cumsum(axis=1)
        (low,), (high,) = accepted_slopes(year, values, values, DEFAULTS)
        for slope in np.linspace(-3, 3, 301):
            p = mann_kendall(values - slope * year, values - slope * year).p_high[0]
            assert (p > DEFAULTS.alpha) == (low < slope < high)


@pytest.mark.statistics("7", "excluded changes")
@settings(deadline=None)
@given(st.lists(bounds, min_size=8, max_size=8), st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_the_accepted_slopes_hold_for_every_completion(series, places):
    low, high = (np.array([b], dtype=float) for b in zip(*series, strict=True))
    year = np.arange(8, dtype=float)[None]
    values = low + (high - low) * np.array([places])
    outer, inner = accepted_slopes(year, low, high, DEFAULTS), accepted_slopes(year, values, values, DEFAULTS)
    assert outer[0][0] <= inner[0][0] + 1e-9
    assert inner[1][0] <= outer[1][0] + 1e-9


@pytest.mark.statistics("7", "coverage, no trend")
def test_a_slice_of_few_years_is_coverage_and_a_total_says_why():
    few, broken = RISING[:4], [*LOW, *HIGH[:4]]
    series = {"few": few, "five": RISING[:5], "broken": broken}
    points = pd.concat(
        of_sex(one_series(counts, country=name), sex)
        for name, counts in series.items()
        for sex in ("_T", "F")
    )
    left = without_coverage(tr.trends(points, as_of=AS_OF, series=SLICED))
    assert sorted(zip(left["reporting_country"], left["sex"], strict=True)) == [
        *(("broken", "F"), ("broken", "_T"), ("few", "_T"), ("five", "F"), ("five", "_T")),
    ]


# ── Words ────────────────────────────────────────────────────────────────────────────────────────

ES = {"subject": "Víctimas detectadas, Costa Rica (X/c)", "caveat": "Mide lo detectado."}
EN = {"subject": "Victims detected, Costa Rica (X/c)", "caveat": "It counts what was detected."}


@pytest.mark.statistics("7", "words")
def test_a_rise_in_words():
    row = judge(RISING)
    low, high = (f"{round(x, 2):.10g}" for x in by_hand((120, 130, 140), (170, 180, 190))[1:])
    assert trend_sentence(row, "es", **ES) == (
        "Víctimas detectadas, Costa Rica (X/c). Entre 2014 y 2023 las cifras aumentaron (10 años con dato). "
        f"En 2021–2023 las cifras son más altas que en la línea base (2016–2018): ×{low}–{high} con 95 % de confianza. "
        "Un cambio de hasta tres veces en lo que se registra, o en quién lo registra, puede verse igual. "
        "El último dato es de 2023. Mide lo detectado."
    )
    assert trend_sentence(row, "en", **EN) == (
        "Victims detected, Costa Rica (X/c). Between 2014 and 2023 the figures rose (10 years with a figure). "
        f"In 2021–2023 the figures are higher than in the baseline (2016–2018): ×{low}–{high} at 95 % confidence. "
        "A change up to threefold of what is recorded, or of who records it, can look the same. "
        "The last figure is of 2023. It counts what was detected."
    )


@pytest.mark.statistics("7", "words")
def test_words_tell_what_was_tested_since_a_break_and_how_old_it_is():
    row = judge([*LOW, *[x + 30 * k for k, x in enumerate(HIGH * 2)]], first=2007)
    told = trend_sentence(row, "es", **ES)
    assert "Entre 2012 y 2021 las cifras aumentaron (10 años con dato)." in told
    assert "En 2012 hay un salto que parece una ruptura de la serie y nadie lo ha decidido" in told
    assert "El último dato es de 2021, año que terminó hace 3.4 años." in told


@pytest.mark.statistics("7", "words")
def test_a_share_in_words_is_told_in_per_cent():
    row = judge([0.735, 0.73, 0.74, 0.735, 0.73, 0.2, 0.18, 0.19, (0.18, 0.2)], unit="share")
    told = trend_sentence(row, "es", **ES, unit_kind="share")
    assert "más bajas que en la línea base (2016–2018): de 73.5 % a 18.3–19 %." in told


@pytest.mark.statistics("7", "words")
@pytest.mark.statistics("7", "excluded changes")
@pytest.mark.parametrize("lang", languages())
def test_never_stable_and_what_is_excluded_stands_beside_it(lang):
    row = judge([100, 130, 90, 120, 100, 135, 95, 120, 105, 118])
    told = trend_sentence(row, lang, **ES)
    assert not any(word in told for word in ("stable", "estable", "steady"))
    assert f" {number(round(-row.yearly_low, 1), lang)} %" in told
    assert f" {number(round(row.yearly_high, 1), lang)} %" in told


@pytest.mark.statistics("7", "excluded changes")
@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [
        (-100.0, 12.0, "count", "excludes a rise of more than 12 % a year; a fall it does not exclude."),
        (-8.25, np.nan, "count", "excludes a fall of more than 8.2 % a year; a rise it does not exclude."),
        (-100.0, np.nan, "count", "excludes neither a rise nor a fall of any size."),
        (
            -1.5,
            2.0,
            "share",
            "a fall of more than 1.5 points a year and a rise of more than 2 points a year;",
        ),
        (0.5, 12.0, "count", "gives a change of 0.5 % to 12 % a year. Taken alone"),
    ],
)
def test_what_is_excluded_in_words(low, high, unit, said):
    row = {"direction": "no_clear_change", "yearly_low": low, "yearly_high": high, "q_value": 0.2}
    assert said in direction_remark(row, "en", unit)


@pytest.mark.parametrize(
    ("q", "why"),
    [
        (0.11, "como se comparan muchas series a la vez"),
        (0.10, "menos de lo que se llama diferencia clara"),
    ],
)
@pytest.mark.parametrize("limits", [(1.1, 1.9), (0.5, 0.9)])
def test_a_difference_that_passes_alone_and_is_not_claimed_says_why(q, why, limits):
    """Limits on one side of 1 without a verdict: corrected for many series, or too small to be called clear."""
    low, high = limits
    row = dict(judge(RISING)) | {"level": "no_clear_difference", "level_q": q}
    sentence = level_sentence(row | {"rate_ratio_low": low, "rate_ratio_high": high}, "es", "count")
    assert why in sentence
    across = level_sentence(row | {"rate_ratio_low": 0.9, "rate_ratio_high": 1.9}, "es", "count")
    assert why not in across


@pytest.mark.statistics("7", "turns")
def test_a_rise_that_ends_in_a_fall_names_its_peak():
    row = judge([10, 12, 15, 40, 60, 80, 150, 160, 170, 90, 92, 94], first=2012)
    assert (row.direction, row.turn_years) == ("rising", "2018-2020")
    assert row.turn_low == row.turn_high == pytest.approx(geometric(90, 92, 94) / geometric(150, 160, 170))
    assert "They were highest in 2018–2020; in 2021–2023 they are 57.6 % of that." in trend_sentence(
        row, "en", **EN
    )
    assert judge(RISING).turn_years is None
    mirror = judge([170, 165, 160, 150, 140, 100, 50, 48, 46, 72, 74, 76], first=2012)
    assert (mirror.direction, mirror.turn_years) == ("falling", "2018-2020")
    assert "Fueron más bajas en 2018–2020; en 2021–2023, el " in trend_sentence(mirror, "es", **ES)


@pytest.mark.statistics("7", "printed ratios")
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (4.61, 325, "more than ×4.61 at 95 % confidence"),
        (0.01, 0.5, "less than ×0.5 at 95 % confidence"),
        (0.2, 2.5, "they scatter too much to say how many times"),
        (0.2, 2.0, "×0.2–2 at 95 % confidence"),
    ],
)
def test_no_ratio_wider_than_ten_times_is_printed_and_scattered_years_are_named(low, high, said):
    row = judge([*RISING[:9], None, 190, None, 200, 210], first=2010)
    assert row.last_years == "2020, 2022, 2023"
    told = trend_sentence({**row, "rate_ratio_low": low, "rate_ratio_high": high}, "en", **EN)
    assert "In 2020, 2022, 2023 the figures" in told
    assert f": {said}." in told


@pytest.mark.statistics("7", "words")
def test_limits_on_one_side_without_a_clear_difference_say_why():
    slight = judge([10_000] * 5 + [11_500] * 5)
    assert "no llega a una cuarta parte" in trend_sentence(slight, "es", **ES)
    many_ = [one_series([100, 110] * 5, country=f"B{k}") for k in range(40)]
    points = pd.concat([one_series([100, 102, 101, 100, 101, 102, 160, 165, 161, 163]), *many_])
    row = tr.trends(points, as_of=AS_OF, series=SERIES, settings=replace(DEFAULTS, min_prior_series=99)).iloc[
        0
    ]
    assert row.rate_ratio_low > 1
    assert row.level == "no_clear_difference"
    assert "alguna la pasaría por azar, y corregido por eso no se afirma" in trend_sentence(row, "es", **ES)


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("lang", languages())
def test_a_refusal_in_words_gives_its_reason(code, lang):
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES).iloc[0]
    told = trend_sentence(row, lang, **(ES if lang == "es" else EN))
    assert REASONS[code][lang] in told
    assert "{" not in told


@pytest.mark.statistics("7", "words")
def test_every_word_is_in_its_list():
    directions = {"rising", "falling", "no_clear_change", "too_few_years", "not_comparable"}
    assert set(codelist("trend_direction")) == directions
    assert set(codelist("trend_level")) == {"higher", "lower", "no_clear_difference", "no_level"}
    for code, reason in codelist("trend_reason").items():
        assert reason.attributes["direction"] in (directions if code not in OF_LEVEL_ALONE else {"no_level"})
