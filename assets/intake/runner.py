"""Running a step for the submissions that need it: its inputs, and the storage of its results.

No step's work is done here: steps are functions of frames and a card. A step that is fresh (freshness.py)
does not run again. A step that raises an error leaves its trace and rejects its submission, but does not end
the run.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from assets.intake import admission, observations, records
from assets.intake.freshness import fingerprint, is_stale
from assets.intake.judging import record_judging
from assets.intake.judging.finding_places import examples
from assets.intake.judging.judging import judge
from assets.intake.reading.sheets import Unreadable
from assets.intake.step import (
    OBSERVATIONS,
    RECORDS,
    STEPS,
    SUBMISSION,
    VALIDATED,
    WAITING,
    FileInMemory,
    Step,
    StepOutput,
)
from assets.intake.submission import describe, describe_changed
from schemas.cards.format_card import Card
from schemas.findings import Finding
from schemas.tables import OPENINGS, QUARANTINED_TABLE, SOURCES, STAGED_TABLE, Table
from warehouse.home import Home, Submission, case_key, lock
from warehouse.home.frames import Frame, read_arrow, read_frame, write_frame
from warehouse.home.repairs import log_repair
from warehouse.home.step_results import (
    PROGRESS,
    RECORDS_TABLE,
    SizeAndHash,
    StepResult,
    find_damaged_tables,
    read_result,
    write_result,
)

FAILED = "failed"
"""Fingerprint of a step that failed or found other bytes than were received, and of the steps after it.

It never matches, so the step runs again next time.
"""
STAGED_TABLES: dict[str, Table] = {
    "quarantined": QUARANTINED_TABLE,
    "observations": STAGED_TABLE,
    "sources": SOURCES,
    "openings": OPENINGS,
}
"""Staged frames with declared columns."""


def run(
    home: Home,
    submissions: Sequence[Submission],
    step: Step,
    *,
    is_admitting: bool = True,
    memory: FileInMemory | None = None,
) -> list[StepResult]:
    """Run the step for each submission that is not fresh. An error in a submission is never raised.

    After the last step a submission is compared with those in force, unless `is_admitting` is false. `memory`
    is what earlier steps left of a single submission's file.
    """
    results, earlier_duplicates = [], home.repeated_submissions() if step is SUBMISSION else {}
    for done, submission in enumerate(submissions, start=1):
        key = fingerprint(home, submission, step)
        if (result := _fresh_result(home, submission, step, key)) is None:
            with lock.steps(home, submission.id):  # another process may have run it meanwhile
                result = _fresh_result(home, submission, step, key) or _run_step(
                    Task(home, submission, step, earlier_duplicates, memory or FileInMemory()), key
                )
        results.append(result)
        # outside step.lock, because raw.lock must be taken first
        if is_admitting and step is OBSERVATIONS and admission.awaits(home, submission):
            admission.admit(home, submission, partial(run_all_steps, home))
        PROGRESS.info("%s %d/%d", step.name, done, len(submissions))
    return results


def _fresh_result(home: Home, submission: Submission, step: Step, key: str) -> StepResult | None:
    """Return the step's stored result if it need not run again."""
    result = read_result(home, submission.id, step.name)
    return result if result and result.fingerprint == key and not _report_damage(home, result) else None


def _report_damage(home: Home, result: StepResult) -> bool:
    """Check if a table of the step was changed, and report it. The step then runs again."""
    paths = find_damaged_tables(home, result)
    for path in paths:
        log_repair("staged", path=path)
    return bool(paths)


def run_all_steps(home: Home, submission: Submission, needed: Step) -> None:
    """Run all steps of a submission that another is compared with, unless the result of `needed` is fresh.

    Results of earlier steps are not needed: their tables may have been deleted (staged_compaction.py).
    """
    if not is_stale(home, submission, needed):
        return
    memory = FileInMemory()
    for step in STEPS:
        run(home, [submission], step, memory=memory)


@dataclass(frozen=True)
class Task:
    """A step to run for a submission, and its inputs."""

    home: Home
    submission: Submission
    step: Step
    earlier_duplicates: Mapping[str, str]
    memory: FileInMemory

    @property
    def card(self) -> Card:
        """The card of the submission's collection."""
        return self.home.card(self.submission.collection)

    def before(self) -> StepResult | None:
        """Return the result of the previous step for the submission."""
        return read_result(self.home, self.submission.id, self.step.after.name) if self.step.after else None


def _run_step(task: Task, key: str) -> StepResult:
    home, step, identifier = task.home, task.step, task.submission.id
    before = task.before()
    files: dict[str, SizeAndHash] = dict(before.files) if before else {}
    if before and before.fingerprint == FAILED:
        key = FAILED
    try:
        output = _step_output(task, before)
        files |= _write_frames(task, output.frames)
        key = key if output.lasts else FAILED
    except Exception as error:
        trace = home.staged_folder(identifier) / f"{step.name}.error.txt"
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        failed = Finding("step_failed", value=f"{step.name}: {type(error).__name__}")
        output, key = StepOutput("rejected", before.rows if before else {}, findings=[failed]), FAILED
    result = StepResult(
        step.name, identifier, key, output.status, output.rows, output.facts, output.findings, files
    )
    write_result(home, result)
    return result


