"""What nobody has answered about a figure: which question, and on which value, in words."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.words import say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts, Row

NAMED = ("total", "sex", "age_group", "exploitation", "citizenship")
"""The breakdowns that have a name of their own."""


def of(facts: Facts, country: str, year: int, indicator: str) -> list[Row]:
    """The questions on what an indicator tells of a country and a year: the total first."""
    found = [
        row for row in facts.questions.get(country, []) if row["year"] == year and facts.is_of(indicator, row)
    ]
    return sorted(found, key=lambda row: not on_total(row))


def by_figure(facts: Facts, country: str) -> dict[tuple[str, int], list[Row]]:
    """All questions on a country's figures, by measure and year, in the order that they come in."""
    found: dict[tuple[str, int], list[Row]] = {}
    for row in facts.questions.get(country, []):
        found.setdefault((row["measure"], row["year"]), []).append(row)
    return found


def on_total(row: Row) -> bool:
    """Whether a question is about the total itself, and not about a part of it."""
    return bool(row["breakdown"] == "total")


def apart(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The questions on totals, and those on parts."""
    return [row for row in rows if on_total(row)], [row for row in rows if not on_total(row)]


def told(facts: Facts, rows: Sequence[Row], lang: str, *, with_names: bool = False) -> str:
    """Each question once, with the values it is on; of several countries with their names."""
    asked: dict[str, list[str]] = {}
    for row in rows:
        name = f"{facts.name(row['reporting_country'], lang)}, " if with_names else ""
        on = asked.setdefault(str(row[f"says_{lang}"]), [])
        if (said := name + _value(facts, row, lang)) not in on:
            on.append(said)
    return " ".join(f"{says.rstrip('.')} ({'; '.join(on)})." for says, on in asked.items())


def _value(facts: Facts, row: Row, lang: str) -> str:
    """The value a question is on: of the total, of nationals of a country, of another part."""
    value = wording.bounds(row["value_low"], row["value_high"], lang)
    if row["citizenship"] != "_T":
        return f"{facts.name(row['citizenship'], lang)} {value}"
    parts = str(row["breakdown"]).split("+")
    names = [say(f"site.by.{part if part in NAMED else 'other'}", lang) for part in parts]
    return f"{', '.join(dict.fromkeys(names))} {value}"
