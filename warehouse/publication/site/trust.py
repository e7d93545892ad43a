"""Whether a number can be relied on: what a reader would ask of it, in one place, in words of the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import coded
from schemas.groupings import DEFAULT
from schemas.words import say
from warehouse.publication.seen import HALF, listed
from warehouse.publication.site import caveats, changed, doubts, inside, wording
from warehouse.publication.site.facts import FIRST, Facts, Row

Line = dict[str, str]
YEARS_APART = 3
"""Of so many other years in which another source differs both numbers are said: the newest."""


def of_figure(facts: Facts, row: Row, lang: str) -> list[Line]:
    """Whether a member's figure can be relied on: an answer, and what speaks for and against it."""
    return _lines(
        lang,
        short=_answer(facts, row, lang),
        source=source(row, lang),
        bounds=_range(row, lang),
        completeness=_completeness(facts, row, lang),
        revised=" ".join(_revised(facts, other, lang) for other in _revisions(facts, row)),
        agreement=_agreement(facts, row, lang),
        questions=_asked(facts, row, lang),
    )


def _answer(facts: Facts, row: Row, lang: str) -> str:
    """Yes, in part or as a range; and what is to be minded."""
    own = caveats.each(facts, row, lang, with_age=False)
    kind = "doubt" if _is_doubted(facts, row, lang) else "yes" if row["how"] == "exact" else "range"
    name = facts.name(row["reporting_country"], lang)
    said = say(f"site.answer.{kind}", lang, name=name, source=row[f"source_{lang}"])
    cautions = [*own, caveats.of_age(facts, row, lang), _of_revision(facts, row, lang)]
    cautions += [*_differing(facts, row, lang), _no_claim(row, lang)]
    return f"{said} {_with_care(cautions, lang)}".strip()


def _is_doubted(facts: Facts, row: Row, lang: str) -> bool:
    """Whether a figure bears a warning beside its age, or nobody has answered what was asked about it."""
    return bool(caveats.each(facts, row, lang, with_age=False) or asked(facts, row))


def _with_care(cautions: Sequence[str], lang: str) -> str:
    """What is to be minded, in one sentence."""
    told = "; ".join(wording.phrase(one) for one in cautions if one)
    return say("site.with_care", lang, cautions=told) if told else ""


def _of_revision(facts: Facts, row: Row, lang: str) -> str:
    """That a later submission changed the figure, or that none came that could; nothing where one left it."""
    kind = _was_revised(facts, row)
    return "" if kind == "left" else say(f"site.care.{kind}", lang)


def _differing(facts: Facts, row: Row, lang: str) -> list[str]:
    """The other sources that tell another number of the same total."""
    found = []
    for other in _others(facts, row):
        here, there = _sides(row, other)
        if not _is_same(other):
            facts_of = {"there": _value(other, there, lang), "here": _value(other, here, lang)}
            title = wording.title(facts, other[f"collection_{there}"], lang)
            found.append(say("site.care.differs", lang, title=title, **facts_of))
    return found


def _no_claim(row: Row, lang: str) -> str:
    """That no verdict says a rise or a fall, if so."""
    return "" if row["direction"] in changed.CLAIMS else say("site.care.no_trend", lang)


def _questions(facts: Facts, row: Row) -> list[Row]:
    """What nobody has answered about a figure and its parts."""
    return doubts.of(facts, row["reporting_country"], row["year"], row["indicator"])


def _asked(facts: Facts, row: Row, lang: str) -> tuple[str, str]:
    """The questions on a figure, and those on its parts; if none, of how many others of the country."""
    on_total, on_parts = doubts.apart(_questions(facts, row))
    parts = say("site.asked_parts", lang, doubts=doubts.told(facts, on_parts, lang)) if on_parts else ""
    if on_total:
        return say("site.asked_total", lang, doubts=doubts.told(facts, on_total, lang)), parts
    if on_parts:
        return say("site.no_question", lang), parts
    n = len(doubts.by_figure(facts, row["reporting_country"]))
    return (say("site.no_question_but", lang, n=n) if n else say("site.no_question", lang)), ""


