"""Which collection a file is of, by the names of its header. A guess is shown; a person takes it."""

from __future__ import annotations

from pathlib import Path

from assets.steps import reading, records
from assets.steps.sheets import Sheet, Unreadable
from schemas.grammar import CardError
from warehouse.home import Home
from warehouse.home.durable import hash_now

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
    scores = {name: _score(home, name, sheets) for name in home.collections()}
    best = max(scores.values(), default=0.0)
    return [name for name, score in scores.items() if score == best] if best >= LEAST else []


def _score(home: Home, collection: str, sheets: list[Sheet]) -> float:
    """How much of its names the closest header shares with a collection's own formats."""
    if stamp := next((sheet.stamp for sheet in sheets if sheet.stamp), None):
        return 1.0 if collection in stamp else 0.0
    try:
        card = home.card(collection)
    except CardError:
        return 0.0
    return max((records.likeness(fmt, [sheet]) for fmt in card.format for sheet in sheets), default=0.0)
