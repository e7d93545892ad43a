"""Baselines, changes and trends of short annual series; no reading, storing or drawing of them.

One row comes out per series, from `trends`. What it may say is fixed in Statistics §7. A series
that may not be judged keeps its baseline, last value and number of years; the rest is NaN, and
`why_not` says why. The reasons and their words are the code list `trend_reason`.

Unbounded values: a `*_high` of NaN beside a number in `*_low` is unbounded above; a `slope_low` of
NaN beside a tested p is unbounded below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate, product
from math import comb
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from schemas.codelists import codelist
from schemas.flags import flags_that, has_flag
from schemas.indicators import BASELINE
from warehouse.statistics import intervals
from warehouse.statistics.intervals import BoolArray, FloatArray, Interval

IntArray = npt.NDArray[np.integer[Any]]
ObjectArray = npt.NDArray[np.object_]

REASONS = {code: {"es": reason.es, "en": reason.en} for code, reason in codelist("trend_reason").items()}
"""Reason code → its words in es and en."""

UNIT_KINDS = ("count", "share", "rate")


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


def trends(
    points: pd.DataFrame,
    *,
    as_of: date,
    series: Sequence[str],
    family: str = "indicator",
    settings: TrendSettings = DEFAULTS,
) -> pd.DataFrame:
    """One row per series, ordered by key, with the columns of DESIGN §8 `analysis.trends`.

    `points`: one row per series and period: the `series` columns, `period_start`, `period_end`
    (last day), `value_low`, `value_high` (NaN: unbounded), `flag` (None or codes joined by `+`),
    `unit_kind` (count, share in 0..1, rate), and where they are there `frequency` (A, Q, M; else A),
    `baseline_from` and `baseline_to` (years; else the settings'), `known` (of a share, which part of
    all it is taken over, 0..1; else 1), `of_persons` (else true). `family` is the column within which
    false discoveries are controlled.

    Units: `index_*` baseline = 100; `change_*` per cent of the period before, NaN if that period
    is missing or 0; `slope_*` the value's unit per year; `rate_ratio` to the baseline's yearly
    mean. Of a quarterly or monthly series the quarter or month of its last point is compared with
    the same one of earlier years; it is never tested.

    Flags: points flagged as `settings.unusable` are left out and not counted; one flagged
    `unconfirmed_break` refuses its series; `confirmed_change` on the later of two points says that
    a steward knows their jump to be real. A series with a recorded break is two series: give
    `break_id` among `series`.
    """
    keys, kinds, panel = _panel(points, series, settings)
    baseline, in_baseline, own = _baseline(panel, kinds, settings)
    last, before = _last(panel), _period_before(panel)
    median = intervals.median(_interval(panel.low, panel.high))

    rules = _refusals(panel, kinds, median, as_of, settings)
    why = _first_reason(rules, len(keys))
    test = _tested(panel, pd.isna(why))
    hidden = _hidden(panel, test, settings)
    why[hidden] = "hidden"
    judged = pd.isna(why)
    test = Tested(*(np.where(judged, column, np.nan) for column in test))

    q_value = benjamini_hochberg(test.p_high, keys.get(family))
    clear = (test.p_high <= settings.alpha) & (q_value <= settings.max_q)
    large_up, large_down = _large(panel, test, kinds.unit, median, settings)
    rising = clear & (test.s_low > 0) & large_up & _surely_above(last, baseline)
    falling = clear & (test.s_high < 0) & large_down & _surely_above(baseline, last)
    verdict = _verdict(why, rising, falling)

    few = verdict == "too_few_years"
    shown = judged | (few & ((panel.n >= settings.min_years) | ~kinds.annual))
    index = _only(shown, intervals.ratio(last, baseline), scale=100)
    change = _only(shown, intervals.ratio(last, before), scale=100, shift=-100)
    slope = _only(judged, Interval(test.slope_low, test.slope_high))
    compared = _rate_ratio(panel, in_baseline, judged & (kinds.unit == "count"), settings)
    return keys.assign(
        baseline_period=_texts(_baseline_text(panel, kinds, own, settings), ~np.isnan(baseline.low)),
        baseline_low=baseline.low,
        baseline_high=baseline.high,
        last_period=_texts(_period_text(panel, kinds), panel.n > 0),
        last_low=last.low,
        last_high=last.high,
        index_low=index.low,
        index_high=index.high,
        change_low=change.low,
        change_high=change.high,
        slope_low=slope.low,
        slope_high=slope.high,
        p_low=test.p_low,
        p_high=test.p_high,
        q_value=q_value,
        rate_ratio=compared.ratio,
        rate_ratio_low=compared.low,
        rate_ratio_high=compared.high,
        n_periods=panel.n,
        verdict=verdict,
        why_not=pd.Series(why, index=keys.index, dtype=object),
    )


# ── From points to a panel ───────────────────────────────────────────────────────────────────────


class Panel(NamedTuple):
    """Usable points: a row per series, from the left in order of time, NaN beyond the last."""

    year: FloatArray  # a fiscal year bears the year it ends in
    low: FloatArray
    high: FloatArray  # inf: unbounded
    start: FloatArray  # first day, in days since 1970
    end: FloatArray  # last day
    part: FloatArray  # the first month of a quarter or month, 0 for a year
    known: FloatArray  # of a share, which part of all it is taken over
    confirmed: FloatArray  # 1 where flagged
    n: IntArray
    unconfirmed: BoolArray  # of the series: a point of it is flagged, be it usable or not

    def at_last(self, values: FloatArray) -> FloatArray:
        """The last usable entry of each row, NaN where there is none."""
        found = np.take_along_axis(values, np.maximum(self.n - 1, 0)[:, None], axis=1)
        return found[:, 0]

    @property
    def span(self) -> FloatArray:
        """Years from the first to the last, both included."""
        return self.at_last(self.year) - self.year[:, 0] + 1


class Kinds(NamedTuple):
    """What each series is: its kind of unit, its frequency, its baseline window."""

    unit: ObjectArray
    frequency: ObjectArray
    baseline_from: IntArray
    baseline_to: IntArray
    of_persons: BoolArray

    @property
    def annual(self) -> BoolArray:
        return np.asarray(self.frequency == "A", dtype=bool)


def _panel(
    points: pd.DataFrame, series: Sequence[str], settings: TrendSettings
) -> tuple[pd.DataFrame, Kinds, Panel]:
    """The keys of all series in order, what they are, and their usable points."""
    columns = list(series)
    if points.duplicated([*columns, "period_start"]).any():
        raise ValueError("a series has two points for one period")
    if not points["unit_kind"].isin(UNIT_KINDS).all():
        raise ValueError(f"unit_kind must be one of {', '.join(UNIT_KINDS)}")
    row = points.groupby(columns, dropna=False, observed=True, sort=True).ngroup().to_numpy()
    _, first = np.unique(row, return_index=True)
    frequency = _told(points, "frequency", "A")
    kinds = Kinds(
        points["unit_kind"].to_numpy(dtype=object)[first],
        frequency.to_numpy(dtype=object)[first],
        _told(points, "baseline_from", settings.baseline_from).to_numpy(dtype=int)[first],
        _told(points, "baseline_to", settings.baseline_to).to_numpy(dtype=int)[first],
        _told(points, "of_persons", True).to_numpy(dtype=bool)[first],
    )
    tidy = _tidy(points, row, frequency, settings)
    unconfirmed = np.bincount(row, _flagged(points["flag"], settings.unconfirmed), len(first)) > 0
    return points[columns].iloc[first].reset_index(drop=True), kinds, _spread(tidy, unconfirmed)


def _told(points: pd.DataFrame, column: str, otherwise: str | float) -> pd.Series:
    return points[column] if column in points else pd.Series(otherwise, points.index)


def _tidy(points: pd.DataFrame, row: IntArray, frequency: pd.Series, settings: TrendSettings) -> pd.DataFrame:
    """Usable points in order of time, of each series those of the last point's part of the year."""
    start, end = (pd.to_datetime(points[name]) for name in ("period_start", "period_end"))
    values = intervals.interval(points["value_low"], points["value_high"])
    tidy = pd.DataFrame(
        {
            "row": row,
            "year": end.dt.year.to_numpy(),
            "low": values.low,
            "high": np.where(np.isnan(values.high), np.inf, values.high),
            "start": (start - pd.Timestamp(0)).dt.days.to_numpy(),
            "end": (end - pd.Timestamp(0)).dt.days.to_numpy(),
            "part": np.where(frequency == "A", 0, start.dt.month),
            "known": _told(points, "known", 1.0).to_numpy(dtype=float),
            "confirmed": _flagged(points["flag"], settings.confirmed),
        }
    )
    usable = ~_flagged(points["flag"], settings.unusable) & ~np.isnan(values.low)
    tidy = tidy[usable].sort_values(["row", "end"], kind="stable")
    return tidy[tidy["part"] == tidy.groupby("row")["part"].transform("last")]


