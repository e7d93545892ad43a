"""What speaks against a figure, and what speaks against its verdict: of which years, apart."""

from __future__ import annotations

from datetime import date

from schemas.code_names import coded
from schemas.flags import has_flag
from schemas.words import number, say
from warehouse.build.statistics.settings import DAYS_OF_A_YEAR, DEFAULTS
from warehouse.publication.site.facts import Facts, Row
from warehouse.statements import sentences
from warehouse.statements.headlines import SHARE

STALE = "stale"
SAID_TWICE = ("dominated",)
"""A flag of a regional figure that is said with the share of the member that outweighs."""


def each(facts: Facts, row: Row, lang: str, *, with_age: bool = True) -> list[str]:
    """The warnings of a figure, its age last. Doubts of other years of its series are the trend's."""
    trend = facts.trend(row)
    own = (row["flag"] or "").split("+") if row["flag"] else []
    is_sum = "members" in row
    told = [f"{coded('obs_flag', code, lang)}." for code in own if not (is_sum and code in SAID_TWICE)]
    if trend:
        told += [say(f"site.of_year.{doubt}", lang) for doubt in _of_its_year(row, trend)]
    if _is_exceeded(facts, row):
        told.append(say("site.parts_exceed", lang))
    if with_age and (age := of_age(facts, row, lang)):
        told.append(age)
    return list(dict.fromkeys(told))


def _is_exceeded(facts: Facts, row: Row) -> bool:
    """Whether a breakdown of a country's total adds up to more than it."""
    is_total = facts.catalogue[row["indicator"]]["denominator"] is None and "origin_class" not in row
    return is_total and any(
        (other["collection"], other["year"]) == (row["collection"], row["year"])
        and facts.is_of(row["indicator"], other)
        for other in facts.exceeded.get(row["reporting_country"], [])
    )


def _of_its_year(row: Row, trend: Row) -> list[str]:
    """The doubts of a series that are of the year of this figure."""
    year, broken = row["year"], trend["broken_on"]
    is_tested = trend["tested_from"] is not None and trend["tested_from"] <= year <= trend["tested_to"]
    found = {
        "spike": str(year) in (trend["spike_years"] or "").split(", "),
        "suspected_break": broken is not None and broken.year == year,
        "unconfirmed_edge": not is_tested,  # at either end; of a series that is not tested, all years
    }
    return [doubt for doubt, is_there in found.items() if is_there and has_flag(trend["flag"], doubt)]


def of_age(facts: Facts, row: Row, lang: str) -> str:
    """How old a figure is, where it is stale: by its series, of which there may be none, by its year."""
    trend = facts.trend(row)
    if trend:
        years = trend["age_years"] + trend["last_period"] - row["year"]
        is_stale = has_flag(trend["flag"], STALE)
    else:
        years = round((facts.release["as_of"] - date(row["year"], 12, 31)).days / DAYS_OF_A_YEAR, 1)
        is_stale = years > DEFAULTS.stale_years
    return say("site.figure_age", lang, year=row["period"], age=number(years, lang)) if is_stale else ""


def of_verdict(facts: Facts, row: Row, lang: str) -> str:
    """What the paragraph says beside the direction: the last years beside the baseline, and the doubts."""
    trend = facts.trend(row)
    if trend is None:
        return ""
    unit = "share" if facts.catalogue[row["indicator"]]["unit"] == SHARE else "count"
    return " ".join(filter(None, [sentences.level(trend, lang, unit), *sentences.doubts(trend, lang)]))
