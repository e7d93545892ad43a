"""Status of collections and files in the inbox, for the command line and the steward's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assets.intake.step import OBSERVATIONS
from schemas.words import Sentence
from warehouse.home import Home, Submission, inbox, step_results


def inbox_files(home: Home) -> list[inbox.InboxEntry]:
    """List the files in the inbox: files that cannot be received, and files that wait to be received."""
    look = inbox.list_inbox(home)
    waits = [inbox.InboxEntry(path, Sentence("inbox.waits"), is_temporary=True) for path in look.files]
    return [*waits, *look.remaining]


def remaining_data(home: Home, withdrawn_submission: Submission) -> Sentence:
    """Describe the data in force from the next refresh on, after a submission is withdrawn."""
    others = [s for s in home.submissions(withdrawn_submission.collection) if s.withdrawn_on is None]
    results = {
        s: step_results.read_result(home, s.id, step_results.LAST_STEP)
        for s in others
        if s.id != withdrawn_submission.id
    }
    if None in results.values():
        return Sentence("withdrawn.not_known")
    accepted_submissions = [
        s for s, result in results.items() if result and step_results.status_of(s, result) == "accepted"
    ]
    if not accepted_submissions:
        return Sentence("withdrawn.nothing_left", {"collection": withdrawn_submission.collection})
    if home.card(withdrawn_submission.collection).collection.delivery == "full":
        return Sentence("withdrawn.left", {"submission": accepted_submissions[-1].id})
    facts = {"n": len(accepted_submissions), "submission": accepted_submissions[-1].id}
    return Sentence("withdrawn.parts_left", facts)


def submission_states(home: Home, name: str) -> Iterator[tuple[Submission, str]]:
    """Yield the submissions of a collection with their status, the latest first; "" if it was not read yet.

    Each result is a file: take only as many as are needed.
    """
    for submission in reversed(home.submissions(name)):
        yield submission, _state(home, submission)


def _state(home: Home, submission: Submission) -> str:
    if submission.withdrawn_on:
        return "withdrawn"
    result = step_results.read_result(home, submission.id, step_results.LAST_STEP)
    return step_results.status_of(submission, result) if result else ""


def collection_row(home: Home, name: str) -> dict[str, Any]:
    """Return the last submission of a collection, its status and its number of rows."""
    submissions = home.submissions(name)
    last = submissions[-1] if submissions else None
    result = step_results.read_result(home, last.id, OBSERVATIONS.name) if last else None
    rows = result.rows if result else {}
    return {
        "collection": name,
        "submission": last.id if last else None,
        "submissions": len(submissions),
        "received_on": str(last.received_on) if last else None,
        "status": step_results.status_of(last, result) if last and result else None,
        "rows_accepted": rows.get("accepted", 0),
        "rows_quarantined": rows.get("quarantined", 0),
    }
