"""Two other tests of a trend, to compare with: an AR-adjusted quasi-Poisson regression, and prewhitened Mann–Kendall.

Both are coded here anew from their definitions, for series × years arrays of counts without a gap in the columns.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

ALPHA = 0.05


def regression_rises(values: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Quasi-Poisson regression on the year; the error is inflated by the residuals' lag-1 correlation."""
    slope, error = _quasi_poisson(values, year - year.mean(axis=1, keepdims=True))
    p = 2 * stats.t.sf(np.abs(slope) / error, values.shape[1] - 2)
    return np.where(p <= ALPHA, np.sign(slope), 0)


def _quasi_poisson(y: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and its error, by iterated weighted least squares in all series at once."""
    level, slope = np.log(y.mean(axis=1) + 0.5), np.zeros(len(y))
    for _ in range(30):
        eta = np.clip(level[:, None] + slope[:, None] * t, -20, 20)
        mu = np.exp(eta)
        z = eta + (y - mu) / mu
        w, wt, wtt = mu.sum(axis=1), (mu * t).sum(axis=1), (mu * t * t).sum(axis=1)
        wz, wtz = (mu * z).sum(axis=1), (mu * t * z).sum(axis=1)
        determinant = w * wtt - wt**2
        level, slope = (wtt * wz - wt * wtz) / determinant, (w * wtz - wt * wz) / determinant
    mu = np.exp(np.clip(level[:, None] + slope[:, None] * t, -20, 20))
    residual = (y - mu) / np.sqrt(mu)
    phi = np.maximum((residual**2).sum(axis=1) / (y.shape[1] - 2), 1)
    rho = _autocorrelation(residual)
    w, wt, wtt = mu.sum(axis=1), (mu * t).sum(axis=1), (mu * t * t).sum(axis=1)
    return slope, np.sqrt(phi * w / (w * wtt - wt**2) * (1 + rho) / (1 - rho))


def prewhitened_rises(values: np.ndarray) -> np.ndarray:
    """Mann–Kendall on logs less ρ times the year before; ρ of what a straight line leaves (von Storch 1995)."""
    logs = np.log(values + 0.5)
    t = np.arange(logs.shape[1]) - (logs.shape[1] - 1) / 2
    residual = logs - logs.mean(axis=1, keepdims=True) - np.outer(logs @ t / (t @ t), t)
    white = logs[:, 1:] - _autocorrelation(residual)[:, None] * logs[:, :-1]
    n = white.shape[1]
    i, j = np.triu_indices(n, k=1)
    s = np.sign(white[:, j] - white[:, i]).sum(axis=1)
    z = (s - np.sign(s)) / np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    return np.where(2 * stats.norm.sf(np.abs(z)) <= ALPHA, np.sign(s), 0)


def _autocorrelation(residual: np.ndarray) -> np.ndarray:
    """Lag-1 correlation of what a line leaves, 0 to .9, without its bias of about (2 + 4ρ) / n."""
    n = residual.shape[1]
    lag_1 = (residual[:, 1:] * residual[:, :-1]).sum(axis=1) / (residual**2).sum(axis=1)
    return np.clip((n * lag_1 + 2) / (n - 4), 0, 0.9)
