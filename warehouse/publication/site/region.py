"""The page of the region: inside or outside first, then flows, trends, coverage, sources, revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.groupings import DEFAULT_GROUPING
from schemas.origin import EXTRA_REGIONAL
from schemas.words import column_text, number, say
from warehouse.publication.site import (
    caveats,
    changes,
    coverage,
    evidence,
    open_questions,
    origin_summary,
    trust,
    wording,
)
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.indicator import compared_total, newest_first, revised_total
from warehouse.publication.site.map_picture import map_picture
from warehouse.publication.site.part import Content
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import DecompositionRow, HeadlineRegionRow, OriginProfileRow, StatementsRow
    from warehouse.publication.site.query_rows import FigureKey, JudgedPair, OriginFlow

SUBMISSIONS_SHOWN, ALERTS_SHOWN, REVISED_SHOWN = 6, 4, 12
"""How many rows are listed."""
UNBOUNDED = "?"
"""Mark of a change without any bound."""
FLOW_MARKS = {"hidden": "?", "absent": "–"}
"""Marks in a matrix of flows: nobody is named, or the origin does not occur."""
FEWEST_TABLES = 5
"""Flows are shown for the newest year in which at least this many members have tables of origin."""


def page(facts: Facts, lang: str) -> Content:
    """Return everything that the page of the region shows."""
    flows = _flow_matrix(facts, lang)
    change = yearly_change(facts, lang)
    disagreements = sources_apart(facts)
    return {
        "changed": changes.region_lines(facts, change, lang),
        "trust": trust.region_lines(facts, lang),
        "trust_origin": trust.origin_lines(facts, lang),
        "new": _news(facts, lang),
        "origin": origin_summary.origin_answer(facts, lang),
        "region_is": say(
            "site.region_is",
            lang,
            n=len(facts.members),
            name=name_in_list("grouping", DEFAULT_GROUPING, lang),
            grouping=DEFAULT_GROUPING,
            members=", ".join(facts.names_of(facts.members, lang)),
        ),
        "flows": flows,
        "map": map_picture(facts, flows, lang) if flows else None,
        "map_narrow": map_picture(facts, flows, lang, narrow=True) if flows else "",
        "trends": _trend_rows(facts, lang),
        "windows": [],  # the bulletin has them; this page has the answer among its changes
        "change": change,
        "coverage": coverage_map(facts, lang),
        "apart": [compared_total(facts, row, lang) for row in disagreements],
        "revised": _revised_section(facts, lang),
        "total": _total_section(facts, lang),
        "nothing": no_figures_sentence(facts, lang),
        "sources": wording.source_rows(facts, lang),
    }


def no_figures_sentence(facts: Facts, lang: str) -> str:
    """Explain why a release has no figure: no submission, or none with figures. Blames no country.

    Empty if there are figures.
    """
    if not facts.is_empty:
        return ""
    has_submission = any(row["status"] == "accepted" for row in facts.submissions)
    return say("site.nothing_came" if not has_submission else "site.nothing_yet", lang)


def _news(facts: Facts, lang: str) -> Content:
    """Return the newest submissions and alerts, and the number of open questions."""
    submissions = [
        {
            "day": str(row["received_on"]),
            "title": wording.collection_title(facts, row["collection"], lang),
            "collection": row["collection"],
        }
        for row in facts.submissions
        if row["status"] == "accepted"
    ][:SUBMISSIONS_SHOWN]
    recent = [row for rows in facts.months.values() for row in rows if row["is_recent_alert"]]
    newest = sorted(recent, key=lambda row: row["period_start"], reverse=True)[:ALERTS_SHOWN]
    alerts = [
        (
            wording.collection_title(facts, row["collection"], lang),
            wording.with_collection_titles(facts, column_text(row, "sentence", lang), lang),
        )
        for row in newest
    ]
    questions = sum(len(open_questions.questions_by_figure(facts, member)) for member in facts.members)
    return {
        "submissions": submissions,
        "alerts": alerts,
        "usual": wording.surge_notes(newest, lang),
        "questions": "" if facts.is_empty else say("site.open_questions", lang, n=number(questions, lang)),
    }


def _flow_matrix(facts: Facts, lang: str) -> Content | None:
    """Return detected nationals of members by country, for the newest year with enough tables."""
    by_year: dict[int, set[str]] = {}
    for row in facts.flows:
        by_year.setdefault(row["year"], set()).add(row["reporting_country"])
    years = [year for year, reporting in by_year.items() if len(reporting) >= FEWEST_TABLES]
    if not years:
        return None
    year = max(years)
    cells = {
        (row["origin"], row["reporting_country"]): row
        for row in facts.flows
        if row["year"] == year and row["origin"] in facts.members
    }
    reporting = [member for member in facts.members_by_name(lang) if member in by_year[year]]
    lines: list[Content] = []
    for origin in facts.members_by_name(lang):
        row_cells = [
            _flow_cell(cells.get((origin, destination)), origin == destination, lang)
            for destination in reporting
        ]
        lines.append({"code": origin, "name": facts.name(origin, lang), "cells": row_cells})
    return {
        "year": year,
        "title": say("site.flows_title", lang, year=year, n=len(reporting), all=len(facts.members)),
        "reporting": [(member, facts.name(member, lang)) for member in reporting],
        "evidence": {member: evidence.origins_link(facts, member, year) for member in reporting},
        "without": ", ".join(facts.names_of({*facts.members} - {*reporting}, lang)),
        "marks": _marks_sentence([cell for line in lines for cell in line["cells"]], lang),
        "lines": lines,
        "wholes": _summary_rows(facts, reporting, year, lang),
        "doubted": origin_summary.doubted_members_sentence(facts, reporting, year, lang),
        "cells": cells,
    }


def _summary_rows(facts: Facts, reporting: Sequence[str], year: int, lang: str) -> list[Content]:
    """Return the last rows of the matrix: outside, unknown origin, and total, each with bounds.

    The rows above them list members only and do not add up to the total.
    """
    cells_by_row: dict[str, list[str]] = {"outside": [], "unknown": [], "total": []}
    for member in reporting:
        classes = facts.classes.get((member, year), [])
        any_class = next(iter(classes), None)
        outside = next(
            (r for r in classes if (r["origin_class"], r["class_level"]) == (EXTRA_REGIONAL, "parent")), None
        )
        unknown = _unknown_persons(facts, member, year, any_class) if any_class else None
        cells_by_row["outside"].append(
            persons_text(outside["persons_low"], outside["possible_high"], lang) if outside else "?"
        )
        cells_by_row["unknown"].append(
            persons_text(unknown["value_low"], unknown["value_high"], lang) if unknown else "?"
        )
        cells_by_row["total"].append(
            persons_text(any_class["total_low"], any_class["total_high"], lang) if any_class else "?"
        )
    return [{"name": say(f"site.flows_{name}", lang), "cells": cells} for name, cells in cells_by_row.items()]


def _unknown_persons(
    facts: Facts, member: str, year: int, table_row: OriginProfileRow
) -> StatementsRow | None:
    """Return the judgement on the persons of unknown origin of a table."""
    figure: FigureKey = {"indicator": PAGE_SERIES["victims"], "reporting_country": member, "year": year}
    judgements = facts.judgements(figure, "unknown_origin")
    return next((row for row in judgements if row["collection"] == table_row["collection"]), None)


def _flow_cell(row: OriginFlow | None, is_own: bool, lang: str) -> Content:
    """Return a cell: the number named, the strength of its tone, or a mark."""
    if row is None:
        return {"value": FLOW_MARKS["absent"], "tone": 0, "own": is_own}
    low, high = row["persons_low"], row["persons_high"]
    if not low:
        return {"value": "0" if high == 0 else FLOW_MARKS["hidden"], "tone": 0, "own": is_own}
    value = persons_text(low, high, lang)
    return {"value": value, "tone": min(len(str(int(low))), 4), "own": is_own}


def _marks_sentence(cells: Sequence[Content], lang: str) -> str:
    """Explain the marks that occur in a matrix of flows."""
    values = {cell["value"] for cell in cells}
    sentences = [say(f"site.flows_mark.{name}", lang) for name, mark in FLOW_MARKS.items() if mark in values]
    if any(cell["own"] for cell in cells):
        sentences.append(say("site.flows_mark.own", lang))
    return " ".join(sentences)


def _trend_rows(facts: Facts, lang: str) -> list[Content]:
    """Return the verdicts for each count of trafficking: the members by direction, and the region."""
    rows_shown = []
    for indicator, entry in facts.catalogue.items():
        rows = facts.headlines.get(indicator, [])
        if (
            entry["family"] != PAGE_SERIES["family"]
            or entry["kind"] not in ("process", "outcome")
            or not rows
        ):
            continue
        regional = [
            row
            for row in facts.regions.get(indicator, [])
            if row["reporting_country"] == DEFAULT_GROUPING and row["origin_class"] == "_T"
        ]
        rows_shown.append(
            {
                "indicator": indicator,
                "name": column_text(entry, "name", lang),
                "members": wording.verdict_title(facts, rows, lang),
                "region": next(iter(wording.trend_sentences(facts, regional, lang)), ""),
            }
        )
    return rows_shown


def yearly_change(facts: Facts, lang: str) -> Content | None:
    """Return the contributions of members to the last yearly change, and the members left out."""
    rows = facts.decomposition
    if not rows:
        return None
    first, last = rows[0]["from_year"], rows[0]["to_year"]
    included_members = [row["member"] for row in rows]
    parts = [
        f"{facts.name(row['member'], lang)} {_contribution(row, lang)}{_shift_remark(facts, row, lang)}"
        for row in rows
    ]
    largest = facts.judgement(PAGE_SERIES["victims"], DEFAULT_GROUPING, last, "change")
    panel = (PAGE_SERIES["victims"], DEFAULT_GROUPING, "fixed")
    since = min(year for *key, year in facts.sums if tuple(key) == panel)
    sums = [facts.sums[*panel, year]["_T"] for year in (first, last)]
    before, after = (persons_text(row["value_low"], row["value_high"], lang) for row in sums)
    parameters: dict[str, object] = {
        "first": first,
        "last": last,
        "since": since,
        "n": len(included_members),
        "all": len(facts.members),
    }
    parameters |= {"before": before, "after": after}
    left_out = [
        _left_out_member(facts, member, first, last, lang)
        for member in facts.members_by_name(lang)
        if member not in included_members
    ]
    return {
        "title": say(
            "site.change",
            lang,
            total=_signed_text(rows[0]["change_low"], rows[0]["change_high"], lang),
            **parameters,
        ),
        "reporting": _reporting_sentence(facts, first, last, lang),
        "most": say(
            "site.change_most",
            lang,
            name=facts.name(str(largest["member"]), lang),
            part=_signed_text(largest["value_low"], largest["value_high"], lang),
        )
        if largest
        else "",
        "parts": "; ".join(parts),
        "left_out": say("site.change_left_out", lang, since=since, members="; ".join(left_out))
        if left_out
        else "",
    }


def _reporting_sentence(facts: Facts, first: int, last: int, lang: str) -> str:
    """Return the sums of all reporting members in both years, and why they differ from the fixed panel."""
    key = (PAGE_SERIES["victims"], DEFAULT_GROUPING, "reporting")
    sums = [facts.sums.get((*key, year), {}).get("_T") for year in (first, last)]
    before, after = sums
    if before is None or after is None or None in (before["value_low"], after["value_low"]):
        return ""
    parameters = {
        "before": persons_text(before["value_low"], before["value_high"], lang),
        "after": persons_text(after["value_low"], after["value_high"], lang),
        "n": after["members_reporting"],
        "all": after["members_total"],
    }
    members = facts.judgement(key[0], key[1], last, "members_before")
    if members and members["code"] == "same_members":
        return say("site.all_same", lang, **parameters)
    return say("site.all_reporting", lang, m=before["members_reporting"], **parameters)


def _contribution(row: DecompositionRow, lang: str) -> str:
    return _signed_text(row["part_low"], row["part_high"], lang)


def _shift_remark(facts: Facts, row: DecompositionRow, lang: str) -> str:
    """Return a remark if the member's series looks moved by a year, since its change rests on that."""
    years = {
        year
        for country, measure, year, _ in facts.shifted_totals
        if (country, measure) == (row["member"], row["measure"])
    }
    is_shifted = not years.isdisjoint((row["from_year"], row["to_year"]))
    return f" ({say('site.change_shifted', lang)})" if is_shifted else ""


