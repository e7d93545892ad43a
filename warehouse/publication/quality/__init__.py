"""Quality reports of collections, in the structure of SIMS 2.0: their concepts in order, and their tables.

facts.py queries the release, content.py describes a collection, measures.py its quality, tables.py has its
long lists; records.py has both for collections of records. All comes from cards, passports and the release.
docs/collections.*.md and the site show it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from schemas.words import column_text, say
from warehouse.publication.quality import content, measures, records
from warehouse.publication.quality.facts import CollectionFacts, RecordFacts, read, read_records
from warehouse.publication.quality.tables import Sheet, pair_sheet, series_sheet
from warehouse.publication.quality.wording import Gap

__all__ = ["CONCEPTS", "RECORD_CONCEPTS", "Item", "Report", "Sheet", "reports"]


@dataclass(frozen=True)
class Item:
    """A concept of the report: its numbers in SIMS and the SDG template, its name, what is known of it."""

    concept: str
    key: str
    name: str
    sentences: list[str]

    @property
    def text(self) -> str:
        """The sentences in a paragraph."""
        return ". ".join(sentence.rstrip(".") for sentence in self.sentences)


@dataclass(frozen=True)
class Report:
    """The quality report of a collection."""

    collection: str
    title: str
    items: list[Item]
    sheets: list[Sheet]


COMPLETENESS = "completeness"
"""The concept that counts the others."""

CONCEPTS: dict[str, tuple[str, Callable[[CollectionFacts, str], list[str]]]] = {
    "contact": ("S.1", content.contact),
    "updated": ("S.2", content.metadata_update),
    "counted": ("S.3.1, {sdg} 2.a", content.definition),
    "classifications": ("S.3.2, {sdg} 2.c", content.classifications),
    "covers": ("S.3.3", content.scope),
    "concepts": ("S.3.4, S.3.5", content.concepts),
    "population": ("S.3.6", content.population),
    "mandate": ("S.6, {sdg} 3.g", content.mandate),
    "calendar": ("S.8.1, {sdg} 3.d", content.calendar),
    "access": ("S.8.3", content.access),
    COMPLETENESS: ("S.10.6.1", lambda facts, lang: []),
    "coverage": ("S.12.3, {sdg} 5", measures.coverage),
    "accuracy": ("S.13.1", measures.accuracy),
    "over_coverage": ("S.13.3.1", measures.over_coverage),
    "under_coverage": ("S.13.3.1", measures.under_coverage),
    "nonresponse": ("S.13.3.3", measures.nonresponse),
    "timeliness": ("S.14.1", measures.timeliness),
    "punctuality": ("S.14.2", measures.punctuality),
    "between": ("S.15.1", measures.comparability_between),
    "length": ("S.15.2", measures.comparable_length),
    "comparability": ("S.15.3", measures.comparability),
    "discrepancies": ("S.15.3, {sdg} 6", measures.discrepancies),
    "burden": ("S.16", content.burden),
    "policy": ("S.17.1", content.revision_policy),
    "revised": ("S.17.2", measures.revision_sizes),
    "source": ("S.18.1, {sdg} 3.a", content.source),
    "missing": ("S.18.5, {sdg} 4.f", content.missing_values),
    "regional": ("S.18.5, {sdg} 4.g", content.regional_aggregates),
}
"""Concepts in order: number, and the function with its sentences. Without sentences it is not documented."""


RECORD_CONCEPTS: dict[str, Callable[[RecordFacts, str], list[str]]] = {
    "contact": content.contact,
    "updated": records.verification,
    "counted": records.content,
    "classifications": records.classifications,
    "covers": records.scope,
    "concepts": records.assessment,
    "mandate": content.mandate,
    "access": content.access,
    COMPLETENESS: lambda facts, lang: [],
    "coverage": records.coverage,
    "accuracy": records.accuracy,
    "nonresponse": records.nonresponse,
    "timeliness": records.timeliness,
    "policy": records.revision_policy,
    "revised": records.revisions,
    "source": content.source,
    "missing": records.missing_values,
}
"""Those that apply to records, with the function of each; the numbers are those of CONCEPTS."""

RECORD_NAMES = ("counted", "concepts", "updated")
"""Concepts that have another name where records are described."""


def reports(release: duckdb.DuckDBPyConnection, lang: str) -> list[Report]:
    """Return the quality report of each collection with values in force, and of each of records."""
    of_values = {name: function for name, (_, function) in CONCEPTS.items()}
    all_reports = [
        *(_report(facts, of_values, (series_sheet, pair_sheet), lang) for facts in read(release)),
        *(
            _report(facts, RECORD_CONCEPTS, (records.member_sheet, records.code_sheet), lang)
            for facts in read_records(release)
        ),
    ]
    return sorted(all_reports, key=lambda report: report.collection)


def _report(
    facts: CollectionFacts,
    concepts: Mapping[str, Callable[[Any, str], list[str]]],
    sheet_functions: Sequence[Callable[[Any, str], Sheet]],
    lang: str,
) -> Report:
    sentences = {name: function(facts, lang) for name, function in concepts.items()}
    sentences[COMPLETENESS] = [_completeness(sentences, lang)]
    unknown = [say("quality.not_documented", lang)]
    of_records = RECORD_NAMES if isinstance(facts, RecordFacts) else ()
    items = [
        Item(
            CONCEPTS[name][0].format(sdg=say("quality.sdg", lang)),
            name,
            say(f"quality.{'record_name' if name in of_records else 'name'}.{name}", lang),
            sentences[name] or unknown,
        )
        for name in concepts
    ]
    sheets = [sheet for sheet in (function(facts, lang) for function in sheet_functions) if sheet.rows]
    return Report(facts.collection, column_text(facts.card, "title", lang), items, sheets)


def _completeness(sentences: dict[str, list[str]], lang: str) -> str:
    """Return how many of the other concepts are documented, in whole and in part."""
    others = [texts for name, texts in sentences.items() if name != COMPLETENESS]
    concepts_with_text = [texts for texts in others if texts]
    partly = sum(any(isinstance(text, Gap) for text in texts) for texts in concepts_with_text)
    return say(
        "quality.documented",
        lang,
        n=len(others),
        whole=len(concepts_with_text) - partly,
        partly=partly,
        none=len(others) - len(concepts_with_text),
    )
