"""Quality reports of collections, in the structure of SIMS 2.0: their concepts in order, and their tables.

facts.py queries the release, content.py describes a collection, measures.py its quality, tables.py has its
long lists. All comes from cards, passports and the release. docs/collections.*.md and the site show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from schemas.words import say
from warehouse.publication.quality import content, measures
from warehouse.publication.quality.facts import CollectionFacts, read
from warehouse.publication.quality.tables import Sheet, pair_sheet, series_sheet
from warehouse.publication.quality.wording import Gap

__all__ = ["CONCEPTS", "Item", "Report", "Sheet", "reports"]


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


def reports(release: duckdb.DuckDBPyConnection, lang: str) -> list[Report]:
    """Return the quality report of each collection in force."""
    return [_report(facts, lang) for facts in read(release)]


def _report(facts: CollectionFacts, lang: str) -> Report:
    sentences = {name: function(facts, lang) for name, (_, function) in CONCEPTS.items()}
    sentences[COMPLETENESS] = [_completeness(sentences, lang)]
    unknown = [say("quality.not_documented", lang)]
    items = [
        Item(
            concept.format(sdg=say("quality.sdg", lang)),
            name,
            say(f"quality.name.{name}", lang),
            sentences[name] or unknown,
        )
        for name, (concept, _) in CONCEPTS.items()
    ]
    sheets = [sheet for sheet in (series_sheet(facts, lang), pair_sheet(facts, lang)) if sheet.rows]
    return Report(facts.collection, facts.card[f"title_{lang}"], items, sheets)


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
