"""Execution of a refresh in this process, without console output, and its result. The job is in jobs.py."""

import os
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

import dagster as dg

from assets.dagster.contract_check import CHECK_NAME
from pipelines.dagster import storage
from pipelines.dagster.dead_runs import end_dead_runs
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import config, plan
from pipelines.dagster.machine_errors import disk_sentence_in
from pipelines.dagster.run_retention import prune_runs
from schemas.words import Sentence
from warehouse.environment.settings import Engine
from warehouse.gate import Answer, all_questions
from warehouse.home import Home, lock
from warehouse.home.journal import log_event

EVENTS_AT_ONCE = "500"
"""Number of events that Dagster may store together."""


class RunStatus(IntEnum):
    """Status at the end of a run. Its value is the exit code."""

    RELEASED = 0
    REFUSED = 1
    BROKEN = 3


@dataclass(frozen=True)
class RunResult:
    """Status of a run, the gate's remarks or refusals, and the errors of a broken run."""

    status: RunStatus
    answers: list[Sentence] = field(default_factory=list)
    errors: list[str | Sentence] = field(default_factory=list)


def instance_of(home: Home) -> dg.DagsterInstance:
    """Open the home's own Dagster storage. Creates it if it is missing, and replaces it if it is damaged."""
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)
    with lock.dagster(home):
        storage.repair(home)
        return dg.DagsterInstance.from_config(str(home.dagster))


def run_refresh(
    home: Home, instance: dg.DagsterInstance, as_of: date | None = None, engine: Engine | None = None
) -> RunResult:
    """Run `refresh` in this process. Raises lock.Busy at once if another process builds."""
    with lock.build(home, wait=0):
        pass
    end_dead_runs(home, instance)
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
    run_result = _run_result(result)
    log_event(
        "refresh_ended",
        warn=run_result.status is not RunStatus.RELEASED,
        run=result.run_id,
        status=run_result.status.name,
    )
    return run_result


def _run_result(result: dg.ExecuteInProcessResult) -> RunResult:
    """Return the result of a run. The gate is asked first, because a run that it refused has also failed."""
    answers = [c for c in result.get_asset_check_evaluations() if c.check_name != CHECK_NAME and not c.passed]
    if refusals := [_check_sentence(c) for c in answers if c.severity is dg.AssetCheckSeverity.ERROR]:
        return RunResult(RunStatus.REFUSED, refusals)
    if not result.success:
        errors = [_root_cause(event) for event in result.get_step_failure_events()]
        return RunResult(RunStatus.BROKEN, errors=errors)
    return RunResult(RunStatus.RELEASED, [_check_sentence(c) for c in answers])


def _check_sentence(check: dg.AssetCheckEvaluation) -> Sentence:
    """Return the gate's answer as a sentence, so that it can be shown in the user's language alone."""
    question = next(q for q in all_questions() if q.id == check.check_name)
    facts: dict[str, Any] = {name: fact.value for name, fact in check.metadata.items()}
    return Answer(question, check.passed, facts["violations"], tuple(facts["examples"])).words


def _root_cause(failure: dg.DagsterEvent) -> str | Sentence:
    """Return the error that ended a step: a sentence if the disk caused it, else the error's own text."""
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = error.message.strip() if error else ""
    return disk_sentence_in(message) or message
