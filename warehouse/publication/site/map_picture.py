"""The map of the region: which members report origins of detected victims, and the flows between them.

The outlines come from outlines.json.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup, escape

from schemas.words import say
from warehouse.publication.charts import BREAK, PALE_INK
from warehouse.publication.site import coverage, drawing, origin_summary
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.outlines import FILE
from warehouse.publication.site.part import Content
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from warehouse.publication.site.query_rows import OriginFlow

GAP, ORIGIN_FILL, UNSURE_FILL, TOTAL_FILL, OTHER_FILL = 16, "#7A9CC6", "#B4CBE6", "#E3ECF6", "#F0F0F0"
"""Fills: a member with sure origins, with a table of none, with a total alone; and other countries."""


@dataclass(frozen=True)
class Letters:
    """Sizes of the map's text, and the id of its hatching.

    The page contains a wide and a narrow map, and only one of them is displayed. A hatching defined in the
    hidden map would not be drawn, so each map defines its own.
    """

    names: float
    key: float
    hatching: str

    @property
    def silent(self) -> str:
        """The fill of a member that reported nothing."""
        return f"url(#{self.hatching})"


WIDE, NARROW = Letters(9, 11, "silent"), Letters(13, 14, "silent-narrow")


@cache
def outlines() -> dict[str, Any]:
    """Return both panels of the map."""
    panels: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return panels


def map_picture(facts: Facts, flows: Content, lang: str, *, narrow: bool = False) -> Markup:
    """Return both panels for the year of the flows, side by side.

    For a narrow screen they are stacked and the text is larger.
    """
    year = flows["year"]
    letters = NARROW if narrow else WIDE
    fills = {member: _fill_and_reason(facts, member, flows, letters, lang) for member in facts.members}
    parts, x, y = [_hatching(letters)], 0.0, 0.0
    for panel in outlines().values():
        parts.append(f'<g transform="translate({x:g},{y:g})">')
        parts += _panel(facts, panel, fills, flows, letters, lang)
        parts.append("</g>")
        x, y = (x, y + panel["height"] + GAP) if narrow else (x + panel["width"] + GAP, y)
    label = f"{say('site.map_title', lang, year=year)} {say('site.map_caveat', lang)}"
    width, height, key_position = _sizes(narrow)
    parts += _key(lang, *key_position, letters)
    return drawing.picture(width, height, parts, label, kind="map")


def _sizes(narrow: bool) -> tuple[float, float, tuple[float, float]]:
    """Return the width and height of both panels, and the position of the key below the centre's panel."""
    widths = [panel["width"] for panel in outlines().values()]
    heights = [panel["height"] for panel in outlines().values()]
    if narrow:
        height = sum(heights) + GAP
        return max(widths), height + GAP + 5 * (NARROW.key + 9), (2, height + 12)
    centre = outlines()["centre"]
    key_top = centre["height"] + 10
    height = max(*heights, key_top + 5 * (WIDE.key + 7))
    return sum(widths) + GAP, height, (sum(widths) + GAP - centre["width"], key_top)


def _fill_and_reason(
    facts: Facts, member: str, flows: Content, letters: Letters, lang: str
) -> tuple[str, str]:
    """Return the fill of a member, and the reason in words."""
    status = coverage.status(facts, member, PAGE_SERIES["family"], PAGE_SERIES["measure"], flows["year"])
    if member in dict(flows["reporting"]):
        fill, words = ORIGIN_FILL, say("site.map_reported", lang)
        if origin_summary.has_no_known_origin(facts, member, flows["year"]):
            fill, words = UNSURE_FILL, say("site.map_nobody_sure", lang)
    elif status in (*coverage.WITH_FIGURES, *coverage.WITHOUT_TOTAL):
        fill = TOTAL_FILL
        words = (
            coverage.status_text(status, lang)
            if status in coverage.WITHOUT_TOTAL
            else say("site.map_total_alone", lang)
        )
    else:
        fill, words = letters.silent, coverage.status_text(status, lang)
    return fill, f"{facts.name(member, lang)}: {words}"


def _hatching(letters: Letters) -> str:
    return (
        f'<defs><pattern id="{letters.hatching}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
        f'<rect width="1.5" height="6" fill="{PALE_INK}"/></pattern></defs>'
    )


def _panel(
    facts: Facts,
    panel: dict[str, Any],
    fills: dict[str, tuple[str, str]],
    flows: Content,
    letters: Letters,
    lang: str,
) -> list[str]:
    countries = panel["countries"]
    edge = f'<rect width="{panel["width"]}" height="{panel["height"]}" fill="#FBFDFF" stroke="#D9D9D9"/>'
    parts = [edge]
    for code, shape in countries.items():
        fill, tooltip = fills.get(code, (OTHER_FILL, ""))
        parts.append(
            f'<path d="{shape["path"]}" fill="{fill}" stroke="#fff" stroke-width="0.6">'
            f"<title>{escape(tooltip)}</title></path>"
        )
    parts += _flow_marks(facts, countries, flows, letters, lang)
    for code in facts.members:
        if code in countries and countries[code]["named"] and _has_name_here(panel, code):
            x, y = countries[code]["at"]
            parts.append(drawing.text(x, y + 3, code, size=letters.names, has_rim=True, is_bold=True))
    return parts


def _has_name_here(panel: dict[str, Any], code: str) -> bool:
    """Return whether this panel has a country's name: it shows the country whole and larger."""
    return panel is max(outlines().values(), key=lambda other: _extent(other, code))


