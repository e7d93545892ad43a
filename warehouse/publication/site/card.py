"""Complete pictures: title, unit, source, release and licence inside the SVG, at two widths.

A picture is drawn twice, for a screen and for a telephone, and never shrunk. Its body is a function of the
width, which returns the marks and their height.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from schemas.licences import licence
from schemas.words import say
from warehouse.publication.site import drawing
from warehouse.publication.site.drawing import line, text, wrap
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.tokens import token

if TYPE_CHECKING:
    from warehouse.publication.site.query_rows import WithSource

LETTERS, NOTES = 13, 12
"""Sizes of letters in pixels: labels, and notes. No letter is smaller."""


@dataclass(frozen=True)
class Width:
    """A width in pixels: of the picture, of its margin, and the size of its title."""

    pixels: float
    margin: float
    title: float

    @property
    def inner(self) -> float:
        """Pixels between the margins."""
        return self.pixels - 2 * self.margin

    @property
    def is_narrow(self) -> bool:
        """True for the width of a telephone."""
        return self is NARROW


WIDE, NARROW = Width(748, 24, 20), Width(358, 14, 17)
Body = Callable[[Width], tuple[list[str], float]]
"""Marks of a picture between its margins from (0, 0) on, and their height."""


@dataclass(frozen=True)
class Card:
    """Texts of a picture: a finding, what is counted in which unit, a note, and the lines of its source."""

    title: str
    subtitle: str
    source: Sequence[str]
    note: str = ""


def draw_card(card: Card, body: Body, *, description: str = "") -> dict[str, Markup]:
    """Return a picture for a screen (`svg`) and a telephone (`narrow`). `description`: its values."""
    widths = {"svg": WIDE, "narrow": NARROW}
    return {name: _draw_width(card, body, width, description) for name, width in widths.items()}


def frame_picture(card: Card, picture: Markup) -> Markup:
    """Return a picture of its own with the texts of a card around it, to be taken away."""
    [(width, height)] = ((float(w), float(h)) for w, h in _SIZE.findall(picture))

    def draw_inside(card_width: Width) -> tuple[list[str], float]:
        inner_height = card_width.inner * height / width
        size = f'<svg width="{card_width.inner:g}" height="{inner_height:.1f}" '
        return [str(picture).replace("<svg ", size, 1)], inner_height

    return _draw_width(card, draw_inside, WIDE, "")


_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def _draw_width(card: Card, body: Body, width: Width, description: str) -> Markup:
    title_lines = wrap(card.title.removesuffix("."), width.inner, width.title * 1.24)
    parts, y = _lines(title_lines, 0, width.title, is_title=True)
    subtitle, y = _lines(wrap(card.subtitle, width.inner, LETTERS), y + 5, LETTERS, fill=token("muted"))
    marks, height = body(width)
    y += 14
    parts += [
        *subtitle,
        f'<g class="body" transform="translate(0,{y:.1f})">',
        *marks,
        "</g>",
        '<g class="foot">',
    ]
    y += height + 10
    if card.note:
        note, y = _lines(wrap(card.note, width.inner, NOTES), y, NOTES, fill=token("muted"))
        parts += note
        y += 6
    parts.append(line(0, y, width.inner, y, token("line")))
    sources = [text_line for source in card.source for text_line in wrap(source, width.inner, NOTES)]
    source, y = _lines(sources, y + 4, NOTES, fill=token("muted"))
    inside = [
        f'<g transform="translate({width.margin:g},{width.margin - 4:g})">',
        *parts,
        *source,
        "</g></g>",
    ]
    total_height = y + 2 * width.margin - 4
    ground = drawing.box(0, 0, width.pixels, total_height, token("sheet"))
    label = " ".join(filter(None, [card.title, card.subtitle, description]))
    return drawing.picture(width.pixels, total_height, [ground, *inside], label, kind="card")


def _lines(
    lines: Iterable[str], y: float, size: float, *, fill: str = "", is_title: bool = False
) -> tuple[list[str], float]:
    """Return lines of text from a height on, and the height below them."""
    parts = []
    for words in lines:
        y += round(size * 1.32, 1)
        parts.append(
            text(0, y - 3, words, anchor="start", size=size, fill=fill or token("ink"), is_title=is_title)
        )
    return parts, y


def source_lines(facts: Facts, collections: Iterable[str], lang: str) -> list[str]:
    """Return the source lines of a picture: publishers with the day received, release, licence, address."""
    rows = [facts.collections[name] for name in sorted({*collections})]
    sources = "; ".join(
        say("site.card.source", lang, citation=row["citation"], received=row["received_on"]) for row in rows
    )
    licences = dict.fromkeys(licence(row["licence"], lang) for row in rows if row["licence"])
    ends = [
        say("site.card.release", lang, release=facts.release["release"]),
        *licences,
        facts.deployment.address or "",
    ]
    return [say("site.card.sources", lang, sources=sources), " · ".join(filter(None, ends))]


def collections_of(rows: Iterable[WithSource]) -> set[str]:
    """Return the collections behind rows of a release."""
    return {name for row in rows for name in (row["collection"] or "").split()}
