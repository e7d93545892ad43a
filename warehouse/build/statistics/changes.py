"""Changes between two windows of a series, without a test (Statistics §7.11). Does no I/O.

A change has the bounds of the ratio and of the difference of two averages over every completion. It states
the numbers that the figures allow, not what chance explains. Windows have only years or months since the last
break, of one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schemas.codelists import NOT_APPLICABLE, TOTAL
from schemas.flags import combine_flags, has_flag
from schemas.runs import runs_text
from schemas.tables import SLICES
from warehouse.build.statistics.rows import bound, frame_rows
from warehouse.build.statistics.settings import DEFAULTS, TrendSettings

if TYPE_CHECKING:
    from schemas.tables.rows import ChangesRow

BASELINE, YEAR, TWELVE_MONTHS = "baseline", "year", "twelve_months"
"""Comparisons: codes of the list `change_window`."""
OTHER_KIND, OWN_BASELINE = "other_kind", "own_baseline"
"""Flags of a point of another kind than its measure, and of a baseline that is not the common one."""
FIXED = "fixed"
"""Panel of a sum of the same members in both windows."""
SOURCE = ("indicator", "measure", "reporting_country", "collection")
"""Columns that a total and its slices share."""

Numbers = tuple[int, ...]
"""Years, or months since year 0."""
Bounds = tuple[float, float]
"""Lower and upper bound; NaN above: unbounded, NaN below: missing."""


class Point(NamedTuple):
    """A year or month of a series."""

    number: int
    period_end: Any
    low: float
    high: float
    flag: object
    break_id: str
    is_usable: bool
    is_other_kind: bool


class Pair(NamedTuple):
    """Two windows with the years that they use and their whole extent, or the reason why there are none."""

    earlier: Numbers = ()
    later: Numbers = ()
    extent: tuple[Numbers, Numbers] = ((), ())
    why_not: str | None = None
    is_own: bool = False  # the earlier window is the series' own first years


def annual_changes(
    points: pd.DataFrame, *, series: Sequence[str], settings: TrendSettings = DEFAULTS
) -> pd.DataFrame:
    """Return a row per series of counts and comparison, `baseline` and `year`.

    `points`: the `series` columns, `break_id`, `period_end`, `value_low`, `value_high` (NaN: unbounded),
    `flag`, `baseline_from`, `baseline_to`, `is_total`. Only the years since the last break are compared. A
    slice without a comparable pair has no row; a total has one with the reason (list `change_reason`).
    """
    years = points.sort_values("period_end", kind="stable").assign(number=lambda p: p["period_end"].dt.year)
    is_unusable = {flag: has_flag(flag, *settings.unusable) for flag in years["flag"].unique()}
    years["is_usable"] = ~years["flag"].map(is_unusable).astype(bool) & years["value_low"].notna()
    return pd.DataFrame(
        [
            dict(zip(series, key, strict=True)) | row
            for key, is_total, baseline, group in _series_of(years, series)
            for row in _changes_of_years(group, is_total, baseline, settings)
        ]
    )


def _series_of(
    points: pd.DataFrame, series: Sequence[str]
) -> Iterator[tuple[Any, bool, tuple[int, int], list[Point]]]:
    """Yield each series' key, whether it is a total, its baseline, and its points in order of time."""
    is_other_kind = {flag: has_flag(flag, OTHER_KIND) for flag in points["flag"].unique()}
    points = points.assign(is_other_kind=points["flag"].map(is_other_kind).astype(bool))
    columns = [
        "number",
        "period_end",
        "value_low",
        "value_high",
        "flag",
        "break_id",
        "is_usable",
        "is_other_kind",
    ]
    of_points = [Point(*row) for row in points[columns].itertuples(index=False, name=None)]
    firsts = points[["is_total", "baseline_from", "baseline_to"]].to_numpy()
    for key, positions in sorted(points.groupby(list(series), sort=False).indices.items()):
        is_total, first, last = firsts[positions[0]]
        yield key, bool(is_total), (first, last), [of_points[position] for position in positions]


