"""Small SVG chart of a series: the bounds of each period, with the period of the question marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from schemas.words import number

WIDTH, HEIGHT, EDGE = 640, 220, 40
_PLOT = HEIGHT - 2 * EDGE


@dataclass(frozen=True)
class Point:
    """Bounds of a period. `is_asked` marks the period of the question."""

    label: str
    low: float
    high: float | None
    is_asked: bool = False


def chart(points: Sequence[Point], title: str, lang: str) -> Markup:
    """Draw the chart. Its title is for screen readers; the table next to it has the same data."""
    highest = max([point.high if point.high is not None else point.low for point in points] or [1]) or 1
    step = (WIDTH - 2 * EDGE) / max(len(points), 1)
    bars = [_bar(point, EDGE + n * step, step, highest) for n, point in enumerate(points)]
    top = f'<text x="4" y="{EDGE - 8}" class="tick">{escape(number(highest, lang))}</text>'
    line = f'<line x1="{EDGE}" y1="{HEIGHT - EDGE}" x2="{WIDTH - EDGE}" y2="{HEIGHT - EDGE}" class="axis"/>'
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{top}{line}{''.join(bars)}</svg>"
    )


def _bar(point: Point, x: float, step: float, highest: float) -> str:
    """Draw a solid bar up to the lower bound, and a pale bar up to the upper bound or to the top."""
    top = point.high if point.high is not None else highest
    low, high = (persons / highest for persons in (point.low, top))
    css_class = "asked" if point.is_asked else "told"
    width = max(step * 0.7, 2)
    position = f'x="{x + width / 2:.1f}" y="{HEIGHT - EDGE + 16}"'
    label = f'<text {position} class="tick middle">{escape(point.label)}</text>'
    return (
        f"{_box('pale', x, width, high)}{_box(css_class, x, width, low)}"
        f"{label if point.is_asked or step >= EDGE else ''}"
    )


def _box(kind: str, x: float, width: float, share: float) -> str:
    height = share * _PLOT
    y = HEIGHT - EDGE - height
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
