"""How much figures still change: sentences by age for the page of an indicator, and pictures of histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.publication.site import drawing, wording
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content
from warehouse.statements.headlines import persons_text
from warehouse.statements.outlook_sentences import outlook_sentences

if TYPE_CHECKING:
    from warehouse.publication.site.query_rows import TotalOnDay

HISTORIES_SHOWN = 8
"""How many of the newest figures that changed have a picture."""


def section(facts: Facts, indicator: str, lang: str) -> Content | None:
    """Return the outlook of an indicator's figures and the history of those that changed, or None."""
    lines = [
        outlook_sentences(row, lang, title=wording.collection_title(facts, row["collection"], lang))
        for row in facts.outlook
        if facts.uses(indicator, row["collection"], row["measure"])
    ]
    figures = [
        rows for rows in facts.histories if facts.uses(indicator, rows[0]["collection"], rows[0]["measure"])
    ][:HISTORIES_SHOWN]
    if not lines and not figures:
        return None
    return {"lines": lines, "frames": [_frame(facts, rows, lang) for rows in figures]}


def _frame(facts: Facts, rows: list[TotalOnDay], lang: str) -> Content:
    """Return the history of a figure: name, value by the day on which it was known, and its picture."""
    name = f"{facts.name(rows[0]['reporting_country'], lang)}, {rows[0]['period']}"
    values = [
        (
            str(row["known_from"]),
            row["value_low"],
            row["value_high"],
            persons_text(row["value_low"], row["value_high"], lang),
        )
        for row in rows
    ]
    title = "; ".join(f"{day}: {text}" for day, _, _, text in values)
    return {"name": name, "title": title, "svg": drawing.history(values, f"{name}. {title}")}
