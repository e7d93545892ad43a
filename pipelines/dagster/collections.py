"""How each collection stands, and what lies in the inbox: for the command line and the steward's page."""

from __future__ import annotations

from typing import Any

from assets.intake.step import OBSERVATIONS
from schemas.words import Sentence
from warehouse.home import Home, Submission, inbox, staged


def in_the_inbox(home: Home) -> list[inbox.Lying]:
    """What lies in the inbox: what nobody takes, and what waits to be taken."""
    seen = inbox.look(home)
    waits = [inbox.Lying(path, Sentence("inbox.waits"), passing=True) for path in seen.files]
    return [*waits, *seen.lying]


def left_in_force(home: Home, withdrawn: Submission) -> Sentence:
    """What of a collection is in force from the next refresh on, now that a submission of it is withdrawn."""
    others = [s for s in home.submissions(withdrawn.collection) if s.withdrawn_on is None]
    last = {s: staged.read(home, s.id, staged.LAST) for s in others if s.id != withdrawn.id}
    if None in last.values():
        return Sentence("withdrawn.not_known")
    left = [s for s, result in last.items() if result and staged.status_of(s, result) == "accepted"]
    if not left:
        return Sentence("withdrawn.nothing_left", {"collection": withdrawn.collection})
    if home.card(withdrawn.collection).collection.delivery == "full":
        return Sentence("withdrawn.left", {"submission": left[-1].id})
    facts = {"n": len(left), "submission": left[-1].id}
    return Sentence("withdrawn.parts_left", facts)


def collection_row(home: Home, name: str) -> dict[str, Any]:
    """The last submission of a collection, what became of it, and its rows."""
    mine = home.submissions(name)
    last = mine[-1] if mine else None
    result = staged.read(home, last.id, OBSERVATIONS.name) if last else None
    rows = result.rows if result else {}
    return {
        "collection": name,
        "submission": last.id if last else None,
        "submissions": len(mine),
        "received_on": str(last.received_on) if last else None,
        "status": staged.status_of(last, result) if last and result else None,
        "rows_accepted": rows.get("accepted", 0),
        "rows_quarantined": rows.get("quarantined", 0),
    }
