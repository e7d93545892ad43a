"""What a collection is, for its quality report: contact, concepts, coverage, mandate, calendar, processing.

Each function returns the sentences of a concept; none if it is not documented.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from schemas.cards.series import CONFIRMED_EVIDENCE, INFERRED_EVIDENCE, UNDOCUMENTED_EVIDENCE
from schemas.code_names import name_in_list
from schemas.codelists import NOT_APPLICABLE, TOTAL, codelist, names
from schemas.licences import licence
from schemas.tables import DIMENSIONS
from schemas.words import column_text, say, words
from warehouse.publication.quality.facts import CollectionFacts
from warehouse.publication.quality.wording import (
    Gap,
    announced_days,
    dimension_name,
    measure_name,
    quality_text,
    within_sentence,
)


def contact(facts: CollectionFacts, lang: str) -> list[str]:
    """Offices that answer questions."""
    return [facts.card["contact"]] if facts.card["contact"] else []


def metadata_update(facts: CollectionFacts, lang: str) -> list[str]:
    """Day on which passports were last verified."""
    days = [row["verified_on"] for row in facts.rows("series")]
    verified = [day for day in days if day is not None]
    if not verified:
        return []
    n_unverified = len(days) - len(verified)
    return [
        quality_text("verified", lang, day=max(verified)),
        *([quality_text("unverified", lang, n=n_unverified)] if n_unverified else []),
    ]


def definition(facts: CollectionFacts, lang: str) -> list[str]:
    """Measures, and whether a person may be counted again."""
    measures = facts.rows("measures")
    measure_names = ", ".join(measure_name(row["measure"], lang) for row in measures).capitalize()
    return [measure_names, *([quality_text("again", lang)] if any(row["again"] for row in measures) else [])]


def classifications(facts: CollectionFacts, lang: str) -> list[str]:
    """Breakdowns with their codes."""
    lines = [
        quality_text(
            "classified",
            lang,
            name=dimension_name(row["dimension"], lang),
            codes=_codes_text(row["dimension"], row["codes"], lang),
        )
        for row in facts.rows("codes")
    ]
    return lines or [quality_text("not_broken_down", lang)]


def _codes_text(dimension: str, codes: list[str], lang: str) -> str:
    [values] = [d.values for d in DIMENSIONS if d.name == dimension]
    if values == "country":
        return quality_text("countries_list", lang)
    if dimension not in names():
        return quality_text("labels_list", lang)
    listed_codes = [code for code in codes if code not in (TOTAL, NOT_APPLICABLE)]
    return ", ".join(within_sentence(name_in_list(dimension, code, lang)) for code in listed_codes)


def scope(facts: CollectionFacts, lang: str) -> list[str]:
    """Cases that it covers."""
    unsaid = any(row["is_unsaid"] for row in facts.rows("measures"))
    return [
        column_text(facts.card, "scope", lang) or quality_text("all_cases", lang),
        *([quality_text("unsaid", lang)] if unsaid else []),
    ]


def concepts(facts: CollectionFacts, lang: str) -> list[str]:
    """Spans of series by evidence. The table has them in full."""
    evidence = Counter(row["evidence"] for row in facts.rows("series"))
    answers = _office_answers(facts, lang)
    if not evidence:
        return answers
    counts = {e: evidence[e] for e in (CONFIRMED_EVIDENCE, INFERRED_EVIDENCE, UNDOCUMENTED_EVIDENCE)}
    sentence = quality_text("kinds", lang, n=evidence.total(), **counts)
    return [Gap(sentence) if evidence[UNDOCUMENTED_EVIDENCE] else sentence, *answers]


def _office_answers(facts: CollectionFacts, lang: str) -> list[str]:
    """What the office answered in the workbook of the last submission."""
    lines = (facts.last_submission["justification"] or "").splitlines()
    answers = [
        (f"template.question.{name}", text) for name, _, text in (line.partition(": ") for line in lines)
    ]
    return [
        quality_text("answered", lang, question=words(lang)[key], answer=text)
        for key, text in answers
        if key in words(lang)
    ]


def population(facts: CollectionFacts, lang: str) -> list[str]:
    """Whom or what the family of the collection counts, and that series of another kind do not."""
    is_other = any(row["is_other_kind"] for row in facts.rows("kinds"))
    other = [quality_text("other_population", lang)] if is_other else []
    return [say(f"caveat.{facts.card['family']}", lang), *other]


def mandate(facts: CollectionFacts, lang: str) -> list[str]:
    """Act by which the provider counts."""
    text = column_text(facts.card, "mandate", lang)
    return [text] if text else []


def calendar(facts: CollectionFacts, lang: str) -> list[str]:
    """When the provider's figures are due."""
    card = facts.card
    year = {
        "fiscal": partial(quality_text, "fiscal", lang, month=card["year_starts"]),
        "as_reported": partial(quality_text, "as_reported", lang),
    }
    basis = [year[card["period_basis"]]()] if card["period_basis"] in year else []
    if card["ended"] is not None:
        return [quality_text("ended", lang, ended=card["ended"]), *basis]
    frequency = codelist("frequency")[card["frequency"]].name(lang)
    days = {"days": card["due_days"], "last": facts.values["last"], "due": facts.next_due}
    return [quality_text("due", lang, frequency=frequency, **days), *basis]


def access(facts: CollectionFacts, lang: str) -> list[str]:
    """Release days of lineabase, and who receives the figures first."""
    days = announced_days(facts.as_of)
    return [quality_text("calendar_of_lineabase", lang, days=days), quality_text("simultaneous", lang)]


def burden(facts: CollectionFacts, lang: str) -> list[str]:
    """What is asked of the provider."""
    if facts.card["ended"] is not None:
        return [Gap(quality_text("no_burden", lang))]
    frequency = within_sentence(codelist("frequency")[facts.card["frequency"]].name(lang))
    return [
        Gap(quality_text("burden", lang, frequency=frequency, rows=facts.last_submission["rows_received"]))
    ]


def revision_policy(facts: CollectionFacts, lang: str) -> list[str]:
    """What a delivery replaces."""
    return [quality_text(facts.card["delivery"], lang)]


def source(facts: CollectionFacts, lang: str) -> list[str]:
    """Citation and licence."""
    return [facts.card["citation"], licence(facts.card["licence"], lang)]


def missing_values(facts: CollectionFacts, lang: str) -> list[str]:
    """What a missing cell says."""
    return [quality_text(f"absent.{facts.card['absent_cell']}", lang), quality_text("never_imputed", lang)]


def regional_aggregates(facts: CollectionFacts, lang: str) -> list[str]:
    """Rule of lineabase, and the provider's own."""
    if facts.card["fixed_country"]:
        rule = quality_text("provider_one", lang)
    elif text := column_text(facts.card, "regional_rule", lang):
        rule = quality_text("provider_rule", lang, rule=text)
    else:
        rule = Gap(quality_text("provider_rule", lang, rule=quality_text("undocumented", lang)))
    return [quality_text("own_rule", lang), rule]
