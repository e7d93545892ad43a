"""Pictures of the site as SVG: shapes, text and tooltips, no script. What is drawn is decided elsewhere.

Each is one picture with its text for whoever hears it; its marks bear a `<title>`, which browsers show.
Colours are those of charts.py, written at the marks, so that a picture taken out of its page looks the same.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from warehouse.publication.charts import BAND, BREAK, INK, PALE_INK

GRID, SOLID, PALE = "#D9D9D9", "#22305C", "#8C99C9"
FONT = "system-ui, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Point:
    """What one period may be; without bounds a mark says what it is instead. `told` is its tooltip."""

    at: int
    low: float | None
    high: float | None
    told: str
    mark: str = ""
    is_doubted: bool = False


def picture(width: float, height: float, body: Iterable[str], label: str, *, kind: str = "") -> Markup:
    """A whole SVG of that size in its own pixels."""
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}" class="{kind}" font-family="{FONT}" font-size="11" fill="{INK}">'
        f"{''.join(body)}</svg>"
    )


def box(
    x: float, y: float, width: float, height: float, fill: str, told: str = "", *, dashed: bool = False
) -> str:
    """A rectangle and its tooltip; a dashed edge says that what it holds is not known."""
    edge = f' stroke="{PALE_INK}" stroke-dasharray="3 2"' if dashed else ""
    inside = f"<title>{escape(told)}</title>" if told else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}" '
        f'fill="{fill}"{edge}>{inside}</rect>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, width: float = 1, dash: str = ""
) -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "middle",
    size: float = 11,
    fill: str = INK,
    rim: bool = False,
    bold: bool = False,
) -> str:
    """Words at a place, on a rim of white where lines may run behind them.

    The rim is a text of its own: not every program that draws SVG knows which of stroke and fill comes first.
    """
    more = ' font-weight="600"' if bold else ""
    begun = f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}"{more}'
    told = escape(words)
    below = f'{begun} fill="#fff" stroke="#fff" stroke-width="3">{told}</text>' if rim else ""
    return f'{below}{begun} fill="{fill}">{told}</text>'


# ---- scales ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """Values to pixels from the top: straight, or by tens for counts that differ a thousandfold."""

    most: float
    height: float
    by_tens: bool = False

    def y(self, value: float) -> float:
        """How far from the top a value lies."""
        if self.by_tens:
            share = math.log10(1 + value) / (math.log10(1 + self.most) or 1)
        else:
            share = value / (self.most or 1)
        return self.height * (1 - min(max(share, 0), 1))

    @property
    def ticks(self) -> list[float]:
        """The values that have a line."""
        if self.by_tens:
            return [0, *(10**n for n in range(math.ceil(math.log10(1 + self.most))))]
        step = _step(self.most)
        return [n * step for n in range(int(self.most / step + 1e-9) + 1)]


def _step(most: float) -> float:
    """A round step that gives three to six lines."""
    rough = (most or 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    return float(next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * 0.999))


# ---- a series in a small frame --------------------------------------------------------------------

WIDE, HIGH, LEFT, FOOT = 232, 118, 38, 18


def multiple(
    points: Sequence[Point], scale: Scale, labels: dict[float, str], *, years: tuple[int, int], label: str
) -> Markup:
    """One series on a scale that others share: a dot where it is exact, else a bar from bound to bound."""
    first, last = years
    step = (WIDE - LEFT - 6) / max(last - first, 1)
    parts = [line(LEFT, 6 + scale.y(t), WIDE - 2, 6 + scale.y(t)) for t in labels]
    parts += [
        text(LEFT - 4, 10 + scale.y(t), words, anchor="end", size=9, fill=PALE_INK)
        for t, words in labels.items()
    ]
    parts += [text(LEFT + 2, HIGH - 4, str(first), anchor="start", size=9, fill=PALE_INK)]
    parts += [text(WIDE - 2, HIGH - 4, str(last), anchor="end", size=9, fill=PALE_INK)]
    parts += [_mark(p, LEFT + 3 + (p.at - first) * step, scale, min(step * 0.6, 7)) for p in points]
    return picture(WIDE, HIGH, parts, label, kind="multiple")


def multiple_scale(most: float, *, by_tens: bool) -> Scale:
    """The scale of small frames."""
    return Scale(most, HIGH - FOOT - 12, by_tens)


def _mark(point: Point, x: float, scale: Scale, width: float) -> str:
    told = f"<title>{escape(point.told)}</title>"
    if point.low is None:
        shown = text(x, 4 + scale.y(0), point.mark, size=9, fill=PALE_INK)
        return f"<g>{told}{shown}</g>" if point.mark else ""
    top = 6 + scale.y(scale.most if point.high is None else point.high)
    bottom = 6 + scale.y(point.low)
    fill = "#fff" if point.is_doubted else SOLID
    if bottom - top < 1.5:
        return (
            f'<circle cx="{x:.1f}" cy="{bottom:.1f}" r="2.6" fill="{fill}" stroke="{SOLID}">{told}</circle>'
        )
    edge = f' stroke="{SOLID}" stroke-dasharray="2 2"' if point.is_doubted or point.high is None else ""
    return (
        f'<rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}" '
        f'fill="{"#fff" if point.is_doubted else PALE}"{edge}>{told}</rect>'
    )


def sheet(frames: Sequence[tuple[str, Markup]], title: str, *, columns: int = 4) -> Markup:
    """Small frames side by side, each under its name: one picture."""
    heading = textwrap.wrap(title, 120)
    top = 16 + 18 * len(heading)
    parts = [
        text(0, 14 + 18 * n, words, anchor="start", size=13, bold=True) for n, words in enumerate(heading)
    ]
    for n, (name, frame) in enumerate(frames):
        x, y = n % columns * (WIDE + 12), top + n // columns * (HIGH + 22)
        parts.append(text(x + 2, y + 10, name, anchor="start", bold=True))
        placed = f'<svg x="{x}" y="{y + 14}" width="{WIDE}" height="{HIGH}" '
        parts.append(str(frame).replace("<svg ", placed, 1))
    lines = -(-len(frames) // columns)
    return picture(columns * (WIDE + 12), top + lines * (HIGH + 22), parts, title)


# ---- shares from bound to bound -------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """A part of a whole, from the least to the most it may be; without bounds, what stands there instead."""

    name: str
    low: float | None
    high: float | None
    said: str
    colour: str = SOLID


def shares(rows: Sequence[Share], label: str, *, width: float = 710) -> Markup:
    """Shares one under the other: whole up to the least, dashed up to the most; the words beside them."""
    left, right, high = 210.0, 180.0, 24.0
    plot = width - left - right
    parts = _percents(left, plot, high * len(rows), size=9)
    for n, row in enumerate(rows):
        y = n * high + 4
        parts.append(text(left - 8, y + 12, row.name, anchor="end"))
        parts.append(text(width - right + 8, y + 12, row.said, anchor="start"))
        parts += _bar(row, left, y, plot, 16)
    return picture(width, high * len(rows) + 18, parts, label, kind="shares")


def narrow_shares(rows: Sequence[Share], label: str) -> Markup:
    """The same for a narrow screen: each name and figure over its bar, so that the whole axis is seen."""
    width, left, right, high = 330.0, 6.0, 12.0, 52.0
    plot = width - left - right
    parts = _percents(left, plot, high * len(rows), size=11)
    for n, row in enumerate(rows):
        y = n * high + 32
        parts.append(text(left, y - 18, row.name, anchor="start", size=12, rim=True))
        parts.append(text(left, y - 4, row.said, anchor="start", size=12, rim=True))
        parts += _bar(row, left, y, plot, 14)
    return picture(width, high * len(rows) + 18, parts, label, kind="shares")


def _percents(left: float, plot: float, high: float, *, size: int) -> list[str]:
    """The axis from 0 to 100, a line for each quarter."""
    places = {tick: left + plot * tick / 100 for tick in range(0, 101, 25)}
    return [
        part
        for tick, x in places.items()
        for part in (line(x, 0, x, high), text(x, high + 13, f"{tick}", size=size))
    ]


def _bar(row: Share, left: float, y: float, plot: float, high: float) -> list[str]:
    """A share as a bar, whole up to the least and dashed up to the most; none without bounds."""
    if row.low is None:
        return []
    top, told = 1.0 if row.high is None else row.high, f"{row.name}: {row.said}"
    sure = box(left, y, plot * row.low, high, row.colour, told)
    if top <= row.low:
        return [sure]
    return [sure, box(left + plot * row.low, y, plot * (top - row.low), high, "#fff", told, dashed=True)]


# ---- months ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """A month of a series: months after the first, bounds, tooltip, whether it is an alert."""

    at: int
    low: float
    high: float | None
    told: str
    is_alert: bool = False


def months(
    points: Sequence[Month], years: Sequence[tuple[int, str]], ticks: dict[float, str], label: str
) -> Markup:
    """A monthly series as bars; a month with an alert in the colour of breaks."""
    width, height, left, foot = 680, 132, 62, 18
    last = max(point.at for point in points) + 1
    most = max(ticks) if ticks else 1
    scale = Scale(max(most, *(p.high or p.low for p in points)), height - foot - 8)
    step = (width - left) / last
    parts = [line(left, 6 + scale.y(t), width, 6 + scale.y(t)) for t in ticks]
    parts += [
        text(left - 5, 10 + scale.y(t), words, anchor="end", size=9, fill=PALE_INK)
        for t, words in ticks.items()
    ]
    for at, words in years:
        parts.append(line(left + at * step, 6, left + at * step, height - foot + 4))
        parts.append(text(left + at * step + 2, height - 4, words, anchor="start", size=9, fill=PALE_INK))
    for point in points:
        top = 6 + scale.y(point.high if point.high is not None else point.low)
        fill = BREAK if point.is_alert else SOLID
        x = left + point.at * step
        parts.append(box(x, top, max(step * 0.75, 1), height - foot - 2 - top, fill, point.told))
    return picture(width, height, parts, label, kind="months")


def band(x: float, width: float, height: float, words: str) -> list[str]:
    """The years of a baseline."""
    return [box(x, 0, width, height, BAND), text(x + 4, 11, words, anchor="start", size=10)]
