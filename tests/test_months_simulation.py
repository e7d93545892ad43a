"""How often monthly alerts cry wolf, and what they hear: the bar of Statistics §7.9, on months of our own making.

The figures of docs/trends.md, where the seed and the command stand, take two minutes of processor and are made again
before a release (`hard`). Here a quarter of their series are judged each time. The bar over all cells, one in a hundred, is
20 of the 2,000 series that do not change; 9 are to be expected by the page, give or take 3. Rules by which two in a hundred had
a false alert would give 40, give or take 6.3, and pass once in a thousand. Any one cell is allowed three standard errors.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.months_simulation import MEANS, PHIS, TIMES, measured, rendered, simulated
from tests.simulated_page import PAGE
from tests.test_trends_simulation import below

pytestmark = pytest.mark.slow
STILL, CHANGED = 250, 60
"""Series a cell, of those that do not change and of those that do."""


@pytest.mark.parametrize("phi", PHIS)
def test_the_generator_makes_what_it_says(phi: int) -> None:
    values = simulated(20_000, mean=400, phi=phi)
    assert values.mean() == pytest.approx(400, rel=0.01)
    assert values.var() == pytest.approx(phi * 400, rel=0.06)
    assert np.corrcoef(values[:, 50], values[:, 51])[0, 1] == pytest.approx(0.5, abs=0.02)


@pytest.mark.statistics("7", "false alerts")
def test_false_alerts_stay_below_the_bar() -> None:
    """At most one series in a hundred has one in five years, at autocorrelation .5, φ 5 and 25, with and without season."""
    false = {cell: share for cell, share in measured(STILL, CHANGED)["false"].items() if cell[-1] == "any"}
    assert len(false) == len(PHIS) * (len(MEANS) + 1)
    assert below(false, 0.01, STILL) == {}
    assert np.mean(list(false.values())) <= 0.01


@pytest.mark.statistics("7", "growth in time")
def test_a_false_growth_is_told_at_most_once_in_25_years() -> None:
    """In every cell, at autocorrelation .5, φ 5 and 25, with and without season."""
    false = measured(STILL, CHANGED)["growth"]
    assert len(false) == len(PHIS) * (len(MEANS) + 1)
    assert max(false.values()) <= 1


def test_what_is_large_is_found() -> None:
    told = measured(STILL, CHANGED)
    assert told["shifts"][5, 100, 3] >= 0.9
    assert told["surges"][5, 1000, 3] >= 0.9
    assert told["growths"][5, 1000, 3] >= 0.9
    for kind in ("surges", "growths", "shifts"):
        for phi in PHIS:
            for mean in MEANS:
                found = [told[kind][phi, mean, times] for times in TIMES]
                assert found == sorted(found)


@pytest.mark.hard
def test_the_page_shows_these_figures_and_they_keep_the_bar() -> None:
    assert below({c: s for c, s in measured()["false"].items() if c[-1] == "any"}, 0.01, 1000) == {}
    assert max(measured()["growth"].values()) <= 1
    page = PAGE.read_text(encoding="utf-8")
    assert rendered(page) == page
