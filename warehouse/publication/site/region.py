"""What the region's page shows: inside or outside first, flows, trends, coverage, sources, revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import coded
from schemas.groupings import DEFAULT
from schemas.origin import EXTRA_REGIONAL
from schemas.words import number, say
from warehouse.publication.seen import HIDDEN
from warehouse.publication.site import changed, coverage, doubts, inside, trust, wording
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.publication.site.indicator import newest_first, revised, side_by_side
from warehouse.publication.site.map_picture import map_picture

SUBMISSIONS_SHOWN, APART, ALERTS_SHOWN, REVISED_SHOWN = 6, 1.25, 4, 12
"""How many are listed; from which ratio on two sources are said to differ."""
FLOW_MARKS = {"hidden": "?", "absent": "–"}
"""What stands in a cell of the flows for nobody named, and for no word of an origin."""
FEWEST_TABLES = 5
"""The newest year with tables of origin of so many members is the one whose flows are shown."""


def page(facts: Facts, lang: str) -> dict[str, Any]:
    """Everything that the page of the region shows."""
    flows = _flows(facts, lang)
    compared = change(facts, lang)
    apart = sources_apart(facts)
    return {
        "changed": changed.of_region(facts, compared, lang),
        "trust": trust.of_region(facts, apart, lang),
        "trust_origin": trust.of_origin(facts, apart, lang),
        "new": _new(facts, lang),
        "origin": inside.answer(facts, lang),
        "region_is": say(
            "site.region_is",
            lang,
            n=len(facts.members),
            name=coded("grouping", DEFAULT, lang),
            grouping=DEFAULT,
            members=", ".join(facts.name(member, lang) for member in facts.members),
        ),
        "flows": flows,
        "map": map_picture(facts, flows, lang) if flows else None,
        "map_narrow": map_picture(facts, flows, lang, narrow=True) if flows else "",
        "trends": _trends(facts, lang),
        "change": compared,
        "coverage": coverage_map(facts, lang),
        "apart": [side_by_side(facts, row, lang) for row in apart],
        "revised": _revised(facts, lang),
        "total": _total(facts, lang),
        "nothing": nothing(facts, lang),
        "sources": wording.sources(facts, lang),
    }


def nothing(facts: Facts, lang: str) -> str:
    """Why a release has no figure: nothing came, or nothing with figures. No country is at fault."""
    if not facts.is_empty:
        return ""
    came = any(row["status"] == "accepted" for row in facts.submissions)
    return say("site.nothing_came" if not came else "site.nothing_yet", lang)


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
    last = [row for rows in facts.months.values() for row in wording.last_alerts(rows, lang)]
    newest = sorted(last, key=lambda row: row["period_start"], reverse=True)[:ALERTS_SHOWN]
    alerts = [
        (wording.title(facts, row["collection"], lang), wording.named(facts, row[f"sentence_{lang}"], lang))
        for row in newest
    ]
    asked = sum(len(doubts.by_figure(facts, member)) for member in facts.members)
    return {
        "submissions": shown,
        "alerts": alerts,
        "usual": wording.usual(newest, lang),
        "questions": "" if facts.is_empty else say("site.open_questions", lang, n=number(asked, lang)),
    }


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
    lines: list[dict[str, Any]] = []
    for origin in facts.members:
        shown = [_flow_cell(cells.get((origin, to)), origin == to, lang) for to in reporting]
        lines.append({"code": origin, "name": facts.name(origin, lang), "cells": shown})
    return {
        "year": year,
        "title": say("site.flows_title", lang, year=year, n=len(reporting), all=len(facts.members)),
        "reporting": [(m, facts.name(m, lang)) for m in reporting],
        "without": ", ".join(facts.name(m, lang) for m in facts.members if m not in reporting),
        "marks": _marks([cell for line in lines for cell in line["cells"]], lang),
        "lines": lines,
        "wholes": _wholes(facts, reporting, year, lang),
        "doubted": inside.doubted(facts, reporting, year, lang),
        "cells": cells,
    }


def _wholes(facts: Facts, reporting: Sequence[str], year: int, lang: str) -> list[dict[str, Any]]:
    """What the members' rows are not all of: from outside, of unknown origin, all; from bound to bound."""
    found: dict[str, list[str]] = {"outside": [], "unknown": [], "total": []}
    for member in reporting:
        told = facts.classes.get((member, year), {})
        whole = next(iter(told.values()), None)
        outside = told.get(EXTRA_REGIONAL)
        hidden = [told[name] for name in HIDDEN if name in told]
        found["outside"].append(
            wording.bounds(outside["persons_low"], outside["possible_high"], lang) if outside else "?"
        )
        low = sum(row["persons_low"] for row in hidden)
        high = max([low, *(row["possible_high"] or 0 for row in hidden)])
        found["unknown"].append(wording.bounds(low, high, lang) if hidden else "0")
        found["total"].append(wording.bounds(whole["total_low"], whole["total_high"], lang) if whole else "?")
    return [{"name": say(f"site.flows_{name}", lang), "cells": cells} for name, cells in found.items()]


