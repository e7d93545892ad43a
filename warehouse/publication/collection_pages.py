"""Chapters of docs/collections.*.md: the quality report of each collection, as Markdown.

The reports are in the package quality; collection_tables.py writes the page.
"""

from __future__ import annotations

import duckdb

from schemas.pages import Lang, table
from schemas.words import say
from warehouse.publication.quality import Report, Sheet, reports

LEFT_TO_THE_SITE = "what"
"""The column of texts, which the site shows and docs/ does not."""


def chapters(release: duckdb.DuckDBPyConnection, lang: Lang) -> list[str]:
    """Return a chapter for each collection in force: its title, its concepts, its tables."""
    return [_chapter(report, lang) for report in reports(release, lang)]


def _chapter(report: Report, lang: Lang) -> str:
    columns = [say(f"quality.{key}", lang) for key in ("concept", "item", "known")]
    concepts = table(columns, [[item.concept, item.name, item.text] for item in report.items])
    parts = [f"## `{report.collection}`", report.title, concepts]
    return "\n\n".join([*parts, *(_sheet_text(sheet, lang) for sheet in report.sheets)])


def _sheet_text(sheet: Sheet, lang: Lang) -> str:
    shown = [n for n, name in enumerate(sheet.columns) if name != say(f"quality.{LEFT_TO_THE_SITE}", lang)]
    rows = [[row[n] for n in shown] for row in sheet.rows]
    return f"### {sheet.title}\n\n{table([sheet.columns[n] for n in shown], rows)}"