def _flagged(flag: pd.Series, codes: Sequence[str]) -> BoolArray:
    """Where one of `codes` is among the flags; of the few distinct texts each is asked once."""
    matching = [text for text in flag.unique() if has_flag(text, *codes)]
    return flag.isin(matching).to_numpy(dtype=bool)


def _spread(tidy: pd.DataFrame, unconfirmed: BoolArray) -> Panel:
    """Points one below the other → one row per series."""
    rows = len(unconfirmed)
    position = tidy.groupby("row").cumcount().to_numpy()
    row = tidy["row"].to_numpy()
    width = int(position.max(initial=0)) + 1

    def matrix(name: str) -> FloatArray:
        filled = np.full((rows, width), np.nan)
        filled[row, position] = tidy[name].to_numpy(dtype=float)
        return filled

    return Panel(
        year=matrix("year"),
        low=matrix("low"),
        high=matrix("high"),
        start=matrix("start"),
        end=matrix("end"),
        part=matrix("part"),
        known=matrix("known"),
        confirmed=matrix("confirmed"),
        n=np.bincount(row, minlength=rows),
        unconfirmed=unconfirmed,
    )


def _interval(low: FloatArray, high: FloatArray) -> Interval:
    """The panel's inf for unbounded back to NaN."""
    return Interval(low, np.where(np.isinf(high), np.nan, high))


