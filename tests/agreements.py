"""Agreements of members to the first release of their protected collections, as tests record them. No test is here."""

from __future__ import annotations

from schemas.cards.decisions import read_decisions
from warehouse.home import Home, decided

ENTRY = """[[agreement]]
period = "1990"
reason = { es = "Carta de prueba", en = "Letter for a test" }
source = "tests/agreements.py"
decided_by = "Secretaría de prueba"
decided_on = 1990-01-01
"""


def agree(home: Home) -> None:
    """Record the agreement of all members for every protected collection that has none."""
    for collection in home.collections():
        if not home.card(collection).collection.is_protected:
            continue
        path = home.decisions_path(collection)
        if not (path.exists() and read_decisions(path).agreement):
            decided.rewrite(home, collection, add=ENTRY)
