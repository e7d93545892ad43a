"""Answer whether victims come from inside or outside the region, for the region and groupings within it.

Inside are nationals of the detecting country and of other members of the region, even if only some members
detected victims (a grouping within the region). The bounds follow from those of the release: at least the sum
of both lower bounds, at most everything except the lower bound of outside. If one member makes up most of a
sum, the answer names it and gives the result without it. The question was asked in 2009.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import floor
from typing import Any

from schemas.code_names import name_in_list
from schemas.flags import flags_with_effect, has_flag
from schemas.groupings import DEFAULT_GROUPING
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import say
from warehouse.publication.chart_titles import HALF
from warehouse.publication.site import caveats, drawing, open_questions, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts, Row
from warehouse.statements import headlines

INSIDE_CLASSES = (OWN_NATIONAL, INTRA_REGIONAL)
NEARLY_ALL = 0.9
"""From this lower bound of its share on, a result is called almost only its largest member's."""


def origin_answer(facts: Facts, lang: str) -> dict[str, Any] | None:
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
        "flags": newest[0][f"flags_{lang}"] or "",
        "later": _later_years_sentence(facts, rows, newest[0]["year"], lang),
        "others": _subgroup_answers(facts, newest[0]["year"], lang),
        "has_own": say(
            "site.inside_has_own", lang, **{"class": name_in_list("origin_class", INTRA_REGIONAL, lang)}
        ),
    }


def _share_rows(facts: Facts, grouping: str) -> list[Row]:
    return [
        r for r in facts.regions.get(PAGE_SERIES["origin_shares"], []) if r["reporting_country"] == grouping
    ]


def _subgroup_answers(facts: Facts, year: int, lang: str) -> list[dict[str, Any]]:
    """Return the answers of the groupings within the region, each of its newest year.

    They are separate because a country must not speak for a whole grouping.
    """
    groupings = {row["reporting_country"] for row in facts.regions.get(PAGE_SERIES["origin_shares"], [])}
    answers = [
        _subgroup_answer(facts, grouping, year, lang) for grouping in sorted(groupings - {DEFAULT_GROUPING})
    ]
    return [answer for answer in answers if answer]


def _subgroup_answer(facts: Facts, grouping: str, year: int, lang: str) -> dict[str, Any] | None:
    """Return the newest answer of a grouping within the region.

    If its newest year differs from the region's, the text adds that and the grouping's result of that year.
    """
    rows = _share_rows(facts, grouping)
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    first, result = newest[0], _grouping_answer(facts, newest, lang)
    name = first[f"country_{lang}"]
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


def _same_year_sentence(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """Return a grouping's result for the region's year, so that both can be compared."""
    newest = wording.newest_origins(rows)
    if not newest:
        return ""
    first, inside = newest[0], inside_bounds(rows_by_class(newest))
    if inside is None:
        return ""
    parameters = {"n": first["members_reporting"], "all": first["members_total"], "region": DEFAULT_GROUPING}
    return say(
        "site.within_result", lang, year=first["period"], inside=share_text(*inside, lang), **parameters
    )


def _same_members_sentence(facts: Facts, row: Row, lang: str) -> str:
    """State that a sum has the members of the region except its largest, if so."""
    sums = facts.sums.get((PAGE_SERIES["origin_shares"], DEFAULT_GROUPING, "reporting", row["year"]), {})
    region = sums.get(OWN_NATIONAL)
    largest = region["largest_member"] if region else None
    if region is None or largest is None:
        return ""
    if {*(region["members"] or "").split()} - {largest} != {*(row["members"] or "").split()}:
        return ""
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.same_as_without", lang, member=facts.name(largest, lang), **parameters)


def _member_names(facts: Facts, row: Row, lang: str) -> str:
    """Return the names of the members in a sum."""
    return ", ".join(facts.names_of((row["members"] or "").split(), lang))


def _grouping_answer(facts: Facts, newest: Sequence[Row], lang: str) -> dict[str, Any]:
    """Return the answer of a grouping and year: verdict, bounds, members, and the largest member."""
    first = newest[0]
    key = (PAGE_SERIES["origin_shares"], first["reporting_country"])
    of_members = {"n": first["members_reporting"], "all": first["members_total"]}
    kind = majority_class(rows_by_class(newest))
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
                    inside_outside_sentence(
                        rows_by_class(newest), lang, year=first["period"], place=area_name
                    ),
                    caveats.left_out_sentence(facts, first, lang),
                ],
            )
        ),
        "parts": inside_parts_sentence(rows_by_class(newest), lang),
        "members": origin_members_sentence(facts, first, lang),
        "mostly": dominant_member_sentences(facts, *key, first["year"], lang),
        "carried": dominance_sentences(facts, *key, first["year"], lang),
    }


