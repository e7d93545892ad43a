"""Warnings about a figure and doubts about the verdict on its series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.words import column_text, say
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.statements import judgement_sentences, sentences, series_sentences
from warehouse.statements.headlines import SHARE

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineRegionRow, LabelledFigure, StatementsRow


def figure_warnings(facts: Facts, row: LabelledFigure, lang: str, *, with_age: bool = True) -> list[str]:
    """Return the warnings of a figure, its age last.

    Doubts about other years of the series belong to the verdict and are left out.
    """
    kinds = ("flag", "doubt_of_year", "doubt", *(("age",) if with_age else ()))
    warnings = (_warning(judgement, row, lang) for judgement in facts.judgements(row, *kinds))
    return list(dict.fromkeys(filter(None, warnings)))


def _warning(judgement: StatementsRow, row: LabelledFigure, lang: str) -> str:
    """Return a judgement as a warning. Empty for an open question, which pages show with its text."""
    if judgement["code"] == "open_question":
        return ""
    return judgement_sentences.warning_sentence(judgement, row["period"], lang)


def series_caveat(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return what a country's series counts, and on what evidence. Empty for a figure of no series."""
    kind = facts.series_kind(row)
    return series_sentences.series_caveat(kind, lang) if kind else ""


def left_out_sentence(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
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
    return f"{name} ({column_text(figure, 'value', lang)} {series_sentences.unit(kind, lang)})"


def age_warning(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return a sentence with the age of a stale figure, else an empty string."""
    return " ".join(_warning(judgement, row, lang) for judgement in facts.judgements(row, "age"))


def verdict_caveats(facts: Facts, row: LabelledFigure, lang: str) -> str:
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
