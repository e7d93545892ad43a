"""The page docs/collections.*.md: indicators, tables and the quality report of each collection, as Markdown.

The reports are in the package quality. `make docs` renders the page from a release of the shipped
submissions as of the tests' day; `python -m warehouse.publication.collection_pages` of
LINEABASE_HOME. A test fails if the page is out of date.
"""

from __future__ import annotations

import duckdb

from schemas.pages import Lang, table, write
from schemas.tables import INDICATOR_VALUES
from schemas.words import say
from warehouse.home import Home
from warehouse.publication.collection_tables import tables_by_collection
from warehouse.publication.quality import Report, Sheet, reports

_INDICATORS = f"SELECT DISTINCT collection, indicator FROM {INDICATOR_VALUES.full_name} ORDER BY ALL"
LEFT_TO_THE_SITE = "what"
"""The column of texts, which the site shows and docs/ does not."""
WORDS: dict[str, dict[Lang, str]] = {
    "title": {
        "es": "Qué es cada colección y qué llena",
        "en": "What each collection is, and what it fills",
    },
    "intro": {
        "es": "Generado de una publicación de los envíos que trae una copia del proyecto. De cada\n"
        "colección, los indicadores que llena y las tablas que muestran sus cifras; todas están en\n"
        "`core.current`. `lineabase status` nombra la que no se muestra en ninguna. Columnas:\n"
        "[tables.es.md](tables.es.md). Después, el informe de calidad de cada colección, según\n"
        "la estructura SIMS 2.0 (S.) y, donde difiere, la plantilla de los ODS. Lo que ninguna fuente dice\n"
        "consta como sin documentar. Los textos de cada serie están en `registry.series` y en las páginas.",
        "en": "Rendered from a release of the submissions that a clone brings. Of each collection, the\n"
        "indicators that it fills and the tables that show its figures; all are in `core.current`.\n"
        "`lineabase status` names one that none of them shows. Columns: [tables.en.md](tables.en.md).\n"
        "Then the quality report of each, in the structure of SIMS 2.0 (S.) and, where they differ, the SDG\n"
        "template. What no source states is not documented. The texts of each series are in\n"
        "`registry.series` and on the pages.",
    },
    "collection": {"es": "colección", "en": "collection"},
    "holds": {"es": "contiene", "en": "holds"},
    "indicators": {"es": "indicadores", "en": "indicators"},
    "tables": {"es": "tablas", "en": "tables"},
}


def page(release: duckdb.DuckDBPyConnection, lang: Lang) -> str:
    """Return the whole page in a language."""
    titles = release.execute(f"SELECT collection, title_{lang} FROM registry.collections").fetchall()
    indicators = release.execute(_INDICATORS).fetchall()
    rows = [
        [
            f"`{name}`",
            dict(titles)[name],
            _joined_codes([i for c, i in indicators if c == name]),
            _joined_codes(tables),
        ]
        for name, tables in tables_by_collection(release).items()
    ]
    columns = [WORDS[word][lang] for word in ("collection", "holds", "indicators", "tables")]
    head = [f"# {WORDS['title'][lang]}", WORDS["intro"][lang], table(columns, rows)]
    return "\n\n".join([*head, *chapters(release, lang)]) + "\n"


def chapters(release: duckdb.DuckDBPyConnection, lang: Lang) -> list[str]:
    """Return a chapter for each collection in force: its title, its concepts, its tables."""
    return [_chapter(report, lang) for report in reports(release, lang) if report.sheets]


def _chapter(report: Report, lang: Lang) -> str:
    columns = [say(f"quality.{key}", lang) for key in ("concept", "item", "known")]
    concepts = table(columns, [[item.concept, item.name, item.text] for item in report.items])
    parts = [f"## `{report.collection}`", report.title, concepts]
    return "\n\n".join([*parts, *(_sheet_text(sheet, lang) for sheet in report.sheets)])


def _sheet_text(sheet: Sheet, lang: Lang) -> str:
    shown = [n for n, name in enumerate(sheet.columns) if name != say(f"quality.{LEFT_TO_THE_SITE}", lang)]
    rows = [[row[n] for n in shown] for row in sheet.rows]
    return f"### {sheet.title}\n\n{table([sheet.columns[n] for n in shown], rows)}"


def _joined_codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    with duckdb.connect(Home.default().current, read_only=True) as current:
        write("collections", lambda lang: page(current, lang))
