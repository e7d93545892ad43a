"""Status of collections and files in the inbox, for the command line and the steward's page."""

from __future__ import annotations

from typing import Any

from assets.intake.step import OBSERVATIONS
from schemas.words import Sentence
from warehouse.home import Home, Submission, inbox, staged


def inbox_files(home: Home) -> list[inbox.Lying]:
    """List the files in the inbox: files that cannot be received, and files that wait to be received."""
    look = inbox.look(home)
    waits = [inbox.Lying(path, Sentence("inbox.waits"), passing=True) for path in look.files]
    return [*waits, *look.lying]


def remaining_data(home: Home, withdrawn_submission: Submission) -> Sentence:
    """Describe the data in force from the next refresh on, after a submission is withdrawn."""
    others = [s for s in home.submissions(withdrawn_submission.collection) if s.withdrawn_on is None]
    results = {s: staged.read(home, s.id, staged.LAST) for s in others if s.id != withdrawn_submission.id}
    if None in results.values():
        return Sentence("withdrawn.not_known")
    accepted_submissions = [
        s for s, result in results.items() if result and staged.status_of(s, result) == "accepted"
    ]
    if not accepted_submissions:
        return Sentence("withdrawn.nothing_left", {"collection": withdrawn_submission.collection})
    if home.card(withdrawn_submission.collection).collection.delivery == "full":
        return Sentence("withdrawn.left", {"submission": accepted_submissions[-1].id})
    facts = {"n": len(accepted_submissions), "submission": accepted_submissions[-1].id}
    return Sentence("withdrawn.parts_left", facts)


def collection_row(home: Home, name: str) -> dict[str, Any]:
    """Return the last submission of a collection, its status and its number of rows."""
    submissions = home.submissions(name)
    last = submissions[-1] if submissions else None
    result = staged.read(home, last.id, OBSERVATIONS.name) if last else None
    rows = result.rows if result else {}
    return {
        "collection": name,
        "submission": last.id if last else None,
        "submissions": len(submissions),
        "received_on": str(last.received_on) if last else None,
        "status": staged.status_of(last, result) if last and result else None,
        "rows_accepted": rows.get("accepted", 0),
        "rows_quarantined": rows.get("quarantined", 0),
    }
