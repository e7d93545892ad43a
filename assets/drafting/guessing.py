"""Which collection a file is of, by the names of its header. A guess is shown; a person takes it."""

from __future__ import annotations

from pathlib import Path

from assets.intake import records
from assets.intake.reading import reading
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas import patterns
from schemas.cards.format_card import templates
from schemas.cards.template import KINDS
from schemas.grammar import CardError
from schemas.patterns import PatternTooSlow
from warehouse.home import Home
from warehouse.home.durable import hash_now

STAMP = 4
"""So many rows of a template's hidden sheet say what it is."""
LEAST = 0.5
"""A header that shares less of its names with a card's is not of it."""


def guesses(home: Home, file: Path) -> list[str]:
    """The collections whose header is the closest to the file's: one, several alike, or none."""
    try:
        sheets = reading.look(file, hash_now(file))
    except Unreadable:
        return []
    finally:
        reading.forget()
    if (stamped := _stamped(sheets)) is not None:
        return [name for name in home.collections() if name in stamped]
    with patterns.limit():
        scores = {name: _score(home, name, sheets) for name in home.collections()}
    best = max(scores.values(), default=0.0)
    return [name for name, score in scores.items() if score == best] if best >= LEAST else []


def _stamped(sheets: list[Sheet]) -> set[str] | None:
    """What the hidden sheet of the project's template says; None where there is no such sheet."""
    own = {fmt.file.template.stamp for kind in KINDS for fmt in templates(kind) if fmt.file.template}
    told = [row for sheet in sheets if sheet.name in own for row in sheet.first(STAMP)]
    return {cell for row in told for cell in row} if told else None


def _score(home: Home, collection: str, sheets: list[Sheet]) -> float:
    """How much of its names the closest header shares with a collection's own formats."""
    try:
        card = home.card(collection)
        return max((records.likeness(fmt, [sheet]) for fmt in card.format for sheet in sheets), default=0.0)
    except (CardError, PatternTooSlow):
        return 0.0
