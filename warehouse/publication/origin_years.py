"""The years of a collection, country and measure by origin, for charts.

A year without a table by origin has a row too, and so has a year without data: a missing year would look like
a zero or a fall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schemas import codelists
from schemas.flags import flags_with_effect, has_flag
from schemas.origin import EXTRA_REGIONAL, FOREIGN, INDETERMINATE, INTRA_REGIONAL
from schemas.tables import total_rows
from schemas.words import InvalidValue, UserError, contract_language
from warehouse.build import dated_events
from warehouse.build.statistics.rows import bound, frame_rows
from warehouse.reading.client import Warehouse

if TYPE_CHECKING:
    from schemas.tables.rows import TrendsRow

NOT_DETAILED = "not_detailed"
UNKNOWN_CLASSES = (INDETERMINATE, NOT_DETAILED)
"""Classes of unknown origin: a person in them may belong to any other. Charts give them a dashed edge."""


class NoProfile(UserError, LookupError):
    """The release has no origin profile of the collection."""


@dataclass(frozen=True)
class Band:
    """The level and the years of a baseline."""

    first: int
    last: int
    low: float
    high: float


class Event(NamedTuple):
    """A law, a measure, or a change of counting in another series, with its year."""

    year: int
    es: str
    en: str

    def text(self, lang: str) -> str:
        """Return its text."""
        return self.es if contract_language(lang) == "es" else self.en


@dataclass(frozen=True)
class Years:
    """The data of each year, and what the release judges of it (analysis.statements).

    `parts`: a row per year and class, for the classes that add up. `shares`: the classes whose shares are
    drawn, which are intra-regional and the parents extra-regional and foreign. `totals`: a row for every
    year from the first to the last, with its `state`. `doubts`: year and flag. `sudden`: year and origin.
    `events`: the dated laws and measures of the country. `trend`: the totals' row of analysis.trends, or
    None. `majority`: the class of origin that is surely over half in each of the last years, or why none is.
    `majorities`: the same of each of these years. `unknown`: the persons of unknown origin of each year.
    """

    facts: dict[str, str]
    parts: pd.DataFrame
    shares: pd.DataFrame
    totals: pd.DataFrame
    doubts: list[tuple[int, str]]
    sudden: list[tuple[int, str]]
    breaks: list[tuple[int, bool]]
    events: list[Event]
    band: Band | None
    trend: TrendsRow | None
    majority: str
    majorities: dict[int, str]
    unknown: dict[int, Any]

    @property
    def all(self) -> list[int]:
        """Every year from the first to the last."""
        return [int(year) for year in self.totals["year"]]


def rows(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a frame as named tuples."""
    return list(frame.itertuples(index=False))


_COLUMNS = [
    *("year", "origin_class", "class_level", "position", "persons_low", "persons_high", "possible_high"),
    *("total_low", "total_high", "share_low", "share_high", "flag", "is_partial", "is_doubted"),
]


def years_of(
    warehouse: Warehouse, collection: str, reporting_country: str | None = None, measure: str | None = None
) -> Years:
    """Return the years of a collection.

    Raises InvalidValue, which names the choices, if there are several countries or measures, and NoProfile if
    there is no profile.
    """
    profile = _profile(warehouse, collection, reporting_country, measure)
    first = profile.iloc[0]
    series = {name: first[name] for name in ("collection", "reporting_country", "measure")}
    profile = profile[_COLUMNS]
    parts = profile[profile["class_level"] == "part"]
    is_parent = profile["origin_class"].isin((EXTRA_REGIONAL, FOREIGN)) & (profile["class_level"] == "parent")
    trend = _trend(warehouse, series)
    judgements = rows(warehouse.query(_JUDGEMENTS, series))
    return Years(
        facts={name: first[name] for name in (*series, "family", "grouping", "origin_basis", "period_basis")},
        parts=parts,
        shares=profile[(profile["origin_class"] == INTRA_REGIONAL) | is_parent],
        totals=_totals(warehouse, parts, series),
        doubts=_doubts(warehouse, parts, series),
        sudden=_sudden_origins(warehouse, series),
        breaks=_breaks(warehouse, series),
        events=_events(warehouse, first["collection"], first["reporting_country"], first["family"]),
        band=_band(trend),
        trend=trend,
        majority=next(row.code for row in judgements if row.kind == "majority_of_years"),
        majorities={row.year: row.code for row in judgements if row.kind == "majority_of_year"},
        unknown={row.year: row for row in judgements if row.kind == "unknown_origin"},
    )


_JUDGEMENTS = """
SELECT year, kind, code, value_low, value_high, other_low, other_high
FROM analysis.statements
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND kind IN ('majority_of_years', 'majority_of_year', 'unknown_origin')
ORDER BY ALL
"""


def _profile(
    warehouse: Warehouse, collection: str, reporting_country: str | None, measure: str | None
) -> pd.DataFrame:
    """Return the origin profile of a country and measure by year, classes in codelist order."""
    profile = warehouse.query(
        "SELECT * FROM baseline.origin_profile WHERE collection = $collection",
        {"collection": collection},
    )
    if profile.empty:
        raise NoProfile("chart.no_profile", collection=collection)
    for column, choice in (("reporting_country", reporting_country), ("measure", measure)):
        choices = sorted(profile[column].unique())
        if choice not in choices and (choice is not None or len(choices) > 1):
            raise InvalidValue("chart.choose", column=column, choices=", ".join(choices))
        profile = profile[profile[column] == (choice or choices[0])]
    order = {code: n for n, code in enumerate(codelists.codelist("origin_class"))}
    return profile.assign(
        position=profile["origin_class"].map(order),
        is_partial=[has_flag(flags, "partial") for flags in profile["flag"]],
        is_doubted=[has_flag(flags, "single_origin") for flags in profile["flag"]],
    ).sort_values(["year", "position"])