# ── Baseline, last value, value before ───────────────────────────────────────────────────────────


def _baseline(panel: Panel, kinds: Kinds, settings: TrendSettings) -> tuple[Interval, BoolArray, BoolArray]:
    """Statistics §7.1: the median over the common window, else over the series' own first years.

    Own: the first three usable years, so that it never needs a look at what came later. Returned
    with the points it rests on, and where it is the series' own.
    """
    common = (panel.year >= kinds.baseline_from[:, None]) & (panel.year <= kinds.baseline_to[:, None])
    own = common.sum(axis=1) < settings.baseline_min_years
    first = np.arange(panel.year.shape[1]) < settings.own_baseline_years
    enough = panel.n >= settings.own_baseline_years
    used = np.where(own[:, None], first & enough[:, None], common) & ~np.isnan(panel.low)
    blank = np.where(used, panel.low, np.nan)
    return intervals.median(_interval(blank, panel.high)), used, own


def _last(panel: Panel) -> Interval:
    return _interval(panel.at_last(panel.low), panel.at_last(panel.high))


def _period_before(panel: Panel) -> Interval:
    """The value one year before the last, absent where that year is missing."""
    wanted = panel.year == panel.at_last(panel.year)[:, None] - 1
    there = wanted.any(axis=1)
    where = wanted.argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(v, where, axis=1)[:, 0] for v in (panel.low, panel.high))
    return _interval(np.where(there, low, np.nan), high)


def _baseline_text(panel: Panel, kinds: Kinds, own: BoolArray, settings: TrendSettings) -> list[str]:
    first = np.where(own, panel.year[:, 0], kinds.baseline_from)
    until = panel.year[:, min(settings.own_baseline_years, panel.year.shape[1]) - 1]
    until = np.where(own, until, kinds.baseline_to)
    return [f"{'own:' if mine else ''}{a:.0f}-{b:.0f}" for a, b, mine in zip(first, until, own, strict=True)]


def _period_text(panel: Panel, kinds: Kinds) -> list[str]:
    """`2021`, `2021-Q3` or `2021-09`."""
    year, part = panel.at_last(panel.year), panel.at_last(panel.part)
    form = {
        "A": "{year:.0f}".format,
        "Q": lambda year, part: f"{year:.0f}-Q{(part + 2) // 3:.0f}",
        "M": "{year:.0f}-{part:02.0f}".format,
    }
    return [
        form[frequency](year=y, part=p) for frequency, y, p in zip(kinds.frequency, year, part, strict=True)
    ]