def _sides(row: Row, other: Row) -> tuple[str, str]:
    """In a comparison of two sources the side of a figure's own, and that of the other."""
    return ("a", "b") if other["collection_a"] == row["collection"] else ("b", "a")


def _value(other: Row, side: str, lang: str) -> str:
    return wording.bounds(other[f"value_{side}_low"], other[f"value_{side}_high"], lang)


def _is_same(other: Row) -> bool:
    """Whether both sources surely tell the same number."""
    return (other["ratio_low"], other["ratio_high"]) == (1, 1)


def _may_be_same(other: Row) -> bool:
    """Whether the bounds of both leave it open that they tell the same number."""
    low, high = other["ratio_low"], other["ratio_high"]
    return bool(low <= 1 and (high is None or high >= 1))


def _range(row: Row, lang: str) -> str:
    """What the bounds of a range are; one figure alone is said in short."""
    return "" if row["how"] == "exact" else coded("headline_how", row["how"], lang)


def _was_revised(facts: Facts, row: Row) -> str:
    """Whether a later submission changed the total behind a figure, left it, or could not: none came."""
    if _revisions(facts, row):
        return "changed"
    measures = facts.measures.get(row["indicator"], [])
    came = facts.could_be_revised(row["collection"], row["reporting_country"], measures, row["year"])
    return "left" if came else "not_yet"


def _lines(lang: str, **told: str | tuple[str, str]) -> list[Line]:
    """The lines there are, the answer first, which needs no name; of two texts the second is folded away."""
    lines = []
    for name, said in told.items():
        text, fold = (said, "") if isinstance(said, str) else said
        if text or fold:
            called = "" if name == "short" else say(f"site.ask.{name}", lang)
            lines.append({"name": called, "text": text, "fold": fold})
    return lines


def source(row: Row, lang: str) -> str:
    """Where a figure comes from, with the day its extract was received and the source's own name."""
    facts_of = {"title": row[f"source_{lang}"], "received": row["received_on"], "citation": row["citation"]}
    return say("chart.source", lang, **facts_of)


def _completeness(facts: Facts, row: Row, lang: str) -> str:
    """Of how many of the victims that year the origin is known."""
    if row["indicator"] != FIRST["victims"]:
        return ""
    known = facts.headline(FIRST["origin_known"], row["reporting_country"], row["year"])
    if known is None or not wording.is_told(known):
        is_withheld = known is not None and known["how"] == "withheld"
        return say("site.origin_withheld" if is_withheld else "site.origin_not_told", lang)
    return say("site.origin_known", lang, value=wording.figure(known, lang))


def revisions(facts: Facts, row: Row, lang: str) -> str:
    """Whether a later submission changed the total behind a figure, and whether that looks like a shift.

    Nothing is said of a protected figure: the release does not tell its revisions.
    """
    if facts.is_protected(row):
        return ""
    if rows := _revisions(facts, row):
        return " ".join(_revised(facts, other, lang) for other in rows)
    return say("site.not_revised" if _was_revised(facts, row) == "left" else "site.not_later", lang)


def _revisions(facts: Facts, row: Row) -> list[Row]:
    """What submissions changed of the total behind a figure."""
    return [
        other
        for other in facts.revised_totals
        if (other["reporting_country"], other["year"]) == (row["reporting_country"], row["year"])
        and facts.is_of(row["indicator"], other)
    ]


def _revised(facts: Facts, row: Row, lang: str) -> str:
    said = changed.revised_total(row, lang)
    return f"{said} {say('site.looks_shifted', lang)}" if changed.is_shifted(facts, row) else said


def has_others(facts: Facts, indicator: str) -> bool:
    """Whether an indicator is a total of one measure, which another source may tell, too."""
    return facts.catalogue[indicator]["denominator"] is None and len(facts.measures.get(indicator, [])) == 1


def agreement(facts: Facts, row: Row, lang: str) -> str:
    """What other sources tell of the same total, and that each counts in its own way."""
    told = others(facts, row, lang)
    return f"{told} {say('site.own_way', lang)}" if _totals_of_others(facts, row, lang) else told


