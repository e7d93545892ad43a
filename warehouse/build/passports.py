"""Passports of series as rows of the build. Grammar: schemas/cards/series.py; registry.series is SQL.

A passport describes figures, as a card does: it holds on every day, whenever it was written. A home's own
passports come before the shipped ones, which keep the periods outside of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.cards.series import FILE, Change, Passport, Span, first_day, read_passports
from schemas.words import CONTRACT
from warehouse.home import CHECKOUT, Home

PASSPORTS, CHANGES = "core.passports", "core.passport_changes"


@dataclass(frozen=True)
class Entry:
    """A passport for one span of days."""

    passport: Passport
    span: Span
    year_starts: int


def rows(home: Home) -> dict[str, list[dict[str, Any]]]:
    """The rows of all collections by the names of their tables."""
    entries = [(name, entry) for name in home.collections() for entry in entries_of(home, name)]
    return {
        PASSPORTS: [_row(name, entry) for name, entry in entries],
        CHANGES: [row for name, entry in entries for row in _changes(name, entry)],
    }


def fingerprints(home: Home, collection: str) -> list[str]:
    """The passports of a collection as texts: a build depends on them."""
    return [f"{entry.passport} {entry.span}" for entry in entries_of(home, collection)]


def entries_of(home: Home, collection: str) -> Iterator[Entry]:
    """The passports of a collection. Raises CardError for a series.toml that cannot be used."""
    taken: list[Entry] = []
    for root in dict.fromkeys([home.raw, CHECKOUT / "raw"]):
        path = root / collection / FILE
        if path.exists():
            listed = _read(path, home.card(collection).collection.year_starts)
            taken += [piece for entry in listed for piece in _outside(entry, list(taken))]
    return iter(taken)


def _read(path: Path, year_starts: int) -> list[Entry]:
    passports = read_passports(path, year_starts).series
    return [Entry(one, one.span(year_starts), year_starts) for one in passports]


def _outside(entry: Entry, taken: list[Entry]) -> list[Entry]:
    """The parts of a passport outside the others of its series."""
    spans = [entry.span]
    for other in taken:
        if _series(other.passport) == _series(entry.passport):
            spans = [piece for span in spans for piece in span.without(other.span)]
    return [Entry(entry.passport, span, entry.year_starts) for span in spans]


def _series(passport: Passport) -> tuple[str, str]:
    return passport.reporting_country, passport.measure


def _row(collection: str, entry: Entry) -> dict[str, Any]:
    """A row of core.passports."""
    one = entry.passport
    texts = {
        f"{name}_{lang}": getattr(getattr(one, name), lang, None)
        for name in ("scope", "what")
        for lang in CONTRACT
    }
    return (
        _identity(collection, one)
        | texts
        | {
            "valid_from": entry.span.first,
            "valid_to": entry.span.last,
            "counted_unit": one.counted_unit,
            "authority": one.authority,
            "authority_kind": one.authority_kind,
            "flow": one.flow,
            "year_starts": one.year_starts,
            "evidence": one.evidence,
            "source": _cited(one),
            "verified_on": one.verified_on,
        }
    )


def _changes(collection: str, entry: Entry) -> Iterator[dict[str, Any]]:
    """Rows of core.passport_changes: the changes within the span."""
    for change in entry.passport.change:
        on = first_day(change.on, entry.year_starts)
        if entry.span.contains(on):
            yield _identity(collection, entry.passport) | _change(change) | {"changed_on": on}


def _change(change: Change) -> dict[str, Any]:
    return {"is_break": change.is_break, "what_es": change.what.es, "what_en": change.what.en}


def _identity(collection: str, passport: Passport) -> dict[str, Any]:
    country, measure = _series(passport)
    return {"collection": collection, "reporting_country": country, "measure": measure}


def _cited(passport: Passport) -> str | None:
    return "; ".join(source.citation() for source in passport.source) or None
