"""The map: who told origins of detected victims, and who was detected where. Outlines: outlines.json."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from schemas.words import say
from warehouse.publication.charts import BREAK, PALE_INK
from warehouse.publication.site import coverage, drawing, inside, wording
from warehouse.publication.site.facts import FIRST, Facts
from warehouse.publication.site.outlines import FILE

GAP, REPORTED, TOTAL_ALONE, OTHERS = 16, "#9DB7D5", "#DCE7F3", "#F0F0F0"
"""How a member is filled: it told origins, detected victims without their origin, or nothing of that year."""


@dataclass(frozen=True)
class Letters:
    """How large the words of the map are, names of countries and its key; what its hatching is called.

    Both forms stand in one page, of which one alone is shown: a hatching of the other would not be drawn.
    """

    names: float
    key: float
    hatching: str

    @property
    def silent(self) -> str:
        """The fill of a member that told nothing."""
        return f"url(#{self.hatching})"


WIDE, NARROW = Letters(9, 11, "silent"), Letters(13, 14, "silent-narrow")


@cache
def outlines() -> dict[str, Any]:
    """Both panels of the map."""
    panels: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return panels


def map_picture(facts: Facts, flows: dict[str, Any], lang: str, *, narrow: bool = False) -> Markup:
    """Both panels side by side, the year of the flows; for a narrow screen below each other, words larger."""
    year = flows["year"]
    letters = NARROW if narrow else WIDE
    told = {member: _told(facts, member, flows, letters, lang) for member in facts.members}
    parts, x, y = [_hatching(letters)], 0.0, 0.0
    for panel in outlines().values():
        parts.append(f'<g transform="translate({x:g},{y:g})">')
        parts += _panel(facts, panel, told, flows, letters, lang)
        parts.append("</g>")
        x, y = (x, y + panel["height"] + GAP) if narrow else (x + panel["width"] + GAP, y)
    label = f"{say('site.map_title', lang, year=year)} {say('site.map_caveat', lang)}"
    width, height, at = _sizes(narrow)
    parts += _key(lang, *at, letters)
    return drawing.picture(width, height, parts, label, kind="map")


def _sizes(narrow: bool) -> tuple[float, float, tuple[float, float]]:
    """How wide and high both panels are, and where the key of the fills stands: below the centre's panel."""
    widths = [panel["width"] for panel in outlines().values()]
    heights = [panel["height"] for panel in outlines().values()]
    if narrow:
        high = sum(heights) + GAP
        return max(widths), high + GAP + 4 * (NARROW.key + 9), (2, high + 12)
    centre = outlines()["centre"]
    return sum(widths) + GAP, max(heights), (sum(widths) + GAP - centre["width"], centre["height"] + 10)


def _told(facts: Facts, member: str, flows: dict[str, Any], letters: Letters, lang: str) -> tuple[str, str]:
    """How a member is filled, and why in words."""
    status = coverage.status(facts, member, FIRST["family"], FIRST["measure"], flows["year"])
    if member in dict(flows["reporting"]):
        fill, words = REPORTED, say("site.map_reported", lang)
        if inside.names_nobody(facts, member, flows["year"]):
            fill, words = TOTAL_ALONE, say("site.map_nobody_sure", lang)
    elif status in (*coverage.WITH_FIGURES, *coverage.WITHOUT_TOTAL):
        fill = TOTAL_ALONE
        words = (
            coverage.told(status, lang)
            if status in coverage.WITHOUT_TOTAL
            else say("site.map_total_alone", lang)
        )
    else:
        fill, words = letters.silent, coverage.told(status, lang)
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
    told: dict[str, tuple[str, str]],
    flows: dict[str, Any],
    letters: Letters,
    lang: str,
) -> list[str]:
    drawn = panel["countries"]
    edge = f'<rect width="{panel["width"]}" height="{panel["height"]}" fill="#FBFDFF" stroke="#D9D9D9"/>'
    parts = [edge]
    for code, shape in drawn.items():
        fill, said = told.get(code, (OTHERS, ""))
        parts.append(
            f'<path d="{shape["path"]}" fill="{fill}" stroke="#fff" stroke-width="0.6">'
            f"<title>{escape(said)}</title></path>"
        )
    parts += _flows(facts, drawn, flows, letters, lang)
    for code in facts.members:
        if code in drawn and drawn[code]["named"] and _is_named_in(panel, code):
            x, y = drawn[code]["at"]
            parts.append(drawing.text(x, y + 3, code, size=letters.names, rim=True, bold=True))
    return parts


def _is_named_in(panel: dict[str, Any], code: str) -> bool:
    """Whether a country's name stands in this panel: where it is whole, and of those where it is larger."""
    return panel is max(outlines().values(), key=lambda other: _extent(other, code))


