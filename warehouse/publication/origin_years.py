"""What a release says of each year of a collection, country and measure, by origin: for charts. No drawing.

A year without a table by origin is a row too, and so is one of which nothing came: a year left out reads as a
zero or a fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from schemas import codelists
from schemas.flags import flags_that, has_flag
from schemas.origin import EXTRA_REGIONAL, FOREIGN, INTRA_REGIONAL
from schemas.words import UserError, Wrong, contract_language
from warehouse.build import dated_events
from warehouse.reading.client import Warehouse

NOT_DETAILED = "not_detailed"


class NoProfile(UserError, LookupError):
    """The release holds no origin profile of the collection."""


@dataclass(frozen=True)
class Band:
    """The level and the years of a baseline."""

    first: int
    last: int
    low: float
    high: float


class Event(NamedTuple):
    """A law that entered into force, a measure, a change of counting in another series, and its year."""

    year: int
    es: str
    en: str

    def said(self, lang: str) -> str:
        """What it is."""
        return self.es if contract_language(lang) == "es" else self.en


@dataclass(frozen=True)
class Years:
    """What there is of each year.

    `parts`: one row a year and class of those that add up; `shares`: those whose shares are drawn, the
    intra-regional and the wholes extra-regional and foreign; `totals`: one row for every year from the first
    to the last, with its `state`; `doubts`: year and flag; `events`: what of its country bears a date;
    `trend`: the row of analysis.trends of the totals, or None.
    """

    facts: dict[str, Any]
    parts: pd.DataFrame
    shares: pd.DataFrame
    totals: pd.DataFrame
    doubts: list[tuple[int, str]]
    sudden: list[tuple[int, str]]
    breaks: list[tuple[int, bool]]
    events: list[Event]
    band: Band | None
    trend: dict[str, Any] | None

    @property
    def all(self) -> list[int]:
        """Every year from the first to the last."""
        return [int(year) for year in self.totals["year"]]


def rows(frame: pd.DataFrame) -> list[Any]:
    """The rows of a frame, their columns as names."""
    return list(frame.itertuples(index=False))


_COLUMNS = [
    *("year", "origin_class", "class_level", "position", "persons_low", "persons_high", "possible_high"),
    *("total_low", "total_high", "share_low", "share_high", "flag", "is_partial", "is_doubted"),
]


def years_of(
    warehouse: Warehouse, collection: str, reporting_country: str | None = None, measure: str | None = None
) -> Years:
    """The years of a collection. Wrong names the choices where there are several; NoProfile: no origins."""
    profile = _profile(warehouse, collection, reporting_country, measure)
    first = profile.iloc[0]
    asked = {name: first[name] for name in ("collection", "reporting_country", "measure")}
    profile = profile[_COLUMNS]
    parts = profile[profile["class_level"] == "part"]
    is_held = profile["origin_class"].isin((EXTRA_REGIONAL, FOREIGN)) & (profile["class_level"] == "parent")
    trend = _trend(warehouse, asked)
    return Years(
        facts={name: first[name] for name in (*asked, "family", "grouping", "origin_basis", "period_basis")},
        parts=parts,
        shares=profile[(profile["origin_class"] == INTRA_REGIONAL) | is_held],
        totals=_totals(warehouse, parts, asked),
        doubts=_doubts(warehouse, parts, asked),
        sudden=_sudden(warehouse, asked),
        breaks=_breaks(warehouse, asked),
        events=_events(warehouse, first["collection"], first["reporting_country"], first["family"]),
        band=_band(trend),
        trend=trend,
    )


def _profile(
    warehouse: Warehouse, collection: str, reporting_country: str | None, measure: str | None
) -> pd.DataFrame:
    """The origin profile of one country and measure by year, classes in the order of their code list."""
    profile = warehouse.query(
        "SELECT * FROM baseline.origin_profile WHERE collection = $collection",
        {"collection": collection},
    )
    if profile.empty:
        raise NoProfile("chart.no_profile", collection=collection)
    for column, wanted in (("reporting_country", reporting_country), ("measure", measure)):
        choices = sorted(profile[column].unique())
        if wanted not in choices and (wanted is not None or len(choices) > 1):
            raise Wrong("chart.choose", column=column, choices=", ".join(choices))
        profile = profile[profile[column] == (wanted or choices[0])]
    order = {code: n for n, code in enumerate(codelists.codelist("origin_class"))}
    return profile.assign(
        position=profile["origin_class"].map(order),
        is_partial=[has_flag(flags, "partial") for flags in profile["flag"]],
        is_doubted=[has_flag(flags, "single_origin") for flags in profile["flag"]],
    ).sort_values(["year", "position"])


# ---- every year's total ---------------------------------------------------------------------------

_TOTALS = """
SELECT DISTINCT year, value_low, value_high, flag
FROM baseline.indicator_values
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND frequency = 'A' AND denominator_basis = '_Z' AND pooled_years = 1 AND panel = '_Z'
  AND (origin_class, citizenship, sex, age_group, exploitation) = ('_T', '_T', '_T', '_T', '_T')
