"""Every number that trends are judged by (Statistics §7), and which flags keep a point out. No arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.flags import flags_that
from schemas.indicators import BASELINE


@dataclass(frozen=True)
class TrendSettings:
    """Every number of Statistics §7, once."""

    baseline_from: int = BASELINE[0]  # §7.1, where the points do not say
    baseline_to: int = BASELINE[1]
    baseline_min_years: int = 2
    own_baseline_years: int = 3  # the first ones
    min_years: int = 5  # §7.2
    min_tested_years: int = 8
    max_missing: float = 1 / 3
    max_age_years: int = 3
    min_median: float = 10
    max_hidden: float = 1 / 4
    min_known: float = 0.8  # §7.8
    unusable: tuple[str, ...] = flags_that("out_of_trends")
    unconfirmed: tuple[str, ...] = flags_that("refuses_trend")
    confirmed: tuple[str, ...] = flags_that("confirms_jump")  # §7.3: a steward says the jump is real
    break_factor: float = 3
    break_persons: float = 50
    alpha: float = 0.01  # §7.4
    max_q: float = 0.10
    size_of_median: float = 0.25  # §7.6
    size_persons: float = 10
    size_share: float = 0.05  # five points: a quarter of a small share is noise
    confidence: float = 0.95  # §7.7


DEFAULTS = TrendSettings()
