"""Warnings about a figure and doubts about the verdict on its series."""

from __future__ import annotations

from datetime import date

from schemas.code_names import name_in_list
from schemas.flags import has_flag
from schemas.words import number, say
from warehouse.build.statistics.settings import DAYS_OF_A_YEAR, DEFAULTS
from warehouse.publication.site.facts import PAGE_SERIES, Facts, Row
from warehouse.statements import sentences, series_sentences
from warehouse.statements.headlines import SHARE

STALE = "stale"
SHOWN_WITH_SHARE = ("dominated",)
"""Flags of a regional figure that the page already shows with the largest member's share."""
SHOWN_WITH_SERIES = ("other_kind", "other_unit", "other_kind_left_out")
"""Flags that the page shows as what the series counts, or as the members that a sum leaves out."""


def figure_warnings(facts: Facts, row: Row, lang: str, *, with_age: bool = True) -> list[str]:
    """Return the warnings of a figure, its age last.

    Doubts about other years of the series belong to the verdict and are left out.
    """
    trend = facts.trend(row)
    flags = (row["flag"] or "").split("+") if row["flag"] else []
    is_sum = "members" in row
    warnings = [
        f"{name_in_list('obs_flag', code, lang)}."
        for code in flags
        if code not in SHOWN_WITH_SERIES and not (is_sum and code in SHOWN_WITH_SHARE)
    ]
    if trend:
        warnings += [say(f"site.of_year.{doubt}", lang) for doubt in _doubts_of_year(row, trend)]
    if _has_exceeding_breakdown(facts, row):
        warnings.append(say("site.parts_exceed", lang))
    if with_age and (age := age_warning(facts, row, lang)):
        warnings.append(age)
    return list(dict.fromkeys(warnings))


def series_caveat(facts: Facts, row: Row, lang: str) -> str:
    """Return what a country's series counts, and on what evidence. Empty for a figure of no series."""
    kind = facts.series_kind(row)
    return series_sentences.series_caveat(kind, lang) if kind else ""


def left_out_sentence(facts: Facts, row: Row, lang: str) -> str:
    """Name the members that a sum leaves out since their series is of another kind, with what these count."""
    members = (row["other_kind_left_out"] or "").split()
    parts = [_left_out_member(facts, member, row["year"], lang) for member in members]
    return say("series.left_out", lang, n=len(members), members="; ".join(parts)) if members else ""


def _left_out_member(facts: Facts, member: str, year: int, lang: str) -> str:
    figure = facts.headline(PAGE_SERIES["victims"], member, year)
    kind = facts.series_kind(figure) if figure else None
    name = facts.name(member, lang)
    if figure is None or kind is None:
        return name
    return f"{name} ({figure[f'value_{lang}']} {series_sentences.unit(kind, lang)})"


def _has_exceeding_breakdown(facts: Facts, row: Row) -> bool:
    """Return whether a breakdown of a country's total adds up to more than the total."""
    is_total = facts.catalogue[row["indicator"]]["denominator"] is None and "origin_class" not in row
    return is_total and any(
        (other["collection"], other["year"]) == (row["collection"], row["year"])
        and facts.uses_row(row["indicator"], other)
        for other in facts.exceeded_totals.get(row["reporting_country"], [])
    )


def _doubts_of_year(row: Row, trend: Row) -> list[str]:
    """Return the doubts about a series that concern the year of this figure."""
    year, break_day = row["year"], trend["broken_on"]
    is_tested = trend["tested_from"] is not None and trend["tested_from"] <= year <= trend["tested_to"]
    is_doubted = {
        "spike": str(year) in (trend["spike_years"] or "").split(", "),
        "suspected_break": break_day is not None and break_day.year == year,
        "unconfirmed_edge": not is_tested,  # an untested series has no confirmed year at all
    }
    return [doubt for doubt, applies in is_doubted.items() if applies and has_flag(trend["flag"], doubt)]


def age_warning(facts: Facts, row: Row, lang: str) -> str:
    """Return a sentence with the age of a stale figure, else an empty string.

    The age comes from its series; without a series it is counted from the end of the figure's year.
    """
    trend = facts.trend(row)
    if trend:
        years = trend["age_years"] + trend["last_period"] - row["year"]
        is_stale = has_flag(trend["flag"], STALE)
    else:
        years = round((facts.release["as_of"] - date(row["year"], 12, 31)).days / DAYS_OF_A_YEAR, 1)
        is_stale = years > DEFAULTS.stale_years
    return say("site.figure_age", lang, year=row["period"], age=number(years, lang)) if is_stale else ""


def verdict_caveats(facts: Facts, row: Row, lang: str) -> str:
    """Return the sentences that follow a verdict: the last years against the baseline, and the doubts."""
    trend = facts.trend(row)
    if trend is None:
        return ""
    unit = "share" if facts.catalogue[row["indicator"]]["unit"] == SHARE else "count"
    parts = [
        sentences.direction_remark(trend, lang, unit),
        sentences.level(trend, lang, unit),
        *sentences.shared_verdict_sentences(trend, lang),
        *sentences.doubts(trend, lang),
        series_caveat(facts, row, lang),
    ]
    return " ".join(filter(None, parts))
