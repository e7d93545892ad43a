"""The summary of changes near the top of a page. It agrees with the tables and verdicts below.

It covers changes since the previous release, the trend tests, the latest yearly change, and the extract that
last revised totals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.codelists import codelist
from schemas.flags import has_flag
from schemas.groupings import DEFAULT_GROUPING
from schemas.words import column_text, number, say
from warehouse.build.statistics.changes import OTHER_KIND
from warehouse.build.statistics.rows import bound
from warehouse.publication.site import caveats, origin_summary, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content
from warehouse.statements import judgement_sentences, sentences
from warehouse.statements.change_sentences import window_text

if TYPE_CHECKING:
    from schemas.tables.rows import (
        ChangesRow,
        HeadlineRow,
        LabelledFigure,
        RevisionsRow,
        StatementsRow,
        SubmissionsRow,
    )
    from warehouse.publication.site.query_rows import RevisionCount

TABLES = "region_tables.html"
"""The page with the tables of the region."""
CLAIMED_DIRECTIONS = ("rising", "falling")
"""Directions that a page may claim."""
LEVELS = ("higher", "lower", "no_clear_difference")
"""Verdicts on the level of the last years."""
TITLES_SHOWN, TOTALS_SHOWN = 3, 4
"""How many new submissions, and how many changed totals of a member, are named."""


def region_lines(facts: Facts, change: Content | None, lang: str) -> list[dict[str, str]]:
    """Return the lines of the region: name, text, and the section of the page with more detail."""
    year_by_year = ""
    if change:
        parts = [f"{change['title']}.", change["most"], change["reporting"], say("site.no_trend", lang)]
        year_by_year = " ".join(filter(None, parts))
    return _lines(
        lang,
        since_release=(
            _since_release_sentence(facts, facts.members, lang),
            f"{TABLES}#new" if facts.before else "",
        ),
        tested=(_region_verdicts(facts, lang), "trends"),
        may_say=_window_lines(facts, DEFAULT_GROUPING, lang).get("may_say", ("", "")),
        year_by_year=(year_by_year, "change"),
        last_extract=(_last_revision_sentence(facts, lang), f"{TABLES}#revised"),
    )


def member_lines(facts: Facts, member: str, lang: str) -> list[dict[str, str]]:
    """Return the lines of a member. The page lists the revisions of submissions below them."""
    rows = [
        row for row in facts.headlines.get(PAGE_SERIES["victims"], []) if row["reporting_country"] == member
    ]
    newest = wording.latest_number(rows)
    return _lines(
        lang,
        since_release=(_since_release_sentence(facts, [member], lang), ""),
        tested=(verdict_with_doubts(facts, newest, lang) if newest else "", ""),
        **_window_lines(facts, member, lang),
        year_by_year=(_last_two_figures(facts, rows, newest, lang), ""),
    )


def _window_lines(facts: Facts, country: str, lang: str) -> dict[str, tuple[str, str]]:
    """Return the change of detected victims between two windows, and whether it may be said to be rising."""
    rows = facts.changes.get((PAGE_SERIES["victims"], country), [])
    if not rows:
        return {}
    change = window_change(facts, rows[0], lang)
    return {"windows": (change["text"], ""), "may_say": (change["answer"], "")}


def window_changes(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    """Return the changes of an indicator's totals between two windows: regions, then members."""
    countries = [country for name, country in facts.changes if name == indicator]
    ordered = [
        country for country in (DEFAULT_GROUPING, *facts.members_by_name(lang)) if country in countries
    ]
    return [window_change(facts, facts.changes[indicator, country][0], lang) for country in ordered]


def windows_in_short(facts: Facts, indicator: str, lang: str) -> list[dict[str, str]]:
    """Return each conclusion on an indicator's totals with its regions and members, and their windows."""
    rows = [
        facts.changes[indicator, country][0]
        for country in (DEFAULT_GROUPING, *facts.members_by_name(lang))
        if (indicator, country) in facts.changes
    ]
    conclusions = codelist("change_conclusion")
    return [
        {
            "name": conclusions[code].name(lang),
            "text": "; ".join(_with_windows(facts, row, lang) for row in rows if row["conclusion"] == code),
        }
        for code in conclusions
        if any(row["conclusion"] == code for row in rows)
    ]