def _flow_cell(row: Row | None, is_own: bool, lang: str) -> dict[str, Any]:
    """A cell: how many are named, how strong its tone is, whether more may be hidden."""
    if row is None:
        return {"value": FLOW_MARKS["absent"], "tone": 0, "own": is_own}
    low, high = row["persons_low"], row["persons_high"]
    if not low:
        return {"value": "0" if high == 0 else FLOW_MARKS["hidden"], "tone": 0, "own": is_own}
    value = wording.bounds(low, high, lang)
    return {"value": value, "tone": min(len(str(int(low))), 4), "own": is_own}


def _marks(cells: Sequence[dict[str, Any]], lang: str) -> str:
    """What the marks of a matrix of flows mean: those that occur."""
    there = {cell["value"] for cell in cells}
    found = [say(f"site.flows_mark.{name}", lang) for name, mark in FLOW_MARKS.items() if mark in there]
    if any(cell["own"] for cell in cells):
        found.append(say("site.flows_mark.own", lang))
    return " ".join(found)


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
                "region": next(iter(wording.sentences(facts, regional, lang)), ""),
            }
        )
    return found


def change(facts: Facts, lang: str) -> dict[str, Any] | None:
    """By whom the sum of the same members changed between the last two years; who is not in it, and why."""
    rows = facts.change
    if not rows:
        return None
    first, last = rows[0]["from_year"], rows[0]["to_year"]
    within = [row["member"] for row in rows]
    parts = [
        f"{facts.name(row['member'], lang)} {_part(row, lang)}{_if_shifted(facts, row, lang)}" for row in rows
    ]
    most = max(rows, key=lambda row: abs(row["part_low"]))
    panel = (FIRST["victims"], DEFAULT, "fixed")
    since = min(year for *of, year in facts.sums if tuple(of) == panel)
    sums = [facts.sums[*panel, year]["_T"] for year in (first, last)]
    before, after = (wording.bounds(row["value_low"], row["value_high"], lang) for row in sums)
    facts_of = {"first": first, "last": last, "since": since, "n": len(within), "all": len(facts.members)}
    facts_of |= {"before": before, "after": after}
    left_out = [_left_out(facts, m, first, last, lang) for m in facts.members if m not in within]
    return {
        "title": say(
            "site.change",
            lang,
            total=_signed(rows[0]["change_low"], rows[0]["change_high"], lang),
            **facts_of,
        ),
        "reporting": _reporting(facts, first, last, lang),
        "most": say("site.change_most", lang, name=facts.name(most["member"], lang), part=_part(most, lang)),
        "parts": "; ".join(parts),
        "left_out": say("site.change_left_out", lang, since=since, members="; ".join(left_out))
        if left_out
        else "",
    }


def _reporting(facts: Facts, first: int, last: int, lang: str) -> str:
    """What all that reported add up to in both years, beside the same members, and why that differs."""
    key = (FIRST["victims"], DEFAULT, "reporting")
    sums = [facts.sums.get((*key, year), {}).get("_T") for year in (first, last)]
    before, after = sums
    if before is None or after is None or None in (before["value_low"], after["value_low"]):
        return ""
    facts_of = {
        "before": wording.bounds(before["value_low"], before["value_high"], lang),
        "after": wording.bounds(after["value_low"], after["value_high"], lang),
        "n": after["members_reporting"],
        "all": after["members_total"],
    }
    if before["members"] == after["members"]:
        return say("site.all_same", lang, **facts_of)
    return say("site.all_reporting", lang, m=before["members_reporting"], **facts_of)


def _part(row: Row, lang: str) -> str:
    return _signed(row["part_low"], row["part_high"], lang)


