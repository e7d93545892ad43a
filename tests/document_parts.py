"""Parts of docs/ that are rendered for both languages from one source in docs/source/: tables, examples, queries.

`python -m tests.document_parts` writes them; tests/test_document_parts.py fails where a page has drifted.
A part is between a comment that names its source and `<!-- end of … -->`. A CSV is a table, in which a column
`en: title` or `es: title` belongs to one language. Any other file is an example; `{{one|uno}}` chooses by language.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from schemas.pages import Lang, table
from warehouse.home import CHECKOUT

DOCS = CHECKOUT / "docs"
SOURCE = DOCS / "source"
PART = re.compile(r"(<!-- docs/source/(\w+)\.(\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
_CHOICE = re.compile(r"\{\{([^|{}]*)\|([^|{}]*)\}\}")


def language(page: Path) -> Lang:
    """Return the language of a page by its name."""
    return "es" if page.name.endswith(".es.md") else "en"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table's source."""
    with (SOURCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rendered_table(name: str, lang: Lang) -> str:
    """Return a table in one language."""
    read = rows(name)
    other = "en: " if lang == "es" else "es: "
    columns = [column for column in read[0] if not column.startswith(other)]
    return table([_title(column, lang) for column in columns], ([row[c] for c in columns] for row in read))


def _title(column: str, lang: Lang) -> str:
    """Return the title of a column: `en: title`, or `title / título` of one that both languages share."""
    if column.startswith(f"{lang}: "):
        return column.removeprefix(f"{lang}: ")
    english, _, spanish = column.partition(" / ")
    return spanish if lang == "es" and spanish else english


def rendered_example(name: str, kind: str, lang: Lang) -> str:
    """Return a fenced example in one language."""
    text = (SOURCE / f"{name}.{kind}").read_text(encoding="utf-8")
    chosen = _CHOICE.sub(r"\1" if lang == "en" else r"\2", text)
    return f"```{kind}\n{chosen}```"


def rendered(page: Path) -> str:
    """Return the text of a page with its parts rendered anew."""
    lang = language(page)

    def part(found: re.Match[str]) -> str:
        begin, name, kind, end = found.groups()
        text = rendered_table(name, lang) if kind == "csv" else rendered_example(name, kind, lang)
        return f"{begin}{text}\n{end}"

    return PART.sub(part, page.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    """Return the pages that have a rendered part."""
    return [page for page in sorted(DOCS.rglob("*.md")) if PART.search(page.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for document in pages():
        document.write_text(rendered(document), encoding="utf-8")
