"""Detection of dead runs. A run whose process died is ended, so that no other run waits for it."""

import time

import dagster as dg

from warehouse.home import Home, lock

_ACTIVE_STATUSES = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_SECONDS_TO_START = 60
"""A run takes its lock when it starts. If it has none after this time, it never will."""


def end_dead_runs(home: Home, instance: dg.DagsterInstance) -> list[str]:
    """End the runs whose process is dead. Returns their ids."""
    records = instance.get_run_records(dg.RunsFilter(statuses=_ACTIVE_STATUSES))
    dead = [record.dagster_run for record in records if _is_dead(home, record)]
    for run in dead:
        instance.report_run_failed(run, "Su proceso terminó / its process has ended.")
    lock.forget_runs(home)
    return [run.run_id for run in dead]


def _is_dead(home: Home, record: dg.RunRecord) -> bool:
    is_held = lock.is_run_held(home, record.dagster_run.run_id)
    if is_held is None:
        return time.time() - (record.start_time or 0) > _SECONDS_TO_START
    return not is_held
