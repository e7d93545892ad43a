"""What changed, in few lines near the top of a page, and no more than tables and verdicts say.

Since the release before, in the tests, from one year to the next, by the extract that revised last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from schemas.code_names import coded
from schemas.groupings import DEFAULT
from schemas.words import number, say
from warehouse.publication.site import caveats, inside, wording
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.statements import sentences

CLAIMS = ("rising", "falling")
LEVELS = {"rising": "higher", "falling": "lower", "no_clear_change": "no_clear_difference"}
"""What the verdict on the last years beside the baseline is where it agrees with that on the direction."""
TITLES_SHOWN, TOTALS_SHOWN = 3, 4
"""So many new submissions, and changed totals of a member, are named."""


def of_region(facts: Facts, change: dict[str, Any] | None, lang: str) -> list[dict[str, str]]:
    """The lines of the region: each with its name, its text and the place that says more."""
    year_by_year = ""
    if change:
        first = f"{change['title']}. {change['most']}"
        year_by_year = " ".join(filter(None, [first, change["reporting"], say("site.no_trend", lang)]))
    return _lines(
        lang,
        since_release=(_since_release(facts, facts.members, lang), "new" if facts.before else ""),
        tested=(_tested(facts, lang), "trends"),
        year_by_year=(year_by_year, "change"),
        last_extract=(_last_extract(facts, lang), "revised"),
    )


def of_member(facts: Facts, member: str, lang: str) -> list[dict[str, str]]:
    """The lines of a member; what submissions changed stands below it, one by one."""
    rows = [row for row in facts.headlines.get(FIRST["victims"], []) if row["reporting_country"] == member]
    newest = wording.latest(rows)
    return _lines(
        lang,
        since_release=(_since_release(facts, [member], lang), ""),
        tested=(claimed(facts, newest, lang) if newest else "", ""),
        year_by_year=(_last_two(rows, lang), ""),
    )


def _lines(lang: str, **told: tuple[str, str]) -> list[dict[str, str]]:
    """What there is to say, each with its name and the place that says more, if any."""
    return [
        {"name": say(f"site.changed_{name}", lang), "text": text, "more": more}
        for name, (text, more) in told.items()
        if text
    ]


# ---- since the release before ----------------------------------------------------------------------


def _since_release(facts: Facts, members: Collection[str], lang: str) -> str:
    """Figures that are new, changed or gone beside the release before, and the submissions that came."""
    before = facts.before
    if before is None:
        return say("site.first_release", lang)
    figures = _changed_figures(facts, before, members, lang)
    came = _submissions_that_came(facts, before)
    if not came and not figures:
        return say("site.nothing_since", lang, release=before.release["release"])
    facts_of = {"release": before.release["release"], "day": before.release["as_of"], "n": len(came)}
    said = say("site.since_release", lang, **facts_of)
    if came:
        titles = dict.fromkeys(wording.title(facts, row["collection"], lang) for row in came)
        said += f" ({'; '.join(list(titles)[:TITLES_SHOWN])}{'; …' if len(titles) > TITLES_SHOWN else ''})"
    return f"{said}. {figures or say('site.no_figure_changed', lang)}"


def _submissions_that_came(facts: Facts, before: Facts) -> list[Row]:
    """The submissions that the release before had not, and that are in force.

    The status of a protected one is not told: it is in force where the protected counts cite it.
    """
    known = {row["submission"] for row in before.submissions}
    return [
        row
        for row in facts.submissions
        if row["submission"] not in known
        and (row["status"] == "accepted" or row["submission"] in facts.cited)
    ]


def _changed_figures(facts: Facts, before: Facts, members: Collection[str], lang: str) -> str:
    """How many figures of the members are new, changed or gone: of years, else of parts; protected counts."""
    old, new = ({k: v for k, v in one.told.items() if k[1] in members} for one in (before, facts))
    said = _counted_changes("site.figures_changed", old, new, lang) or _counted_changes(
        "site.values_changed", _of(before.values, members), _of(facts.values, members), lang
    )
    protected = (_of(before.protected, members), _of(facts.protected, members))
    return " ".join(filter(None, [said, _counted_changes("site.protected_changed", *protected, lang)]))


def _of(by_country: Mapping[str, Mapping[Any, Any]], members: Collection[str]) -> dict[Any, Any]:
    """The values of these countries, by country and key."""
    return {(m, key): value for m in members for key, value in by_country.get(m, {}).items()}


def _counted_changes(sentence: str, old: Mapping[Any, Any], new: Mapping[Any, Any], lang: str) -> str:
    """The sentence with how many are new, changed or gone; nothing where none is."""
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[key] != new[key] for key in new.keys() & old.keys()),
        "gone": len(old.keys() - new.keys()),
    }
    told = {name: number(n, lang) for name, n in counts.items()}
    return say(sentence, lang, **told) if any(counts.values()) else ""


# ---- what submissions revised ------------------------------------------------------------------------


def _last_extract(facts: Facts, lang: str) -> str:
    """The totals of detected victims that the newest submission with any changed or took out; shifts."""
    received = {row["submission"]: row for row in facts.submissions}
    rows = [r for r in facts.revised_totals if r["measure"] == FIRST["measure"] and r["old_low"] is not None]
    if not rows:
        return ""
    newest = max((r["new_submission"] for r in rows), key=lambda name: (received[name]["received_on"], name))
    own = [row for row in rows if row["new_submission"] == newest]
    said = say(
        "site.last_extract",
        lang,
        title=wording.title(facts, received[newest]["collection"], lang),
        new=received[newest]["received_on"],
        old=received[own[0]["old_submission"]]["received_on"],
        n=len(own),
    )
    moved = [row["reporting_country"] for row in facts.shifts if row["new_submission"] == newest]
    if not moved:
        return said
    names = ", ".join(facts.name(country, lang) for country in dict.fromkeys(moved))
    return f"{said} {say('site.some_shifted', lang, countries=names)}"


def shifted(
    facts: Facts, lang: str, *, country: str = "", submission: str = "", indicator: str = ""
) -> list[str]:
    """Series that look like those of the submission before, a year away: one shift and not many revisions."""
    return [
        say(
            "site.shifted_earlier" if row["years"] < 0 else "site.shifted_later",
            lang,
            country=facts.name(row["reporting_country"], lang),
            measure=coded("measure", row["measure"], lang),
            n=row["same"],
            first=row["first"],
            last=row["last"],
        )
        for row in facts.shifts
        if country in ("", row["reporting_country"])
        and submission in ("", row["new_submission"])
        and (not indicator or facts.is_of(indicator, row))
    ]


def is_shifted(facts: Facts, row: Row) -> bool:
    """Whether a changed total is of a series that looks shifted."""
    return any(
        (shift["reporting_country"], shift["measure"], shift["new_submission"])
        == (row["reporting_country"], row["measure"], row["new_submission"])
        and shift["first"] <= row["year"] <= shift["last"] + 1
        for shift in facts.shifts
    )


def by_submissions(facts: Facts, member: str, lang: str) -> list[dict[str, str]]:
    """What submissions changed of what was there: counted, whether it looks shifted, the newest totals.

    Each with the indicator whose page lists the changed totals, if any. That nothing changed is said only of
    a member of which something came, and whose values are all open: revisions of protected ones are not told.
    """
    counts = [
        _counted(facts, list(rows), lang)
        for _, rows in groupby(facts.revisions.get(member, []), key=lambda row: row["new_submission"])
    ]
    totals = [
        {"text": revised_total(row, lang), "indicator": _counting(facts, row)}
        for row in facts.revised_totals
        if row["reporting_country"] == member and row["old_low"] is not None
    ]
    if not counts and not totals and _has_figures(facts, member) and member not in facts.protected:
        counts = [say("site.nothing_changed", lang)]
    said = [*counts, *shifted(facts, lang, country=member)]
    return [{"text": text, "indicator": ""} for text in said] + totals[-TOTALS_SHOWN:]


def _counting(facts: Facts, row: Row) -> str:
    """The indicator that counts the measure of a changed total, if any."""
    [name] = {s["collection"] for s in facts.submissions if s["submission"] == row["new_submission"]}
    return facts.counts.get((facts.collections[name]["family"], row["measure"]), "")


def _has_figures(facts: Facts, member: str) -> bool:
    """Whether any figure of a member is told."""
    return any(country == member for _, country, _ in facts.told)


def revised_total(row: Row, lang: str) -> str:
    """A total that a submission changed, before and now."""
    old, new = (wording.told_or_not(row, which, lang) for which in ("old", "new"))
    measure = coded("measure", row["measure"], lang)
    return say("site.revised_total", lang, measure=measure, year=row["year"], old=old, new=new)


def _counted(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """What one submission changed, how many values of each kind, and against which submission."""
    received = {row["submission"]: row for row in facts.submissions}
    new, old = (received[rows[0][f"{which}_submission"]] for which in ("new", "old"))
    counts = [f"{number(row['n'], lang)} {say('site.revision.' + row['kind'], lang)}" for row in rows]
    return say(
        "site.changed_since",
        lang,
        title=wording.title(facts, new["collection"], lang),
        new=new["received_on"],
        old=old["received_on"],
        counts="; ".join(counts),
    )


# ---- from year to year, and what the tests say of it ------------------------------------------------


def _last_two(rows: Sequence[Row], lang: str) -> str:
    """The last two figures of detected victims, side by side."""
    told = sorted((row for row in rows if wording.is_told(row)), key=lambda row: row["year"])[-2:]
    if len(told) < 2:
        return ""
    facts_of = {
        f"{which}_{what}": row[column]
        for which, row in zip(("first", "last"), told, strict=True)
        for what, column in (("year", "period"), ("value", f"value_{lang}"))
    }
    said = f"{say('site.two_years', lang, **facts_of)} {say('site.no_trend', lang)}"
    return said if told[1]["year"] - told[0]["year"] == 1 else f"{said} {say('site.none_between', lang)}"


def _tested(facts: Facts, lang: str) -> str:
    """The verdict on the sum of the same members, and those on the members."""
    rows = facts.headlines.get(FIRST["victims"], [])
    if not rows:
        return ""
    regional = [
        row
        for row in facts.regions.get(FIRST["victims"], [])
        if row["reporting_country"] == DEFAULT and row["origin_class"] == "_T" and row["direction"]
    ]
    said = [f"{say('site.same_members', lang)} {_both_tests(facts, regional[-1], lang)}"] if regional else []
    return " ".join([*said, wording.claims(facts, rows, lang)])


def _both_tests(facts: Facts, row: Row, lang: str) -> str:
    """The verdict on a direction, in short what the last years are beside the baseline, and the doubts."""
    said, trend = [verdict(facts, row, lang)], facts.trend(row)
    if trend is None:
        return said[0]
    if trend["level"] in LEVELS.values():
        last, baseline = (
            str(trend[column]).removeprefix("own:").replace("-", "–")
            for column in ("last_years", "baseline_period")
        )
        said.append(say(f"site.level.{trend['level']}", lang, last=last, baseline=baseline))
        if row["direction"] in CLAIMS and _is_apart(row, trend):
            said.append(say("site.other_spans", lang))
    largest = inside.outweighs(facts, row, lang)
    said += sentences.doubts(trend, lang, with_largest=not largest)
    return " ".join(filter(None, [*said, largest]))


def claimed(facts: Facts, row: Row, lang: str) -> str:
    """The verdict; a rise or a fall with what speaks against it."""
    said, trend = verdict(facts, row, lang), facts.trend(row)
    if trend is None or row["direction"] not in CLAIMS:
        return said
    return " ".join([said, *sentences.doubts(trend, lang)])


def tested(facts: Facts, row: Row, lang: str) -> str:
    """The verdict on the direction of a series with its years and doubts, or that none is given and why."""
    said = f"{verdict(facts, row, lang)} {caveats.of_verdict(facts, row, lang)}".strip()
    trend = facts.trend(row)
    return f"{said} {say('site.two_tests', lang)}" if trend and _is_apart(row, trend) else said


def _is_apart(row: Row, trend: Row) -> bool:
    """Whether the verdict on the last years beside the baseline is another than that on the direction."""
    agrees = LEVELS.get(row["direction"] or "")
    return agrees is not None and trend["level"] in LEVELS.values() and trend["level"] != agrees


def verdict(facts: Facts, row: Row, lang: str) -> str:
    """The verdict alone."""
    if not row["direction"] or row["tested_from"] is None:
        return say("site.tested.none", lang)
    trend = facts.trend(row)
    facts_of = {
        "first": row["tested_from"],
        "last": row["tested_to"],
        "reason": sentences.reason(trend["why_not"] if trend else None, lang),
    }
    return say(f"site.tested.{row['direction']}", lang, **facts_of)
