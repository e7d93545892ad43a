"""The flexible Farrington rule (Noufaily et al. 2013) on months, to compare with the growth rule; coded anew from its definition.

The same month and its neighbours of three to five earlier years, a log-linear trend, outliers down-weighted by their Anscombe
residuals, and the bound of a negative binomial, or that of a log-normal with Student's degrees of freedom, as the surges have it.
`python -m tests.rival_months HOME` writes the tables into docs/trends.md (a minute and a half of processor).
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from tests import simulated_page
from tests.months_replay import totals
from tests.months_simulation import HISTORY, MONTHS, YEARS_COUNTED, simulated
from tests.simulated_page import table
from warehouse.build.statistics.settings import MONTHS as SETTINGS

TAIL, OUTLYING = SETTINGS.surge_tail, 2.58
BOUNDS = ("negative binomial", "log-normal")


def expectation(reference: np.ndarray, time: np.ndarray, at: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean at a time and dispersion, of series × reference months; the trend is dropped where it leads above all of them."""
    weights = np.ones_like(reference)
    for _ in range(2):  # once as they are, once with outliers down-weighted
        level, slope = _fit(reference, time - at, weights)
        mu = np.exp(np.clip(level[:, None] + slope[:, None] * (time - at), -10, 20))
        phi = _dispersion(reference, mu, weights, 2)
        residual = 1.5 * (reference ** (2 / 3) - mu ** (2 / 3)) / (mu ** (1 / 6) * np.sqrt(phi[:, None]))
        weights = np.where(residual > OUTLYING, 1 / np.maximum(residual, OUTLYING) ** 2, 1.0)
        weights *= weights.shape[1] / weights.sum(axis=1, keepdims=True)
    mean = np.exp(np.clip(level, -10, 20))
    flat = (weights * reference).sum(axis=1) / weights.sum(axis=1)
    leads_above = mean > reference.max(axis=1)
    flat_phi = _dispersion(
        reference, np.broadcast_to(np.maximum(flat, 0.1)[:, None], reference.shape), weights, 1
    )
    return np.where(leads_above, flat, mean), np.where(leads_above, flat_phi, phi)