def _extent(panel: dict[str, Any], code: str) -> tuple[bool, float]:
    """Whether a panel shows the whole country, and how wide it is there."""
    path = panel["countries"].get(code, {"path": ""})["path"]
    points = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", path)]
    if not points:
        return False, 0
    across, down = zip(*points, strict=True)
    is_whole = min(across) > 0 and max(across) < panel["width"] and min(down) > 0
    return is_whole and max(down) < panel["height"], max(across) - min(across)


def _flows(
    facts: Facts, drawn: dict[str, Any], flows: dict[str, Any], letters: Letters, lang: str
) -> list[str]:
    """The bows of a panel, and above them how many are named: of several to one place each further on."""
    bows, numbers = [], []
    met: Counter[str] = Counter()
    for (origin, to), row in flows["cells"].items():
        if origin == to or origin not in drawn or to not in drawn or row["persons_low"] <= 0:
            continue
        bow = _bow(drawn[origin]["at"], drawn[to]["at"], letters.names)
        if math.dist(bow.start, bow.end) < 3 * letters.names:  # the other panel shows it larger
            continue
        bows.append(_drawn(facts, bow, row, lang))
        said = wording.bounds(row["persons_low"], row["persons_high"], lang)
        x, y = bow.at(PLACES[met[to] % len(PLACES)])
        numbers.append(drawing.text(x, y + letters.names / 3, said, size=letters.names, rim=True))
        met[to] += 1
    return bows + numbers


PLACES = (0.5, 0.3, 0.7)
"""How far along a bow its number stands."""


class Bow(NamedTuple):
    """A bent line between two places, short of the name that stands at its end."""

    start: tuple[float, float]
    by: tuple[float, float]
    end: tuple[float, float]

    def at(self, part: float) -> tuple[float, float]:
        """The place so far along the line."""
        rest = 1 - part
        x, y = (
            rest * rest * a + 2 * rest * part * b + part * part * c
            for a, b, c in zip(self.start, self.by, self.end, strict=True)
        )
        return x, y


def _bow(start: list[float], end: list[float], short: float) -> Bow:
    (x1, y1), (x2, y2) = start, end
    bend = 0.18
    x, y = (x1 + x2) / 2 + (y2 - y1) * bend, (y1 + y2) / 2 - (x2 - x1) * bend
    far = math.hypot(x2 - x, y2 - y)
    back = min(short, far / 2) / far if far else 0.0
    return Bow((x1, y1), (x, y), (x2 - (x2 - x) * back, y2 - (y2 - y) * back))


def _drawn(facts: Facts, bow: Bow, row: Any, lang: str) -> str:
    """A bow from the origin to where they were detected, as thick as the tenfold step of the named."""
    (x1, y1), (x, y), (x2, y2) = bow
    thick = 0.8 + 0.8 * math.log10(1 + row["persons_low"])
    told = say(
        "site.flow",
        lang,
        origin=facts.name(row["origin"], lang),
        to=facts.name(row["reporting_country"], lang),
        persons=wording.bounds(row["persons_low"], row["persons_high"], lang),
    )
    return (
        f'<path d="M{x1:.1f},{y1:.1f}Q{x:.1f},{y:.1f} {x2:.1f},{y2:.1f}" fill="none" stroke="{BREAK}" '
        f'stroke-width="{thick:.1f}" stroke-opacity="0.55"><title>{escape(told)}</title></path>'
        f"{_head(bow, 3 + 1.5 * thick)}"
    )


def _head(bow: Bow, long: float) -> str:
    """The head of a bow, at its end: its direction is seen."""
    (x, y), (x2, y2) = bow.by, bow.end
    far = math.hypot(x2 - x, y2 - y) or 1.0
    u, v = (x2 - x) / far * long, (y2 - y) / far * long
    left, right = (f"{x2 - u + side * v / 2:.1f},{y2 - v - side * u / 2:.1f}" for side in (1, -1))
    return f'<path d="M{x2:.1f},{y2:.1f}L{left}L{right}Z" fill="{BREAK}"/>'


def _key(lang: str, x: float, y: float, letters: Letters) -> list[str]:
    """What the fills and the bows are."""
    step = letters.key + 7
    rows = [
        (drawing.box(x, y, 14, 11, REPORTED), "map_reported"),
        (drawing.box(x, y + step, 14, 11, TOTAL_ALONE), "map_total_alone"),
        (drawing.box(x, y + 2 * step, 14, 11, letters.silent, dashed=True), "map_silent"),
        (drawing.line(x, y + 3 * step + 6, x + 14, y + 3 * step + 6, BREAK, 2), "map_flow"),
    ]
    parts = []
    for n, (shape, words) in enumerate(rows):
        said = say(f"site.{words}", lang)
        parts += [
            shape,
            drawing.text(x + 20, y + 10 + step * n, said, anchor="start", size=letters.key),
        ]
    return parts
