"""Passports of series as rows of the build. schemas/cards/series.py has their grammar; registry.series is
SQL.

Like a card, a passport describes values on every day, whenever it was written. A home's own passports take
precedence over the shipped ones, which keep the remaining periods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.cards.series import FILE, Change, Erratum, Passport, Passports, Span, read_passports
from schemas.words import CONTRACT_LANGUAGES
from warehouse.home import CHECKOUT, Home

PASSPORTS, CHANGES, ERRATA = "core.passports", "core.passport_changes", "registry.errata"


@dataclass(frozen=True)
class Entry:
    """A passport for a span of days."""

    passport: Passport
    span: Span
    year_starts: int


def rows(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all collections by the names of their tables."""
    entries = [(name, entry) for name in home.collections() for entry in entries_of(home, name)]
    return {
        PASSPORTS: [_passport_row(name, entry) for name, entry in entries],
        CHANGES: [row for name, entry in entries for row in _change_rows(name, entry)],
        ERRATA: [
            _erratum_row(name, erratum, span)
            for name in home.collections()
            for erratum, span in errata_of(home, name)
        ],
    }


def fingerprints(home: Home, collection: str) -> list[str]:
    """Return the passports of a collection as texts, since a build depends on them."""
    errata = [str(erratum) for erratum, _ in errata_of(home, collection)]
    return [*(f"{entry.passport} {entry.span}" for entry in entries_of(home, collection)), *errata]


def entries_of(home: Home, collection: str) -> Iterator[Entry]:
    """Return the passports of a collection. Raises CardError for an unusable series.toml."""
    entries: list[Entry] = []
    for passports, year_starts in _files(home, collection):
        new_entries = [Entry(p, p.span(year_starts), year_starts) for p in passports.series]
        entries += [piece for entry in new_entries for piece in _parts_outside(entry, list(entries))]
    return iter(entries)


def errata_of(home: Home, collection: str) -> list[tuple[Erratum, Span]]:
    """Return the errata of a collection with their days, each once even if a home has a copy of the file."""
    errata = [
        (erratum, erratum.span(year_starts))
        for passports, year_starts in _files(home, collection)
        for erratum in passports.erratum
    ]
    return list(dict.fromkeys(errata))


def _files(home: Home, collection: str) -> Iterator[tuple[Passports, int]]:
    """Yield the files of a collection, the home's own first, with the first month of the card's years."""
    for root in dict.fromkeys([home.raw, CHECKOUT / "raw"]):
        path: Path = root / collection / FILE
        if path.exists():
            year_starts = home.card(collection).collection.year_starts
            yield read_passports(path, year_starts), year_starts


def _parts_outside(entry: Entry, earlier_entries: list[Entry]) -> list[Entry]:
    """Return the parts of a passport outside the others of its series."""
    spans = [entry.span]
    for other in earlier_entries:
        if _series_key(other.passport) == _series_key(entry.passport):
            spans = [piece for span in spans for piece in span.subtract(other.span)]
    return [Entry(entry.passport, span, entry.year_starts) for span in spans]


def _series_key(passport: Passport) -> tuple[str, str]:
    return passport.reporting_country, passport.measure


def _passport_row(collection: str, entry: Entry) -> dict[str, Any]:
    """Return a row of core.passports."""
    passport = entry.passport
    texts = {
        f"{name}_{lang}": getattr(getattr(passport, name), lang, None)
        for name in ("scope", "what")
        for lang in CONTRACT_LANGUAGES
    }
    return (
        _identity(collection, passport)
        | texts
        | {
            "valid_from": entry.span.first,
            "valid_to": entry.span.last,
            "counted_unit": passport.counted_unit,
            "authority": passport.authority,
            "authority_kind": passport.authority_kind,
            "flow": passport.flow,
            "year_starts": passport.year_starts,
            "repeats": passport.repeats,
            "evidence": passport.evidence,
            "source": _citation(passport),
            "verified_on": passport.verified_on,
        }
    )


def _change_rows(collection: str, entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield rows of core.passport_changes: the changes within the span."""
    for change in entry.passport.change:
        span = change.span(entry.year_starts)
        if entry.span.contains(span.first):
            days = {"changed_on": span.first, "flagged_to": span.last}
            yield _identity(collection, entry.passport) | _change_columns(change) | days


def _change_columns(change: Change) -> dict[str, Any]:
    what = {"what_es": change.what.es, "what_en": change.what.en}
    flag = {"flag": change.flag, "received_from": change.received_from}
    return what | {"is_break": change.is_break, "dimension": change.dimension} | flag


def _erratum_row(collection: str, erratum: Erratum, span: Span) -> dict[str, Any]:
    """Return a row of registry.errata."""
    texts = {
        f"{name}_{lang}": getattr(getattr(erratum, name), lang)
        for name in ("published", "correct")
        for lang in CONTRACT_LANGUAGES
    }
    days = {"valid_from": span.first, "valid_to": span.last}
    days |= {"published_on": erratum.published_on, "corrected_on": erratum.corrected_on}
    return _identity(collection, erratum) | texts | days


def _identity(collection: str, passport: Passport | Erratum) -> dict[str, Any]:
    return {
        "collection": collection,
        "reporting_country": passport.reporting_country,
        "measure": passport.measure,
    }


def _citation(passport: Passport) -> str | None:
    return "; ".join(source.citation() for source in passport.source) or None
