"""Marks of the coverage map. A mark never shows more than the table of totals on the same page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import name_in_list
from schemas.words import say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts, Row

PARTS, OTHER_SOURCE = "parts", "elsewhere"
"""Statuses of a year that was reported but has no total in the tables.

Its country reported only parts, or only another source has the total.
"""
WITHOUT_TOTAL = (PARTS, OTHER_SOURCE)
MARKS = {
    "reported": "●",
    "partial": "◐",
    OTHER_SOURCE: "◇",
    PARTS: "△",
    "only_areas": "▵",
    "in_quarantine": "⧖",
    "late": "!",
    "never": "○",
    "withdrawn": "↶",
    "not_asked": "·",
    "not_in_extract": "…",
    "series_closed": "▪",
}
"""The mark of each status. A year shows the first status in this order that it has."""
NEVER_REPORTED = "never"
WITH_FIGURES = ("reported", "partial")
"""The statuses of a year with a figure."""


def status(facts: Facts, country: str, family: str, measure: str, year: int) -> str:
    """Return the most informative status of a year, or the reason why the tables lack its figure."""
    rows = [
        row
        for row in facts.coverage.get(country, [])
        if (row["family"], row["measure"], row["year"]) == (family, measure, year)
    ]
    best, indicator = first_status(rows), facts.counts.get((family, measure))
    # "Never" would be wrong for a country that reported earlier to another source.
    if best == NEVER_REPORTED and _reported_before(facts, country, family, measure, year):
        best = first_status(rows, ignored_status=NEVER_REPORTED)
    if best not in WITH_FIGURES or indicator is None or _is_shown(facts, indicator, country, year):
        return best
    return OTHER_SOURCE if facts.other_sources.get((country, indicator, year)) else PARTS


def _reported_before(facts: Facts, country: str, family: str, measure: str, year: int) -> bool:
    """Return whether a country reported a measure in an earlier year, to any source."""
    return any(
        (row["family"], row["measure"]) == (family, measure)
        and row["year"] < year
        and not set(WITH_FIGURES).isdisjoint(row["statuses"])
        for row in facts.coverage.get(country, [])
    )


def first_status(rows: Sequence[Row], ignored_status: str = "") -> str:
    """Return the first status, in the order of the marks, that any of these rows has."""
    statuses = {name for row in rows for name in row["statuses"]} - {ignored_status}
    return next((name for name in MARKS if name in statuses), "")


def _is_shown(facts: Facts, indicator: str, country: str, year: int) -> bool:
    """Return whether the table of totals has a figure for this year."""
    row = facts.headline(indicator, country, year)
    return row is not None and row["how"] != "not_reported"


def status_text(name: str, lang: str) -> str:
    """Return a status in words."""
    if name in WITHOUT_TOTAL:
        return say(f"site.coverage_{name}", lang)
    return name_in_list("coverage_status", name, lang)


def map_cell(name: str, lang: str) -> dict[str, str]:
    """Return a cell of a coverage map."""
    return {"mark": MARKS.get(name, ""), "status": name, "told": status_text(name, lang) if name else ""}


def map_key(lines: Sequence[dict[str, Any]], lang: str) -> list[dict[str, str]]:
    """Return the marks that occur in these lines, each with its meaning."""
    statuses = {cell["status"] for line in lines for cell in line["cells"]}
    return [map_cell(name, lang) for name in MARKS if name in statuses]


def other_source_titles(
    facts: Facts, country: str, family: str, measure: str, years: Sequence[int], lang: str
) -> str:
    """List the titles of the other sources that report those years."""
    indicator = facts.counts.get((family, measure), "")
    names = {name for year in years for name in facts.other_sources.get((country, indicator, year), [])}
    return ", ".join(wording.collection_title(facts, name, lang) for name in sorted(names))
