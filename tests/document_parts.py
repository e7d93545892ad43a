"""Parts of docs/ that are rendered for both languages from one source in docs/source/: tables, examples, queries.

`python -m tests.document_parts` writes them; tests/test_document_parts.py fails where a page has drifted.
A part is between a comment that names its source and `<!-- end of … -->`. A CSV is a table, in which a column
`en: title` or `es: title` belongs to one language. Any other file is an example, fenced unless it is a `.text`; `{{one|uno}}` chooses by
language.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import typer

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from schemas.pages import Lang, table
from schemas.words import say
from warehouse.home import CHECKOUT

DOCS = CHECKOUT / "docs"
SOURCE = DOCS / "source"
COMMANDS = re.compile(r"(<!-- commands -->\n).*?(<!-- end of commands -->)", re.DOTALL)
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
    """Return an example in one language: fenced, or as it is if its kind is `text`."""
    text = (SOURCE / f"{name}.{kind}").read_text(encoding="utf-8")
    chosen = _CHOICE.sub(r"\1" if lang == "en" else r"\2", text)
    return chosen.rstrip("\n") if kind == "text" else f"```{kind}\n{chosen}```"


def rendered(page: Path) -> str:
    """Return the text of a page with its parts rendered anew."""
    lang = language(page)

    def part(found: re.Match[str]) -> str:
        begin, name, kind, end = found.groups()
        text = rendered_table(name, lang) if kind == "csv" else rendered_example(name, kind, lang)
        return f"{begin}{text}\n{end}"

    text = PART.sub(part, page.read_text(encoding="utf-8"))
    return COMMANDS.sub(lambda found: f"{found[1]}{command_table(lang)}\n{found[2]}", text)


def command_table(lang: Lang) -> str:
    """Return the commands of the program with the sentence that `lineabase --help` has for each."""
    group: Any = typer.main.get_command(app)
    title = ("command", "it does") if lang == "en" else ("orden", "qué hace")
    names = group.list_commands(typer.Context(group))
    return table(title, ((f"`{name}`", say(f"help.{name}", lang)) for name in names))


def pages() -> list[Path]:
    """Return the pages that have a rendered part."""
    candidates = [*sorted(CHECKOUT.glob("README*.md")), *sorted(DOCS.rglob("*.md"))]
    parts = (PART, COMMANDS)
    return [page for page in candidates if any(p.search(page.read_text(encoding="utf-8")) for p in parts)]


if __name__ == "__main__":
    for document in pages():
        document.write_text(rendered(document), encoding="utf-8")
