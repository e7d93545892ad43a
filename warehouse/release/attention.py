"""Things in a home that need a person: held submissions, overdue collections, the gate's last summary.

A collection's next submission is overdue once the `due_days` of its card have passed after the end of the
period that follows the last period in force. A series that its provider has closed is never overdue. Neither
is a series without any submission, since nobody promised it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from schemas.periods import Period
from schemas.records import declarations
from warehouse.home import Home, Submission, purging, step_results
from warehouse.release import release_store

NOTICE_DAYS = 30
"""Days before a purge set by a card from which the purge is announced."""
_LAST_PERIODS = """
    SELECT c.collection, c.frequency, c.due_days, max(o.period_end)
    FROM registry.collections AS c
    JOIN core.current AS o USING (collection)
    WHERE c.ended IS NULL
    GROUP BY ALL ORDER BY ALL"""
_IN_QUARANTINE = """
    SELECT coalesce(sum(rows_quarantined), 0) FROM registry.submissions
    WHERE submission IN (SELECT submission FROM core.current)"""


@dataclass(frozen=True)
class AwaitedSubmission:
    """A collection whose next submission is awaited: the last day in force and the day more is due."""

    collection: str
    until: date
    due_on: date


def list_held_submissions(home: Home) -> list[Submission]:
    """List the submissions that the steps accepted and that nobody has confirmed or withdrawn yet."""
    waiting = [s for s in home.submissions() if s.admission_state.is_waiting and s.withdrawn_on is None]
    last = {s.id: step_results.read_result(home, s.id, step_results.LAST_STEP) for s in waiting}
    return [s for s in waiting if (result := last[s.id]) is None or result.is_accepted]


def list_submissions_to_purge(home: Home, day: date) -> list[tuple[Submission, date]]:
    """List the submissions that will be purged within NOTICE_DAYS, so that nobody is surprised."""
    return purging.find_expired(home, day + timedelta(days=NOTICE_DAYS))


def list_overdue_collections(home: Home, day: date) -> list[AwaitedSubmission]:
    """List the collections of which more was due before the day, according to the last build."""
    return [collection for collection in list_awaited_collections(home) if collection.due_on < day]


def list_awaited_collections(home: Home) -> list[AwaitedSubmission]:
    """List the collections that still receive submissions and when the next is due, from the last build."""
    return [
        AwaitedSubmission(
            name, until, Period(until + timedelta(days=1), frequency).end + timedelta(days=due_days)
        )
        for name, frequency, due_days, until in _query_last_build(home, _LAST_PERIODS)
    ]


EXPIRY_NOTICE = timedelta(days=60)
"""Time before its end from which an expiring record is announced."""


def count_expiring_records(home: Home, day: date) -> dict[str, int]:
    """Count, by collection, the records that have ended or end soon, according to the last build."""
    counts: dict[str, int] = {}
    for name, declaration in declarations().items():
        if declaration.expires:
            ends = f"known_to IS NULL AND {declaration.expires} <= DATE '{day + EXPIRY_NOTICE}'"
            counts |= dict(
                _query_last_build(
                    home,
                    f"SELECT collection, count(*) FROM network.{name} WHERE {ends} GROUP BY 1 ORDER BY 1",
                )
            )
    return counts


def count_rows_in_quarantine(home: Home) -> int:
    """Count the quarantined rows of submissions in force, according to the last build."""
    return sum(int(rows) for (rows,) in _query_last_build(home, _IN_QUARANTINE))


def read_release_in_force(home: Home) -> tuple[str, datetime] | None:
    """Return the name and the build time of the release in force; None if none can be read."""
    for name, built_on in _query(home.current, "SELECT release, built_on FROM registry.release") or ():
        return name, datetime.fromisoformat(built_on).astimezone(UTC)
    return None


def list_damaged_databases(home: Home) -> list[Path]:
    """List the databases of the last build and of the release in force that cannot be read."""
    files = (file for file in (home.internal, home.current) if file.exists())
    return [file for file in files if _is_damaged(file)]


def _is_damaged(file: Path) -> bool:
    """Check if a database cannot be read. A database of an earlier version only has other columns."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            db.execute(_LAST_PERIODS).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return not release_store.can_be_opened(file)
    except duckdb.Error:
        return True
    return False


def _query_last_build(home: Home, query: str) -> list[Any]:
    """Query the last build, which includes protected collections; if it cannot be read, query the release."""
    answers = (_query(file, query) for file in (home.internal, home.current))
    return next((rows for rows in answers if rows is not None), [])


def _query(file: Path, query: str) -> list[Any] | None:
    """Return the rows of a query; None if the database is missing or cannot be read."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return db.execute(query).fetchall()
    except duckdb.Error:
        return None


def read_gate_summary(home: Home) -> dict[str, Any] | None:
    """Return the gate's summary of the last build: if it passed, and the questions refused and remarked."""
    try:
        summary: dict[str, Any] = json.loads((home.verdict / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return summary if {"passed", "refused", "remarked"} <= set(summary) else None
