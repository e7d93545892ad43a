"""What the region's page shows: inside or outside first, flows, trends, coverage, sources, revisions."""

from __future__ import annotations

from typing import Any

from schemas.code_names import coded
from schemas.groupings import DEFAULT
from schemas.words import number, say
from warehouse.publication.site import drawing, wording
from warehouse.publication.site.drawing import Share
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.publication.site.indicator import newest_first, revised, side_by_side
from warehouse.publication.site.map_picture import map_picture

SUBMISSIONS_SHOWN, APART, ALERTS_SHOWN, REVISED_SHOWN = 6, 1.25, 4, 12
"""How many are listed; from which ratio on two sources are said to differ."""
FEWEST_TABLES = 5
"""The newest year with tables of origin of so many members is the one whose flows are shown."""


def page(facts: Facts, lang: str) -> dict[str, Any]:
    """Everything that the page of the region shows."""
    flows = _flows(facts, lang)
    return {
        "new": _new(facts, lang),
        "origin": _origin(facts, lang),
        "flows": flows,
        "map": map_picture(facts, flows, lang) if flows else None,
        "trends": _trends(facts, lang),
        "change": _change(facts, lang),
        "coverage": coverage(facts, lang),
        "apart": _apart(facts, lang),
        "revised": _revised(facts, lang),
        "members": [(member, facts.name(member, lang)) for member in facts.members],
        "total": _total(facts, lang),
    }


def _new(facts: Facts, lang: str) -> dict[str, Any]:
    """What came last, and what waits for a decision."""
    shown = [
        {
            "day": str(row["received_on"]),
            "title": facts.collections[row["collection"]][f"title_{lang}"],
            "collection": row["collection"],
        }
        for row in facts.submissions
        if row["status"] == "accepted"
    ][:SUBMISSIONS_SHOWN]
    alerts = [
        (row["period_start"], row[f"sentence_{lang}"], facts.collections[row["collection"]][f"title_{lang}"])
        for rows in facts.months.values()
        for row in rows
        if row["alert"] is not None and row[f"sentence_{lang}"]
    ]
    asked = sum(len(rows) for rows in facts.questions.values())
    return {
        "submissions": shown,
        "alerts": [(title, text) for _, text, title in sorted(alerts, reverse=True)[:ALERTS_SHOWN]],
        "questions": say("site.open_questions", lang, n=number(asked, lang)),
    }


def _origin(facts: Facts, lang: str) -> dict[str, Any] | None:
    """The question of 2009: of the newest year with a regional share, each class from bound to bound."""
    rows = [
        row for row in facts.regions.get(FIRST["origin_shares"], []) if row["reporting_country"] == DEFAULT
    ]
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    shares = wording.origin_shares(newest, lang)
    first, kind = newest[0], wording.majority(newest)
    of_members = {"n": first["members_reporting"], "all": first["members_total"]}
    facts_of = {"year": first["period"], "grouping": DEFAULT} | of_members
    title = say(f"site.region_majority.{kind}", lang, **facts_of)
    missing = [row["year"] for row in rows if row["year"] > first["year"]]
    return {
        "title": title,
        "svg": drawing.shares(shares, title),
        "shares": [(share.name, share.said) for share in shares],
        "members": _who_told(facts, first, lang),
        "flags": first[f"flags_{lang}"] or "",
        "later": say("site.later_years", lang, years=", ".join(map(str, sorted(set(missing)))))
        if missing
        else "",
        "outside": _outside(shares, lang, first["period"]),
        "others": _other_regions(facts, lang),
    }


def _who_told(facts: Facts, row: Row, lang: str) -> str:
    """Which members a regional figure is of."""
    names = ", ".join(facts.name(member, lang) for member in (row["members"] or "").split())
    return say("site.who_told", lang, n=row["members_reporting"], all=row["members_total"], names=names)


def _other_regions(facts: Facts, lang: str) -> list[str]:
    """The same of the groupings within: a sum that one country makes up does not speak for them."""
    rows = [
        row for row in facts.regions.get(FIRST["origin_shares"], []) if row["reporting_country"] != DEFAULT
    ]
    said = []
    for grouping in sorted({row["reporting_country"] for row in rows}):
        newest = wording.newest_origins([row for row in rows if row["reporting_country"] == grouping])
        if newest:
            shares = wording.origin_shares(newest, lang)
            name = newest[0][f"country_{lang}"]
            told = _outside(shares, lang, newest[0]["period"])
            said.append(f"{name}. {told} {_who_told(facts, newest[0], lang)}")
    return said


def _outside(shares: list[Share], lang: str, year: str) -> str:
    """Inside and outside in one sentence, bounds as they are."""
    return say("site.outside", lang, year=year, shares="; ".join(f"{s.name}: {s.said}" for s in shares))


