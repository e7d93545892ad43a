"""Running the job in this process, quietly, and with a result one can say. What it runs is jobs.py."""

import os
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

import dagster as dg

from assets.dagster.contract_check import CHECK
from pipelines.dagster import store
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import config, plan
from pipelines.dagster.machine import disk_sentence_in
from pipelines.dagster.run_retention import prune_runs
from pipelines.dagster.runs import end_dead
from schemas.words import Sentence
from warehouse.gate import Answer, all_questions
from warehouse.home import Home, lock
from warehouse.home.journal import happened
from warehouse.home.settings import Engine

EVENTS_AT_ONCE = "500"
"""So many events of a run Dagster hands to its log together, where it may."""


class RunStatus(IntEnum):
    """How a run ended; the value is the exit code."""

    RELEASED = 0
    REFUSED = 1
    BROKEN = 3


@dataclass(frozen=True)
class RunResult:
    """A run's status, with what the gate remarked or refused, and the errors if it broke."""

    status: RunStatus
    answers: list[Sentence] = field(default_factory=list)
    errors: list[str | Sentence] = field(default_factory=list)


def instance_of(home: Home) -> dg.DagsterInstance:
    """The home's own Dagster storage; it is made where it is missing, and made anew where it is damaged."""
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)
    with lock.dagster(home):
        store.make_sound(home)
        return dg.DagsterInstance.from_config(str(home.dagster))


def run_refresh(
    home: Home, instance: dg.DagsterInstance, as_of: date | None = None, engine: Engine | None = None
) -> RunResult:
    """One run of `refresh` in this process. Raises lock.Busy at once if another process builds."""
    with lock.build(home, wait=0):
        pass
    end_dead(home, instance)
    prune_runs(home, instance)
    result = (
        definitions(home)
        .resolve_job_def("refresh")
        .execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config=config(as_of, engine),
            **plan(home, instance),
        )
    )
    ended = _result(result)
    happened(
        "refresh_ended",
        warn=ended.status is not RunStatus.RELEASED,
        run=result.run_id,
        status=ended.status.name,
    )
    return ended


def _result(result: dg.ExecuteInProcessResult) -> RunResult:
    """What the gate's questions say comes first: a run that the gate refused is a failed one too."""
    answers = [c for c in result.get_asset_check_evaluations() if c.check_name != CHECK and not c.passed]
    if refused := [_words(c) for c in answers if c.severity is dg.AssetCheckSeverity.ERROR]:
        return RunResult(RunStatus.REFUSED, refused)
    if not result.success:
        errors = [_root_cause(event) for event in result.get_step_failure_events()]
        return RunResult(RunStatus.BROKEN, errors=errors)
    return RunResult(RunStatus.RELEASED, [_words(c) for c in answers])


def _words(check: dg.AssetCheckEvaluation) -> Sentence:
    """What the gate answered: Dagster has it in both languages of the contract, a person asked in one."""
    question = next(q for q in all_questions() if q.id == check.check_name)
    facts: dict[str, Any] = {name: fact.value for name, fact in check.metadata.items()}
    return Answer(question, check.passed, facts["violations"], tuple(facts["examples"])).words


def _root_cause(failure: dg.DagsterEvent) -> str | Sentence:
    """What ended a step: a sentence where it was the disk, else what the error says."""
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    said = error.message.strip() if error else ""
    return disk_sentence_in(said) or said
