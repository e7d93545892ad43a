"""The picture of origins by year: solid bars of known origin, a hatched unknown part, marks.

The state of each year comes from origin_years. charts.origin_by_year draws the same years in a larger picture
with their shares.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from markupsafe import escape

from schemas.interval import Interval
from schemas.words import say
from warehouse.publication.charts import (
    BAND,
    BREAK,
    COLOURS,
    DOUBT,
    EVENT,
    INK,
    MARKS,
    event_labels,
    state_text,
)
from warehouse.publication.origin_years import NOT_DETAILED, Years, rows
from warehouse.publication.site import columns, drawing
from warehouse.publication.site.card import NOTES, Body, Width
from warehouse.publication.site.columns import IN_DOUBT, OTHER_UNIT
from warehouse.publication.site.drawing import box, line, text
from warehouse.publication.site.tokens import token
from warehouse.statements.headlines import count_text

STRENGTH_OF_PARTS = 0.4
"""Opacity of a year that is reported in part."""
LEFT, HEIGHT, FOOT = 40.0, 190.0, 26.0
WIDEST_BAR = 46.0
EVERY = 3
"""On a telephone every third year has its label, counted from the last."""


@dataclass(frozen=True)
class Frame:
    """Where the bars are: width of the picture, pixels of a year, the scale, and the id of the hatching."""

    width: Width
    step: float
    scale: drawing.Scale
    hatching: str

    def middle(self, position: int) -> float:
        """Return the middle of a year's bar, from the left."""
        return LEFT + (position + 0.5) * self.step


def origin_body(years: Years, lang: str, *, other_unit: Collection[int] = ()) -> Body:
    """Return the bars of all years from the first to the last.

    A year of `other_unit`, which counts another thing than the last, and one in doubt have a mark and no bar,
    so that neither sets the scale.
    """

    def draw_origins(width: Width) -> tuple[list[str], float]:
        ticks = columns.axis_values(_highest_total(years, other_unit))
        scale = drawing.Scale(ticks[-1], HEIGHT)
        frame = Frame(width, (width.inner - LEFT) / len(years.all), scale, f"origins-{width.pixels:g}")
        legend, top = _legend(_shown_classes(years, other_unit), frame, lang)
        parts = [
            drawing.hatching(frame.hatching),
            *legend,
            f'<g transform="translate(0,{top:g})">',
            *_baseline(years, frame, lang),
            *_grid(ticks, frame, lang),
        ]
        parts_by_year: dict[int, list[Any]] = {}
        for part in rows(years.parts):
            parts_by_year.setdefault(part.year, []).append(part)
        label_years = _labelled_years(years, other_unit, width)
        for n, row in enumerate(rows(years.totals)):
            parts += _year_label(row.year, len(years.all) - 1 - n, frame.middle(n), width)
            if mark := year_mark(row, other_unit):
                parts.append(_mark(row, mark, frame.middle(n), lang))
                continue
            parts += _year(row, parts_by_year.get(row.year, []), frame.middle(n), frame, lang)
            if row.year in label_years:
                parts += _number(years, row, frame.middle(n), frame, lang)
        parts += [*_break_lines(years, frame, lang), *_event_lines(years, frame, lang), "</g>"]
        return parts, top + HEIGHT + FOOT

    return draw_origins


def year_mark(row: Any, other_unit: Collection[int]) -> str:
    """Return the mark of a year that has no bar; empty for one that has."""
    if row.state in MARKS and row.state != "no_table":
        return MARKS[row.state]
    if row.is_doubted:
        return IN_DOUBT
    return OTHER_UNIT if row.year in other_unit else ""


def describe_years(years: Years, lang: str) -> str:
    """Return the totals of all years in words, for who hears the picture."""
    return "; ".join(f"{row.year}: {_total_text(row, lang)}" for row in rows(years.totals))


def _bar_rows(years: Years, other_unit: Collection[int]) -> list[Any]:
    return [row for row in rows(years.totals) if not year_mark(row, other_unit)]


def _highest_total(years: Years, other_unit: Collection[int]) -> float:
    """Return the largest bound of the years that have a bar; 1 for none."""
    bounds = (
        value for row in _bar_rows(years, other_unit) for value in (row.total_low, row.total_high, row.known)
    )
    return max((value for value in bounds if math.isfinite(value)), default=0) or 1


def _shown_classes(years: Years, other_unit: Collection[int]) -> list[str]:
    shown_rows = _bar_rows(years, other_unit)
    shown_years = {row.year for row in shown_rows}
    named = {p.origin_class for p in rows(years.parts) if p.persons_low > 0 and p.year in shown_years}
    classes = [c for c in COLOURS if c in named and c != NOT_DETAILED]
    hides = any(row.total_high > row.known for row in shown_rows)
    return [*classes, *([NOT_DETAILED] if hides else [])]


def _labelled_years(years: Years, other_unit: Collection[int], width: Width) -> set[int]:
    """Return the years whose total is written: all of them, or the highest and the last on a telephone."""
    bar_rows = _bar_rows(years, other_unit)
    if not width.is_narrow or not bar_rows:
        return {row.year for row in bar_rows}
    return {max(bar_rows, key=lambda row: row.total_low).year, bar_rows[-1].year}


def _legend(classes: list[str], frame: Frame, lang: str) -> tuple[list[str], float]:
    """Return the classes with their colours, and the height that they take."""
    entries = [
        (say(f"site.plain.{NOT_DETAILED}", lang), f"url(#{frame.hatching})", token("unknown"))
        if name == NOT_DETAILED
        else (say(f"site.plain.{name}", lang), COLOURS[name], "")
        for name in classes
    ]
    parts, last = drawing.legend(entries, frame.width.inner, NOTES)
    return parts, last + 44


