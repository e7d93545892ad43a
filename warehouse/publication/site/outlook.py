"""How much figures still change: sentences by age for the page of an indicator, and pictures of histories."""

from __future__ import annotations

from typing import Any

from schemas.words import number, say
from warehouse.publication.site import drawing, wording
from warehouse.publication.site.facts import Facts, Row
from warehouse.statements import headlines

HISTORIES_SHOWN = 8
"""How many of the newest figures that changed have a picture."""


def section(facts: Facts, indicator: str, lang: str) -> dict[str, Any] | None:
    """Return the outlook of an indicator's figures and the history of those that changed, or None."""
    lines = [age_sentence(facts, row, lang) for row in facts.outlook if facts.uses_row(indicator, row)]
    figures = [rows for rows in facts.histories if facts.uses_row(indicator, rows[0])][:HISTORIES_SHOWN]
    if not lines and not figures:
        return None
    return {"lines": lines, "frames": [_frame(facts, rows, lang) for rows in figures]}


def age_sentence(facts: Facts, row: Row, lang: str) -> str:
    """Return how many values of an age changed, and the band of four fifths of them."""
    parameters = {
        "title": wording.collection_title(facts, row["collection"], lang),
        "age": say(
            "site.outlook_from" if row["age_to"] is None else "site.outlook_ages",
            lang,
            first=row["age_from"],
            last=row["age_to"],
        ),
        "changed": number(row["values_changed"], lang),
        "all": number(row["values_compared"], lang),
    }
    sentence = say("site.outlook_changed", lang, **parameters)
    if row["ratio_low"] is None:
        return sentence
    low, high = headlines.percents(row["ratio_low"], row["ratio_high"], lang)
    if low == high == headlines.percents(1, 1, lang)[0]:
        return f"{sentence} {say('site.outlook_still', lang)}"
    return f"{sentence} {say('site.outlook_band', lang, low=low, high=high)}"


def _frame(facts: Facts, rows: list[Row], lang: str) -> dict[str, Any]:
    """Return the history of a figure: name, value by the day on which it was known, and its picture."""
    name = f"{facts.name(rows[0]['reporting_country'], lang)}, {rows[0]['period']}"
    values = [
        (
            str(row["known_from"]),
            row["value_low"],
            row["value_high"],
            wording.persons_text(row["value_low"], row["value_high"], lang),
        )
        for row in rows
    ]
    title = "; ".join(f"{day}: {text}" for day, _, _, text in values)
    return {"name": name, "title": title, "svg": drawing.history(values, f"{name}. {title}")}
