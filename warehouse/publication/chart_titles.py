"""Titles of charts: the class that surely is the majority, and the verdict on the direction.

Both are judged in the release: analysis.statements has the majority, analysis.trends the verdict.
"""

from __future__ import annotations

from schemas import codelists, countries
from schemas.words import say
from warehouse.publication.origin_years import Years

FEW_YEARS = "few_years"
"""The judgement that too few years are complete."""


def origin_title(years: Years, lang: str) -> str:
    """Return the title of a chart by origin: the majority, and the trend if there is a verdict."""
    facts = {
        "measure": codelists.codelist("measure")[years.facts["measure"]].name(lang),
        "country": countries.lookup(years.facts["reporting_country"]).name(lang),
        "grouping": years.facts["grouping"],
    }
    kind = years.majority
    key = f"chart.{kind}" if kind == FEW_YEARS else f"chart.majority.{kind}"
    sentence = say(key, lang, years=years_text([*years.majorities]), **facts)
    return " ".join(filter(None, [sentence, direction_sentence(years, lang)]))


def direction_sentence(years: Years, lang: str) -> str:
    """Return a sentence on a rise or fall of the totals in the tested years. Empty for none."""
    trend = years.trend
    if trend is None or trend["direction"] not in ("rising", "falling"):
        return ""
    return say(f"chart.{trend['direction']}", lang, since=trend["tested_from"], until=trend["tested_to"])


def years_text(years: list[int]) -> str:
    """Return consecutive years as a range (`2020–2022`), others as a list."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return ", ".join(map(str, years))