def _left_out_member(facts: Facts, member: str, first: int, last: int, lang: str) -> str:
    """Return a member outside the comparison, with its figures of both years."""
    figures = {year: facts.headline(PAGE_SERIES["victims"], member, year) for year in (first, last)}
    values = [f"{year}: {wording.figure_text(row, lang)}" for year, row in figures.items()]
    return f"{facts.name(member, lang)} ({'; '.join(values)})"


def _signed_text(low: float | None, high: float | None, lang: str) -> str:
    if low is None or high is None:
        sign, end = ("≥", low) if high is None else ("≤", high)
        return UNBOUNDED if end is None else f"{sign} {_signed_text(end, end, lang)}"
    signs = {n: "+" if n > 0 else "−" if n < 0 else "" for n in (low, high)}
    return " … ".join(f"{sign}{number(abs(n), lang)}" for n, sign in signs.items())


def coverage_map(facts: Facts, lang: str) -> Content:
    """Return the coverage of detected victims, as members by years."""
    rows = [
        row
        for country_rows in facts.coverage.values()
        for row in country_rows
        if row["measure"] == PAGE_SERIES["measure"]
    ]
    years = sorted({row["year"] for row in rows})[-17:]
    lines: list[Content] = []
    for member in facts.members_by_name(lang):
        cells = [
            coverage.map_cell(
                coverage.status(facts, member, PAGE_SERIES["family"], PAGE_SERIES["measure"], year), lang
            )
            for year in years
        ]
        lines.append({"code": member, "name": facts.name(member, lang), "cells": cells})
    measure = name_in_list("measure", PAGE_SERIES["measure"], lang)
    return {"years": years, "lines": lines, "key": coverage.map_key(lines, lang), "measure": measure}


