"""Marks of the coverage map. A mark never shows more than the table of totals on the same page."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.code_names import name_in_list
from schemas.words import say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content

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
"""The mark of each status, in the order of the key."""
WITH_FIGURES = ("reported", "partial")
"""The statuses of a year with a figure."""


def status(facts: Facts, country: str, family: str, measure: str, year: int) -> str:
    """Return the status of a year, or the reason why the tables lack its figure; empty for none."""
    report = facts.reports.get((country, family, measure, year))
    return report["code"] if report else ""


def status_text(name: str, lang: str) -> str:
    """Return a status in words."""
    if name in WITHOUT_TOTAL:
        return say(f"site.coverage_{name}", lang)
    return name_in_list("coverage_status", name, lang)


def map_cell(name: str, lang: str) -> dict[str, str]:
    """Return a cell of a coverage map."""
    return {"mark": MARKS.get(name, ""), "status": name, "told": status_text(name, lang) if name else ""}


def map_key(lines: Sequence[Content], lang: str) -> list[dict[str, str]]:
    """Return the marks that occur in these lines, each with its meaning."""
    statuses = {cell["status"] for line in lines for cell in line["cells"]}
    return [map_cell(name, lang) for name in MARKS if name in statuses]


def other_source_titles(
    facts: Facts, country: str, family: str, measure: str, years: Sequence[int], lang: str
) -> str:
    """List the titles of the other sources that report those years."""
    reports = (facts.reports[country, family, measure, year] for year in years)
    names = {name for report in reports for name in (report["other_collection"] or "").split()}
    return ", ".join(wording.collection_title(facts, name, lang) for name in sorted(names))
