"""Schedule of the quarterly refresh. The job is in jobs.py."""

import dagster as dg

from assets.dagster.resources import HomeResource
from pipelines.dagster import automation
from pipelines.dagster.dead_runs import end_dead_runs
from pipelines.dagster.jobs import config, plan, refresh
from pipelines.dagster.run_retention import prune_runs
from schemas.words import Sentence
from warehouse.home.calendar import RELEASE_DAY, RELEASE_MONTHS, TIME_ZONE


@dg.schedule(
    job=refresh,
    cron_schedule=f"0 6 {RELEASE_DAY} {','.join(map(str, RELEASE_MONTHS))} *",
    execution_timezone=TIME_ZONE,
    description=f"{Sentence('dagster.quarterly')}",
    default_status=automation.SCHEDULES,
)
def quarterly(context: dg.ScheduleEvaluationContext, home: HomeResource) -> dg.RunRequest:
    """Request a refresh at 6:00 in Guatemala on 15 January, April, July and October."""
    end_dead_runs(home.home, context.instance)
    prune_runs(home.home, context.instance)
    return dg.RunRequest(run_key=None, run_config=config(), **plan(home.home, context.instance))
