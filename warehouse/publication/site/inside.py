"""The question of 2009, whether victims are of inside or of outside the region, answered for a grouping.

Inside are nationals of the detecting country and of other members of the region, also where only some of its
members detected (a grouping within). Its bounds are made of the release's: at least the least of both, at
most all but the least of outside. Who makes up most of a sum is said, and what is left without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.code_names import coded
from schemas.flags import flags_that, has_flag
from schemas.groupings import DEFAULT
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import say
from warehouse.publication.seen import HALF
from warehouse.publication.site import doubts, drawing, wording
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.statements import headlines

WITHIN = (OWN_NATIONAL, INTRA_REGIONAL)
NEARLY_ALL = 0.9
"""From this least share on a result is called almost only that of its largest member."""


def answer(facts: Facts, lang: str) -> dict[str, Any] | None:
    """The answer of the whole grouping with its picture, and that of the groupings within it."""
    rows = _rows(facts, DEFAULT)
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    told = _answer(facts, newest, lang)
    shares = wording.origin_shares(newest, lang)
    return told | {
        "svg": drawing.shares(shares, told["title"]),
        "narrow": drawing.narrow_shares(shares, told["title"]),
        "shares": [(share.name, share.said) for share in shares],
        "flags": newest[0][f"flags_{lang}"] or "",
        "later": _later(facts, rows, newest[0]["year"], lang),
        "others": _others(facts, newest[0]["year"], lang),
        "has_own": say("site.inside_has_own", lang, **{"class": coded("origin_class", INTRA_REGIONAL, lang)}),
    }


def _rows(facts: Facts, grouping: str) -> list[Row]:
    return [r for r in facts.regions.get(FIRST["origin_shares"], []) if r["reporting_country"] == grouping]


def _others(facts: Facts, year: int, lang: str) -> list[dict[str, Any]]:
    """The same of the groupings within, each of its newest year: one country does not speak for them."""
    named = {row["reporting_country"] for row in facts.regions.get(FIRST["origin_shares"], [])}
    found = [_within(facts, name, year, lang) for name in sorted(named - {DEFAULT})]
    return [one for one in found if one]


def _within(facts: Facts, grouping: str, year: int, lang: str) -> dict[str, Any] | None:
    """The newest answer of a grouping within; if of another year, that, and its answer of the region's."""
    rows = _rows(facts, grouping)
    newest = wording.newest_origins(rows)
    if not newest:
        return None
    first, told = newest[0], _answer(facts, newest, lang)
    name = first[f"country_{lang}"]
    own = {"year": year, "own": first["period"], "name": grouping}
    warned = say("site.other_year", lang, **own) if first["year"] != year else ""
    whole = " ".join(filter(None, [f"{told['title']}.", told["outside"], told["mostly"]]))
    beside = _beside(facts, [row for row in rows if row["year"] == year], lang) if warned else ""
    members = facts.members_of(grouping, date(first["year"], 12, 31))
    region = say(
        "site.region_within",
        lang,
        n=len(members),
        name=grouping,
        members=", ".join(facts.name(member, lang) for member in members),
        grouping=DEFAULT,
    )
    later = [warned, whole] if beside else []
    newer = say("site.newer_within", lang, title=wording.phrase(told["title"]))
    return {
        "name": name,
        "brief": f"{beside} {newer}"
        if beside
        else f"{warned} {whole} {_same_members(facts, first, lang)}".strip(),
        "more": " ".join([region, *later, told["parts"], told["members"]]),
    }


