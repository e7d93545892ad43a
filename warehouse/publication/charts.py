"""Charts of a released file, and saving them. Reads published tables only and computes no figure.

The state of each year comes from origin_years, the title from chart_titles. Classes differ in lightness as
well as in hue, so that they remain distinct in grey and for colour-blind readers. Unknown parts have a dashed
edge. vl-convert draws PNG and SVG in this process, so nothing is fetched.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import vl_convert

from schemas import codelists, countries
from schemas.code_names import name_in_list
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
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, contract_language, number, say
from warehouse.publication.chart_titles import origin_title, years_text
from warehouse.publication.origin_years import NOT_DETAILED, Years, years_of
from warehouse.publication.quality.wording import within_sentence
from warehouse.reading.client import Warehouse
from warehouse.reading.rows import row_dicts
from warehouse.statements.headlines import count_text
from warehouse.statements.series_sentences import kind_in_year, series_caveat

if TYPE_CHECKING:
    from schemas.tables.rows import SeriesKindsRow

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
INK, PALE_INK = "#222222", "#595E64"
BAND, BREAK = "#EFE9D6", "#A32638"
FONT = "Helvetica Neue, Arial, DejaVu Sans, sans-serif"
PARTIAL_OPACITY = 0.45
WIDTH, WIDEST_BAR = 760, 46
"""Pixels of the plot, and the greatest width of a bar."""
HEIGHT, HEADROOM = 320, 1.4
"""Height of the bars in pixels, and the factor that leaves space for marks and numbers above them."""
LONGEST_LABEL = 36
"""Most letters in the label of a law or measure."""
SUDDEN_SHOWN = 8
"""Most origins named in the note on origins that appear suddenly."""


def origin_by_year(
    warehouse: Warehouse,
    collection: str,
    lang: str = DEFAULT_LANGUAGE,
    *,
    reporting_country: str | None = None,
    measure: str | None = None,
) -> alt.VConcatChart:
    """Draw stacked bars of origin classes per year, and below them the bounds of three shares.

    The shares are those of other members, of outside, and of all foreigners. A chart has a single
    reporting
    country and measure; if the collection has several, name them. Raises InvalidValue, which names the
    choices, and NoProfile if the collection has no origin profile.
    """
    profile = _profile(warehouse, years_of(warehouse, collection, reporting_country, measure), lang)
    chart: alt.VConcatChart = (
        alt.vconcat(
            _bars(profile),
            _share_chart(profile, INTRA_REGIONAL),
            _share_chart(profile, EXTRA_REGIONAL),
            _share_chart(profile, FOREIGN),
            footer(profile.footer),
            spacing=18,
        )
        .properties(
            title=title(profile.title, profile.subtitle),
            padding=18,
            background="white",
            description=profile.alt_text,
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
    """Return the chart as PNG, with `scale` times its pixels."""
    return vl_convert.vegalite_to_png(chart.to_json(), scale=scale)


def svg(chart: alt.TopLevelMixin) -> str:
    """Return the chart as SVG without scripts, with a description for screen readers."""
    markup = vl_convert.vegalite_to_svg(chart.to_json())
    description = chart.to_dict().get("description")
    if not description:
        return markup
    return markup.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)


class NotebookPicture:
    """A chart as SVG for a notebook, so that displaying it fetches nothing."""

    def __init__(self, markup: str) -> None:
        self._markup = markup

    def _repr_svg_(self) -> str:
        return self._markup


def picture(chart: alt.TopLevelMixin) -> NotebookPicture:
    """Return the chart for a notebook, whatever program displays it."""
    return NotebookPicture(svg(chart))


def save(chart: alt.TopLevelMixin, path: Path | str) -> Path:
    """Write a chart as PNG or SVG, by the path's suffix."""
    path = Path(path)
    if path.suffix not in (".png", ".svg"):
        raise InvalidValue("chart.file_type", file=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(chart) if path.suffix == ".png" else svg(chart).encode())
    return path


# ---- parts of every chart --------------------------------------------------------------------------