def _if_shifted(facts: Facts, row: Row, lang: str) -> str:
    """That a member's series looks shifted by a year: its change rests on that."""
    shifts = [
        s for s in facts.shifts if (s["reporting_country"], s["measure"]) == (row["member"], FIRST["measure"])
    ]
    return f" ({say('site.change_shifted', lang)})" if shifts else ""


def _left_out(facts: Facts, member: str, first: int, last: int, lang: str) -> str:
    """A member that is not in the comparison, with what it told of both years."""
    told = {year: facts.headline(FIRST["victims"], member, year) for year in (first, last)}
    values = [f"{year}: {wording.figure(row, lang)}" for year, row in told.items()]
    return f"{facts.name(member, lang)} ({'; '.join(values)})"


def _signed(low: float, high: float | None, lang: str) -> str:
    if high is None:
        return f"≥ {_signed(low, low, lang)}"
    signs = {n: "+" if n > 0 else "−" if n < 0 else "" for n in (low, high)}
    return " … ".join(f"{sign}{number(abs(n), lang)}" for n, sign in signs.items())


def coverage_map(facts: Facts, lang: str) -> dict[str, Any]:
    """Members by years: what of the detected victims was reported."""
    rows = [row for own in facts.coverage.values() for row in own if row["measure"] == FIRST["measure"]]
    years = sorted({row["year"] for row in rows})[-17:]
    lines: list[dict[str, Any]] = []
    for member in facts.members:
        cells = [
            coverage.cell(coverage.status(facts, member, FIRST["family"], FIRST["measure"], year), lang)
            for year in years
        ]
        lines.append({"code": member, "name": facts.name(member, lang), "cells": cells})
    measure = coded("measure", FIRST["measure"], lang)
    return {"years": years, "lines": lines, "key": coverage.key(lines, lang), "measure": measure}


def sources_apart(facts: Facts) -> list[Row]:
    """Totals of the newest year of each pair of sources where they surely differ by a quarter or more."""
    newest: dict[tuple[str, ...], Row] = {}
    for rows in facts.agreement.values():
        for row in rows:
            newest[row["reporting_country"], row["measure"], row["collection_a"], row["collection_b"]] = row
    return [r for r in newest.values() if (r["ratio_high"] or APART) < 1 / APART or r["ratio_low"] > APART]


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
        "shifted": changed.shifted(facts, lang),
        "sub": say("site.revised_sub", lang, shown=len(newest), all=len(rows)),
        "indicator": FIRST["victims"],
        "lines": [revised(facts, row, lang) for row in newest],
    }


def _total(facts: Facts, lang: str) -> dict[str, str] | None:
    """The newest regional total of detected victims, and of which member most of it is."""
    row = inside.newest_total(facts)
    if row is None:
        return None
    facts_of = {
        "period": row["period"],
        "value": row[f"value_{lang}"],
        "n": row["members_reporting"],
        "all": row["members_total"],
    }
    said = say("site.region_total", lang, **facts_of)
    without = ""
    if inside.mostly(facts, FIRST["victims"], DEFAULT, row["year"], lang):
        key = (FIRST["victims"], DEFAULT)
        summed = facts.sums[*key, "reporting", row["year"]]["_T"]
        of_largest = {
            "member": facts.name(summed["largest_member"], lang),
            "share": inside.largest_share(summed, lang),
        }
        said = say("site.region_total_mostly", lang, **facts_of, **of_largest)
        without = inside.without_largest(facts.sums.get((*key, "without_largest", row["year"]), {}), lang)
    return {
        "said": said,
        "value": f"{row['period']}: {row[f'value_{lang}']}",
        "beside": " ".join(filter(None, [without, *_totals_within(facts, lang)])),
    }


def _totals_within(facts: Facts, lang: str) -> list[str]:
    """The newest total of each grouping within the region: what is left without a member is none of them."""
    totals: dict[str, list[Row]] = {}
    for row in facts.regions.get(FIRST["victims"], []):
        if row["reporting_country"] != DEFAULT and row["origin_class"] == "_T":
            totals.setdefault(row["reporting_country"], []).append(row)
    found = (wording.latest(rows) for rows in totals.values())
    return [
        say(
            "site.total_within",
            lang,
            name=row[f"country_{lang}"],
            period=row["period"],
            value=row[f"value_{lang}"],
            n=row["members_reporting"],
            all=row["members_total"],
        )
        for row in found
        if row
    ]
