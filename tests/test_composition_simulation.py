"""How often the mix test cries wolf, and how often it hears a change (Statistics §7.8).

Each year's shares swing about the true ones, so that the variance of a year's counts is φ times a
multinomial's; the counts are drawn from them. Three years, then three years, four classes. Swings
are of three shapes: all classes alike (`even`), one class against all others (`one`), each class's
odds by itself (`odds`). The seed is fixed; tolerances are three standard errors of the simulation.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from warehouse.build.statistics.composition import compare
from warehouse.build.statistics.intervals import Interval

pytestmark = pytest.mark.slow  # it draws tables by the thousand

TABLES = 20_000
ALPHA = 0.01
SHARES = np.array([0.55, 0.30, 0.10, 0.05])
EQUAL, UNEQUAL = (300,) * 6, (100, 300, 900, 200, 500, 800)
SHAPES = ("even", "one", "odds")


def simulate(shape, *, phi, size=EQUAL, rho=0.0, shift=0.0, seed=20240601):
    """Counts, tables × years × classes; `shift` moves that much from the first class to the second."""
    rng = np.random.default_rng(seed)
    size = np.array(size)
    noise = rng.standard_normal((TABLES, len(size), len(SHARES)))
    for year in range(1, len(size)):
        noise[:, year] = rho * noise[:, year - 1] + np.sqrt(1 - rho**2) * noise[:, year]
    excess = np.sqrt((phi - 1) / size)[:, None]
    root = np.sqrt(SHARES)
    if shape == "even":
        swing = excess * root * (noise - (noise * root).sum(axis=2, keepdims=True) * root)
    elif shape == "one":  # the same sum of variances over the classes, all of it along one line
        against = np.concatenate([[1], -SHARES[1:] / SHARES[1:].sum()])
        spread = np.sqrt(SHARES[0] * (1 - SHARES[0]) * (len(SHARES) - 1))
        swing = excess * spread * noise[:, :, :1] * against
    else:
        swing = SHARES * (np.exp(1.6 * np.sqrt((phi - 1) / size.mean()) * noise) - 1)
    swung = SHARES + swing
    swung[:, 3:, :2] += [-shift, shift]
    swung = np.clip(swung, 1e-4, None)
    swung /= swung.sum(axis=2, keepdims=True)
    return rng.multinomial(np.broadcast_to(size, swung.shape[:2]), swung)


def compared(counts):
    before, after = (
        Interval(part, part) for part in (counts[:, :3].astype(float), counts[:, 3:].astype(float))
    )
    return compare(before, after)


def alarms(counts, alpha=ALPHA):
    return np.mean(compared(counts).p_high <= alpha)


def plain(counts, alpha=ALPHA):
    """Pearson's chi-square between the two periods' sums, as if persons came one by one."""
    periods = np.stack([counts[:, :3].sum(axis=1), counts[:, 3:].sum(axis=1)], axis=1).astype(float)
    expected = periods.sum(axis=1, keepdims=True) * periods.sum(axis=2, keepdims=True)
    expected /= periods.sum(axis=(1, 2), keepdims=True)
    statistic = ((periods - expected) ** 2 / expected).sum(axis=(1, 2))
    return np.mean(stats.chi2.sf(statistic, len(SHARES) - 1) <= alpha)


def as_many_degrees_as_cells(counts, alpha=ALPHA):
    """The same test with (classes − 1)(years − 2) degrees: right only if swings are even."""
    found = compared(counts)
    free, units = len(SHARES) - 1, counts.shape[1] - 2
    ratio = stats.f.isf(found.p_high, free, units)
    return np.mean(stats.f.sf(ratio, free, free * units) <= alpha)


def error(rate):
    return 3 * np.sqrt(rate * (1 - rate) / TABLES)


@pytest.mark.parametrize("size", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
@pytest.mark.parametrize("phi", [1, 3, 8])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_test_keeps_its_level_whatever_the_swings(shape, phi, size):
    """Found: .006 at most (one class swings alone, φ = 8), below .001 for even swings; level .01."""
    counts = simulate(shape, phi=phi, size=size)
    assert alarms(counts) <= ALPHA + error(ALPHA)
    assert alarms(counts, 0.05) <= 0.05 + error(0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_plain_chi_square_cries_wolf_on_the_same_tables(shape):
    """Found at level .01: .28, .26, .13 at φ = 3; .69, .52, .44 at φ = 8. Without dispersion it is right."""
    assert plain(simulate(shape, phi=1)) <= ALPHA + error(ALPHA)
    assert plain(simulate(shape, phi=3)) > 0.10
    assert plain(simulate(shape, phi=8)) > 0.40


def test_as_many_degrees_as_cells_would_not_keep_the_level():
    """Found: .010 for even swings, .052 where one class swings alone. Hence years are the units."""
    assert as_many_degrees_as_cells(simulate("even", phi=8)) <= ALPHA + error(ALPHA)
    assert as_many_degrees_as_cells(simulate("one", phi=8)) > 0.04


@pytest.mark.parametrize("shape", SHAPES)
def test_with_autocorrelated_years_false_alarms_stay_rare(shape):
    """ρ = .4 between years, φ = 8, level .01. Found: .001, .018, .002."""
    assert alarms(simulate(shape, phi=8, rho=0.4)) <= 0.03


@pytest.mark.parametrize(
    ("persons", "phi", "shift", "power"),
    [
        (300, 1, 0.20, 0.91),
        (300, 3, 0.20, 0.22),
        (300, 3, 0.30, 0.77),
        (1000, 3, 0.10, 0.16),
        (1000, 3, 0.20, 0.95),
        (1000, 8, 0.30, 0.90),
    ],
)
def test_power_for_a_shift(persons, phi, shift, power):
    """Large shifts of many persons are heard; ten points of a thousand a year mostly are not: so
    “no clear change”, never “stable”.
    """
    counts = simulate("even", phi=phi, size=(persons,) * 6, shift=shift)
    assert alarms(counts) == pytest.approx(power, abs=0.03)
