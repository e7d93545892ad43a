"""Summary of a member at the top of its page: a few lines with verdicts and figures of the release.

The lines cover origin, profile of victims, trend, gaps, and reliability. If the release lacks an answer, the
line states that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.words import column_text, say, words
from warehouse.build.statistics.rows import needed_number
from warehouse.publication.chart_titles import years_text
from warehouse.publication.origin_years import Years
from warehouse.publication.site import caveats, changes, coverage, trust, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.statements import headlines
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineOriginRow, HeadlineRow, IndicatorValuesRow, StatementsRow
    from warehouse.publication.site.query_rows import OriginFlow

Line = dict[str, str]
MISSING = ("late", *coverage.WITHOUT_TOTAL, "partial", "only_areas", "in_quarantine", "withdrawn")
"""Statuses of a year that the page lists as missing."""


def member_lines(facts: Facts, member: str, newest: HeadlineRow | None, lang: str) -> list[Line]:
    """Return the lines of a member whose newest figure is `newest`.

    Each has a name, a text, and the section of the page with more detail.
    """
    lines = {
        "origin": (_origin_line(facts, member, newest, lang), "origin"),
        "abroad": (_abroad_line(facts, member, lang), "abroad"),
        "who": (_composition_line(facts, member, lang), "composition"),
        "direction": (changes.verdict_with_doubts(facts, newest, lang) if newest else "", "changed"),
        "missing": (_missing_line(facts, member, newest, lang), "sent"),
        "trust": (_trust_line(facts, newest, lang), "trust"),
    }
    return [
        {"name": say(f"site.known.{name}", lang), "text": text, "more": section}
        for name, (text, section) in lines.items()
        if text
    ]


# ---- origins of victims ----------------------------------------------------------------------------


def origin_years(facts: Facts, member: str) -> Years | None:
    """Return the years of the preferred source's table of origins of detected victims, or None."""
    collection = facts.origin_collections.get(member)
    return facts.years(collection, member, PAGE_SERIES["measure"]) if collection else None


def newest_origin_shares(facts: Facts, member: str) -> list[HeadlineOriginRow]:
    """Return the shares of origin of the newest year that has any."""
    shares = facts.origins.get(PAGE_SERIES["origin_shares"], [])
    return wording.newest_origins([row for row in shares if row["reporting_country"] == member])


def _origin_line(facts: Facts, member: str, newest: HeadlineRow | None, lang: str) -> str:
    """Describe the origins: a gap in the last year, the sure majority, and the newest shares."""
    text, years = short_origin_text(facts, member, newest, lang), origin_years(facts, member)
    if years is None:
        return text
    kind = years.majority
    shares = newest_origin_shares(facts, member)
    warnings = [
        f"{column_text(row, 'flags', lang)}." for row in shares if row["origin_class"] == kind and row["flag"]
    ]
    return " ".join(filter(None, [text, _shares_sentence(shares, kind, lang), *warnings]))


def short_origin_text(facts: Facts, member: str, newest: HeadlineRow | None, lang: str) -> str:
    """Describe a gap in the origins of the last year, and the sure majority with its years."""
    years = origin_years(facts, member)
    if years is None:
        return say("site.from.no_table", lang)
    gap = _gap_sentence(years, newest_origin_shares(facts, member), newest, lang)
    return " ".join(filter(None, [gap, majority_sentence(years, lang)]))


def majority_sentence(years: Years, lang: str) -> str:
    """Name the sure majority and its years; if it changed, the majority of each year."""
    judged_years = [*years.majorities]
    if years.majority == "none" and any(name in wording.CLASSES for name in years.majorities.values()):
        return _majorities_sentence(years.majorities, lang)
    return say(
        f"site.from.{years.majority}", lang, years=years_text(judged_years), grouping=years.facts["grouping"]
    )


def _majorities_sentence(majorities: Mapping[int, str], lang: str) -> str:
    """List each class with the years in which it was the majority, and the years without any."""
    years_by_class: dict[str, list[int]] = {}
    for year, name in majorities.items():
        years_by_class.setdefault(name if name in wording.CLASSES else "", []).append(year)
    rest = years_by_class.pop("", [])
    parts = [
        f"{say(f'site.class_of.{name}', lang)} ({years_text(class_years)})"
        for name, class_years in years_by_class.items()
    ]
    sentence = say("site.from.each", lang, parts="; ".join(parts))
    return f"{sentence} {say('site.from.rest', lang, years=years_text(rest))}" if rest else sentence


