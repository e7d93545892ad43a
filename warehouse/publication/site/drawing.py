"""Pictures of the site as SVG: shapes, text and tooltips, without scripts or decisions about content.

Each picture has a text for screen readers. Its marks have a `<title>`, which browsers show as a tooltip.
Colours come from charts.py and are written at the marks, so that a picture looks the same outside its page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from warehouse.publication.charts import BAND, INK, PALE_INK
from warehouse.publication.site.tokens import token

GRID, SOLID, PALE = token("grid"), token("count"), token("count-mid")
FONT, TITLE_FONT = (token(name).replace('"', "'") for name in ("sans", "serif"))


@dataclass(frozen=True)
class Point:
    """The bounds of a period with its tooltip. A point without bounds has a mark instead."""

    at: int
    low: float | None
    high: float | None
    tooltip: str
    mark: str = ""
    is_doubted: bool = False


def picture(width: float, height: float, body: Iterable[str], label: str, *, kind: str = "") -> Markup:
    """Return a whole SVG of that size in its own pixels."""
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}" class="{kind}" font-family="{FONT}" font-size="11" fill="{INK}">'
        f"{''.join(body)}</svg>"
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    tooltip: str = "",
    *,
    is_dashed: bool = False,
    edge_colour: str = "",
) -> str:
    """Return a rectangle with a tooltip. A dashed edge means that its content is unknown."""
    edge = f' stroke="{PALE_INK}" stroke-dasharray="3 2"' if is_dashed else ""
    if edge_colour:
        edge = f' stroke="{edge_colour}"'
    title = f"<title>{escape(tooltip)}</title>" if tooltip else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}" '
        f'fill="{fill}"{edge}>{title}</rect>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, width: float = 1, dash: str = ""
) -> str:
    """Return a straight line."""
    dash_attribute = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{stroke}" stroke-width="{width:g}"{dash_attribute}/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "middle",
    size: float = 11,
    fill: str = INK,
    has_rim: bool = False,
    is_bold: bool = False,
    is_title: bool = False,
) -> str:
    """Return a text, with a white rim if lines may run behind it.

    The rim is a separate element, because programs disagree whether fill or stroke is painted first.
    """
    weight = ' font-weight="600"' if is_bold else ""
    if is_title:
        weight = f' font-weight="700" font-family="{TITLE_FONT}"'
    opening = f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}"{weight}'
    escaped = escape(words)
    rim_text = f'{opening} fill="#fff" stroke="#fff" stroke-width="3">{escaped}</text>' if has_rim else ""
    return f'{rim_text}{opening} fill="{fill}">{escaped}</text>'


NARROW_LETTERS, WIDE_LETTERS = frozenset("iljtfrI.,:;'()[]|! -·"), frozenset("mwMW—@%≥≤")


def text_width(words: str, size: float) -> float:
    """Return about how wide a text is, rather more than less: a page does not know the reader's letters."""
    shares = (
        0.36 if c in NARROW_LETTERS else 0.9 if c in WIDE_LETTERS else 0.68 if c.isupper() else 0.6
        for c in words
    )
    return size * sum(shares)


LegendEntry = tuple[str, str, str]
"""Words of a legend, the colour of its square, and the colour of the edge, empty for none."""


def legend(
    entries: Iterable[LegendEntry], width: float, size: float, *, gap: float = 14
) -> tuple[list[str], float]:
    """Return squares with their words, in as many lines as they need, and the top of the last line."""
    parts, x, y = [], 0.0, 0.0
    for words, fill, edge in entries:
        item_width = 20 + text_width(words, size)
        if x and x + item_width > width:
            x, y = 0.0, y + 20
        parts.append(box(x, y, 14, 14, fill, edge_colour=edge))
        parts.append(text(x + 20, y + 12, words, anchor="start", size=size))
        x += item_width + gap
    return parts, y


def wrap(words: str, width: float, size: float) -> list[str]:
    """Return a text as lines that fit a width."""
    lines: list[str] = []
    for word in words.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        elif word:
            lines.append(word)
    return lines


