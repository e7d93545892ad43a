"""Titles of charts: the class that surely is the majority, and the verdict on the direction.

A class is the majority if its lower bound is over a half in each of the last reported years. A rise or a
fall appears if analysis.trends has that verdict, with the verdict's years.
"""

from __future__ import annotations

import pandas as pd

from schemas import codelists, countries
from schemas.flags import has_flag
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import say
from warehouse.publication.origin_years import Years, is_mostly_unknown, rows

LAST_YEARS = 3
"""How many of the last years are examined; fewer years are not enough."""
FEW_YEARS, UNKNOWN, NONE = "few_years", "unknown", "none"
"""Results where no class is the majority."""
HALF = 0.5
CLASS_LEVELS = {OWN_NATIONAL: "part", INTRA_REGIONAL: "part", EXTRA_REGIONAL: "parent"}


def origin_title(years: Years, lang: str) -> str:
    """Return the title of a chart by origin: the majority, and the trend if there is a verdict."""
    facts = {
        "measure": codelists.codelist("measure")[years.facts["measure"]].name(lang),
        "country": countries.lookup(years.facts["reporting_country"]).name(lang),
        "grouping": years.facts["grouping"],
    }
    kind, years_examined = majority_verdict(years)
    key = f"chart.{kind}" if kind == FEW_YEARS else f"chart.majority.{kind}"
    sentence = say(key, lang, years=years_text(years_examined), **facts)
    return " ".join(filter(None, [sentence, direction_sentence(years, lang)]))


def majority_verdict(years: Years) -> tuple[str, list[int]]:
    """Return the majority class, or why there is none, and the years examined.

    The reason is `few_years`, `unknown` (most origins are unknown) or `none`.
    """
    years_examined = _complete_years(years)
    if len(years_examined) < LAST_YEARS:
        return FEW_YEARS, years_examined
    majority = _majority(pd.concat([years.parts, years.shares]), years_examined)
    return majority or (UNKNOWN if _is_mostly_unknown(years, years_examined) else NONE), years_examined


def years_by_majority(years: Years, years_examined: list[int]) -> dict[str, list[int]]:
    """Return the years in which each class surely is the majority."""
    profile, years_by_class = pd.concat([years.parts, years.shares]), dict[str, list[int]]()
    for year in years_examined:
        if name := _majority(profile, [year]):
            years_by_class.setdefault(name, []).append(year)
    return years_by_class


def direction_sentence(years: Years, lang: str) -> str:
    """Return a sentence on a rise or fall of the totals in the tested years. Empty for none."""
    trend = years.trend
    if trend is None or trend["direction"] not in ("rising", "falling"):
        return ""
    return say(f"chart.{trend['direction']}", lang, since=trend["tested_from"], until=trend["tested_to"])


def _complete_years(years: Years) -> list[int]:
    """Return the last years whose shares are complete and not in doubt."""
    doubtful = {year for year, _ in years.doubts}
    shares = years.parts[(years.parts["origin_class"] == OWN_NATIONAL) & years.parts["share_low"].notna()]
    complete = {int(row.year) for row in rows(shares) if not has_flag(row.flag, "partial")}
    return sorted(complete - doubtful)[-LAST_YEARS:]


def _majority(profile: pd.DataFrame, years_examined: list[int]) -> str | None:
    """Return the class over a half in each of the years, whatever the unknown part is."""
    for name, level in CLASS_LEVELS.items():
        class_rows = profile[
            (profile["origin_class"] == name)
            & (profile["class_level"] == level)
            & profile["year"].isin(years_examined)
            & ~profile["is_doubted"]
        ].drop_duplicates("year")
        if len(class_rows) == len(years_examined) and (class_rows["share_low"] > HALF).all():
            return name
    return None


def _is_mostly_unknown(years: Years, years_examined: list[int]) -> bool:
    """Return whether the origin of more than half is unknown in each of the years."""
    return all(is_mostly_unknown(years.parts[years.parts["year"] == year]) for year in years_examined)


def years_text(years: list[int]) -> str:
    """Return consecutive years as a range (`2020–2022`), others as a list."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return ", ".join(map(str, years))
