"""The picture of flows: who was recorded where, origin by reporting country, the hidden part drawn as hidden.

Reads published tables only and computes no figure; saving it and what charts share: charts.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from schemas import codelists, countries
from schemas.flags import flags_that
from schemas.origin import INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import DEFAULT, say
from warehouse.publication import charts
from warehouse.publication.charts import COLOURS, HIDDEN, INK, PALE_INK, WIDTH
from warehouse.publication.origin_years import NoProfile
from warehouse.reading.client import Warehouse

NOBODY_NAMED = "#F3F3F3"
CELL = 30
"""Pixels of a row's height."""

_FLOWS = """
SELECT f.origin, f.origin_class, f.reporting_country, f.persons_low, f.persons_high, f.possible_high,
    f.collection, f.origin_basis, f.grouping, f.family, f.flag
FROM baseline.origin_flows AS f
SEMI JOIN reference.groupings AS m
    ON m.grouping = f.grouping AND m.member = f.origin
    AND f.period_start BETWEEN m.valid_from AND coalesce(m.valid_to, f.period_start)
WHERE f.preferred AND f.measure = $measure AND year(f.period_end) = $year
ORDER BY ALL
"""
_OTHERS = """
SELECT o.origin_class AS origin, o.origin_class, o.reporting_country, o.persons_low, o.persons_high,
    o.possible_high
FROM baseline.origin_profile AS o
SEMI JOIN baseline.origin_flows AS f
    ON f.preferred AND (f.collection, f.measure, f.reporting_country, f.period_start)
     = (o.collection, o.measure, o.reporting_country, o.period_start)
WHERE o.measure = $measure AND year(o.period_end) = $year AND o.class_level = 'part'
  AND list_contains($rest, o.origin_class)
ORDER BY ALL
"""
_MEMBERS = """
SELECT member FROM reference.groupings
WHERE grouping = $grouping AND valid_from <= make_date($year, 12, 31)
  AND coalesce(valid_to, make_date($year, 12, 31)) >= make_date($year, 1, 1)
ORDER BY member
"""


@dataclass(frozen=True)
class _Cells:
    """What is drawn: one row an origin and reporting country, in the order of rows and columns."""

    cells: pd.DataFrame
    rows: list[str]
    columns: list[str]
    without: list[str]
    footer: list[str]
    title: str
    subtitle: str


def flows(
    warehouse: Warehouse, year: int, lang: str = DEFAULT, *, measure: str = "victims_detected"
) -> alt.VConcatChart:
    """Origin × reporting country of one year and measure, of preferred sources.

    A cell shows who is named of its origin, as an interval where it is one; a dashed one may hold more, and
    `?` says that nobody is named and somebody hidden may be of it. The last rows are the hidden part itself.
    `NoProfile` where the year has no flows.
    """
    drawn = _cells(warehouse, year, lang, measure)
    chart: alt.VConcatChart = (
        alt.vconcat(_matrix(drawn), charts.footer(drawn.footer), spacing=18)
        .properties(title=charts.title(drawn.title, drawn.subtitle), padding=18, background="white")
        .configure(font=charts.FONT)
        .configure_view(stroke=None)
        .configure_axis(domain=False, ticks=False, grid=False, labelColor=INK, labelLimit=260)
    )
    return chart


def _cells(warehouse: Warehouse, year: int, lang: str, measure: str) -> _Cells:
    asked: dict[str, Any] = {"measure": measure, "year": year}
    named = warehouse.query(_FLOWS, asked)
    if named.empty:
        raise NoProfile("chart.no_flows", measure=measure, year=year)
    rest = [c for c in codelists.codelist("origin_class") if c not in (OWN_NATIONAL, INTRA_REGIONAL)]
    others = warehouse.query(_OTHERS, asked | {"rest": rest})
    first = named.iloc[0]
    members = set(warehouse.query(_MEMBERS, {"grouping": first["grouping"], "year": year})["member"])
    reporting = set(named["reporting_country"])
    names = {c: countries.lookup(c).name(lang) for c in members | reporting}
    names |= {c.code: c.name(lang) for c in codelists.codelist("origin_class").values()}
    by_name = sorted(members | reporting, key=lambda c: names[c])
    there = [c for c in rest if (others.loc[others["origin"] == c, "persons_high"] != 0).any()]
    rows = [c for c in by_name if c in members] + sorted(there, key=lambda c: (c in HIDDEN, rest.index(c)))
    cells = pd.concat([named, others], ignore_index=True)
    basis = say(f"basis.{first['origin_basis']}", lang)
    seen_from = say("chart.seen_from", lang, grouping=first["grouping"], basis=basis)
    without = [c for c in by_name if c not in reporting]
    return _Cells(
        cells=_drawn(cells[cells["origin"].isin(rows)], lang).replace({"row": names, "column": names}),
        rows=[names[c] for c in rows],
        columns=[names[c] for c in by_name],
        without=[names[c] for c in without],
        footer=[
            say("chart.flows_read", lang),
            *([say("chart.flows_without", lang)] if without else []),
            *_doubts(named, names, lang),
            say(f"caveat.{first['family']}", lang),
            *(charts.citation_of(warehouse, c, lang) for c in sorted(set(named["collection"]))),
            say("chart.release", lang, **_release(warehouse)),
        ],
        title=say("chart.flows", lang, year=year),
        subtitle=f"{codelists.codelist('measure')[measure].name(lang)} · {seen_from}",
    )


