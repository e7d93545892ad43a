"""Charts of a released file, and saving them. Reads published tables only; computes no figure.

Colours are told apart by people who do not see red or green (Okabe and Ito's set, greys for what is
unknown). Nothing is fetched: a chart is drawn to PNG or SVG by vl-convert, in this process.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from schemas import codelists, countries
from schemas.flags import has_flag
from schemas.origin import (
    EXTRA_CONTINENTAL,
    EXTRA_REGIONAL,
    EXTRA_REGIONAL_AMERICAS,
    INDETERMINATE,
    INTRA_REGIONAL,
    OWN_NATIONAL,
    STATELESS,
)
from schemas.words import DEFAULT, UserError, Wrong, contract_language, say
from warehouse.publication.client import Warehouse

COLOURS = {
    OWN_NATIONAL: "#E69F00",
    INTRA_REGIONAL: "#D55E00",
    EXTRA_REGIONAL_AMERICAS: "#56B4E9",
    EXTRA_CONTINENTAL: "#0072B2",
    EXTRA_REGIONAL: "#009E73",
    STATELESS: "#CC79A7",
    INDETERMINATE: "#7F7F7F",
    "not_detailed": "#CFCFCF",
}
INK, PALE_INK = "#222222", "#5F6368"
FONT = "Helvetica Neue, Arial, DejaVu Sans, sans-serif"
PARTIAL_OPACITY = 0.45
WIDTH, WIDEST_BAR = 760, 46
"""Pixels of the picture's plot, and of a year's bar at most."""


class NoProfile(UserError, LookupError):
    """The release holds no origin profile of the collection."""


def origin_by_year(
    warehouse: Warehouse,
    collection: str,
    lang: str = DEFAULT,
    *,
    reporting_country: str | None = None,
    measure: str | None = None,
) -> alt.VConcatChart:
    """Stacked bars of origin classes per year; below them, the bounds of the shares inside and outside.

    A chart speaks of one reporting country and one measure: where the collection has several, say
    which. ValueError names the choices; LookupError says that there is no origin profile at all.
    """
    worded = _worded(warehouse, _profile(warehouse, collection, reporting_country, measure), lang)
    chart: alt.VConcatChart = (
        alt.vconcat(
            _bars(worded),
            _shares(worded, INTRA_REGIONAL),
            _shares(worded, EXTRA_REGIONAL),
            footer(worded.footer),
            spacing=18,
        )
        .properties(title=title(worded.title, worded.subtitle), padding=18, background="white")
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
    """The chart as SVG: text and shapes, no script."""
    return vl_convert.vegalite_to_svg(chart.to_json())


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
        subtitle=subtitle,
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


def counted(low: float, high: float) -> str:
    """A total as people write it: `1 234`, `0–4`, `169–` where unbounded."""
    least, most = (f"{n:,.0f}".replace(",", "\u00a0") for n in (low, high))
    if low == high:
        return least
    return f"{least}–" if pd.isna(high) else f"{least}–{most}"


# ---- a profile and its words ---------------------------------------------------------------------


@dataclass(frozen=True)
class _WordedProfile:
    """A profile and the words around it in one language.

    `profile`: one row a year and class of those that add up; `inside_outside`: the two whose shares are
    drawn, the whole of the extra-regional among them.
    """

    profile: pd.DataFrame
    inside_outside: pd.DataFrame
    lang: str
    title: str
    subtitle: str
    measure: str
    classes: dict[str, str]
    footer: list[str]

    @property
    def years(self) -> list[int]:
        """Every year from the first to the last: a year nobody reported stays as a gap."""
        return list(range(int(self.profile["year"].min()), int(self.profile["year"].max()) + 1))

    @property
    def partial(self) -> list[int]:
        """The partial years."""
        return sorted({int(year) for year in self.profile.loc[self.profile["is_partial"], "year"]})

    @property
    def bar(self) -> float:
        """Width of a year's bar."""
        return min(WIDEST_BAR, 0.75 * WIDTH / len(self.years))

    @property
    def year(self) -> alt.X:
        """The axis of years, a partial one saying so under its number."""
        word = say("chart.partial", self.lang)
        label = f"indexof({self.partial}, +datum.label) >= 0 ? [datum.label, '{word}'] : datum.label"
        axis = alt.Axis(title=None, labelAngle=0, labelExpr=label, labelPadding=6, labelLineHeight=12)
        return alt.X("year:O", scale=alt.Scale(domain=self.years), axis=axis)


def _profile(
    warehouse: Warehouse, collection: str, reporting_country: str | None, measure: str | None
) -> pd.DataFrame:
    """The origin profile of one country and measure by year, classes in the order of their code list."""
    profile = warehouse.query(
        "SELECT *, year(period_end) AS year FROM baseline.origin_profile WHERE collection = $collection",
        {"collection": collection},
    )
    if profile.empty:
        raise NoProfile("chart.no_profile", collection=collection)
    for column, wanted in (("reporting_country", reporting_country), ("measure", measure)):
        choices = sorted(profile[column].unique())
        if wanted not in choices and (wanted is not None or len(choices) > 1):
            raise Wrong("chart.choose", column=column, choices=", ".join(choices))
        profile = profile[profile[column] == (wanted or choices[0])]
    order = {code: n for n, code in enumerate(codelists.codelist("origin_class"))}
    return profile.assign(
        position=profile["origin_class"].map(order),
        is_partial=[has_flag(flags, "partial") for flags in profile["flag"]],
        is_doubted=[has_flag(flags, "single_origin") for flags in profile["flag"]],
    ).sort_values(["year", "position"])


