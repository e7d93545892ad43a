"""Sentences of single judgements about figures (analysis.statements), for pages, workbooks and the client."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from schemas.code_names import code_name, name_in_list
from schemas.codelists import codelist
from schemas.words import number, say
from warehouse.build.statistics.rows import bound
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import StatementsRow

OF_FIGURES = (
    "answer", "doubt_of_year", "doubt", "age", "revision", "agreement", "verdict", "known_origin", "largest",
    "members_before",
)  # fmt: skip
"""Kinds that workbooks show of each figure, in this order. Flags have lines of their own there."""

REVISED_TOTAL = "changed"
"""The judgement that a later submission changed a total."""

_OTHER_CODES = {
    "doubt_of_table": "obs_flag",
    "direction": "trend_direction",
    "report": "coverage_status",
    "last_report": "coverage_status",
}
"""Code lists of kinds whose codes are not all in statement_code."""


_FACTS = (
    "kind", "code", "year", "member", "measure", "other_collection", "value_low", "value_high", "other_low",
    "other_high",
)  # fmt: skip
"""Columns that a sentence depends on."""


class Sentences:
    """Sentences of many judgements in a language; equal ones are made once. `titles` is of collections."""

    def __init__(self, titles: Mapping[str, str], lang: str) -> None:
        self._titles, self._lang = titles, lang
        self._by_facts: dict[tuple[object, ...], str] = {}

    def sentence(self, judgement: StatementsRow) -> str:
        """Return a judgement in words."""
        facts: tuple[object, ...] = _facts_of(judgement)
        if facts not in self._by_facts:
            self._by_facts[facts] = judgement_sentence(judgement, self._titles, self._lang)
        return self._by_facts[facts]


_facts_of = itemgetter(*_FACTS)


def judgement_sentence(judgement: StatementsRow, titles: Mapping[str, str], lang: str) -> str:
    """Return a judgement in words. `titles` has the titles of collections in the language."""
    kind, code = judgement["kind"], judgement["code"]
    if kind in ("flag", "doubt_of_year", "age") or (kind == "doubt" and code != "open_question"):
        return warning_sentence(judgement, str(judgement["year"]), lang)
    if kind == "revision":
        name = f"{_country_name(judgement['member'], lang)}: " if code == REVISED_TOTAL else ""
        return name + revision_sentence(judgement, lang)
    if kind == "agreement":
        title = titles[str(judgement["other_collection"])]
        there = persons_text(judgement["other_low"], judgement["other_high"], lang)
        return f"{title}: {there}. {name_in_list('statement_code', code, lang)}."
    if kind == "verdict":
        return say("site.two_tests", lang)
    return _named_judgement(judgement, lang)


def _named_judgement(judgement: StatementsRow, lang: str) -> str:
    """Return the names of what is judged and of the judgement, and the member that it names."""
    kind, code = judgement["kind"], judgement["code"]
    codes = _OTHER_CODES.get(kind, "statement_code")
    name = name_in_list(codes if code in codelist(codes) else "statement_code", code, lang)
    member = f" ({_country_name(judgement['member'], lang)})" if judgement["member"] else ""
    return f"{name_in_list('statement_kind', kind, lang)}: {name}{member}."


def _country_name(country: str | None, lang: str) -> str:
    return code_name("grouping", "country", str(country), lang)


def warning_sentence(judgement: StatementsRow, period: str, lang: str) -> str:
    """Return a flag, a doubt or the age of a figure of a period as a warning."""
    kind, code = judgement["kind"], judgement["code"]
    if kind == "flag":
        return f"{name_in_list('obs_flag', code, lang)}."
    if kind == "doubt_of_year":
        return say(f"site.of_year.{code}", lang)
    if kind == "age":
        return say("site.figure_age", lang, year=period, age=number(bound(judgement["value_low"]), lang))
    return say(f"site.{code}", lang)


def revision_sentence(judgement: StatementsRow, lang: str) -> str:
    """Return whether a later submission changed the total behind a figure, with both values if it did."""
    if judgement["code"] != REVISED_TOTAL:
        return say("site.not_revised" if judgement["code"] == "left" else "site.not_later", lang)
    return revised_total_sentence(
        str(judgement["measure"]),
        judgement["year"],
        (judgement["value_low"], judgement["value_high"]),
        (judgement["other_low"], judgement["other_high"]),
        lang,
    )


Bounds = tuple[float | None, float | None]


def revised_total_sentence(measure: str, year: int, old: Bounds, new: Bounds, lang: str) -> str:
    """Describe a total that a submission changed: old and new value."""
    return say(
        "site.revised_total",
        lang,
        measure=name_in_list("measure", measure, lang),
        year=year,
        old=revised_value(old, lang),
        new=revised_value(new, lang),
    )


def revised_value(bounds: Bounds, lang: str) -> str:
    """Return the old or new value of a revised total, or that it was not reported."""
    return say("headline.not_reported", lang) if bounds[0] is None else persons_text(*bounds, lang)