def _heading(facts: Facts, title: str, indicator: str, grouping: str, row: Row, lang: str) -> str:
    """Return the heading; it names the member that detected most victims, if any."""
    largest = _dominant_member(facts, indicator, grouping, row["year"], lang)
    n = row["members_reporting"]
    return say("site.headed", lang, title=title, n=n, **largest) if largest else title


def rows_by_class(rows: Sequence[Row]) -> dict[str, Row]:
    """Return rows by their class of origin."""
    return {row["origin_class"]: row for row in rows}


def inside_bounds(rows: Mapping[str, Row]) -> tuple[float, float] | None:
    """Return the lower and upper bound of the inside share; None if a class is missing."""
    if any(
        rows.get(name) is None or rows[name]["value_low"] is None
        for name in (*INSIDE_CLASSES, EXTRA_REGIONAL)
    ):
        return None
    return sum(rows[name]["value_low"] for name in INSIDE_CLASSES), 1 - rows[EXTRA_REGIONAL]["value_low"]


def majority_class(rows: Mapping[str, Row]) -> str:
    """Return the class that is surely over half; `inside` if only both together are, else `none`."""
    sure = [name for name, row in rows.items() if (row["value_low"] or 0) > HALF]
    inside = inside_bounds(rows)
    return sure[0] if sure else "inside" if inside and inside[0] > HALF else "none"


def majority_side(rows: Sequence[Row]) -> tuple[str, float]:
    """Return `inside` or `outside`, whichever surely is over half, else `none`, and its least share.

    For `none` it is the least share of inside. The share is rounded down: it holds at the very least.
    """
    bounds = inside_bounds(rows_by_class(rows)) or (0.0, 1.0)
    side, least = "none", bounds[0]
    if bounds[0] > HALF:
        side = "inside"
    elif bounds[1] < HALF:
        side, least = "outside", 1 - bounds[1]
    return side, floor(1000 * least) / 1000


def inside_outside_sentence(rows: Mapping[str, Row], lang: str, **place_and_year: str) -> str:
    """Return a sentence with the bounds of inside and outside for a place and year."""
    inside = inside_bounds(rows)
    if inside is None:
        return ""
    outside = rows[EXTRA_REGIONAL]
    parameters = {
        "inside": share_text(*inside, lang),
        "outside": share_text(outside["value_low"], outside["value_high"], lang),
    }
    return say("site.inside_outside", lang, region=DEFAULT_GROUPING, **place_and_year, **parameters)


def inside_headline(rows: Sequence[Row], lang: str) -> str:
    """Return the year of an answer with the bounds of the inside share."""
    inside = inside_bounds(rows_by_class(rows))
    return f"{rows[0]['period']}: {share_text(*inside, lang)}" if inside else str(rows[0]["period"])


def inside_parts_sentence(rows: Mapping[str, Row], lang: str) -> str:
    """Return a sentence with the bounds of the two parts of inside."""
    if inside_bounds(rows) is None:
        return ""
    own_nationals, other_members = (
        share_text(rows[name]["value_low"], rows[name]["value_high"], lang) for name in INSIDE_CLASSES
    )
    return say("site.inside_parts", lang, own=own_nationals, others=other_members)


def share_text(low: float, high: float, lang: str) -> str:
    """Return a share in percent, from bound to bound."""
    _, text = headlines.kind_and_text(low, high, headlines.SHARE, False, lang)
    return text


def reporting_members_sentence(facts: Facts, row: Row, lang: str) -> str:
    """Name the members that a regional figure includes, and those that it does not."""
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.who_told", lang, names=_member_names(facts, row, lang), **parameters)


def origin_members_sentence(facts: Facts, row: Row, lang: str) -> str:
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
    known_origins = _known_origins(facts, member, year)
    return known_origins is not None and not known_origins["value_low"]


def newest_regional_total(facts: Facts) -> Row | None:
    """Return the newest regional total of detected victims."""
    totals = facts.regions.get(PAGE_SERIES["victims"], [])
    return wording.latest_number([row for row in totals if row["reporting_country"] == DEFAULT_GROUPING])


def _known_origins(facts: Facts, member: str, year: int) -> Row | None:
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
    row = _dominated_row(facts.sums.get((indicator, grouping, "reporting", year), {}))
    if row is None:
        return {}
    return {"member": facts.name(row["largest_member"], lang), "share": largest_share_text(row, lang)}


def majority_member_sentence(facts: Facts, row: Row, lang: str) -> str:
    """Name the member that is surely over half of the sum of the same members, if any."""
    key = (row["indicator"], row["reporting_country"], "fixed", row["year"])
    same_members_row = _dominated_row(facts.sums.get(key, {}))
    if same_members_row is None or same_members_row["largest_share_low"] <= HALF:
        return ""
    return say("site.outweighs", lang, member=facts.name(same_members_row["largest_member"], lang))


