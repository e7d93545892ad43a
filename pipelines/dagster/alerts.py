"""Alerts that need a person. Each is sent once, to the recipients that the deployment names.

Alerts: overdue and held submissions, unreadable files, failed runs, sensors and schedules, and months of the
release in force that stand out. An unreadable file does not hide the other alerts. Sent alerts are listed in
`warehouse/alerts.jsonl`, one on each line. A line is written after the sender has accepted the message: a
failed message is sent again, and none is sent twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import duckdb
from dagster._core.scheduler.instigation import TickStatus
from filelock import FileLock

from pipelines.dagster.alert_retention import forget_old_alerts
from pipelines.dagster.senders import Sender
from schemas.words import CONTRACT_LANGUAGES, Sentence, column_text, contract_language, say
from warehouse.gate.questions import all_questions
from warehouse.home import Home, durable
from warehouse.home.calendar import today
from warehouse.home.journal import log_event
from warehouse.reading.open_alerts import open_alerts
from warehouse.release import attention, last_refresh, verification

SENT_ALERTS_FILE = "alerts.jsonl"
DAYS_BACK = 7
"""Runs that failed more days ago are not alerted."""


@dataclass(frozen=True)
class Alert:
    """Event that needs a person. Its `key` identifies the event and does not change while the event lasts."""

    key: str
    sentence: Sentence | MonthSentence


@dataclass(frozen=True)
class MonthSentence:
    """Sentence of a month that stands out, as the release has it in the contract's languages."""

    texts: Mapping[str, str]

    def render(self, lang: str) -> str:
        """Return the sentence in a language."""
        return say("alert.month", lang, what=self.texts[contract_language(lang)])


# ---- finding alerts ---------------------------------------------------------------------------------


def pending_alerts(home: Home, instance: dg.DagsterInstance) -> list[Alert]:
    """List alerts that were not sent yet."""
    sent_keys = _sent_keys(home)
    alerts = (
        *_alerts_on_last_refresh(home),
        *_alerts_on_runs(instance, sent_keys),
        *_lasting_alerts(home, instance),
    )
    by_key: dict[str, Alert] = {}
    for alert in alerts:
        by_key.setdefault(alert.key, alert)
    return [alert for key, alert in by_key.items() if key not in sent_keys]


def _alerts_on_last_refresh(home: Home) -> Iterator[Alert]:
    """Yield an alert if the last refresh was refused, failed or hangs. A Dagster run is keyed by its id."""
    last = last_refresh.read_last_refresh(home)
    if last.is_well:
        return
    run = (last.running.run if last.running else "") if last.is_stuck else last.run
    since = last.running.since if last.is_stuck and last.running else last.started
    key = f"failed {run}" if run and not last.is_stuck else f"refresh {last.outcome} {since} {last.is_stuck}"
    yield Alert(key, Sentence("alert.last_refresh", {"said": last_refresh.render_sentences(last)}))


def _lasting_alerts(home: Home, instance: dg.DagsterInstance) -> Iterator[Alert]:
    """Yield the alerts that have the same key as long as their reason lasts."""
    yield from _alerts_on_home(home)
    yield from _alerts_on_ticks(instance)
    yield from _alerts_on_months(home)


def _alerts_on_home(home: Home) -> Iterator[Alert]:
    """Yield alerts on unreadable files and on overdue, held and expiring submissions."""
    unreadable = verification.find_unreadable_collections(home)
    for collection, faults in unreadable.items():
        for fault in faults:
            key = " ".join(
                ["unreadable", collection, fault.sentence.key, *map(str, fault.sentence.facts.values())]
            )
            yield Alert(key, Sentence("alert.unreadable", {"why": fault.sentence}))
    for file in attention.list_damaged_databases(home):
        yield Alert(f"unreadable {file.name}", Sentence("alert.unreadable_database", {"file": file}))
    home = home.excluding(unreadable)
    for late in attention.list_overdue_collections(home, today()):
        facts = {"collection": late.collection, "until": late.until, "due_on": late.due_on}
        yield Alert(f"overdue {late.collection} {late.due_on}", Sentence("alert.overdue", facts))
    for submission in attention.list_held_submissions(home):
        yield Alert(f"held {submission.id}", Sentence("alert.held", {"submission": submission.id}))
    for submission, until in attention.list_submissions_to_purge(home, today()):
        facts = {"submission": submission.id, "until": until}
        yield Alert(f"leaving {submission.id} {until}", Sentence("alert.leaving", facts))