def _with_windows(facts: Facts, row: ChangesRow, lang: str) -> str:
    """Return the name of a region or member, its windows, and what it counts if that is another thing."""
    parts = []
    if row["why_not"] is None and row["direction"] not in CLAIMED_DIRECTIONS:
        earlier, later = (window_text(row[part], lang) for part in ("earlier_window", "later_window"))
        parts.append(say("site.windows_of", lang, earlier=earlier, later=later))
    if has_flag(row["flag"], OTHER_KIND):
        parts.append(wording.phrase(name_in_list("counted_unit", str(row["counted_unit"]), lang)))
    name = facts.name(row["reporting_country"], lang)
    return f"{name} ({'; '.join(parts)})" if parts else name


def window_change(facts: Facts, row: ChangesRow, lang: str) -> dict[str, str]:
    """Return a change between two windows in words, and whether it may be said to be rising."""
    return {
        "name": facts.name(row["reporting_country"], lang),
        "text": wording.with_collection_titles(facts, column_text(row, "sentence", lang), lang),
        "answer": column_text(row, "answer", lang),
    }


_FOLDED = "windows"
"""The line whose text a reader opens, since its answer stands below it."""


def _lines(lang: str, **texts: tuple[str, str]) -> list[Content]:
    """Return the lines with a text: name, text, the section with more detail, and whether it is folded."""
    return [
        {
            "name": say(f"site.changed_{name}", lang),
            "text": text,
            "more": section,
            "is_folded": name == _FOLDED,
        }
        for name, (text, section) in texts.items()
        if text
    ]


# ---- changes since the previous release ------------------------------------------------------------


def _since_release_sentence(facts: Facts, members: Collection[str], lang: str) -> str:
    """Describe new, changed and removed figures since the previous release, and new submissions."""
    before = facts.before
    if before is None:
        return say("site.first_release", lang)
    figures = _changes_sentences(facts, members, lang)
    submissions = _new_submissions(facts, before)
    if not submissions and not figures:
        return say("site.nothing_since", lang, release=before.release["release"])
    parameters = {"release": before.release["release"], "day": before.release["as_of"], "n": len(submissions)}
    sentence = say("site.since_release", lang, **parameters)
    if submissions:
        titles = dict.fromkeys(
            wording.collection_title(facts, row["collection"], lang) for row in submissions
        )
        sentence += (
            f" ({'; '.join(list(titles)[:TITLES_SHOWN])}{'; …' if len(titles) > TITLES_SHOWN else ''})"
        )
    return f"{sentence}. {figures or say('site.no_figure_changed', lang)}"


def _new_submissions(facts: Facts, before: Facts) -> list[SubmissionsRow]:
    """Return the submissions in force that the previous release did not have.

    The release does not publish the status of a protected submission. It is in force if the protected counts
    cite it.
    """
    earlier = {row["submission"] for row in before.submissions}
    return [
        row
        for row in facts.submissions
        if row["submission"] not in earlier
        and (row["status"] == "accepted" or row["submission"] in facts.cited_submissions)
    ]


def _changes_sentences(facts: Facts, members: Collection[str], lang: str) -> str:
    """Count new, changed and removed figures of the members.

    Figures of years come first; values of parts are counted only if none of those changed.
    """
    figures, values, protected = (
        _changes_sentence(facts, kind, members, lang) for kind in ("figures", "values", "protected")
    )
    return " ".join(filter(None, [figures or values, protected]))


def _changes_sentence(facts: Facts, kind: str, members: Collection[str], lang: str) -> str:
    """Return the sentence with the numbers of new, changed and removed values. Empty for none."""
    by_country = facts.differences[kind]
    counts = sum((by_country[member] for member in members if member in by_country), Counter[str]())
    numbers = {name: number(counts[name], lang) for name in ("new", "changed", "gone")}
    return say(f"site.{kind}_changed", lang, **numbers) if counts else ""


# ---- revisions by submissions ----------------------------------------------------------------------


def last_revision(facts: Facts) -> tuple[SubmissionsRow, SubmissionsRow, list[RevisionsRow]] | None:
    """Return the newest submission that revised totals of victims, the one before it, and these totals."""
    submissions = {row["submission"]: row for row in facts.submissions}
    rows = [
        row
        for row in facts.revised_totals
        if row["measure"] == PAGE_SERIES["measure"]
        and row["old_low"] is not None
        and submissions[row["new_submission"]]["withdrawn_on"] is None
    ]
    if not rows:
        return None
    newest = max(
        (row["new_submission"] for row in rows),
        key=lambda name: (submissions[name]["received_on"], int(name.rpartition(".")[2])),
    )
    newest_rows = [row for row in rows if row["new_submission"] == newest]
    return submissions[newest], submissions[newest_rows[0]["old_submission"]], newest_rows