def _extent(panel: dict[str, Any], code: str) -> tuple[bool, float]:
    """Return whether a panel shows the whole country, and the country's width there."""
    path = panel["countries"].get(code, {"path": ""})["path"]
    points = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", path)]
    if not points:
        return False, 0
    across, down = zip(*points, strict=True)
    is_whole = min(across) > 0 and max(across) < panel["width"] and min(down) > 0
    return is_whole and max(down) < panel["height"], max(across) - min(across)


def _flow_marks(
    facts: Facts, countries: dict[str, Any], flows: Content, letters: Letters, lang: str
) -> list[str]:
    """Return the arrows of a panel, and above them the numbers of named persons.

    Numbers of arrows to the same country have different positions, so that they do not overlap.
    """
    arrows, numbers = [], []
    numbers_at: Counter[str] = Counter()
    for (origin, destination), row in flows["cells"].items():
        if (
            origin == destination
            or origin not in countries
            or destination not in countries
            or row["persons_low"] <= 0
        ):
            continue
        curve = _curve(countries[origin]["at"], countries[destination]["at"], letters.names)
        # Too short in this panel; the other panel shows it larger.
        if math.dist(curve.start, curve.end) < 3 * letters.names:
            continue
        arrows.append(_arrow(facts, curve, row, lang))
        number = persons_text(row["persons_low"], row["persons_high"], lang)
        x, y = curve.at(NUMBER_POSITIONS[numbers_at[destination] % len(NUMBER_POSITIONS)])
        numbers.append(drawing.text(x, y + letters.names / 3, number, size=letters.names, has_rim=True))
        numbers_at[destination] += 1
    return arrows + numbers


NUMBER_POSITIONS = (0.5, 0.3, 0.7)
"""Positions of a number along its arrow."""


class Curve(NamedTuple):
    """A curve between two points that ends before the name at its end."""

    start: tuple[float, float]
    control: tuple[float, float]
    end: tuple[float, float]

    def at(self, part: float) -> tuple[float, float]:
        """Return the point at a part of the curve's length."""
        rest = 1 - part
        x, y = (
            rest * rest * a + 2 * rest * part * b + part * part * c
            for a, b, c in zip(self.start, self.control, self.end, strict=True)
        )
        return x, y


def _curve(start: list[float], end: list[float], margin: float) -> Curve:
    (x1, y1), (x2, y2) = start, end
    bend = 0.18
    x, y = (x1 + x2) / 2 + (y2 - y1) * bend, (y1 + y2) / 2 - (x2 - x1) * bend
    distance = math.hypot(x2 - x, y2 - y)
    back = min(margin, distance / 2) / distance if distance else 0.0
    return Curve((x1, y1), (x, y), (x2 - (x2 - x) * back, y2 - (y2 - y) * back))


def _stroke(persons: float) -> float:
    """Return the width of an arrow for a number of persons."""
    return 0.8 + 0.8 * math.log10(1 + persons)


def _arrow(facts: Facts, curve: Curve, row: OriginFlow, lang: str) -> str:
    """Return an arrow from origin to detecting country; its width follows the logarithm of the number."""
    (x1, y1), (x, y), (x2, y2) = curve
    width = _stroke(row["persons_low"])
    tooltip = say(
        "site.flow",
        lang,
        origin=facts.name(row["origin"], lang),
        to=facts.name(row["reporting_country"], lang),
        persons=persons_text(row["persons_low"], row["persons_high"], lang),
    )
    return (
        f'<path d="M{x1:.1f},{y1:.1f}Q{x:.1f},{y:.1f} {x2:.1f},{y2:.1f}" fill="none" stroke="{BREAK}" '
        f'stroke-width="{width:.1f}" stroke-opacity="0.55"><title>{escape(tooltip)}</title></path>'
        f"{_head(curve, 3 + 1.5 * width)}"
    )


def _head(curve: Curve, length: float) -> str:
    """Return the head of an arrow."""
    (x, y), (x2, y2) = curve.control, curve.end
    distance = math.hypot(x2 - x, y2 - y) or 1.0
    u, v = (x2 - x) / distance * length, (y2 - y) / distance * length
    left, right = (f"{x2 - u + side * v / 2:.1f},{y2 - v - side * u / 2:.1f}" for side in (1, -1))
    return f'<path d="M{x2:.1f},{y2:.1f}L{left}L{right}Z" fill="{BREAK}"/>'


def _key(lang: str, x: float, y: float, letters: Letters) -> list[str]:
    """Return the key of the fills and arrows."""
    step = letters.key + 7
    fills = {
        "map_reported": ORIGIN_FILL,
        "map_nobody_sure": UNSURE_FILL,
        "map_total_alone": TOTAL_FILL,
        "map_silent": letters.silent,
    }
    rows = [
        (drawing.box(x, y + n * step, 14, 11, fill, is_dashed=fill == letters.silent), words)
        for n, (words, fill) in enumerate(fills.items())
    ]
    arrow_at = y + len(fills) * step + 6
    rows.append((drawing.line(x, arrow_at, x + 14, arrow_at, BREAK, 2), "map_flow"))
    parts = []
    for n, (shape, words) in enumerate(rows):
        label = say(f"site.{words}", lang)
        parts += [
            shape,
            drawing.text(x + 20, y + 10 + step * n, label, anchor="start", size=letters.key),
        ]
    return parts
