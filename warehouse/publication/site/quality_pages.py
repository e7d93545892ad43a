"""Content of the pages of quality reports, one a collection. Concepts are decided in publication/quality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.words import say
from warehouse.publication.quality import Report, reports
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content


def quality_file(collection: str) -> str:
    """Return the file name of a collection's page."""
    return f"quality-{collection.replace('/', '-')}.html"


def contents(facts: Facts, lang: str) -> Iterator[Content]:
    """Yield the content of each page."""
    for report in reports(facts.warehouse.connection, lang):
        yield _content(facts, report, lang)


def _content(facts: Facts, report: Report, lang: str) -> Content:
    def with_titles(text: str) -> str:
        """Replace marks of Markdown and codes of collections, which readers know by their titles."""
        return wording.with_collection_titles(facts, text.replace("`", ""), lang)

    return {
        "heading": say("quality.heading", lang, title=report.title),
        "collection": report.collection,
        "report_items": [
            replace(item, sentences=[with_titles(sentence) for sentence in item.sentences])
            for item in report.items
        ],
        "sheets": [
            replace(sheet, rows=[[with_titles(cell) for cell in row] for row in sheet.rows])
            for sheet in report.sheets
        ],
    }