def _agreement(facts: Facts, row: Row, lang: str) -> str | tuple[str, str]:
    """The same; where another source tells that very year, what it tells of others is folded away."""
    if not has_others(facts, row["indicator"]) or not _totals_of_others(facts, row, lang):
        return agreement(facts, row, lang)
    that_year = f"{others(facts, row, lang, in_short=True)} {say('site.own_way', lang)}"
    return that_year, " ".join(_in_other_years(facts, row, lang))


def others(facts: Facts, row: Row, lang: str, *, in_short: bool = False) -> str:
    """What other sources tell of the same total, or that none does; not in short, of which years one does."""
    if not has_others(facts, row["indicator"]):
        return ""
    told = _totals_of_others(facts, row, lang)
    that_year = f"{'; '.join(told)}." if told else say("site.none_that_year", lang, year=row["period"])
    if in_short:
        return that_year
    if not told:
        that_year = say("site.no_other_source", lang, year=row["period"])
    return " ".join([that_year, *_in_other_years(facts, row, lang)])


def _totals_of_others(facts: Facts, row: Row, lang: str) -> list[str]:
    """What each other source tells of that year: first those that are compared, then the others.

    Not compared are sources of a year that begins on another day, and those whose counts are protected.
    """
    compared = _others(facts, row)
    told = [wording.of_source(facts, other, _sides(row, other)[1], lang) for other in compared]
    named = {row["collection"], *(other[f"collection_{_sides(row, other)[1]}"] for other in compared)}
    rest = facts.totals_beside.get((row["reporting_country"], row["indicator"], row["year"]), [])
    return told + [wording.of_total(facts, one, lang) for one in rest if one["collection"] not in named]


def _in_other_years(facts: Facts, row: Row, lang: str) -> list[str]:
    """What each other source tells of other years of the series: the same, or both numbers."""
    same: dict[str, list[int]] = {}
    within: dict[str, list[int]] = {}
    apart: dict[str, list[str]] = {}
    for other in sorted(_of_other_years(facts, row), key=lambda other: other["year"]):
        if other["year"] == row["year"]:
            continue
        here, there = _sides(row, other)
        title = wording.title(facts, other[f"collection_{there}"], lang)
        if _is_same(other):
            same.setdefault(title, []).append(other["year"])
            continue
        if _may_be_same(other):
            within.setdefault(title, []).append(other["year"])
            continue
        facts_of = {"here": _value(other, here, lang), "there": _value(other, there, lang)}
        apart.setdefault(title, []).append(say("site.year_apart", lang, year=other["year"], **facts_of))
    said = [_then(name, same.get(name, []), apart.get(name, []), lang) for name in {**same, **apart}]
    return said + [
        say("site.other_then.within", lang, title=title, years=listed(years))
        for title, years in within.items()
    ]


def _then(title: str, same: list[int], apart: Sequence[str], lang: str) -> str:
    """Of which other years a source told the same number, and of which another."""
    facts_of = {"title": title, "same": listed(same), "apart": "; ".join(apart[-YEARS_APART:])}
    kind = "both" if same and apart else "same" if same else "apart"
    return say(f"site.other_then.{kind}", lang, **{k: v for k, v in facts_of.items() if v})


def _others(facts: Facts, row: Row) -> list[Row]:
    """The comparisons of the total behind a figure with that of another source."""
    return [other for other in _of_other_years(facts, row) if other["year"] == row["year"]]


def _of_other_years(facts: Facts, row: Row) -> list[Row]:
    """The comparisons of the series of a figure, of whatever year."""
    measures = facts.measures.get(row["indicator"], [])
    return [
        other
        for other in facts.agreement.get(row["reporting_country"], [])
        if has_others(facts, row["indicator"])
        and other["measure"] in measures
        and row["collection"] in (other["collection_a"], other["collection_b"])
    ]


def asked(facts: Facts, row: Row) -> int:
    """How many questions on a figure itself nobody has answered."""
    return sum(doubts.on_total(question) for question in _questions(facts, row))


