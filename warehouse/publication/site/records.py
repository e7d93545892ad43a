"""A page of one table of the network's records, as the release has it: rows, columns by their comments."""

from __future__ import annotations

from typing import Any

from warehouse.publication.site.facts import NETWORK, Facts


def title(facts: Facts, table: str, lang: str) -> str:
    """What the table is, in a language: its comment holds both, `español / English`."""
    return in_language(facts.about_tables.get(f"{NETWORK}.{table}", ""), lang) or table


COUNTRY_COLUMNS = ("reporting_country", "country", "member", "party")
"""The columns by which a table of the network's records names a country."""

OF_THE_HOUSE = ("submission", "provider", "source_row", "known_to")
"""Columns that say where a record is kept, and nothing of it: the pages leave them out."""


def page(facts: Facts, table: str, lang: str, member: str | None = None) -> dict[str, Any]:
    """Everything that the page of one table shows, or what it says of one member.

    Records in force alone. Columns of the other language are left out, and that of the country where it is
    the page's.
    """
    rows, comments = facts.record_rows(table)
    rows = [row for row in rows if row.get("known_to") is None]  # what was said before is no longer so
    comments = {name: text for name, text in comments.items() if name not in OF_THE_HOUSE}
    column = next((name for name in COUNTRY_COLUMNS if name in comments), None)
    if member:
        rows = [row for row in rows if column and row[column] == member]
        comments = {name: text for name, text in comments.items() if name != column}
    other = "_en" if lang == "es" else "_es"
    columns = [name for name in comments if not name.endswith(other)]
    return {
        "title": title(facts, table, lang),
        "columns": [in_language(comments[name], lang) or name for name in columns],
        "rows": [[shown(row[name]) for name in columns] for row in rows],
    }


def shown(value: object) -> str:
    """A cell as text; nothing where there is nothing."""
    return "" if value is None else str(value)


def in_language(comment: str, lang: str) -> str:
    """The half of a comment that is of a language."""
    halves = comment.split(" / ")
    return halves[0 if lang == "es" else -1].strip()
