"""Figures of a home for monitoring, in the text that Prometheus and its kin collect. Alerts are alerts.py.

`lineabase status --metrics` prints the page, for a collector of text files; `lineabase ui` serves it at
/metrics. Counts, sizes and times: no name of a file and no value.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from assets.intake.freshness import waiting
from schemas.words import say
from warehouse.home import Home, inbox, staged
from warehouse.home.calendar import today
from warehouse.releases import attention, last_refresh, verification
from warehouse.releases.last_refresh import LastRefresh

__all__ = ["CONTENT_TYPE", "page"]

STATUSES = ("accepted", staged.HELD, "rejected", "refused", "not_staged", "withdrawn")
FOLDERS = ("raw", "inbox", "staged", "warehouse", ".dagster")


def page(home: Home, lang: str) -> str:
    """All figures as text, explained in a language. What cannot be read is counted, and passed over."""
    figures, unreadable = _Figures(lang), verification.unreadable(home)
    figures.add("collections_unreadable", len(unreadable))
    figures.add("databases_unreadable", len(attention.damaged(home)))
    _submissions(home.passing_over(unreadable), figures)
    _inbox(home, figures)
    _late(home, figures)
    last = last_refresh.read(home)
    _last_refresh(last, figures)
    _released(home, last, figures)
    _space(home, figures)
    return figures.text()


class _Figures:
    """Gauges by name, `lineabase_…`; what each is stands in schemas/words."""

    def __init__(self, lang: str) -> None:
        self.lang, self.registry = lang, CollectorRegistry()

    def add(self, name: str, value: float) -> None:
        Gauge(f"lineabase_{name}", self._what(name), registry=self.registry).set(value)

    def add_each(self, name: str, label: str, values: Iterable[tuple[str, float]]) -> None:
        gauge = Gauge(f"lineabase_{name}", self._what(name), [label], registry=self.registry)
        for of, value in values:
            gauge.labels(of).set(value)

    def text(self) -> str:
        return generate_latest(self.registry).decode()

    def _what(self, name: str) -> str:
        return say(f"figure.{name}", self.lang)


def _submissions(home: Home, figures: _Figures) -> None:
    last = [(s, staged.read(home, s.id, staged.LAST)) for s in home.submissions()]
    counted = Counter(
        "withdrawn" if s.withdrawn_on else staged.status_of(s, result) if result else "not_staged"
        for s, result in last
    )
    figures.add_each("submissions", "status", ((status, counted[status]) for status in STATUSES))
    figures.add("submissions_to_process", len(waiting(home)))
    figures.add("submissions_held", len(attention.held(home)))
    figures.add("rows_in_quarantine", attention.rows_in_quarantine(home))


def _inbox(home: Home, figures: _Figures) -> None:
    seen = inbox.look(home)
    figures.add("inbox_files_waiting", len(seen.files))
    figures.add("inbox_files_staying", len(seen.lying))
    figures.add("inbox_files_refused", len(inbox.kept_refused(home)))


def _late(home: Home, figures: _Figures) -> None:
    overdue = attention.overdue(home, today())
    figures.add("collections_overdue", len(overdue))
    figures.add_each("overdue_seconds", "collection", ((o.collection, _since(o.due_on)) for o in overdue))


def _since(day: date) -> float:
    return (today() - day) / timedelta(seconds=1)


def _last_refresh(last: LastRefresh, figures: _Figures) -> None:
    """How the last refresh ended, when, and after how long; nothing where none has ended yet."""
    if last.outcome is None:
        return
    each = ((outcome, outcome == last.outcome) for outcome in last_refresh.OUTCOMES)
    figures.add_each("last_refresh_outcome", "outcome", each)
    if (when := last.ended or last.started) is not None:
        figures.add("last_refresh_timestamp_seconds", when.timestamp())
    if last.started and last.ended:
        figures.add("last_refresh_duration_seconds", (last.ended - last.started).total_seconds())


def _released(home: Home, last: LastRefresh, figures: _Figures) -> None:
    if (said := attention.gate_said(home)) is not None:
        figures.add("gate_passed", said["passed"] and last.outcome != "refused")
        figures.add("gate_questions_refused", len(said["refused"]))
        figures.add("gate_questions_remarked", len(said["remarked"]))
    if (release := attention.released(home)) is not None:
        name, on = release
        figures.add_each("release_timestamp_seconds", "release", [(name, on.timestamp())])
        figures.add("release_age_seconds", (datetime.now(UTC) - on).total_seconds())


def _space(home: Home, figures: _Figures) -> None:
    figures.add_each("bytes_used", "folder", ((name, _bytes(home.root / name)) for name in FOLDERS))
    figures.add("bytes_free", shutil.disk_usage(home.root).free)


def _bytes(folder: Path) -> int:
    """What the files below take; one that goes while it is counted takes nothing."""
    sizes = 0
    for path in folder.rglob("*"):
        try:
            sizes += path.lstat().st_size if path.is_file() and not path.is_symlink() else 0
        except OSError:
            continue
    return sizes
