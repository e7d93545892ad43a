"""Decisions on protected collections as tests record them: agreements of members, further draws. No test is here."""

from __future__ import annotations

from datetime import date

from schemas.cards.decisions import read_decisions
from warehouse.home import Home, decisions_file


def entry(kind: str, period: str, on: date, country: str | None = None) -> str:
    """A decision of that kind, of one country or of all."""
    of_country = f'reporting_country = "{country}"\n' if country else ""
    return f"""[[{kind}]]
{of_country}period = "{period}"
reason = {{ es = "Carta de prueba", en = "Letter for a test" }}
source = "tests/agreements.py"
decided_by = "Secretaría de prueba"
decided_on = {on}
"""


def agree(home: Home) -> None:
    """Record the agreement of all members for every protected collection that has none."""
    for collection in home.collections():
        if not home.card(collection).collection.is_protected:
            continue
        path = home.decisions_path(collection)
        if not (path.exists() and read_decisions(path).agreement):
            decisions_file.rewrite(home, collection, add=entry("agreement", "1990", date(1990, 1, 1)))
