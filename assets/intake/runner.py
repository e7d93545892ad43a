"""Making a step for the submissions that need it: what a step reads, and where it is stored.

No step's work is here: the steps are functions of frames and a card. A step that is fresh (freshness.py) is
not made again; one that breaks off leaves its trace and rejects its submission, and ends no run.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from assets.intake import admission, observations, records, submission
from assets.intake.freshness import fingerprint
from assets.intake.judging import record_judging
from assets.intake.judging.finding_places import examples
from assets.intake.judging.judging import judge
from assets.intake.reading import reading
from assets.intake.reading.sheets import Unreadable
from assets.intake.step import OBSERVATIONS, RECORDS, STEPS, SUBMISSION, VALIDATED, WAITING, Made, Step
from schemas.cards.format_card import Card
from schemas.findings import Finding
from schemas.tables import OPENINGS, QUARANTINED, SOURCES, STAGED, Table
from warehouse.home import Home, Submission, case_key, lock
from warehouse.home.frames import Frame, read_arrow, read_frame, write_frame
from warehouse.home.repairs import tell_repair
from warehouse.home.staged import ENTERED, PROGRESS, Proof, Result, damaged, read, write

FAILED = "failed"
"""Fingerprint of a step that broke off or found other bytes than were received, and of those after it: it
never matches, so the step is made again next time."""
DECLARED: dict[str, Table] = {
    "quarantined": QUARANTINED,
    "observations": STAGED,
    "sources": SOURCES,
    "openings": OPENINGS,
}
"""Staged frames whose columns are declared."""


def run(home: Home, submissions: Sequence[Submission], step: Step) -> list[Result]:
    """Make the step for each submission that is not fresh. Never raises for one submission."""
    results, repeated = [], home.repeated() if step is SUBMISSION else {}
    for done, one in enumerate(submissions, start=1):
        key = fingerprint(home, one, step)
        if (result := _fresh(home, one, step, key)) is None:
            with lock.steps(home, one.id):  # somebody else may have made it meanwhile
                result = _fresh(home, one, step, key) or _make(Task(home, one, step, repeated), key)
        results.append(result)
        if step is OBSERVATIONS and admission.awaits(home, one):  # not under step.lock: raw.lock comes first
            admission.admit(home, one, partial(make_ready, home))
        PROGRESS.info("%s %d/%d", step.name, done, len(submissions))
    return results


def _fresh(home: Home, submission: Submission, step: Step, key: str) -> Result | None:
    """What the step said, if it need not be made again."""
    result = read(home, submission.id, step.name)
    return result if result and result.fingerprint == key and not _tell_damage(home, result) else None


def _tell_damage(home: Home, result: Result) -> bool:
    """Whether a table of the step is not as it left it, which is said: it is made again."""
    paths = damaged(home, result)
    for path in paths:
        tell_repair("staged", path=path)
    return bool(paths)


def make_ready(home: Home, submission: Submission) -> None:
    """Make all steps of a submission that another is to be compared with."""
    for step in STEPS:
        run(home, [submission], step)


@dataclass(frozen=True)
class Task:
    """One step to be made for one submission, and what it may read."""

    home: Home
    submission: Submission
    step: Step
    repeated: Mapping[str, str]

    @property
    def card(self) -> Card:
        """The card of the submission's collection."""
        return self.home.card(self.submission.collection)

    def before(self) -> Result | None:
        """What the step before said of the submission."""
        return read(self.home, self.submission.id, self.step.after.name) if self.step.after else None


def _make(task: Task, key: str) -> Result:
    home, step, identifier = task.home, task.step, task.submission.id
    before = task.before()
    files: dict[str, Proof] = dict(before.files) if before else {}
    if before and before.fingerprint == FAILED:
        key = FAILED
    try:
        made = _made(task, before)
        files |= _written(task, made.frames)
        key = key if made.lasts else FAILED
    except Exception as error:
        trace = home.staged(identifier) / f"{step.name}.error.txt"
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        failed = Finding("step_failed", value=f"{step.name}: {type(error).__name__}")
        made, key = Made("rejected", before.rows if before else {}, findings=[failed]), FAILED
    result = Result(step.name, identifier, key, made.status, made.rows, made.facts, made.findings, files)
    write(home, result)
    return result


def _written(task: Task, frames: Mapping[str, Frame]) -> dict[str, Proof]:
    """The tables of the step, written side by side: Arrow lets Python go on meanwhile."""
    with ThreadPoolExecutor(2) as threads:
        proofs = [
            threads.submit(write_frame, task.home, task.submission.id, name, frame, DECLARED.get(name))
            for name, frame in frames.items()
        ]
        return {name: proof.result() for name, proof in zip(frames, proofs, strict=True)}


