"""The pages of evidence: a page for an indicator and country, with a part for the figure of each year.

Every number of a table leads here. A part shows the cells, source and publisher, warnings, revisions, other
sources, the call that answers the same, and the citation of that figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from schemas import codelists
from schemas.code_names import code_name, name_in_list
from schemas.words import column_text, say
from warehouse.publication.site import trust, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content
from warehouse.reading.cells import CellOfFigure, cells_of_indicator
from warehouse.statements import series_sentences
from warehouse.statements.headlines import SHARE
from warehouse.statements.series_sentences import Kind

if TYPE_CHECKING:
    from schemas.tables.rows import LabelledFigure
    from warehouse.publication.site.query_rows import KindWithPassport

CELLS_SHOWN = 24
"""Number of cells of a figure that are listed; the call in its part lists all."""
_ADDRESS = re.compile(r"https?://[^\s;,)]+")


def page_file(indicator: str, country: str) -> str:
    """Return the file of the evidence of an indicator and country."""
    return f"{indicator}-{country}.html"


def link(row: LabelledFigure) -> str:
    """Return the address of a figure's evidence; empty for a figure that nobody reported."""
    if row["how"] == "not_reported":
        return ""
    return f"{page_file(row['indicator'], row['reporting_country'])}#y{row['year']}"


def origins_link(facts: Facts, country: str, year: int) -> str:
    """Return the address of the table of origins of a country and year; empty if it has no evidence."""
    rows = facts.origins.get(PAGE_SERIES["victims_by_origin"], [])
    figures = (row for row in rows if (row["reporting_country"], row["year"]) == (country, year))
    return next((address for row in figures if (address := link(row))), "")


class Cells:
    """The cells behind the figures of a release, read once for each indicator."""

    def __init__(self, facts: Facts) -> None:
        """Take the rows of a release."""
        self._facts = facts
        self._by_indicator: dict[str, dict[tuple[str, int], list[CellOfFigure]]] = {}

    def of_indicator(self, indicator: str) -> Mapping[tuple[str, int], Sequence[CellOfFigure]]:
        """Return the cells behind an indicator's figures, by country and year."""
        if indicator not in self._by_indicator:
            lows = {
                (row["reporting_country"], row["year"]): row["value_low"]
                for row in self._facts.headlines.get(indicator, [])
                if row["how"] != "not_reported"
            }
            self._by_indicator[indicator] = cells_of_indicator(
                self._facts.warehouse.connection, indicator, lows
            )
        return self._by_indicator[indicator]


def contents(facts: Facts, cells: Cells, indicator: str, lang: str) -> Iterator[Content]:
    """Yield the content of a page for each country with a figure of the indicator."""
    parts = facts.parts(indicator)
    rows = [row for part_rows in parts.values() for row in part_rows if row["how"] != "not_reported"]
    for country in facts.members_by_name(lang):
        of_country = [row for row in rows if row["reporting_country"] == country]
        if of_country:
            yield _page(facts, cells.of_indicator(indicator), of_country, lang)


def _page(
    facts: Facts,
    cells: Mapping[tuple[str, int], Sequence[CellOfFigure]],
    rows: Sequence[LabelledFigure],
    lang: str,
) -> Content:
    indicator, country = rows[0]["indicator"], rows[0]["reporting_country"]
    years: dict[int, list[LabelledFigure]] = {}
    for row in rows:
        years.setdefault(row["year"], []).append(row)
    name, country_name = column_text(facts.catalogue[indicator], "name", lang), facts.name(country, lang)
    return {
        "file": page_file(indicator, country),
        "id": indicator,
        "name": name,
        "country": country_name,
        "code": country,
        "title": f"{name}: {country_name}",
        "passports": _passports(facts, rows, lang),
        "figures": [
            _figure(facts, cells.get((country, year), ()), years[year], lang)
            for year in sorted(years, reverse=True)
        ],
    }


def _figure(
    facts: Facts, cells: Sequence[CellOfFigure], rows: Sequence[LabelledFigure], lang: str
) -> Content:
    """Return the part of a year: its value, or its value in each class or form, and all that it rests on."""
    first = rows[0]
    values = [(_part_name(row, lang), column_text(row, "value", lang)) for row in rows]
    return {
        "year": first["year"],
        "period": first["period"],
        "values": values,
        "unit": "" if first["unit"] == SHARE else name_in_list("unit_measure", first["unit"], lang),
        "cells": [_cell(cell, first, lang) for cell in cells[:CELLS_SHOWN]],
        "submissions": _submissions(cells),
        "more": len(cells[CELLS_SHOWN:]),
        "lines": [*_lines(facts, first, rows, lang)],
        "source": trust.source_citation(first, lang),
        "counts": column_text(first, "series", lang),
        "call": _call(first, lang),
        "citation": _citation(facts, first, values, lang),
    }


def _part_name(row: LabelledFigure, lang: str) -> str:
    """Return the class of origin or form of exploitation of a figure; empty for a total."""
    names = (name for name in ("origin", "exploitation") if f"{name}_{lang}" in row)
    return next((column_text(row, name, lang) for name in names), "")


def _submissions(cells: Sequence[CellOfFigure]) -> list[dict[str, str]]:
    """Return the submissions of cells with the day on which each was received."""
    days = {cell.submission: str(cell.received_on) for cell in cells}
    return [{"id": name, "day": day} for name, day in sorted(days.items())]


