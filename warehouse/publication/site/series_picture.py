"""Pictures of figures by year: the region's sum, and every country in a small plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.words import column_text, number, say
from warehouse.build.statistics.rows import needed_number
from warehouse.publication.site import columns, drawing, member_summary, wording
from warehouse.publication.site.card import LETTERS, NOTES, Body, Width
from warehouse.publication.site.columns import IN_DOUBT, NO_FIGURE, OTHER_UNIT, Column, Plot
from warehouse.publication.site.drawing import line, text, wrap
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.tokens import token
from warehouse.statements import headlines, series_sentences

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineRegionRow
    from warehouse.publication.site.query_rows import DrawnFigure

AXIS = 40.0
"""Pixels for the labels of an axis."""


@dataclass(frozen=True)
class Small:
    """A country's small plot: name, newest figure, verdict, columns, breaks, and whether it is apart."""

    name: str
    newest: str
    verdict: str
    columns: Sequence[Column]
    breaks: Sequence[int]
    is_other_unit: bool
    country: str = ""
    top: float | None = None
    """Value at the top of its scale; None for its own highest column."""


# ---- columns of rows -------------------------------------------------------------------------------


def region_columns(rows: Sequence[HeadlineRegionRow], lang: str) -> list[Column]:
    """Return the columns of a region's rows; a sum of too few members is not given."""
    return [
        Column(row["year"], row["value_low"], row["value_high"], _words(row, lang))
        if wording.is_number(row)
        else Column(row["year"], None, None, column_text(row, "value", lang))
        for row in rows
    ]


def country_columns(facts: Facts, rows: Sequence[DrawnFigure], lang: str) -> list[Column]:
    """Return the columns of a country's rows. A year of another unit than its newest figure has a mark."""
    newest = wording.latest_number(rows)
    unit = counted_unit(facts, newest) if newest else None
    return [
        Column(
            row["year"],
            row["value_low"],
            row["value_high"],
            _words(row, lang),
            _mark(facts, row, unit),
        )
        for row in rows
    ]


def counted_unit(facts: Facts, row: DrawnFigure) -> str | None:
    """Return the unit of a figure that counts another thing than its measure; None for the measure's own."""
    kind = facts.series_kind(row)
    return str(kind["counted_unit"]) if kind and kind["is_other_kind"] else None


def _mark(facts: Facts, row: DrawnFigure, unit: str | None) -> str:
    if row["how"] in ("in_doubt", "says_nothing"):
        return IN_DOUBT
    if not wording.is_number(row):
        return NO_FIGURE
    return OTHER_UNIT if counted_unit(facts, row) != unit else ""


def _words(row: DrawnFigure, lang: str) -> str:
    """Return a figure in few letters: `0–4`, not `between 0 and 4`."""
    if not wording.is_number(row):
        return column_text(row, "value", lang)
    low, high = needed_number(row["value_low"]), needed_number(row["value_high"])
    return headlines.bounds_text(low, high, row["unit"], lang)


def small_plot(facts: Facts, member: str, rows: Sequence[DrawnFigure], lang: str) -> Small:
    """Return the small plot of a member. Shares of all members have one scale, from 0 to 100 %.

    Rows of a table without tests have no verdict.
    """
    newest = wording.latest_number(rows)
    unit = facts.series_kind(newest) if newest else None
    is_other = newest is not None and counted_unit(facts, newest) is not None
    is_of_victims = any(
        PAGE_SERIES["measure"] in facts.measures.get(row["indicator"], []) for row in rows[:1]
    )
    years = member_summary.origin_years(facts, member) if is_of_victims else None
    verdicts = [short_verdict(newest, lang)] if not rows or "direction" in rows[0] else []
    if is_other and unit:
        verdicts.append(series_sentences.unit(unit, lang))
    return Small(
        name=facts.name(member, lang),
        newest=_newest_words(newest or _latest_reported(rows), lang),
        verdict="; ".join(verdicts),
        columns=country_columns(facts, rows, lang),
        breaks=[year for year, is_decided in years.breaks if is_decided] if years else [],
        is_other_unit=is_other,
        country=member,
        top=1.0 if any(row["unit"] == headlines.SHARE for row in rows) else None,
    )


def _latest_reported(rows: Sequence[DrawnFigure]) -> DrawnFigure | None:
    """Return the newest figure that is no number: in doubt, or not shown."""
    reported = (row for row in rows if row["how"] != "not_reported")
    return max(reported, key=lambda row: row["year"], default=None)