def _fit(y: np.ndarray, t: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level and slope of a weighted quasi-Poisson regression, in all series at once."""
    level, slope = np.log(y.mean(axis=1) + 0.5), np.zeros(len(y))
    for _ in range(15):
        eta = np.clip(level[:, None] + slope[:, None] * t, -10, 20)
        mu = np.exp(eta)
        z, w = eta + (y - mu) / mu, weights * mu
        sums = [(w * t**n).sum(axis=1) for n in range(3)]
        wz, wtz = (w * z).sum(axis=1), (w * t * z).sum(axis=1)
        determinant = np.maximum(sums[0] * sums[2] - sums[1] ** 2, 1e-9)
        level = np.clip((sums[2] * wz - sums[1] * wtz) / determinant, -10, 20)
        slope = np.clip((sums[0] * wtz - sums[1] * wz) / determinant, -1, 1)
    return level, slope


def _dispersion(y: np.ndarray, mu: np.ndarray, weights: np.ndarray, parameters: int) -> np.ndarray:
    return np.maximum(1, (weights * (y - mu) ** 2 / mu).sum(axis=1) / (y.shape[1] - parameters))


def above(mean: np.ndarray, phi: np.ndarray, months: int, bound: str) -> np.ndarray:
    """The bound of a month, of a negative binomial or a log-normal of its mean and variance."""
    mean = np.maximum(mean, SETTINGS.least_mean)
    if bound == BOUNDS[0]:
        extra = np.maximum(phi - 1, 1e-6)
        return stats.nbinom.isf(TAIL, mean / extra, 1 / (1 + extra))
    independent = months / SETTINGS.months_of_one
    spread = np.log1p(phi * (1 + 1 / independent) / mean)
    return mean * np.exp(stats.t.isf(TAIL, independent - 2) * np.sqrt(spread) - spread / 2)


def starts(values: np.ndarray, bound: str, first: int) -> np.ndarray:
    """Series × months: whether an alert begins with the month as the second of two above their bounds."""
    is_above = np.zeros(values.shape, dtype=bool)
    for position in range(first, values.shape[1]):
        years = [n for n in range(1, SETTINGS.years[1] + 1) if position - 12 * n - 1 >= 0]
        if len(years) < SETTINGS.years[0]:
            continue
        at = np.concatenate([position - 12 * n + np.arange(-1, 2) for n in years])
        known = ~np.isnan(values[:, at]).any(axis=1) & ~np.isnan(values[:, position])
        if known.any():
            mean, phi = expectation(values[known][:, at], at.astype(float)[None, :], position)
            limit = above(mean, phi, len(at), bound)
            now = values[known, position]
            is_above[known, position] = (now > limit) & (now >= SETTINGS.min_count)
    two = is_above[:, 1:] & is_above[:, :-1]
    begins = np.zeros(values.shape, dtype=bool)
    begins[:, 1:] = two
    begins[:, 2:] &= ~two[:, :-1]
    return begins


def false_alerts(phi: float, mean: float, bound: str, *, rows: int = 200) -> float:
    """Alerts that begin in 25 years of a series without a change."""
    values = simulated(rows, mean=mean, phi=phi, seed=int(10 * mean + phi))
    return float(25 / YEARS_COUNTED * starts(values, bound, HISTORY)[:, HISTORY:].sum() / rows)


def found(phi: float, mean: float, times: float, bound: str, *, rows: int = 200) -> float:
    """Series that are `times` as large from a month on, whose alert is told with the second month or the third."""
    means = np.where(np.arange(MONTHS) < 100, mean, mean * times)
    values = simulated(rows, mean=means, phi=phi, seed=int(11 + mean + phi + 100 * times))
    return float(starts(values, bound, 98)[:, 101:103].any(axis=1).mean())


def replay(home: Path, bound: str) -> dict[str, list[str]]:
    """The months with whose data the rule tells, of each shipped monthly total with three earlier years."""
    told = {}
    for name, points in totals(home).groupby("collection", sort=True):
        months = points.set_index("period_start").sort_index()
        exact = months["value_low"].where(months["value_low"] == months["value_high"])
        values = exact.asfreq("MS")
        begins = starts(values.to_numpy(dtype=float)[None, :], bound, 0)[0]
        told[str(name)] = [f"{day:%Y-%m}" for day in values.index[begins]]
    return told


def tables(home: Path) -> str:
    """The tables of docs/trends.md."""
    cells = [(phi, mean) for phi in (5, 25) for mean in (30, 100, 1000)]
    false = {(*cell, bound): false_alerts(*cell, bound) for cell in cells for bound in BOUNDS}
    shares = {}
    for cell in cells:
        for times in (2, 3, 5):
            shares |= {(*cell, times, bound): found(*cell, times, bound) for bound in BOUNDS}
    lines = ["| series | negative binomial | log-normal |", "|---|---|---|"]
    replays = [replay(home, bound) for bound in BOUNDS]
    for name in replays[0]:
        lines.append(f"| {name} | {' | '.join(', '.join(one[name]) or '–' for one in replays)} |")
    return "\n\n".join(
        [
            "### Flexible Farrington: false alerts per 100 series in 25 years (the bar is 100)",
            table(false, ("φ", "mean"), list(BOUNDS)),
            "### A level so many times as high, told with its second or third month (%; of growth the table above)",
            table(shares, ("φ", "mean", "times"), list(BOUNDS)),
            "### Flexible Farrington replayed: months with whose data an alert begins",
            "\n".join(lines),
        ]
    )


def rendered(page: str, home: Path) -> str:
    """The page with its tables made anew."""
    return simulated_page.rendered(page, "rival months", tables(home))


if __name__ == "__main__":
    simulated_page.write(partial(rendered, home=Path(sys.argv[1]).resolve()))
