"""What is known of a member, in few lines at the top of its page: verdicts and figures of the release.

Where they come from, who they are, rise or fall, what is missing, how far to trust. What the release does not
tell is said as that, in the same line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.code_names import coded
from schemas.words import say, words
from warehouse.publication.charts import counted
from warehouse.publication.origin_years import Years, rows
from warehouse.publication.seen import HALF, HIDDEN, NONE, listed, majorities, verdict
from warehouse.publication.site import caveats, changed, coverage, trust, wording
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.statements import headlines

Line = dict[str, str]
MISSING = ("late", *coverage.WITHOUT_TOTAL, "partial", "in_quarantine", "withdrawn")
"""The statuses of a year that are said to be missing."""
NOT_DUE = {"not_in_extract", "series_closed", "not_asked"}
"""The statuses of a year that the extract could not tell of."""


def of_member(facts: Facts, member: str, newest: Row | None, lang: str) -> list[Line]:
    """The lines of a member whose newest figure is `newest`: name, text, and the part that says more."""
    told = {
        "origin": (_origin(facts, member, newest, lang), "origin"),
        "abroad": (_abroad(facts, member, lang), "abroad"),
        "who": (_who(facts, member, lang), "composition"),
        "direction": (changed.claimed(facts, newest, lang) if newest else "", "changed"),
        "missing": (_missing(facts, member, newest, lang), "sent"),
        "trust": (_trust(facts, newest, lang), "trust"),
    }
    return [
        {"name": say(f"site.known.{name}", lang), "text": text, "more": more}
        for name, (text, more) in told.items()
        if text
    ]


# ---- where they come from --------------------------------------------------------------------------


def origin_years(facts: Facts, member: str) -> Years | None:
    """What the preferred source tells of the origins of detected victims, if it tells any."""
    found = [
        row
        for row in facts.profiles
        if row["reporting_country"] == member and row["measure"] == FIRST["measure"]
    ]
    return facts.years(found[0]["collection"], member, FIRST["measure"]) if found else None


def newest_shares(facts: Facts, member: str) -> list[Row]:
    """The shares of origin of the newest year that has any."""
    own = facts.origins.get(FIRST["origin_shares"], [])
    return wording.newest_origins([row for row in own if row["reporting_country"] == member])


def _origin(facts: Facts, member: str, newest: Row | None, lang: str) -> str:
    """Of the last year, that its origin is not told; who surely is the majority, with the newest shares."""
    said, years = origin_in_short(facts, member, newest, lang), origin_years(facts, member)
    if years is None:
        return said
    kind, _ = verdict(years)
    shares = newest_shares(facts, member)
    warned = [f"{row[f'flags_{lang}']}." for row in shares if row["origin_class"] == kind and row["flag"]]
    return " ".join(filter(None, [said, _shares(shares, kind, lang), *warned]))


def origin_in_short(facts: Facts, member: str, newest: Row | None, lang: str) -> str:
    """Of the last year, that its origin is not told; who surely is the majority, and in which years."""
    years = origin_years(facts, member)
    if years is None:
        return say("site.from.no_table", lang)
    gap = _gap(years, newest_shares(facts, member), newest, lang)
    return " ".join(filter(None, [gap, most(years, lang)]))


def most(years: Years, lang: str) -> str:
    """Who surely was the majority, and in which years; where it was not always the same, of each."""
    kind, told = verdict(years)
    if kind == NONE and (found := majorities(years, told)):
        return _by_year(found, told, lang)
    return say(f"site.from.{kind}", lang, years=listed(told), grouping=years.facts["grouping"])


def _by_year(found: Mapping[str, list[int]], told: list[int], lang: str) -> str:
    """In which years which class surely was the majority, and of which it cannot be said."""
    parts = [f"{say(f'site.class_of.{name}', lang)} ({listed(own)})" for name, own in found.items()]
    said = say("site.from.each", lang, parts="; ".join(parts))
    rest = [year for year in told if not any(year in own for own in found.values())]
    return f"{said} {say('site.from.rest', lang, years=listed(rest))}" if rest else said


def _shares(shares: Sequence[Row], kind: str, lang: str) -> str:
    """The newest share of the class that is the majority; of all classes where none is."""
    by_class = {row["origin_class"]: row for row in shares if wording.is_told(row)}
    if not by_class:
        return ""
    value = f"value_{lang}"
    if kind in by_class:
        return say("site.share_of", lang, year=shares[0]["period"], share=by_class[kind][value])
    told = [
        f"{say(f'site.class_of.{name}', lang)} {by_class[name][value]}"
        for name in wording.CLASSES
        if name in by_class
    ]
    return say("site.share_in", lang, year=shares[0]["period"], share="; ".join(told))


def _gap(years: Years, shares: Sequence[Row], newest: Row | None, lang: str) -> str:
    """That of a year after the newest shares there is a figure, and no origin."""
    if hidden := hidden_of_last(years, lang):
        return gap_said(hidden, True, lang)
    if newest is None or (shares and shares[0]["year"] >= newest["year"]):
        return ""
    return say("site.from_no_share", lang, year=newest["period"])


def hidden_of_last(years: Years, lang: str) -> dict[str, Any]:
    """Of the last year with a total of how many the origin is not known, where that surely is the most."""
    told = years.totals[years.totals["total_low"].notna()]
    if told.empty:
        return {}
    [row] = rows(told.tail(1))
    parts = years.parts[(years.parts["year"] == row.year) & years.parts["origin_class"].isin(HIDDEN)]
    low, high = parts["persons_low"].sum(), parts["possible_high"].max()
    if row.state == "no_table":
        low, high = row.total_low, row.total_high
    if low <= HALF * row.total_high:
        return {}
    hidden = counted(low, min(max(low, high), row.total_high), lang)
    return {"year": row.year, "hidden": hidden, "total": counted(row.total_low, row.total_high, lang)}


def gap_said(hidden: dict[str, Any], short: bool, lang: str) -> str:
    """Of how many of a year the origin is not known; of all, that it is of none."""
    kind = "from_gap" if short else "last_unknown"
    return say(f"site.{kind}_all" if hidden["hidden"] == hidden["total"] else f"site.{kind}", lang, **hidden)


def _abroad(facts: Facts, member: str, lang: str) -> str:
    """Its nationals whom the tables of other members name, of the newest year, and where the most are."""
    told = facts.abroad.get(member, [])
    if not told or not told[-1]["persons_low"]:  # nobody surely is; an older year is no news of this one
        return ""
    newest = told[-1]
    where = detected_where(facts, member, newest["year"])
    most = max(where, key=lambda flow: flow["persons_low"])
    return say(
        "site.known_abroad",
        lang,
        year=newest["year"],
        value=wording.bounds(newest["persons_low"], newest["persons_low"], lang),
        country=facts.name(most["reporting_country"], lang),
        there=wording.bounds(most["persons_low"], most["persons_low"], lang),
    )


def detected_where(facts: Facts, member: str, year: int) -> list[Row]:
    """The other members whose tables surely name nationals of a member in a year."""
    return [
        flow
        for flow in facts.flows
        if (flow["origin"], flow["year"]) == (member, year)
        and flow["reporting_country"] != member
        and flow["persons_low"] > 0
    ]


# ---- who they are ----------------------------------------------------------------------------------


def composition(facts: Facts, member: str) -> list[Row]:
    """Of each share that says who victims are the rows of its newest year; forms, parts of a whole, last."""
    found: list[Row] = []
    for indicator in facts.catalogue:
        told = [r for r in facts.shares_known.get((indicator, member), []) if r["value_low"] is not None]
        found += [row for row in told if row["year"] == told[0]["year"]]
    return sorted(found, key=lambda row: row["exploitation"] != "_T")


def share_name(facts: Facts, row: Row, lang: str) -> str:
    """Whose share it is: of a form by its name, else by the short name of the indicator."""
    if row["exploitation"] != "_T":
        return coded("exploitation", row["exploitation"], lang)
    entry = facts.catalogue[row["indicator"]]
    return str(words(lang).get(f"site.short.{entry['indicator']}", entry[f"name_{lang}"]))


def share_told(row: Row, lang: str) -> str:
    """A share in percent, from bound to bound."""
    least, most = headlines.percents(*bounds(row), lang)
    return say("headline.percent", lang, number=least if least == most else f"{least}–{most}")


def bounds(row: Row) -> tuple[float, float]:
    """The least and the most a share may be."""
    return row["value_low"], 1.0 if row["value_high"] is None else row["value_high"]


def _who(facts: Facts, member: str, lang: str) -> str:
    """Shares by year; what may be anything is not known, a form that may be nobody's is not named."""
    shown = composition(facts, member)
    if not shown:
        return say("site.who_untold", lang)
    forms = [row for row in shown if row["exploitation"] != "_T"]
    told = [row for row in shown if row not in forms and bounds(row) != (0, 1)]
    told += [row for row in forms if row["value_low"] > 0]
    said = []
    for year in sorted({row["year"] for row in told}, reverse=True):
        own = [row for row in told if row["year"] == year]
        parts = [f"{wording.phrase(share_name(facts, row, lang))} {share_told(row, lang)}" for row in own]
        said.append(f"{year}: {'; '.join(parts)}.")
    if len(told) > 1:
        said.append(say("site.who_overlap", lang))
    unknown = [wording.phrase(share_name(facts, r, lang)) for r in shown if r not in forms and r not in told]
    if not any(row in told for row in forms):
        unknown.append(wording.phrase(facts.catalogue[FIRST["composition"]][f"name_{lang}"]))
    if unknown:
        said.append(say("site.who_unknown", lang, what="; ".join(unknown)))
    return " ".join(said)


