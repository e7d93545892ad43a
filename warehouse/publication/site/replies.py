"""Replies of members to what others publish about them, for the pages that show the figures."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from schemas import codelists
from schemas.code_names import name_in_list
from schemas.records import declarations
from schemas.words import contract_language
from warehouse.publication.site import wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts, Row


def reply_lines(
    facts: Facts,
    lang: str,
    *,
    collections: Collection[str] = (),
    items: Collection[str] = (),
    member: str = "",
) -> list[dict[str, Any]]:
    """Return the replies to figures of these collections, or of one member, oldest first.

    With `items` only those to one of these measures, or to all measures of a collection.
    """
    table = PAGE_SERIES["replies"]
    rows = facts.record_rows(table) if table in facts.records else []
    return [
        {
            "id": f"reply-{number}",
            "country": row["country"],
            "item": row["item"],
            "member": facts.name(row["country"], lang),
            "about": _figure_text(facts, row, lang),
            "text": _reply_text(row, lang),
            "signed": ", ".join(filter(None, [row["office"], str(row["replied_on"]), row["source"]])),
        }
        for number, row in enumerate(sorted(rows, key=lambda row: (row["replied_on"], row["country"])), 1)
        if (member == row["country"] if member else row["of_collection"] in collections)
        and (not items or not row["item"] or row["item"] in items)
    ]


def reply_collection() -> str:
    """Return the collection that replies are sent to."""
    declaration = declarations()[PAGE_SERIES["replies"]]
    return f"{declaration.provider}/{declaration.name}"


def _figure_text(facts: Facts, row: Row, lang: str) -> str:
    """Return what a reply is about: the title of the collection, the measure or item, the year."""
    collection = row["of_collection"]
    title = (
        wording.collection_title(facts, collection, lang) if collection in facts.collections else collection
    )
    return ", ".join(filter(None, [title, _item_name(row["item"], lang), row["period"]]))


def _item_name(item: str | None, lang: str) -> str:
    """Return the name of a measure or item in the first list that has it; else the text itself."""
    lists = (name for name in PAGE_SERIES["reply_lists"] if item in codelists.codelist(name))
    names = (name_in_list(name, str(item), lang) for name in lists)
    return next(names, item) if item else ""


def _reply_text(row: Row, lang: str) -> str:
    """Return the words of a reply in the language, else in the one in which they were sent."""
    language = contract_language(lang)
    other = next(text for name, text in row.items() if name.startswith("reply_") and text)
    return str(row[f"reply_{language}"] or other)
