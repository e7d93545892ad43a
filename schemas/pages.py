"""Functions for the rendered pages of docs/: Markdown tables, and a file per language. No text is here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

Lang = Literal["es", "en"]
DOCS = Path(__file__).parents[1] / "docs"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table. A bar in a cell is escaped."""
    return "\n".join([_row(columns), "|---" * len(columns) + "|", *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def write(name: str, page: Callable[[Lang], str]) -> None:
    """Write docs/<name>.es.md and docs/<name>.en.md."""
    for lang in ("es", "en"):
        (DOCS / f"{name}.{lang}.md").write_text(page(lang), encoding="utf-8")
