"""Bars of where victims are from: what is sure of each class, and between them the part of unknown origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import say
from warehouse.publication.charts import COLOURS
from warehouse.publication.site import drawing
from warehouse.publication.site.card import LETTERS, NOTES, Body, Width
from warehouse.publication.site.drawing import box, line, text, wrap
from warehouse.publication.site.tokens import token

BAR = 32.0


@dataclass(frozen=True)
class OriginBar:
    """A whole with the lower bounds of its classes, and the texts of the bounds of inside and outside."""

    heading: str
    whole: str
    own: float
    others: float
    outside: float
    inside_text: str
    outside_text: str
    is_other_unit: bool = False

    @property
    def unknown(self) -> float:
        """The share whose origin is not known."""
        return max(1 - self.own - self.others - self.outside, 0.0)


def bars_body(bars: Sequence[OriginBar], lang: str, name: str) -> Body:
    """Return the legend and the bars, each a whole of its own."""

    def draw_bars(width: Width) -> tuple[list[str], float]:
        hatching = f"{name}-{width.pixels:g}"
        legend, y = _legend(hatching, width, lang)
        parts = [drawing.hatching(hatching), *legend]
        for n, bar in enumerate(bars):
            if n:
                parts.append(line(0, y, width.inner, y, token("line")))
            marks, height = _bar(bar, hatching, width, lang)
            parts.append(f'<g transform="translate(0,{y:.1f})">{"".join(marks)}</g>')
            y += height
        return parts, y

    return draw_bars


def _legend(hatching: str, width: Width, lang: str) -> tuple[list[str], float]:
    fills = {
        OWN_NATIONAL: (COLOURS[OWN_NATIONAL], ""),
        INTRA_REGIONAL: (COLOURS[INTRA_REGIONAL], ""),
        "unknown": (f"url(#{hatching})", token("unknown")),
        EXTRA_REGIONAL: (COLOURS[EXTRA_REGIONAL], ""),
    }
    entries = [(say(f"site.front.class.{name}", lang), *colours) for name, colours in fills.items()]
    parts, last = drawing.legend(entries, width.inner, NOTES, gap=15)
    return parts, last + 26


def _bar(bar: OriginBar, hatching: str, width: Width, lang: str) -> tuple[list[str], float]:
    """Return heading, bar and bounds of a whole, and their height."""
    colour = token("other-unit") if bar.is_other_unit else token("ink")
    parts, y = [text(0, 16, bar.heading, anchor="start", size=LETTERS, is_bold=True, fill=colour)], 20.0
    for words in wrap(bar.whole, width.inner, NOTES):
        y += 16
        parts.append(text(0, y - 4, words, anchor="start", size=NOTES, fill=token("muted")))
    y += 4
    x = 0.0
    for share, fill, edge, name in (
        (bar.own, COLOURS[OWN_NATIONAL], "", OWN_NATIONAL),
        (bar.others, COLOURS[INTRA_REGIONAL], "", INTRA_REGIONAL),
        (bar.unknown, f"url(#{hatching})", token("unknown"), "unknown"),
        (bar.outside, COLOURS[EXTRA_REGIONAL], "", EXTRA_REGIONAL),
    ):
        part = share * width.inner
        if part > 0:
            parts.append(box(x, y, part, BAR, fill, say(f"site.front.class.{name}", lang), edge_colour=edge))
        x += part
    inside = (bar.own + bar.others) * width.inner
    y += BAR + 4
    if inside > 2:
        parts.append(_bracket(0, inside, y))
    if bar.outside * width.inner > 2:
        parts.append(_bracket((1 - bar.outside) * width.inner, width.inner, y))
    inside_words = say("site.front.inside", lang, share=bar.inside_text)
    outside_words = say("site.front.outside", lang, share=bar.outside_text)
    parts.append(text(0, y + 20, inside_words, anchor="start", size=LETTERS))
    fits = drawing.text_width(f"{inside_words} {outside_words}", LETTERS) < width.inner
    y += 20 if fits else 38
    parts.append(text(width.inner, y, outside_words, anchor="end", size=LETTERS))
    label = escape(f"{bar.heading}: {inside_words}; {outside_words}")
    return [f"<g><title>{label}</title>{''.join(parts)}</g>"], y + 14


def _bracket(left: float, right: float, y: float) -> str:
    return f'<path d="M{left + 0.5:.1f},{y:.1f}v5H{right - 0.5:.1f}v-5" fill="none" stroke="{token("ink")}"/>'
