"""The picture of yes and no: a square for each country and year, full, empty, or with the mark of a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import escape

from schemas.words import say
from warehouse.publication.site import drawing, wording
from warehouse.publication.site.card import LETTERS, NOTES, Body, Width
from warehouse.publication.site.drawing import box, text
from warehouse.publication.site.tokens import token

if TYPE_CHECKING:
    from warehouse.publication.site.query_rows import DrawnFigure

NAMES, LINE, EVERY = 172.0, 26.0, 3
"""Pixels of a name on a screen and of a line; on a telephone every third year has its label."""


def squares_body(countries: Sequence[tuple[str, Sequence[DrawnFigure]]], lang: str) -> Body:
    """Return a line of squares for each country, given by its name and its rows by year."""

    def draw_squares(width: Width) -> tuple[list[str], float]:
        years = sorted({row["year"] for _, rows in countries for row in rows})
        left = 0.0 if width.is_narrow else NAMES
        step = min((width.inner - left) / len(years), 40.0)
        line_height = LINE + (18 if width.is_narrow else 0)
        parts, y = _legend(width, lang)
        for name, rows in countries:
            by_year = {row["year"]: row for row in rows}
            parts.append(text(0, y + 16, name, anchor="start", size=LETTERS, is_bold=width.is_narrow))
            top = y + (22 if width.is_narrow else 2)
            for n, year in enumerate(years):
                if year in by_year:
                    parts.append(_square(by_year[year], left + n * step, top, step - 3, lang))
            y += line_height
        every = EVERY if width.is_narrow else 1
        parts += [
            text(left + (n + 0.5) * step - 1.5, y + 16, str(year), size=NOTES)
            for n, year in enumerate(years)
            if (len(years) - 1 - n) % every == 0
        ]
        return parts, y + 22

    return draw_squares


def _legend(width: Width, lang: str) -> tuple[list[str], float]:
    entries = [
        (say("site.card.yes", lang), token("count"), ""),
        (say("site.card.no", lang), token("sheet"), token("count")),
    ]
    parts, last = drawing.legend(entries, width.inner, NOTES, gap=22)
    return parts, last + 26


def _square(row: DrawnFigure, x: float, y: float, width: float, lang: str) -> str:
    """Return the square of a year; a year without a number has its mark."""
    if not wording.is_number(row):
        title = f"<title>{escape(wording.figure_with_year(row, lang))}</title>"
        mark = text(x + width / 2, y + 15, wording.MARKS.get(row["how"], ""), size=NOTES, fill=token("muted"))
        return f"<g>{title}{mark}</g>"
    is_yes = row["value_low"] == 1
    words = f"{row['period']}: {say('site.card.yes' if is_yes else 'site.card.no', lang)}"
    fill = token("count") if is_yes else token("sheet")
    return box(x, y, width, 20, fill, words, edge_colour=token("count"))