def _cell(cell: CellOfFigure, figure: LabelledFigure, lang: str) -> dict[str, str]:
    """Return the place of a cell, its content as received, and what it counts besides a total."""
    location = f"{cell.sheet}!{cell.cell}" if cell.sheet else cell.cell
    details = [_detail(name, code, lang) for name, code in cell.details.items()]
    period = _period(cell) if _period(cell) != figure["period"] else ""
    texts = [name_in_list("measure", cell.measure, lang), *details, period]
    return {"place": location, "value": str(cell.value_text), "about": ", ".join(filter(None, texts))}


def _period(cell: CellOfFigure) -> str:
    start, end = cell.period_start, cell.period_end
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%Y-%m}"
    return wording.span(start.year, end.year)


@cache
def _detail(dimension: str, code: str, lang: str) -> str:
    values = "labels" if dimension in codelists.names() else "country"
    return code_name(dimension, values, code, lang)


def _lines(
    facts: Facts, first: LabelledFigure, rows: Sequence[LabelledFigure], lang: str
) -> Iterator[tuple[str, Any]]:
    """Yield source, warnings, revisions and other sources of a figure, each with its name."""
    yield say("site.ask.source", lang), _source(facts, first, lang)
    flags = dict.fromkeys(text for row in rows if (text := column_text(row, "flags", lang)))
    yield say("site.ask.flags", lang), " ".join(f"{text}." for text in flags) or say("site.no_flags", lang)
    if counts := column_text(first, "series", lang):
        yield say("site.ask.counts", lang), counts
    if len(rows) == 1 and trust.can_have_other_sources(facts, first["indicator"]):
        if revision := trust.revision_sentences(facts, first, lang):
            yield say("site.ask.revised", lang), revision
        yield say("site.ask.agreement", lang), trust.other_sources_text(facts, first, lang, in_short=True)


def _source(facts: Facts, row: LabelledFigure, lang: str) -> Markup:
    """Return the citation of a figure's source with the address of each publisher, which is a link out."""
    text = escape(trust.source_citation(row, lang))
    for name in (row["collection"] or "").split():
        if address := facts.collections[name].get("address"):
            text += Markup(" ") + _link_out(address, say("site.publisher_page", lang))
    return Markup(text)


def _link_out(address: str, words: str) -> Markup:
    return Markup('<a href="{}" rel="external noopener">{} ↗</a>').format(address, words)


def with_links(text: str) -> Markup:
    """Return a text whose addresses are links out."""
    parts, at = [], 0
    for match in _ADDRESS.finditer(text):
        parts += [escape(text[at : match.start()]), _link_out(match[0], match[0].split("/")[2])]
        at = match.end()
    return Markup("").join([*parts, escape(text[at:])])


def _passports(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> list[tuple[str, Markup]]:
    """Return what the series of the figures count, by whom, and on which publications, span by span."""
    spans: dict[tuple[Any, ...], KindWithPassport] = {}
    for row in sorted(rows, key=lambda row: -row["year"]):
        kind = facts.series_kind(row)
        if kind:
            spans.setdefault((kind["collection"], kind["measure"], kind["valid_from"]), kind)
    return [(_span_text(kind), _passport(kind, lang)) for kind in spans.values()]


def _span_text(kind: Kind) -> str:
    first, last = kind["valid_from"].year, kind["valid_to"] and kind["valid_to"].year
    return wording.span(first, last) if last else f"{first}–"


def _passport(kind: KindWithPassport, lang: str) -> Markup:
    texts = [series_sentences.series_caveat(kind, lang)]
    if kind["authority"]:
        texts.append(say("series.by", lang, authority=kind["authority"]))
    if content := column_text(kind, "what", lang):
        texts.append(f"{content.rstrip('.')}.")
    return Markup(" ").join([*map(escape, texts), with_links(kind["source"] or "")])


def _call(row: LabelledFigure, lang: str) -> str:
    """Return the call of the client that explains the figure, with every cell."""
    by = ""
    for column, name in (("origin_class", "origin"), ("exploitation", "exploitation")):
        if (code := row.get(column, codelists.TOTAL)) != codelists.TOTAL:
            by = f', by={{"{name}": "{code}"}}'
    key = f'"{row["indicator"]}", "{row["reporting_country"]}", "{row["period"]}"'
    return f'from lineabase import Warehouse\nprint(Warehouse.open(lang="{lang}").explain({key}{by}))'


def _citation(facts: Facts, row: LabelledFigure, values: Sequence[tuple[str, str]], lang: str) -> str:
    """Return the citation of this figure: its own source, then the release with indicator and country."""
    value = "; ".join(f"{name}: {text}" if name else text for name, text in values)
    address = facts.deployment.address.rstrip("/")
    return say(
        "site.cite_figure",
        lang,
        source=trust.source_citation(row, lang),
        release=wording.citation(facts, lang).removesuffix(f" {facts.deployment.address}"),
        indicator=column_text(facts.catalogue[row["indicator"]], "name", lang),
        country=facts.name(row["reporting_country"], lang),
        period=row["period"],
        value=value,
        address=f" {address}/{lang}/{link(row)}" if address else "",
    )
