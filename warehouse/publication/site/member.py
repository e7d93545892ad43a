"""What a member's page shows: what it sent, what is missing, what changed, and what its figures say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from schemas.code_names import coded
from schemas.words import number, say, words
from warehouse.publication import charts
from warehouse.publication.seen import origin_title
from warehouse.publication.site import drawing, records, wording
from warehouse.publication.site.drawing import Month, Share
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.publication.site.origin_picture import origin_picture

YEARS_SHOWN, JUSTICE_YEARS, ABROAD_YEARS, QUESTIONS_SHOWN, ALERTS_SHOWN = 12, 6, 5, 4, 2
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
MISSING = ("late", "partial", "in_quarantine", "withdrawn")
"""The statuses that a reader is told in words."""


def page(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """Everything that the page of one member shows."""
    figures = {
        indicator: [row for row in rows if row["reporting_country"] == member]
        for indicator, rows in facts.headlines.items()
    }
    months = _months(facts, member, lang)
    return {
        "code": member,
        "name": facts.name(member, lang),
        "lead": _lead(facts, figures, lang),
        "verdict": _first(wording.sentences(figures.get(FIRST["victims"], []), lang)),
        "sent": _sent(facts, member, lang),
        "missing": _missing(facts, member, lang),
        "changed": _changed(facts, member, lang),
        "origin": _origin(facts, member, lang),
        "composition": _composition(facts, member, lang),
        "justice": _justice(facts, figures, lang),
        "abroad": _abroad(facts, member, lang),
        "months": months,
        "records_of": records.of_member(facts, member, lang),
        "records_missing": records.missing_of(facts, member, lang),
        "questions": _questions(facts, member, lang),
        "sources": _sources(facts, member, {series["collection"] for series in months}, lang),
    }


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def _lead(facts: Facts, figures: dict[str, list[Row]], lang: str) -> str:
    row = wording.latest(figures.get(FIRST["victims"], []))
    if row is None:
        return say("site.no_figure", lang)
    facts_of = {"period": row["period"], "value": row[f"value_{lang}"], "source": row[f"source_{lang}"]}
    return say("site.last_figure", lang, **facts_of)


# ---- what it sent, what is missing, what changed ---------------------------------------------------


def _sent(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """Measures by years: reported, late, never asked; of several sources the one that says most."""
    rows = [row for row in facts.coverage.get(member, []) if row["family"] in FIRST["reported"]]
    years = sorted({row["year"] for row in rows})[-YEARS_SHOWN:]
    measures = sorted({row["measure"] for row in rows}, key=lambda m: coded("measure", m, lang))
    lines: list[dict[str, Any]] = []
    for measure in measures:
        cells = [
            wording.status_cell(
                wording.statuses([r for r in rows if r["measure"] == measure and r["year"] == year]), lang
            )
            for year in years
        ]
        if any(cell["status"] for cell in cells):
            lines.append({"name": coded("measure", measure, lang), "cells": cells})
    there = {cell["status"] for line in lines for cell in line["cells"] if cell["status"]}
    key = [wording.status_cell(status, lang) for status in wording.STATUS_MARKS if status in there]
    return {"years": years, "lines": lines, "key": key}


def _missing(facts: Facts, member: str, lang: str) -> list[str]:
    """What is late or waits, by status: which measures and years, in words that blame nobody."""
    found: dict[str, dict[str, set[int]]] = {}
    for row in facts.coverage.get(member, []):
        status = wording.statuses([row])
        if status in MISSING and row["family"] != FIRST["context"]:
            found.setdefault(status, {}).setdefault(row["measure"], set()).add(row["year"])
    said = []
    for status in MISSING:
        series = [
            f"{coded('measure', measure, lang)} {', '.join(map(str, sorted(years)[-YEARS_TOLD:]))}"
            for measure, years in sorted(found.get(status, {}).items())
        ]
        if series:
            told = coded("coverage_status", status, lang)
            said.append(say("site.missing", lang, status=told, series="; ".join(series)))
    return said


def _changed(facts: Facts, member: str, lang: str) -> list[str]:
    """What the last submission changed of what was there: counted, and the totals one by one."""
    counts = [
        _counted(facts, list(rows), lang)
        for _, rows in groupby(facts.revisions.get(member, []), key=lambda row: row["new_submission"])
    ]
    totals = [
        say(
            "site.revised_total",
            lang,
            measure=coded("measure", row["measure"], lang),
            year=row["year"],
            old=wording.bounds(row["old_low"], row["old_high"], lang),
            new=say("headline.not_reported", lang)
            if row["new_low"] is None
            else wording.bounds(row["new_low"], row["new_high"], lang),
        )
        for row in facts.revised_totals
        if row["reporting_country"] == member and row["old_low"] is not None
    ]
    return [*counts, *totals[-4:]]


def _counted(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """What one submission changed, how many values of each kind, and against which submission."""
    received = {row["submission"]: row for row in facts.submissions}
    new, old = (received[rows[0][f"{which}_submission"]] for which in ("new", "old"))
    counts = [f"{number(row['n'], lang)} {say('site.revision.' + row['kind'], lang)}" for row in rows]
    return say(
        "site.changed_since",
        lang,
        title=facts.collections[new["collection"]][f"title_{lang}"],
        new=new["received_on"],
        old=old["received_on"],
        counts="; ".join(counts),
    )


# ---- victims ---------------------------------------------------------------------------------------


def _origin(facts: Facts, member: str, lang: str) -> dict[str, Any] | None:
    """The picture of origins of the preferred source, its title, its notes; the shares of the newest year."""
    found = [
        row
        for row in facts.profiles
        if row["reporting_country"] == member and row["measure"] == FIRST["measure"]
    ]
    if not found:
        return None
    years = facts.years(found[0]["collection"], member, FIRST["measure"])
    title = origin_title(years, lang)
    shares = wording.newest_origins(
        [row for row in facts.origins.get(FIRST["origin_shares"], []) if row["reporting_country"] == member]
    )
    year = shares[0]["period"] if shares else ""
    heading = say("site.shares_of", lang, year=year)
    return {
        "title": title,
        "svg": origin_picture(years, title, lang),
        "notes": charts.notes(years, lang),
        "shares_title": heading,
        "shares": drawing.shares(wording.origin_shares(shares, lang), heading) if shares else "",
    }


def _composition(facts: Facts, member: str, lang: str) -> dict[str, Any] | None:
    """Who the victims are, each share over all of them, so that the unknown part is drawn."""
    rows, years = [], set()
    for indicator, entry in facts.catalogue.items():
        own = facts.shares_known.get((indicator, member), [])
        told = [row for row in own if row["value_low"] is not None]
        if not told:
            continue
        years.add(told[0]["year"])
        for row in told:
            if row["year"] == told[0]["year"]:
                rows.append(
                    (row["exploitation"] != "_T", _share(entry, row, lang))
                )  # forms are parts of one whole
    if not rows:
        return None
    title = say("site.composition_of", lang, years=", ".join(map(str, sorted(years))))
    drawn = drawing.shares([share for _, share in sorted(rows, key=lambda pair: pair[0])], title)
    return {"title": title, "svg": drawn}


def _share(entry: Row, row: Row, lang: str) -> Share:
    part = row["exploitation"]
    short = words(lang).get(f"site.short.{entry['indicator']}", entry[f"name_{lang}"])
    name = short if part == "_T" else coded("exploitation", part, lang)
    low, high = row["value_low"], 1.0 if row["value_high"] is None else row["value_high"]
    least, most = (number(round(100 * n, 1), lang) for n in (low, high))
    told = least if least == most else f"{least}–{most}"
    said = f"{row['year']}: {say('headline.percent', lang, number=told)}"
    return Share(name=name, low=low, high=high, said=said)


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
    return {"years": years, "lines": lines}


def _cell(row: Row | None, lang: str) -> dict[str, str]:
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
            for f in facts.flows
            if f["origin"] == member
            and f["year"] == row["year"]
            and f["reporting_country"] != member
            and f["persons_low"] > 0
        ]
        reporting = say("site.of_members", lang, n=row["members_reporting"], all=row["members_total"])
        lines.append(
            {
                "year": str(row["year"]),
                "persons": wording.bounds(row["persons_low"], row["persons_high"], lang),
                "possible": wording.bounds(row["possible_high"], row["possible_high"], lang)
                or say("site.unbounded", lang),
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
    return [_series(facts, own, lang) for own in best.values()][:1]


def _series(facts: Facts, own: list[Row], lang: str) -> dict[str, Any]:
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
    alerts = [row[f"sentence_{lang}"] for row in own if row["alert"] is not None and row[f"sentence_{lang}"]]
    return {
        "title": title,
        "svg": drawing.months(drawn, years, {t: number(t, lang) for t in ticks}, title),
        "collection": collection["collection"],
        "source": collection[f"title_{lang}"],
        "caveat": say(f"caveat.{collection['family']}", lang),
        "alerts": alerts[-ALERTS_SHOWN:],
        "data": [{name: row[name] for name in MONTH_COLUMNS} for row in own],
    }


def _questions(facts: Facts, member: str, lang: str) -> dict[str, Any]:
    """What nobody has decided about its figures, the newest first."""
    rows = facts.questions.get(member, [])
    said = []
    for row in rows[:QUESTIONS_SHOWN]:
        of = coded("measure", row["measure"], lang)
        said.append(f"{of}, {row['year']}: {row[f'says_{lang}']}")
    return {"all": len(rows), "shown": list(dict.fromkeys(said)), "collections": _asked_of(rows)}


def _asked_of(rows: Sequence[Row]) -> str:
    return ", ".join(sorted({row["collection"] for row in rows}))


def _sources(facts: Facts, member: str, context: set[str], lang: str) -> list[str]:
    """The sources of its figures and of its context, cited in the reader's language."""
    used = context | {
        row["collection"]
        for rows in facts.headlines.values()
        for row in rows
        if row["reporting_country"] == member and row["collection"]
    }
    return [facts.citation(name, lang) for name in sorted(used)]
