"""Simulated months of which the truth is known, judged by the rules of analysis.monthly; docs/trends.md is printed from here.

The generator is our own and not the one the rules were set with (a negative binomial at the places of a Gaussian AR(1)):
a log-normal level that is an AR(1), about which Poisson counts fall. Its variance makes that of the counts φ × mean, its
autocorrelation that of the counts .5. `python -m tests.months_simulation` writes the tables into docs/trends.md.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from tests import simulated_page
from tests.simulated_page import table
from warehouse.build.statistics.months import monthly
from warehouse.build.statistics.settings import MonthSettings

SEED = 20261126
RHO = 0.5
MONTHS, HISTORY = 120, 60
"""Ten years each; alerts are counted in the last five, the years before are history."""
PHIS, MEANS, TIMES = (5, 25), (30, 100, 1000), (2, 3, 5)
SERIES = ["collection", "citizenship"]
GROWTH, YEARS_COUNTED = "growth", (MONTHS - HISTORY) / 12


def simulated(
    rows: int, *, mean: np.ndarray | float, phi: float, season: float = 0, seed: int = 0
) -> np.ndarray:
    """rows × MONTHS counts; `season` 0.5: a year's largest month is three times its smallest."""
    draw = np.random.Generator(np.random.SFC64(SEED + seed))
    at = np.broadcast_to(np.asarray(mean, dtype=float), (MONTHS,)).copy()
    sigma2 = np.log1p((phi - 1) / at.mean())
    wanted = RHO * phi / (phi - 1)  # of the levels, so that the counts have RHO
    rho = np.log1p(wanted * np.expm1(sigma2)) / sigma2
    state = draw.standard_normal(rows)
    level = np.empty((rows, MONTHS))
    for month in range(MONTHS):
        state = rho * state + np.sqrt(1 - rho**2) * draw.standard_normal(rows)
        level[:, month] = np.exp(np.sqrt(sigma2) * state - sigma2 / 2)
    at *= 1 + season * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    return draw.poisson(level * at).astype(float)


def frame(values: np.ndarray) -> pd.DataFrame:
    """One total a row, its months from January 2016 on."""
    rows, n = values.shape
    months = pd.date_range("2016-01-01", periods=n, freq="MS")
    return pd.DataFrame(
        {
            "collection": np.repeat(np.arange(rows), n),
            "citizenship": "_T",
            "period_start": np.tile(months, rows),
            "value_low": values.ravel(),
            "value_high": values.ravel(),
            "count_unit": "event",
            "is_doubted": False,
            "break_id": None,
            "year_starts": 1,
            "flag": None,
        }
    )


def alerts(values: np.ndarray, settings: MonthSettings = MonthSettings()) -> pd.DataFrame:  # noqa: B008
    """The alerts of the last five years: `collection` is the row's number, `month` its place."""
    out = monthly(frame(values), series=SERIES, settings=settings)
    out["month"] = out.groupby("collection").cumcount()
    return out[out["alert"].notna() & (out["month"] >= HISTORY)]


def _share(told: pd.DataFrame, rows: int) -> float:
    return told["collection"].nunique() / rows


def false_alerts(phi: float, mean: float, *, season: float = 0, rows: int = 1000) -> dict[str, float]:
    """Stationary series with an alert in five years: a surge or shift, a surge, a shift; and growths told in 25 years."""
    told = alerts(
        simulated(rows, mean=mean, phi=phi, season=season, seed=int(10 * mean + phi + 1000 * season))
    )
    started = told[told["alert"].str.contains("growth")].drop_duplicates(["collection", "growth_from"])
    return {
        "any": _share(told[told["alert"].str.contains("surge|shift")], rows),
        "surge": _share(told[told["alert"].str.contains("surge")], rows),
        "shift": _share(told[told["alert"].str.contains("shift")], rows),
        GROWTH: 25 / YEARS_COUNTED * len(started) / rows,
    }


def found_surges(phi: float, mean: float, times: float, *, rows: int = 200) -> float:
    """Series that are `times` as large for three months, and whose surge is told within them."""
    means = np.full(MONTHS, float(mean))
    means[100:103] *= times
    values = simulated(rows, mean=means, phi=phi, seed=int(7 + mean + phi + 100 * times))
    told = alerts(
        values, MonthSettings(stretch=MONTHS + 1)
    )  # no season is needed, and it takes most of the time
    return _share(told[told["alert"].str.contains("surge") & told["month"].between(101, 102)], rows)


def found_growths(phi: float, mean: float, times: float, *, rows: int = 200) -> float:
    """Series that are `times` as large from a month on, and whose growth is told with the second month or the third."""
    means = np.where(np.arange(MONTHS) < 100, mean, mean * times)
    values = simulated(rows, mean=means, phi=phi, seed=int(11 + mean + phi + 100 * times))
    told = alerts(values, MonthSettings(stretch=MONTHS + 1))
    return _share(told[told["alert"].str.contains("growth") & told["month"].between(101, 102)], rows)


def found_shifts(phi: float, mean: float, times: float, *, rows: int = 200) -> float:
    """Series that are `times` as large from the eighth year on, and whose shift is told within two months of it."""
    means = np.where(np.arange(MONTHS) < 84, mean, mean * times)
    told = alerts(simulated(rows, mean=means, phi=phi, seed=int(9 + mean + phi + 100 * times)))
    return _share(told[told["alert"].str.contains("shift_up") & told["month"].between(82, 86)], rows)


@cache
def measured(rows: int = 1000, found: int = 200) -> dict[str, dict[tuple, float]]:
    """Every figure of the page: table → cell → share, of so many series a cell. Two minutes of processor for the page's own.

    `rows` is of series that do not change, `found` of those that do.
    """
    told: dict[str, dict[tuple, float]] = {
        "false": {},
        "growth": {},
        "surges": {},
        "growths": {},
        "shifts": {},
    }
    for phi in PHIS:
        for mean in MEANS:
            for season in (0, 0.5) if mean == MEANS[1] else (0,):
                of = false_alerts(phi, mean, season=season, rows=rows)
                cell = (phi, mean, "yes" if season else "no")
                told["growth"][(*cell, "alerts")] = of.pop(GROWTH)
                told["false"] |= {(*cell, kind): share for kind, share in of.items()}
            for times in TIMES:
                told["surges"][phi, mean, times] = found_surges(phi, mean, times, rows=found)
                told["growths"][phi, mean, times] = found_growths(phi, mean, times, rows=found)
                told["shifts"][phi, mean, times] = found_shifts(phi, mean, times, rows=found)
    return told


def tables() -> str:
    """The tables of docs/trends.md."""
    told = measured()
    times = [f"× {n}" for n in TIMES]
    return "\n\n".join(
        [
            "### Months: series without a change that have an alert in five years (%)",
            table(told["false"], ("φ", "mean", "season"), ["any", "surge", "shift"]),
            "### Months: false alerts of growth, per 100 series in 25 years",
            table(told["growth"], ("φ", "mean", "season"), ["alerts"]),
            "### Months: three months so many times as large, and the surge told within them (%)",
            table(told["surges"], ("φ", "mean"), times),
            "### Months: a level so many times as high, and the growth told with its second or third month (%)",
            table(told["growths"], ("φ", "mean"), times),
            "### Months: a level so many times as high, and the shift told within two months of it (%)",
            table(told["shifts"], ("φ", "mean"), times),
        ]
    )


def rendered(page: str) -> str:
    """The page with its tables made anew."""
    return simulated_page.rendered(page, "simulated months", tables())


if __name__ == "__main__":
    simulated_page.write(rendered)