def title(text: str, subtitle: str) -> alt.TitleParams:
    """Return the title of a chart, above its subtitle."""
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
    """Return the notes below a chart: limits of the figures, sources, and the release."""
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, WIDTH // 6)]
    return (
        alt.Chart(pd.DataFrame({"text": ["\n".join(lines)]}))
        .mark_text(align="left", baseline="top", lineBreak="\n", fontSize=11, lineHeight=15, color=PALE_INK)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
        .properties(width=WIDTH, height=15 * len(lines))
    )


def collection_citation(warehouse: Warehouse, collection: str, lang: str) -> str:
    """Return the source of figures in the reader's language: title, extract, publisher's own name."""
    row = warehouse.query(
        f"SELECT title_{contract_language(lang)} AS title, citation, "
        "(SELECT max(s.received_on)::VARCHAR FROM registry.submissions AS s "
        "WHERE s.collection = c.collection "
        "AND s.submission IN (SELECT submission FROM core.current)) AS received "
        "FROM registry.collections AS c WHERE collection = $collection",
        {"collection": collection},
    ).iloc[0]
    return say("chart.source", lang, **{str(k): v for k, v in row.items()})


# ---- a profile and its texts -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Profile:
    """The years of a profile, with their texts in a language."""

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
        """The axis of years. A partial year is marked below its number."""
        totals = self.years.totals
        partial = [int(year) for year in totals.loc[totals["is_partial"], "year"]]
        word = say("chart.partial", self.lang)
        label = f"indexof({partial}, +datum.label) >= 0 ? [datum.label, '{word}'] : datum.label"
        axis = alt.Axis(title=None, labelAngle=0, labelExpr=label, labelPadding=6, labelLineHeight=12)
        return alt.X("year:O", scale=alt.Scale(domain=self.years.all), axis=axis)

    @property
    def top(self) -> float:
        """Upper end of the axis of the bars."""
        highest = self.years.totals[["total_low", "total_high", "known"]].max().max()
        return HEADROOM * (float(highest) or 1)


def _profile(warehouse: Warehouse, years: Years, lang: str) -> _Profile:
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
    heading = origin_title(years, lang)
    year_basis = say(f"chart.years.{facts['period_basis']}", lang)
    subtitle = " · ".join(filter(None, [collection["title"], country, measure, seen_from, year_basis]))
    return _Profile(
        years=years,
        lang=lang,
        title=heading,
        subtitle=subtitle,
        measure=measure,
        classes={c.code: c.name(lang) for c in codelists.codelist("origin_class").values()},
        alt_text=say(
            "chart.alt_text", lang, title=heading, subtitle=subtitle, years=_spoken_totals(years, lang)
        ),
        footer=[
            *notes(years, lang),
            *_series_caveats(warehouse, years, lang),
            say(f"caveat.{facts['family']}", lang),
            collection_citation(warehouse, facts["collection"], lang),
            say("chart.release", lang, **release),
        ],
    )


def _series_caveats(warehouse: Warehouse, years: Years, lang: str) -> list[str]:
    """Return what the series counts in the years shown; each text with its years if there are several."""
    kinds = warehouse.connection.execute(
        "SELECT * FROM core.series_kinds WHERE collection = $collection AND measure = $measure "
        "AND reporting_country = $reporting_country ORDER BY valid_from",
        {name: years.facts[name] for name in ("collection", "measure", "reporting_country")},
    )
    series: list[SeriesKindsRow] = row_dicts(kinds)
    years_by_text: dict[str, list[int]] = {}
    for year in years.all:
        if kind := kind_in_year(series, year):
            years_by_text.setdefault(series_caveat(kind, lang), []).append(year)
    if len(years_by_text) == 1:
        return list(years_by_text)
    return [f"{years_text(text_years)}: {text}" for text, text_years in years_by_text.items()]


def _spoken_totals(years: Years, lang: str) -> str:
    """Return every year with its total, for screen readers."""
    return "; ".join(f"{row.year}: {_total_text(row, lang)}" for row in years.totals.itertuples())


