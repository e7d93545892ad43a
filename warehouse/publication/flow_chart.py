"""The chart of flows: origins by reporting country, with unknown parts marked as such.

Reads published tables only and computes no figure. charts.py saves it and has the parts that charts share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from schemas import codelists, countries
from schemas.flags import flags_with_effect
from schemas.origin import INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.publication import charts
from warehouse.publication.charts import COLOURS, INK, PALE_INK, WIDTH
from warehouse.publication.origin_years import UNKNOWN_CLASSES, NoProfile
from warehouse.reading.client import Warehouse
from warehouse.statements.headlines import count_text

NONE_NAMED_FILL = "#F3F3F3"
CELL = 30
"""Height of a row in pixels."""

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
class _FlowTable:
    """Cells of the chart, a row per origin and reporting country, with the order of rows and columns."""

    cells: pd.DataFrame
    rows: list[str]
    columns: list[str]
    without_table: list[str]
    footer: list[str]
    title: str
    subtitle: str


def flows(
    warehouse: Warehouse, year: int, lang: str = DEFAULT_LANGUAGE, *, measure: str = "victims_detected"
) -> alt.VConcatChart:
    """Draw origins by reporting country for a year and measure, from preferred sources.

    A cell shows the number of persons named with that origin, or its bounds. A dashed cell may have more, and
    `?` means that nobody is named while persons of unknown origin may belong there. The last rows are the
    unknown part itself. Raises NoProfile if the year has no flows.
    """
    flow_table = _flow_table(warehouse, year, lang, measure)
    chart: alt.VConcatChart = (
        alt.vconcat(_matrix(flow_table), charts.footer(flow_table.footer), spacing=18)
        .properties(title=charts.title(flow_table.title, flow_table.subtitle), padding=18, background="white")
        .configure(font=charts.FONT)
        .configure_view(stroke=None)
        .configure_axis(domain=False, ticks=False, grid=False, labelColor=INK, labelLimit=260)
    )
    return chart


def _flow_table(warehouse: Warehouse, year: int, lang: str, measure: str) -> _FlowTable:
    parameters: dict[str, Any] = {"measure": measure, "year": year}
    flows = warehouse.query(_FLOWS, parameters)
    if flows.empty:
        raise NoProfile("chart.no_flows", measure=measure, year=year)
    rest = [c for c in codelists.codelist("origin_class") if c not in (OWN_NATIONAL, INTRA_REGIONAL)]
    others = warehouse.query(_OTHERS, parameters | {"rest": rest})
    first = flows.iloc[0]
    members = set(warehouse.query(_MEMBERS, {"grouping": first["grouping"], "year": year})["member"])
    reporting = set(flows["reporting_country"])
    names = {c: countries.lookup(c).name(lang) for c in members | reporting}
    names |= {c.code: c.name(lang) for c in codelists.codelist("origin_class").values()}
    by_name = sorted(members | reporting, key=lambda c: names[c])
    occurring = [c for c in rest if (others.loc[others["origin"] == c, "persons_high"] != 0).any()]
    rows = [c for c in by_name if c in members] + sorted(
        occurring, key=lambda c: (c in UNKNOWN_CLASSES, rest.index(c))
    )
    cells = pd.concat([flows, others], ignore_index=True)
    basis = say(f"basis.{first['origin_basis']}", lang)
    seen_from = say("chart.seen_from", lang, grouping=first["grouping"], basis=basis)
    without_table = [c for c in by_name if c not in reporting]
    return _FlowTable(
        cells=_cell_marks(cells[cells["origin"].isin(rows)], lang).replace({"row": names, "column": names}),
        rows=[names[c] for c in rows],
        columns=[names[c] for c in by_name],
        without_table=[names[c] for c in without_table],
        footer=[
            say("chart.flows_read", lang),
            *([say("chart.flows_without", lang)] if without_table else []),
            *_doubt_sentences(flows, names, lang),
            say(f"caveat.{first['family']}", lang),
            *(charts.collection_citation(warehouse, c, lang) for c in sorted(set(flows["collection"]))),
            say("chart.release", lang, **_release(warehouse)),
        ],
        title=say("chart.flows", lang, year=year),
        subtitle=f"{codelists.codelist('measure')[measure].name(lang)} · {seen_from}",
    )


def _cell_marks(cells: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return each cell's row, column, fill, strength and text, and whether it may hold more persons."""
    is_unknown = cells["origin"].isin(UNKNOWN_CLASSES)
    # an open upper bound is not 0
    with_unknown = cells[is_unknown & (cells["persons_high"] != 0)]["reporting_country"]
    has_unknown = cells["reporting_country"].isin(with_unknown)
    low, high, possible = cells["persons_low"], cells["persons_high"], cells["possible_high"]
    # nobody is named, so the cell can hold only persons of unknown origin
    is_open = ~is_unknown & has_unknown & (low == 0) & (high.isna() | (high == possible)) & (high != 0)
    counts = [count_text(*bounds, lang) for bounds in zip(low, high, strict=True)]
    size = low.where(~is_unknown, high.fillna(low))
    return pd.DataFrame(
        {
            "row": cells["origin"],
            "column": cells["reporting_country"],
            "text": pd.Series(counts, cells.index).mask(is_open, "?").mask(high == 0, ""),
            "fill": cells["origin_class"]
            .map(COLOURS)
            .where((low > 0) | is_unknown, NONE_NAMED_FILL)
            .mask(high == 0, "#FFFFFF"),
            "strength": _strength(size),
            "may_hold_more": ~is_unknown & has_unknown & (is_open | possible.isna() | (possible > high)),
        }
    )


