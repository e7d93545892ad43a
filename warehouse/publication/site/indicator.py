"""What an indicator's page shows: what it is, every member on one scale, sources, table, query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from schemas import codelists
from schemas.code_names import coded
from schemas.flags import flags_that, has_flag
from schemas.origin import INTRA_REGIONAL
from schemas.words import say, words
from warehouse.publication.seen import HALF
from warehouse.publication.site import changed, trust, wording
from warehouse.publication.site.facts import FIRST, Facts, Row

SIDE_BY_SIDE, REVISED_SHOWN = 40, 30
"""So many of the newest years that two sources tell, and of the changed totals, are listed."""


def page(facts: Facts, indicator: str, lang: str) -> dict[str, Any]:
    """Everything that the page of one indicator shows."""
    entry = facts.catalogue[indicator]
    rows = facts.headlines.get(indicator, [])
    parts = facts.parts(indicator)
    return {
        "id": indicator,
        "name": entry[f"name_{lang}"],
        "definition": entry[f"definition_{lang}"],
        "caveat": entry[f"caveat_{lang}"],
        "about": _about(facts, entry, lang),
        "filled_by": wording.named(facts, entry[f"filled_by_{lang}"] or "", lang),
        "has_data": bool(parts or facts.regions.get(indicator)),
        "groups": _groups(facts, indicator, parts, entry["unit"], lang),
        "sentences": wording.sentences(facts, rows, lang),
        "region": _region(facts, indicator, lang),
        "sources": _sources(facts, indicator, lang),
        "agreement": _agreement(facts, indicator, lang),
        "revised": _revised(facts, indicator, lang),
        "shifted": changed.shifted(facts, lang, indicator=indicator),
        "citations": [
            facts.citation(source["collection"], lang) for source in facts.sources.get(indicator, [])
        ],
        "query": _QUERY.format(indicator=indicator, lang=lang, table=_table(facts, indicator, parts)),
        "vintages": vintages(facts, lang) if indicator == FIRST["victims"] and facts.vintages else None,
    }


_QUERY = """from warehouse import Warehouse
Warehouse.open().query(\"\"\"
    SELECT country_{lang}, year, value_{lang}, flags_{lang}
    FROM {table} WHERE indicator = '{indicator}'
    ORDER BY ALL\"\"\")"""


def _table(facts: Facts, indicator: str, parts: Mapping[tuple[str, str], list[Row]]) -> str:
    """The table that the page's figures stand in."""
    if indicator in facts.headlines:
        return "baseline.headline" if parts else "baseline.headline_region"
    return "baseline.headline_exploitation" if indicator in facts.forms else "baseline.headline_origin"


def _about(facts: Facts, entry: Row, lang: str) -> list[tuple[str, str]]:
    """Name and text of what defines it."""
    told = {
        "kind_of": say(f"site.kind.{entry['kind']}", lang),
        "unit": coded("unit_measure", entry["unit"], lang),
        "numerator": _part(entry["numerator"], lang),
        "denominator": _part(entry["denominator"], lang),
        "baseline_years": wording.span(entry["baseline_from"], entry["baseline_to"]),
        "minimum": _minimum(facts, entry, lang),
        "status": say(f"site.adopted.{entry['status']}", lang),
        "links": entry["links"],
    }
    return [(say(f"site.{name}", lang), str(text)) for name, text in told.items() if text not in (None, "")]


def _part(formula: str | None, lang: str) -> str | None:
    """A part of the formula: measures by name, with their code; the catalogue's own words in the reader's."""
    if formula is None:
        return None
    names = [part for parts in formula.split(" of known ") for part in parts.split(", ")]
    if " of known " in formula:
        names[1:] = [f"{names[1]} known"]
    return ", ".join(_named(name, lang) for name in names)


def _named(part: str, lang: str) -> str:
    """A measure with its code, or a phrase of the catalogue."""
    measures = codelists.codelist("measure")
    if part in measures:
        return f"{measures[part].name(lang)} ({part})"
    key = f"site.part.{re.sub(r'[^a-zA-Z0-9]+', '_', part)}"
    return say(key, lang) if key in words(lang) else part


def _minimum(facts: Facts, entry: Row, lang: str) -> str:
    """How many members a sum or share of the region asks for at least."""
    least = entry["minimum_coverage"]
    if least is None:
        return ""
    n, all_of = ceil(least * len(facts.members)), len(facts.members)
    if least == HALF:
        return say("site.minimum_half", lang, n=n, all=all_of)
    return say("site.minimum_share", lang, share=wording.tick_label(least, "share", lang), n=n, all=all_of)


def _groups(
    facts: Facts, indicator: str, parts: Mapping[tuple[str, str], list[Row]], unit: str, lang: str
) -> list[dict[str, Any]]:
    """The frames and the table of the totals, or of each class of origin or form of exploitation."""
    told = {
        (row["reporting_country"], row["year"])
        for own in parts.values()
        for row in own
        if row["how"] not in ("not_reported", "says_nothing")
    }
    return [
        {
            "name": coded(codes, code, lang) if codes else "",
            "title": wording.verdict_title(facts, own, lang),
            "picture": f"{indicator}{at or ''}",
            "frames": wording.multiples(facts, own, unit, lang),
            "by_tens": unit != "share",
            "note": say("site.intra_without_own", lang) if code == INTRA_REGIONAL else "",
            "table": _values(facts, own, told, lang),
            "at": at,
            "trust": trust.table(facts, own, lang),
            "agrees": trust.has_others(facts, indicator),
        }
        for at, ((codes, code), own) in enumerate(parts.items())
    ]


def _values(facts: Facts, rows: list[Row], told: set[tuple[str, int]], lang: str) -> dict[str, Any]:
    """Years by members, in words; a part that a table does not name, of a year that it tells, is no gap."""
    years = sorted({row["year"] for row in rows}, reverse=True)
    members = [m for m in facts.members if any(row["reporting_country"] == m for row in rows)]
    by_key = {(row["reporting_country"], row["year"]): row for row in rows}
    lines = []
    for year in years:
        cells = []
        for member in members:
            row = by_key.get((member, year))
            value = "" if row is None else row[f"value_{lang}"]  # no row: no member in that year
            if row is not None and row["how"] == "not_reported" and (member, year) in told:
                value = say("site.part_unnamed", lang)
            cells.append(
                {
                    "value": value,
                    "flags": (row and row[f"flags_{lang}"]) or "",
                    "is_told": row is not None and row["how"] != "not_reported",
                }
            )
        lines.append({"year": year, "cells": cells})
    notes = wording.noted([cell for line in lines for cell in line["cells"]])
    return {"members": [(m, facts.name(m, lang)) for m in members], "lines": lines, "notes": notes}


def _region(facts: Facts, indicator: str, lang: str) -> list[dict[str, Any]]:
    """The regional figures of the last years, with the members that told them."""
    rows = facts.regions.get(indicator, [])
    newest = sorted({row["year"] for row in rows})[-6:]
    return [
        {
            "area": row[f"country_{lang}"],
            "part": _part_of_region(row, lang),
            "period": row["period"],
            "value": row[f"value_{lang}"],
            "members": say("site.of_members", lang, n=row["members_reporting"], all=row["members_total"])
            if row["members_reporting"] is not None
            else "",
            "flags": row[f"flags_{lang}"] or "",
        }
        for row in sorted(
            rows, key=lambda r: (r["reporting_country"], r["origin_class"], r["exploitation"], -r["year"])
        )
        if row["year"] in newest
    ]


def _part_of_region(row: Row, lang: str) -> str:
    """Of which class of origin or form of exploitation a regional figure is; empty of all."""
    codes = {"origin_class": f"origin_{lang}", "exploitation": f"exploitation_{lang}"}
    return "; ".join(row[name] for code, name in codes.items() if row[code] != codelists.TOTAL)


def _sources(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    return [
        {
            "title": facts.collections[row["collection"]][f"title_{lang}"],
            "collection": row["collection"],
            "years": wording.span(row["first"], row["last"]),
            "countries": ", ".join(facts.name(country, lang) for country in row["countries"]),
            "preferred": ", ".join(facts.name(country, lang) for country in row["preferred"] or []),
            "scope": wording.named(facts, facts.collections[row["collection"]][f"scope_{lang}"] or "", lang),
        }
        for row in facts.sources.get(indicator, [])
    ]


def _agreement(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    """What two sources tell of the same total, side by side."""
    rows = [
        row for own in facts.agreement.values() for row in own if facts.is_of(indicator, row, "collection_a")
    ]
    rows.sort(
        key=lambda row: (-row["year"], row["reporting_country"], row["collection_a"], row["collection_b"])
    )
    return [side_by_side(facts, row, lang) for row in rows[:SIDE_BY_SIDE]]


def side_by_side(facts: Facts, row: Row, lang: str) -> dict[str, str]:
    """Two sources of one total, in words."""
    return {
        "country": facts.name(row["reporting_country"], lang),
        "year": str(row["year"]),
        "measure": coded("measure", row["measure"], lang),
        "one": wording.of_source(facts, row, "a", lang),
        "other": wording.of_source(facts, row, "b", lang),
        "ratio": wording.ratio(row["ratio_low"], row["ratio_high"], lang),
    }


def _revised(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    rows = [row for row in facts.revised_totals if facts.is_of(indicator, row)]
    return [revised(facts, row, lang) for row in newest_first(rows)[:REVISED_SHOWN]]


def newest_first(rows: list[Row]) -> list[Row]:
    """Revised totals, the newest years first."""
    return sorted(rows, key=lambda row: (-row["year"], row["reporting_country"]))


def revised(facts: Facts, row: Row, lang: str) -> dict[str, str]:
    """A total that a later submission changed, in words."""
    return {
        "country": facts.name(row["reporting_country"], lang),
        "year": str(row["year"]),
        "measure": coded("measure", row["measure"], lang),
        "old": wording.told_or_not(row, "old", lang),
        "new": wording.told_or_not(row, "new", lang),
        "kind": say(f"site.revision.{row['kind']}", lang),
        "note": say("site.looks_shifted", lang) if changed.is_shifted(facts, row) else "",
    }


def _known(row: Row, lang: str) -> str:
    """A total as a submission told it; a figure in doubt says so."""
    told = wording.bounds(row["value_low"], row["value_high"], lang)
    return (
        say("headline.in_doubt", lang, value=told)
        if has_flag(row["flag"], *flags_that("out_of_sums"))
        else told
    )


def vintages(facts: Facts, lang: str) -> dict[str, Any]:
    """Totals as each day knew them, for the slider: spans from a day until another, and what they say."""
    rows = facts.vintages
    days = sorted({row["known_from"] for row in rows} | {row["known_to"] for row in rows if row["known_to"]})
    years = sorted({row["year"] for row in rows})
    spans = [
        [
            row["reporting_country"],
            row["year"],
            days.index(row["known_from"]),
            days.index(row["known_to"]) if row["known_to"] else len(days),
            _known(row, lang),
        ]
        for row in rows
    ]
    doubted = {
        (row["reporting_country"], row["year"]): row[f"value_{lang}"]
        for row in facts.headlines.get(FIRST["victims"], [])
        if row["how"] == "in_doubt"
    }
    for span in spans:  # a doubt that comes of the whole series is the release's, not the observation's
        if span[3] == len(days):
            span[4] = doubted.get((span[0], span[1]), span[4])
    members = [(m, facts.name(m, lang)) for m in facts.members]
    newest = {(s[0], s[1]): s[4] for s in spans if s[3] == len(days)}
    return {
        "days": [str(day) for day in days],
        "years": years,
        "members": members,
        "spans": spans,
        "newest": newest,
        "none": say("headline.not_reported", lang),
    }