def _total_text(row: Any, lang: str) -> str:
    if row.state in ("not_reported", "in_quarantine", "withheld"):
        return state_text(row.state, lang)
    value = count_text(row.total_low, row.total_high, lang)
    return say("headline.in_doubt", lang, value=value) if row.is_doubted else value


def state_text(state: str, lang: str) -> str:
    """Return what there is of a year without a bar of classes."""
    return within_sentence(name_in_list("statement_code", state, lang))


def notes(years: Years, lang: str) -> list[str]:
    """Explain the marks that occur in a chart."""
    totals = years.totals
    applies_to = {
        "hidden": _has_unnamed(years),
        "partial_note": totals["is_partial"].any(),
        "withheld": years.shares["share_low"].isna().any(),
        "doubted": years.shares["is_doubted"].any(),
    }
    if _lacks_class(years):
        applies_to["nobody_named"] = True
    notes = [say(f"chart.{note}", lang) for note, applies in applies_to.items() if applies]
    marks = [
        say("chart.mark", lang, mark=mark, meaning=state_text(state, lang))
        for state, mark in MARKS.items()
        if (totals["state"] == state).any()
    ]
    return [
        *notes,
        *([" ".join(marks)] if marks else []),
        *_doubt_notes(years, lang),
        *_line_notes(years, lang),
    ]


def _doubt_notes(years: Years, lang: str) -> list[str]:
    """Return notes on the years in doubt, and on origins that appear suddenly."""
    notes = []
    if years.doubts:
        doubts = [f"{year}: {name_in_list('obs_flag', flag, lang)}" for year, flag in years.doubts]
        notes.append(say("chart.in_doubt", lang, doubts="; ".join(doubts)))
    if years.sudden:
        names = [f"{countries.lookup(c).name(lang) if c[0] != '_' else c} {y}" for y, c in years.sudden]
        rest = say("chart.and_more", lang, n=len(names) - SUDDEN_SHOWN) if len(names) > SUDDEN_SHOWN else ""
        notes.append(say("chart.sudden", lang, origins="; ".join(names[-SUDDEN_SHOWN:]) + rest))
    return notes


def _line_notes(years: Years, lang: str) -> list[str]:
    """Return notes on the baseline band, the break lines, and the events."""
    notes = []
    if years.band:
        level = say("chart.level", lang, level=_rounded_range(years.band.low, years.band.high, lang))
        notes.append(say("chart.band_note", lang, first=years.band.first, last=years.band.last, level=level))
    for are_decided in (True, False):
        if break_years := [str(year) for year, is_decided in years.breaks if is_decided == are_decided]:
            key = "chart.break_note" if are_decided else "chart.suspected_note"
            notes.append(say(key, lang, years=", ".join(break_years)))
    if events := [f"{event.text(lang)} ({event.year})" for event in years.events if event.year in years.all]:
        notes.append(say("chart.events", lang, mark=EVENT, events="; ".join(events)))
    return notes


def _rounded_range(low: float, high: float, lang: str) -> str:
    return "–".join(dict.fromkeys(number(round(n), lang) for n in (low, high)))


def _has_unnamed(years: Years) -> bool:
    """Return whether the origin of some persons is unknown in any year."""
    return bool((years.totals["total_high"] > years.totals["known"]).any()) or _has_indeterminate(years)


def _lacks_class(years: Years) -> bool:
    """Return whether a year's table by origin lacks a class whose shares are drawn."""
    reported_years = years.totals.loc[years.totals["state"] == "reported", "year"]
    classes_of_year = (
        years.shares.groupby("year")["origin_class"].nunique().reindex(reported_years, fill_value=0)
    )
    return bool((classes_of_year < years.shares["origin_class"].nunique()).any())


def _has_indeterminate(years: Years) -> bool:
    return bool((years.parts.loc[years.parts["origin_class"] == INDETERMINATE, "persons_low"] > 0).any())