def _last_revision_sentence(facts: Facts, lang: str) -> str:
    """Describe totals of victims that the newest revising submission changed or removed, and shifts."""
    revision = last_revision(facts)
    if revision is None:
        return ""
    new, old, rows = revision
    sentence = say(
        "site.last_extract",
        lang,
        title=wording.collection_title(facts, new["collection"], lang),
        new=new["received_on"],
        old=old["received_on"],
        n=len(rows),
    )
    shifted = [row["reporting_country"] for row in facts.shifts if row["new_submission"] == new["submission"]]
    if not shifted:
        return sentence
    names = ", ".join(facts.name(country, lang) for country in dict.fromkeys(shifted))
    return f"{sentence} {say('site.some_shifted', lang, countries=names)}"


def shift_sentences(
    facts: Facts, lang: str, *, country: str = "", submission: str = "", indicator: str = ""
) -> list[str]:
    """Return a sentence for each series that looks moved by a year since the previous submission.

    A page shows such a series as a shift, not as many revisions.
    """
    return [
        say(
            f"site.shifted_{row['code']}",
            lang,
            country=facts.name(row["reporting_country"], lang),
            measure=name_in_list("measure", str(row["measure"]), lang),
            n=number(bound(row["value_low"]), lang),
            first=f"{bound(row['other_low']):.0f}",
            last=row["year"],
        )
        for row in facts.shifts
        if country in ("", row["reporting_country"])
        and submission in ("", row["new_submission"])
        and (not indicator or facts.uses(indicator, row["collection"], row["measure"]))
    ]


def looks_shifted(facts: Facts, row: RevisionsRow | StatementsRow) -> bool:
    """Return whether a changed total of a country belongs to a series that looks shifted."""
    key = (row["reporting_country"], str(row["measure"]), row["year"], row["new_submission"])
    return key in facts.shifted_totals


def revision_lines(facts: Facts, member: str, lang: str) -> list[dict[str, str]]:
    """Return the revisions of a member: numbers by submission, shifts, and the newest totals.

    Each total has the indicator whose page lists it, if any. The page states that nothing changed only for a
    member that has figures and no protected values, since revisions of protected values are not published.
    """
    counts = [
        _revision_counts_sentence(facts, list(rows), lang)
        for _, rows in groupby(facts.revisions.get(member, []), key=lambda row: row["new_submission"])
    ]
    totals = [
        {"text": _revised_total_sentence(row, lang), "indicator": _counting_indicator(facts, row)}
        for row in facts.revised_totals
        if row["reporting_country"] == member and row["old_low"] is not None
    ]
    if not counts and not totals and _has_figures(facts, member) and member not in facts.protected_counts:
        counts = [say("site.nothing_changed", lang)]
    texts = [*counts, *shift_sentences(facts, lang, country=member)]
    return [{"text": text, "indicator": ""} for text in texts] + totals[-TOTALS_SHOWN:]


def _revised_total_sentence(row: RevisionsRow, lang: str) -> str:
    old, new = _old_and_new_bounds(row)
    return judgement_sentences.revised_total_sentence(row["measure"], row["year"], old, new, lang)


def old_and_new(row: RevisionsRow, lang: str) -> tuple[str, str]:
    """Return the old and the new value of a changed total."""
    old, new = _old_and_new_bounds(row)
    return judgement_sentences.revised_value(old, lang), judgement_sentences.revised_value(new, lang)


def _old_and_new_bounds(row: RevisionsRow) -> tuple[judgement_sentences.Bounds, judgement_sentences.Bounds]:
    return (row["old_low"], row["old_high"]), (row["new_low"], row["new_high"])


def _counting_indicator(facts: Facts, row: RevisionsRow) -> str:
    """Return the indicator that counts the measure of a changed total, or an empty string."""
    [name] = {s["collection"] for s in facts.submissions if s["submission"] == row["new_submission"]}
    return facts.counts.get((facts.collections[name]["family"], row["measure"]), "")


def _has_figures(facts: Facts, member: str) -> bool:
    """Return whether the release has a figure of a member."""
    return any(country == member for _, country, _ in facts.numeric_values)


