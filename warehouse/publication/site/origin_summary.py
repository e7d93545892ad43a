"""Answer whether victims come from inside or outside the region, for the region and groupings within it.

Inside are nationals of the detecting country and of other members of the region, even if only some members
detected victims (a grouping within the region). The majority and its bounds are judged in the release
(analysis.statements). If one member makes up most of a sum, the answer names it and gives the result without
it. The question was asked in 2009.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import floor
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.flags import has_flag
from schemas.groupings import DEFAULT_GROUPING
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import column_text, say
from warehouse.build.statistics.rows import needed_number
from warehouse.publication.site import caveats, drawing, open_questions, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content
from warehouse.statements import headlines
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineRegionRow, HeadlineRow, IndicatorValuesRow, StatementsRow
    from warehouse.publication.site.query_rows import FigureKey, OriginFigure

INSIDE_CLASSES = (OWN_NATIONAL, INTRA_REGIONAL)
SURELY_OVER_HALF = ("nearly", "mostly")
"""Judgements that a member is surely over half of a sum."""


def origin_answer(facts: Facts, lang: str) -> Content | None:
    """Return the answer for the whole region with its picture, and those of the groupings within it."""
    rows = _share_rows(facts, DEFAULT_GROUPING)
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    result = _grouping_answer(facts, newest, lang)
    shares = wording.origin_shares(newest, lang)
    return result | {
        "svg": drawing.shares(shares, result["title"]),
        "narrow": drawing.narrow_shares(shares, result["title"]),
        "shares": [(share.name, share.text) for share in shares],
        "flags": column_text(newest[0], "flags", lang),
        "later": _later_years_sentence(facts, rows, newest[0]["year"], lang),
        "others": _subgroup_answers(facts, newest[0]["year"], lang),
        "has_own": say(
            "site.inside_has_own", lang, **{"class": name_in_list("origin_class", INTRA_REGIONAL, lang)}
        ),
    }


def _share_rows(facts: Facts, grouping: str) -> list[HeadlineRegionRow]:
    return [
        r for r in facts.regions.get(PAGE_SERIES["origin_shares"], []) if r["reporting_country"] == grouping
    ]


def _subgroup_answers(facts: Facts, year: int, lang: str) -> list[Content]:
    """Return the answers of the groupings within the region, each of its newest year.

    They are separate because a country must not speak for a whole grouping.
    """
    groupings = {row["reporting_country"] for row in facts.regions.get(PAGE_SERIES["origin_shares"], [])}
    answers = [
        _subgroup_answer(facts, grouping, year, lang) for grouping in sorted(groupings - {DEFAULT_GROUPING})
    ]
    return [answer for answer in answers if answer]


def _subgroup_answer(facts: Facts, grouping: str, year: int, lang: str) -> Content | None:
    """Return the newest answer of a grouping within the region.

    If its newest year differs from the region's, the text adds that and the grouping's result of that year.
    """
    rows = _share_rows(facts, grouping)
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    first, result = newest[0], _grouping_answer(facts, newest, lang)
    name = column_text(first, "country", lang)
    facts_of_year = {"year": year, "own": first["period"], "name": grouping}
    year_warning = say("site.other_year", lang, **facts_of_year) if first["year"] != year else ""
    full_result = " ".join(filter(None, [f"{result['title']}.", result["outside"], result["mostly"]]))
    same_year = (
        _same_year_sentence(facts, [row for row in rows if row["year"] == year], lang) if year_warning else ""
    )
    members = facts.members_of(grouping, date(first["year"], 12, 31))
    region = say(
        "site.region_within",
        lang,
        n=len(members),
        name=grouping,
        members=", ".join(facts.names_of(members, lang)),
        grouping=DEFAULT_GROUPING,
    )
    later = [year_warning, full_result] if same_year else []
    newer = say("site.newer_within", lang, title=wording.phrase(result["title"]))
    return {
        "name": name,
        "brief": f"{same_year} {newer}"
        if same_year
        else f"{year_warning} {full_result} {_same_members_sentence(facts, first, lang)}".strip(),
        "more": " ".join([region, *later, result["parts"], result["members"]]),
    }


def _same_year_sentence(facts: Facts, rows: Sequence[HeadlineRegionRow], lang: str) -> str:
    """Return a grouping's result for the region's year, so that both can be compared."""
    newest = wording.newest_origins(rows)
    if not newest:
        return ""
    first, majority = newest[0], majority_with_bounds(facts, newest[0])
    if majority is None:
        return ""
    parameters = {"n": first["members_reporting"], "all": first["members_total"], "region": DEFAULT_GROUPING}
    return say(
        "site.within_result", lang, year=first["period"], inside=inside_text(majority, lang), **parameters
    )


def _same_members_sentence(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """State that a sum has the members of the region except its largest, if so."""
    of_region = facts.judgement(row["indicator"], row["reporting_country"], row["year"], "members_of_region")
    if of_region is None:
        return ""
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.same_as_without", lang, member=facts.name(str(of_region["member"]), lang), **parameters)


def _member_names(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """Return the names of the members in a sum."""
    return ", ".join(facts.names_of((row["members"] or "").split(), lang))


def _grouping_answer(facts: Facts, newest: Sequence[HeadlineRegionRow], lang: str) -> Content:
    """Return the answer of a grouping and year: verdict, bounds, members, and the largest member."""
    first = newest[0]
    key = (PAGE_SERIES["origin_shares"], first["reporting_country"])
    of_members = {"n": first["members_reporting"], "all": first["members_total"]}
    majority = facts.judgement(*key, first["year"], "majority")
    bounds, kind = majority_with_bounds(facts, first), majority["code"] if majority else "none"
    grouping = first["reporting_country"]
    area_name = say("site.the_region", lang) if grouping == DEFAULT_GROUPING else grouping
    parameters = {"year": first["period"], "region": DEFAULT_GROUPING, "place": area_name} | of_members
    title = say(f"site.region_majority.{kind}", lang, **parameters)
    return {
        "title": title,
        "headed": _heading(facts, title, *key, first, lang),
        "outside": " ".join(
            filter(
                None,
                [
                    _inside_outside_sentence(bounds, lang, year=first["period"], place=area_name)
                    if bounds
                    else "",
                    caveats.left_out_sentence(facts, first, lang),
                ],
            )
        ),
        "parts": _inside_parts_sentence(rows_by_class(newest), lang) if bounds else "",
        "members": origin_members_sentence(facts, first, lang),
        "mostly": dominant_member_sentences(facts, *key, first["year"], lang),
        "carried": dominance_sentences(facts, *key, first["year"], lang),
    }


def _heading(
    facts: Facts, title: str, indicator: str, grouping: str, row: HeadlineRegionRow, lang: str
) -> str:
    """Return the heading; it names the member that detected most victims, if any."""
    largest = _dominant_member(facts, indicator, grouping, row["year"], lang)
    n = row["members_reporting"]
    return say("site.headed", lang, title=title, n=n, **largest) if largest else title


def rows_by_class(rows: Sequence[OriginFigure]) -> dict[str, OriginFigure]:
    """Return rows by their class of origin."""
    return {row["origin_class"]: row for row in rows}


def majority_with_bounds(facts: Facts, row: FigureKey, kind: str = "majority") -> StatementsRow | None:
    """Return the judgement on inside and outside with the bounds of both; None if a class has none."""
    majority = facts.judgement(row["indicator"], row["reporting_country"], row["year"], kind)
    return majority if majority and majority["value_low"] is not None else None


def majority_side(majority: StatementsRow | None) -> tuple[str, float]:
    """Return `inside` or `outside`, whichever surely is over half, else `none`, and its least share.

    For `none` it is the least share of inside. The share is rounded down: it holds at the very least.
    """
    if majority is None:
        return "none", 0.0
    code = majority["code"]
    side = "outside" if code == EXTRA_REGIONAL else "none" if code == "none" else "inside"
    minimum = majority["other_low"] if side == "outside" else majority["value_low"]
    return side, floor(1000 * needed_number(minimum)) / 1000


def inside_text(majority: StatementsRow, lang: str) -> str:
    """Return the bounds of the share of inside."""
    return share_text(majority["value_low"], majority["value_high"], lang)


def outside_text(majority: StatementsRow, lang: str) -> str:
    """Return the bounds of the share of outside."""
    return share_text(majority["other_low"], majority["other_high"], lang)


def _inside_outside_sentence(majority: StatementsRow, lang: str, **place_and_year: str) -> str:
    """Return a sentence with the bounds of inside and outside for a place and year."""
    texts = {"inside": inside_text(majority, lang), "outside": outside_text(majority, lang)}
    return say("site.inside_outside", lang, region=DEFAULT_GROUPING, **place_and_year, **texts)


def inside_headline(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """Return the year of an answer with the bounds of the inside share."""
    majority = majority_with_bounds(facts, row)
    return f"{row['period']}: {inside_text(majority, lang)}" if majority else str(row["period"])


def _inside_parts_sentence(rows: Mapping[str, OriginFigure], lang: str) -> str:
    """Return a sentence with the bounds of the two parts of inside."""
    own_nationals, other_members = (
        share_text(rows[name]["value_low"], rows[name]["value_high"], lang) for name in INSIDE_CLASSES
    )
    return say("site.inside_parts", lang, own=own_nationals, others=other_members)


def share_text(low: float | None, high: float | None, lang: str) -> str:
    """Return a share in percent, from bound to bound."""
    _, text = headlines.kind_and_text(low, high, headlines.SHARE, False, lang)
    return text


def reporting_members_sentence(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """Name the members that a regional figure includes, and those that it does not."""
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.who_told", lang, names=_member_names(facts, row, lang), **parameters)


def origin_members_sentence(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """Name the members whose tables of origin are in a sum, and those with no known origin."""
    members = (row["members"] or "").split()
    without_origins = [member for member in members if has_no_known_origin(facts, member, row["year"])]
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    sentence = say("site.origins_told", lang, names=_member_names(facts, row, lang), **parameters)
    if not without_origins:
        return sentence
    names = ", ".join(facts.names_of(without_origins, lang))
    return f"{sentence} {say('site.names_nobody', lang, names=names, n=len(without_origins))}"


def has_no_known_origin(facts: Facts, member: str, year: int) -> bool:
    """Return whether a member's table gives no origin for sure."""
    return facts.judgement(PAGE_SERIES["origin_known"], member, year, "known_origin") is not None


