"""What Dagster itself costs for one small submission, beyond the plain steps: `python -m tests.bench_dagster`.

All steps are fresh, as the runner left them, so that a run of the four assets has nothing to do but to log. The same
submissions through the plain steps are the floor. Wall and processor time, as other work may run beside it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from assets.dagster.submissions import PARTITIONS
from assets.intake import freshness
from assets.intake.processing import STEP_RUNNERS
from assets.intake.step import STEPS
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import RANGE_END, RANGE_START
from pipelines.dagster.launch import instance_of
from tests.bench_homes import small_home
from warehouse.home import Home, step_results


def figures(submissions: int = 200, known: int = 0) -> dict[str, object]:
    """Seconds a submission in a run of so many, where as many more partitions are known."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        small_home(home.root, submissions)
        _stage(home)
        ids = [s.id for s in home.submissions()]
        plain = _timed(lambda: [run(home, home.submissions()) for run in STEP_RUNNERS])
        with instance_of(home) as instance:
            instance.add_dynamic_partitions(PARTITIONS, [f"older.{n}" for n in range(known)])
            instance.add_dynamic_partitions(PARTITIONS, ids)
            seconds = _timed(lambda: _run(home, instance, ids))
    wall, cpu = ((a - b) / submissions for a, b in zip(seconds, plain, strict=True))
    print(f"{submissions} submissions, {known} partitions more: {wall:.4f} s each, {cpu:.4f} s of processor")
    return {
        "name": f"dagster_own_{submissions}_{known}",
        "seconds": round(wall, 4),
        "floor_seconds": round(plain[0] / submissions, 4),
        "processor_seconds": round(cpu, 4),
    }


def _stage(home: Home) -> None:
    """What the runner would leave of each submission, so that no step is stale."""
    for submission in home.submissions():
        home.staged_folder(submission.id).mkdir(parents=True)
        for step in STEPS:
            key = freshness.fingerprint(home, submission, step)
            step_results.write_result(
                home, step_results.StepResult(step.name, submission.id, key, "accepted", {"accepted": 11})
            )


def _run(home: Home, instance: dg.DagsterInstance, ids: list[str]) -> None:
    job = definitions(home).resolve_job_def("steps")
    result = job.execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {}}},
        tags={RANGE_START: ids[0], RANGE_END: ids[-1]},
    )
    assert len(result.get_asset_check_evaluations()) == len(ids)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    figures(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
