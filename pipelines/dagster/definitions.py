"""Dagster definitions for one home: assets, jobs, schedule, sensors. The parts are defined elsewhere."""

import logging

import dagster as dg

from assets.dagster import build, release, submissions
from assets.dagster.resources import BuildLock, HomeResource, RefreshRecordResource
from pipelines.dagster import alert_sensor, jobs, logs, schedules, sensors
from warehouse.home import Home
from warehouse.home.step_results import PROGRESS


@dg.logger
def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Replace Dagster's console logger by PROGRESS. Add a handler to it to follow a run."""
    return PROGRESS


def definitions(home: Home) -> dg.Definitions:
    """Return all definitions for a home."""
    return dg.Definitions(
        assets=[
            submissions.submission,
            submissions.records,
            submissions.validated,
            submissions.observations,
            submissions.staged_asset,
            build.build,
            release.release,
        ],
        jobs=[jobs.refresh, jobs.rebuild, jobs.steps],
        schedules=[schedules.quarterly],
        sensors=[sensors.inbox, alert_sensor.alerts],
        loggers={"console": progress_logger},
        resources={
            "home": HomeResource(root=str(home.root)),
            "build_lock": BuildLock(root=str(home.root)),
            "refresh_record": RefreshRecordResource(root=str(home.root)),
        },
        executor=dg.in_process_executor,
    )


if logs.is_log_enabled():  # `lineabase ui` sets this for the processes that Dagster starts
    logs.start_log()

defs = definitions(Home.default())