def _shares_sentence(shares: Sequence[HeadlineOriginRow], kind: str, lang: str) -> str:
    """Return the newest share of the majority class; the shares of all classes if there is none."""
    by_class = {
        row["origin_class"]: column_text(row, "value", lang) for row in shares if wording.is_number(row)
    }
    if not by_class:
        return ""
    if kind in by_class:
        return say("site.share_of", lang, year=shares[0]["period"], share=by_class[kind])
    shares_by_class = [
        f"{say(f'site.class_of.{name}', lang)} {by_class[name]}"
        for name in wording.CLASSES
        if name in by_class
    ]
    return say("site.share_in", lang, year=shares[0]["period"], share="; ".join(shares_by_class))


def _gap_sentence(
    years: Years, shares: Sequence[HeadlineOriginRow], newest: HeadlineRow | None, lang: str
) -> str:
    """State that a year after the newest shares has a figure but no origins."""
    if unknown := unknown_origins_sentence(years, "from_gap", lang):
        return unknown
    if newest is None or (shares and shares[0]["year"] >= newest["year"]):
        return ""
    return say("site.from_no_share", lang, year=newest["period"])


def unknown_origins_sentence(years: Years, kind: str, lang: str) -> str:
    """Return the sentence on unknown origins of the last year with a total, if they are most of it.

    `kind` is `from_gap` or `last_unknown`; the sentence differs if all are unknown.
    """
    with_total = years.totals.loc[years.totals["total_low"].notna(), "year"]
    unknown = years.unknown.get(with_total.max())
    if unknown is None or unknown.code == "not_mostly_unknown":
        return ""
    return say(
        f"site.{kind}_all" if unknown.code == "all_unknown" else f"site.{kind}",
        lang,
        year=unknown.year,
        hidden=persons_text(unknown.value_low, unknown.value_high, lang),
        total=persons_text(unknown.other_low, unknown.other_high, lang),
    )


def _abroad_line(facts: Facts, member: str, lang: str) -> str:
    """Describe the nationals named in other members' newest tables, and the country with most of them."""
    most = facts.nationals_elsewhere.get(member)
    if most is None:
        return ""
    return say(
        "site.known_abroad",
        lang,
        year=most["year"],
        value=persons_text(most["other_low"], most["other_low"], lang),
        country=facts.name(str(most["member"]), lang),
        there=persons_text(most["value_low"], most["value_low"], lang),
    )


def flows_abroad(facts: Facts, member: str, year: int) -> list[OriginFlow]:
    """List the flows to other members whose tables surely name nationals of a member in a year."""
    return [
        flow
        for flow in facts.flows
        if (flow["origin"], flow["year"]) == (member, year)
        and flow["reporting_country"] != member
        and flow["persons_low"] > 0
    ]


# ---- profile of victims ----------------------------------------------------------------------------


def composition_rows(facts: Facts, member: str) -> list[IndicatorValuesRow]:
    """Return the newest year of each share that describes victims; forms of exploitation last."""
    newest_rows: list[IndicatorValuesRow] = []
    for indicator in facts.catalogue:
        rows = [r for r in facts.victim_shares.get((indicator, member), []) if r["value_low"] is not None]
        newest_rows += [row for row in rows if row["year"] == rows[0]["year"]]
    return sorted(newest_rows, key=lambda row: row["exploitation"] != "_T")


def share_name(facts: Facts, row: IndicatorValuesRow, lang: str) -> str:
    """Return the name of the form of exploitation, else the indicator's short name."""
    if row["exploitation"] != "_T":
        return name_in_list("exploitation", row["exploitation"], lang)
    entry = facts.catalogue[row["indicator"]]
    return str(words(lang).get(f"site.short.{entry['indicator']}", column_text(entry, "name", lang)))


def share_text(row: IndicatorValuesRow, lang: str) -> str:
    """Return a share in percent, from bound to bound."""
    low, high = headlines.percents(*share_bounds(row), lang)
    return say("headline.percent", lang, number=low if low == high else f"{low}–{high}")


