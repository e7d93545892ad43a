"""Which of Dagster's runs live. One whose process is dead is ended, so that none waits for it."""

import time

import dagster as dg

from warehouse.home import Home, lock

_ALIVE = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_SECONDS_TO_START = 60
"""A run takes its lock as it starts; one that has not after so long never will."""


def end_dead(home: Home, instance: dg.DagsterInstance) -> list[str]:
    """End the runs whose process is dead; their ids."""
    records = instance.get_run_records(dg.RunsFilter(statuses=_ALIVE))
    dead = [record.dagster_run for record in records if _is_dead(home, record)]
    for run in dead:
        instance.report_run_failed(run, "Su proceso terminó / its process has ended.")
    lock.forget_runs(home)
    return [run.run_id for run in dead]


def _is_dead(home: Home, record: dg.RunRecord) -> bool:
    held = lock.is_run_held(home, record.dagster_run.run_id)
    if held is None:
        return time.time() - (record.start_time or 0) > _SECONDS_TO_START
    return not held
