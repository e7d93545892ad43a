"""Control of false discoveries among many series, by Benjamini and Hochberg within a family."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from warehouse.build.statistics.intervals import FloatArray


def q_values(p: FloatArray, family: pd.Series | None = None) -> FloatArray:
    """Return q-values within each family; NaN stays NaN and does not count. Statistics §7.4."""
    group = np.zeros(len(p), dtype=int) if family is None else pd.factorize(family)[0]
    q = np.full(len(p), np.nan)
    for number in np.unique(group):
        is_tested = (group == number) & ~np.isnan(p)
        q[is_tested] = false_discovery_control(p[is_tested]) if is_tested.any() else q[is_tested]
    return q