def _texts(texts: list[str], there: BoolArray) -> pd.Series:
    return pd.Series(texts, dtype=object).where(there, None)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def _refusals(
    panel: Panel, kinds: Kinds, median: Interval, as_of: date, settings: TrendSettings
) -> list[tuple[str, BoolArray]]:
    """Statistics §7.2–3: reasons in their fixed order; of several the first is given.

    First what no steward can mend, then what makes the values themselves incomparable, then what
    only makes a trend pointless. `hidden` comes after the test, since it depends on its answer.
    """
    oldest = pd.Timestamp(as_of) - pd.DateOffset(years=settings.max_age_years)
    with np.errstate(invalid="ignore"):
        missing = 1 - panel.n / panel.span
    return [
        ("too_few_years", panel.n < settings.min_years),
        ("overlapping_periods", (np.diff(panel.year, axis=1) == 0).any(axis=1)),
        ("unconfirmed_break", panel.unconfirmed),
        ("suspected_break", _jumps(panel, kinds.unit, settings).any(axis=1)),
        ("too_old", panel.at_last(panel.end) < (oldest - pd.Timestamp(0)).days),
        ("missing_years", missing > settings.max_missing + 1e-9),
        # the lower bound: a median that may be below ten carries no more than one that is
        ("too_small", (kinds.unit == "count") & (median.low < settings.min_median)),
        ("not_persons", (kinds.unit == "share") & ~kinds.of_persons),
        ("little_known", (kinds.unit == "share") & (panel.known < settings.min_known).any(axis=1)),
        ("not_annual", ~kinds.annual),
        ("too_few_years", panel.n < settings.min_tested_years),
    ]


def _jumps(panel: Panel, unit: ObjectArray, settings: TrendSettings) -> BoolArray:
    """Statistics §7.3: neighbours that surely differ ×3 and by 50 persons, and nobody confirmed it.

    A column for each pair of neighbours.

    Surely: the nearer bounds already do. A jump that is only possible would refuse every series
    with a withheld year; those are `hidden`'s. Neighbours are usable points, whatever lies between.
    A rate is published from 20 persons on, so ×3 alone is 40 of them or more; a share breaks with
    its counts, and is flagged there.
    """
    least = np.where(unit == "count", settings.break_persons, 0.0)[:, None]
    before, after = slice(None, -1), slice(1, None)

    def jump(small: slice, large: slice) -> BoolArray:
        low, high = panel.low[:, large], panel.high[:, small]
        with np.errstate(invalid="ignore"):
            return (low >= settings.break_factor * high) & (low - high >= least) & (low > high)

    jumps = (jump(before, after) | jump(after, before)) & (panel.confirmed[:, after] != 1)
    return cast(BoolArray, jumps & (unit != "share")[:, None])


def jumps(points: pd.DataFrame, *, series: Sequence[str], settings: TrendSettings = DEFAULTS) -> pd.DataFrame:
    """The jumps that look like a break, for a steward to decide: a row each.

    `points` as for `trends`. Columns: the `series`, `period_start` of the later point, and the bounds
    `before_low`, `before_high`, `value_low`, `value_high` of the two (NaN: unbounded).
    """
    keys, kinds, panel = _panel(points, series, settings)
    row, position = np.nonzero(_jumps(panel, kinds.unit, settings))
    low, high = _interval(panel.low, panel.high)
    found = keys.iloc[row].reset_index(drop=True)
    return found.assign(
        period_start=pd.to_datetime(panel.start[row, position + 1], unit="D"),
        before_low=low[row, position],
        before_high=high[row, position],
        value_low=low[row, position + 1],
        value_high=high[row, position + 1],
    )


def _first_reason(rules: list[tuple[str, BoolArray]], rows: int) -> ObjectArray:
    why = np.full(rows, None, dtype=object)
    for code, applies in reversed(rules):
        why[applies] = code
    return why


def _verdict(why: ObjectArray, rising: BoolArray, falling: BoolArray) -> ObjectArray:
    """Statistics §7.9: one of the five words; a refusal's word stands in the code list."""
    verdict = np.full(len(why), "no_clear_change", dtype=object)
    verdict[rising], verdict[falling] = "rising", "falling"
    for code, reason in codelist("trend_reason").items():
        verdict[why == code] = reason.attributes["verdict"]
    return verdict


# ── Direction: Mann–Kendall and Theil–Sen on intervals ───────────────────────────────────────────


