"""The pages of an indicator: pictures, what the tests say, sources and query; and its tables, apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from schemas import codelists
from schemas.code_names import name_in_list
from schemas.flags import flags_with_effect, has_flag
from schemas.origin import INTRA_REGIONAL
from schemas.words import column_text, say, words
from warehouse.publication.site import changes, country_plots, evidence, outlook, slices, trust, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts, Parts
from warehouse.publication.site.part import Content, Part
from warehouse.publication.site.template_downloads import template_file
from warehouse.reading.replies import measures_of, reply_lines
from warehouse.statements import headlines, series_sentences
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import CatalogueRow, HeadlineRegionRow, LabelledFigure, RevisionsRow
    from warehouse.publication.site.query_rows import IndicatorSource, JudgedPair, Vintage

COMPARED_SHOWN, REVISED_SHOWN = 40, 30
"""How many of the newest compared totals, and of the changed totals, are listed."""


def page(facts: Facts, indicator: str, lang: str) -> Content:
    """Return everything that the page of an indicator shows."""
    entry = facts.catalogue[indicator]
    rows = facts.headlines.get(indicator, [])
    parts = facts.parts(indicator)
    templates = templates_of_empty(facts)
    return {
        "id": indicator,
        "name": column_text(entry, "name", lang),
        "definition": column_text(entry, "definition", lang),
        "caveat": column_text(entry, "caveat", lang),
        "about": _definition_parts(facts, entry, lang),
        "filled_by": wording.with_collection_titles(facts, column_text(entry, "filled_by", lang), lang),
        "sent_by": column_text(entry, "sent_by", lang),
        "template": template_file(templates[indicator], lang) if indicator in templates else "",
        "has_data": bool(parts or facts.regions.get(indicator)),
        "family": say(f"site.family.{entry['family']}", lang),
        "tables": tables_file(indicator),
        "groups": _figure_groups(facts, indicator, parts, lang),
        "slices": slices.slices_part(facts, indicator, lang),
        "sentences": wording.trend_sentences(facts, rows, lang),
        "windows": changes.window_changes(facts, indicator, lang),
        "counted": _counted_lines(facts, rows, lang),
        "region": _regional_figures(facts, indicator, lang),
        "sources": _source_rows(facts, indicator, lang),
        "others": _other_sources(facts, indicator, lang),
        "replies": reply_lines(
            facts.warehouse.connection,
            lang,
            collections={source["collection"] for source in facts.sources.get(indicator, [])},
            items=measures_of(entry),
        ),
        "agreement": _compared_totals(facts, indicator, lang),
        "revised": _revised_totals(facts, indicator, lang),
        "outlook": outlook.section(facts, indicator, lang),
        "shifted": changes.shift_sentences(facts, lang, indicator=indicator),
        "citations": [
            facts.citation(source["collection"], lang) for source in _cited_sources(facts, indicator)
        ],
        "query": _QUERY.format(indicator=indicator, lang=lang, table=_table_name(facts, indicator, parts)),
        "vintages": vintages(facts, lang) if indicator == PAGE_SERIES["victims"] and facts.vintages else None,
    }


def _cited_sources(facts: Facts, indicator: str) -> list[IndicatorSource]:
    """Return the sources of the figures that are shown; all of them if none is preferred."""
    sources = facts.sources.get(indicator, [])
    return [source for source in sources if source["preferred"]] or sources


def templates_of_empty(facts: Facts) -> dict[str, str]:
    """Return the collection whose template would fill each indicator that this release has no data for."""
    return {
        name: str(entry["template"])
        for name, entry in facts.catalogue.items()
        if entry.get("template") and entry["data"] != "available"
    }


_QUERY = """from warehouse import Warehouse
Warehouse.open().query(\"\"\"
    SELECT country_{lang}, year, value_{lang}, flags_{lang}
    FROM {table} WHERE indicator = '{indicator}'
    ORDER BY ALL\"\"\")"""


def _table_name(facts: Facts, indicator: str, parts: Parts) -> str:
    """Return the table that holds the page's figures."""
    if indicator in facts.headlines:
        return "baseline.headline" if parts else "baseline.headline_region"
    return "baseline.headline_exploitation" if indicator in facts.forms else "baseline.headline_origin"


def _definition_parts(facts: Facts, entry: CatalogueRow, lang: str) -> list[tuple[str, str]]:
    """Return the parts of the definition, each with its name."""
    texts = {
        "kind_of": say(f"site.kind.{entry['kind']}", lang),
        "unit": name_in_list("unit_measure", entry["unit"], lang),
        "numerator": _formula_part(entry["numerator"], lang),
        "denominator": _formula_part(entry["denominator"], lang),
        "baseline_years": wording.span(entry["baseline_from"], entry["baseline_to"]),
        "minimum": _minimum_coverage(facts, entry, lang),
        "status": say(f"site.adopted.{entry['status']}", lang),
        "links": entry["links"],
    }
    return [(say(f"site.{name}", lang), str(text)) for name, text in texts.items() if text not in (None, "")]


def _formula_part(formula: str | None, lang: str) -> str | None:
    """Return a part of the formula in the reader's language.

    Measures appear by name with their code.
    """
    if formula is None:
        return None
    names = [part for parts in formula.split(" of known ") for part in parts.split(", ")]
    if " of known " in formula:
        names[1:] = [f"{names[1]} known"]
    return ", ".join(_measure_name(name, lang) for name in names)


def _measure_name(part: str, lang: str) -> str:
    """Return a measure's name with its code, or a phrase of the catalogue in the reader's language."""
    measures = codelists.codelist("measure")
    if part in measures:
        return f"{measures[part].name(lang)} ({part})"
    key = f"site.part.{re.sub(r'[^a-zA-Z0-9]+', '_', part)}"
    return say(key, lang) if key in words(lang) else part


def _minimum_coverage(facts: Facts, entry: CatalogueRow, lang: str) -> str:
    """Return the minimum number of members for a regional sum or share."""
    minimum = entry["minimum_coverage"]
    n, members = ceil(minimum * len(facts.members)), len(facts.members)
    if minimum == 0.5:
        return say("site.minimum_half", lang, n=n, all=members)
    return say("site.minimum_share", lang, share=wording.tick_label(minimum, "share", lang), n=n, all=members)


def _figure_groups(facts: Facts, indicator: str, parts: Parts, lang: str) -> list[Content]:
    """Return picture and tables of the totals, or of each class of origin or form of exploitation."""
    reported_keys = {
        (row["reporting_country"], row["year"])
        for rows in parts.values()
        for row in rows
        if row["how"] not in ("not_reported", "says_nothing")
    }
    return [
        {
            "name": name_in_list(codes, code, lang) if codes else "",
            "part": _part(facts, indicator, (codes, code), rows, position, lang),
            "table": _value_table(facts, rows, reported_keys, lang),
            "at": position or "",
            "trust": trust.member_table(facts, rows, lang),
            "agrees": trust.can_have_other_sources(facts, indicator),
        }
        for position, ((codes, code), rows) in enumerate(parts.items())
    ]


def _part(
    facts: Facts,
    indicator: str,
    code: tuple[str, str],
    rows: Sequence[LabelledFigure],
    position: int,
    lang: str,
) -> Part:
    """Return the picture of a group with what the tests say of it; the caveat stands with the first."""
    codes, code_of_group = code
    group = name_in_list(codes, code_of_group, lang) if codes else ""
    members = wording.members_by_direction(facts, rows, lang)
    claims = " ".join(wording.claim_sentences(members, lang))
    is_tested = bool(claims or members.get("no_clear_change"))
    entry, file = facts.catalogue[indicator], f"{indicator}-countries{position or ''}"
    name = ": ".join(filter(None, [column_text(entry, "name", lang), group and wording.phrase(group)]))
    finding = claims or (say("site.none_claimed", lang) if is_tested else "")
    return Part(
        id=f"figures{position or ''}",
        question=" ".join(
            filter(None, [f"{group}." if group else "", claims or say("site.front.countries_question", lang)])
        ).removesuffix("."),
        sentence=wording.verdict_counts(facts, members, lang) if is_tested else "",
        caveat=column_text(entry, "caveat", lang)
        if not position
        else say("site.intra_without_own", lang)
        if code_of_group == INTRA_REGIONAL
        else "",
        picture=country_plots.draw(facts, rows, f"{name}. {finding}".strip(), file, lang),
        file=file,
        rows=country_plots.picture_rows(rows, *filter(None, [codes])),
        choices=[
            (member, facts.name(member, lang))
            for member in country_plots.members_with_figures(facts, rows, lang)
            if not country_plots.are_yes_or_no(rows)
        ],
        links=[(f"{tables_file(indicator)}#table{position or ''}", say("site.table", lang))],
    )


def _counted_lines(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> list[dict[str, str]]:
    """Return what the newest figure of each country counts, and on what evidence."""
    lines = []
    for member in country_plots.members_with_figures(facts, rows, lang):
        newest = wording.latest_number([row for row in rows if row["reporting_country"] == member])
        kind = facts.series_kind(newest) if newest else None
        if kind:
            text = series_sentences.series_caveat(kind, lang)
            lines.append({"name": facts.name(member, lang), "text": text})
    return lines


def tables_file(indicator: str) -> str:
    """Return the file of the page with an indicator's tables."""
    return f"{indicator}_tables.html"


def _value_table(
    facts: Facts, rows: Sequence[LabelledFigure], reported_keys: set[tuple[str, int]], lang: str
) -> Content:
    """Return the figures as a table of years by members.

    A part that a source's table does not name is no gap if the source reported that year.
    """
    years = sorted({row["year"] for row in rows}, reverse=True)
    members = [m for m in facts.members_by_name(lang) if any(row["reporting_country"] == m for row in rows)]
    by_key = {(row["reporting_country"], row["year"]): row for row in rows}
    lines: list[Content] = []
    for year in years:
        cells = []
        for member in members:
            row = by_key.get((member, year))
            # Without a row the country was no member in that year.
            value = "" if row is None else column_text(row, "value", lang)
            if row is not None and row["how"] == "not_reported" and (member, year) in reported_keys:
                value = say("site.part_unnamed", lang)
            cells.append(
                {
                    "value": value,
                    "flags": column_text(row, "flags", lang) if row else "",
                    "is_told": row is not None and row["how"] != "not_reported",
                    "to": evidence.link(row) if row else "",
                }
            )
        lines.append({"year": year, "cells": cells})
    notes = wording.add_footnotes([cell for line in lines for cell in line["cells"]])
    return {"members": [(m, facts.name(m, lang)) for m in members], "lines": lines, "notes": notes}


def _regional_figures(facts: Facts, indicator: str, lang: str) -> list[Content]:
    """Return the regional figures of the last years, with the number of members that report."""
    rows = facts.regions.get(indicator, [])
    newest = sorted({row["year"] for row in rows})[-6:]
    return [
        {
            "area": column_text(row, "country", lang),
            "part": _part_name(row, lang),
            "period": row["period"],
            "value": column_text(row, "value", lang),
            "members": say("site.of_members", lang, n=row["members_reporting"], all=row["members_total"])
            if row["members_reporting"] is not None
            else "",
            "flags": column_text(row, "flags", lang),
        }
        for row in sorted(
            rows, key=lambda r: (r["reporting_country"], r["origin_class"], r["exploitation"], -r["year"])
        )
        if row["year"] in newest
    ]


def _part_name(row: HeadlineRegionRow, lang: str) -> str:
    """Return the class of origin or form of exploitation of a regional figure. Empty for totals."""
    names = {"origin": row["origin_class"], "exploitation": row["exploitation"]}
    return "; ".join(column_text(row, name, lang) for name, code in names.items() if code != codelists.TOTAL)


def _source_rows(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    return [
        {
            "title": wording.collection_title(facts, row["collection"], lang),
            "collection": row["collection"],
            "years": wording.span(row["first"], row["last"]),
            "countries": ", ".join(facts.name(country, lang) for country in row["countries"]),
            "preferred": ", ".join(facts.name(country, lang) for country in row["preferred"] or []),
            "scope": wording.with_collection_titles(
                facts, column_text(facts.collections[row["collection"]], "scope", lang), lang
            ),
        }
        for row in facts.sources.get(indicator, [])
    ]


def _other_sources(facts: Facts, indicator: str, lang: str) -> list[Content]:
    """Return the totals of each source that is preferred for no country, as a table of years by members."""
    unit = facts.catalogue[indicator]["unit"]
    by_source: dict[str, dict[tuple[str, int], str]] = defaultdict(dict)
    for (country, name, year), rows in facts.other_totals.items():
        for row in rows if name == indicator else ():
            high = inf if row["value_high"] is None else row["value_high"]
            _, text = headlines.kind_and_text(row["value_low"], high, unit, is_doubted=False, lang=lang)
            by_source[row["collection"]][country, year] = text
    return [
        {"title": wording.collection_title(facts, collection, lang), **_by_member(facts, values, lang)}
        for collection, values in sorted(by_source.items())
    ]


def _by_member(facts: Facts, values: Mapping[tuple[str, int], str], lang: str) -> Content:
    """Return values as a table of years by those members that have one."""
    members = [m for m in facts.members_by_name(lang) if any(country == m for country, _ in values)]
    years = sorted({year for country, year in values if country in members}, reverse=True)
    return {
        "members": [facts.name(member, lang) for member in members],
        "lines": [(year, [values.get((member, year), "") for member in members]) for year in years],
    }


def _compared_totals(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    """Return the newest totals that two sources report."""
    rows = [
        row
        for country_rows in facts.agreement.values()
        for row in country_rows
        if facts.uses(indicator, row["collection_a"], row["measure"])
    ]
    rows.sort(
        key=lambda row: (-row["year"], row["reporting_country"], row["collection_a"], row["collection_b"])
    )
    return [compared_total(facts, row, lang) for row in rows[:COMPARED_SHOWN]]


def compared_total(facts: Facts, row: JudgedPair, lang: str) -> dict[str, str]:
    """Return the values of two sources for a total, in words."""
    values = wording.source_values(facts, row, lang)
    return {
        "country": facts.name(row["reporting_country"], lang),
        "year": str(row["year"]),
        "measure": name_in_list("measure", row["measure"], lang),
        "one": values[0],
        "other": values[1],
        "ratio": wording.ratio_text(row["ratio_low"], row["ratio_high"], lang),
        "to": _evidence_of_total(facts, row, row["collection_a"]),
    }


def _revised_totals(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    rows = [row for row in facts.revised_totals if facts.uses(indicator, row["collection"], row["measure"])]
    return [revised_total(facts, row, lang) for row in newest_first(rows)[:REVISED_SHOWN]]


def newest_first(rows: list[RevisionsRow]) -> list[RevisionsRow]:
    """Return revised totals, the newest years first."""
    return sorted(rows, key=lambda row: (-row["year"], row["reporting_country"]))


def revised_total(facts: Facts, row: RevisionsRow, lang: str) -> dict[str, str]:
    """Return a total that a later submission changed, in words."""
    old, new = changes.old_and_new(row, lang)
    return {
        "country": facts.name(row["reporting_country"], lang),
        "year": str(row["year"]),
        "measure": name_in_list("measure", row["measure"], lang),
        "old": old,
        "new": new,
        "note": say("site.looks_shifted", lang) if changes.looks_shifted(facts, row) else "",
        "to": _evidence_of_total(facts, row, row["collection"]),
    }


def _evidence_of_total(facts: Facts, row: JudgedPair | RevisionsRow, collection: str) -> str:
    """Return the address of the evidence of a total, if an indicator counts it."""
    family = facts.collections[collection]["family"]
    name = facts.counts.get((family, row["measure"]))
    figure = facts.headline(name, row["reporting_country"], row["year"]) if name else None
    return evidence.link(figure) if figure else ""


def _vintage_text(row: Vintage, lang: str) -> str:
    """Return a total as a submission reported it, marked if it is in doubt."""
    value = persons_text(row["value_low"], row["value_high"], lang)
    return (
        say("headline.in_doubt", lang, value=value)
        if has_flag(row["flag"], *flags_with_effect("out_of_sums"))
        else value
    )


def vintages(facts: Facts, lang: str) -> Content:
    """Return the totals that were known on each day, for the slider of the page.

    A span has a country, a year, the first day, the day after the last, and the text.
    """
    rows = facts.vintages
    days = sorted({row["known_from"] for row in rows} | {row["known_to"] for row in rows if row["known_to"]})
    years = sorted({row["year"] for row in rows})
    spans: list[list[Any]] = [
        [
            row["reporting_country"],
            row["year"],
            days.index(row["known_from"]),
            days.index(row["known_to"]) if row["known_to"] else len(days),
            _vintage_text(row, lang),
        ]
        for row in rows
    ]
    doubtful = {
        (row["reporting_country"], row["year"]): column_text(row, "value", lang)
        for row in facts.headlines.get(PAGE_SERIES["victims"], [])
        if row["how"] == "in_doubt"
    }
    for span in spans:  # the observation lacks doubts that result from the whole series
        if span[3] == len(days):
            span[4] = doubtful.get((span[0], span[1]), span[4])
    members = [(m, facts.name(m, lang)) for m in facts.members_by_name(lang)]
    newest = {(s[0], s[1]): s[4] for s in spans if s[3] == len(days)}
    return {
        "days": [str(day) for day in days],
        "years": years,
        "members": members,
        "spans": spans,
        "newest": newest,
        "none": say("headline.not_reported", lang),
    }