def of_region(facts: Facts, apart: Sequence[Row], lang: str) -> list[Line]:
    """The same of the region's sum of detected victims, and who tells it and makes it up."""
    row = inside.newest_total(facts)
    if row is None:
        return []
    facts_of = {"n": row["members_reporting"], "all": row["members_total"], "source": row[f"source_{lang}"]}
    cautions = [inside.detected_most(facts, FIRST["victims"], DEFAULT, row["year"], lang)]
    cautions += [*caveats.each(facts, row, lang), _sum_revised(facts, row, lang), _no_claim(row, lang)]
    members = (facts.headline(row["indicator"], m, row["year"]) for m in (row["members"] or "").split())
    doubted = [m["reporting_country"] for m in members if m and _is_doubted(facts, m, lang)]
    kind = "sum_doubted" if doubted else "sum"
    facts_of |= {"members": ", ".join(facts.name(name, lang) for name in doubted)} if doubted else {}
    return _lines(
        lang,
        short=f"{say(f'site.answer.{kind}', lang, **facts_of)} {_with_care(cautions, lang)}".strip(),
        source=source(row, lang),
        who=(_without(facts, row, lang), inside.who_told(facts, row, lang)),
        agreement=_apart(facts, apart, row["year"], lang),
        questions=_asked_within(facts, (row["members"] or "").split(), row, lang),
    )


def of_origin(facts: Facts, apart: Sequence[Row], lang: str) -> dict[str, Any]:
    """The same of the region's shares of origin: the headline's value, and the lines, in short."""
    newest = wording.newest_origins(
        [r for r in facts.regions.get(FIRST["origin_shares"], []) if r["reporting_country"] == DEFAULT]
    )
    if not newest:
        return {}
    row = newest[0]
    there = (row["members"] or "").split()
    cautions = [inside.detected_most(facts, FIRST["origin_shares"], DEFAULT, row["year"], lang)]
    cautions += [*caveats.each(facts, row, lang), _sum_revised(facts, row, lang)]
    lines = _lines(
        lang,
        short=f"{_of_majority(newest, lang)} {_with_care(cautions, lang)}".strip(),
        source=source(row, lang),
        who=(_without(facts, row, lang), inside.who_named(facts, row, lang)),
        agreement=_differ(facts, [r for r in apart if r["reporting_country"] in there], row, lang),
        questions=_asked_within(facts, there, row, lang),
    )
    return {"value": inside.headline(newest, lang), "lines": lines}


def _of_majority(rows: Sequence[Row], lang: str) -> str:
    """Whether inside or outside surely is the majority, and how many members tell it."""
    row, within = rows[0], inside.bounds(inside.by_class(rows)) or (0.0, 1.0)
    side, least = "none", within[0]
    if within[0] > HALF:
        side = "inside"
    elif within[1] < HALF:
        side, least = "outside", 1 - within[1]
    facts_of = {"n": row["members_reporting"], "all": row["members_total"]}
    return say(f"site.answer.{side}", lang, least=inside.share(least, least, lang), **facts_of)


def _asked_within(facts: Facts, members: Sequence[str], row: Row, lang: str) -> tuple[str, str]:
    """What nobody has answered about the totals in a sum: which question, of which member, on which value."""
    found = [q for member in members for q in doubts.of(facts, member, row["year"], FIRST["victims"])]
    on_total, on_parts = doubts.apart(found)
    said = say("site.no_question_within", lang)
    if on_total:
        said = say("site.asked_total", lang, doubts=doubts.told(facts, on_total, lang, with_names=True))
    if not on_parts:
        return said, ""
    names = dict.fromkeys(facts.name(q["reporting_country"], lang) for q in on_parts)
    said = f"{said} {say('site.asked_parts_of', lang, members=', '.join(names))}"
    return said, doubts.told(facts, on_parts, lang, with_names=True)


