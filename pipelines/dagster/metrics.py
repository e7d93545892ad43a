"""Metrics of a home for monitoring, in Prometheus' text format. Alerts are in alerts.py.

`lineabase status --metrics` prints them for a collector of text files; `lineabase ui` serves them at
/metrics. They are counts, sizes and times: no file name and no value of a file.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from assets.intake.freshness import outdated_submissions
from schemas.words import say
from warehouse.home import Home, inbox, step_results
from warehouse.home.calendar import today
from warehouse.release import attention, last_refresh, verification
from warehouse.release.last_refresh import LastRefresh

__all__ = ["CONTENT_TYPE", "metrics_page"]

STATUSES = ("accepted", step_results.HELD_STATUS, "rejected", "refused", "not_staged", "withdrawn")
FOLDERS = ("raw", "inbox", "staged", "warehouse", ".dagster")


def metrics_page(home: Home, lang: str) -> str:
    """Return all metrics as text, explained in a language. Unreadable collections are only counted."""
    gauges, unreadable = _Gauges(lang), verification.find_unreadable_collections(home)
    gauges.add("collections_unreadable", len(unreadable))
    gauges.add("databases_unreadable", len(attention.list_damaged_databases(home)))
    _add_submissions(home.excluding(unreadable), gauges)
    _add_inbox(home, gauges)
    _add_overdue(home, gauges)
    last = last_refresh.read_last_refresh(home)
    _add_last_refresh(last, gauges)
    _add_release(home, last, gauges)
    _add_disk_space(home, gauges)
    return gauges.text()


class _Gauges:
    """Gauges by name, `lineabase_…`. Their descriptions are in schemas/words."""

    def __init__(self, lang: str) -> None:
        self.lang, self.registry = lang, CollectorRegistry()

    def add(self, name: str, value: float) -> None:
        Gauge(f"lineabase_{name}", self._description(name), registry=self.registry).set(value)

    def add_each(self, name: str, label: str, values: Iterable[tuple[str, float]]) -> None:
        gauge = Gauge(f"lineabase_{name}", self._description(name), [label], registry=self.registry)
        for value_label, value in values:
            gauge.labels(value_label).set(value)

    def text(self) -> str:
        return generate_latest(self.registry).decode()

    def _description(self, name: str) -> str:
        return say(f"figure.{name}", self.lang)


def _add_submissions(home: Home, gauges: _Gauges) -> None:
    results = [(s, step_results.read_result(home, s.id, step_results.LAST_STEP)) for s in home.submissions()]
    counts = Counter(
        "withdrawn" if s.withdrawn_on else step_results.status_of(s, result) if result else "not_staged"
        for s, result in results
    )
    gauges.add_each("submissions", "status", ((status, counts[status]) for status in STATUSES))
    gauges.add("submissions_to_process", len(outdated_submissions(home)))
    gauges.add("submissions_held", len(attention.list_held_submissions(home)))
    gauges.add("rows_in_quarantine", attention.count_rows_in_quarantine(home))


def _add_inbox(home: Home, gauges: _Gauges) -> None:
    look = inbox.list_inbox(home)
    gauges.add("inbox_files_waiting", len(look.files))
    gauges.add("inbox_files_staying", len(look.remaining))
    gauges.add("inbox_files_refused", len(inbox.list_refused_files(home)))


def _add_overdue(home: Home, gauges: _Gauges) -> None:
    overdue = attention.list_overdue_collections(home, today())
    gauges.add("collections_overdue", len(overdue))
    gauges.add_each("overdue_seconds", "collection", ((o.collection, _time_since(o.due_on)) for o in overdue))


def _time_since(day: date) -> float:
    return (today() - day) / timedelta(seconds=1)


def _add_last_refresh(last: LastRefresh, gauges: _Gauges) -> None:
    """Add the outcome, time and duration of the last refresh. Adds nothing before the first refresh ends."""
    if last.outcome is None:
        return
    outcomes = ((outcome, outcome == last.outcome) for outcome in last_refresh.OUTCOMES)
    gauges.add_each("last_refresh_outcome", "outcome", outcomes)
    if (end := last.ended or last.started) is not None:
        gauges.add("last_refresh_timestamp_seconds", end.timestamp())
    if last.started and last.ended:
        gauges.add("last_refresh_duration_seconds", (last.ended - last.started).total_seconds())


def _add_release(home: Home, last: LastRefresh, gauges: _Gauges) -> None:
    if (verdict := attention.read_gate_summary(home)) is not None:
        gauges.add("gate_passed", verdict["passed"] and last.outcome != "refused")
        gauges.add("gate_questions_refused", len(verdict["refused"]))
        gauges.add("gate_questions_remarked", len(verdict["remarked"]))
    if (release := attention.read_release_in_force(home)) is not None:
        name, released_on = release
        gauges.add_each("release_timestamp_seconds", "release", [(name, released_on.timestamp())])
        gauges.add("release_age_seconds", (datetime.now(UTC) - released_on).total_seconds())


def _add_disk_space(home: Home, gauges: _Gauges) -> None:
    gauges.add_each("bytes_used", "folder", ((name, _size_of(home.root / name)) for name in FOLDERS))
    gauges.add("bytes_free", shutil.disk_usage(home.root).free)


def _size_of(folder: Path) -> int:
    """Sum the sizes of all files in a folder. A file that disappears during the count is left out."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if path.is_file() and not path.is_symlink() else 0
        except OSError:
            continue
    return total