def _beside(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """What a grouping within told of the region's year, which can be set beside it."""
    told = wording.newest_origins(rows)
    if not told:
        return ""
    first, within = told[0], bounds(by_class(told))
    if within is None:
        return ""
    facts_of = {"n": first["members_reporting"], "all": first["members_total"], "region": DEFAULT}
    return say("site.within_result", lang, year=first["period"], inside=share(*within, lang), **facts_of)


def _same_members(facts: Facts, row: Row, lang: str) -> str:
    """That the members of a sum are those of the region without its largest one, if they are."""
    summed = facts.sums.get((FIRST["origin_shares"], DEFAULT, "reporting", row["year"]), {})
    whole = summed.get(OWN_NATIONAL)
    largest = whole["largest_member"] if whole else None
    if whole is None or largest is None:
        return ""
    if {*(whole["members"] or "").split()} - {largest} != {*(row["members"] or "").split()}:
        return ""
    facts_of = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.same_as_without", lang, member=facts.name(largest, lang), **facts_of)


def _names(facts: Facts, row: Row, lang: str) -> str:
    """The members that a sum is of."""
    return ", ".join(facts.name(member, lang) for member in (row["members"] or "").split())


def _answer(facts: Facts, newest: Sequence[Row], lang: str) -> dict[str, Any]:
    """What the shares of one grouping and year say: the verdict, the bounds, who told it, who makes it up."""
    first = newest[0]
    key = (FIRST["origin_shares"], first["reporting_country"])
    of_members = {"n": first["members_reporting"], "all": first["members_total"]}
    kind = majority(by_class(newest))
    grouping = first["reporting_country"]
    place = say("site.the_region", lang) if grouping == DEFAULT else grouping
    facts_of = {"year": first["period"], "region": DEFAULT, "place": place} | of_members
    title = say(f"site.region_majority.{kind}", lang, **facts_of)
    return {
        "title": title,
        "headed": _headed(facts, title, *key, first, lang),
        "outside": in_words(by_class(newest), lang, year=first["period"], place=place),
        "parts": parts_of_inside(by_class(newest), lang),
        "members": who_named(facts, first, lang),
        "mostly": mostly(facts, *key, first["year"], lang),
        "carried": carried(facts, *key, first["year"], lang),
    }


def _headed(facts: Facts, title: str, indicator: str, grouping: str, row: Row, lang: str) -> str:
    """A heading with the member that detected most of those whose members told it, where one did."""
    largest = _largest(facts, indicator, grouping, row["year"], lang)
    n = row["members_reporting"]
    return say("site.headed", lang, title=title, n=n, **largest) if largest else title


def by_class(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by their class of origin."""
    return {row["origin_class"]: row for row in rows}


def bounds(rows: Mapping[str, Row]) -> tuple[float, float] | None:
    """The share of inside from the least to the most possible; None where a class is not told."""
    if any(rows.get(name) is None or rows[name]["value_low"] is None for name in (*WITHIN, EXTRA_REGIONAL)):
        return None
    return sum(rows[name]["value_low"] for name in WITHIN), 1 - rows[EXTRA_REGIONAL]["value_low"]


def majority(rows: Mapping[str, Row]) -> str:
    """The class that is surely more than half, or all inside together; `none` where neither is."""
    sure = [name for name, row in rows.items() if (row["value_low"] or 0) > HALF]
    within = bounds(rows)
    return sure[0] if sure else "inside" if within and within[0] > HALF else "none"


def in_words(rows: Mapping[str, Row], lang: str, **of: str) -> str:
    """Inside and outside of a place in a year in one sentence, with the bounds of both."""
    within = bounds(rows)
    if within is None:
        return ""
    outside = rows[EXTRA_REGIONAL]
    facts_of = {
        "inside": share(*within, lang),
        "outside": share(outside["value_low"], outside["value_high"], lang),
    }
    return say("site.inside_outside", lang, region=DEFAULT, **of, **facts_of)


def headline(rows: Sequence[Row], lang: str) -> str:
    """The year of an answer and the share of inside, from bound to bound."""
    within = bounds(by_class(rows))
    return f"{rows[0]['period']}: {share(*within, lang)}" if within else str(rows[0]["period"])


def parts_of_inside(rows: Mapping[str, Row], lang: str) -> str:
    """The two parts of inside, with the bounds of each."""
    if bounds(rows) is None:
        return ""
    own, others = (share(rows[name]["value_low"], rows[name]["value_high"], lang) for name in WITHIN)
    return say("site.inside_parts", lang, own=own, others=others)


def share(low: float, high: float, lang: str) -> str:
    """A share in percent, from bound to bound."""
    _, said = headlines.said(low, high, headlines.SHARE, False, lang)
    return said


def who_told(facts: Facts, row: Row, lang: str) -> str:
    """Which members a regional figure is of, and which it is not of."""
    facts_of = {"n": row["members_reporting"], "all": row["members_total"]}
    return say("site.who_told", lang, names=_names(facts, row, lang), **facts_of)


def who_named(facts: Facts, row: Row, lang: str) -> str:
    """Which members' tables of origin are in a sum, and which of these say it of nobody for sure."""
    there = (row["members"] or "").split()
    silent = [member for member in there if names_nobody(facts, member, row["year"])]
    facts_of = {"n": row["members_reporting"], "all": row["members_total"]}
    said = say("site.origins_told", lang, names=_names(facts, row, lang), **facts_of)
    if not silent:
        return said
    names = ", ".join(facts.name(member, lang) for member in silent)
    return f"{said} {say('site.names_nobody', lang, names=names, n=len(silent))}"


def names_nobody(facts: Facts, member: str, year: int) -> bool:
    """Whether the table of a member says of nobody for sure where they are from."""
    known = _known(facts, member, year)
    return known is not None and not known["value_low"]


def newest_total(facts: Facts) -> Row | None:
    """The newest regional total of detected victims."""
    totals = facts.regions.get(FIRST["victims"], [])
    return wording.latest([row for row in totals if row["reporting_country"] == DEFAULT])


def _known(facts: Facts, member: str, year: int) -> Row | None:
    """Of how many of a member's victims the origin is known, where that is told."""
    known = facts.headline(FIRST["origin_known"], member, year)
    return known if known and known["value_low"] is not None else None


def mostly(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """Of which member most of a sum is, where it is flagged so, and what the others say without it."""
    said = detected_most(facts, indicator, grouping, year, lang)
    return f"{said} {carried(facts, indicator, grouping, year, lang)}".strip()


def detected_most(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """Which member detected most of the victims of a sum, where one did."""
    largest = _largest(facts, indicator, grouping, year, lang)
    return say("site.detected_most", lang, **largest) if largest else ""


def _largest(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> dict[str, str]:
    """The member that detected most of the victims of a sum, with its share; nothing where none did."""
    row = _outweighed(facts.sums.get((indicator, grouping, "reporting", year), {}))
    if row is None:
        return {}
    return {"member": facts.name(row["largest_member"], lang), "share": largest_share(row, lang)}


def outweighs(facts: Facts, row: Row, lang: str) -> str:
    """Which member surely makes up more than half of the sum of the same members; nothing where none does."""
    key = (row["indicator"], row["reporting_country"], "fixed", row["year"])
    of_same = _outweighed(facts.sums.get(key, {}))
    if of_same is None or of_same["largest_share_low"] <= HALF:
        return ""
    return say("site.outweighs", lang, member=facts.name(of_same["largest_member"], lang))


def carried(facts: Facts, indicator: str, grouping: str, year: int, lang: str) -> str:
    """Whose result a sum is that one member outweighs, and what the others say without it."""
    row = _outweighed(facts.sums.get((indicator, grouping, "reporting", year), {}))
    if row is None:
        return ""
    rest = facts.sums.get((indicator, grouping, "without_largest", year), {})
    said = [_whose(facts, row, lang), _asked_of(facts, row, year, lang)]
    said += [without_largest(rest, lang), _mostly_of_rest(facts, rest, year, lang)]
    return " ".join(filter(None, said))


def _whose(facts: Facts, row: Row, lang: str) -> str:
    """That a result is its largest member's; where that tells few origins, that its part is unknown."""
    member, known = facts.name(row["largest_member"], lang), _known(facts, row["largest_member"], row["year"])
    if row["indicator"] == FIRST["origin_shares"] and known and known["value_high"] < HALF:
        return say("site.carried.unknown", lang, member=member, known=known[f"value_{lang}"])
    kind = "nearly" if row["largest_share_low"] >= NEARLY_ALL else "mostly"
    return say(f"site.carried.{kind}", lang, member=member)


def _asked_of(facts: Facts, row: Row, year: int, lang: str) -> str:
    """What nobody has answered about the total of a member that carries a result."""
    asked, _ = doubts.apart(doubts.of(facts, row["largest_member"], year, FIRST["victims"]))
    if not asked:
        return ""
    member = facts.name(row["largest_member"], lang)
    return say("site.carrier_asked", lang, member=member, doubts=doubts.told(facts, asked, lang))


def _mostly_of_rest(facts: Facts, rest: Mapping[str, Row], year: int, lang: str) -> str:
    """Of which member most of the rest without the largest is, if of one, and its open questions."""
    row = _outweighed(rest)
    if row is None:
        return ""
    facts_of = {"member": facts.name(row["largest_member"], lang), "n": row["members_reporting"]}
    said = say("site.mostly_of_rest", lang, share=largest_share(row, lang), **facts_of)
    return f"{said} {_asked_of(facts, row, year, lang)}".strip()


def _outweighed(rows: Mapping[str, Row]) -> Row | None:
    """Of the rows of a sum the one that tells its largest member, where that outweighs the others."""
    row = rows.get(OWN_NATIONAL) or rows.get("_T")
    is_outweighed = row is not None and has_flag(row["flag"], "dominated") and row["largest_member"]
    return row if is_outweighed else None


def largest_share(row: Row, lang: str) -> str:
    """How much of a sum its largest member is, from bound to bound."""
    return share(row["largest_share_low"], row["largest_share_high"], lang)


def without_largest(rest: Mapping[str, Row], lang: str) -> str:
    """What the other members tell without the largest one: their own inside and outside, or their sum."""
    within = bounds(rest)
    if within is not None:
        return say(
            "site.without_it_shares",
            lang,
            n=rest[OWN_NATIONAL]["members_reporting"],
            inside=share(*within, lang),
            outside=share(rest[EXTRA_REGIONAL]["value_low"], rest[EXTRA_REGIONAL]["value_high"], lang),
        )
    total = rest.get("_T")
    if total is None or total["value_low"] is None:
        return ""
    told = wording.bounds(total["value_low"], total["value_high"], lang)
    return say("site.without_it", lang, n=total["members_reporting"], value=told)


def _tell(facts: Facts, year: int) -> list[str]:
    """The members that have a table of origin of a year."""
    return [member for member in facts.members if (member, year) in facts.classes]


def doubted(facts: Facts, members: Sequence[str], year: int, lang: str) -> str:
    """Whose table of origin is in no sum, and what speaks against it."""
    found = []
    for member in members:
        flags = {
            flag for row in facts.classes[member, year].values() for flag in (row["flag"] or "").split("+")
        }
        if why := [coded("obs_flag", flag, lang) for flag in flags_that("out_of_sums") if flag in flags]:
            found.append(f"{facts.name(member, lang)} ({'; '.join(why)})")
    return say("site.not_summed", lang, members=", ".join(found)) if found else ""


def _later(facts: Facts, rows: Sequence[Row], year: int, lang: str) -> str:
    """Why a later year, of which single members tell tables, has no regional share."""
    later = {row["year"]: row for row in rows if row["year"] > year}
    least = facts.catalogue[FIRST["origin_shares"]]["minimum_coverage"]
    said = [
        say(
            "site.later_year",
            lang,
            year=at,
            n=row["members_reporting"],
            all=row["members_total"],
            names=_names(facts, row, lang),
            least=share(least, least, lang),
            without=doubted(facts, _tell(facts, at), at, lang),
        )
        for at, row in sorted(later.items())
        if has_flag(row["flag"], "low_coverage")
    ]
    return " ".join(" ".join(said).split())
