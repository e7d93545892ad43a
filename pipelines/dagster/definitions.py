"""All of it together, over one home: assets, job, schedule, sensor. Nothing is defined here."""

import logging

import dagster as dg

from assets.dagster import build, release, submissions
from assets.dagster.resources import BuildLock, HomeResource, RefreshRecord
from pipelines.dagster import alert_sensor, jobs, logs, schedules, sensors
from warehouse.home import Home
from warehouse.home.staged import PROGRESS


@dg.logger
def told_to_progress(_: dg.InitLoggerContext) -> logging.Logger:
    """Dagster's console logger, replaced: who wants to hear of a run adds a handler to PROGRESS."""
    return PROGRESS


def definitions(home: Home) -> dg.Definitions:
    """Everything, over one home."""
    return dg.Definitions(
        assets=[
            submissions.submission,
            submissions.records,
            submissions.validated,
            submissions.observations,
            submissions.staged,
            build.build,
            release.release,
        ],
        jobs=[jobs.refresh, jobs.rebuild, jobs.steps],
        schedules=[schedules.quarterly],
        sensors=[sensors.inbox, alert_sensor.alerts],
        loggers={"console": told_to_progress},
        resources={
            "home": HomeResource(root=str(home.root)),
            "build_lock": BuildLock(root=str(home.root)),
            "refresh_record": RefreshRecord(root=str(home.root)),
        },
        executor=dg.in_process_executor,
    )


if logs.wanted():  # as `lineabase ui` asks of the processes that Dagster starts
    logs.begin()

defs = definitions(Home.default())