def _alerts_on_runs(instance: dg.DagsterInstance, sent_keys: Container[str]) -> Iterator[Alert]:
    """Yield an alert for each failed run. The log of a run that was alerted before is not read again."""
    failed_runs = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        updated_after=datetime.fromtimestamp(time.time() - DAYS_BACK * 86_400, UTC),
    )
    for record in reversed(instance.get_run_records(failed_runs)):
        run = record.dagster_run
        key = f"failed {run.run_id}"
        if key in sent_keys:
            continue
        end = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
        facts = {"job": run.job_name, "run": run.run_id, "ended": end.isoformat(" ", "minutes")}
        if questions := refusing_questions(instance, run.run_id):
            sentence = Sentence("alert.refused_by_gate", facts | {"questions": questions})
        else:
            sentence = Sentence("alert.failed", facts)
        yield Alert(key, sentence)


def _alerts_on_ticks(instance: dg.DagsterInstance) -> Iterator[Alert]:
    """Yield an alert for each sensor or schedule whose last tick failed. Its key changes after a success."""
    for state in instance.all_instigator_state():
        instigator = (state.instigator_origin_id, state.selector_id)
        last = instance.get_ticks(*instigator, limit=1)
        if last and last[0].status is TickStatus.FAILURE:
            successes = instance.get_ticks(
                *instigator, limit=1, statuses=[TickStatus.SUCCESS, TickStatus.SKIPPED]
            )
            since = int(successes[0].timestamp) if successes else 0
            sentence = Sentence("alert.look_failed", {"name": state.instigator_name})
            yield Alert(f"look {state.instigator_name} {since}", sentence)


def _alerts_on_months(home: Home) -> Iterator[Alert]:
    """Yield the alerts that are open in the release in force. One is sent once, with its first month."""
    if not home.current.exists():
        return
    try:
        with duckdb.connect(home.current, read_only=True) as db:
            rows = open_alerts(db)
    except duckdb.Error:  # damaged, or of an earlier version: both have alerts of their own
        return
    for row in rows:
        series = [row[name] for name in ("collection", "measure", "reporting_country", "origin_class")]
        key = " ".join(["month", *series, row["citizenship"], f"{row['since']:%Y-%m}"])
        texts = {lang: column_text(row, "sentence", lang) for lang in CONTRACT_LANGUAGES}
        yield Alert(key, MonthSentence(texts))


def refusing_questions(instance: dg.DagsterInstance, run_id: str) -> list[Sentence]:
    """List the questions by which the gate refused a run. Empty if the run failed for another reason."""
    sentences = {question.id: question.words for question in all_questions()}
    log = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    events = [entry.dagster_event for entry in log if entry.dagster_event]
    failures = [event.step_failure_data.user_failure_data for event in events]
    return [
        sentences[name] for failure in failures if failure for name in failure.metadata if name in sentences
    ]


# ---- sending alerts ---------------------------------------------------------------------------------


def send_alerts(home: Home, instance: dg.DagsterInstance, sender: Sender, lang: str) -> list[Alert]:
    """Send new alerts in one message, record and return them. Raises the errors of the sender."""
    home.warehouse.mkdir(parents=True, exist_ok=True)
    with FileLock(home.warehouse / f"{SENT_ALERTS_FILE}.lock"):
        alerts = pending_alerts(home, instance)
        if alerts:
            sender.send(*compose_message(alerts, lang))
            _record_sent(home, alerts)
            open_keys = {alert.key for alert in _lasting_alerts(home, instance)}
            forget_old_alerts(home.warehouse / SENT_ALERTS_FILE, open_keys)
    for alert in alerts:
        log_event("alert_sent", alert=alert.key)
    return alerts


def compose_message(alerts: Sequence[Alert], lang: str) -> tuple[str, str, str]:
    """Return the subject, the text and the identifier of a message."""
    lines = "\n\n".join(f"• {alert.sentence.render(lang)}" for alert in alerts)
    subject = say("alert.subject", lang, n=len(alerts))
    name = hashlib.sha256("\n".join(alert.key for alert in alerts).encode()).hexdigest()[:32]
    return subject, f"{say('alert.opening', lang)}\n\n{lines}\n", name


def _sent_keys(home: Home) -> set[str]:
    """Return the keys of sent alerts. A line cut short by a killed process is ignored."""
    path = home.warehouse / SENT_ALERTS_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key for line in lines if (key := _key_in_line(line))}


def _key_in_line(line: str) -> str:
    """Return the key in a line of the list of sent alerts; empty if the line cannot be read."""
    try:
        return str(json.loads(line)["alert"])
    except (ValueError, TypeError, KeyError):
        return ""


def _record_sent(home: Home, alerts: Sequence[Alert]) -> None:
    """Append alerts to the list of sent alerts, after its last complete line."""
    path = home.warehouse / SENT_ALERTS_FILE
    content = path.read_bytes() if path.exists() else b""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = "".join(json.dumps({"alert": alert.key, "on": now}) + "\n" for alert in alerts)
    durable.append(path, lines.encode(), keep=content.rfind(b"\n") + 1)
