"""Whether a number can be relied on: what a reader would ask of it, in one place, in words of the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import coded
from schemas.groupings import DEFAULT
from schemas.words import say
from warehouse.publication.seen import HALF, listed
from warehouse.publication.site import caveats, changed, inside, wording
from warehouse.publication.site.facts import FIRST, Facts, Row

Line = dict[str, str]
YEARS_APART = 3
"""Of so many other years in which another source differs both numbers are said: the newest."""


def of_figure(facts: Facts, row: Row, lang: str) -> list[Line]:
    """What speaks for and against a member's figure."""
    return _lines(
        lang,
        short=_in_short(facts, row, lang),
        source=source(row, lang),
        bounds=_range(row, lang),
        flags=caveats.warnings(facts, row, lang),
        completeness=_completeness(facts, row, lang),
        revised=revisions(facts, row, lang),
        agreement=agreement(facts, row, lang),
        questions=" ".join(asked(facts, row, lang)) or _not_asked(facts, row, lang),
        test=changed.tested(facts, row, lang),
    )


def _in_short(facts: Facts, row: Row, lang: str) -> str:
    """What speaks for and against a member's figure, counted: a range, warnings, what could check it."""
    warned = len(caveats.each(facts, row, lang))
    parts = [
        say("site.short_is.exact" if row["how"] == "exact" else "site.short_is.range", lang),
        say("site.short_is.warned" if warned else "site.short_is.calm", lang, n=warned),
        say(f"site.short_is.revised_{_was_revised(facts, row)}", lang),
        *_compared(facts, row, lang),
        say("site.short_is.asked", lang, n=len(asked(facts, row, lang))),
    ]
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _compared(facts: Facts, row: Row, lang: str) -> list[str]:
    """What another source tells of the same total, where one could: the same, or another number."""
    if not has_others(facts, row["indicator"]):
        return []
    found = _others(facts, row)
    if not found:
        return [say("site.short_is.alone", lang)]
    apart = [_value(other, _sides(row, other)[1], lang) for other in found if not _is_same(other)]
    if not apart:
        return [say("site.short_is.same", lang)]
    return [say("site.short_is.differs", lang, there=", ".join(apart), here=row[f"value_{lang}"])]


def _sides(row: Row, other: Row) -> tuple[str, str]:
    """In a comparison of two sources the side of a figure's own, and that of the other."""
    return ("a", "b") if other["collection_a"] == row["collection"] else ("b", "a")


def _value(other: Row, side: str, lang: str) -> str:
    return wording.bounds(other[f"value_{side}_low"], other[f"value_{side}_high"], lang)


def _is_same(other: Row) -> bool:
    """Whether both sources surely tell the same number."""
    return (other["ratio_low"], other["ratio_high"]) == (1, 1)


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


def _not_asked(facts: Facts, row: Row, lang: str) -> str:
    """That nobody asks about a figure; of how many others of the country somebody does."""
    n = len(facts.questions.get(row["reporting_country"], []))
    return say("site.no_question_but", lang, n=n) if n else say("site.no_question", lang)


def _lines(lang: str, **told: str) -> list[Line]:
    return [{"name": say(f"site.ask.{name}", lang), "text": text} for name, text in told.items() if text]


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
        return say("site.origin_not_told", lang)
    return say("site.origin_known", lang, value=wording.figure(known, lang))


def revisions(facts: Facts, row: Row, lang: str) -> str:
    """Whether a later submission changed the total behind a figure, and whether that looks like a shift."""
    if rows := _revisions(facts, row):
        return " ".join(_revised(facts, other, lang) for other in rows)
    return say("site.not_revised" if _was_revised(facts, row) == "left" else "site.not_later", lang)


