"""Charts of a released file, and saving them. Reads published tables only; computes no figure.

What each year is: origin_years; what a title may say: seen. Classes differ in lightness as well as in hue, so
that they stay apart for whoever does not see red or green, and in grey; what is hidden has a dashed edge.
Nothing is fetched: a chart is drawn to PNG or SVG by vl-convert, in this process.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from schemas import codelists, countries
from schemas.code_names import coded
from schemas.origin import (
    EXTRA_CONTINENTAL,
    EXTRA_REGIONAL,
    EXTRA_REGIONAL_AMERICAS,
    FOREIGN,
    INDETERMINATE,
    INTRA_REGIONAL,
    OWN_NATIONAL,
    STATELESS,
)
from schemas.words import DEFAULT, Wrong, contract_language, number, say
from warehouse.publication.origin_years import NOT_DETAILED, Years, years_of
from warehouse.publication.seen import origin_title
from warehouse.reading.client import Warehouse

COLOURS = {
    OWN_NATIONAL: "#22305C",
    INTRA_REGIONAL: "#E08214",
    EXTRA_REGIONAL_AMERICAS: "#74C4EA",
    EXTRA_CONTINENTAL: "#0072B2",
    EXTRA_REGIONAL: "#1B7F79",
    FOREIGN: "#8A4F9E",
    STATELESS: "#F6D5E8",
    INDETERMINATE: "#DADADA",
    NOT_DETAILED: "#F4F4F4",
}
HIDDEN = (INDETERMINATE, NOT_DETAILED)
"""The classes that are no origin: whoever is in them may be of any other. Their edge is dashed."""
INK, PALE_INK = "#222222", "#595E64"
BAND, BREAK = "#EFE9D6", "#A32638"
FONT = "Helvetica Neue, Arial, DejaVu Sans, sans-serif"
PARTIAL_OPACITY = 0.45
WIDTH, WIDEST_BAR = 760, 46
"""Pixels of the picture's plot, and of a year's bar at most."""
HEIGHT, HEADROOM = 320, 1.4
"""Pixels of the bars, and how much higher than the highest bar the plot is: marks and numbers stand there."""
LONGEST_LABEL = 36
"""Letters of the label of a law or measure."""
DOUBTS_TOLD = 8
"""So many origins that appear at once are named."""


def origin_by_year(
    warehouse: Warehouse,
    collection: str,
    lang: str = DEFAULT,
    *,
    reporting_country: str | None = None,
    measure: str | None = None,
) -> alt.VConcatChart:
    """Stacked bars of origin classes per year; below them, the bounds of the shares inside, outside, of both.

    A chart speaks of one reporting country and one measure: where the collection has several, say
    which. ValueError names the choices; LookupError says that there is no origin profile at all.
    """
    worded = _worded(warehouse, years_of(warehouse, collection, reporting_country, measure), lang)
    chart: alt.VConcatChart = (
        alt.vconcat(
            _bars(worded),
            _shares(worded, INTRA_REGIONAL),
            _shares(worded, EXTRA_REGIONAL),
            _shares(worded, FOREIGN),
            footer(worded.footer),
            spacing=18,
        )
        .properties(
            title=title(worded.title, worded.subtitle),
            padding=18,
            background="white",
            description=worded.alt_text,
        )
        .resolve_scale(color="independent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            domain=False,
            ticks=False,
            gridColor="#E8E8E8",
            labelColor=PALE_INK,
            titleColor=PALE_INK,
            titleFontWeight="normal",
        )
    )
    return chart


def png(chart: alt.TopLevelMixin, *, scale: float = 2) -> bytes:
    """The chart as PNG, `scale` times as fine as its pixels."""
    return vl_convert.vegalite_to_png(chart.to_json(), scale=scale)


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart as SVG: text and shapes, no script; one picture with its text for whoever hears it."""
    drawn = vl_convert.vegalite_to_svg(chart.to_json())
    told = chart.to_dict().get("description")
    if not told:
        return drawn
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(told)}" ', 1)


class Shown:
    """A chart as a notebook shows it: the SVG itself, so that nothing is fetched to draw it."""

    def __init__(self, drawn: str) -> None:
        self._drawn = drawn

    def _repr_svg_(self) -> str:
        return self._drawn