# ---- the drawing -----------------------------------------------------------------------------------

_OPACITY = alt.condition("datum.is_partial || datum.in_doubt", alt.value(PARTIAL_OPACITY), alt.value(1))
MARKS = {"zero": "0", "no_table": "□", "not_reported": "—", "withheld": "⊘", "in_quarantine": "⧖"}
"""The mark of each state of a year that has no bar."""
NONE_NAMED, EVENT = "·", "§"


def _bars(profile: _Profile) -> Any:
    """Return the lower bounds of classes, stacked; above them the unknown part, dashed; and the total."""
    x = profile.year
    y = alt.Y(
        "low:Q",
        title=profile.measure,
        scale=alt.Scale(domain=[0, profile.top], nice=False),
        axis=alt.Axis(labelExpr=_thousands(profile.lang), tickCount=5),
    )
    class_bars = (
        alt.Chart(_stack(profile))
        .mark_bar(size=profile.bar, stroke="white", strokeWidth=1)
        .encode(x=x, y=y, y2="high:Q", color=_class_colours(profile), opacity=_OPACITY)
    )
    unknown = (
        alt.Chart(_unknown_parts(profile))
        .mark_bar(size=profile.bar - 1, stroke=PALE_INK, strokeDash=[3, 2], strokeWidth=1)
        .encode(x=x, y=y, y2="high:Q", color=alt.Color("fill:N", scale=None, legend=None))
    )
    totals = _totals(profile)
    line = alt.Chart(totals[totals["top"] > 0]).mark_tick(thickness=1.5, color=INK, width=profile.bar)
    layers = [
        *_baseline_layers(profile),
        class_bars,
        unknown,
        line.encode(x=x, y="total:Q"),
        *_label_layers(totals, x),
        *_break_layers(profile),
        *_event_layers(profile),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _thousands(lang: str) -> str:
    """Return the label expression for thousands in the language's format."""
    return f"replace(format(datum.value, ',d'), /,/g, '{say('number.thousands', lang)}')"


def _label_layers(totals: pd.DataFrame, x: alt.X) -> list[Any]:
    """Return the totals above the bars, on a white rim so that lines behind them do not cross the text.

    Each layer has the totals with the same number of lines.
    """
    layers = []
    for lines, rows in totals.groupby(totals["text"].str.count("\n")):
        style: dict[str, Any] = {"dy": -8 - 11 * int(lines), "fontSize": 10, "color": INK, "lineHeight": 11}
        for rim in ({"stroke": "white", "strokeWidth": 3}, {}):
            mark = alt.Chart(rows).mark_text(**(style | rim), lineBreak="\n")
            layers.append(mark.encode(x=x, y="top:Q", text="text:N"))
    return layers


def _stack(profile: _Profile) -> pd.DataFrame:
    """Return the extent of each class in its year's bar: their lower bounds, stacked."""
    years = profile.years
    doubtful = {year for year, _ in years.doubts}
    parts = years.parts[years.parts["origin_class"] != NOT_DETAILED]
    parts = parts[parts["persons_low"] > 0].sort_values(["year", "position"])
    tops = parts.groupby("year")["persons_low"].cumsum()
    return pd.DataFrame(
        {
            "year": parts["year"],
            "origin_class": parts["origin_class"].map(profile.classes),
            "persons_low": parts["persons_low"],
            "low": tops.groupby(parts["year"]).shift(fill_value=0),
            "high": tops,
            "is_partial": parts["is_partial"],
            "in_doubt": parts["year"].isin(doubtful),
        }
    )


def _unknown_parts(profile: _Profile) -> pd.DataFrame:
    """Return the persons of unknown origin, and those in no class, up to the total."""
    years = profile.years
    stack = _stack(profile)
    unknown = stack[stack["origin_class"] == profile.classes[INDETERMINATE]]
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


def _class_colours(profile: _Profile) -> alt.Color:
    """Return the colours and the legend of the classes that occur."""
    parts = profile.years.parts
    has_persons = (parts["persons_low"] > 0).groupby(parts["origin_class"]).any()
    has_unnamed = bool((profile.years.totals["total_high"] > profile.years.totals["known"]).any())
    classes = [
        c
        for c in COLOURS
        if (has_persons.get(c, False) and c != NOT_DETAILED) or (c == NOT_DETAILED and has_unnamed)
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
    scale = alt.Scale(domain=[profile.classes[c] for c in classes], range=[COLOURS[c] for c in classes])
    return alt.Color("origin_class:N", scale=scale, legend=legend)


def _totals(profile: _Profile) -> pd.DataFrame:
    """Return each year's total, its position, and its text."""
    totals = profile.years.totals.copy()
    sudden = {year for year, _ in profile.years.sudden}
    totals["total"] = totals["total_high"].fillna(totals["total_low"])
    totals["top"] = totals[["total", "known"]].max(axis=1).fillna(0)
    totals["text"] = [
        _label(row, row.year in sudden, profile.step, profile.lang) for row in totals.itertuples()
    ]
    return totals[["year", "total", "top", "text", "state"]]


def _label(row: Any, is_sudden: bool, step: float, lang: str) -> str:
    """Return the text of a total with its marks of doubt; it breaks if it would touch the next bar's."""
    if row.state in ("not_reported", "withheld", "in_quarantine", "zero"):
        return MARKS[row.state]
    text = count_text(row.total_low, row.total_high, lang)
    if 6 * len(text) > step:
        text = text.replace("–", "–\n")
    if row.is_doubted:
        text += "\u00a0?"
    return f"{DOUBT}\n{text}" if is_sudden else text


DOUBT = "△"
"""Mark above a year in which a large origin appears suddenly."""


def _baseline_layers(profile: _Profile) -> list[Any]:
    """Return the layers of the baseline: a band over its years, and its level as a line."""
    band = profile.years.band
    if band is None:
        return []
    years = pd.DataFrame({"year": [y for y in profile.years.all if band.first <= y <= band.last]})
    low = alt.value(0), alt.value(HEIGHT)
    shade = (
        alt.Chart(years).mark_bar(size=profile.step, color=BAND).encode(x=profile.year, y=low[0], y2=low[1])
    )
    level = (
        alt.Chart(pd.DataFrame({"low": [band.low], "high": [band.high]}))
        .mark_rule(strokeDash=[1, 3], color=INK, strokeWidth=1.2)
        .encode(y="low:Q")
    )
    label = (
        alt.Chart(years.head(1).assign(text=say("chart.band", profile.lang)))
        .mark_text(align="left", baseline="top", fontSize=10, color=INK, dx=-profile.step / 2 + 3)
        .encode(x=profile.year, y=alt.value(3), text="text:N")
    )
    return [shade, level, label] if len(years) else []


def _break_layers(profile: _Profile) -> list[Any]:
    """Return the layers of breaks: a line before the first year after each, dashed if only suspected."""
    layers: list[Any] = []
    for are_decided in (True, False):
        break_years = [year for year, is_decided in profile.years.breaks if is_decided == are_decided]
        break_years = [year for year in break_years if year in profile.years.all]
        if not break_years:
            continue
        text = say("chart.break" if are_decided else "chart.suspected", profile.lang)
        rows = alt.Chart(pd.DataFrame({"year": break_years, "text": text}))
        dash = [1, 0] if are_decided else [5, 3]
        layers += [
            rows.mark_rule(color=BREAK, strokeDash=dash, strokeWidth=1.5, xOffset=-profile.step / 2).encode(
                x=profile.year
            ),
            rows.mark_text(
                align="left", baseline="top", fontSize=10, color=BREAK, dx=-profile.step / 2 + 4
            ).encode(x=profile.year, y=alt.value(17), text="text:N"),
        ]
    return layers


def _event_layers(profile: _Profile) -> list[Any]:
    """Return the layers of events: a dotted line with a label in each year of a law or measure."""
    labels = event_labels(profile.years, profile.lang)
    if not labels:
        return []
    rows = alt.Chart(pd.DataFrame({"year": list(labels), "text": list(labels.values())}))
    return [
        rows.mark_rule(color=INK, strokeDash=[1, 3], strokeWidth=1.2).encode(x=profile.year),
        rows.mark_text(align="left", baseline="top", fontSize=10, color=INK, dx=4).encode(
            x=profile.year, y=alt.value(30), text="text:N"
        ),
    ]


def event_labels(years: Years, lang: str) -> dict[int, str]:
    """Return the shortened laws and measures of each year; the chart's note has the full text."""
    texts: dict[int, list[str]] = {}
    for event in years.events:
        if event.year in years.all:
            texts.setdefault(event.year, []).append(event.text(lang))
    return {
        year: f"{EVENT} {textwrap.shorten('; '.join(year_texts), LONGEST_LABEL, placeholder='…')}"
        for year, year_texts in sorted(texts.items())
    }


def _share_chart(profile: _Profile, name: str) -> Any:
    """Return a class's share as a bar between its bounds, or a line if both are equal."""
    shares = profile.years.shares
    class_shares = shares[shares["origin_class"] == name]
    with_bounds = class_shares.loc[
        class_shares["share_low"].notna(),
        ["origin_class", "year", "share_low", "share_high", "is_partial", "is_doubted"],
    ]
    with_bounds = with_bounds.assign(
        in_doubt=with_bounds["year"].isin({year for year, _ in profile.years.doubts})
    )
    without_share = _years_without_share(profile, class_shares)
    top = float(with_bounds["share_high"].max()) if len(with_bounds) else 1.0
    scale = alt.Scale(domain=[0, min(1.0, 1.15 * top) or 1.0], nice=True)
    percent = f"replace(format(datum.value, '~%'), '%', '{say('chart.percent_sign', profile.lang)}')"
    y = alt.Y("share_low:Q", title=None, scale=scale, axis=alt.Axis(labelExpr=percent, tickCount=4))
    x, band = profile.year, profile.bar / 2
    colour = alt.condition("datum.is_doubted", alt.value(PALE_INK), alt.value(COLOURS[name]))
    bounds = (
        alt.Chart(with_bounds).mark_tick(thickness=2, width=band).encode(x=x, color=colour, opacity=_OPACITY)
    )
    question_marks = alt.Chart(with_bounds[with_bounds["is_doubted"]]).mark_text(
        text="?", color=PALE_INK, fontSize=13, dy=-9
    )
    layers = [
        alt.Chart(with_bounds)
        .mark_bar(size=band, opacity=0.4)
        .encode(x=x, y=y, y2="share_high:Q", color=colour),
        bounds.encode(y=y),
        bounds.encode(y="share_high:Q"),
        question_marks.encode(x=x, y="share_high:Q"),
        alt.Chart(without_share)
        .mark_text(color=PALE_INK, fontSize=12, dy=-7)
        .encode(x=x, y="at:Q", text="text:N"),
    ]
    heading = alt.TitleParams(
        say("chart.share", profile.lang, name=profile.classes[name]),
        anchor="start",
        frame="group",
        fontSize=12,
        fontWeight="normal",
        color=INK,
        offset=8,
    )
    return alt.layer(*layers).properties(title=heading, width=WIDTH, height=110)


def _years_without_share(profile: _Profile, class_shares: pd.DataFrame) -> pd.DataFrame:
    """Return the years without a share, with their mark: withheld, no persons named, no table, no data."""
    totals = profile.years.totals
    states = dict(zip(totals["year"], totals["state"], strict=True))
    withheld_years = set(class_shares.loc[class_shares["share_low"].isna(), "year"])
    with_bounds = set(class_shares.loc[class_shares["share_low"].notna(), "year"])
    rows = [
        (year, 0.0, "×" if year in withheld_years else MARKS.get(states[year], NONE_NAMED))
        for year in profile.years.all
        if year not in with_bounds
    ]
    return pd.DataFrame(rows, columns=["year", "at", "text"])
