"""What a member's page shows: what it sent, what is missing, what changed, and what its figures say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from schemas.code_names import coded
from schemas.words import number, say
from warehouse.publication import charts
from warehouse.publication.seen import origin_title
from warehouse.publication.site import (
    changed,
    coverage,
    doubts,
    drawing,
    known,
    records,
    region,
    trust,
    wording,
)
from warehouse.publication.site.drawing import Month, Share
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.publication.site.origin_picture import origin_picture

YEARS_SHOWN, JUSTICE_YEARS, ABROAD_YEARS, QUESTIONS_SHOWN, ALERTS_SHOWN = 12, 6, 5, 3, 2
YEARS_TOLD = 6
MONTH_COLUMNS = (
    "collection",
    "measure",
    "reporting_country",
    "period_start",
    "value_low",
    "value_high",
    "alert",
    "flag",
)
"""What the file beside the picture of months holds."""
MISSING = (*coverage.WITHOUT_TOTAL, "late", "partial", "in_quarantine", "withdrawn")
"""The statuses that a reader is told in words."""


def page(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """Everything that the page of one member shows."""
    figures = {
        indicator: [row for row in rows if row["reporting_country"] == member]
        for indicator, rows in facts.headlines.items()
    }
    months = _months(facts, member, lang)
    newest = wording.latest(figures.get(FIRST["victims"], []))
    sections = {
        "changed": changed.by_submissions(facts, member, lang),
        "trust": trust.of_figure(facts, newest, lang) if newest else [],
        "test": changed.tested(facts, newest, lang) if newest else "",
        "origin": _origin(facts, member, lang),
        "sent": _sent(facts, member, lang),
        "composition": _composition(facts, member, lang),
        "abroad": _abroad(facts, member, lang),
    }
    lines = [] if facts.is_empty else known.of_member(facts, member, newest, lang)
    for line in lines:  # where a part is not there, no link leads to it
        if not sections[line["more"]] and line["more"] != "changed":
            line["more"] = ""
    return sections | {
        "code": member,
        "name": facts.name(member, lang),
        "lead": region.nothing(facts, lang) or _lead(newest, lang),
        "how": f"{coded('headline_how', newest['how'], lang)}."
        if newest and newest["how"] != "exact"
        else "",
        "known": lines,
        "origin_in_short": known.origin_in_short(facts, member, newest, lang),
        "changes": changed.of_member(facts, member, lang),
        "headline": f"{newest['period']}: {newest[f'value_{lang}']}" if newest else "",
        "missing": _missing(facts, member, lang),
        "justice": _justice(facts, figures, lang),
        "months": months,
        "records_of": records.of_member(facts, member, lang),
        "records_missing": records.missing_of(facts, member, lang),
        "questions": None if facts.is_empty else _questions(facts, member, lang),
        "compared": _compared(facts, member, lang),
        "sources": _sources(facts, member, {series["collection"] for series in months}, lang),
    }


def _lead(row: Row | None, lang: str) -> str:
    if row is None:
        return say("site.no_figure", lang)
    facts_of = {"period": row["period"], "value": row[f"value_{lang}"], "source": row[f"source_{lang}"]}
    return say("site.last_figure", lang, **facts_of)


# ---- what it sent, what is missing -----------------------------------------------------------------


def _sent(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """Measures by years: reported, late, never asked; of several sources the one that says most."""
    rows = [row for row in facts.coverage.get(member, []) if row["family"] in FIRST["reported"]]
    years = sorted({row["year"] for row in rows})[-YEARS_SHOWN:]
    series = sorted({(coded("measure", r["measure"], lang), r["family"], r["measure"]) for r in rows})
    names = [name for name, *_ in series]
    lines: list[dict[str, Any]] = []
    for name, family, measure in series:
        cells = [coverage.cell(coverage.status(facts, member, family, measure, year), lang) for year in years]
        if any(cell["status"] for cell in cells):
            of_family = f" ({say(f'site.family.{family}', lang)})" if names.count(name) > 1 else ""
            lines.append({"name": name + of_family, "cells": cells})
    return {"years": years, "lines": lines, "key": coverage.key(lines, lang)}


def _missing(facts: Facts, member: str, lang: str) -> list[str]:
    """What is late, waits or stands in no table: which measures and years, in words that blame nobody."""
    found: dict[str, dict[tuple[str, str], set[int]]] = {}
    for row in facts.coverage.get(member, []):
        if row["family"] == FIRST["context"]:
            continue
        at = (row["family"], row["measure"])
        shown = coverage.status(facts, member, *at, row["year"])
        status = shown if shown in coverage.WITHOUT_TOTAL else coverage.of_rows([row])
        if status in MISSING:
            found.setdefault(status, {}).setdefault(at, set()).add(row["year"])
    return [
        say("site.missing", lang, status=coverage.told(status, lang), series="; ".join(series))
        for status in MISSING
        if (
            series := [
                _years_of(facts, member, *at, years, status, lang)
                for at, years in sorted(found.get(status, {}).items())
            ]
        )
    ]


def _years_of(
    facts: Facts, member: str, family: str, measure: str, years: set[int], status: str, lang: str
) -> str:
    """A measure with its last years of a status, and the other source that has them, if that is it."""
    last = sorted(years)[-YEARS_TOLD:]
    told = f"{coded('measure', measure, lang)} {', '.join(map(str, last))}"
    if status != coverage.ELSEWHERE:
        return told
    return f"{told} ({coverage.sources_beside(facts, member, family, measure, last, lang)})"


# ---- victims ---------------------------------------------------------------------------------------


def _origin(facts: Facts, member: str, lang: str) -> dict[str, Any] | None:
    """The picture of origins of the preferred source, its title, its notes; the shares of the newest year."""
    years = known.origin_years(facts, member)
    if years is None:
        return None
    title = origin_title(years, lang)
    shares = known.newest_shares(facts, member)
    heading = say("site.shares_of", lang, year=shares[0]["period"] if shares else "")
    drawn = wording.origin_shares(shares, lang)
    hidden = known.hidden_of_last(years, lang)
    return {
        "title": title,
        "heading": say("site.origin_heading", lang, most=wording.phrase(known.most(years, lang))),
        "svg": origin_picture(years, title, lang),
        "notes": charts.notes(years, lang),
        "last": known.gap_said(hidden, False, lang) if hidden else "",
        "shares_title": heading,
        "shares": drawing.shares(drawn, heading) if drawn else "",
        "narrow": drawing.narrow_shares(drawn, heading) if drawn else "",
    }


def _composition(facts: Facts, member: str, lang: str) -> dict[str, Any] | None:
    """Who the victims are, each share over all of them, so that the unknown part is drawn."""
    shown = known.composition(facts, member)
    if not shown:
        return None
    years = sorted({row["year"] for row in shown})
    title = say("site.composition_of", lang, years=", ".join(map(str, years)))
    drawn = [_share(facts, row, lang) for row in shown]
    return {
        "title": title,
        "svg": drawing.shares(drawn, title),
        "narrow": drawing.narrow_shares(drawn, title),
        "data": shown,
    }


def _share(facts: Facts, row: Row, lang: str) -> Share:
    low, high = known.bounds(row)
    said = f"{row['year']}: {known.share_told(row, lang)}"
    return Share(name=known.share_name(facts, row, lang), low=low, high=high, said=said)


def _justice(facts: Facts, figures: dict[str, list[Row]], lang: str) -> dict[str, Any] | None:
    """Offences, persons in contact, prosecuted, convicted: counts side by side, no share built on them."""
    named = [
        name
        for name, entry in facts.catalogue.items()
        if entry["family"] == FIRST["family"]
        and entry["kind"] == "process"
        and entry["unit"] in ("persons", "offences")
    ]
    rows = {name: {row["year"]: row for row in figures.get(name, [])} for name in named}
    years = sorted(
        {year for by_year in rows.values() for year, row in by_year.items() if wording.is_told(row)}
    )
    years = years[-JUSTICE_YEARS:]
    if not years:
        return None
    lines = [
        {
            "name": facts.catalogue[name][f"name_{lang}"],
            "indicator": name,
            "cells": [_cell(rows[name].get(year), lang) for year in years],
        }
        for name in named
        if any(year in rows[name] and wording.is_told(rows[name][year]) for year in years)
    ]
    notes = wording.noted([cell for line in lines for cell in line["cells"]])
    ends = say("site.justice_ends", lang, year=years[-1])
    return {
        "years": years,
        "lines": lines,
        "notes": notes,
        "ends": ends,
        "hidden": _hidden(rows, years, lang),
    }


def _hidden(rows: dict[str, dict[int, Row]], years: Sequence[int], lang: str) -> str:
    """That counts between nothing and a bound are cells that the source hides, and no small count."""
    shown = [by_year[year] for by_year in rows.values() for year in years if year in by_year]
    hidden = [r for r in shown if r["how"] == "between" and r["value_low"] == 0]
    values = dict.fromkeys(str(row[f"value_{lang}"]) for row in hidden)
    return say("site.justice_hidden", lang, values=", ".join(values)) if values else ""


def _cell(row: Row | None, lang: str) -> dict[str, Any]:
    if row is None:
        return {"value": say("headline.not_reported", lang), "flags": ""}
    return {"value": row[f"value_{lang}"], "flags": row[f"flags_{lang}"] or ""}


# ---- elsewhere, months, records, questions ---------------------------------------------------------


def _abroad(facts: Facts, member: str, lang: str) -> list[dict[str, str]]:
    """Its nationals detected in other members: year, bounds, where, and how many members tell it."""
    lines = []
    for row in facts.abroad.get(member, [])[-ABROAD_YEARS:]:
        where = [
            f"{facts.name(f['reporting_country'], lang)} "
            f"{wording.bounds(f['persons_low'], f['persons_high'], lang)}"
            for f in known.detected_where(facts, member, row["year"])
        ]
        reporting = say("site.of_members", lang, n=row["members_reporting"], all=row["members_total"])
        lines.append(
            {
                "year": str(row["year"]),
                "persons": wording.bounds(row["persons_low"], row["persons_high"], lang),
                "where": ", ".join(where) or "–",
                "members": reporting,
            }
        )
    return lines


def _months(facts: Facts, member: str, lang: str) -> list[dict[str, Any]]:
    """The monthly series of mobility, one a measure: the longest; context alone."""
    rows = [row for row in facts.months.get(member, []) if row["family"] == FIRST["context"]]
    series = [list(own) for _, own in groupby(rows, key=lambda r: (r["collection"], r["measure"]))]
    best: dict[str, list[Row]] = {}
    for own in sorted(series, key=len):
        best[own[0]["measure"]] = own
    return [
        _series(facts, own, [row for row in rows if row["measure"] == measure], lang)
        for measure, own in best.items()
    ][:1]


def _series(facts: Facts, own: list[Row], of_measure: list[Row], lang: str) -> dict[str, Any]:
    """A series as it is shown, with the alerts of all of its measure: a shorter one may tell more."""
    first = own[0]["period_start"]
    drawn = [
        Month(
            at=12 * (row["period_start"].year - first.year) + row["period_start"].month - first.month,
            low=row["value_low"],
            high=row["value_high"],
            told=f"{row['period_start']:%Y-%m}: {wording.bounds(row['value_low'], row['value_high'], lang)}",
            is_alert=row["alert"] is not None,
        )
        for row in own
        if row["value_low"] is not None
    ]
    ends = own[-1]["period_start"]
    ticks = drawing.Scale(max(m.high or m.low for m in drawn) or 1, 1).ticks
    years = [
        (12 * (year - first.year) - first.month + 1, str(year))
        for year in range(first.year + (first.month > 1), ends.year + 1)
    ]
    collection = facts.collections[own[0]["collection"]]
    title = f"{coded('measure', own[0]['measure'], lang)}, {first:%Y-%m} – {ends:%Y-%m}"
    return {
        "title": title,
        "svg": drawing.months(drawn, years, {t: number(t, lang) for t in ticks}, title),
        "collection": collection["collection"],
        "source": collection[f"title_{lang}"],
        "caveat": say(f"caveat.{collection['family']}", lang),
        "alerts": _alerts(facts, of_measure, lang),
        "data": [{name: row[name] for name in MONTH_COLUMNS} for row in own],
    }


def _alerts(facts: Facts, own: list[Row], lang: str) -> list[str]:
    """The alerts of the last year of a series; if there are older ones alone, when the last was."""
    last = wording.last_alerts(own, lang)[-ALERTS_SHOWN:]
    if last:
        return [wording.named(facts, row[f"sentence_{lang}"], lang) for row in last] + wording.usual(
            last, lang
        )
    older = [row["period_start"] for row in own if row["alert"] is not None]
    return [say("site.alerts_over", lang, month=f"{max(older):%Y-%m}")] if older else []


def _questions(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """What nobody has answered about its figures, by measure and year, the newest first."""
    found = doubts.by_figure(facts, member)
    said = [
        f"{coded('measure', measure, lang)}, {year}: {doubts.told(facts, own, lang)}"
        for (measure, year), own in found.items()
    ]
    return {"all": len(said), "shown": said[:QUESTIONS_SHOWN], "more": said[QUESTIONS_SHOWN:]}


def _sources(facts: Facts, member: str, context: set[str], lang: str) -> list[str]:
    """The sources of its figures and context, cited in the reader's language."""
    used = context | {
        row["collection"]
        for rows in facts.headlines.values()
        for row in rows
        if row["reporting_country"] == member and row["collection"]
    }
    return [facts.citation(name, lang) for name in sorted(used)]


def _compared(facts: Facts, member: str, lang: str) -> str:
    """What other sources the figures are compared with, by their titles."""
    names = {name for (of, *_), found in facts.beside.items() if of == member for name in found}
    titles = "; ".join(wording.title(facts, name, lang) for name in sorted(names))
    return say("site.compared_with", lang, titles=titles) if titles else ""
