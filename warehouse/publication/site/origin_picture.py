"""The picture of origins by year: solid bars of known origin, dashed unknown part, marks for missing years.

The state of each year comes from origin_years. charts.origin_by_year draws the same years in a larger picture
with their shares.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from markupsafe import Markup, escape

from schemas.code_names import name_in_list
from schemas.interval import Interval
from schemas.words import say
from warehouse.publication.charts import BREAK, COLOURS, DOUBT, INK, MARKS, PALE_INK, count_text, event_labels
from warehouse.publication.origin_years import NOT_DETAILED, Years, rows
from warehouse.publication.site import drawing
from warehouse.publication.site.drawing import box, line, text

WIDTH, LEFT, LEGEND, HEIGHT, FOOT = 760, 58, 20, 190, 18
HEADROOM = 1.22
STRENGTH_IN_DOUBT = 0.4


def origin_picture(years: Years, title: str, lang: str) -> Markup:
    """Return the bars of all years from the first to the last."""
    step = (WIDTH - LEFT) / len(years.all)
    highest = float(years.totals[["total_low", "total_high", "known"]].max().max()) or 1
    scale = drawing.Scale(highest * HEADROOM, HEIGHT)
    legend, lines = _legend(_shown_classes(years), lang)
    top = 4 + LEGEND * lines
    parts = [
        *legend,
        f'<g transform="translate(0,{top})">',
        *_grid(scale, lang),
        *_baseline(years, step, lang),
    ]
    by_year: dict[int, list[Any]] = {}
    for part in rows(years.parts):
        by_year.setdefault(part.year, []).append(part)
    for n, row in enumerate(rows(years.totals)):
        parts += _year(years, row, by_year.get(row.year, []), LEFT + n * step, step, scale, lang)
    parts += [*_break_lines(years, step, lang), *_event_lines(years, step, lang), "</g>"]
    description = "; ".join(f"{row.year}: {_total_text(row, lang)}" for row in rows(years.totals))
    return drawing.picture(WIDTH, top + HEIGHT + FOOT, parts, f"{title} {description}", kind="origins")


def _shown_classes(years: Years) -> list[str]:
    named = {part.origin_class for part in rows(years.parts) if part.persons_low > 0}
    classes = [c for c in COLOURS if c in named and c != NOT_DETAILED]
    hides = bool((years.totals["total_high"] > years.totals["known"]).any())
    return [*classes, *([NOT_DETAILED] if hides else [])]


def _legend(classes: list[str], lang: str) -> tuple[list[str], int]:
    """Return the classes with their colours, and the number of lines they take."""
    parts: list[str] = []
    x, line_number = float(LEFT), 0
    for name in classes:
        words = name_in_list("origin_class", name, lang)
        width = 30 + 6.3 * len(words)
        if x + width > WIDTH:
            x, line_number = float(LEFT), line_number + 1
        y = 3 + LEGEND * line_number
        parts.append(box(x, y, 11, 11, COLOURS[name], is_dashed=name == NOT_DETAILED))
        parts.append(text(x + 15, y + 10, words, anchor="start"))
        x += width
    return parts, line_number + 1


def _grid(scale: drawing.Scale, lang: str) -> list[str]:
    parts = []
    for tick in scale.ticks:
        y = scale.y(tick)
        parts.append(line(LEFT, y, WIDTH, y))
        parts.append(
            text(LEFT - 5, y + 3, count_text(tick, tick, lang), anchor="end", size=10, fill=PALE_INK)
        )
    return parts


def _baseline(years: Years, step: float, lang: str) -> list[str]:
    if years.band is None:
        return []
    positions = [n for n, year in enumerate(years.all) if years.band.first <= year <= years.band.last]
    if not positions:
        return []
    x, width = LEFT + positions[0] * step, (positions[-1] - positions[0] + 1) * step
    return drawing.band(x, width, HEIGHT, say("chart.band", lang))


def _year(
    years: Years, row: Any, classes: list[Any], x: float, step: float, scale: drawing.Scale, lang: str
) -> list[str]:
    """Return the bar of a year with its number, and the year below."""
    width, middle = min(step * 0.74, 46), x + step / 2
    left, title = middle - width / 2, f"{row.year}: {_total_text(row, lang)}"
    parts = [text(middle, HEIGHT + 13, str(row.year), size=10, fill=PALE_INK)]
    if row.state in MARKS and row.state != "no_table":
        mark = text(middle, HEIGHT - 5, MARKS[row.state], fill=PALE_INK)
        return [*parts, f"<g><title>{title}</title>{mark}</g>"]
    total, base = Interval.from_bounds(row.total_low, row.total_high), 0.0
    opacity = f' opacity="{STRENGTH_IN_DOUBT}"' if row.is_doubted or row.is_partial else ""
    parts.append(f"<g{opacity}>")
    named = [part for part in classes if part.origin_class != NOT_DETAILED and part.persons_low]
    for part, top in zip(named, accumulate(part.persons_low for part in named), strict=True):
        label = _part_text(part, lang)
        y, high = scale.y(top), scale.y(base) - scale.y(top)
        parts.append(box(left, y, width, high, COLOURS[part.origin_class], f"{row.year} · {label}"))
        base = top
    parts.append("</g>")
    reach = total.low if total.is_open else total.high
    if total.high > base and not total.is_open:
        rest = Interval.exact(base).rest_of(total).high
        unknown = say("site.hidden", lang, n=count_text(rest, rest, lang))
        y, high = scale.y(reach), scale.y(base) - scale.y(reach)
        fill = COLOURS[NOT_DETAILED]
        parts.append(box(left, y, width, high, fill, f"{row.year} · {unknown}", is_dashed=True))
    return [*parts, *_number(years, row, middle, scale.y(max(base, reach)), lang)]


def _number(years: Years, row: Any, x: float, y: float, lang: str) -> list[str]:
    """Return the total above its bar, and above that the mark of an origin that appears suddenly."""
    words = count_text(row.total_low, row.total_high, lang) + ("\u00a0?" if row.is_doubted else "")
    parts = [text(x, y - 4, words, size=9.5, has_rim=True)]
    if row.year in {year for year, _ in years.sudden}:
        parts.append(text(x, y - 15, DOUBT, size=9.5, has_rim=True))
    return parts


def _break_lines(years: Years, step: float, lang: str) -> list[str]:
    parts = []
    for year, is_decided in years.breaks:
        if year not in years.all:
            continue
        x = LEFT + years.all.index(year) * step
        words = say("chart.break" if is_decided else "chart.suspected", lang)
        parts.append(line(x, 0, x, HEIGHT, BREAK, 1.5, "" if is_decided else "5 3"))
        parts.append(text(x + 4, 24, words, anchor="start", size=10, fill=BREAK, has_rim=True))
    return parts


def _event_lines(years: Years, step: float, lang: str) -> list[str]:
    """Return a dotted line with a label in each year of a law or measure; the tooltip has the full text."""
    parts = []
    for year, label in event_labels(years, lang).items():
        x = LEFT + (years.all.index(year) + 0.5) * step
        names = "; ".join(event.text(lang) for event in years.events if event.year == year)
        rule = line(x, 26, x, HEIGHT, INK, dash="1 3")
        words = text(x + 4, 36, label, anchor="start", size=10, has_rim=True)
        parts.append(f"<g><title>{escape(f'{year}: {names}')}</title>{rule}{words}</g>")
    return parts


def _part_text(part: Any, lang: str) -> str:
    name = name_in_list("origin_class", part.origin_class, lang)
    bounds = count_text(part.persons_low, part.possible_high, lang)
    return f"{name}: {bounds}"


def _total_text(row: Any, lang: str) -> str:
    if row.state in MARKS and row.state != "no_table":
        return say(f"chart.state.{row.state}", lang)
    value = count_text(row.total_low, row.total_high, lang)
    return say("headline.in_doubt", lang, value=value) if row.is_doubted else value