def _doubt_sentences(flows: pd.DataFrame, names: dict[str, str], lang: str) -> list[str]:
    """Return a sentence with the flags that keep countries' tables out of baselines."""
    grave = set(flags_with_effect("out_of_baselines"))
    flags = {
        (country, flag)
        for country, text in zip(flows["reporting_country"], flows["flag"], strict=True)
        for flag in (text.split("+") if isinstance(text, str) else [])
        if flag in grave
    }
    doubts = [
        f"{names[country]}: {codelists.codelist('obs_flag')[flag].name(lang)}" for country, flag in flags
    ]
    return [say("chart.flows_doubted", lang, doubts="; ".join(sorted(doubts)))] if doubts else []


def _strength(size: pd.Series) -> pd.Series:
    """Return the strength of a cell's colour, which follows the number of digits; 1 without colour."""
    steps = size.clip(lower=1).map(lambda n: len(str(int(n))))
    return (0.25 * steps).clip(upper=1).where(size > 0, 1)


def _release(warehouse: Warehouse) -> dict[str, str]:
    row = warehouse.query("SELECT release, as_of::VARCHAR AS as_of FROM registry.release").iloc[0]
    return {str(name): str(text) for name, text in row.items()}


def _matrix(flow_table: _FlowTable) -> Any:
    x = alt.X(
        "column:N",
        sort=flow_table.columns,
        scale=alt.Scale(domain=flow_table.columns),
        axis=alt.Axis(title=None, orient="top", labelAngle=-40),
    )
    y = alt.Y(
        "row:N", sort=flow_table.rows, scale=alt.Scale(domain=flow_table.rows), axis=alt.Axis(title=None)
    )
    columns = flow_table.cells[["row", "column", "fill", "strength", "text", "may_hold_more"]]
    base = alt.Chart(columns).encode(x=x, y=y)
    fill = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("fill:N", scale=None), opacity=alt.Opacity("strength:Q", scale=None)
    )
    dashed_edges = (
        alt.Chart(columns[columns["may_hold_more"]])
        .mark_rect(filled=False, stroke=PALE_INK, strokeDash=[2, 3], strokeWidth=1)
        .encode(x=x, y=y)
    )
    text = base.mark_text(fontSize=10, color=INK).encode(text="text:N")
    empty = pd.DataFrame(
        [(r, c) for c in flow_table.without_table for r in flow_table.rows], columns=["row", "column"]
    )
    layers = [fill, dashed_edges, text]
    if flow_table.without_table:
        layers.append(alt.Chart(empty).mark_text(text="·", color=PALE_INK).encode(x=x, y=y))
    return alt.layer(*layers).properties(width=WIDTH, height=CELL * len(flow_table.rows))