def _grid(ticks: list[float], frame: Frame, lang: str) -> list[str]:
    parts = []
    for tick in ticks:
        y = frame.scale.y(tick)
        parts.append(line(LEFT, y, frame.width.inner, y))
        label = count_text(tick, tick, lang)
        parts.append(text(LEFT - 6, y + 4, label, anchor="end", size=NOTES, fill=token("muted")))
    return parts


def _baseline(years: Years, frame: Frame, lang: str) -> list[str]:
    if years.band is None:
        return []
    positions = [n for n, year in enumerate(years.all) if years.band.first <= year <= years.band.last]
    if not positions:
        return []
    x, width = LEFT + positions[0] * frame.step, (positions[-1] - positions[0] + 1) * frame.step
    label = text(x + width / 2, -6, say("chart.band", lang), size=NOTES, fill=token("muted"))
    return [box(x, 0, width, HEIGHT, BAND), label]


def _year_label(year: int, years_left: int, x: float, width: Width) -> list[str]:
    if width.is_narrow and years_left % EVERY:
        return []
    return [text(x, HEIGHT + 17, str(year), size=NOTES)]


def _mark(row: Any, mark: str, x: float, lang: str) -> str:
    title = f"<title>{row.year}: {escape(_total_text(row, lang))}</title>"
    return f"<g>{title}{text(x, HEIGHT - 4, mark, size=NOTES, fill=token('muted'))}</g>"


def _year(row: Any, classes: list[Any], x: float, frame: Frame, lang: str) -> list[str]:
    """Return the bar of a year: sure parts, and above them the part of unknown origin."""
    width, scale = min(frame.step * 0.76, WIDEST_BAR), frame.scale
    left, total, base = x - width / 2, Interval.from_bounds(row.total_low, row.total_high), 0.0
    opacity = f' opacity="{STRENGTH_OF_PARTS}"' if row.is_partial else ""
    parts = [f"<g{opacity}>"]
    named = [part for part in classes if part.origin_class != NOT_DETAILED and part.persons_low]
    for part, top in zip(named, accumulate(part.persons_low for part in named), strict=True):
        y, height = scale.y(top), scale.y(base) - scale.y(top)
        tooltip = f"{row.year} · {_part_text(part, lang)}"
        parts.append(box(left, y, width, height, COLOURS[part.origin_class], tooltip))
        base = top
    parts.append("</g>")
    if total.high > base and not total.is_open:
        rest = Interval.exact(base).rest_of(total).high
        tooltip = f"{row.year} · {say('site.hidden', lang, n=count_text(rest, rest, lang))}"
        y = scale.y(total.high)
        height, fill = scale.y(base) - y, f"url(#{frame.hatching})"
        parts.append(box(left, y, width, height, fill, tooltip, edge_colour=token("unknown")))
    return parts


def _number(years: Years, row: Any, x: float, frame: Frame, lang: str) -> list[str]:
    """Return the total above its bar, and above that the mark of an origin that appears suddenly."""
    reach = row.total_low if Interval.from_bounds(row.total_low, row.total_high).is_open else row.total_high
    y = frame.scale.y(max(row.known, reach))
    is_last = row.year == years.all[-1]
    words = count_text(row.total_low, row.total_high, lang)
    end = min(x, frame.width.inner - drawing.text_width(words, NOTES) / 2 + 4)
    parts = [text(end, y - 5, words, size=NOTES, has_rim=True, is_bold=is_last)]
    if row.year in {year for year, _ in years.sudden}:
        parts.append(text(x, y - 19, DOUBT, size=NOTES, has_rim=True))
    return parts


def _break_lines(years: Years, frame: Frame, lang: str) -> list[str]:
    parts = []
    for year, is_decided in years.breaks:
        if year not in years.all:
            continue
        x = LEFT + years.all.index(year) * frame.step
        words = say("chart.break" if is_decided else "chart.suspected", lang)
        parts.append(line(x, 0, x, HEIGHT, BREAK, 1.5, "" if is_decided else "5 3"))
        if not frame.width.is_narrow:
            parts.append(text(x + 4, 12, words, anchor="start", size=NOTES, fill=BREAK, has_rim=True))
    return parts


def _event_lines(years: Years, frame: Frame, lang: str) -> list[str]:
    """Return a dotted line with a label in each year of a law or measure; the tooltip has the full text."""
    parts = []
    for year, label in event_labels(years, lang).items():
        x = frame.middle(years.all.index(year))
        names = "; ".join(event.text(lang) for event in years.events if event.year == year)
        rule = line(x, 26, x, HEIGHT, INK, dash="1 3")
        words = text(
            x + 4, 28, EVENT if frame.width.is_narrow else label, anchor="start", size=NOTES, has_rim=True
        )
        parts.append(f"<g><title>{escape(f'{year}: {names}')}</title>{rule}{words}</g>")
    return parts


def _part_text(part: Any, lang: str) -> str:
    name = say(f"site.plain.{part.origin_class}", lang)
    bounds = count_text(part.persons_low, part.possible_high, lang)
    return f"{name}: {bounds}"


def _total_text(row: Any, lang: str) -> str:
    if row.state in MARKS and row.state != "no_table":
        return state_text(row.state, lang)
    value = count_text(row.total_low, row.total_high, lang)
    return say("headline.in_doubt", lang, value=value) if row.is_doubted else value