# ---- what is missing, how far to trust -------------------------------------------------------------


def _missing(facts: Facts, member: str, newest: Row | None, lang: str) -> str:
    """Of the last year that the newest figure's source holds: what is due and not there, or only in part."""
    own = [row for row in facts.coverage.get(member, []) if row["family"] == FIRST["family"]]
    if newest is not None:
        own = [row for row in own if row["collection"] == newest["collection"]]
    due = [row for row in own if not NOT_DUE.issuperset(row["statuses"])]
    if not due:
        return ""
    year = max(row["year"] for row in due)
    found: dict[str, list[str]] = {}
    for measure in sorted({row["measure"] for row in due if row["year"] == year}):
        status = coverage.status(facts, member, FIRST["family"], measure, year)
        found.setdefault(status, []).append(wording.phrase(coded("measure", measure, lang)))
    gaps = [
        say(f"site.gap.{status}", lang, year=year, what="; ".join(found[status]))
        for status in MISSING
        if status in found
    ]
    gaps += _not_counted(facts, member, newest, lang)
    return " ".join(gaps) or say("site.no_gap", lang, year=year)


def _not_counted(facts: Facts, member: str, newest: Row | None, lang: str) -> list[str]:
    """Figures of detected victims of later years that are in doubt or not shown."""
    return [
        say("site.gap.not_counted", lang, year=row["period"], what=row[f"value_{lang}"])
        for row in facts.headlines.get(FIRST["victims"], [])
        if row["reporting_country"] == member
        and row["how"] in wording.MARKS.keys() - {"not_reported"}
        and (newest is None or row["year"] > newest["year"])
    ]


def _trust(facts: Facts, newest: Row | None, lang: str) -> str:
    """What the figure counts, its warnings, another source, and what nobody has answered.

    How old it is stands in the line above, with its year.
    """
    if newest is None:
        return ""
    parts = [
        say(f"caveat.{FIRST['family']}", lang),
        *caveats.each(facts, newest, lang, with_age=False),
        trust.others(facts, newest, lang, in_short=True),
    ]
    if n := trust.asked(facts, newest):
        parts.append(say("site.asked", lang, n=n))
    return " ".join(filter(None, parts))
