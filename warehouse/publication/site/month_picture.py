"""The picture of a monthly series: a column for each month, red while an alert lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import escape

from schemas.words import number, say
from warehouse.publication.charts import BREAK
from warehouse.publication.site import columns, drawing
from warehouse.publication.site.card import NOTES, Body, Width
from warehouse.publication.site.columns import Plot
from warehouse.publication.site.drawing import box, line, text
from warehouse.publication.site.tokens import token

HEIGHT, FOOT, YEAR_LABEL = 170.0, 24.0, 38.0
"""Pixels of the plot, below it, and at least between two labels of years."""


@dataclass(frozen=True)
class Month:
    """A month of a series: first day, bounds, their text, and whether an alert lasts."""

    start: date
    low: float
    high: float | None
    words: str
    is_alert: bool = False


def position(month: date, first: date) -> int:
    """Return the number of months since the first."""
    return 12 * (month.year - first.year) + month.month - first.month


def months_body(months: Sequence[Month], lang: str) -> Body:
    """Return the columns of a series, with a legend if some are red, and the years below their Januaries."""
    first, last = months[0].start, months[-1].start
    n_months = position(last, first) + 1

    def draw_months(width: Width) -> tuple[list[str], float]:
        ticks = columns.axis_values(max(_reach(month) for month in months) or 1)
        labels = {tick: number(tick, lang) for tick in ticks}
        left = max(drawing.text_width(words, NOTES) for words in labels.values()) + 8
        plot = Plot(left, width.inner - left, HEIGHT, "", token("count"), token("count"))
        scale, step = drawing.Scale(ticks[-1], HEIGHT), plot.width / n_months
        legend, top = _legend(width, lang) if any(month.is_alert for month in months) else ([], 8.0)
        parts = [
            *legend,
            f'<g transform="translate(0,{top:g})">',
            *columns.axis(plot, ticks[-1], [*labels.items()]),
        ]
        for month in months:
            parts.append(_column(month, left + position(month.start, first) * step, step, scale))
        parts += [*_years(first, last, left, step), "</g>"]
        return parts, top + HEIGHT + FOOT

    return draw_months


def _reach(month: Month) -> float:
    return month.low if month.high is None else month.high


def _legend(width: Width, lang: str) -> tuple[list[str], float]:
    entries = [
        (say("site.card.month", lang), token("count"), ""),
        (say("site.card.month_alert", lang), BREAK, ""),
    ]
    parts, last = drawing.legend(entries, width.inner, NOTES, gap=22)
    return parts, last + 34


def _column(month: Month, x: float, step: float, scale: drawing.Scale) -> str:
    """Return the column of a month: full up to the least, pale up to the most."""
    title, width = f"<title>{escape(f'{month.start:%Y-%m}: {month.words}')}</title>", max(step * 0.78, 1)
    fill, least_y, most_y = token("count"), scale.y(month.low), scale.y(_reach(month))
    parts = [box(x, least_y, width, HEIGHT - least_y, BREAK if month.is_alert else fill)]
    if most_y < least_y:
        parts.append(box(x, most_y, width, least_y - most_y, token("count-pale")))
    return f"<g>{title}{''.join(parts)}</g>"


def _years(first: date, last: date, left: float, step: float) -> list[str]:
    """Return the years at their Januaries, as many as have room, counted from the last."""
    years = range(first.year + (first.month > 1), last.year + 1)
    every = next(n for n in (1, 2, 3, 5, 10) if n * 12 * step >= YEAR_LABEL or n == 10)
    return [
        part
        for year in years
        if (last.year - year) % every == 0
        for x in (left + position(date(year, 1, 1), first) * step,)
        for part in (
            line(x, HEIGHT, x, HEIGHT + 5, token("ink")),
            text(
                min(x, left + step * (position(last, first) + 1) - 30),
                HEIGHT + 18,
                str(year),
                anchor="start",
                size=NOTES,
            ),
        )
    ]
