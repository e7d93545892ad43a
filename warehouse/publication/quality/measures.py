"""How good a collection is, for its quality report: coverage, accuracy, delays, comparability, revisions.

Each function returns the sentences of a concept; none if it is not documented.
"""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from schemas.codelists import codelist
from schemas.words import column_text
from warehouse.publication.quality.facts import CollectionFacts
from warehouse.publication.quality.wording import (
    Gap,
    country_name,
    dimension_name,
    measure_name,
    number_text,
    per_cent,
    quality_text,
    unit_and_flow,
    within_sentence,
)

if TYPE_CHECKING:
    from warehouse.publication.quality.query_rows import Discrepancy, RevisionSizes

ANSWER_STATUSES = ("reported", "partial")
MISSING_STATUSES = ("never", "late", "withdrawn", "in_quarantine", "only_areas")
"""Statuses of a year in which some country reported: those with figures, and those without."""


def coverage(facts: CollectionFacts, lang: str) -> list[str]:
    """Countries, periods, and years by status."""
    values = facts.values
    n = values["countries"]
    countries = quality_text("one_country", lang) if n == 1 else quality_text("countries", lang, n=n)
    statuses = [
        f"{within_sentence(codelist('coverage_status')[c['status']].name(lang))}: {c['n']}"
        for c in facts.rows("coverage")
    ]
    years = [quality_text("years_told", lang, said="; ".join(statuses))] if statuses else []
    return [
        quality_text("places", lang, countries=countries, first=values["first"], last=values["last"]),
        *years,
    ]


def accuracy(facts: CollectionFacts, lang: str) -> list[str]:
    """Rows by status, exact values, flags."""
    values = facts.values
    is_all_exact = values["exact"] == values["n"]
    part = per_cent(values["exact"], values["n"])
    flags = [
        f"{within_sentence(codelist('obs_flag')[f['flag']].name(lang))} ({f['n']})"
        for f in facts.rows("flags")[:5]
    ]
    return [
        row_counts(facts, lang),
        quality_text("all_exact", lang) if is_all_exact else quality_text("exact", lang, part=part),
        *([quality_text("flags", lang, said="; ".join(flags))] if flags else []),
    ]


def row_counts(facts: CollectionFacts, lang: str) -> str:
    """Return the sentence on rows of the last delivery by status."""
    submission = facts.last_submission
    return quality_text(
        "rows",
        lang,
        received=submission["rows_received"],
        accepted=submission["rows_accepted"],
        quarantined=submission["rows_quarantined"],
        out=submission["rows_out_of_scope"],
    )


def over_coverage(facts: CollectionFacts, lang: str) -> list[str]:
    """Repeated persons: recaptures, and series of persons served."""
    sentences = [quality_text("again", lang)] if any(row["again"] for row in facts.rows("measures")) else []
    served_series = {
        (row["reporting_country"], row["measure"]) for row in facts.rows("kinds") if row["flow"] == "served"
    }
    if served_series:
        series = "; ".join(
            f"{country_name(country, lang)}, {measure_name(measure, lang)}"
            for country, measure in sorted(served_series)
        )
        sentences.append(quality_text("served_again", lang, series=series))
    return [*sentences, Gap(quality_text("rate_unknown", lang))] if sentences else []


def under_coverage(facts: CollectionFacts, lang: str) -> list[str]:
    """What lies outside of the collection."""
    limits = [quality_text("outside_scope", lang)] if column_text(facts.card, "scope", lang) else []
    return [*limits, Gap(quality_text("undetected", lang))]


def nonresponse(facts: CollectionFacts, lang: str) -> list[str]:
    """Missing years of countries, and periods without a breakdown."""
    by_status = {row["status"]: row["n"] for row in facts.rows("coverage")}
    n_missing, n_answered = (
        sum(by_status.get(s, 0) for s in statuses) for statuses in (MISSING_STATUSES, ANSWER_STATUSES)
    )
    sentences = []
    if n := n_missing + n_answered:
        part = per_cent(n_missing, n)
        sentences.append(quality_text("unit_nonresponse", lang, missing=n_missing, n=n, part=part))
    periods = {row["dimension"]: row["n"] for row in facts.rows("periods")}
    rates = [
        _item_rate(row["dimension"], row["detailed"], periods[row["dimension"]], lang)
        for row in facts.rows("codes")
    ]
    if rates:
        sentences.append(quality_text("item_nonresponse", lang, dimensions="; ".join(rates)))
    return sentences


def _item_rate(dimension: str, n_detailed: int, n: int, lang: str) -> str:
    """Return the share of periods without a breakdown."""
    n_without = n - n_detailed
    name = within_sentence(dimension_name(dimension, lang))
    return quality_text("without", lang, name=name, part=per_cent(n_without, n), n=n_without, all=n)


def timeliness(facts: CollectionFacts, lang: str) -> list[str]:
    """Days from the end of the last period to the delivery."""
    if facts.card["ended"] is not None:
        return [quality_text("nothing_newer", lang)]
    received_on, last = facts.last_submission["received_on"], facts.values["last"]
    return [quality_text("delay", lang, days=(received_on - last).days, received=received_on)]


