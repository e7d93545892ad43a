"""The picture of revised totals: a row for each, from the value before (ring) to the value now (dot)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from schemas.words import number, say
from warehouse.publication.site import columns, drawing
from warehouse.publication.site.card import LETTERS, NOTES, Body, Width
from warehouse.publication.site.drawing import line, text
from warehouse.publication.site.tokens import token

ROW, NARROW_ROW = 26.0, 38.0
"""Pixels of a row. On a telephone the words stand above the marks."""


@dataclass(frozen=True)
class RevisedTotal:
    """A total that changed: its name, both values and their texts. `new` is None for a withdrawn one."""

    name: str
    old: float
    new: float | None
    old_text: str
    new_text: str


def revisions_body(totals: Sequence[RevisedTotal], lang: str) -> Body:
    """Return the rows on one scale that begins at zero; all totals have the same unit."""

    def draw_rows(width: Width) -> tuple[list[str], float]:
        left = right = 5.0
        if not width.is_narrow:
            left += max(drawing.text_width(total.name, LETTERS) for total in totals) + 10
            right += max(drawing.text_width(_values(total), LETTERS) for total in totals) + 16
        values = [value for total in totals for value in (total.old, total.new) if value is not None]
        ticks = columns.axis_values(max([*values, 1]))
        plot, row = width.inner - left - right, NARROW_ROW if width.is_narrow else ROW

        def at(value: float) -> float:
            return left + plot * value / ticks[-1]

        height = row * len(totals)
        parts = [line(at(tick), 18, at(tick), 18 + height) for tick in ticks]
        for tick in ticks:
            anchor = "end" if tick == ticks[-1] else "start" if not tick else "middle"
            parts.append(
                text(at(tick), 11, number(tick, lang), anchor=anchor, size=NOTES, fill=token("muted"))
            )
        for n, total in enumerate(totals):
            parts.append(_row(total, 18 + row * n, at, width, lang))
        return parts, 24 + height

    return draw_rows


def _values(total: RevisedTotal) -> str:
    return f"{total.old_text} → {total.new_text}"


def _row(total: RevisedTotal, top: float, at: Callable[[float], float], width: Width, lang: str) -> str:
    """Return the row of a total from a height on."""
    words_at = top + (14 if width.is_narrow else 17)
    y = top + (25 if width.is_narrow else 13)
    old, new = at(total.old), at(total.new if total.new is not None else total.old)
    colour = token("count")
    marks = [line(old, y, new, y, token("count-mid"), 2)]
    marks.append(
        f'<circle cx="{old:.1f}" cy="{y:.1f}" r="5" fill="#fff" stroke="{colour}" stroke-width="2"/>'
    )
    if total.new is None:
        marks.append(text(old, y + 4, "×", size=LETTERS, fill=token("break")))
    else:
        marks.append(f'<circle cx="{new:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
    marks.append(text(0, words_at, total.name, anchor="start", size=LETTERS, has_rim=True))
    marks.append(text(width.inner, words_at, _values(total), anchor="end", size=LETTERS, has_rim=True))
    title = escape(
        f"{total.name}: {say('site.front.revised_was', lang, old=total.old_text, new=total.new_text)}"
    )
    return f"<g><title>{title}</title>{''.join(marks)}</g>"