def share_bounds(row: IndicatorValuesRow) -> tuple[float, float]:
    """Return the lower and upper bound of a share."""
    return needed_number(row["value_low"]), 1.0 if row["value_high"] is None else row["value_high"]


def _composition_line(facts: Facts, member: str, lang: str) -> str:
    """List the shares by year.

    A share that may be any part counts as unknown. A form of exploitation that may be zero is left out.
    """
    rows = composition_rows(facts, member)
    if not rows:
        return say("site.who_untold", lang)
    forms = [row for row in rows if row["exploitation"] != "_T"]
    codes = [facts.judgements(row, "part_of_all")[0]["code"] for row in rows]
    with_codes = list(zip(rows, codes, strict=True))
    known = [row for row, code in with_codes if row not in forms and code != "any_part"]
    known += [row for row, code in with_codes if row in forms and code == "surely_some"]
    sentences = []
    for year in sorted({row["year"] for row in known}, reverse=True):
        year_rows = [row for row in known if row["year"] == year]
        parts = [
            f"{wording.phrase(share_name(facts, row, lang))} {share_text(row, lang)}" for row in year_rows
        ]
        sentences.append(f"{year}: {'; '.join(parts)}.")
    if len(known) > 1:
        sentences.append(say("site.who_overlap", lang))
    unknown = [wording.phrase(share_name(facts, r, lang)) for r in rows if r not in forms and r not in known]
    if not any(row in known for row in forms):
        unknown.append(wording.phrase(column_text(facts.catalogue[PAGE_SERIES["composition"]], "name", lang)))
    if unknown:
        sentences.append(say("site.who_unknown", lang, what="; ".join(unknown)))
    return " ".join(sentences)


# ---- gaps and reliability --------------------------------------------------------------------------


def _missing_line(facts: Facts, member: str, newest: HeadlineRow | None, lang: str) -> str:
    """Describe overdue and partial measures of the last year that the newest figure's source covers."""
    rows = facts.last_reports.get((member, PAGE_SERIES["family"]), [])
    if newest is not None:
        rows = [row for row in rows if row["collection"] == newest["collection"]]
    if not rows:
        return ""
    gaps = [
        say(f"site.gap.{status}", lang, year=year, what="; ".join(dict.fromkeys(names)))
        for status in MISSING
        for year, names in _measures_by_year(rows, status, lang).items()
    ]
    gaps += _doubtful_later_figures(facts, member, newest, lang)
    return " ".join(gaps) or say("site.no_gap", lang, year=max(row["year"] for row in rows))


def _measures_by_year(rows: Sequence[StatementsRow], status: str, lang: str) -> dict[int, list[str]]:
    """Return the measures whose last year has a status, by that year."""
    names: dict[int, list[str]] = {}
    for row in rows:
        if row["code"] == status:
            name = wording.phrase(name_in_list("measure", str(row["measure"]), lang))
            names.setdefault(row["year"], []).append(name)
    return names


def _doubtful_later_figures(facts: Facts, member: str, newest: HeadlineRow | None, lang: str) -> list[str]:
    """List figures of detected victims of later years that are in doubt or withheld."""
    return [
        say("site.gap.not_counted", lang, year=row["period"], what=column_text(row, "value", lang))
        for row in facts.headlines.get(PAGE_SERIES["victims"], [])
        if row["reporting_country"] == member
        and row["how"] in wording.MARKS.keys() - {"not_reported"}
        and (newest is None or row["year"] > newest["year"])
    ]


def _trust_line(facts: Facts, newest: HeadlineRow | None, lang: str) -> str:
    """Describe the definition of the figure, its warnings, other sources, and open questions.

    Its age is left out because the line above shows it with the year.
    """
    if newest is None:
        return ""
    own_caveat = caveats.series_caveat(facts, newest, lang) or say(f"caveat.{PAGE_SERIES['family']}", lang)
    parts = [
        own_caveat,
        *caveats.figure_warnings(facts, newest, lang, with_age=False),
        trust.other_sources_text(facts, newest, lang, in_short=True),
    ]
    if n := trust.count_open_questions(facts, newest):
        parts.append(say("site.asked", lang, n=n))
    return " ".join(filter(None, parts))