ORDER BY ALL
"""
_COVERAGE = """
SELECT year(period_end) AS year, list(DISTINCT status ORDER BY status) AS statuses
FROM analysis.coverage
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
GROUP BY ALL ORDER BY ALL
"""


def _totals(warehouse: Warehouse, parts: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    """Each year's total, what is known of it by origin, and its state."""
    told = {int(row.year): row for row in reversed(rows(warehouse.query(_TOTALS, asked)))}
    coverage = warehouse.query(_COVERAGE, asked)
    statuses = dict(zip(coverage["year"], coverage["statuses"], strict=True))
    by_year = {int(str(year)): table for year, table in parts.groupby("year")}
    waits = [year for year, found in statuses.items() if "in_quarantine" in found]
    named = sorted({*by_year, *told, *map(int, waits)})
    told_years = [
        _year(year, by_year.get(year), told.get(year), statuses.get(year, ()))
        for year in range(named[0], named[-1] + 1)
    ]
    return pd.DataFrame(told_years)


def _year(year: int, parts: pd.DataFrame | None, told: Any, statuses: Sequence[str]) -> dict[str, Any]:
    low = high = float("nan")
    flags: list[object] = []
    if parts is not None:
        low, high, flags = parts["total_low"].max(), _only(parts["total_high"]), list(parts["flag"])
    elif told is not None:
        low, high, flags = told.value_low, told.value_high, [told.flag]
    known = 0.0 if parts is None else parts.loc[parts["origin_class"] != NOT_DETAILED, "persons_low"].sum()
    return {
        "year": year,
        "total_low": low,
        "total_high": high,
        "known": known,
        "state": _state(low, high, known, parts is not None, statuses),
        "is_partial": any(has_flag(flag, "partial") for flag in flags),
        "is_doubted": any(has_flag(flag, *_grave()) for flag in flags),
    }


def _state(low: float, high: float, known: float, by_origin: bool, statuses: Sequence[str]) -> str:
    """What a year is: in_quarantine, not_reported, withheld (no total is known), zero, no_table, reported."""
    if pd.isna(low):
        return "in_quarantine" if "in_quarantine" in statuses else "not_reported"
    if pd.isna(high) and not low and not known:
        return "in_quarantine" if "in_quarantine" in statuses else "withheld"
    if high == 0:
        return "zero"
    return "reported" if by_origin else "no_table"


def _only(column: pd.Series) -> float:
    """The one value of a year's rows; not a number where a row has none."""
    return float("nan") if column.isna().any() else float(column.max())


# ---- doubts, breaks, the baseline -----------------------------------------------------------------


def _grave() -> tuple[str, ...]:
    """The flags that keep a figure out of baselines, but for the year that lacks months."""
    return tuple(flag for flag in flags_that("out_of_baselines") if flag != "partial")


def _doubts(warehouse: Warehouse, parts: pd.DataFrame, asked: dict[str, Any]) -> list[tuple[int, str]]:
    """The years in doubt and why."""
    told = warehouse.query(_TOTALS, asked)
    years, flags = [*parts["year"], *told["year"]], [*parts["flag"], *told["flag"]]
    return sorted(
        {
            (int(year), flag)
            for year, text in zip(years, flags, strict=True)
            for flag in _grave()
            if has_flag(text, flag)
        }
    )


_SUDDEN = """
SELECT DISTINCT year(period_start) AS year, citizenship
FROM analysis.open_questions
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND question = 'sudden_origin' AND frequency = 'A'
ORDER BY ALL
"""


def _sudden(warehouse: Warehouse, asked: dict[str, Any]) -> list[tuple[int, str]]:
    """The years in which an origin appears large and at once, which nobody has confirmed."""
    found = warehouse.query(_SUDDEN, asked)
    return [(int(row.year), row.citizenship) for row in rows(found)]


_TRENDS = """
SELECT *
FROM analysis.trends
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND frequency = 'A' AND denominator_basis = '_Z' AND pooled_years = 1 AND panel = '_Z'
  AND (origin_class, citizenship, sex, age_group, exploitation) = ('_T', '_T', '_T', '_T', '_T')
ORDER BY last_period DESC NULLS LAST, break_id DESC
"""


def _trend(warehouse: Warehouse, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The row of the totals, the latest where a break makes several."""
    found = warehouse.query(_TRENDS, asked)
    return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def _breaks(warehouse: Warehouse, asked: dict[str, Any]) -> list[tuple[int, bool]]:
    """The first year after each break, and whether it is decided or only suspected."""
    found = warehouse.query(_TRENDS, asked)
    decided = {pd.Timestamp(day).year for day in found["break_id"] if day != "_Z"}
    suspected = {
        pd.Timestamp(row.broken_on).year
        for row in rows(found)
        if has_flag(row.flag, "suspected_break") and not pd.isna(row.broken_on)
    }
    return sorted([(year, True) for year in decided] + [(year, False) for year in suspected - decided])


_EVENTS = """
SELECT DISTINCT year(happened_from) AS year, what_es, what_en
FROM ({selects})
WHERE reporting_country = $country AND coalesce(family, $family) = $family AND collection <> $collection
ORDER BY ALL
"""


def _events(warehouse: Warehouse, collection: str, country: str, family: str) -> list[Event]:
    """Its laws and measures that are dated, and where other series of it break; of another family none."""
    try:
        told = warehouse.query(
            _EVENTS.format(selects=" UNION ALL ".join(dated_events.selects())),
            {"collection": collection, "country": country, "family": family},
        )
    except Wrong:  # a release from before there were such records
        return []
    return [Event(int(row.year), row.what_es, row.what_en) for row in rows(told)]


def _band(trend: dict[str, Any] | None) -> Band | None:
    if trend is None or pd.isna(trend["baseline_low"]) or pd.isna(trend["baseline_high"]):
        return None
    first, last = (int(year) for year in str(trend["baseline_period"]).removeprefix("own:").split("-"))
    return Band(first, last, trend["baseline_low"], trend["baseline_high"])
