"""Running the job in this process, quietly, and with an ending one can tell. What it runs is jobs.py."""

import os
import shutil
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from pathlib import Path

import dagster as dg

from assets.submissions import CHECK
from pipelines.definitions import definitions
from pipelines.jobs import config, plan
from pipelines.runs import end_dead
from warehouse.home import Home, lock

EVENTS_AT_ONCE = "500"
"""So many events of a run Dagster hands to its log together, where it may."""


class Ending(IntEnum):
    """How a run ended; the value is the exit code."""

    RELEASED = 0
    REFUSED = 1
    BROKEN = 3


@dataclass(frozen=True)
class Ended:
    """A run's ending, with what the gate remarked or refused, or the error if it broke."""

    ending: Ending
    reasons: list[str]


def instance_of(home: Home) -> dg.DagsterInstance:
    """The home's own Dagster storage; it is made where it is missing."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    if not (home.dagster / "dagster.yaml").exists():
        shutil.copyfile(Path(__file__).with_name("dagster.yaml"), home.dagster / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", EVENTS_AT_ONCE)
    return dg.DagsterInstance.from_config(str(home.dagster))


def run_refresh(home: Home, instance: dg.DagsterInstance, as_of: date | None = None) -> Ended:
    """One run of `refresh` in this process. Raises lock.Busy at once if another process builds."""
    with lock.build(home, wait=0):
        pass
    end_dead(home, instance)
    result = (
        definitions(home)
        .resolve_job_def("refresh")
        .execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config=config(as_of),
            **plan(home, instance),
        )
    )
    return _ended(result)


def _ended(result: dg.ExecuteInProcessResult) -> Ended:
    """What the gate's questions say comes first: a run that the gate refused is a failed one too."""
    answers = [c for c in result.get_asset_check_evaluations() if c.check_name != CHECK and not c.passed]
    if refused := [_words(c) for c in answers if c.severity is dg.AssetCheckSeverity.ERROR]:
        return Ended(Ending.REFUSED, refused)
    if not result.success:
        return Ended(Ending.BROKEN, [_root_cause(event) for event in result.get_step_failure_events()])
    return Ended(Ending.RELEASED, [_words(c) for c in answers])


def _words(answer: dg.AssetCheckEvaluation) -> str:
    return answer.description or answer.check_name


def _root_cause(failure: dg.DagsterEvent) -> str:
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error else ""
