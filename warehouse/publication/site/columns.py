"""Columns of yearly counts: solid to the lower bound, hatched to the upper, marks for years without a figure.

Columns of one plot have one unit. A year that counts something else has a mark and no column; a doubtful year
has a mark and does not set the scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from warehouse.publication.site import drawing
from warehouse.publication.site.card import NOTES
from warehouse.publication.site.drawing import box, line, text
from warehouse.publication.site.tokens import token

NO_FIGURE, IN_DOUBT, OTHER_UNIT = "–", "?", "≠"
"""Marks below a plot: no figure, a figure in doubt, a figure of another unit."""
CAP = 3
"""Fewest pixels of the hatched part, so that a small interval is seen."""


@dataclass(frozen=True)
class Column:
    """A year: its bounds and their text, or the mark that stands for them."""

    year: int
    low: float | None
    high: float | None
    words: str
    mark: str = ""


@dataclass(frozen=True)
class Plot:
    """Place and look of columns: pixels, the id of the hatching, colours of the others and of the last."""

    left: float
    width: float
    height: float
    hatching: str
    fill: str
    last_fill: str
    edge: str = ""


def highest(columns: Sequence[Column]) -> float:
    """Return the largest bound of the columns that are drawn, open ones left out; 1 for none."""
    return max((reach(column) for column in columns if is_drawn(column)), default=0) or 1


def reach(column: Column) -> float:
    """Return where a drawn column ends: its upper bound, or its lower one where the upper is open."""
    high = column.high
    return (column.low or 0.0) if high is None or math.isinf(high) else high


def is_drawn(column: Column) -> bool:
    """Return whether a year has a column: a number of this unit that is not in doubt."""
    return column.low is not None and not column.mark


def last_drawn(columns: Sequence[Column]) -> Column | None:
    """Return the newest column."""
    return next((column for column in reversed(columns) if is_drawn(column)), None)


def draw_columns(columns: Sequence[Column], plot: Plot, top: float) -> list[str]:
    """Return the columns over a base line whose highest reaches `top` at least."""
    scale = drawing.Scale(max(top, highest(columns)), plot.height)
    step = plot.width / len(columns)
    parts = []
    for n, column in enumerate(columns):
        x, width = plot.left + n * step, step * 0.76
        parts.append(
            _column(column, x + (step - width) / 2, width, scale, plot, column is last_drawn(columns))
        )
    parts.append(line(plot.left, plot.height, plot.left + plot.width, plot.height, token("ink"), 1.2))
    return parts


def middle(plot: Plot, columns: Sequence[Column], position: int) -> float:
    """Return the middle of a column, from the left."""
    return plot.left + (position + 0.5) * plot.width / len(columns)


def _column(column: Column, x: float, width: float, scale: drawing.Scale, plot: Plot, is_last: bool) -> str:
    title = f"<title>{escape(f'{column.year}: {column.words}')}</title>"
    if not is_drawn(column):
        mark = text(x + width / 2, plot.height - 3, column.mark or NO_FIGURE, size=NOTES, fill=token("muted"))
        return f"<g>{title}{mark}</g>"
    low = column.low or 0
    solid, parts = scale.y(low), []
    if low:
        fill = plot.last_fill if is_last else plot.fill
        parts.append(box(x, solid, width, plot.height - solid, fill, edge_colour=plot.edge))
    if column.high is None or column.high > low:
        reach = 0.0 if column.high is None or math.isinf(column.high) else scale.y(column.high)
        cap = max(solid - reach, CAP)
        fill = f"url(#{plot.hatching})"
        parts.append(box(x, solid - cap, width, cap, fill, edge_colour=token("unknown")))
    if not parts:  # a zero that is known
        parts.append(box(x, plot.height - 1, width, 1, plot.fill))
    return f"<g>{title}{''.join(parts)}</g>"


def axis_values(highest_value: float) -> list[float]:
    """Return the round values with a grid line; the last is no less than the highest column."""
    step = drawing.round_step(highest_value, 5)
    return [n * step for n in range(math.ceil(highest_value / step - 1e-9) + 1)]


def axis(plot: Plot, top: float, labels: Sequence[tuple[float, str]]) -> list[str]:
    """Return a grid line with a label for each value."""
    scale = drawing.Scale(top, plot.height)
    return [
        part
        for value, words in labels
        for part in (
            line(plot.left, scale.y(value), plot.left + plot.width, scale.y(value)),
            text(plot.left - 6, scale.y(value) + 4, words, anchor="end", size=NOTES, fill=token("muted")),
        )
    ]


def number_above(
    columns: Sequence[Column], plot: Plot, top: float, position: int, *, bold: bool
) -> list[str]:
    """Return the text of a column above it; an interval takes two lines where one is too wide."""
    column = columns[position]
    scale = drawing.Scale(max(top, highest(columns)), plot.height)
    y = scale.y(reach(column)) - 6
    room, words = 1.05 * plot.width / len(columns), [column.words]
    if drawing.text_width(column.words, NOTES) > room and "–" in column.words:
        first, rest = column.words.split("–", 1)
        words = [f"{first}–", rest]
    x = middle(plot, columns, position)
    half = max(drawing.text_width(line_words, NOTES) for line_words in words) / 2
    x = min(x, plot.left + plot.width - half + 6)
    return [
        text(x, y - 13 * (len(words) - 1 - n), line_words, size=NOTES, is_bold=bold, has_rim=True)
        for n, line_words in enumerate(words)
    ]