def picture(chart: alt.TopLevelMixin) -> Shown:
    """The chart for a notebook, whichever program shows it."""
    return Shown(svg(chart))


def save(chart: alt.TopLevelMixin, path: Path | str) -> Path:
    """Write a chart as PNG or SVG, by the path's ending."""
    path = Path(path)
    if path.suffix not in (".png", ".svg"):
        raise Wrong("chart.file_type", file=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(chart) if path.suffix == ".png" else svg(chart).encode())
    return path


# ---- what all charts share -----------------------------------------------------------------------


def title(text: str, subtitle: str) -> alt.TitleParams:
    """The title of a chart, over what it measures."""
    return alt.TitleParams(
        textwrap.wrap(text, WIDTH // 10),
        subtitle=textwrap.wrap(subtitle, WIDTH // 6),
        anchor="start",
        fontSize=18,
        color=INK,
        subtitleFontSize=12,
        subtitleColor=PALE_INK,
        subtitlePadding=6,
        offset=14,
    )


def footer(sentences: list[str]) -> Any:
    """What the figures may not say, where they come from, and the release."""
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, WIDTH // 6)]
    return (
        alt.Chart(pd.DataFrame({"text": ["\n".join(lines)]}))
        .mark_text(align="left", baseline="top", lineBreak="\n", fontSize=11, lineHeight=15, color=PALE_INK)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
        .properties(width=WIDTH, height=15 * len(lines))
    )


def counted(low: float, high: float, lang: str) -> str:
    """A total or a rate as the language writes it: `1,234`, `0–4`, `1.53`, `≥ 169` where unbounded."""
    least, most = ("" if pd.isna(n) else number(round(n, 2), lang) for n in (low, high))
    if low == high:
        return least
    return f"≥\u00a0{least}" if pd.isna(high) else f"{least}–{most}"


def citation_of(warehouse: Warehouse, collection: str, lang: str) -> str:
    """Where figures come from, in the reader's language: title, extract, the publisher's own name."""
    row = warehouse.query(
        f"SELECT title_{contract_language(lang)} AS title, citation, "
        "(SELECT max(s.received_on)::VARCHAR FROM registry.submissions AS s "
        "WHERE s.collection = c.collection "
        "AND s.submission IN (SELECT submission FROM core.current)) AS received "
        "FROM registry.collections AS c WHERE collection = $collection",
        {"collection": collection},
    ).iloc[0]
    return say("chart.source", lang, **{str(k): v for k, v in row.items()})


# ---- a profile and its words ---------------------------------------------------------------------


@dataclass(frozen=True)
class _WordedYears:
    """The years and the words around them in one language."""

    years: Years
    lang: str
    title: str
    subtitle: str
    measure: str
    classes: dict[str, str]
    alt_text: str
    footer: list[str]

    @property
    def step(self) -> float:
        """Pixels from a year to the next."""
        return WIDTH / len(self.years.all)

    @property
    def bar(self) -> float:
        """Width of a year's bar."""
        return min(WIDEST_BAR, 0.75 * self.step)

    @property
    def year(self) -> alt.X:
        """The axis of years, a partial one saying so under its number."""
        totals = self.years.totals
        partial = [int(year) for year in totals.loc[totals["is_partial"], "year"]]
        word = say("chart.partial", self.lang)
        label = f"indexof({partial}, +datum.label) >= 0 ? [datum.label, '{word}'] : datum.label"
        axis = alt.Axis(title=None, labelAngle=0, labelExpr=label, labelPadding=6, labelLineHeight=12)
        return alt.X("year:O", scale=alt.Scale(domain=self.years.all), axis=axis)

    @property
    def top(self) -> float:
        """The end of the axis of the bars."""
        drawn = self.years.totals[["total_low", "total_high", "known"]].max().max()
        return HEADROOM * (float(drawn) or 1)


def _worded(warehouse: Warehouse, years: Years, lang: str) -> _WordedYears:
    facts = years.facts
    collection = warehouse.query(
        f"SELECT title_{contract_language(lang)} AS title FROM registry.collections "
        "WHERE collection = $collection",
        {"collection": facts["collection"]},
    ).iloc[0]
    country = countries.lookup(facts["reporting_country"]).name(lang)
    release = warehouse.query("SELECT release, as_of::VARCHAR AS as_of FROM registry.release").iloc[0]
    measure = codelists.codelist("measure")[facts["measure"]].name(lang)
    basis = say(f"basis.{facts['origin_basis']}", lang)
    seen_from = say("chart.seen_from", lang, grouping=facts["grouping"], basis=basis)
    said = origin_title(years, lang)
    years_told = say(f"chart.years.{facts['period_basis']}", lang)
    subtitle = " · ".join(filter(None, [collection["title"], country, measure, seen_from, years_told]))
    return _WordedYears(
        years=years,
        lang=lang,
        title=said,
        subtitle=subtitle,
        measure=measure,
        classes={c.code: c.name(lang) for c in codelists.codelist("origin_class").values()},
        alt_text=say("chart.alt_text", lang, title=said, subtitle=subtitle, years=_spoken(years, lang)),
        footer=[
            *notes(years, lang),
            say(f"caveat.{facts['family']}", lang),
            citation_of(warehouse, facts["collection"], lang),
            say("chart.release", lang, **release),
        ],
    )


def _spoken(years: Years, lang: str) -> str:
    """Every year and its total, for whoever hears the chart."""
    return "; ".join(f"{row.year}: {_said_total(row, lang)}" for row in years.totals.itertuples())


def _said_total(row: Any, lang: str) -> str:
    if row.state in ("not_reported", "in_quarantine", "withheld"):
        return say(f"chart.state.{row.state}", lang)
    said = counted(row.total_low, row.total_high, lang)
    return say("headline.in_doubt", lang, value=said) if row.is_doubted else said


def notes(years: Years, lang: str) -> list[str]:
    """What the marks mean, of those that occur."""
    totals = years.totals
    said = {
        "hidden": _hides(years),
        "partial_note": totals["is_partial"].any(),
        "withheld": years.shares["share_low"].isna().any(),
        "doubted": years.shares["is_doubted"].any(),
    }
    if _names_nobody(years):
        said["nobody_named"] = True
    notes = [say(f"chart.{note}", lang) for note, applies in said.items() if applies]
    marks = [
        say("chart.mark", lang, mark=mark, meaning=say(f"chart.state.{state}", lang))
        for state, mark in MARKS.items()
        if (totals["state"] == state).any()
    ]
    return [*notes, *([" ".join(marks)] if marks else []), *_suspicions(years, lang), *_levels(years, lang)]


def _suspicions(years: Years, lang: str) -> list[str]:
    """The years in doubt and why; the origins that appear at once."""
    notes = []
    if years.doubts:
        doubts = [f"{year}: {coded('obs_flag', flag, lang)}" for year, flag in years.doubts]
        notes.append(say("chart.in_doubt", lang, doubts="; ".join(doubts)))
    if years.sudden:
        named = [f"{countries.lookup(c).name(lang) if c[0] != '_' else c} {y}" for y, c in years.sudden]
        more = say("chart.and_more", lang, n=len(named) - DOUBTS_TOLD) if len(named) > DOUBTS_TOLD else ""
        notes.append(say("chart.sudden", lang, origins="; ".join(named[-DOUBTS_TOLD:]) + more))
    return notes


def _levels(years: Years, lang: str) -> list[str]:
    """What the band and the line of a break are."""
    notes = []
    if years.band:
        level = say("chart.level", lang, level=_whole(years.band.low, years.band.high, lang))
        notes.append(say("chart.band_note", lang, first=years.band.first, last=years.band.last, level=level))
    for decided in (True, False):
        if told := [str(year) for year, is_decided in years.breaks if is_decided == decided]:
            key = "chart.break_note" if decided else "chart.suspected_note"
            notes.append(say(key, lang, years=", ".join(told)))
    if dated := [f"{one.said(lang)} ({one.year})" for one in years.events if one.year in years.all]:
        notes.append(say("chart.events", lang, mark=EVENT, events="; ".join(dated)))
    return notes


def _whole(low: float, high: float, lang: str) -> str:
    return "–".join(dict.fromkeys(number(round(n), lang) for n in (low, high)))


def _hides(years: Years) -> bool:
    """Whether the origin of somebody in some year is not told."""
    return bool((years.totals["total_high"] > years.totals["known"]).any()) or _has_unknown(years)


def _names_nobody(years: Years) -> bool:
    """Whether a year's table by origin has no row of one of the classes whose shares are drawn."""
    told = years.totals.loc[years.totals["state"] == "reported", "year"]
    there = years.shares.groupby("year")["origin_class"].nunique().reindex(told, fill_value=0)
    return bool((there < years.shares["origin_class"].nunique()).any())


def _has_unknown(years: Years) -> bool:
    return bool((years.parts.loc[years.parts["origin_class"] == INDETERMINATE, "persons_low"] > 0).any())


# ---- what is drawn -------------------------------------------------------------------------------

_OPACITY = alt.condition("datum.is_partial || datum.in_doubt", alt.value(PARTIAL_OPACITY), alt.value(1))
MARKS = {"zero": "0", "no_table": "□", "not_reported": "—", "withheld": "⊘", "in_quarantine": "⧖"}
"""What stands for a year of each state where no bar tells it."""
NOBODY_NAMED, EVENT = "·", "§"


def _bars(worded: _WordedYears) -> Any:
    """The sure minimum of each class, stacked; over it, dashed, whom the table leaves open; and the total."""
    x = worded.year
    y = alt.Y(
        "low:Q",
        title=worded.measure,
        scale=alt.Scale(domain=[0, worded.top], nice=False),
        axis=alt.Axis(labelExpr=_thousands(worded.lang), tickCount=5),
    )
    stacked = (
        alt.Chart(_stack(worded))
        .mark_bar(size=worded.bar, stroke="white", strokeWidth=1)
        .encode(x=x, y=y, y2="high:Q", color=_class_colours(worded), opacity=_OPACITY)
    )
    hidden = (
        alt.Chart(_hidden(worded))
        .mark_bar(size=worded.bar - 1, stroke=PALE_INK, strokeDash=[3, 2], strokeWidth=1)
        .encode(x=x, y=y, y2="high:Q", color=alt.Color("fill:N", scale=None, legend=None))
    )
    totals = _totals(worded)
    line = alt.Chart(totals[totals["top"] > 0]).mark_tick(thickness=1.5, color=INK, width=worded.bar)
    layers = [
        *_baseline(worded),
        stacked,
        hidden,
        line.encode(x=x, y="total:Q"),
        *_labels(totals, x),
        *_break_lines(worded),
        *_event_rules(worded),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _thousands(lang: str) -> str:
    """A tick as the language writes thousands."""
    return f"replace(format(datum.value, ',d'), /,/g, '{say('number.thousands', lang)}')"


def _labels(totals: pd.DataFrame, x: alt.X) -> list[Any]:
    """The totals over the bars, as many lines as each has, on a rim of white that no line runs through."""
    layers = []
    for lines, rows in totals.groupby(totals["text"].str.count("\n")):
        written: dict[str, Any] = {"dy": -8 - 11 * int(lines), "fontSize": 10, "color": INK, "lineHeight": 11}
        for rim in ({"stroke": "white", "strokeWidth": 3}, {}):
            mark = alt.Chart(rows).mark_text(**(written | rim), lineBreak="\n")
            layers.append(mark.encode(x=x, y="top:Q", text="text:N"))
    return layers


def _stack(worded: _WordedYears) -> pd.DataFrame:
    """From where to where each class stands in its year's bar: one on the other, their sure minima."""
    years = worded.years
    doubted = {year for year, _ in years.doubts}
    shown = years.parts[years.parts["origin_class"] != NOT_DETAILED]
    shown = shown[shown["persons_low"] > 0].sort_values(["year", "position"])
    high = shown.groupby("year")["persons_low"].cumsum()
    return pd.DataFrame(
        {
            "year": shown["year"],
            "origin_class": shown["origin_class"].map(worded.classes),
            "persons_low": shown["persons_low"],
            "low": high - shown["persons_low"],
            "high": high,
            "is_partial": shown["is_partial"],
            "in_doubt": shown["year"].isin(doubted),
        }
    )


def _hidden(worded: _WordedYears) -> pd.DataFrame:
    """Who is of unknown origin, and who is told by no class, up to the total."""
    years = worded.years
    stack = _stack(worded)
    unknown = stack[stack["origin_class"] == worded.classes[INDETERMINATE]]
    totals = years.totals[years.totals["total_high"] > years.totals["known"]]
    rows = [
        unknown[["year", "low", "high"]].assign(fill=COLOURS[INDETERMINATE]),
        pd.DataFrame(
            {
                "year": totals["year"],
                "low": totals["known"],
                "high": totals["total_high"],
                "fill": COLOURS[NOT_DETAILED],
            }
        ),
    ]
    return pd.concat(rows, ignore_index=True)


def _class_colours(worded: _WordedYears) -> alt.Color:
    """Colours and legend of the classes that occur."""
    occurs = worded.years.parts.groupby("origin_class")["persons_low"].sum() > 0
    hides = bool((worded.years.totals["total_high"] > worded.years.totals["known"]).any())
    shown = [
        c for c in COLOURS if (occurs.get(c, False) and c != NOT_DETAILED) or (c == NOT_DETAILED and hides)
    ]
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=3,
        labelFontSize=11,
        labelColor=INK,
        labelLimit=260,
        symbolType="square",
        symbolStrokeColor=PALE_INK,
        symbolStrokeWidth=0.5,
        columnPadding=12,
        offset=6,
    )
    scale = alt.Scale(domain=[worded.classes[c] for c in shown], range=[COLOURS[c] for c in shown])
    return alt.Color("origin_class:N", scale=scale, legend=legend)


def _totals(worded: _WordedYears) -> pd.DataFrame:
    """Each year's total, where to draw it and how to write it."""
    totals = worded.years.totals.copy()
    sudden = {year for year, _ in worded.years.sudden}
    totals["total"] = totals["total_high"].fillna(totals["total_low"])
    totals["top"] = totals[["total", "known"]].max(axis=1).fillna(0)
    totals["text"] = [
        _label(row, row.year in sudden, worded.step, worded.lang) for row in totals.itertuples()
    ]
    return totals[["year", "total", "top", "text", "state"]]


def _label(row: Any, is_sudden: bool, step: float, lang: str) -> str:
    """A total over its bar, in two lines where one would touch its neighbour's; marks of doubt over it."""
    if row.state in ("not_reported", "withheld", "in_quarantine", "zero"):
        return MARKS[row.state]
    text = counted(row.total_low, row.total_high, lang)
    if 6 * len(text) > step:
        text = text.replace("–", "–\n")
    if row.is_doubted:
        text += "\u00a0?"
    return f"{DOUBT}\n{text}" if is_sudden else text


DOUBT = "△"
"""Stands over a year in which an origin appears large and at once."""


def _baseline(worded: _WordedYears) -> list[Any]:
    """The years of the baseline as a band, and its level as a line over all years."""
    band = worded.years.band
    if band is None:
        return []
    years = pd.DataFrame({"year": [y for y in worded.years.all if band.first <= y <= band.last]})
    low = alt.value(0), alt.value(HEIGHT)
    shade = alt.Chart(years).mark_bar(size=worded.step, color=BAND).encode(x=worded.year, y=low[0], y2=low[1])
    level = (
        alt.Chart(pd.DataFrame({"low": [band.low], "high": [band.high]}))
        .mark_rule(strokeDash=[1, 3], color=INK, strokeWidth=1.2)
        .encode(y="low:Q")
    )
    label = (
        alt.Chart(years.head(1).assign(text=say("chart.band", worded.lang)))
        .mark_text(align="left", baseline="top", fontSize=10, color=INK, dx=-worded.step / 2 + 3)
        .encode(x=worded.year, y=alt.value(3), text="text:N")
    )
    return [shade, level, label] if len(years) else []


def _break_lines(worded: _WordedYears) -> list[Any]:
    """A line before the first year after a break: whole where it is decided, dashed where it is suspected."""
    layers: list[Any] = []
    for decided in (True, False):
        told = [year for year, is_decided in worded.years.breaks if is_decided == decided]
        told = [year for year in told if year in worded.years.all]
        if not told:
            continue
        text = say("chart.break" if decided else "chart.suspected", worded.lang)
        rows = alt.Chart(pd.DataFrame({"year": told, "text": text}))
        dash = [1, 0] if decided else [5, 3]
        layers += [
            rows.mark_rule(color=BREAK, strokeDash=dash, strokeWidth=1.5, xOffset=-worded.step / 2).encode(
                x=worded.year
            ),
            rows.mark_text(
                align="left", baseline="top", fontSize=10, color=BREAK, dx=-worded.step / 2 + 4
            ).encode(x=worded.year, y=alt.value(17), text="text:N"),
        ]
    return layers


def _event_rules(worded: _WordedYears) -> list[Any]:
    """A dotted rule with its label in each year in which a law entered into force, or a measure began."""
    labels = event_labels(worded.years, worded.lang)
    if not labels:
        return []
    rows = alt.Chart(pd.DataFrame({"year": list(labels), "text": list(labels.values())}))
    return [
        rows.mark_rule(color=INK, strokeDash=[1, 3], strokeWidth=1.2).encode(x=worded.year),
        rows.mark_text(align="left", baseline="top", fontSize=10, color=INK, dx=4).encode(
            x=worded.year, y=alt.value(30), text="text:N"
        ),
    ]


def event_labels(years: Years, lang: str) -> dict[int, str]:
    """What stands beside the rule of a year: its laws and measures, shortened; the note says them whole."""
    named: dict[int, list[str]] = {}
    for one in years.events:
        if one.year in years.all:
            named.setdefault(one.year, []).append(one.said(lang))
    return {
        year: f"{EVENT} {textwrap.shorten('; '.join(said), LONGEST_LABEL, placeholder='…')}"
        for year, said in sorted(named.items())
    }


def _shares(worded: _WordedYears, name: str) -> Any:
    """A class's share as a bar from its lower to its upper bound; a line where they are one."""
    shares = worded.years.shares
    told = shares[shares["origin_class"] == name]
    known = told.loc[
        told["share_low"].notna(),
        ["origin_class", "year", "share_low", "share_high", "is_partial", "is_doubted"],
    ]
    known = known.assign(in_doubt=known["year"].isin({year for year, _ in worded.years.doubts}))
    untold = _untold(worded, told)
    top = float(known["share_high"].max()) if len(known) else 1.0
    scale = alt.Scale(domain=[0, min(1.0, 1.15 * top) or 1.0], nice=True)
    percent = f"replace(format(datum.value, '~%'), '%', '{say('chart.percent_sign', worded.lang)}')"
    y = alt.Y("share_low:Q", title=None, scale=scale, axis=alt.Axis(labelExpr=percent, tickCount=4))
    x, band = worded.year, worded.bar / 2
    colour = alt.condition("datum.is_doubted", alt.value(PALE_INK), alt.value(COLOURS[name]))
    bounds = alt.Chart(known).mark_tick(thickness=2, width=band).encode(x=x, color=colour, opacity=_OPACITY)
    doubted = alt.Chart(known[known["is_doubted"]]).mark_text(text="?", color=PALE_INK, fontSize=13, dy=-9)
    layers = [
        alt.Chart(known).mark_bar(size=band, opacity=0.4).encode(x=x, y=y, y2="share_high:Q", color=colour),
        bounds.encode(y=y),
        bounds.encode(y="share_high:Q"),
        doubted.encode(x=x, y="share_high:Q"),
        alt.Chart(untold).mark_text(color=PALE_INK, fontSize=12, dy=-7).encode(x=x, y="at:Q", text="text:N"),
    ]
    heading = alt.TitleParams(
        say("chart.share", worded.lang, name=worded.classes[name]),
        anchor="start",
        frame="group",
        fontSize=12,
        fontWeight="normal",
        color=INK,
        offset=8,
    )
    return alt.layer(*layers).properties(title=heading, width=WIDTH, height=110)


def _untold(worded: _WordedYears, told: pd.DataFrame) -> pd.DataFrame:
    """The years without a share and what stands there: withheld, nobody named, no table, nothing came."""
    totals = worded.years.totals
    states = dict(zip(totals["year"], totals["state"], strict=True))
    withheld = set(told.loc[told["share_low"].isna(), "year"])
    named = set(told.loc[told["share_low"].notna(), "year"])
    rows = [
        (year, 0.0, "×" if year in withheld else MARKS.get(states[year], NOBODY_NAMED))
        for year in worded.years.all
        if year not in named
    ]
    return pd.DataFrame(rows, columns=["year", "at", "text"])
