"""Settings of trends and monthly alerts (Statistics §7), and the flags that exclude a point."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.flags import flags_with_effect
from schemas.indicators import BASELINE


@dataclass(frozen=True)
class TrendSettings:
    """Settings of Statistics §7, except the monthly ones."""

    baseline_from: int = BASELINE[0]  # §7.1, unless the points define it
    baseline_to: int = BASELINE[1]
    baseline_min_years: int = 2
    own_baseline_years: int = 3  # the first ones; one less for series of only `min_years`
    last_years: int = 3
    stale_years: int = 3  # §7.2
    days_of_a_year: float = 365.2425  # on average, for the age of a value
    break_factor: float = 3  # §7.3
    break_persons: float = 50
    break_medians: float = 2
    break_side: tuple[int, int] = (3, 5)  # years on each side of a break: at least, at most
    edge_years: int = 2
    min_years: int = 5  # §7.4
    min_direction_years: int = 8
    max_missing: float = 1 / 3
    min_median: float = 10
    max_hidden: float = 1 / 4
    min_known: float = 0.8
    unusable: tuple[str, ...] = flags_with_effect("out_of_trends")
    breaks: tuple[str, ...] = flags_with_effect("breaks_trend")
    edges: tuple[str, ...] = flags_with_effect("edges_trend")
    disputes: tuple[str, ...] = ("sources_disagree",)
    confirmations: tuple[str, ...] = flags_with_effect("confirms_jump")  # a steward confirmed the jump
    alpha: float = 0.025  # §7.5
    autocorrelation: float = 0.4
    max_q: float = 0.10
    steady_population: float = 0.02  # a year: below it a rate has the verdict of its count
    size: float = 0.25
    size_persons: float = 10
    size_share: float = 0.05  # five points: a quarter of a small share is noise
    confidence: float = 0.95  # §7.6
    level_autocorrelation: float = 0.37
    min_prior_series: int = 3
    max_printed_width: float = 10  # upper limit of a ratio over the lower one
    different_ratio: float = 1.25  # from which two sources differ widely
    power_growth: float = 0.10  # §7.8: yearly rise for which the power is computed


DEFAULTS = TrendSettings()


@dataclass(frozen=True)
class MonthSettings:
    """Settings of Statistics §7.9."""

    min_count: float = 50  # persons or events a month that an alert needs
    years: tuple[int, int] = (3, 5)  # earlier years with the same month: at least, at most
    last_months: int = 24  # used without enough earlier years
    recent_months: int = 12  # at the end of a series, whose alerts are recent
    surge_tail: float = 0.005
    months_running: int = 2
    months_of_one: float = 2.5  # neighbouring months with the information of one, by simulation
    growth_months: int = 12  # before the two, and the longest that an alert lasts
    growth_least_months: int = 10  # of the twelve, and of the changes between neighbours
    growth_spread_months: int = 18  # whose changes are the spread
    growth_spreads: float = 2.75  # by simulation: at most one false alert in 25 years
    growth_factor: float = 1.5
    growth_kept: float = 0.75  # the smaller changes
    growth_widening: float = 1.7  # of these to the standard deviation
    least_mean: float = 1  # five years without any do not make zero certain
    stretch: int = 48  # exact months without a gap that a season needs
    seasonal: int = 13  # years that STL's season is smoothed over
    segment: int = 6  # months on either side of a shift
    penalty: float = 60  # by simulation
    shift_factor: float = 1.5
    least_scatter: float = 1e-6  # a series that never moves has no shift


MONTHS = MonthSettings()