def _revisions(facts: Facts, row: Row) -> list[Row]:
    """What submissions changed of the total behind a figure."""
    measures = facts.measures.get(row["indicator"], [])
    return [
        other
        for other in facts.revised_totals
        if (other["reporting_country"], other["year"]) == (row["reporting_country"], row["year"])
        and other["measure"] in measures
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
    return f"{told} {say('site.own_way', lang)}" if _others(facts, row) else told


def others(facts: Facts, row: Row, lang: str, *, in_short: bool = False) -> str:
    """What other sources tell of the same total, or that none does; not in short, of which years one does."""
    if not has_others(facts, row["indicator"]):
        return ""
    told = [wording.of_source(facts, other, _sides(row, other)[1], lang) for other in _others(facts, row)]
    if told:
        return f"{'; '.join(told)}."
    if in_short:
        return say("site.short_is.none_that_year", lang, year=row["period"])
    return (
        f"{say('site.no_other_source', lang, year=row['period'])} {_in_other_years(facts, row, lang)}".strip()
    )


def _in_other_years(facts: Facts, row: Row, lang: str) -> str:
    """What another source tells of other years of the series: the same, or both numbers."""
    same, apart = [], []
    for other in sorted(_of_other_years(facts, row), key=lambda other: other["year"]):
        if _is_same(other):
            same.append(other["year"])
            continue
        here, there = (_value(other, side, lang) for side in _sides(row, other))
        apart.append(say("site.year_apart", lang, year=other["year"], here=here, there=there))
    said = [say("site.same_then", lang, years=listed(same))] if same else []
    if apart:
        said.append(say("site.apart_then", lang, years="; ".join(apart[-YEARS_APART:])))
    return " ".join(said)


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


def asked(facts: Facts, row: Row, lang: str) -> list[str]:
    """What nobody has decided about the figure, each question once."""
    measures = facts.measures.get(row["indicator"], [])
    found = [
        str(other[f"says_{lang}"])
        for other in facts.questions.get(row["reporting_country"], [])
        if other["year"] == row["year"] and other["measure"] in measures
    ]
    return [text if text.endswith(("?", ".")) else f"{text}." for text in dict.fromkeys(found)]


def of_region(facts: Facts, apart: Sequence[Row], lang: str) -> list[Line]:
    """The same of the region's sum of detected victims, and who tells it and makes it up."""
    row = inside.newest_total(facts)
    if row is None:
        return []
    return _lines(
        lang,
        short=_sum_in_short(facts, apart, row, lang),
        source=source(row, lang),
        who=f"{inside.who_told(facts, row, lang)} {_without(facts, row, lang)}".strip(),
        bounds=_range(row, lang),
        flags=caveats.warnings(facts, row, lang),
        revised=_revised_within(facts, row, lang),
        questions=_asked_within(facts, (row["members"] or "").split(), row, lang),
        test=changed.tested(facts, row, lang),
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
    lines = _lines(
        lang,
        short=_origin_in_short(facts, newest, lang),
        source=source(row, lang),
        who=f"{inside.who_named(facts, row, lang)} {_without(facts, row, lang)}".strip(),
        flags=caveats.warnings(facts, row, lang),
        revised=_revised_within(facts, row, lang),
        agreement=_differ(facts, [r for r in apart if r["reporting_country"] in there], row, lang),
        questions=_asked_within(facts, there, row, lang),
    )
    return {"value": inside.headline(newest, lang), "lines": lines}


def _sum_in_short(facts: Facts, apart: Sequence[Row], row: Row, lang: str) -> str:
    """What a sum is, of whom most of it is, and where another source differs."""
    largest = inside.mostly(facts, FIRST["victims"], DEFAULT, row["year"], lang)
    return " ".join(
        [
            say("site.short_sum", lang, n=row["members_reporting"], all=row["members_total"]),
            largest or say("site.not_mostly", lang),
            _apart(facts, apart, row["year"], lang),
        ]
    )


def _origin_in_short(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """Whether inside or outside surely is the majority, who tells it, of whom most of it is."""
    row, within = rows[0], inside.bounds(inside.by_class(rows))
    side, least = "none", 0.0
    if within and within[0] > HALF:
        side, least = "inside", within[0]
    elif within and within[1] < HALF:
        side, least = "outside", 1 - within[1]
    facts_of = {"n": row["members_reporting"], "all": row["members_total"], "year": row["period"]}
    largest = inside.mostly(facts, FIRST["origin_shares"], DEFAULT, row["year"], lang)
    said = say(f"site.short_origin.{side}", lang, least=inside.share(least, least, lang))
    return " ".join([said, say("site.short_origin.told", lang, **facts_of), largest]).strip()


def _asked_within(facts: Facts, members: Sequence[str], row: Row, lang: str) -> str:
    """Of which members of a sum the total waits for an answer, and how many questions each."""
    found = {}
    for member in members:
        own = [q for q in facts.questions.get(member, []) if q["year"] == row["year"]]
        if n := sum(question["measure"] == FIRST["measure"] for question in own):
            found[facts.name(member, lang)] = n
    if not found:
        return say("site.no_question", lang)
    return say("site.asked_within", lang, members=", ".join(f"{name} ({n})" for name, n in found.items()))


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


def _revised_within(facts: Facts, row: Row, lang: str) -> str:
    """How many of the totals in a sum a later submission changed."""
    there = (row["members"] or "").split()
    changed_totals = [
        other
        for other in facts.revised_totals
        if other["measure"] == FIRST["measure"]
        and other["year"] == row["year"]
        and other["reporting_country"] in there
        and other["old_low"] is not None
    ]
    collections = (row["collection"] or "").split()
    came = any(
        facts.could_be_revised(collection, member, [FIRST["measure"]], row["year"])
        for collection in collections
        for member in there
    )
    if not changed_totals and not came:
        return say("site.not_later", lang)
    if not changed_totals:
        return say("site.none_revised_within", lang, year=row["period"])
    names = ", ".join(facts.name(other["reporting_country"], lang) for other in changed_totals)
    return say("site.revised_within", lang, n=len(changed_totals), year=row["period"], members=names)


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
                "flags": caveats.warnings(facts, row, lang),
                "revised": revisions(facts, row, lang),
                "agreement": agreement(facts, row, lang) or "–",
            }
        )
    return lines
