"""Alerts: what asks for a person, said once to whoever the deployment names. Judges and sends nothing.

What there is to say: submissions that are overdue or held, files that cannot be read, runs, sensors and
schedules that failed; nothing that cannot be read keeps the rest from being said. What was said stands in
`warehouse/alerts.jsonl`, a line each; it is written once the sender has taken the message, so that one that
could not be sent is tried again, and none is sent twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus
from filelock import FileLock

from pipelines.dagster.alert_retention import forget_old_alerts
from pipelines.dagster.senders import Sender
from schemas.words import Sentence, say
from warehouse.gate.questions import all_questions
from warehouse.home import Home, durable
from warehouse.home.calendar import today
from warehouse.home.journal import happened
from warehouse.releases import attention, last_refresh, verification

SENT = "alerts.jsonl"
DAYS_BACK = 7
"""A run that failed longer ago than that is no news."""


@dataclass(frozen=True)
class Alert:
    """One thing that asks for a person; `key` is the same as long as it is the same thing."""

    key: str
    words: Sentence


# ---- what there is to say --------------------------------------------------------------------------


def pending(home: Home, instance: dg.DagsterInstance) -> list[Alert]:
    """What was not said yet."""
    said = _said(home)
    found = (*_of_last_refresh(home), *_of_home(home), *_of_runs(instance, said), *_of_ticks(instance))
    by_key: dict[str, Alert] = {}
    for alert in found:
        by_key.setdefault(alert.key, alert)
    return [alert for key, alert in by_key.items() if key not in said]


def _of_last_refresh(home: Home) -> Iterator[Alert]:
    """A refresh that was refused, broke off or does not end; of a run of Dagster's the key is the run's."""
    last = last_refresh.read(home)
    if last.is_well:
        return
    run = (last.running.run if last.running else "") if last.is_stuck else last.run
    since = last.running.since if last.is_stuck and last.running else last.started
    key = f"failed {run}" if run and not last.is_stuck else f"refresh {last.outcome} {since} {last.is_stuck}"
    yield Alert(key, Sentence("alert.last_refresh", {"said": last_refresh.sentences(last)}))


def _of_home(home: Home) -> Iterator[Alert]:
    unreadable = verification.unreadable(home)
    for collection, faults in unreadable.items():
        for fault in faults:
            key = " ".join(
                ["unreadable", collection, fault.sentence.key, *map(str, fault.sentence.facts.values())]
            )
            yield Alert(key, Sentence("alert.unreadable", {"why": fault.sentence}))
    for file in attention.damaged(home):
        yield Alert(f"unreadable {file.name}", Sentence("alert.unreadable_database", {"file": file}))
    home = home.passing_over(unreadable)
    for late in attention.overdue(home, today()):
        facts = {"collection": late.collection, "until": late.until, "due_on": late.due_on}
        yield Alert(f"overdue {late.collection} {late.due_on}", Sentence("alert.overdue", facts))
    for submission in attention.held(home):
        yield Alert(f"held {submission.id}", Sentence("alert.held", {"submission": submission.id}))
    for submission, until in attention.leaving(home, today()):
        facts = {"submission": submission.id, "until": until}
        yield Alert(f"leaving {submission.id} {until}", Sentence("alert.leaving", facts))


def _of_runs(instance: dg.DagsterInstance, said: Container[str]) -> Iterator[Alert]:
    """Runs that failed; of one that was said already the log is not read again."""
    failed = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        updated_after=datetime.fromtimestamp(time.time() - DAYS_BACK * 86_400, UTC),
    )
    for record in reversed(instance.get_run_records(failed)):
        run = record.dagster_run
        key = f"failed {run.run_id}"
        if key in said:
            continue
        ended = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
        facts = {"job": run.job_name, "run": run.run_id, "ended": ended.isoformat(" ", "minutes")}
        if refused := refused_questions(instance, run.run_id):
            words = Sentence("alert.refused_by_gate", facts | {"questions": refused})
        else:
            words = Sentence("alert.failed", facts)
        yield Alert(key, words)


def _of_ticks(instance: dg.DagsterInstance) -> Iterator[Alert]:
    """A sensor or schedule whose last look failed: the same thing until one succeeds."""
    for state in instance.all_instigator_state():
        of = (state.instigator_origin_id, state.selector_id)
        last = instance.get_ticks(*of, limit=1)
        if last and last[0].status is TickStatus.FAILURE:
            good = instance.get_ticks(*of, limit=1, statuses=[TickStatus.SUCCESS, TickStatus.SKIPPED])
            since = int(good[0].timestamp) if good else 0
            words = Sentence("alert.look_failed", {"name": state.instigator_name})
            yield Alert(f"look {state.instigator_name} {since}", words)


def refused_questions(instance: dg.DagsterInstance, run_id: str) -> list[Sentence]:
    """What the gate refused a run for; none where it failed otherwise."""
    asked = {question.id: question.words for question in all_questions()}
    log = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    events = [entry.dagster_event for entry in log if entry.dagster_event]
    told = [event.step_failure_data.user_failure_data for event in events]
    return [asked[name] for one in told if one for name in one.metadata if name in asked]


# ---- saying it, once --------------------------------------------------------------------------------


def tell(home: Home, instance: dg.DagsterInstance, sender: Sender, lang: str) -> list[Alert]:
    """Send what was not said yet in one message, note and return it. Raises what the sender raises."""
    home.warehouse.mkdir(parents=True, exist_ok=True)
    with FileLock(home.warehouse / f"{SENT}.lock"):
        alerts = pending(home, instance)
        if alerts:
            sender.send(*message(alerts, lang))
            _note(home, alerts)
            standing = {alert.key for alert in (*_of_home(home), *_of_ticks(instance))}
            forget_old_alerts(home.warehouse / SENT, standing)
    for alert in alerts:
        happened("alert_sent", alert=alert.key)
    return alerts


def message(alerts: Sequence[Alert], lang: str) -> tuple[str, str, str]:
    """Subject, text and name of one message."""
    said = "\n\n".join(f"• {alert.words.said(lang)}" for alert in alerts)
    subject = say("alert.subject", lang, n=len(alerts))
    name = hashlib.sha256("\n".join(alert.key for alert in alerts).encode()).hexdigest()[:32]
    return subject, f"{say('alert.opening', lang)}\n\n{said}\n", name


def _said(home: Home) -> set[str]:
    """The keys of what was said; half a line, of a writer that was killed, says nothing."""
    path = home.warehouse / SENT
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key for line in lines if (key := _key(line))}


def _key(line: str) -> str:
    try:
        return str(json.loads(line)["alert"])
    except (ValueError, TypeError, KeyError):
        return ""


def _note(home: Home, alerts: Sequence[Alert]) -> None:
    path = home.warehouse / SENT
    whole = path.read_bytes() if path.exists() else b""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = "".join(json.dumps({"alert": alert.key, "on": now}) + "\n" for alert in alerts)
    durable.append(path, lines.encode(), keep=whole.rfind(b"\n") + 1)