def _newest_words(row: DrawnFigure | None, lang: str) -> str:
    """Return a figure with its year, or that there is none."""
    if row is None:
        return say("headline.not_reported", lang)
    return say("site.front.in_year", lang, value=_words(row, lang), year=row["period"])


def short_verdict(row: DrawnFigure | None, lang: str) -> str:
    """Return the verdict of the test on a figure's series in few words."""
    if row is None or not row["direction"]:
        return say("site.front.verdict.none", lang)
    return say(
        f"site.front.verdict.{row['direction']}", lang, first=row["tested_from"], last=row["tested_to"]
    )


# ---- the region ------------------------------------------------------------------------------------


def region_body(
    rows: Sequence[HeadlineRegionRow], apart_plots: Sequence[Small], lang: str, name: str
) -> Body:
    """Return the region's columns with the number of countries in each, and below them other units apart."""

    def draw_series(width: Width) -> tuple[list[str], float]:
        series = region_columns(rows, lang)
        plot = _plot(AXIS, width.inner - AXIS, 186 if width.is_narrow else 220, f"{name}-{width.pixels:g}")
        ticks = columns.axis_values(columns.highest(series))
        top = ticks[-1]
        parts = [drawing.hatching(plot.hatching)]
        parts += columns.axis(plot, top, [(tick, number(tick, lang)) for tick in ticks])
        parts += columns.draw_columns(series, plot, top)
        for n in _label_positions(series, width):
            parts += columns.number_above(series, plot, top, n, bold=n == len(series) - 1)
        parts += _years(series, plot, width)
        y = plot.height + 40
        parts.append(
            text(
                0,
                y,
                say("site.front.in_sum", lang, all=rows[-1]["members_total"]),
                anchor="start",
                size=NOTES,
                is_bold=True,
            )
        )
        for n, row in enumerate(rows):
            x = columns.middle(plot, series, n)
            parts.append(text(x, y + 18, str(row["members_reporting"]), size=NOTES))
        y += 30
        for small in apart_plots:
            marks, height = _apart_frame(small, width, lang, f"{name}-apart-{width.pixels:g}")
            parts.append(f'<g transform="translate(0,{y:.1f})">{"".join(marks)}</g>')
            y += height
        return parts, y

    return draw_series


def _plot(left: float, width: float, height: float, hatching: str, *, is_other: bool = False) -> Plot:
    if is_other:
        return Plot(left, width, height, hatching, token("sheet"), token("sheet"), token("other-unit"))
    return Plot(left, width, height, hatching, token("count-mid"), token("count"))


def _label_positions(series: Sequence[Column], width: Width) -> list[int]:
    """Return the positions with a number: every column, or the last and the highest on a telephone."""
    positions = [n for n, column in enumerate(series) if columns.is_drawn(column)]
    if not width.is_narrow or not positions:
        return positions
    peak = max(positions, key=lambda n: columns.reach(series[n]))
    return sorted({peak, positions[-1]})


def _years(series: Sequence[Column], plot: Plot, width: Width) -> list[str]:
    """Return the years below the columns; on a telephone every third, counted from the last."""
    every = 3 if width.is_narrow else 1
    return [
        text(columns.middle(plot, series, n), plot.height + 17, str(column.year), size=NOTES)
        for n, column in enumerate(series)
        if (len(series) - 1 - n) % every == 0
    ]


def _apart_frame(small: Small, width: Width, lang: str, name: str) -> tuple[list[str], float]:
    """Return a country of another unit in a frame of its own, with its own scale."""
    colour, pad, height = token("other-unit"), 12.0, 54.0
    heading = say("site.front.apart", lang, name=small.name)
    words_width = width.inner - 2 * pad if width.is_narrow else width.inner * 0.42
    lines = [(part, True) for part in wrap(heading, words_width, LETTERS * 1.06)]
    lines += [(part, False) for part in wrap(small.verdict, words_width, NOTES)]
    parts = [
        text(
            pad,
            pad + 10 + 17 * n,
            words,
            anchor="start",
            size=LETTERS if bold else NOTES,
            is_bold=bold,
            fill=colour if bold else token("muted"),
        )
        for n, (words, bold) in enumerate(lines)
    ]
    below = pad + 17 * len(lines) + 4
    left, at = (pad, below + 18) if width.is_narrow else (width.inner * 0.46, 26.0)
    plot = _plot(left, width.inner - left - pad - 70, height, name, is_other=True)
    frame_height = at + height + 22
    marks = [
        drawing.hatching(name),
        *columns.draw_columns(small.columns, plot, columns.highest(small.columns)),
    ]
    marks += _break_lines(small, plot)
    marks += _first_and_last(small.columns, plot)
    newest = columns.last_drawn(small.columns)
    if newest:
        x = plot.left + plot.width + 8
        marks.append(text(x, 12, newest.words, anchor="start", size=LETTERS, is_bold=True, fill=colour))
    frame = (
        f'<rect x="0.5" y="0.5" width="{width.inner - 1:g}" height="{frame_height:g}" rx="3" fill="none" '
        f'stroke="{colour}"/>'
    )
    return [frame, *parts, f'<g transform="translate(0,{at:g})">{"".join(marks)}</g>'], frame_height + 8


