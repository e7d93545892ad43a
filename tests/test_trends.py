"""Trends: the exact test against published tables, every refusal, intervals against enumeration."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations, product
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from schemas.codelists import codelist
from warehouse.publication.sentences import REASONS, sentence
from warehouse.statistics import trends as tr
from warehouse.statistics.breaks import jumps
from warehouse.statistics.direction import mann_kendall, null_tail, theil_sen
from warehouse.statistics.discoveries import q_values
from warehouse.statistics.settings import TrendSettings

SERIES = ["indicator", "reporting_country", "frequency"]
AS_OF = date(2025, 6, 1)
RISING = [100, 110, 120, 130, 140, 150, 160, 170, 180, 190]  # 2014 … 2023
MONTHS = {"A": 12, "Q": 3, "M": 1}


def one_series(
    counts, *, first=2014, country="AAA", unit="count", frequency="A", indicator="i", flags=None
) -> pd.DataFrame:
    """Points of one series from `first` on; None is a missing period, a pair an interval."""
    rows = []
    for k, count in enumerate(counts):
        if count is None:
            continue
        low, high = count if isinstance(count, tuple) else (count, count)
        start = pd.Timestamp(first, 1, 1) + pd.DateOffset(months=MONTHS[frequency] * k)
        after = start + pd.DateOffset(months=MONTHS[frequency])
        rows.append(
            {
                "indicator": indicator,
                "reporting_country": country,
                "frequency": frequency,
                "period_start": start.date(),
                "period_end": (after - timedelta(days=1)).date(),
                "value_low": low,
                "value_high": high,
                "flag": (flags or {}).get(start.year),
                "unit_kind": unit,
            }
        )
    return pd.DataFrame(rows)


def judge(counts, *, as_of=AS_OF, using=tr.DEFAULTS, **more) -> pd.Series:
    points = one_series(counts, **more)
    return tr.trends(points, as_of=as_of, series=SERIES, settings=using).iloc[0]


# ── The exact distribution ───────────────────────────────────────────────────────────────────────

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
def test_tails_equal_the_published_tables(n):
    for s, upper in PUBLISHED[n].items():
        digits = 3 if upper >= 0.01 else 4 if upper >= 0.001 else 5
        assert null_tail(n)[s] / 2 == pytest.approx(upper, abs=0.51 * 10**-digits)


def test_five_years_cannot_reach_one_per_cent():
    assert null_tail(5)[10] == pytest.approx(0.0167, abs=5e-5)
    assert null_tail(5)[10] > TrendSettings().alpha


def kendall_s(values) -> int:
    return sum(int(np.sign(b - a)) for k, a in enumerate(values) for b in values[k + 1 :])


@pytest.mark.parametrize(
    "values",
    [range(4), range(6), range(7), (0, 0, 1, 2, 3), (0, 0, 1, 1, 2, 2), (0, 0, 0, 1, 2, 2, 3)],
)
def test_tails_equal_counting_all_orders(values):
    values = tuple(values)
    all_s = np.abs([kendall_s(order) for order in permutations(values)])
    _, sizes = np.unique(values, return_counts=True)
    tail = null_tail(len(values), tuple(sorted(int(size) for size in sizes if size > 1)))
    assert tail == pytest.approx([np.mean(all_s >= s) for s in range(len(tail))])


@pytest.mark.statistics("7", "direction")
@pytest.mark.parametrize("n", [5, 8, 10, 13, 20])
def test_p_equals_scipy_exact(n):
    rng = np.random.default_rng(n)
    for _ in range(20):
        values = rng.permutation(n).astype(float)
        found = mann_kendall(values[None], values[None])
        peer = stats.kendalltau(np.arange(n), values, method="exact").pvalue
        assert found.p_low[0] == found.p_high[0] == pytest.approx(peer)


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


def tie_patterns(n, largest=None):
    if n == 0:
        yield ()
    for size in range(min(n, largest or n), 0, -1):
        yield from ((size, *rest) for rest in tie_patterns(n - size, size))


@pytest.mark.parametrize("n", [8, 9, 10, 11])
def test_no_ties_a_completion_may_have_beat_the_rounded_tail(n):
    plain = null_tail(n)
    for pattern in tie_patterns(n):
        tail = null_tail(n, tuple(sorted(size for size in pattern if size > 1)))
        s = np.arange(len(tail))
        rounded = plain[np.maximum(s - (s + len(plain) - 1) % 2, 0)]
        assert ((tail <= rounded + 1e-12) | (tail > 0.05)).all()


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


def test_a_plain_rise_is_rising():
    row = judge(RISING)
    assert (row.verdict, row.why_not, row.n_periods) == ("rising", None, 10)
    assert (row.baseline_period, row.baseline_low, row.baseline_high) == ("2016-2018", 130, 130)
    assert (row.last_period, row.last_low) == ("2023", 190)
    assert row.index_low == row.index_high == pytest.approx(100 * 190 / 130)
    assert row.change_low == pytest.approx(100 * 10 / 180)
    assert row.slope_low == row.slope_high == 10
    assert row.p_low == row.p_high == row.q_value == null_tail(10)[45]


def test_its_mirror_is_falling():
    assert judge(RISING[::-1]).verdict == "falling"
    assert judge(RISING[::-1]).slope_high == -10


@pytest.mark.statistics("7", "baseline")
def test_the_baseline_is_an_interval():
    row = judge([100, 110, (118, 125), 130, (120, 150), 150, 160, 170, 180, (190, 200)])
    assert (row.baseline_low, row.baseline_high) == (120, 130)
    assert row.index_low == pytest.approx(100 * 190 / 130)
    assert row.index_high == pytest.approx(100 * 200 / 120)
    assert row.change_high == pytest.approx(100 * 20 / 180)


@pytest.mark.statistics("7", "baseline")
@pytest.mark.statistics("7", "own baseline")
def test_two_years_make_a_common_baseline_and_one_does_not():
    assert judge([100, 110, None, *RISING[3:]]).baseline_low == 135
    row = judge([100, 110, None, None, *RISING[4:]])
    assert (row.baseline_period, row.baseline_low) == ("own:2014-2018", 110)


@pytest.mark.statistics("7", "own baseline")
def test_an_own_baseline_is_the_first_three_usable_years():
    row = judge(RISING[:8], first=2017, flags={2018: "partial"}, using=replace(
        tr.DEFAULTS, baseline_from=2010, baseline_to=2012))  # fmt: skip
    assert (row.baseline_period, row.baseline_low) == ("own:2017-2020", 120)


@pytest.mark.statistics("7", "partial years left out")
@pytest.mark.statistics("2", "year as value")
def test_unusable_points_are_left_out_and_not_counted():
    for flag in ("partial", "suspected_partial", "inconsistent", "suspect_value", "x+partial"):
        row = judge([*RISING, 5], flags={2024: flag})
        assert (row.last_period, row.n_periods, row.verdict) == ("2023", 10, "rising")
    assert judge([*RISING, 200], flags={2024: "dominated"}).last_period == "2024"


def test_change_needs_the_period_before():
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
    assert (row.last_period, row.baseline_low) == ("2023", 130)


def test_quarters_are_compared_with_the_same_quarter():
    counts = [q + 10 * y for y in range(9) for q in (100, 200, 300, 400)][:-2]  # to 2024-Q2
    row = judge(counts, first=2016, frequency="Q")
    assert (row.last_period, row.n_periods) == ("2024-Q2", 9)
    assert (row.baseline_period, row.baseline_low, row.last_low) == ("2016-2018", 210, 280)
    assert row.change_low == pytest.approx(100 * 10 / 270)
    assert (row.verdict, row.why_not) == ("too_few_years", "not_annual")
    assert np.isnan(row.p_low)
    row = judge(counts[-6:], first=2023, frequency="M")
    assert (row.last_period, row.verdict, row.why_not) == ("2023-06",) + ("too_few_years",) * 2


def test_of_a_young_quarterly_series_the_change_is_shown():
    row = judge([10, 20, 30, 40, 11], first=2024, frequency="Q")
    assert row.change_low == pytest.approx(10)
    assert row.why_not == "too_few_years"


# ── Refusals: one case per reason; without its rule the series would be judged ───────────────────

HIDDEN = [(0, 60), 60, (0, 90), 75, (50, 95), 90, (60, 130), 120, 140, 150]
SHARES = [count / 400 for count in RISING]
REFUSED = {
    "too_few_years": ({"counts": [100, 120, 140, 160], "first": 2020}, {"min_years": 4}),
    "overlapping_periods": ({"counts": RISING}, {}),
    "unconfirmed_break": (
        {"counts": RISING, "flags": {2017: "unconfirmed_break"}},
        {"unconfirmed": ()},
    ),
    "suspected_break": ({"counts": [20, 25, 30, 35, 40, 45, 140, 150, 160, 170]},
                        {"break_factor": 9}),
    "too_old": ({"counts": RISING, "first": 2011}, {"max_age_years": 5}),
    "missing_years": (
        {"counts": [100, None, None, 110, 120, None, 130, 140, None, 150, 160, None, 170],
             "first": 2011},
        {"max_missing": 0.5},
    ),
    "too_small": ({"counts": [3, 4, 5, 6, 7, 9, 10, 20, 22, 24]}, {"min_median": 5}),
    "not_persons": ({"counts": SHARES, "unit": "share"}, {}),
    "little_known": ({"counts": SHARES, "unit": "share"}, {"min_known": 0.7}),
    "not_annual": ({"counts": RISING, "frequency": "Q"}, {}),
    "hidden": ({"counts": HIDDEN}, {"max_hidden": 0.5}),
}  # fmt: skip


def points_of(code):
    points = one_series(**REFUSED[code][0])
    if code == "overlapping_periods":  # a calendar year, then a fiscal one that ends in it
        points.loc[4, "period_end"] = points.loc[3, "period_end"]
    if code == "not_annual":  # the same quarter of ten years
        points = one_series(RISING).assign(frequency="Q")
    if code == "not_persons":
        points = points.assign(of_persons=False)
    if code == "little_known":  # in one year of ten
        points.loc[6, "known"] = 0.79
        points = points.fillna({"known": 1.0})
    return points


def test_every_reason_has_its_case():
    assert set(REFUSED) == set(REASONS)


@pytest.mark.statistics("7", "too few years")
@pytest.mark.statistics("7", "missing years")
@pytest.mark.statistics("7", "too old")
@pytest.mark.statistics("7", "too small")
@pytest.mark.statistics("7", "hidden")
@pytest.mark.statistics("7", "unconfirmed break")
@pytest.mark.statistics("7", "suspected break")
@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_series_says_why(code):
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES).iloc[0]
    assert row.why_not == code
    assert row.verdict == codelist("trend_reason")[code].attributes["verdict"]
    lacking = ["slope_low", "slope_high", "p_low", "p_high", "q_value", "rate_ratio",
               "rate_ratio_low", "rate_ratio_high"]  # fmt: skip
    if row.verdict == "not_comparable" or code == "too_few_years":
        lacking += ["index_low", "index_high", "change_low", "change_high"]
    assert row[lacking].isna().all()
    assert row[["baseline_low", "last_low", "n_periods"]].notna().all()


@pytest.mark.statistics("7", "too few years")
@pytest.mark.statistics("7", "missing years")
@pytest.mark.statistics("7", "too old")
@pytest.mark.statistics("7", "too small")
@pytest.mark.statistics("7", "hidden")
@pytest.mark.statistics("7", "unconfirmed break")
@pytest.mark.statistics("7", "suspected break")
@pytest.mark.parametrize("code", [code for code, (_, without) in REFUSED.items() if without])
def test_without_its_rule_it_is_judged(code):
    relaxed = replace(tr.DEFAULTS, **REFUSED[code][1], min_tested_years=4)
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES, settings=relaxed).iloc[0]
    assert row.why_not is None


@pytest.mark.statistics("7", "too few years")
def test_five_to_seven_years_show_the_change_but_no_test():
    row = judge(RISING[:7], first=2017)
    assert (row.verdict, row.why_not) == ("too_few_years", "too_few_years")
    assert row.index_low == pytest.approx(100 * 160 / 105)
    assert row.change_low == pytest.approx(100 * 10 / 150)
    assert np.isnan(row.p_low)
    assert judge(RISING[:8], first=2016).verdict == "rising"


@pytest.mark.statistics("7", "known shares")
def test_a_share_over_eighty_per_cent_known_is_judged_and_a_count_needs_no_known():
    """Statistics §7.8."""
    known = one_series(SHARES, unit="share").assign(known=0.8)
    assert tr.trends(known, as_of=AS_OF, series=SERIES).iloc[0].verdict == "rising"
    counts = one_series(RISING).assign(known=0.1, of_persons=False)
    assert tr.trends(counts, as_of=AS_OF, series=SERIES).iloc[0].verdict == "rising"


def test_the_baseline_window_is_the_series_own_where_the_points_say():
    points = one_series(RISING).assign(baseline_from=2019, baseline_to=2021)
    row = tr.trends(points, as_of=AS_OF, series=SERIES).iloc[0]
    assert (row.baseline_period, row.baseline_low) == ("2019-2021", 160)


def test_jumps_name_the_later_point():
    """20 … 45, then 140: nearest bounds 45 and 140 differ threefold and by 95."""
    found = jumps(points_of("suspected_break"), series=SERIES)
    assert found[
        ["period_start", "before_low", "before_high", "value_low", "value_high"]
    ].values.tolist() == [[pd.Timestamp(2020, 1, 1), 45, 45, 140, 140]]
    assert jumps(one_series(RISING), series=SERIES).empty


def test_of_several_reasons_the_first_is_given():
    old_and_broken = {"counts": [20, 25, 30, 35, 40, 45, 140, 150], "first": 2005}
    assert judge(**old_and_broken).why_not == "suspected_break"
    assert judge([20, 140, 150], first=2005).why_not == "too_few_years"
    assert judge(RISING[:6], first=2005).why_not == "too_old"


@pytest.mark.statistics("7", "suspected break")
@pytest.mark.parametrize(("before", "after", "broken"),
    [(25, 75, True), (25, 74, False), (20, 69, False), (0, 50, True), (75, 25, True),
     (25, (75, 90), True), ((20, 26), 75, False), (25, (70, 90), False), ((0, None), 75, False),
     (25, (75, None), True)])  # fmt: skip
def test_a_suspected_break_is_sure_by_its_nearer_bounds(before, after, broken):
    row = judge([30] * 4 + [before, after] + [30] * 4, using=replace(tr.DEFAULTS, max_hidden=1))
    confirmed = judge([30] * 4 + [before, after] + [40] * 4, flags={2019: "confirmed_change"})
    assert (row.why_not == "suspected_break") == broken
    assert confirmed.why_not is None


def test_a_partial_year_hides_no_break_and_makes_none():
    row = judge([*RISING[:5], 3, *RISING[5:]], flags={2019: "partial"})
    assert row.why_not is None


def test_a_share_has_no_break_of_its_own_and_a_rate_breaks_at_three_times():
    tripled = [0.1] * 5 + [0.31] * 5
    assert judge(tripled, unit="share").why_not is None
    assert judge(tripled, unit="rate").why_not == "suspected_break"
    assert judge([0.0] * 10, unit="rate").why_not is None


@pytest.mark.statistics("7", "too old")
def test_too_old_counts_to_the_day():
    assert judge(RISING, as_of=date(2026, 12, 31)).why_not is None
    assert judge(RISING, as_of=date(2027, 1, 1)).why_not == "too_old"


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
    assert judge(wide).verdict == "rising"
    assert judge([(100, 110)] * 10).why_not == "hidden"
    blurred = judge([100, 112, (105, 125), 120, 131, (120, 150), 150, 160, 170, 180])
    assert blurred.why_not is None  # two of ten years


@pytest.mark.statistics("7", "intervals of S")
def test_some_completions_are_not_enough():
    row = judge([100, (95, 125), 120, (115, 155), 140, 150, 160, 170], first=2016)
    assert row.p_low <= 0.01 < row.p_high
    assert (row.verdict, row.why_not) == ("no_clear_change", None)


# ── Direction needs size, q and a last value that bears it out ───────────────────────────────────


@pytest.mark.statistics("7", "size")
def test_a_sure_direction_without_size_is_no_clear_change():
    slight = [1000 + 5 * k for k in range(10)]
    row = judge(slight)
    assert row.p_high < 0.01
    assert row.verdict == "no_clear_change"
    assert judge(slight, using=replace(tr.DEFAULTS, size_of_median=0.04)).verdict == "rising"
    assert judge(slight[::-1]).verdict == "no_clear_change"
    few = [20 + k for k in range(10)]  # over a quarter of the median, but nine persons
    assert judge(few).verdict == "no_clear_change"
    assert judge(few, using=replace(tr.DEFAULTS, size_persons=9)).verdict == "rising"


@pytest.mark.parametrize(("step", "verdict"), [(0.005, "no_clear_change"), (0.006, "rising")])
def test_a_share_must_move_five_points(step, verdict):
    assert judge([0.1 + step * k for k in range(10)], unit="share").verdict == verdict


def test_a_rate_needs_a_quarter_of_its_median():
    assert judge([1 + 0.02 * k for k in range(10)], unit="rate").verdict == "no_clear_change"
    assert judge([1 + 0.05 * k for k in range(10)], unit="rate").verdict == "rising"


@pytest.mark.parametrize("counts", [
    [50, 60, 100, 110, 120, 130, 140, 150, 160, 105],
    [160, 150, 140, 130, 120, 110, 100, 60, 50, 135]])  # fmt: skip
def test_a_change_that_the_last_year_does_not_show_is_not_called_one(counts):
    row = judge(counts)
    assert row.p_high <= 0.01
    assert row.verdict == "no_clear_change"


@pytest.mark.statistics("7", "direction")
def test_alpha_is_one_per_cent():
    middling = [100, 120, 110, 130, 160, 150, 140, 170]  # S = 20: p = .014
    row = judge(middling, first=2016)
    assert row.p_high == pytest.approx(null_tail(8)[20])
    assert row.verdict == "no_clear_change"
    assert judge(middling, first=2016, using=replace(tr.DEFAULTS, alpha=0.02)).verdict == "rising"


@pytest.mark.statistics("7", "false discoveries")
def test_false_discoveries_are_controlled_within_an_indicator():
    risen = [100, 110, 120, 130, 140, 150, 170, 160]  # S = 26
    risen[0], risen[1] = risen[1], risen[0]  # S = 24: p = .0017
    flat = [100, 110, 100, 110, 100, 110, 100, 110]

    def verdict(flat_indicator, flat_series):
        parts = [one_series(risen, first=2016)]
        parts += [one_series(flat, first=2016, country=f"B{k}", indicator=flat_indicator)
                  for k in range(flat_series)]  # fmt: skip
        out = tr.trends(pd.concat(parts), as_of=AS_OF, series=SERIES)
        return out[out.reporting_country == "AAA"].iloc[0]

    assert verdict("i", 50).q_value == pytest.approx(51 * null_tail(8)[24])
    assert verdict("i", 50).verdict == "rising"
    assert verdict("i", 80).verdict == "no_clear_change"
    assert verdict("other", 80).verdict == "rising"


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


# ── Rate ratio ───────────────────────────────────────────────────────────────────────────────────


def by_hand(before, last):
    """Quasi-Poisson ratio and limits of exact counts, step by step."""
    mean = sum(before) / len(before)
    pearson = sum((y - mean) ** 2 / mean for y in before)
    phi = max(1.0, pearson / (len(before) - 1))
    error = np.sqrt(phi * (1 / last + 1 / sum(before)))
    t = stats.t.ppf(0.975, len(before) - 1)
    return last / mean, last / mean * np.exp(-t * error), last / mean * np.exp(t * error)


@pytest.mark.statistics("7", "rate ratio")
@pytest.mark.parametrize("before", [(100, 110, 120), (60, 110, 160)])
def test_the_rate_ratio_by_hand(before):
    row = judge([90, 100, *before, 150, 160, 170, 180, 220])
    found = row.rate_ratio, row.rate_ratio_low, row.rate_ratio_high
    assert found == pytest.approx(by_hand(before, 220))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(10, 45), st.integers(0, 6)), min_size=4, max_size=4))
def test_the_limits_of_a_rate_ratio_hold_for_every_completion(draws):
    *before, last = ((low, low + width) for low, width in draws)
    row = judge([40, 40, *before, 40, 40, 40, 40, last],
                using=replace(tr.DEFAULTS, max_hidden=1))  # fmt: skip
    completions = product(*(sorted({low, (low + high) // 2, high}) for low, high in (*before, last)))
    ratios = [by_hand(chosen[:-1], chosen[-1]) for chosen in completions]
    assert row.rate_ratio_low <= min(low for _, low, _ in ratios) + 1e-9
    assert row.rate_ratio_high >= max(high for *_, high in ratios) - 1e-9
    assert np.isnan(row.rate_ratio) == (len(ratios) > 1)


def test_a_rate_ratio_is_for_counts_bounded_and_past_the_baseline():
    assert np.isnan(judge([v / 1000 for v in RISING], unit="share").rate_ratio)
    assert np.isnan(judge([*RISING[:-1], (190, None)]).rate_ratio_low)
    assert np.isnan(judge(RISING, first=2009, as_of=date(2019, 6, 1)).rate_ratio)  # ends in 2018
    assert np.isnan(judge([*RISING[::-1][:-1], (0, 100)]).rate_ratio_low)


# ── The frame ────────────────────────────────────────────────────────────────────────────────────

COLUMNS = [
    "indicator",
    "reporting_country",
    "frequency",
    "baseline_period",
    "baseline_low",
    "baseline_high",
    "last_period",
    "last_low",
    "last_high",
    "index_low",
    "index_high",
    "change_low",
    "change_high",
    "slope_low",
    "slope_high",
    "p_low",
    "p_high",
    "q_value",
    "rate_ratio",
    "rate_ratio_low",
    "rate_ratio_high",
    "n_periods",
    "verdict",
    "why_not",
]


def many() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    kinds = [("A", "count"), ("A", "share"), ("Q", "count"), ("M", "count")]
    parts = []
    for k in range(40):
        frequency, unit = kinds[k % 4]
        size = int(rng.integers(1, 14)) * (12 // MONTHS[frequency])
        scale = 0.01 if unit == "share" else 1
        lows = rng.poisson(30, size)
        counts = [(a * scale, (a + w) * scale) for a, w in zip(lows, rng.integers(0, 3, size),
                                                               strict=True)]  # fmt: skip
        parts.append(one_series(counts, first=2012, country=f"C{k:02}", unit=unit,
                                frequency=frequency))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_columns_rows_and_order_do_not_depend_on_the_input_order():
    points = many()
    out = tr.trends(points, as_of=AS_OF, series=SERIES)
    assert list(out.columns) == COLUMNS
    assert list(out.reporting_country) == sorted(points.reporting_country.unique())
    shuffled = points.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(out, tr.trends(shuffled, as_of=AS_OF, series=SERIES))
    before = points.copy()
    tr.trends(points, as_of=AS_OF, series=SERIES)
    pd.testing.assert_frame_equal(points, before)


def test_series_do_not_touch_each_other():
    points = many()
    together = tr.trends(points, as_of=AS_OF, series=SERIES).drop(columns=["q_value"])
    alone = [tr.trends(part, as_of=AS_OF, series=SERIES) for _, part in
             points.groupby("reporting_country")]  # fmt: skip
    alone = pd.concat(alone, ignore_index=True).drop(columns=["q_value"])
    same = together.verdict == alone.verdict  # a verdict may differ by q alone
    assert same.mean() > 0.9
    pd.testing.assert_frame_equal(together.drop(columns="verdict"), alone.drop(columns="verdict"))


def test_a_missing_slice_is_a_slice():
    points = pd.concat([one_series(RISING), one_series(RISING, country=None)])
    assert len(tr.trends(points, as_of=AS_OF, series=SERIES)) == 2


def test_no_usable_point_still_gives_a_row():
    row = judge([None, (np.nan, np.nan), 7], flags={2016: "partial"})
    assert (row.n_periods, row.verdict, row.last_period) == (0, "too_few_years", None)
    assert row.baseline_period is None


def test_no_points_give_no_rows():
    out = tr.trends(one_series(RISING).iloc[:0], as_of=AS_OF, series=SERIES)
    assert list(out.columns) == COLUMNS
    assert out.empty


def test_two_points_of_one_period_and_unknown_units_are_errors():
    twice = pd.concat([one_series(RISING), one_series([7])])
    with pytest.raises(ValueError, match="two points"):
        tr.trends(twice, as_of=AS_OF, series=SERIES)
    with pytest.raises(ValueError, match="unit_kind"):
        tr.trends(one_series(RISING, unit="persons"), as_of=AS_OF, series=SERIES)


def test_baselines_are_medians():
    points = many()
    out = tr.trends(points, as_of=AS_OF, series=SERIES)
    year = pd.to_datetime(points.period_end).dt.year
    window = points[(points.frequency == "A") & year.between(2016, 2018)]
    for country, part in window.groupby("reporting_country"):
        row = out[out.reporting_country == country].iloc[0]
        if len(part) > 1:
            assert row.baseline_low == pytest.approx(median(part.value_low))
            assert row.baseline_high == pytest.approx(median(part.value_high))


# ── Words ────────────────────────────────────────────────────────────────────────────────────────

ES = {
    "subject": "Las víctimas detectadas",
    "caveat": "mide lo que las autoridades detectaron, no cuánta trata existe",
}
EN = {
    "subject": "Victims detected",
    "caveat": "it counts what authorities detected, not how much trafficking there is",
}


@pytest.mark.statistics("7", "words")
def test_a_rise_in_words():
    row = judge([*RISING[:-1], (190, 1200)])
    assert sentence(row, "es", **ES) == (
        "Las víctimas detectadas aumentaron entre 2016–2018 y 2023 (de 130 a 190–1,200 al año); "
        "mide lo que las autoridades detectaron, no cuánta trata existe."
    )
    assert sentence(row, "en", **EN) == (
        "Victims detected rose between 2016–2018 and 2023 (from 130 to 190–1,200 a year); "
        "it counts what authorities detected, not how much trafficking there is."
    )


def test_a_fall_of_one_thing_agrees_with_its_verb():
    row = judge([0.9 - 0.05 * k for k in range(10)], unit="share")
    words = sentence(row, "es", subject="La proporción", caveat="c", unit_kind="share", plural=False)
    assert words == "La proporción disminuyó entre 2016–2018 y 2023 (de 75 % a 45 %); c."


@pytest.mark.statistics("7", "words")
def test_never_stable():
    row = judge([100, 110] * 5)
    assert "sin cambio claro entre" in sentence(row, "es", **ES)
    assert "no clear change between" in sentence(row, "en", **EN)


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_refusal_in_words_gives_its_reason(code, lang):
    row = tr.trends(points_of(code), as_of=AS_OF, series=SERIES).iloc[0]
    words = sentence(row, lang, **(ES if lang == "es" else EN))
    assert REASONS[code][lang] in words
    assert "{" not in words


def test_an_unbounded_last_value_in_words():
    row = judge([*RISING[:-1], (190, None)])
    assert "a 190 o más al año" in sentence(row, "es", **ES)
    assert "to 190 or more a year" in sentence(row, "en", **EN)


@pytest.mark.statistics("7", "words")
def test_every_verdict_has_its_words():
    verdicts = {"rising", "falling", "no_clear_change", "too_few_years", "not_comparable"}
    assert set(codelist("verdict")) == verdicts
    for reason in codelist("trend_reason").values():
        assert reason.attributes["verdict"] in verdicts