def _flows(facts: Facts, lang: str) -> dict[str, Any] | None:
    """Who of which member was detected in which, of the newest year that enough members tell."""
    by_year: dict[int, set[str]] = {}
    for row in facts.flows:
        by_year.setdefault(row["year"], set()).add(row["reporting_country"])
    told = [year for year, reporting in by_year.items() if len(reporting) >= FEWEST_TABLES]
    if not told:
        return None
    year = max(told)
    cells = {
        (row["origin"], row["reporting_country"]): row
        for row in facts.flows
        if row["year"] == year and row["origin"] in facts.members
    }
    reporting = [m for m in facts.members if m in by_year[year]]
    lines = []
    for origin in facts.members:
        shown = [_flow_cell(cells.get((origin, to)), origin == to, lang) for to in reporting]
        lines.append({"code": origin, "name": facts.name(origin, lang), "cells": shown})
    return {
        "year": year,
        "title": say("site.flows_title", lang, year=year, n=len(reporting), all=len(facts.members)),
        "reporting": [(m, facts.name(m, lang)) for m in reporting],
        "without": ", ".join(facts.name(m, lang) for m in facts.members if m not in reporting),
        "lines": lines,
        "cells": cells,
    }


def _flow_cell(row: Row | None, is_own: bool, lang: str) -> dict[str, Any]:
    """A cell: how many are named, how strong its tone is, whether more may be hidden."""
    if row is None:
        return {"value": "–", "tone": 0, "own": is_own}
    low, high = row["persons_low"], row["persons_high"]
    if not low:
        return {"value": "0" if high == 0 else "?", "tone": 0, "own": is_own}
    value = wording.bounds(low, high, lang)
    return {"value": value, "tone": min(len(str(int(low))), 4), "own": is_own}


def _trends(facts: Facts, lang: str) -> list[dict[str, Any]]:
    """Of every count of trafficking what the verdicts are: of the region, and of how many members."""
    found = []
    for indicator, entry in facts.catalogue.items():
        rows = facts.headlines.get(indicator, [])
        if entry["family"] != FIRST["family"] or entry["kind"] not in ("process", "outcome") or not rows:
            continue
        regional = [
            row
            for row in facts.regions.get(indicator, [])
            if row["reporting_country"] == DEFAULT and row["origin_class"] == "_T"
        ]
        found.append(
            {
                "indicator": indicator,
                "name": entry[f"name_{lang}"],
                "members": wording.verdict_title(facts, rows, lang),
                "region": next(iter(wording.sentences(regional, lang)), ""),
            }
        )
    return found


def _change(facts: Facts, lang: str) -> dict[str, Any] | None:
    """By whom the sum of the same members changed between the last two years."""
    rows = facts.change
    if not rows:
        return None
    first = rows[0]
    parts = [
        (facts.name(row["member"], lang), _signed(row["part_low"], row["part_high"], lang)) for row in rows
    ]
    total = _signed(first["change_low"], first["change_high"], lang)
    title = say("site.change", lang, first=first["from_year"], last=first["to_year"], total=total)
    return {"title": title, "parts": parts}


def _signed(low: float, high: float | None, lang: str) -> str:
    if high is None:
        return f"≥ {number(low, lang)}"
    return " … ".join(dict.fromkeys(f"{'+' if n > 0 else ''}{number(n, lang)}" for n in (low, high)))


def coverage(facts: Facts, lang: str) -> dict[str, Any]:
    """Members by years: what of the detected victims was reported."""
    rows = [row for own in facts.coverage.values() for row in own if row["measure"] == FIRST["measure"]]
    years = sorted({row["year"] for row in rows})[-17:]
    lines: list[dict[str, Any]] = []
    for member in facts.members:
        own = [row for row in facts.coverage.get(member, []) if row["measure"] == FIRST["measure"]]
        cells = [
            wording.status_cell(wording.statuses([r for r in own if r["year"] == y]), lang) for y in years
        ]
        lines.append({"code": member, "name": facts.name(member, lang), "cells": cells})
    there = {cell["status"] for line in lines for cell in line["cells"]}
    key = [wording.status_cell(status, lang) for status in wording.STATUS_MARKS if status in there]
    return {"years": years, "lines": lines, "key": key, "measure": coded("measure", FIRST["measure"], lang)}


def _apart(facts: Facts, lang: str) -> list[dict[str, str]]:
    """Totals of the newest year of each pair of sources where they surely differ by a quarter or more."""
    newest: dict[tuple[str, ...], Row] = {}
    for rows in facts.agreement.values():
        for row in rows:
            newest[row["reporting_country"], row["measure"], row["collection_a"], row["collection_b"]] = row
    apart = [r for r in newest.values() if (r["ratio_high"] or APART) < 1 / APART or r["ratio_low"] > APART]
    return [side_by_side(facts, row, lang) for row in apart]


def _revised(facts: Facts, lang: str) -> dict[str, Any] | None:
    """The totals of detected victims that a later submission changed: those of the newest years."""
    rows = [
        row
        for row in facts.revised_totals
        if row["measure"] == FIRST["measure"] and row["old_low"] is not None
    ]
    if not rows:
        return None
    newest = newest_first(rows)[:REVISED_SHOWN]
    return {
        "sub": say("site.revised_sub", lang, shown=len(newest), all=len(rows)),
        "indicator": FIRST["victims"],
        "lines": [revised(facts, row, lang) for row in newest],
    }


def _total(facts: Facts, lang: str) -> dict[str, str] | None:
    """The newest regional total of detected victims."""
    row = wording.latest(
        [r for r in facts.regions.get(FIRST["victims"], []) if r["reporting_country"] == DEFAULT]
    )
    if row is None:
        return None
    said = say(
        "site.region_total",
        lang,
        period=row["period"],
        value=row[f"value_{lang}"],
        n=row["members_reporting"],
        all=row["members_total"],
    )
    return {"said": said, "sentence": row[f"sentence_{lang}"] or ""}
