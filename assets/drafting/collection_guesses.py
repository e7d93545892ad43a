"""Guesses of the collection of a file, by the names in its header. A person confirms the guess."""

from __future__ import annotations

from pathlib import Path

from assets.intake import records
from assets.intake.reading import reading
from assets.intake.reading.header import stamp_of
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas import patterns
from schemas.cards.format_card import templates
from schemas.cards.template import KINDS
from schemas.grammar import CardError
from schemas.patterns import PatternTooSlow
from warehouse.home import Home

STAMP_ROWS = 4
"""Rows of the hidden sheet that identify a template."""
MIN_LIKENESS = 0.5
"""Smallest share of the names of a card that a header must contain."""


def guess_collections(home: Home, file: Path) -> list[str]:
    """List the collections whose header is closest to that of the file; several if they are equally close."""
    try:
        sheets = reading.read_for_inspection(file)
    except Unreadable:
        return []
    if (stamp := _read_stamp(sheets)) is not None:
        return [name for name in home.collections() if name in stamp]
    with patterns.limit():
        scores = {name: _header_likeness(home, name, sheets) for name in home.collections()}
    best = max(scores.values(), default=0.0)
    return [name for name, score in scores.items() if score == best] if best >= MIN_LIKENESS else []


def _read_stamp(sheets: list[Sheet]) -> set[str] | None:
    """Read the hidden sheet, or the first line, of the project's template. Returns None if there is none."""
    stamp_sheets = {fmt.file.template.stamp for kind in KINDS for fmt in templates(kind) if fmt.file.template}
    rows = [row for sheet in sheets if sheet.name in stamp_sheets for row in sheet.first(STAMP_ROWS)]
    stamps = [stamp for sheet in sheets if (stamp := stamp_of(sheet))]
    cells = {cell for row in [*rows, *stamps] for cell in row}
    return cells or None


def _header_likeness(home: Home, collection: str, sheets: list[Sheet]) -> float:
    """Return the share of names that the closest header has in common with the collection's formats."""
    try:
        card = home.card(collection)
        return max((records.likeness(fmt, [sheet]) for fmt in card.format for sheet in sheets), default=0.0)
    except (CardError, PatternTooSlow):
        return 0.0
