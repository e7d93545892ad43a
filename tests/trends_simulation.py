"""Simulated series of which the truth is known, judged by the rules of trends; docs/trends.md is printed from here.

The generator is our own and not the one the rules were derived with: a Gaussian AR(1) gives each year its
place, and the negative binomial with variance φ times the mean (Poisson for φ = 1) the count at that place.
So marginals are exact, and ρ is the autocorrelation of the places (that of the counts is a little lower).
`python -m tests.trends_simulation` writes the tables into docs/trends.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from tests import simulated_page
from tests.rival_tests import prewhitened_rises, regression_rises
from tests.simulated_page import percent, table
from warehouse.build.statistics.breaks import list_jumps
from warehouse.build.statistics.trends import trends

SEED = 20260331
AS_OF = date(2026, 3, 31)
LAST = 2025
PHIS, RHOS = (1, 5, 25, 51), (0, 0.4, 0.7)


def places(rows: int, n: int, rho: float, seed: int) -> np.ndarray:
    """Where each year lies in its distribution, 0..1: of a stationary AR(1), drawn by Philox."""
    draw = np.random.Generator(np.random.Philox(seed))
    shocks = draw.normal(size=(rows, n)) * np.sqrt(1 - rho**2)
    state = draw.normal(size=rows)
    out = np.empty((rows, n))
    for year in range(n):
        state = rho * state + shocks[:, year]
        out[:, year] = stats.norm.cdf(state)
    return out


def counts(place: np.ndarray, mean: np.ndarray | float, phi: float) -> np.ndarray:
    """Counts of that mean (a number for all years, or one a year) and variance φ × mean."""
    out = np.empty_like(place)
    means = np.broadcast_to(mean, place.shape[1])
    for year, mu in enumerate(means):
        top = int(mu + 12 * np.sqrt(phi * mu) + 60 * phi)
        k = np.arange(top)
        table = stats.poisson.cdf(k, mu) if phi == 1 else stats.nbinom.cdf(k, mu / (phi - 1), 1 / phi)
        out[:, year] = np.searchsorted(table, place[:, year])
    return out


def simulated(
    rows: int, n: int, *, mean: np.ndarray | float, phi: float, rho: float, seed: int = 0
) -> np.ndarray:
    """rows × n counts."""
    return counts(places(rows, n, rho, SEED + 1000 * seed + n), mean, phi)


def frame(
    values: np.ndarray, family: np.ndarray | None = None, unit: str = "count", of: float = np.nan
) -> pd.DataFrame:
    """One annual series a row, ending in LAST; each the only one of its indicator, or in its family."""
    rows, n = values.shape
    series = np.repeat(np.arange(rows), n)
    year = pd.Series(np.tile(np.arange(LAST + 1 - n, LAST + 1), rows).astype(str))
    return pd.DataFrame(
        {
            "indicator": series if family is None else np.repeat(family, n),
            "reporting_country": series,
            "period_start": pd.to_datetime(year + "-01-01"),
            "period_end": pd.to_datetime(year + "-12-31"),
            "value_low": values.ravel(),
            "value_high": values.ravel(),
            "numerator_low": (values * (1 if unit == "count" else of)).ravel(),
            "denominator_low": of,
            "denominator_high": of,
            "flag": None,
            "unit_kind": unit,
        }
    )


KEY = ["indicator", "reporting_country"]


def judged(points: pd.DataFrame) -> pd.DataFrame:
    """What trends say of them."""
    return trends(points, as_of=AS_OF, series=KEY)


def called(out: pd.DataFrame) -> float:
    """How often a direction is said."""
    return float(out["direction"].isin(["rising", "falling"]).mean())


# ── What is measured ─────────────────────────────────────────────────────────────────────────────


def false_directions(phi: float, rho: float, n: int, *, mean: float = 80, rows: int) -> float:
    """Stationary series of which a direction is said, each alone in its indicator (no help from q)."""
    values = simulated(rows, n, mean=mean, phi=phi, rho=rho, seed=int(10 * phi + 100 * rho))
    return called(judged(frame(values)))


def found_rises(n: int, phi: float, *, mean: float = 50, rows: int = 1000, rho: float = 0.4) -> float:
    """Series about `mean` that rise by ten per cent a year, and are called rising."""
    growth = 1.1 ** np.arange(n)
    values = simulated(rows, n, mean=mean * growth / growth.mean(), phi=phi, rho=rho, seed=int(3 + phi))
    out = judged(frame(values))
    return float((out["direction"] == "rising").mean())


def found_steps(
    n: int, step: float, *, mean: float = 300, phi: float = 25, rho: float = 0.4, rows: int
) -> float:
    """Series without a trend whose recording changes half-way, `step`-fold, and which are called rising."""
    means = np.where(np.arange(n) < n // 2, mean, mean * step)
    values = simulated(rows, n, mean=means, phi=phi, rho=rho, seed=int(70 + 10 * step))
    return float((judged(frame(values))["direction"] == "rising").mean())


def held_growths(
    n: int, phi: float, rho: float, *, growth: float = 0.05, mean: float = 80, rows: int
) -> float:
    """Series that grow by `growth` a year, whose interval of yearly changes has it."""
    means = mean * (1 + growth) ** np.arange(n)
    values = simulated(rows, n, mean=means, phi=phi, rho=rho, seed=int(90 + phi + 100 * rho))
    out = judged(frame(values))
    told = out[out["yearly_low"].notna()]
    high = told["yearly_high"].fillna(np.inf)
    return float(((told["yearly_low"] <= 100 * growth) & (100 * growth <= high)).mean())


def false_breaks(n: int, phi: float, mean: float, *, rho: float = 0.37, rows: int) -> float:
    """Stationary series with a suspected break."""
    return _suspected(simulated(rows, n, mean=mean, phi=phi, rho=rho, seed=int(5 + phi)))


def found_shifts(
    n: int, shift: float, mean: float, *, phi: float = 25, rho: float = 0.37, rows: int
) -> float:
    """Series that shift `shift`-fold half-way, and have a suspected break."""
    means = np.where(np.arange(n) < n // 2, mean, mean * shift)
    return _suspected(simulated(rows, n, mean=means, phi=phi, rho=rho, seed=int(50 + shift)))


def _suspected(values: np.ndarray) -> float:
    found = list_jumps(frame(values), series=KEY)
    return found.loc[found["kind"] == "suspected_break", "reporting_country"].nunique() / len(values)


@dataclass(frozen=True)
class Levels:
    """How often the limits hold the true ratio, a level is said, and limits are given at all."""

    covered: float
    said: float
    judged: float


def levels(phis: tuple[float, ...], rho: float, *, ratio: float = 1, n: int = 14, mean: float = 80) -> Levels:
    """Families of eleven totals, means from a third to three times `mean`, the φ in turn; at last `ratio` times."""
    families, members = 50, 11
    family = np.repeat(np.arange(families), members)
    member = np.tile(np.arange(members), families)
    place = places(len(family), n, rho, SEED + int(100 * rho + 10 * ratio))
    values = np.empty_like(place)
    for k, spread in enumerate(mean * 3.0 ** np.linspace(-1, 1, members)):
        means = np.where(np.arange(n) < n - 3, spread, spread * ratio)
        values[member == k] = counts(place[member == k], means, phis[k % len(phis)])
    return _levels(judged(frame(values, family)), ratio)


def share_levels(rho: float, *, share: float = 0.3, of: int = 200, phi: float = 5, n: int = 14) -> Levels:
    """Families of eleven shares of `of` persons that do not change; φ times as scattered as chance."""
    families, members = 50, 11
    family = np.repeat(np.arange(families), members)
    more = (of - phi) / (phi - 1)
    table = stats.betabinom.cdf(np.arange(of + 1), of, share * more, (1 - share) * more)
    parts = np.searchsorted(table, places(len(family), n, rho, SEED + int(100 * rho)))
    return _levels(judged(frame(parts / of, family, "share", of)), 1)


def _levels(out: pd.DataFrame, ratio: float) -> Levels:
    told = out[out["rate_ratio_low"].notna()]
    inside = (told["rate_ratio_low"] <= ratio) & (ratio <= told["rate_ratio_high"])
    said = told["level"].isin(["higher", "lower"])
    return Levels(float(inside.mean()), float(said.mean()), len(told) / len(out))


def compared_tests(
    growth: float, step: float, rho: float, n: int, missing: float, *, rows: int
) -> list[float]:
    """How often a direction is said by the rules, by the regression, and by prewhitened Mann–Kendall.

    Mean 300 and φ 25. Of series without a trend any direction counts, of others a rise.
    """
    means = 300 * (1 + growth) ** np.arange(n) * np.where(np.arange(n) < n // 2, 1, step)
    values = simulated(
        rows, n, mean=means, phi=25, rho=rho, seed=int(7 + 100 * rho + 1000 * growth + 10 * step)
    )
    kept = _years_kept(n, missing)
    points = frame(values)
    points = points[np.tile(kept, rows)]
    direction = judged(points)["direction"]
    is_still = growth == 0 and step == 1
    year = np.broadcast_to(np.flatnonzero(kept).astype(float), (rows, int(kept.sum())))
    others = (regression_rises(values[:, kept], year), prewhitened_rises(values[:, kept]))
    said = direction.isin(["rising", "falling"]) if is_still else direction == "rising"
    return [float(said.mean()), *(float(((of != 0) if is_still else (of > 0)).mean()) for of in others)]


def _years_kept(n: int, missing: float) -> np.ndarray:
    """Years that are reported: the missing ones lie evenly inside the series, never at its ends."""
    kept = np.ones(n, dtype=bool)
    gone = round(missing * n)
    kept[np.linspace(1, n - 2, gone + 2)[1:-1].round().astype(int)] = False
    return kept


COMPARED = {
    **{("no trend", rho, n, 0.0): (0.0, 1.0) for rho in RHOS for n in (12, 16)},
    **{("+10 % a year", 0.4, n, missing): (0.1, 1.0) for missing in (0.0, 0.2) for n in (8, 10, 12, 16)},
    **{(f"step ×{step}", 0.4, 16, 0.0): (0.0, step) for step in (1.5, 2.0, 2.5)},
}
"""Name, ρ, years and missing part of each comparison, with its growth and step."""


def comparison(rows: int) -> dict[tuple, float]:
    """The cells of the comparison."""
    cells = {}
    for (name, rho, n, missing), (growth, step) in COMPARED.items():
        said = compared_tests(growth, step, rho, n, missing, rows=rows)
        cells |= {
            (name, rho, n, f"{missing:.0%}", test): share
            for test, share in zip(("here", "regression", "prewhitened"), said, strict=True)
        }
    return cells


# ── The page ─────────────────────────────────────────────────────────────────────────────────────

YEARS = (8, 12, 19)
LONGER = (8, 10, 12, 14, 16, 19)
MEANS = (60, 80, 100)
STEPS = (1.5, 2, 2.5, 3)
MIXES: tuple[tuple[float, ...], ...] = ((1,), (5,), (25,), (51,), (5, 25, 51))


@cache
def measured(still: int = 2000, shifting: int = 1000) -> dict[str, dict[tuple, float]]:
    """Every figure of the page: table → cell → share. About a minute of processor for the page's own.

    `still`: series a cell that have no direction; `shifting`: of those that may be suspected of a break.
    """
    by_rho = {(mix, rho): levels(mix, rho) for mix in MIXES for rho in RHOS}
    doubled = {(mix, rho): levels(mix, rho, ratio=2) for mix in MIXES for rho in RHOS}
    shares = {rho: share_levels(rho) for rho in RHOS}
    return {
        "false directions": {
            (phi, n, rho): false_directions(phi, rho, n, rows=still)
            for phi in PHIS
            for n in YEARS
            for rho in RHOS
        },
        "power": {(phi, n): found_rises(n, phi) for phi in PHIS[:3] for n in LONGER},
        "steps": {(step, n): found_steps(n, step, rows=shifting) for step in STEPS for n in (10, 12, 16)},
        "comparison": comparison(shifting // 2),
        "yearly changes": {
            (phi, n, rho): held_growths(n, phi, rho, rows=shifting // 2)
            for phi in (5, 25)
            for n in (8, 12, 16)
            for rho in RHOS
        },
        "false breaks": {
            (phi, mean, n): false_breaks(n, phi, mean, rows=shifting)
            for phi in PHIS[2:]
            for mean in MEANS
            for n in (8, 12, 15, 19)
        },
        "found shifts": {
            (shift, mean, n): found_shifts(n, shift, mean, rows=shifting)
            for shift in (4, 6)
            for mean in (60, 100)
            for n in (8, 12, 15, 19)
        },
        "coverage": {cell: found.covered for cell, found in by_rho.items()},
        "coverage of a doubling": {cell: found.covered for cell, found in doubled.items()},
        "false levels": {cell: found.said for cell, found in by_rho.items()},
        "found doublings": {cell: found.said for cell, found in doubled.items()},
        "coverage of shares": {(rho,): found.covered for rho, found in shares.items()},
        "false levels of shares": {(rho,): found.said for rho, found in shares.items()},
    }


def tables() -> str:
    """The tables of docs/trends.md."""
    told = measured()
    parts = [
        "### A direction said of series that have none (%)",
        table(told["false directions"], ("φ", "years"), [f"ρ {rho}" for rho in RHOS]),
        "### A rise of 10 % a year found (%): mean 50, ρ 0.4",
        table(told["power"], ("φ",), [f"{n} years" for n in LONGER]),
        "### A change of recording half-way that is called a rise (%): mean 300, φ 25, ρ 0.4",
        table(told["steps"], ("times",), [f"{n} years" for n in (10, 12, 16)]),
        "### The same series, judged by other tests at 5 % (%): mean 300, φ 25",
        table(
            told["comparison"],
            ("series", "ρ", "years", "missing"),
            ["here", "AR-adjusted quasi-Poisson", "prewhitened Mann–Kendall"],
        ),
        "### The interval of yearly changes holds a growth of 5 % (%): mean 80 in the first year",
        table(told["yearly changes"], ("φ", "years"), [f"ρ {rho}" for rho in RHOS]),
        "### A break suspected where there is none (%): ρ 0.37",
        table(told["false breaks"], ("φ", "mean"), [f"{n} years" for n in (8, 12, 15, 19)]),
        "### A shift half-way found (%): φ 25, ρ 0.37",
        table(told["found shifts"], ("times", "mean before"), [f"{n} years" for n in (8, 12, 15, 19)]),
        "### The 95 % limits hold the true ratio (%): of no change, and of a doubling",
        table(told["coverage"], ("φ",), [f"ρ {rho}" for rho in RHOS]),
        table(told["coverage of a doubling"], ("φ",), [f"ρ {rho}" for rho in RHOS]),
        "### A level said where there is none (%), and a doubling found",
        table(told["false levels"], ("φ",), [f"ρ {rho}" for rho in RHOS]),
        table(told["found doublings"], ("φ",), [f"ρ {rho}" for rho in RHOS]),
        "### Shares of 200 about 30 %, φ 5 (%)",
        "| | " + " | ".join(f"ρ {rho}" for rho in RHOS) + " |\n|---|" + "--:|" * len(RHOS),
        "| limits hold | " + " | ".join(map(percent, told["coverage of shares"].values())) + " |",
        "| level said of none | " + " | ".join(map(percent, told["false levels of shares"].values())) + " |",
    ]
    return "\n\n".join(parts).replace("--:|\n\n|", "--:|\n|").replace(" |\n\n| level", " |\n| level")


def rendered(page: str) -> str:
    """The page with its tables made anew."""
    return simulated_page.rendered(page, "simulated", tables())


if __name__ == "__main__":
    simulated_page.write(rendered)
