"""Answers on what a series counts: a passport from what a steward enters, added to the home's series.toml.

schemas/cards/series.py has the grammar; warehouse/reading/undocumented_series.py lists the series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from schemas.cards.series import CONFIRMED_EVIDENCE, FILE, INFERRED_EVIDENCE, OFFICIAL, read_passports
from schemas.toml_lines import one_line, toml_table
from schemas.words import UserError
from warehouse.home import Home, durable, lock
from warehouse.home.calendar import today

if TYPE_CHECKING:
    from warehouse.reading.undocumented_series import UndocumentedSeries


class CannotDocument(UserError, ValueError):
    """A part of the answer is missing."""


@dataclass(frozen=True)
class SeriesAnswer:
    """The answer of a person: what one count is, in words too, and the publication that says so."""

    counted_unit: str
    flow: str
    what: Mapping[str, str]
    publisher: str
    place: str
    address: str
    source_kind: str


def record_answer(home: Home, series: UndocumentedSeries, answer: SeriesAnswer) -> None:
    """Add the passport to the home's own file. Raises CannotDocument, CardError, lock.Busy."""
    block = passport_lines(series, answer)
    path = home.raw / series.collection / FILE
    year_starts = home.card(series.collection).collection.year_starts
    with lock.raw(home):
        text = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
        _check_readable(text + block, year_starts)
        durable.make_folder(path.parent)
        durable.replace_durably(path, (text + block).encode())


def answered_series(home: Home, collection: str) -> set[tuple[str, str, str]]:
    """Return country, measure and first day of the series that the home's own file documents.

    They count from the next release on.
    """
    path = home.raw / collection / FILE
    if not path.exists():
        return set()
    year_starts = home.card(collection).collection.year_starts
    return {
        (p.reporting_country, p.measure, str(p.span(year_starts).first))
        for p in read_passports(path, year_starts).series
        if p.evidence in (CONFIRMED_EVIDENCE, INFERRED_EVIDENCE)
    }


def passport_lines(series: UndocumentedSeries, answer: SeriesAnswer) -> str:
    """Return the lines of the passport. An official publication confirms; any other source infers."""
    descriptions = {lang: text for lang, raw_text in answer.what.items() if (text := one_line(raw_text))}
    source = [one_line(text) for text in (answer.publisher, answer.place, answer.address)]
    if not (descriptions and all(source) and answer.counted_unit and answer.source_kind):
        raise CannotDocument("decide.series_needs")
    es = descriptions.get("es") or f"(en) {descriptions.get('en')}"
    en = descriptions.get("en") or f"(es) {descriptions.get('es')}"
    evidence = CONFIRMED_EVIDENCE if answer.source_kind == OFFICIAL else INFERRED_EVIDENCE
    facts = {
        "reporting_country": series.reporting_country,
        "measure": series.measure,
        "valid_from": series.valid_from[:7],
        "valid_to": (series.valid_to or "")[:7],
        "evidence": evidence,
        "counted_unit": answer.counted_unit,
        "flow": answer.flow,
    }
    entry: dict[str, object] = {name: text for name, text in facts.items() if text}
    entry |= {"what": {"es": es, "en": en}, "verified_on": today()}
    citation = dict(
        zip(("publisher", "place", "address", "kind"), (*source, answer.source_kind), strict=True)
    )
    return "\n".join([toml_table("series", entry), toml_table("series.source", citation)])


def _check_readable(text: str, year_starts: int) -> None:
    """Check that the text is a valid file. Raises CardError, which explains the correction."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(text, encoding="utf-8")
        read_passports(path, year_starts)