def sources_apart(facts: Facts) -> list[JudgedPair]:
    """Return the newest judged totals of pairs of sources, of the pairs that differ widely in them."""
    newest = {
        tuple(row[name] for name in ("reporting_country", "measure", "collection_a", "collection_b")): row
        for rows in facts.agreement.values()
        for row in rows
        if row["code"]
    }
    return [row for row in newest.values() if row["code"] == "differs_widely"]


def _revised_section(facts: Facts, lang: str) -> Content | None:
    """Return the newest totals of detected victims that a later submission changed."""
    rows = [
        row
        for row in facts.revised_totals
        if row["measure"] == PAGE_SERIES["measure"] and row["old_low"] is not None
    ]
    if not rows:
        return None
    newest = newest_first(rows)[:REVISED_SHOWN]
    return {
        "shifted": changes.shift_sentences(facts, lang),
        "sub": say("site.revised_sub", lang, shown=len(newest), all=len(rows)),
        "indicator": PAGE_SERIES["victims"],
        "lines": [revised_total(facts, row, lang) for row in newest],
    }


def _total_section(facts: Facts, lang: str) -> dict[str, str] | None:
    """Return the newest regional total of detected victims, and the member with most of it."""
    row = origin_summary.newest_regional_total(facts)
    if row is None:
        return None
    parameters = {
        "period": row["period"],
        "value": column_text(row, "value", lang),
        "n": row["members_reporting"],
        "all": row["members_total"],
    }
    sentence = say("site.region_total", lang, **parameters)
    rest = ""
    largest = facts.judgement(row["indicator"], row["reporting_country"], row["year"], "largest")
    if largest:
        of_largest = origin_summary.member_and_share(facts, largest, lang)
        sentence = say("site.region_total_mostly", lang, **parameters, **of_largest)
        rest = origin_summary.rest_result_sentence(facts, largest, lang)
    return {
        "said": sentence,
        "value": wording.period_and_value(row, lang),
        "beside": " ".join(
            filter(None, [caveats.left_out_sentence(facts, row, lang), rest, *_subgroup_totals(facts, lang)])
        ),
    }


def _subgroup_totals(facts: Facts, lang: str) -> list[str]:
    """Return the newest total of each grouping within the region.

    None of them equals the region without some member.
    """
    totals: dict[str, list[HeadlineRegionRow]] = {}
    for row in facts.regions.get(PAGE_SERIES["victims"], []):
        if row["reporting_country"] != DEFAULT_GROUPING and row["origin_class"] == "_T":
            totals.setdefault(row["reporting_country"], []).append(row)
    newest = (wording.latest_number(rows) for rows in totals.values())
    return [
        say(
            "site.total_within",
            lang,
            name=column_text(row, "country", lang),
            period=row["period"],
            value=column_text(row, "value", lang),
            n=row["members_reporting"],
            all=row["members_total"],
        )
        for row in newest
        if row
    ]
