"""Running the job in this process, quietly, and with an ending one can tell. What it runs is jobs.py."""

import shutil
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from pathlib import Path

import dagster as dg

from assets import build as core
from pipelines.definitions import definitions
from pipelines.jobs import plan
from pipelines.runs import end_dead
from warehouse.home import Home, lock


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
    return dg.DagsterInstance.from_config(str(home.dagster))


def run_refresh(home: Home, instance: dg.DagsterInstance, as_of: date | None = None) -> Ended:
    """One run of `refresh` in this process. Raises lock.Busy at once if another process builds."""
    with lock.build(home, wait=0):
        pass
    end_dead(home, instance)
    tags = {core.AS_OF_TAG: str(as_of)} if as_of else {}
    result = (
        definitions(home)
        .resolve_job_def("refresh")
        .execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {}}},
            **plan(home, instance, tags),
        )
    )
    return _ended(result)


def _ended(result: dg.ExecuteInProcessResult) -> Ended:
    if not result.success:
        failures = [e.event_specific_data.error for e in result.get_step_failure_events()]
        return Ended(Ending.BROKEN, [_root_cause(f) for f in failures])
    verdicts = [c for c in result.get_asset_check_evaluations() if c.check_name == core.HOLDS]
    refused = [v for v in verdicts if not v.passed]
    reasons = [str(m.value) for v in verdicts for m in v.metadata.values()]
    return Ended(Ending.REFUSED if refused else Ending.RELEASED, reasons)


def _root_cause(error) -> str:
    while error.cause is not None:
        error = error.cause
    return error.message.strip()