def _worded(warehouse: Warehouse, profile: pd.DataFrame, lang: str) -> _WordedProfile:
    row = profile.iloc[0]
    parts = profile[profile["class_level"] == "part"]
    is_outside = (profile["origin_class"] == EXTRA_REGIONAL) & (profile["class_level"] == "parent")
    drawn = profile[(profile["origin_class"] == INTRA_REGIONAL) | is_outside]
    collection = warehouse.query(
        f"SELECT title_{contract_language(lang)} AS title, citation FROM registry.collections "
        "WHERE collection = $collection",
        {"collection": row["collection"]},
    ).iloc[0]
    country = countries.lookup(row["reporting_country"]).name(lang)
    release = warehouse.query("SELECT release, as_of::VARCHAR AS as_of FROM registry.release").iloc[0]
    measure = codelists.codelist("measure")[row["measure"]].name(lang)
    basis = say(f"basis.{row['origin_basis']}", lang)
    seen_from = say("chart.seen_from", lang, grouping=row["grouping"], basis=basis)
    return _WordedProfile(
        profile=parts,
        inside_outside=drawn,
        lang=lang,
        title=collection["title"],
        subtitle=f"{country} · {measure} · {seen_from}",
        measure=measure,
        classes={c.code: c.name(lang) for c in codelists.codelist("origin_class").values()},
        footer=[
            *_notes(parts, drawn, lang),
            say(f"caveat.{row['family']}", lang),
            say("chart.source", lang, citation=collection["citation"]),
            say("chart.release", lang, **release),
        ],
    )


def _notes(profile: pd.DataFrame, inside_outside: pd.DataFrame, lang: str) -> list[str]:
    said = {
        "partial_note": profile["is_partial"].any(),
        "lower_bounds": _has_gaps(profile),
        "withheld": profile["share_low"].isna().any(),
        "doubted": inside_outside["is_doubted"].any(),
    }
    return [say(f"chart.{note}", lang) for note, applies in said.items() if applies]


def _has_gaps(profile: pd.DataFrame) -> bool:
    """Whether the sure minima of some year differ from its total."""
    by_year = profile.groupby("year").agg(low=("persons_low", "sum"), total=("total_high", "max"))
    return bool((by_year["low"] != by_year["total"]).any())


# ---- what is drawn -------------------------------------------------------------------------------

_OPACITY = alt.condition("datum.is_partial", alt.value(PARTIAL_OPACITY), alt.value(1))
_THOUSANDS = "replace(format(datum.value, ',d'), /,/g, '\u00a0')"


def _bars(worded: _WordedProfile) -> Any:
    """The sure minimum of each class, stacked, and the total over them."""
    profile, x = worded.profile, worded.year
    drawn = profile[["year", "origin_class", "persons_low", "position", "is_partial"]]
    bars = (
        alt.Chart(drawn.assign(origin_class=drawn["origin_class"].map(worded.classes)))
        .mark_bar(size=worded.bar)
        .encode(
            x=x,
            y=alt.Y("persons_low:Q", title=worded.measure, axis=alt.Axis(labelExpr=_THOUSANDS, tickCount=5)),
            color=_class_colours(worded),
            order="position:Q",
            opacity=_OPACITY,
        )
    )
    totals = _totals(profile)
    line = alt.Chart(totals).mark_tick(thickness=1.5, color=INK, width=worded.bar)
    number = alt.Chart(totals).mark_text(dy=-8, fontSize=10, color=PALE_INK)
    layers = [bars, number.encode(x=x, y="top:Q", text="text:N")]
    if _has_gaps(profile):
        layers.append(line.encode(x=x, y="total:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=300)


def _class_colours(worded: _WordedProfile) -> alt.Color:
    """Colours and legend of the classes that occur."""
    occurs = worded.profile.groupby("origin_class")["persons_low"].sum() > 0
    shown = [c for c in COLOURS if occurs.get(c, False)]
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=6,
        labelFontSize=11,
        labelColor=INK,
        labelLimit=260,
        symbolType="square",
        columnPadding=9,
        offset=6,
    )
    scale = alt.Scale(domain=[worded.classes[c] for c in shown], range=[COLOURS[c] for c in shown])
    return alt.Color("origin_class:N", scale=scale, legend=legend)


def _totals(profile: pd.DataFrame) -> pd.DataFrame:
    """Each year's total, where to draw it and how to write it."""
    totals = profile.groupby("year", as_index=False).agg(
        low=("persons_low", "sum"), total_low=("total_low", "max"), total_high=("total_high", "max")
    )
    totals["total"] = totals["total_high"].fillna(totals["total_low"])
    totals["top"] = totals[["total", "low"]].max(axis=1)
    bounds = zip(totals["total_low"], totals["total_high"], strict=True)
    totals["text"] = [counted(low, high) for low, high in bounds]
    return totals


def _shares(worded: _WordedProfile, name: str) -> Any:
    """A class's share as a bar from its lower to its upper bound; a line where they are one."""
    told = worded.inside_outside[worded.inside_outside["origin_class"] == name]
    known = told.loc[
        told["share_low"].notna(),
        ["origin_class", "year", "share_low", "share_high", "is_partial", "is_doubted"],
    ]
    withheld = told.loc[told["share_low"].isna(), ["year"]].assign(at=0.0)
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
        alt.Chart(withheld).mark_text(text="×", color=PALE_INK, fontSize=13, dy=-7).encode(x=x, y="at:Q"),
    ]
    title = alt.TitleParams(
        say("chart.share", worded.lang, name=worded.classes[name]),
        anchor="start",
        frame="group",
        fontSize=12,
        fontWeight="normal",
        color=INK,
        offset=8,
    )
    return alt.layer(*layers).properties(title=title, width=WIDTH, height=110)