def hatching(name: str, colour: str = "") -> str:
    """Return the definition of a hatching. Each picture has its own: a hidden picture has none."""
    stroke = colour or token("unknown")
    return (
        f'<defs><pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
        f'<rect width="1.6" height="5" fill="{stroke}"/></pattern></defs>'
    )


# ---- scales ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """A scale from values to pixels: linear, or logarithmic for counts of very different size."""

    highest: float
    height: float
    by_tens: bool = False

    def y(self, value: float) -> float:
        """Return the distance of a value from the top."""
        if self.by_tens:
            share = math.log10(1 + value) / (math.log10(1 + self.highest) or 1)
        else:
            share = value / (self.highest or 1)
        return self.height * (1 - min(max(share, 0), 1))

    @property
    def ticks(self) -> list[float]:
        """The values that have a grid line."""
        if self.by_tens:
            return [0, *(10**n for n in range(math.ceil(math.log10(1 + self.highest))))]
        step = round_step(self.highest)
        return [n * step for n in range(int(self.highest / step + 1e-9) + 1)]


def round_step(highest: float, lines: int = 4) -> float:
    """Return a round step that gives about so many grid lines."""
    rough = (highest or 1) / lines
    power = 10 ** math.floor(math.log10(rough))
    return float(next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * 0.999))


# ---- a series in a small frame ---------------------------------------------------------------------

FRAME_WIDTH, FRAME_HEIGHT, FRAME_LEFT, FRAME_FOOT = 232, 118, 38, 18


def small_frame(
    points: Sequence[Point], scale: Scale, labels: dict[float, str], *, years: tuple[int, int], label: str
) -> Markup:
    """Return a series on a shared scale: a dot for an exact value, else a bar between the bounds."""
    first, last = years
    step = (FRAME_WIDTH - FRAME_LEFT - 6) / max(last - first, 1)
    parts = [line(FRAME_LEFT, 6 + scale.y(t), FRAME_WIDTH - 2, 6 + scale.y(t)) for t in labels]
    parts += [
        text(FRAME_LEFT - 4, 10 + scale.y(t), words, anchor="end", size=9, fill=PALE_INK)
        for t, words in labels.items()
    ]
    parts += [text(FRAME_LEFT + 2, FRAME_HEIGHT - 4, str(first), anchor="start", size=9, fill=PALE_INK)]
    parts += [text(FRAME_WIDTH - 2, FRAME_HEIGHT - 4, str(last), anchor="end", size=9, fill=PALE_INK)]
    parts += [_mark(p, FRAME_LEFT + 3 + (p.at - first) * step, scale, min(step * 0.6, 7)) for p in points]
    return picture(FRAME_WIDTH, FRAME_HEIGHT, parts, label, kind="multiple")


def history(values: Sequence[tuple[str, float, float | None, str]], label: str) -> Markup:
    """Return a figure by the day on which it was known: a step for each day, low, high and text.

    The scale begins at zero, so that a small revision looks small.
    """
    scale = frame_scale(max(low if high is None else high for _, low, high, _ in values), by_tens=False)
    step = (FRAME_WIDTH - 6) / len(values)
    parts = [line(3, 6 + scale.y(0), FRAME_WIDTH - 3, 6 + scale.y(0))]
    for position, (day, low, high, words) in enumerate(values):
        x, top = 3 + position * step, 6 + scale.y(low if high is None else high)
        height = max(6 + scale.y(low) - top, 3)
        parts.append(box(x, top, step - 3, height, SOLID, f"{day}: {words}"))
        anchor, edge = ("end", FRAME_WIDTH - 3) if position == len(values) - 1 else ("start", x)
        if position in (0, len(values) - 1):
            parts.append(text(edge, FRAME_HEIGHT - 4, day, anchor=anchor, size=9, fill=PALE_INK))
    return picture(FRAME_WIDTH, FRAME_HEIGHT, parts, label, kind="multiple")


def frame_scale(highest: float, *, by_tens: bool) -> Scale:
    """Return the scale of small frames."""
    return Scale(highest, FRAME_HEIGHT - FRAME_FOOT - 12, by_tens)