def _changes_of_years(
    points: list[Point], is_total: bool, baseline: tuple[int, int], settings: TrendSettings
) -> Iterator[dict[str, Any]]:
    usable = [point for point in points if point.is_usable]
    if usable:
        last = usable[-1]
        usable = [
            point
            for point in usable
            if (point.break_id, point.is_other_kind) == (last.break_id, last.is_other_kind)
        ]
    years = tuple(point.number for point in usable)
    break_id = usable[-1].break_id if usable else NOT_APPLICABLE
    for comparison, pair in (
        (BASELINE, _baseline_pair(years, baseline, settings)),
        (YEAR, _year_pair(years)),
    ):
        if pair.why_not and not is_total:
            continue
        if pair.why_not in _SHORT and break_id != NOT_APPLICABLE:
            pair = pair._replace(why_not="after_break")
        yield {
            "comparison": comparison,
            "break_id": break_id,
            **_row_of_pair(usable, pair, year_span),
            "left_out": _list_left_out(pair, [point.number for point in points]),
        }


_SHORT = ("few_years", "one_year", "year_before_missing")
"""Reasons that a break explains."""


def _baseline_pair(years: Numbers, baseline: tuple[int, int], settings: TrendSettings) -> Pair:
    """Return the common baseline and the last years after it, else the first and last years of the series."""
    if why_not := _why_unusable(years):
        return Pair(why_not=why_not)
    earlier = tuple(year for year in years if baseline[0] <= year <= baseline[1])
    extent = tuple(range(baseline[0], baseline[1] + 1))
    is_own = len(earlier) < settings.baseline_min_years or years[-1] <= baseline[1]
    if is_own:
        n = min(settings.own_baseline_years, len(years) // 2)
        if n < settings.baseline_min_years:
            return Pair(why_not="few_years")
        earlier = years[:n]
        extent = tuple(range(earlier[0], earlier[-1] + 1))
    last = tuple(range(max(years[-1] - settings.last_years, extent[-1]) + 1, years[-1] + 1))
    later = tuple(year for year in years if year in last)
    return Pair(earlier, later, (extent, last), is_own=is_own)


def _year_pair(years: Numbers) -> Pair:
    """Return the last year and the one before it."""
    if why_not := _why_unusable(years):
        return Pair(why_not=why_not)
    if len(years) == 1:
        return Pair(why_not="one_year")
    if years[-2] != years[-1] - 1:
        return Pair(why_not="year_before_missing")
    earlier, later = years[-2:-1], years[-1:]
    return Pair(earlier, later, (earlier, later))


def _why_unusable(years: Numbers) -> str | None:
    """Return why no years can be compared: there is none, or two of them overlap."""
    if not years:
        return "no_year"
    return "overlapping_periods" if len(set(years)) < len(years) else None


def _list_left_out(pair: Pair, reported: Sequence[int]) -> str | None:
    """Name the years of both windows without a comparable figure, and the newer ones."""
    window_years = {*pair.earlier, *pair.later}
    newer_years = {year for year in reported if pair.later and year > pair.later[-1]}
    left_out = sorted({*pair.extent[0], *pair.extent[1], *newer_years} - window_years)
    return year_span(tuple(left_out))


def monthly_changes(points: pd.DataFrame, *, series: Sequence[str], source: Sequence[str]) -> pd.DataFrame:
    """Return a row per monthly series: its last twelve months beside the twelve before them.

    `points` as for years, with `is_doubted`. The last month is that of all series that share the `source`
    columns, so that a class or country is compared over the months of its total. A total of which one of the
    24 months is missing, in doubt or beyond a break has a row with the reason; another series has none.
    """
    ends = points["period_end"].dt
    months = points.assign(
        number=12 * ends.year + ends.month - 1, is_usable=~points["is_doubted"].astype(bool)
    )
    months["last"] = months.groupby(list(source))["number"].transform("max")
    months = months[months["number"] > months["last"] - 24].sort_values("number", kind="stable")
    last_months = months.groupby(list(series), sort=False)["last"].first().to_dict()
    rows = [
        dict(zip(series, key, strict=True)) | row
        for key, is_total, _, group in _series_of(months, series)
        if (row := _change_of_months(group, last_months[key]))["why_not"] is None or is_total
    ]
    return pd.DataFrame(rows)


def _change_of_months(points: list[Point], last: int) -> dict[str, Any]:
    usable = [point for point in points if point.is_usable]
    if len({point.break_id for point in usable}) > 1:
        pair = Pair(why_not="after_break")
    elif len(usable) < 24:
        pair = Pair(why_not="months_missing")
    else:
        pair = Pair(tuple(range(last - 23, last - 11)), tuple(range(last - 11, last + 1)))
    return {
        "comparison": TWELVE_MONTHS,
        "break_id": points[-1].break_id,
        **_row_of_pair(usable, pair, month_span, is_sum=True),
        "left_out": None,
    }


def _row_of_pair(usable: list[Point], pair: Pair, span: Any, *, is_sum: bool = False) -> dict[str, Any]:
    """Return windows, averages a year, ratio, difference and flags of a pair."""
    earlier, later = (
        [point for point in usable if point.number in window] for window in (pair.earlier, pair.later)
    )
    used_points = [*earlier, *later]
    before, after = (average(_bounds_of(window), is_sum=is_sum) for window in (earlier, later))
    hidden = tuple(point.number for point in used_points if point.low != point.high)
    return {
        "panel": NOT_APPLICABLE,
        "members": None,
        "other_kind_left_out": None,
        "earlier_window": span(pair.earlier),
        "later_window": span(pair.later),
        "from_period": used_points[0].period_end if used_points else pd.NaT,
        "to_period": used_points[-1].period_end if used_points else pd.NaT,
        **bound_columns(before, after),
        "hidden_in": span(hidden),
        "why_not": pair.why_not,
        "flag": combine_flags(
            [*(point.flag for point in used_points), OWN_BASELINE if pair.is_own else None]
        ),
    }


def _bounds_of(points: Iterable[Point]) -> list[Bounds]:
    return [(point.low, point.high) for point in points]


def average(values: Sequence[Bounds], *, is_sum: bool = False) -> Bounds:
    """Return the average of intervals, or their sum; NaN for none. One without upper bound leaves it open."""
    if not values:
        return nan, nan
    n = 1 if is_sum else len(values)
    return sum(low for low, _ in values) / n, sum(high for _, high in values) / n


def bound_columns(before: Bounds, after: Bounds) -> dict[str, float]:
    """Return two averages with the bounds of their ratio and difference, for averages without a relation.

    NaN: unbounded or missing. A ratio is undefined (both NaN) where the earlier average is surely 0, and
    unbounded where it may be 0.
    """
    least_before, most_before = before
    if isnan(most_before) and not isnan(least_before):
        most_before = inf
    ratio_low = after[0] / most_before if most_before > 0 else nan
    ratio_high = after[1] / least_before if least_before > 0 else nan
    return {
        "earlier_low": before[0],
        "earlier_high": before[1],
        "later_low": after[0],
        "later_high": after[1],
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "difference_low": after[0] - before[1],
        "difference_high": after[1] - before[0],
    }


def regional_changes(changes: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of members' annual changes with the same last year: a row per grouping and indicator.

    `changes`: totals and classes of origin of countries, from preferred sources, with all columns of
    `annual_changes` and `jump_years`. `members`: grouping, member, valid_from, valid_to. Of several last
    years the one with most members is taken, then the latest. Left out are members whose series is of another
    kind than the measure (`other_kind_left_out`), that have only a baseline of their own, or that were no
    members in both windows. A sum needs two members.
    """
    member_rows = changes[
        changes["why_not"].isna()
        & (changes["comparison"] != TWELVE_MONTHS)
        & ~changes["flag"].map(lambda flag: has_flag(flag, OWN_BASELINE)).astype(bool)
    ]
    joined = member_rows.merge(members, left_on="reporting_country", right_on="member")
    was_member = (pd.to_datetime(joined["valid_from"]) <= joined["from_period"]) & (
        joined["valid_to"].isna() | (pd.to_datetime(joined["valid_to"]) >= joined["to_period"])
    )
    keys = ["grouping", "comparison", "indicator", "measure", *SLICES, "origin_class", "class_level"]
    rows_by_key: dict[tuple[Any, ...], list[ChangesRow]] = {}
    for row in frame_rows(joined[was_member]):
        rows_by_key.setdefault(tuple(row[name] for name in keys), []).append(row)
    sums = [
        dict(zip(keys, key, strict=True)) | total
        for key, rows in sorted(rows_by_key.items())
        if (total := _sum_of_members(rows))
    ]
    return pd.DataFrame(sums).rename(columns={"grouping": "reporting_country"})


def _sum_of_members(rows: Sequence[ChangesRow]) -> dict[str, Any] | None:
    same_kind_rows = [row for row in rows if not has_flag(row["flag"], OTHER_KIND)]
    ends = [day for row in same_kind_rows if (day := row["to_period"])]
    last = max(ends, key=lambda day: (ends.count(day), day), default=None)
    parts = sorted(
        (row for row in same_kind_rows if row["to_period"] == last), key=lambda row: row["reporting_country"]
    )
    if len(parts) < 2:
        return None
    before = average([(bound(r["earlier_low"]), bound(r["earlier_high"])) for r in parts], is_sum=True)
    after = average([(bound(r["later_low"]), bound(r["later_high"])) for r in parts], is_sum=True)
    left_out = [
        f"{row['reporting_country']} {row['left_out']}" for row in parts if isinstance(row["left_out"], str)
    ]
    others = {row["reporting_country"] for row in rows if has_flag(row["flag"], OTHER_KIND)}
    return {
        "panel": FIXED,
        "break_id": NOT_APPLICABLE,
        "preferred": True,
        "collection": " ".join(sorted({row["collection"] for row in parts})),
        "provider": " ".join(sorted({row["provider"] for row in parts})),
        "members": " ".join(row["reporting_country"] for row in parts),
        "other_kind_left_out": " ".join(sorted(others)) or None,
        "earlier_window": _joined_windows(row["earlier_window"] for row in parts),
        "later_window": _joined_windows(row["later_window"] for row in parts),
        "from_period": min(day for row in parts if (day := row["from_period"])),
        "to_period": last,
        **bound_columns(before, after),
        "hidden_in": _joined_windows(row["hidden_in"] for row in parts),
        "left_out": "; ".join(left_out) or None,
        "jump_years": _joined_windows(row["jump_years"] for row in parts),
        "why_not": None,
        "flag": combine_flags(row["flag"] for row in parts),
    }


def _joined_windows(windows: Iterable[object]) -> str | None:
    """Name the years that any member's window has; None for none."""
    parts = [part for window in windows if isinstance(window, str) for part in window.split(", ")]
    spans = [[int(year) for year in part.split("-")] for part in parts]
    years = {year for span in spans for year in range(span[0], span[-1] + 1)}
    return year_span(tuple(sorted(years)))


def mark_first(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with `is_first`: of each series the comparison that readers see first.

    It is the one with the baseline, unless only the other can be made. The sums of a region are one series,
    though each comparison may have other members and thus other collections.
    """
    order = (
        changes["comparison"].map({BASELINE: 0, YEAR: 1, TWELVE_MONTHS: 2}) + 9 * changes["why_not"].notna()
    )
    collection = changes["collection"].where(changes["panel"] != FIXED, NOT_APPLICABLE)
    series = [*SOURCE, *SLICES, "origin_class", "class_level", "panel"]
    ranks = changes.assign(order=order, collection=collection).groupby(series)["order"].rank(method="first")
    return changes.assign(is_first=ranks == 1)


def mark_jumps(changes: pd.DataFrame, jumps: pd.DataFrame, *, series: Sequence[str]) -> pd.DataFrame:
    """Return the changes with `jump_years`, the undecided jumps of a series or its total in its years.

    `jumps`: the `series` columns and `period_start`.
    """
    days: dict[tuple[Any, ...], list[Any]] = {}
    for *key, day in jumps[[*series, "period_start"]].itertuples(index=False, name=None):
        days.setdefault(tuple(key), []).append(day)
    texts = []
    for row in frame_rows(changes):
        own_key = tuple(row[name] for name in series)
        total_key = tuple(row[name] if name in SOURCE else TOTAL for name in series)
        jump_days = {*days.get(own_key, []), *days.get(total_key, [])}
        years = {day.year for day in jump_days if row["from_period"] < day <= row["to_period"]}
        texts.append(", ".join(map(str, sorted(years))) or None)
    return changes.assign(jump_years=pd.Series(texts, index=changes.index, dtype=object))


def year_span(years: Numbers) -> str | None:
    """Name years, runs of them by the first and the last: `2016-2018, 2020`; None for none."""
    return runs_text(years, joint="-") or None


def month_span(months: Numbers) -> str | None:
    """Name months likewise: `2024-07/2025-06`."""
    return runs_text(months, lambda month: f"{month // 12}-{month % 12 + 1:02d}", joint="/") or None
