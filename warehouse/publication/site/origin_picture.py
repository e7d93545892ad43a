"""The picture of origins by year: bars of what is sure, dashed what is hidden, marks for what is not there.

What each year is: origin_years. The larger picture of the same years, with the shares: charts.origin_by_year.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from schemas.code_names import coded
from schemas.words import say
from warehouse.publication.charts import BREAK, COLOURS, DOUBT, INK, MARKS, PALE_INK, counted, event_labels
from warehouse.publication.origin_years import NOT_DETAILED, Years, rows
from warehouse.publication.site import drawing
from warehouse.publication.site.drawing import box, line, text

WIDTH, LEFT, LEGEND, HEIGHT, FOOT = 760, 58, 20, 190, 18
HEADROOM = 1.22
STRENGTH_IN_DOUBT = 0.4


def origin_picture(years: Years, title: str, lang: str) -> Markup:
    """The bars, one a year from the first to the last."""
    step = (WIDTH - LEFT) / len(years.all)
    most = float(years.totals[["total_low", "total_high", "known"]].max().max()) or 1
    scale = drawing.Scale(most * HEADROOM, HEIGHT)
    legend, lines = _legend(_classes(years), lang)
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
    parts += [*_breaks(years, step, lang), *_events(years, step, lang), "</g>"]
    told = "; ".join(f"{row.year}: {_total(row, lang)}" for row in rows(years.totals))
    return drawing.picture(WIDTH, top + HEIGHT + FOOT, parts, f"{title} {told}", kind="origins")


def _classes(years: Years) -> list[str]:
    occurs = years.parts.groupby("origin_class")["persons_low"].sum()
    shown = [c for c in COLOURS if occurs.get(c, 0) > 0 and c != NOT_DETAILED]
    hides = bool((years.totals["total_high"] > years.totals["known"]).any())
    return [*shown, *([NOT_DETAILED] if hides else [])]


def _legend(classes: list[str], lang: str) -> tuple[list[str], int]:
    """The classes and their colours, and in how many lines."""
    parts: list[str] = []
    x, at = float(LEFT), 0
    for name in classes:
        words = coded("origin_class", name, lang)
        wide = 30 + 6.3 * len(words)
        if x + wide > WIDTH:
            x, at = float(LEFT), at + 1
        y = 3 + LEGEND * at
        parts.append(box(x, y, 11, 11, COLOURS[name], dashed=name == NOT_DETAILED))
        parts.append(text(x + 15, y + 10, words, anchor="start"))
        x += wide
    return parts, at + 1


def _grid(scale: drawing.Scale, lang: str) -> list[str]:
    parts = []
    for tick in scale.ticks:
        y = scale.y(tick)
        parts.append(line(LEFT, y, WIDTH, y))
        parts.append(text(LEFT - 5, y + 3, counted(tick, tick, lang), anchor="end", size=10, fill=PALE_INK))
    return parts


def _baseline(years: Years, step: float, lang: str) -> list[str]:
    if years.band is None:
        return []
    inside = [n for n, year in enumerate(years.all) if years.band.first <= year <= years.band.last]
    if not inside:
        return []
    x, width = LEFT + inside[0] * step, (inside[-1] - inside[0] + 1) * step
    return drawing.band(x, width, HEIGHT, say("chart.band", lang))


def _year(
    years: Years, row: Any, classes: list[Any], x: float, step: float, scale: drawing.Scale, lang: str
) -> list[str]:
    """One bar, its number, and its year under it."""
    width, middle = min(step * 0.74, 46), x + step / 2
    left, told = middle - width / 2, f"{row.year}: {_total(row, lang)}"
    parts = [text(middle, HEIGHT + 13, str(row.year), size=10, fill=PALE_INK)]
    if row.state in MARKS and row.state != "no_table":
        mark = text(middle, HEIGHT - 5, MARKS[row.state], fill=PALE_INK)
        return [*parts, f"<g><title>{told}</title>{mark}</g>"]
    base = 0.0
    pale = f' opacity="{STRENGTH_IN_DOUBT}"' if row.is_doubted or row.is_partial else ""
    parts.append(f"<g{pale}>")
    for part in classes:
        if part.origin_class == NOT_DETAILED or not part.persons_low:
            continue
        top = base + part.persons_low
        said = _said(part, lang)
        y, high = scale.y(top), scale.y(base) - scale.y(top)
        parts.append(box(left, y, width, high, COLOURS[part.origin_class], f"{row.year} · {said}"))
        base = top
    parts.append("</g>")
    if row.total_high > base:
        hidden = say("site.hidden", lang, n=counted(row.total_high - base, row.total_high - base, lang))
        y, high = scale.y(row.total_high), scale.y(base) - scale.y(row.total_high)
        fill = COLOURS[NOT_DETAILED]
        parts.append(box(left, y, width, high, fill, f"{row.year} · {hidden}", dashed=True))
    return [*parts, *_number(years, row, middle, scale.y(max(base, row.total_high, row.total_low)), lang)]


def _number(years: Years, row: Any, x: float, y: float, lang: str) -> list[str]:
    """The total over its bar; over that the mark of an origin that appears at once."""
    words = counted(row.total_low, row.total_high, lang) + ("\u00a0?" if row.is_doubted else "")
    parts = [text(x, y - 4, words, size=9.5, rim=True)]
    if row.year in {year for year, _ in years.sudden}:
        parts.append(text(x, y - 15, DOUBT, size=9.5, rim=True))
    return parts


def _breaks(years: Years, step: float, lang: str) -> list[str]:
    parts = []
    for year, decided in years.breaks:
        if year not in years.all:
            continue
        x = LEFT + years.all.index(year) * step
        words = say("chart.break" if decided else "chart.suspected", lang)
        parts.append(line(x, 0, x, HEIGHT, BREAK, 1.5, "" if decided else "5 3"))
        parts.append(text(x + 4, 24, words, anchor="start", size=10, fill=BREAK, rim=True))
    return parts


def _events(years: Years, step: float, lang: str) -> list[str]:
    """A dotted rule with its label in each year of a law or measure, all of it as the tooltip."""
    parts = []
    for year, label in event_labels(years, lang).items():
        x = LEFT + (years.all.index(year) + 0.5) * step
        named = "; ".join(one.said(lang) for one in years.events if one.year == year)
        rule = line(x, 26, x, HEIGHT, INK, dash="1 3")
        words = text(x + 4, 36, label, anchor="start", size=10, rim=True)
        parts.append(f"<g><title>{escape(f'{year}: {named}')}</title>{rule}{words}</g>")
    return parts


def _said(part: Any, lang: str) -> str:
    name = coded("origin_class", part.origin_class, lang)
    bounds = counted(part.persons_low, part.possible_high, lang)
    return f"{name}: {bounds}"


def _total(row: Any, lang: str) -> str:
    if row.state in MARKS and row.state != "no_table":
        return say(f"chart.state.{row.state}", lang)
    said = counted(row.total_low, row.total_high, lang)
    return say("headline.in_doubt", lang, value=said) if row.is_doubted else said
