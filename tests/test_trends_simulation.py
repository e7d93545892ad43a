"""How often the trend tests cry wolf, and how often they hear one (Statistics §7.4, §7.7).

Counts are Poisson about a log-normal mean: yearly variance φ times the mean, noise of consecutive
years correlated ρ. The seed is fixed; tolerances are three standard errors of the simulation.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from warehouse.statistics.direction import mann_kendall
from warehouse.statistics.trends import trends

SERIES = 20_000
ALPHA = 0.01


def simulate(n, *, mean, phi, rho=0.0, growth=0.0, series=SERIES, seed=20240601):
    """series × n counts."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((series, n))
    for year in range(1, n):
        noise[:, year] = rho * noise[:, year - 1] + np.sqrt(1 - rho**2) * noise[:, year]
    expected = mean * (1 + growth) ** np.arange(n)
    spread = np.log(1 + (phi - 1) / expected)
    return rng.poisson(expected * np.exp(np.sqrt(spread) * noise - spread / 2)).astype(float)


def rejected(counts, alpha=ALPHA):
    return np.mean(mann_kendall(counts, counts).p_high <= alpha)


def error(rate, series=SERIES):
    return 3 * np.sqrt(rate * (1 - rate) / series)


def frame(counts, indicator=None):
    """One annual series per row of `counts`, ending in 2023."""
    rows, n = counts.shape
    year = np.tile(np.arange(2024 - n, 2024), rows).astype(str)
    series = np.repeat(np.arange(rows), n)
    return pd.DataFrame(
        {
            "indicator": series if indicator is None else indicator,
            "series": series,
            "period_start": pd.to_datetime(pd.Series(year) + "-01-01"),
            "period_end": pd.to_datetime(pd.Series(year) + "-12-31"),
            "value_low": counts.ravel(),
            "value_high": counts.ravel(),
            "flag": None,
            "unit_kind": "count",
        }
    )


def judged(counts):
    """The trends of unrelated series, each the only one of its indicator."""
    return trends(frame(counts), as_of=date(2024, 6, 1), series=["indicator", "series"])


@pytest.mark.parametrize("n", [8, 10, 12, 15])
@pytest.mark.parametrize("phi", [1, 5])
def test_without_autocorrelation_the_test_keeps_its_level(n, phi):
    assert rejected(simulate(n, mean=100, phi=phi)) <= ALPHA + error(ALPHA)


@pytest.mark.statistics("7", "level")
@pytest.mark.parametrize("n", [10, 12, 15])
@pytest.mark.parametrize("phi", [3, 8])
def test_with_autocorrelation_false_alarms_stay_below_five_per_cent(n, phi):
    """Stated: 3–5 %. Found: 2.4, 2.8, 3.4 % at φ = 3 and 3.5, 4.0, 4.7 % at φ = 8; exact ties
    make the test a little stricter where counts are few and often equal.
    """
    counts = simulate(n, mean=100, phi=phi, rho=0.4)
    assert 0.02 <= rejected(counts) <= 0.05 + error(0.05)
    # the level not used, stated to alarm in 10–16 % of cases: found 9–13 %
    assert 0.09 <= rejected(counts, alpha=0.05) <= 0.16 + error(0.16)


def test_at_eight_years_false_alarms_are_rarer_still():
    """Found: 2.0 %. The largest p below .01 at n = 8 is .0056: stricter than its name."""
    assert rejected(simulate(8, mean=100, phi=5, rho=0.4)) == pytest.approx(0.019, abs=0.004)


@pytest.mark.statistics("7", "power")
@pytest.mark.parametrize(("mean", "phi"), [(60, 3), (100, 5)])
def test_power_for_ten_per_cent_a_year(mean, phi):
    """Stated: 27 % at n = 8, 80 % at n = 10. Found: 28 and 77–78 % for such series of unrelated
    years; the figures belong to this mean and φ, and others give others (see below).
    """
    eight = rejected(simulate(8, mean=mean, phi=phi, growth=0.10))
    ten = rejected(simulate(10, mean=mean, phi=phi, growth=0.10))
    assert eight == pytest.approx(0.27, abs=0.03)
    assert ten == pytest.approx(0.80, abs=0.04)


def test_power_falls_for_small_and_scattered_counts():
    """Thirty a year at φ = 8, growing by ten per cent: heard once in six cases after ten years."""
    assert rejected(simulate(10, mean=30, phi=8, growth=0.10)) < 0.25


def test_the_verdict_is_stricter_than_the_test():
    """q, size and the last year beside the baseline take alarms away and add none."""
    counts = simulate(10, mean=100, phi=5, rho=0.4)
    out = judged(counts)
    called = out["verdict"].isin(["rising", "falling"])
    assert called[out["p_high"] > ALPHA].sum() == 0
    assert called.mean() <= rejected(counts)
    assert called.mean() <= 0.05 + error(0.05)


def test_among_many_flat_series_of_one_indicator_hardly_any_is_called():
    """Independent years: Benjamini–Hochberg leaves almost nothing of 300 flat series."""
    flags = []
    for seed in range(20):
        points = frame(simulate(12, mean=100, phi=3, series=300, seed=seed), indicator="i")
        out = trends(points, as_of=date(2024, 6, 1), series=["indicator", "series"])
        flags.append(out["verdict"].isin(["rising", "falling"]).any())
    assert np.mean(flags) <= 0.10 + 3 * np.sqrt(0.1 * 0.9 / 20)


@pytest.mark.statistics("7", "rate ratio")
@pytest.mark.parametrize("phi", [1, 3, 5, 8])
def test_the_rate_ratio_rejects_falsely_at_most_one_time_in_twenty(phi):
    """Where plain Poisson limits do so in 26–48 % of cases at φ = 3–8."""
    counts = simulate(10, mean=100, phi=phi)
    out = judged(counts).dropna(subset="rate_ratio")
    false = (out["rate_ratio_low"] > 1) | (out["rate_ratio_high"] < 1)
    assert false.mean() <= 0.05
    baseline, last = counts[:, 2:5].sum(axis=1), counts[:, -1]
    with np.errstate(divide="ignore"):
        z = np.log(last / (baseline / 3)) / np.sqrt(1 / last + 1 / baseline)
    plain = np.mean(np.abs(z) > 1.96)
    expected = {1: 0.05, 3: 0.26, 5: 0.38, 8: 0.48}[phi]
    assert plain == pytest.approx(expected, abs=0.03)