def _write_frames(task: Task, frames: Mapping[str, Frame]) -> dict[str, SizeAndHash]:
    """Write the step's tables in parallel: Arrow releases Python's lock."""
    with ThreadPoolExecutor(2) as threads:
        proofs = [
            threads.submit(write_frame, task.home, task.submission.id, name, frame, STAGED_TABLES.get(name))
            for name, frame in frames.items()
        ]
        return {name: proof.result() for name, proof in zip(frames, proofs, strict=True)}


def _step_output(task: Task, before: StepResult | None) -> StepOutput:
    """Return the step's output. If the previous step accepted nothing, repeat its status and rows."""
    if task.step.after and (before is None or not before.is_accepted):
        return StepOutput(before.status, before.rows) if before else StepOutput("rejected")
    if _reads_bytes(task) and not task.memory.is_intact and task.submission.is_changed:
        return describe_changed(task.submission, before.rows if before else {})
    return _WORK[task.step](task, before)


def _reads_bytes(task: Task) -> bool:
    """Check if the step reads the received file. Records of cases are stored under raw/ only."""
    return task.step is not OBSERVATIONS and (
        task.step is not VALIDATED or task.card.collection.kind == "cases"
    )


def _describe(task: Task, before: StepResult | None) -> StepOutput:
    return describe(task.submission, task.earlier_duplicates)


def _read(task: Task, before: StepResult | None) -> StepOutput:
    try:
        submission = task.submission
        contents = records.read(
            submission.file, task.card, task.memory.text, collection=submission.collection
        )
    except Unreadable as unreadable:
        return StepOutput("rejected", unreadable.rows, findings=[unreadable.finding, *unreadable.further])
    finally:
        task.memory.text = None
    task.memory.records = contents.records
    facts: dict[str, Any] = {"format": contents.format, "header_row": contents.header_row}
    facts |= {"answers": contents.answers} if contents.answers else {}
    status = "accepted" if contents.is_accepted else "rejected"
    frames = {} if task.card.collection.kind == "cases" else {RECORDS.name: contents.records.arrow()}
    return StepOutput(status, contents.rows, facts, contents.findings, frames)


def _records(task: Task) -> records.Records:
    """Return the records that the step before left. Those of cases are otherwise only under raw/."""
    if read_before := task.memory.records:
        task.memory.records = None
        return read_before
    if task.card.collection.kind == "cases":
        return records.read(task.submission.file, task.card).records
    return records.Records.from_arrow(read_arrow(task.home, task.submission.id, RECORDS.name))


def _judge(task: Task, before: StepResult | None) -> StepOutput:
    assert before is not None
    card, contents = task.card, _records(task)
    fmt = card.format_named(str(before.facts["format"]))
    judgement = judge(contents, fmt, card, task.submission.received_on)
    findings = judgement.findings.without_case_ids(partial(case_key.hash_case_id, task.home))
    frames: dict[str, Frame] = {
        VALIDATED.name: judgement.accepted_lines,
        f"{VALIDATED.name}_findings": findings.table,
    }
    if card.declaration:
        frames[WAITING] = judgement.quarantined_keys
    else:
        frames |= {
            "quarantined": judgement.quarantined_keys.assign(submission=task.submission.id),
            WAITING: judgement.waiting,
        }
    facts: dict[str, Any] = {"findings": judgement.findings.by_rule, "unplaced": judgement.unplaced_counts}
    facts["sheets"] = records.public_sheet_names(contents.sheets, card)
    facts["columns"] = records.public_column_names(contents.columns, fmt)
    if judgement.case_rows is not None:
        frames["case_rows"] = judgement.case_rows
        facts["cases"] = len(judgement.case_rows)
    return StepOutput(judgement.status, judgement.rows, facts, findings.examples, frames)


def _observe(task: Task, before: StepResult | None) -> StepOutput:
    assert before is not None
    submission = task.submission
    lines = read_frame(task.home, submission.id, VALIDATED.name)
    if task.card.declaration:
        return _enter(task, before, lines)
    origin = observations.Origin(
        submission.id,
        submission.collection,
        submission.received_on,
        before.facts["sheets"],
        before.facts["columns"],
    )
    facts: dict[str, Any] = {}
    if cases := before.facts.get("cases"):
        harmonised_values = observations.observe_cases(lines, origin, task.card.collection)
        frames = {"case_lines": harmonised_values.sources}
        facts["cases"] = cases
    else:
        harmonised_values = observations.observe(lines, origin, task.card.collection)
        frames = {"sources": harmonised_values.sources}
    waiting = read_frame(task.home, submission.id, WAITING)
    frames["openings"] = observations.complete_openings(waiting, lines, origin, task.card.collection)
    frames[OBSERVATIONS.name] = harmonised_values.values
    facts["observations"] = len(harmonised_values.values)
    return StepOutput("accepted", before.rows, facts, examples(harmonised_values.findings), frames)


def _enter(task: Task, before: StepResult, lines: pd.DataFrame) -> StepOutput:
    """Return the network's records as the build reads them."""
    submission, card = task.submission, task.card
    assert card.declaration is not None
    stored = record_judging.entries(
        lines,
        card.declaration,
        submission=submission.id,
        collection=submission.collection,
        by_scope=card.collection.delivery == "by_scope",
    )
    return StepOutput(
        "accepted", before.rows, {"records": card.declaration.name}, frames={RECORDS_TABLE: stored}
    )


_WORK: dict[Step, Callable[[Task, StepResult | None], StepOutput]] = {
    SUBMISSION: _describe,
    RECORDS: _read,
    VALIDATED: _judge,
    OBSERVATIONS: _observe,
}
