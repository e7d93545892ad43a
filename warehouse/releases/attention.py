"""What in a home asks for a person: what is held, what is overdue, what the gate said last. Judges nothing.

Of a collection the next submission is overdue once its card's `due_days` have passed after the end of the
period that follows the last one in force. A series that its provider has closed is never overdue, nor is
one that was never sent: nobody promised it.
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
from warehouse.releases import published
from warehouse.home import Home, Submission, purging, staged

NOTICE_DAYS = 30
"""So long before its card has a submission purged that is told."""
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
class Overdue:
    """A collection whose next submission is awaited: the end of what is in force, and when more is due."""

    collection: str
    until: date
    due_on: date


def held(home: Home) -> list[Submission]:
    """The submissions that the steps accepted and nobody confirmed or withdrew yet."""
    waiting = [s for s in home.submissions() if s.standing.waits and s.withdrawn_on is None]
    last = {s.id: staged.read(home, s.id, staged.LAST) for s in waiting}
    return [s for s in waiting if (result := last[s.id]) is None or result.accepted]


def leaving(home: Home, day: date) -> list[tuple[Submission, date]]:
    """The submissions that their card has purged within days: so that nobody learns of it afterwards."""
    return purging.leaving(home, day + timedelta(days=NOTICE_DAYS))


def overdue(home: Home, day: date) -> list[Overdue]:
    """The collections of which more was due before that day, by what the last build knows."""
    return [one for one in awaited(home) if one.due_on < day]


def awaited(home: Home) -> list[Overdue]:
    """Of which collections more is awaited, and when it is due, by what the last build knows."""
    return [
        Overdue(name, until, Period(until + timedelta(days=1), frequency).end + timedelta(days=due_days))
        for name, frequency, due_days, until in _asked(home, _LAST_PERIODS)
    ]


SOON = timedelta(days=60)
"""So long before it ends a record is told of."""


def expiring(home: Home, day: date) -> dict[str, int]:
    """Of which collections records have ended or end soon, and how many, by what the last build knows."""
    told: dict[str, int] = {}
    for name, declared in declarations().items():
        if declared.expires:
            ends = f"known_to IS NULL AND {declared.expires} <= DATE '{day + SOON}'"
            told |= dict(
                _asked(
                    home,
                    f"SELECT collection, count(*) FROM network.{name} WHERE {ends} GROUP BY 1 ORDER BY 1",
                )
            )
    return told


def rows_in_quarantine(home: Home) -> int:
    """How many rows of what is in force wait in quarantine, by what the last build knows."""
    return sum(int(rows) for (rows,) in _asked(home, _IN_QUARANTINE))


def released(home: Home) -> tuple[str, datetime] | None:
    """The release in force, and when it was built; None where there is none or it cannot be read."""
    for name, built_on in _answers(home.current, "SELECT release, built_on FROM registry.release") or ():
        return name, datetime.fromisoformat(built_on).astimezone(UTC)
    return None


def damaged(home: Home) -> list[Path]:
    """The databases of the last build and of the release in force that cannot be read."""
    files = (file for file in (home.internal, home.current) if file.exists())
    return [file for file in files if _is_damaged(file)]


def _is_damaged(file: Path) -> bool:
    """Whether a database cannot be read; one of an earlier version of the program only has other columns."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            db.execute(_LAST_PERIODS).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return not published.can_be_opened(file)
    except duckdb.Error:
        return True
    return False


def _asked(home: Home, query: str) -> list[Any]:
    """The last build's answer, protected collections with it; else the release's, if that can be read."""
    told = (_answers(file, query) for file in (home.internal, home.current))
    return next((rows for rows in told if rows is not None), [])


def _answers(file: Path, query: str) -> list[Any] | None:
    """What a database answers; None where it is missing or cannot be read."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return db.execute(query).fetchall()
    except duckdb.Error:
        return None


def gate_said(home: Home) -> dict[str, Any] | None:
    """What the gate said of the last build: whether it passed, what it refused and what it remarked."""
    try:
        said: dict[str, Any] = json.loads((home.verdict / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if {"passed", "refused", "remarked"} <= set(said) else None