def _made(task: Task, before: Result | None) -> Made:
    """The step's result; where the step before accepted nothing, what that one said."""
    if task.step.after and (before is None or not before.accepted):
        return Made(before.status, before.rows) if before else Made("rejected")
    if _reads_bytes(task) and task.submission.is_changed:
        return submission.changed(task.submission, before.rows if before else {})
    return _WORK[task.step](task, before)


def _reads_bytes(task: Task) -> bool:
    """Whether the step reads the received file; of cases the records are under raw/ only."""
    return task.step is not OBSERVATIONS and (
        task.step is not VALIDATED or task.card.collection.kind == "cases"
    )


def _describe(task: Task, before: Result | None) -> Made:
    return submission.describe(task.submission, task.repeated)


def _read(task: Task, before: Result | None) -> Made:
    try:
        one = task.submission
        contents = records.read(one.file, task.card, one.sha256, collection=one.collection)
    except Unreadable as unreadable:
        return Made("rejected", unreadable.rows, findings=[unreadable.finding, *unreadable.also])
    finally:
        reading.forget()
    _handed.records.clear()
    _handed.records[task.submission.id, task.submission.sha256] = contents.records
    facts = {"format": contents.format, "header_row": contents.header_row}
    status = "accepted" if contents.accepted else "rejected"
    kept = {} if task.card.collection.kind == "cases" else {RECORDS.name: contents.records.arrow()}
    return Made(status, contents.rows, facts, contents.findings, kept)


class _Handed(threading.local):
    """The records that this thread read last, for the step after. Of cases only raw/ has them, too."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], records.Records] = {}


_handed = _Handed()


def _records(task: Task) -> records.Records:
    if handed := _handed.records.pop((task.submission.id, task.submission.sha256), None):
        return handed
    if task.card.collection.kind == "cases":
        return records.read(task.submission.file, task.card).records
    return records.Records.from_arrow(read_arrow(task.home, task.submission.id, RECORDS.name))


def _judge(task: Task, before: Result | None) -> Made:
    assert before is not None
    card, contents = task.card, _records(task)
    judged = judge(contents, str(before.facts["format"]), card, task.submission.received_on)
    findings = judged.findings.without_case_ids(partial(case_key.hashed, task.home))
    frames: dict[str, Frame] = {
        VALIDATED.name: judged.accepted,
        f"{VALIDATED.name}_findings": findings.table,
    }
    if card.declared:
        frames[WAITING] = judged.quarantined
    else:
        frames |= {
            "quarantined": judged.quarantined.assign(submission=task.submission.id),
            WAITING: judged.waiting,
        }
    facts: dict[str, Any] = {"findings": judged.findings.by_rule, "unplaced": judged.unplaced}
    fmt = next(f for f in card.formats() if f.name == before.facts["format"])
    facts["sheets"] = records.shown_sheets(contents.sheets, card)
    facts["columns"] = records.shown_columns(contents.columns, fmt)
    if judged.case_rows is not None:
        frames["case_rows"] = judged.case_rows
        facts["cases"] = len(judged.case_rows)
    return Made(judged.status, judged.rows, facts, findings.examples, frames)


def _observe(task: Task, before: Result | None) -> Made:
    assert before is not None
    one = task.submission
    lines = read_frame(task.home, one.id, VALIDATED.name)
    if task.card.declared:
        return _enter(task, before, lines)
    origin = observations.Origin(
        one.id, one.collection, one.received_on, before.facts["sheets"], before.facts["columns"]
    )
    facts: dict[str, Any] = {}
    if cases := before.facts.get("cases"):
        observed = observations.observe_cases(lines, origin, task.card.collection)
        frames = {"case_lines": observed.sources}
        facts["cases"] = cases
    else:
        observed = observations.observe(lines, origin, task.card.collection)
        frames = {"sources": observed.sources}
    waiting = read_frame(task.home, one.id, WAITING)
    frames["openings"] = observations.opened(waiting, lines, origin, task.card.collection)
    frames[OBSERVATIONS.name] = observed.values
    facts["observations"] = len(observed.values)
    return Made("accepted", before.rows, facts, examples(observed.findings), frames)


def _enter(task: Task, before: Result, lines: pd.DataFrame) -> Made:
    """The network's records as the build reads them."""
    one, card = task.submission, task.card
    assert card.declared is not None
    stored = record_judging.entries(
        lines,
        card.declared,
        submission=one.id,
        collection=one.collection,
        by_scope=card.collection.delivery == "by_scope",
    )
    return Made("accepted", before.rows, {"records": card.declared.name}, frames={ENTERED: stored})


_WORK: dict[Step, Callable[[Task, Result | None], Made]] = {
    SUBMISSION: _describe,
    RECORDS: _read,
    VALIDATED: _judge,
    OBSERVATIONS: _observe,
}