def punctuality(facts: CollectionFacts, lang: str) -> list[str]:
    """Days between due date and delivery, for each delivery and the next."""
    if facts.card["ended"] is not None:
        return [quality_text("nothing_newer", lang)]
    deliveries = [
        _delivery(submission["received_on"], submission["last"], facts.card["due_days"], lang)
        for submission in facts.rows("submissions")
        if submission["last"]
    ]
    due = facts.next_due
    days = (facts.as_of - due).days
    if days > 0:
        return [*deliveries, quality_text("next_late", lang, due=due, day=facts.as_of, days=days)]
    return [*deliveries, quality_text("next_due", lang, due=due)]


def _delivery(received_on: date, last: date, due_days: int, lang: str) -> str:
    due = last + timedelta(days=due_days)
    days = (received_on - due).days
    direction = "late" if days > 0 else "early"
    delay = quality_text(direction, lang, days=abs(days)) if days else quality_text("on_time", lang)
    return quality_text("delivered", lang, received=received_on, last=last, due=due, delay=delay)


def comparability_between(facts: CollectionFacts, lang: str) -> list[str]:
    """Pairs of countries by unit and flow. The table has a line a pair."""
    comparisons = [row["comparison"] for row in facts.rows("pairs")]
    if not comparisons:
        return [quality_text("one_reporter", lang)] if facts.values["countries"] == 1 else []
    counts = {name: comparisons.count(name) for name in ("same", "different", "unknown")}
    sentence = quality_text("pairs", lang, n=len(comparisons), **counts)
    return [Gap(sentence) if counts["unknown"] else sentence, quality_text("not_equal", lang)]


def comparable_length(facts: CollectionFacts, lang: str) -> list[str]:
    """Years from the last break on."""
    lengths = [row["n"] for row in facts.rows("lengths")]
    bounds = {"n": len(lengths), "low": min(lengths), "high": max(lengths)}
    if min(lengths) == max(lengths):
        return [quality_text("one_length", lang, **bounds), quality_text("hidden_breaks", lang)]
    middle = number_text(median(lengths), 0 if median(lengths) % 1 == 0 else 1)
    return [quality_text("lengths", lang, **bounds, median=middle), quality_text("hidden_breaks", lang)]


def comparability(facts: CollectionFacts, lang: str) -> list[str]:
    """Ratios to other collections, breaks and open questions."""
    comparisons = [
        quality_text(
            "beside",
            lang,
            **row | {bound: number_text(row[bound], 2) for bound in ("low", "high", "median")},
        )
        for row in facts.rows("comparisons")
    ]
    breaks, open_questions = (sum(row["n"] for row in facts.rows(query)) for query in ("breaks", "open"))
    return [
        *(comparisons or [quality_text("alone", lang)]),
        quality_text("breaks", lang, n=breaks, open=open_questions),
    ]


def discrepancies(facts: CollectionFacts, lang: str) -> list[str]:
    """Differences from other collections by country and measure, with what explains them."""
    if not facts.rows("discrepancies"):
        return [quality_text("alone", lang)]
    sentences = [_discrepancy(row, lang) for row in facts.rows("discrepancies")]
    is_unknown = any(row["same_kind"] is None for row in facts.rows("discrepancies"))
    return [Gap(sentences[0]), *sentences[1:]] if is_unknown else sentences


def _discrepancy(row: Discrepancy, lang: str) -> str:
    series = {
        "other": row["other"],
        "country": country_name(row["reporting_country"], lang),
        "measure": measure_name(row["measure"], lang),
        "n": row["n"],
    }
    if row["low"] == row["high"] == 1:
        return quality_text("equal", lang, **series)
    times = _times(row["low"], row["high"], lang)
    return quality_text("discrepancy", lang, **series, times=times, why=_explanation(row, lang))


def _times(low: float | None, high: float | None, lang: str) -> str:
    """Return the range of ratios of two collections."""
    if low is None:
        return quality_text("no_times", lang)
    lowest, highest = number_text(low, 2), number_text(high, 2)
    if high is None:
        return quality_text("least_times", lang, low=lowest)
    return quality_text("one_time" if lowest == highest else "times", lang, low=lowest, high=highest)


def _explanation(row: Discrepancy, lang: str) -> str:
    """Return what cards and passports of both collections say of a difference."""
    if row["same_kind"]:
        return quality_text("other_coverage" if row["is_scoped"] else "same_kind", lang)
    units = {
        "own": unit_and_flow(row["unit"], row["flow"], lang),
        "theirs": unit_and_flow(row["other_unit"], row["other_flow"], lang),
    }
    return quality_text("unknown_kind" if row["same_kind"] is None else "other_kind", lang, **units)


def revision_sizes(facts: CollectionFacts, lang: str) -> list[str]:
    """Sizes of changes between deliveries."""
    return [_change(row, lang) for row in facts.rows("revisions")] or [quality_text("one_extract", lang)]


def _change(revisions: RevisionSizes, lang: str) -> str:
    middle, upper = revisions["sizes"] or (None, None)
    sizes = {"median": number_text(middle), "upper": number_text(upper)}
    part = per_cent(revisions["revised"], revisions["both"])
    return quality_text("changes", lang, **{**revisions, **sizes, "part": part})