def _differ(facts: Facts, apart: Sequence[Row], row: Row, lang: str) -> str:
    """Of which members of a sum another source tells surely another total, with both."""
    by_source: dict[str, list[str]] = {}
    for other in apart:
        sides = {other["collection_a"]: "a", other["collection_b"]: "b"}
        own = sides.pop(row["collection"], None)
        if own is None or (other["year"], other["measure"]) != (row["year"], FIRST["measure"]):
            continue
        [(collection, beside)] = sides.items()
        here, there = (
            wording.bounds(other[f"value_{side}_low"], other[f"value_{side}_high"], lang)
            for side in (own, beside)
        )
        name = facts.name(other["reporting_country"], lang)
        by_source.setdefault(collection, []).append(
            say("site.here_there", lang, name=name, here=here, there=there)
        )
    told = [
        say(
            "site.totals_apart",
            lang,
            title=wording.title(facts, name, lang),
            year=row["period"],
            members=", ".join(m),
        )
        for name, m in by_source.items()
    ]
    return " ".join(told) or say("site.none_apart", lang, year=row["year"])


def _without(facts: Facts, row: Row, lang: str) -> str:
    """The members that are not in a sum, with what the tables say of them."""
    there = (row["members"] or "").split()
    left = [_left_out(facts, member, row["year"], lang) for member in facts.members if member not in there]
    return say("site.not_in_sum", lang, members=", ".join(left)) if left else ""


def _left_out(facts: Facts, member: str, year: int, lang: str) -> str:
    told = facts.headline(FIRST["victims"], member, year)
    return f"{facts.name(member, lang)} ({wording.figure(told, lang)})"


def _sum_revised(facts: Facts, row: Row, lang: str) -> str:
    """Which of the totals in a sum a later submission changed, or that none came that could."""
    there = (row["members"] or "").split()
    changed_totals = [
        other
        for other in facts.revised_totals
        if other["measure"] == FIRST["measure"]
        and other["year"] == row["year"]
        and other["reporting_country"] in there
        and other["old_low"] is not None
    ]
    if changed_totals:
        names = ", ".join(facts.name(other["reporting_country"], lang) for other in changed_totals)
        return say("site.care.sum_changed", lang, n=len(changed_totals), members=names)
    came = any(
        facts.could_be_revised(collection, member, [FIRST["measure"]], row["year"])
        for collection in (row["collection"] or "").split()
        for member in there
    )
    return "" if came else say("site.care.not_yet", lang)


def _apart(facts: Facts, apart: Sequence[Row], year: int, lang: str) -> str:
    """Where two sources of the same total surely differ that year."""
    rows = [r for r in apart if r["measure"] == FIRST["measure"] and r["year"] == year]
    if not rows:
        return say("site.none_apart", lang, year=year)
    told = []
    for other in rows:
        both = "; ".join(wording.of_source(facts, other, side, lang) for side in "ab")
        told.append(f"{facts.name(other['reporting_country'], lang)} ({both})")
    return say("site.are_apart", lang, year=year, members=", ".join(told))


def _warned(facts: Facts, row: Row, lang: str) -> str:
    """The warnings of a figure, with what nobody has answered about it; that there is none, if so."""
    said = caveats.each(facts, row, lang)
    if found := _questions(facts, row):
        said.append(say("site.unanswered", lang, doubts=doubts.told(facts, found, lang)))
    return " ".join(said) or say("site.no_flags", lang)


def table(facts: Facts, rows: Sequence[Row], lang: str) -> list[dict[str, Any]]:
    """Of every member its newest figure, with what speaks for and against it, in short."""
    lines = []
    for member in facts.members:
        row = wording.latest([row for row in rows if row["reporting_country"] == member])
        if row is None:
            continue
        lines.append(
            {
                "code": member,
                "name": facts.name(member, lang),
                "value": f"{row['period']}: {row[f'value_{lang}']}",
                "source": say(
                    "site.extract_of", lang, title=row[f"source_{lang}"], received=row["received_on"]
                ),
                "flags": _warned(facts, row, lang),
                "revised": revisions(facts, row, lang) or "–",
                "agreement": agreement(facts, row, lang) or "–",
            }
        )
    return lines
