"""What was reported of a year, as a mark says it: never more than the table of totals beside it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import coded
from schemas.words import say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts, Row

PARTS, ELSEWHERE = "parts", "elsewhere"
"""Reported, and yet without a total in the tables: parts alone, or a total of another source alone."""
WITHOUT_TOTAL = (PARTS, ELSEWHERE)
MARKS = {
    "reported": "●",
    "partial": "◐",
    ELSEWHERE: "◇",
    PARTS: "△",
    "in_quarantine": "⧖",
    "late": "!",
    "never": "○",
    "withdrawn": "↶",
    "not_asked": "·",
    "not_in_extract": "…",
    "series_closed": "▪",
}
"""What stands in a map of coverage for each status; the first that a year has is shown."""
NEVER = "never"
WITH_FIGURES = ("reported", "partial")
"""The statuses of a year of which a figure came."""


def status(facts: Facts, country: str, family: str, measure: str, year: int) -> str:
    """The status of a year that says most; of a figure that the tables do not show, why they do not."""
    rows = [
        row
        for row in facts.coverage.get(country, [])
        if (row["family"], row["measure"], row["year"]) == (family, measure, year)
    ]
    found, counted = of_rows(rows), facts.counts.get((family, measure))
    if found == NEVER and _told_before(facts, country, family, measure, year):  # to another source
        found = of_rows(rows, but=NEVER)
    if found not in WITH_FIGURES or counted is None or _is_shown(facts, counted, country, year):
        return found
    return ELSEWHERE if facts.beside.get((country, counted, year)) else PARTS


def _told_before(facts: Facts, country: str, family: str, measure: str, year: int) -> bool:
    """Whether a country told a measure in an earlier year, to whatever source."""
    return any(
        (row["family"], row["measure"]) == (family, measure)
        and row["year"] < year
        and not set(WITH_FIGURES).isdisjoint(row["statuses"])
        for row in facts.coverage.get(country, [])
    )


def of_rows(rows: Sequence[Row], but: str = "") -> str:
    """The first status that any of these has, reported before partial, partial before late."""
    there = {name for row in rows for name in row["statuses"]} - {but}
    return next((name for name in MARKS if name in there), "")


def _is_shown(facts: Facts, indicator: str, country: str, year: int) -> bool:
    """Whether the table of totals has a figure there."""
    row = facts.headline(indicator, country, year)
    return row is not None and row["how"] != "not_reported"


def told(name: str, lang: str) -> str:
    """A status in words."""
    if name in WITHOUT_TOTAL:
        return say(f"site.coverage_{name}", lang)
    return coded("coverage_status", name, lang)


def cell(name: str, lang: str) -> dict[str, str]:
    """A cell of a map of coverage."""
    return {"mark": MARKS.get(name, ""), "status": name, "told": told(name, lang) if name else ""}


def key(lines: Sequence[dict[str, Any]], lang: str) -> list[dict[str, str]]:
    """What the marks of these lines mean, each once."""
    there = {one["status"] for line in lines for one in line["cells"]}
    return [cell(name, lang) for name in MARKS if name in there]


def sources_beside(
    facts: Facts, country: str, family: str, measure: str, years: Sequence[int], lang: str
) -> str:
    """The other sources that tell those years, by title."""
    counted = facts.counts.get((family, measure), "")
    names = {name for year in years for name in facts.beside.get((country, counted, year), [])}
    return ", ".join(wording.title(facts, name, lang) for name in sorted(names))