def _drawn(cells: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Row, column, fill, strength and text of each cell, and whether somebody hidden may be of it."""
    is_hidden = cells["origin"].isin(HIDDEN)
    hidden = cells[is_hidden].groupby("reporting_country")["persons_high"].sum(min_count=1)
    hides = cells["reporting_country"].map(hidden != 0).fillna(False)
    low, high, possible = cells["persons_low"], cells["persons_high"], cells["possible_high"]
    # nobody is named: all that it may hold is what is hidden
    is_open = ~is_hidden & hides & (low == 0) & (high.isna() | (high == possible)) & (high != 0)
    counted = [charts.counted(*bounds, lang) for bounds in zip(low, high, strict=True)]
    size = low.where(~is_hidden, high.fillna(low))
    return pd.DataFrame(
        {
            "row": cells["origin"],
            "column": cells["reporting_country"],
            "text": pd.Series(counted, cells.index).mask(is_open, "?").mask(high == 0, ""),
            "fill": cells["origin_class"]
            .map(COLOURS)
            .where((low > 0) | is_hidden, NOBODY_NAMED)
            .mask(high == 0, "#FFFFFF"),
            "strength": _strength(size),
            "may_hold_more": ~is_hidden & hides & (is_open | possible.isna() | (possible > high)),
        }
    )


def _doubts(named: pd.DataFrame, names: dict[str, str], lang: str) -> list[str]:
    """What keeps a country's table out of baselines, one sentence for all."""
    grave = set(flags_that("out_of_baselines"))
    flags = {
        (country, flag)
        for country, text in zip(named["reporting_country"], named["flag"], strict=True)
        for flag in (text.split("+") if isinstance(text, str) else [])
        if flag in grave
    }
    doubts = [
        f"{names[country]}: {codelists.codelist('obs_flag')[flag].name(lang)}" for country, flag in flags
    ]
    return [say("chart.flows_doubted", lang, doubts="; ".join(sorted(doubts)))] if doubts else []


def _strength(size: pd.Series) -> pd.Series:
    """How strong a cell's colour is: by tenfold steps; full where there is no colour."""
    steps = size.clip(lower=1).map(lambda n: len(str(int(n))))
    return (0.25 * steps).clip(upper=1).where(size > 0, 1)


def _release(warehouse: Warehouse) -> dict[str, Any]:
    told = warehouse.query("SELECT release, as_of::VARCHAR AS as_of FROM registry.release").iloc[0]
    return {str(k): v for k, v in told.items()}


def _matrix(drawn: _Cells) -> Any:
    x = alt.X(
        "column:N",
        sort=drawn.columns,
        scale=alt.Scale(domain=drawn.columns),
        axis=alt.Axis(title=None, orient="top", labelAngle=-40),
    )
    y = alt.Y("row:N", sort=drawn.rows, scale=alt.Scale(domain=drawn.rows), axis=alt.Axis(title=None))
    shown = drawn.cells[["row", "column", "fill", "strength", "text", "may_hold_more"]]
    base = alt.Chart(shown).encode(x=x, y=y)
    fill = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("fill:N", scale=None), opacity=alt.Opacity("strength:Q", scale=None)
    )
    dashed = (
        alt.Chart(shown[shown["may_hold_more"]])
        .mark_rect(filled=False, stroke=PALE_INK, strokeDash=[2, 3], strokeWidth=1)
        .encode(x=x, y=y)
    )
    text = base.mark_text(fontSize=10, color=INK).encode(text="text:N")
    empty = pd.DataFrame([(r, c) for c in drawn.without for r in drawn.rows], columns=["row", "column"])
    layers = [fill, dashed, text]
    if drawn.without:
        layers.append(alt.Chart(empty).mark_text(text="·", color=PALE_INK).encode(x=x, y=y))
    return alt.layer(*layers).properties(width=WIDTH, height=CELL * len(drawn.rows))