class Kendall(NamedTuple):
    """Bounds of S over all completions, and of its two-sided p-value."""

    s_low: IntArray
    s_high: IntArray
    p_low: FloatArray
    p_high: FloatArray


def mann_kendall(low: FloatArray, high: FloatArray) -> Kendall:
    """Mann–Kendall on series × years arrays of bounds (`high` inf: unbounded). Statistics §7.4–5.

    S_low and S_high as in §7.5. The p-values are those of the S farthest from 0 and nearest to it
    between them: where both have one sign their own p-values, where they have not `p_high` is 1.
    The null distribution is exact, given the ties that hold in every completion. Other ties would
    give S values between its own: the nearest S is rounded towards 0, so that no completion has a
    p above `p_high` (a test tries all ties up to n = 11).
    """
    i, j = np.triu_indices(low.shape[1], k=1)
    s_low = np.sign(low[:, j] - high[:, i]).sum(axis=1).astype(int)
    s_high = np.sign(high[:, j] - low[:, i]).sum(axis=1).astype(int)
    nearest = np.maximum(0, np.maximum(s_low, -s_high))
    farthest = np.maximum(s_high, -s_low)
    p_low, p_high = np.empty(len(low)), np.empty(len(low))
    for ties, rows in _tie_patterns(low, high).items():
        tail = null_tail(low.shape[1], ties)
        between = (nearest[rows] + len(tail) - 1) % 2
        p_low[rows] = tail[farthest[rows]]
        p_high[rows] = tail[np.maximum(nearest[rows] - between, 0)]
    return Kendall(s_low, s_high, p_low, p_high)


def _tie_patterns(low: FloatArray, high: FloatArray) -> dict[tuple[int, ...], IntArray]:
    """Sizes of the groups of equal exact values → the rows that have them."""
    exact = np.sort(np.where(low == high, low, np.nan), axis=1)
    tied = (np.diff(exact, axis=1) == 0).any(axis=1)
    found: dict[tuple[int, ...], list[int]] = {(): np.flatnonzero(~tied).tolist()}
    for row in np.flatnonzero(tied).tolist():
        sizes = np.unique(exact[row], return_counts=True, equal_nan=False)[1]
        found.setdefault(tuple(sorted(sizes[sizes > 1].tolist())), []).append(row)
    return {ties: np.array(rows, dtype=int) for ties, rows in found.items()}


@cache
def null_tail(n: int, ties: tuple[int, ...] = ()) -> FloatArray:
    """P(|S| >= s) for s = 0, 1, … of n values in random order, with groups of equal ones.

    Exact for any ties: how many orders have k inversions is the coefficient of q^k in the Gaussian
    multinomial [n]! / ∏ [t]!, with every [m]! a product of (1 - q^k) up to a power of (1 - q); and
    S is the number of untied pairs less 2k.
    """
    pairs = comb(n, 2) - sum(comb(size, 2) for size in ties)
    orders = [1] + [0] * pairs
    for k in range(1, n + 1):
        for power in range(pairs, k - 1, -1):
            orders[power] -= orders[power - k]
    for size in (*ties, *[1] * (n - sum(ties))):
        for k in range(1, size + 1):
            for power in range(k, pairs + 1):
                orders[power] += orders[power - k]
    with_s = [0] * (pairs + 1)
    for inversions, count in enumerate(orders):
        with_s[abs(pairs - 2 * inversions)] += count
    at_least = list(accumulate(reversed(with_s)))[::-1]
    return np.array([count / at_least[0] for count in at_least])