def newest_regional_total(facts: Facts) -> HeadlineRegionRow | None:
    """Return the newest regional total of detected victims."""
    totals = facts.regions.get(PAGE_SERIES["victims"], [])
    return wording.latest_number([row for row in totals if row["reporting_country"] == DEFAULT_GROUPING])


def _known_origins(facts: Facts, member: str, year: int) -> HeadlineRow | None:
    """Return the figure for a member's victims of known origin, if it is a number."""
    figure = facts.headline(PAGE_SERIES["origin_known"], member, year)
    return figure if figure and figure["value_low"] is not None else None


def dominant_member_sentences(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """Name the member with most of a flagged sum, and give the result of the others."""
    sentence = dominant_member_sentence(facts, indicator, grouping, year, lang)
    return f"{sentence} {dominance_sentences(facts, indicator, grouping, year, lang)}".strip()


def dominant_member_sentence(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """Name the member that detected most victims of a sum, if there is one."""
    largest = _dominant_member(facts, indicator, grouping, year, lang)
    return say("site.detected_most", lang, **largest) if largest else ""


def _dominant_member(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> dict[str, str]:
    """Return the member that detected most victims of a sum and its share; empty if there is none."""
    largest = facts.judgement(indicator, grouping, year, "largest")
    return member_and_share(facts, largest, lang) if largest else {}


def member_and_share(facts: Facts, largest: StatementsRow, lang: str) -> dict[str, str]:
    """Return the name of the largest member of a sum, and its share from bound to bound."""
    share = share_text(largest["value_low"], largest["value_high"], lang)
    return {"member": facts.name(str(largest["member"]), lang), "share": share}


def majority_member_sentence(facts: Facts, row: FigureKey, lang: str) -> str:
    """Name the member that is surely over half of the sum of the same members, if any."""
    largest = facts.judgement(row["indicator"], row["reporting_country"], row["year"], "largest_of_same")
    if largest is None or largest["code"] not in SURELY_OVER_HALF:
        return ""
    return say("site.outweighs", lang, member=member_and_share(facts, largest, lang)["member"])


def dominance_sentences(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """State which member dominates a sum, and give the result of the others without it."""
    largest = facts.judgement(indicator, grouping, year, "largest")
    if largest is None:
        return ""
    sentences = [_dominance_sentence(facts, largest, lang), _open_questions_sentence(facts, largest, lang)]
    sentences += [rest_result_sentence(facts, largest, lang), _rest_sentence(facts, largest, lang)]
    return " ".join(filter(None, sentences))


def _dominance_sentence(facts: Facts, largest: StatementsRow, lang: str) -> str:
    """State how much of a result its largest member makes up.

    If that member knows few origins, state instead that the origin of its part is unknown.
    """
    member = str(largest["member"])
    known_origins = _known_origins(facts, member, largest["year"])
    parameters = {"known": column_text(known_origins, "value", lang)} if known_origins else {}
    return say(f"site.carried.{largest['code']}", lang, member=facts.name(member, lang), **parameters)


def _open_questions_sentence(facts: Facts, largest: StatementsRow, lang: str) -> str:
    """Return the open questions about the total of the member that dominates a result."""
    on_total, _ = open_questions.split_by_total(
        open_questions.questions_on(facts, str(largest["member"]), largest["year"], PAGE_SERIES["victims"])
    )
    if not on_total:
        return ""
    return say("site.carrier_asked", lang, doubts=open_questions.questions_text(facts, on_total, lang))


def _rest_sentence(facts: Facts, largest: StatementsRow, lang: str) -> str:
    """Name the member with most of the remaining sum, if any, and its open questions."""
    key = (largest["indicator"], largest["reporting_country"], largest["year"])
    of_rest = facts.judgement(*key, "largest_of_others")
    rest = _sum_of_others(facts, largest)
    if of_rest is None or rest is None:
        return ""
    texts = member_and_share(facts, of_rest, lang)
    sentence = say("site.mostly_of_rest", lang, n=rest["members_reporting"], **texts)
    return f"{sentence} {_open_questions_sentence(facts, of_rest, lang)}".strip()


def _sum_of_others(facts: Facts, largest: StatementsRow) -> IndicatorValuesRow | None:
    """Return the sum without its largest member, if there is one."""
    key = (largest["indicator"], largest["reporting_country"], "without_largest", largest["year"])
    rows = facts.sums.get(key, {})
    return rows.get(OWN_NATIONAL) or rows.get("_T")


def rest_result_sentence(facts: Facts, largest: StatementsRow, lang: str) -> str:
    """Return the result without the largest member: inside and outside, or the sum."""
    rest = _sum_of_others(facts, largest)
    majority = majority_with_bounds(facts, largest, "majority_of_others")
    if rest is None:
        return ""
    if majority is not None:
        texts = {"inside": inside_text(majority, lang), "outside": outside_text(majority, lang)}
        return say("site.without_it_shares", lang, n=rest["members_reporting"], **texts)
    if rest["value_low"] is None:
        return ""
    value = persons_text(rest["value_low"], rest["value_high"], lang)
    return say("site.without_it", lang, n=rest["members_reporting"], value=value)


def _members_with_origins(facts: Facts, year: int) -> list[str]:
    """List the members that have a table of origin for a year."""
    return [member for member in facts.members if (member, year) in facts.classes]


def doubted_members_sentence(facts: Facts, members: Sequence[str], year: int, lang: str) -> str:
    """Name the members whose table of origin is in no sum, and the reason."""
    names = []
    for member in sorted(members, key=lambda member: facts.sort_name(member, lang)):
        figure: FigureKey = {"indicator": PAGE_SERIES["victims"], "reporting_country": member, "year": year}
        tables = {row["collection"] for row in facts.classes[member, year]}
        if reasons := [
            name_in_list("obs_flag", doubt["code"], lang)
            for doubt in facts.judgements(figure, "doubt_of_table")
            if doubt["collection"] in tables
        ]:
            names.append(f"{facts.name(member, lang)} ({'; '.join(reasons)})")
    return say("site.not_summed", lang, members=", ".join(names)) if names else ""


def _later_years_sentence(facts: Facts, rows: Sequence[HeadlineRegionRow], year: int, lang: str) -> str:
    """Explain why a later year with tables of some members has no regional share."""
    later_rows = {row["year"]: row for row in rows if row["year"] > year}
    minimum = facts.catalogue[PAGE_SERIES["origin_shares"]]["minimum_coverage"]
    sentences = [
        say(
            "site.later_year",
            lang,
            year=later_year,
            n=row["members_reporting"],
            all=row["members_total"],
            names=_member_names(facts, row, lang),
            least=share_text(minimum, minimum, lang),
            without=doubted_members_sentence(
                facts, _members_with_origins(facts, later_year), later_year, lang
            ),
        )
        for later_year, row in sorted(later_rows.items())
        if has_flag(row["flag"], "low_coverage")
    ]
    return " ".join(" ".join(sentences).split())