def _mark(point: Point, x: float, scale: Scale, width: float) -> str:
    title = f"<title>{escape(point.tooltip)}</title>"
    if point.low is None:
        mark = text(x, 4 + scale.y(0), point.mark, size=9, fill=PALE_INK)
        return f"<g>{title}{mark}</g>" if point.mark else ""
    top = 6 + scale.y(scale.highest if point.high is None else point.high)
    bottom = 6 + scale.y(point.low)
    fill = "#fff" if point.is_doubted else SOLID
    if bottom - top < 1.5:
        return (
            f'<circle cx="{x:.1f}" cy="{bottom:.1f}" r="2.6" fill="{fill}" stroke="{SOLID}">{title}</circle>'
        )
    edge = f' stroke="{SOLID}" stroke-dasharray="2 2"' if point.is_doubted or point.high is None else ""
    return (
        f'<rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}" '
        f'fill="{"#fff" if point.is_doubted else PALE}"{edge}>{title}</rect>'
    )


# ---- shares from bound to bound --------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """A part of a whole with its bounds and text. A share without bounds has only the text."""

    name: str
    low: float | None
    high: float | None
    text: str
    colour: str = SOLID


def shares(rows: Sequence[Share], label: str, *, width: float = 710) -> Markup:
    """Return bars of shares: solid up to the lower bound, dashed up to the upper, text on the right."""
    parts, height = share_bars(rows, width)
    return picture(width, height, parts, label, kind="shares")


def share_bars(rows: Sequence[Share], width: float, *, letters: float = 11) -> tuple[list[str], float]:
    """Return the bars of shares with their names on the left and texts on the right, and their height."""
    left, right, line_height = 210.0, 180.0, 24.0
    plot = width - left - right
    parts = _percent_axis(left, plot, line_height * len(rows), size=max(letters, 9))
    for n, row in enumerate(rows):
        y = n * line_height + 4
        parts.append(text(left - 8, y + 12, row.name, anchor="end", size=letters))
        parts.append(text(width - right + 8, y + 12, row.text, anchor="start", size=letters))
        parts += _bar(row, left, y, plot, 16)
    return parts, line_height * len(rows) + 18


def narrow_shares(rows: Sequence[Share], label: str) -> Markup:
    """Return the same for a narrow screen: name and figure above each bar, so the axis fits."""
    parts, height = narrow_share_bars(rows)
    return picture(NARROW_BARS, height, parts, label, kind="shares")


NARROW_BARS = 330.0
"""Width of bars of shares for a narrow screen."""


def narrow_share_bars(rows: Sequence[Share]) -> tuple[list[str], float]:
    """Return the bars for a narrow screen, and their height."""
    left, right, line_height = 6.0, 12.0, 52.0
    plot = NARROW_BARS - left - right
    parts = _percent_axis(left, plot, line_height * len(rows), size=12)
    for n, row in enumerate(rows):
        y = n * line_height + 32
        parts.append(text(left, y - 18, row.name, anchor="start", size=12, has_rim=True))
        parts.append(text(left, y - 4, row.text, anchor="start", size=12, has_rim=True))
        parts += _bar(row, left, y, plot, 14)
    return parts, line_height * len(rows) + 18


def _percent_axis(left: float, plot: float, height: float, *, size: float) -> list[str]:
    """Return the axis from 0 to 100 with a line for each quarter."""
    positions = {tick: left + plot * tick / 100 for tick in range(0, 101, 25)}
    return [
        part
        for tick, x in positions.items()
        for part in (line(x, 0, x, height), text(x, height + 13, f"{tick}", size=size))
    ]


def _bar(row: Share, left: float, y: float, plot: float, height: float) -> list[str]:
    """Return the solid and the dashed part of a bar; nothing for a share without bounds."""
    if row.low is None:
        return []
    tooltip = f"{row.name}: {row.text}"
    solid, dashed = (plot * share for share in (row.low, 1.0 if row.high is None else row.high))
    bars = [box(left, y, solid, height, row.colour, tooltip)]
    if dashed > solid:
        bars.append(box(left + solid, y, dashed - solid, height, "#fff", tooltip, is_dashed=True))
    return bars


def band(x: float, width: float, height: float, words: str) -> list[str]:
    """Return the band behind the baseline years."""
    return [box(x, 0, width, height, BAND), text(x + 4, 11, words, anchor="start", size=10)]