# ---- totals by year --------------------------------------------------------------------------------

_STATES = """
SELECT year, value_low AS total_low, value_high AS total_high, other_low AS known, code AS state
FROM analysis.statements
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND kind = 'state_of_year'
ORDER BY year
"""
_TOTALS = f"""
SELECT DISTINCT year, value_low, value_high, flag
FROM baseline.indicator_values
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND frequency = 'A' AND denominator_basis = '_Z' AND pooled_years = 1 AND panel = '_Z'
  AND {total_rows("baseline.indicator_values")}
ORDER BY ALL
"""


def _totals(warehouse: Warehouse, parts: pd.DataFrame, series: dict[str, str]) -> pd.DataFrame:
    """Return each year's total, the persons of known origin, and its state."""
    flags_of_totals = {int(row.year): [row.flag] for row in reversed(rows(warehouse.query(_TOTALS, series)))}
    flags_by_year = flags_of_totals | {
        int(str(year)): list(flags) for year, flags in parts.groupby("year")["flag"]
    }
    totals = warehouse.query(_STATES, series)
    flags = [flags_by_year.get(year, []) for year in totals["year"]]
    return totals.assign(
        is_partial=[any(has_flag(flag, "partial") for flag in of_year) for of_year in flags],
        is_doubted=[any(has_flag(flag, *_serious_flags()) for flag in of_year) for of_year in flags],
    )


# ---- doubts, breaks, the baseline ------------------------------------------------------------------


def _serious_flags() -> tuple[str, ...]:
    """Return the flags that keep a figure out of baselines, except that for missing months."""
    return tuple(flag for flag in flags_with_effect("out_of_baselines") if flag != "partial")


def _doubts(warehouse: Warehouse, parts: pd.DataFrame, series: dict[str, str]) -> list[tuple[int, str]]:
    """Return the years in doubt with the flag of each."""
    totals = warehouse.query(_TOTALS, series)
    years, flags = [*parts["year"], *totals["year"]], [*parts["flag"], *totals["flag"]]
    return sorted(
        {
            (int(year), flag)
            for year, text in zip(years, flags, strict=True)
            for flag in _serious_flags()
            if has_flag(text, flag)
        }
    )


_SUDDEN_ORIGINS = """
SELECT DISTINCT year(period_start) AS year, citizenship
FROM analysis.open_questions
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND question = 'sudden_origin' AND frequency = 'A'
ORDER BY ALL
"""


def _sudden_origins(warehouse: Warehouse, series: dict[str, str]) -> list[tuple[int, str]]:
    """Return the years in which a large origin appears suddenly and nobody has confirmed it."""
    questions = warehouse.query(_SUDDEN_ORIGINS, series)
    return [(int(row.year), row.citizenship) for row in rows(questions)]


_TRENDS = f"""
SELECT *
FROM analysis.trends
WHERE (collection, reporting_country, measure) = ($collection, $reporting_country, $measure)
  AND frequency = 'A' AND denominator_basis = '_Z' AND pooled_years = 1 AND panel = '_Z'
  AND {total_rows("analysis.trends")}
ORDER BY last_period DESC NULLS LAST, break_id DESC
"""


def _trend(warehouse: Warehouse, series: dict[str, str]) -> TrendsRow | None:
    """Return the totals' row of trends; the latest if a break makes several."""
    return next(iter(frame_rows(warehouse.query(_TRENDS, series))), None)


def _breaks(warehouse: Warehouse, series: dict[str, str]) -> list[tuple[int, bool]]:
    """Return the first year after each break, and whether the break is decided or only suspected."""
    trends = warehouse.query(_TRENDS, series)
    decided_years = {pd.Timestamp(day).year for day in trends["break_id"] if day != "_Z"}
    suspected_years = {
        pd.Timestamp(row.broken_on).year
        for row in rows(trends)
        if has_flag(row.flag, "suspected_break") and not pd.isna(row.broken_on)
    }
    return sorted(
        [(year, True) for year in decided_years] + [(year, False) for year in suspected_years - decided_years]
    )


_EVENTS = """
SELECT DISTINCT year(happened_from) AS year, what_es, what_en
FROM ({selects})
WHERE reporting_country = $country AND coalesce(family, $family) = $family AND collection <> $collection
ORDER BY ALL
"""


def _events(warehouse: Warehouse, collection: str, country: str, family: str) -> list[Event]:
    """Return the country's dated laws and measures, and breaks of its other series in the same family."""
    try:
        events = warehouse.query(
            _EVENTS.format(selects=" UNION ALL ".join(dated_events.selects())),
            {"collection": collection, "country": country, "family": family},
        )
    except InvalidValue:  # the release is older than these records
        return []
    return [Event(int(row.year), row.what_es, row.what_en) for row in rows(events)]


def _band(trend: TrendsRow | None) -> Band | None:
    low, high = (bound(trend["baseline_low"]), bound(trend["baseline_high"])) if trend else (nan, nan)
    if trend is None or isnan(low) or isnan(high):
        return None
    years = [int(year) for year in re.findall(r"\d{4}", str(trend["baseline_period"]))]
    return Band(min(years), max(years), low, high)