def _revision_counts_sentence(facts: Facts, rows: Sequence[RevisionCount], lang: str) -> str:
    """Return the number of values that a submission changed, by kind, and the submission it replaced."""
    submissions = {row["submission"]: row for row in facts.submissions}
    new, old = (submissions[rows[0][name]] for name in ("new_submission", "old_submission"))
    counts = [
        f"{number(row['n'], lang)} {say('site.revision.' + row['kind'], lang, n=row['n'])}" for row in rows
    ]
    return say(
        "site.changed_since",
        lang,
        title=wording.collection_title(facts, new["collection"], lang),
        new=new["received_on"],
        old=old["received_on"],
        counts="; ".join(counts),
    )


# ---- yearly changes and trend tests ----------------------------------------------------------------


def _last_two_figures(
    facts: Facts, rows: Sequence[HeadlineRow], newest: HeadlineRow | None, lang: str
) -> str:
    """Return a sentence with the last two figures of detected victims."""
    before = next((row for row in rows if facts.judgements(row, "figure_before")), None)
    if newest is None or before is None:
        return ""
    [judgement] = facts.judgements(before, "figure_before")
    parameters = {
        "first_year": before["period"],
        "first_value": column_text(before, "value", lang),
        "last_year": newest["period"],
        "last_value": column_text(newest, "value", lang),
    }
    sentence = f"{say('site.two_years', lang, **parameters)} {say('site.no_trend', lang)}"
    return sentence if judgement["code"] == "year_before" else f"{sentence} {say('site.none_between', lang)}"


def _region_verdicts(facts: Facts, lang: str) -> str:
    """Return the verdict on the sum of the same members, and those on the members."""
    rows = facts.headlines.get(PAGE_SERIES["victims"], [])
    if not rows:
        return ""
    regional = [
        row
        for row in facts.regions.get(PAGE_SERIES["victims"], [])
        if row["reporting_country"] == DEFAULT_GROUPING and row["origin_class"] == "_T" and row["direction"]
    ]
    parts = (
        [f"{say('site.same_members', lang)} {_direction_and_level(facts, regional[-1], lang)}"]
        if regional
        else []
    )
    return " ".join([*parts, wording.claims_sentence(facts, rows, lang)])


def _direction_and_level(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return the verdict on the direction, in short that on the level, and the doubts."""
    parts, trend = [verdict_sentence(facts, row, lang)], facts.trend(row)
    if trend is None:
        return parts[0]
    if trend["level"] in LEVELS:
        last, baseline = (
            str(trend[column]).removeprefix("own:").replace("-", "–")
            for column in ("last_years", "baseline_period")
        )
        parts.append(say(f"site.level.{trend['level']}", lang, last=last, baseline=baseline))
        if row["direction"] in CLAIMED_DIRECTIONS and _tests_disagree(facts, row):
            parts.append(say("site.other_spans", lang))
    largest = origin_summary.majority_member_sentence(facts, row, lang)
    parts += sentences.doubts(trend, lang, with_largest=not largest)
    return " ".join(filter(None, [*parts, largest]))


def verdict_with_doubts(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return the verdict; a rise or a fall with its doubts."""
    sentence, trend = verdict_sentence(facts, row, lang), facts.trend(row)
    if trend is None or row["direction"] not in CLAIMED_DIRECTIONS:
        return sentence
    remarks = [sentences.turn_sentence(trend, lang), *sentences.doubts(trend, lang)]
    return " ".join(filter(None, [sentence, *remarks]))


def verdict_paragraph(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return the verdict on a direction with its years and doubts, or the reason why there is none."""
    paragraph = f"{verdict_sentence(facts, row, lang)} {caveats.verdict_caveats(facts, row, lang)}".strip()
    return f"{paragraph} {say('site.two_tests', lang)}" if _tests_disagree(facts, row) else paragraph


def _tests_disagree(facts: Facts, row: LabelledFigure) -> bool:
    """Return whether the verdict on the level disagrees with that on the direction."""
    return bool(facts.judgements(row, "verdict"))


def verdict_sentence(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return the verdict without doubts."""
    if not row["direction"] or row["tested_from"] is None:
        return say("site.tested.none", lang)
    trend = facts.trend(row)
    parameters = {
        "first": row["tested_from"],
        "last": row["tested_to"],
        "reason": sentences.reason(trend["why_not"] if trend else None, lang),
    }
    return say(f"site.tested.{row['direction']}", lang, **parameters)