def dominance_sentences(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """State which member dominates a sum, and give the result of the others without it."""
    row = _dominated_row(facts.sums.get((indicator, grouping, "reporting", year), {}))
    if row is None:
        return ""
    rest = facts.sums.get((indicator, grouping, "without_largest", year), {})
    sentences = [_dominance_sentence(facts, row, lang), _open_questions_sentence(facts, row, year, lang)]
    sentences += [rest_result_sentence(rest, lang), _rest_sentence(facts, rest, year, lang)]
    return " ".join(filter(None, sentences))


def _dominance_sentence(facts: Facts, row: Row, lang: str) -> str:
    """State that a result is mostly that of its largest member.

    If that member knows few origins, state instead that the origin of its part is unknown.
    """
    member = facts.name(row["largest_member"], lang)
    known_origins = _known_origins(facts, row["largest_member"], row["year"])
    is_of_origins = row["indicator"] == PAGE_SERIES["origin_shares"]
    if is_of_origins and known_origins and known_origins["value_high"] < HALF:
        return say("site.carried.unknown", lang, member=member, known=known_origins[f"value_{lang}"])
    kind = "nearly" if row["largest_share_low"] >= NEARLY_ALL else "mostly"
    return say(f"site.carried.{kind}", lang, member=member)


def _open_questions_sentence(facts: Facts, row: Row, year: int, lang: str) -> str:
    """Return the open questions about the total of the member that dominates a result."""
    on_total, _ = open_questions.split_by_total(
        open_questions.questions_on(facts, row["largest_member"], year, PAGE_SERIES["victims"])
    )
    if not on_total:
        return ""
    return say("site.carrier_asked", lang, doubts=open_questions.questions_text(facts, on_total, lang))


def _rest_sentence(facts: Facts, rest: Mapping[str, Row], year: int, lang: str) -> str:
    """Name the member with most of the remaining sum, if any, and its open questions."""
    row = _dominated_row(rest)
    if row is None:
        return ""
    parameters = {"member": facts.name(row["largest_member"], lang), "n": row["members_reporting"]}
    sentence = say("site.mostly_of_rest", lang, share=largest_share_text(row, lang), **parameters)
    return f"{sentence} {_open_questions_sentence(facts, row, year, lang)}".strip()


def _dominated_row(rows: Mapping[str, Row]) -> Row | None:
    """Return the row of a sum that names its largest member, if that member dominates the sum."""
    row = rows.get(OWN_NATIONAL) or rows.get("_T")
    is_dominated = row is not None and has_flag(row["flag"], "dominated") and row["largest_member"]
    return row if is_dominated else None


def largest_share_text(row: Row, lang: str) -> str:
    """Return the largest member's share of a sum, from bound to bound."""
    return share_text(row["largest_share_low"], row["largest_share_high"], lang)


def rest_result_sentence(rest: Mapping[str, Row], lang: str) -> str:
    """Return the result without the largest member: inside and outside, or the sum."""
    inside = inside_bounds(rest)
    if inside is not None:
        return say(
            "site.without_it_shares",
            lang,
            n=rest[OWN_NATIONAL]["members_reporting"],
            inside=share_text(*inside, lang),
            outside=share_text(rest[EXTRA_REGIONAL]["value_low"], rest[EXTRA_REGIONAL]["value_high"], lang),
        )
    total = rest.get("_T")
    if total is None or total["value_low"] is None:
        return ""
    value = wording.persons_text(total["value_low"], total["value_high"], lang)
    return say("site.without_it", lang, n=total["members_reporting"], value=value)


def _members_with_origins(facts: Facts, year: int) -> list[str]:
    """List the members that have a table of origin for a year."""
    return [member for member in facts.members if (member, year) in facts.classes]


def doubted_members_sentence(facts: Facts, members: Sequence[str], year: int, lang: str) -> str:
    """Name the members whose table of origin is in no sum, and the reason."""
    names = []
    for member in sorted(members, key=lambda member: facts.sort_name(member, lang)):
        flags = {flag for row in facts.classes[member, year] for flag in (row["flag"] or "").split("+")}
        if reasons := [
            name_in_list("obs_flag", flag, lang) for flag in flags_with_effect("out_of_sums") if flag in flags
        ]:
            names.append(f"{facts.name(member, lang)} ({'; '.join(reasons)})")
    return say("site.not_summed", lang, members=", ".join(names)) if names else ""


def _later_years_sentence(facts: Facts, rows: Sequence[Row], year: int, lang: str) -> str:
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