def theil_sen(year: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bounds of the Theil–Sen slope per year, series × years arrays; ±inf: unbounded.

    Statistics §7.5: medians of the lowest and of the highest slope of each pair of years.
    """
    i, j = np.triu_indices(year.shape[1], k=1)
    years = year[:, j] - year[:, i]
    lowest = np.median((low[:, j] - high[:, i]) / years, axis=1)
    highest = np.median((high[:, j] - low[:, i]) / years, axis=1)
    return lowest, highest


class Tested(NamedTuple):
    """What the tests say of each series, NaN where they were not made."""

    s_low: FloatArray
    s_high: FloatArray
    p_low: FloatArray
    p_high: FloatArray
    slope_low: FloatArray
    slope_high: FloatArray


def _tested(panel: Panel, wanted: BoolArray) -> Tested:
    """Direction and slope of the wanted rows; those of one length are tested together."""
    found = np.full((len(Tested._fields), len(panel.n)), np.nan)
    for n in np.unique(panel.n[wanted]):
        rows = np.flatnonzero(wanted & (panel.n == n))
        year, low, high = (values[rows, :n] for values in (panel.year, panel.low, panel.high))
        found[:, rows] = [*mann_kendall(low, high), *theil_sen(year, low, high)]
    return Tested(*found)


def _hidden(panel: Panel, test: Tested, settings: TrendSettings) -> BoolArray:
    """Statistics §7.2: over a quarter of the years are intervals, and they decide the answer."""
    share: FloatArray = (panel.high > panel.low).sum(axis=1) / np.maximum(panel.n, 1)
    disagree = (test.p_low <= settings.alpha) & (test.p_high > settings.alpha)
    return disagree & (share > settings.max_hidden)


def benjamini_hochberg(p: FloatArray, family: pd.Series | None = None) -> FloatArray:
    """q-values within each family; NaN stays NaN and does not count. Statistics §7.4."""
    group = np.zeros(len(p), dtype=int) if family is None else pd.factorize(family)[0]
    order = np.lexsort((p, group))
    order = order[~np.isnan(p[order])]
    ranked = pd.DataFrame({"p": p[order], "group": group[order]})
    by_group = ranked.groupby("group", sort=False)["p"]
    raw = ranked["p"] * by_group.transform("size") / (by_group.cumcount() + 1)
    q = np.full(len(p), np.nan)
    q[order] = raw[::-1].groupby(ranked["group"][::-1], sort=False).cummin()[::-1].clip(upper=1)
    return q


# ── Size ─────────────────────────────────────────────────────────────────────────────────────────


def _large(
    panel: Panel, test: Tested, unit: ObjectArray, median: Interval, settings: TrendSettings
) -> tuple[BoolArray, BoolArray]:
    """Statistics §7.6: where the rise, and the fall, over the period is surely large enough.

    The change is the Theil–Sen slope times the years between first and last. Counts: a quarter of
    the median and ten persons; rates: a quarter of the median; shares: five points.
    """
    quarter = settings.size_of_median * np.where(np.isnan(median.high), np.inf, median.high)
    needed = np.select(
        [unit == "count", unit == "share"],
        [np.maximum(quarter, settings.size_persons), settings.size_share],
        quarter,
    )
    years = panel.span - 1
    # a slope found by division may miss the mark in its last digit
    needed = needed * (1 - 1e-9)
    return test.slope_low * years >= needed, -test.slope_high * years >= needed


def _surely_above(one: Interval, other: Interval) -> BoolArray:
    """Where every completion of `one` is above every one of `other`.

    A rise over many years that the last one no longer shows beside the baseline is not called one:
    "rose between A and B (from a to b)" would be false (Statistics §7.9).
    """
    return one.low > np.where(np.isnan(other.high), np.inf, other.high)


def _only(rows: BoolArray, x: Interval, scale: float = 1, shift: float = 0) -> Interval:
    """`x` scaled and shifted, NaN outside `rows` and for bounds that are infinite."""
    low, high = (np.where(rows & np.isfinite(bound), bound * scale + shift, np.nan) for bound in x)
    return Interval(low, high)


# ── Rate ratio ───────────────────────────────────────────────────────────────────────────────────


class RateRatio(NamedTuple):
    """Ratio of the last year to the baseline's yearly mean, with its confidence limits."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray


def _rate_ratio(
    panel: Panel, in_baseline: BoolArray, wanted: BoolArray, settings: TrendSettings
) -> RateRatio:
    """Quasi-Poisson rate ratio of the last year to the baseline years. Statistics §7.7.

    φ = max(1, Pearson / degrees of freedom), with one mean for the baseline and one for the last
    year, and t quantiles with as many degrees (baseline years − 1). NaN where the last year lies in
    the baseline, or a count compared is unbounded or may be 0. Of intervals only the limits are
    given: they hold for every completion, by `_limits`.
    """
    years = in_baseline.sum(axis=1)
    blank = np.where(in_baseline, panel.low, np.nan), np.where(in_baseline, panel.high, np.nan)
    before = Interval(*(np.nansum(bound, axis=1) for bound in blank))
    last = Interval(panel.at_last(panel.low), panel.at_last(panel.high))
    last_in_baseline = panel.at_last(in_baseline.astype(float)) == 1
    bounded = np.isfinite(before.high) & np.isfinite(last.high)
    rows = np.flatnonzero(
        wanted & bounded & ~last_in_baseline & (years > 1) & (before.low > 0) & (last.low > 0)
    )
    found = np.full((3, len(years)), np.nan)
    before, last = (Interval(x.low[rows], x.high[rows]) for x in (before, last))
    phi = _dispersion(*(bound[rows] for bound in blank))
    quantile = stats.t.ppf((1 + settings.confidence) / 2, years[rows] - 1)
    found[:, rows] = _limits(before, last, years[rows], quantile * np.sqrt(phi))
    return RateRatio(*found)


def _dispersion(low: FloatArray, high: FloatArray) -> FloatArray:
    """The largest φ of any completion of series × years bounds, NaN for years not compared.

    Pearson's statistic is convex in the counts, so its maximum lies where each is low or high.
    """
    width = int((~np.isnan(low)).sum(axis=1).max(initial=0))
    left = np.argsort(np.isnan(low), axis=1, kind="stable")[:, :width]
    low, high = (np.take_along_axis(bound, left, axis=1) for bound in (low, high))
    years = np.maximum((~np.isnan(low)).sum(axis=1, keepdims=True), 2)
    phi = np.ones(len(low))
    for corner in product([False, True], repeat=width):
        counts = np.where(corner, high, low)
        mean = np.nansum(counts, axis=1, keepdims=True) / years
        pearson = np.nansum((counts - mean) ** 2 / mean, axis=1)
        phi = np.maximum(phi, pearson / (years[:, 0] - 1))
    return phi


def _limits(
    before: Interval, last: Interval, years: IntArray, factor: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ratio (of exact counts) and its lowest and highest confidence limit over all completions.

    The lower limit grows with the last count, and first grows, then falls with the baseline's sum;
    the upper one falls with the baseline's sum, and first falls, then grows with the last count:
    so both are reached at ends of the intervals.
    """

    def limit(last_count: FloatArray, sum_before: FloatArray, side: int) -> FloatArray:
        ratio = last_count * years / sum_before
        error = factor * np.sqrt(1 / last_count + 1 / sum_before)
        return ratio * np.exp(side * error)

    exact = (before.low == before.high) & (last.low == last.high)
    return (
        np.where(exact, last.low * years / before.low, np.nan),
        np.minimum(limit(last.low, before.low, -1), limit(last.low, before.high, -1)),
        np.maximum(limit(last.low, before.low, 1), limit(last.high, before.low, 1)),
    )


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


_PER_YEAR = {"es": " al año", "en": " a year"}
_OR_MORE = {"es": "{} o más", "en": "{} or more"}


def sentence(
    row: Mapping[str, Any],
    lang: str,
    *,
    subject: str,
    caveat: str,
    unit_kind: str = "count",
    plural: bool = True,
) -> str:
    """A row of `trends` in words, es or en (Statistics §7.9), by the code list `verdict`.

    `subject` and `caveat` are the indicator's: "Las víctimas detectadas" and "mide lo que las
    autoridades detectaron, no cuánta trata existe". `plural` says how the verb agrees.
    """
    wording = codelist("verdict")[row["verdict"]].attributes
    template = wording[f"sentence_{lang}"]
    if not plural:
        template = wording.get(f"singular_{lang}") or template
    reason = REASONS[row["why_not"]][lang] if row["why_not"] in REASONS else ""
    return template.format(
        subject=subject,
        caveat=caveat,
        reason=reason,
        since=str(row["baseline_period"]).removeprefix("own:").replace("-", "–"),
        until=row["last_period"],
        before=_amount(row["baseline_low"], row["baseline_high"], lang, unit_kind),
        after=_amount(row["last_low"], row["last_high"], lang, unit_kind),
        per_year=_PER_YEAR[lang] if unit_kind == "count" else "",
    )


def _amount(low: float, high: float, lang: str, unit_kind: str) -> str:
    """`7`, `3–7`, `3 o más`; shares in per cent."""
    scale, sign = (100, " %") if unit_kind == "share" else (1, "")
    bounds = [f"{bound * scale:,.1f}".removesuffix(".0") for bound in (low, high)]
    if pd.isna(high):
        return _OR_MORE[lang].format(bounds[0]) + sign
    return "–".join(dict.fromkeys(bounds)) + sign
