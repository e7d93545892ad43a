"""Content of the pages of quality reports, one a collection. Concepts are decided in publication/quality."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from schemas.words import say
from warehouse.publication.quality import Item, Report, reports
from warehouse.publication.site.facts import Facts


def quality_file(collection: str) -> str:
    """Return the file name of a collection's page."""
    return f"quality-{collection.replace('/', '-')}.html"


def contents(facts: Facts, lang: str) -> Iterator[dict[str, Any]]:
    """Yield the content of each page."""
    for report in reports(facts.warehouse.connection, lang):
        yield _content(report, lang)


def _content(report: Report, lang: str) -> dict[str, Any]:
    return {
        "heading": say("quality.heading", lang, title=report.title),
        "collection": report.collection,
        "report_items": [_without_marks(item) for item in report.items],
        "sheets": report.sheets,
    }


def _without_marks(item: Item) -> Item:
    """Return an item without the code marks of Markdown."""
    return replace(item, sentences=[re.sub("`", "", sentence) for sentence in item.sentences])