def _first_and_last(series: Sequence[Column], plot: Plot) -> list[str]:
    ends = {series[0].year: (plot.left, "start"), series[-1].year: (plot.left + plot.width, "end")}
    return [
        text(x, plot.height + 15, str(year), anchor=anchor, size=NOTES, fill=token("muted"))
        for year, (x, anchor) in ends.items()
    ]


def _break_lines(small: Small, plot: Plot) -> list[str]:
    """Return a dashed line before each year from which another thing is counted or counted in another way."""
    step = plot.width / len(small.columns)
    years = {column.year: n for n, column in enumerate(small.columns)}
    return [
        line(
            plot.left + years[year] * step,
            -4,
            plot.left + years[year] * step,
            plot.height,
            token("break"),
            1.2,
            "3 3",
        )
        for year in small.breaks
        if year in years
    ]


# ---- every country ---------------------------------------------------------------------------------


def multiples_body(smalls: Sequence[Small], lang: str, name: str) -> Body:
    """Return a small plot for each country, each on its own scale."""

    def draw_multiples(width: Width) -> tuple[list[str], float]:
        across, gap = (2, 20) if width.is_narrow else (4, 28)
        cell = (width.inner - gap * (across - 1)) / across
        height = 60.0 if width.is_narrow else 70.0
        hatching, y = f"{name}-{width.pixels:g}", 0.0
        parts = [drawing.hatching(hatching)]
        for start in range(0, len(smalls), across):
            row = smalls[start : start + across]
            heading = _heading_height(row, cell)
            for n, small in enumerate(row):
                marks = _small(small, cell, height, heading, hatching)
                attributes = (
                    f'data-country="{small.country}" transform="translate({n * (cell + gap):.1f},{y:.1f})"'
                )
                parts.append(f"<g {attributes}>{''.join(marks)}</g>")
            y += heading + height + 42
        return parts, y - 12

    return draw_multiples


def _heading(small: Small, cell: float) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the lines above a small plot, with their look."""
    colour = token("other-unit") if small.is_other_unit else token("ink")
    names: list[tuple[str, Mapping[str, Any]]] = [
        (part, {"size": LETTERS, "is_bold": True, "fill": colour})
        for part in wrap(small.name, cell, LETTERS * 1.06)
    ]
    names += [(part, {"size": LETTERS}) for part in wrap(small.newest, cell, LETTERS)]
    return names + [
        (part, {"size": NOTES, "fill": token("muted")}) for part in wrap(small.verdict, cell, NOTES)
    ]


def _heading_height(smalls: Sequence[Small], cell: float) -> float:
    return 16.0 * max(len(_heading(small, cell)) for small in smalls) + 18


def _small(small: Small, cell: float, height: float, heading: float, hatching: str) -> list[str]:
    parts = [
        text(0, 12 + 16 * n, words, anchor="start", **look)
        for n, (words, look) in enumerate(_heading(small, cell))
    ]
    plot = _plot(0, cell, height, hatching, is_other=small.is_other_unit)
    top = small.top or columns.highest(small.columns)
    marks = [*columns.draw_columns(small.columns, plot, top), *_break_lines(small, plot)]
    series = [n for n, column in enumerate(small.columns) if columns.is_drawn(column)]
    if series:
        peak = max(series, key=lambda n: columns.reach(small.columns[n]))
        words, x = small.columns[peak].words, columns.middle(plot, small.columns, peak)
        half = drawing.text_width(words, NOTES) / 2
        x = min(max(x, half), cell - half)
        reach = drawing.Scale(max(top, columns.highest(small.columns)), height).y(
            columns.reach(small.columns[peak])
        )
        marks.append(text(x, reach - 5, words, size=NOTES, fill=token("muted"), has_rim=True))
    marks += _first_and_last(small.columns, plot)
    return [*parts, f'<g transform="translate(0,{heading:.1f})">{"".join(marks)}</g>']
