"""What starts the job when something arrives: files in inbox/<provider>/<collection>/. None is read here."""

import json
from collections.abc import Mapping
from time import time
from typing import Any

import dagster as dg

from assets.dagster.resources import HomeResource
from assets.intake import inbox as intake
from assets.intake.inbox import Taken
from pipelines.dagster import automation
from pipelines.dagster.jobs import config, plan, refresh
from pipelines.dagster.run_retention import prune_runs
from pipelines.dagster.runs import end_dead
from schemas.words import Sentence
from warehouse.home.inbox import Stamp
from warehouse.home.journal import happened
from warehouse.home.settings import settle_seconds

TOLD = "lineabase/inbox"
"""Tag of a run: what stayed in the inbox, or was refused, when the run was asked for."""

AT_WORK = 30.0
"""After so many seconds a tick begins no other file: Dagster gives it sixty."""


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=60,
    description=f"{Sentence('dagster.inbox')}",
    default_status=automation.SENSORS,
)
def inbox(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
    """Receive every complete file of the inbox and refresh. What is refused or left lying is told, with why.

    The cursor keeps what the last look saw: a file is taken at the second look that finds it unchanged.
    """
    looks = _looks(context.cursor)
    done = intake.take(home.home, _settled(looks), seconds=AT_WORK)
    done.tell(home.home)
    context.update_cursor(json.dumps(_next_looks(looks, done)))
    told = [str(one) for one in (*done.refused, *done.lying)]
    for line in told:
        context.log.warning(line)
    for identifier in done.taken:
        happened("file_received", submission=identifier)
    for one in done.refused:
        happened("file_refused", warn=True, file=one.shown, why=f"{one.why}")
    if not done.taken:
        return dg.SkipReason("\n".join([f"{Sentence('inbox.nothing_new')}", *told]))
    end_dead(home.home, context.instance)
    prune_runs(home.home, context.instance)
    planned = plan(home.home, context.instance)
    tags = planned.pop("tags") | ({TOLD: "\n".join(told)} if told else {})
    return dg.RunRequest(run_key=None, tags=tags, run_config=config(), **planned)


Looks = Mapping[str, tuple[Stamp, float]]
"""Files that were seen, how they were, and since when."""


def _looks(cursor: str | None) -> Looks:
    """What the cursor says; nothing where it says something else."""
    try:
        kept: dict[str, Any] = json.loads(cursor or "{}")
        return {path: (_stamp(stamp), float(since)) for path, (stamp, since) in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _stamp(kept: list[int]) -> Stamp:
    file, size, changed, entry_changed = map(int, kept)
    return file, size, changed, entry_changed


def _settled(looks: Looks) -> dict[str, Stamp]:
    """The files that have been so for long enough, if they still are."""
    latest = time() - settle_seconds()
    return {path: stamp for path, (stamp, since) in looks.items() if since <= latest}


def _next_looks(looks: Looks, done: Taken) -> Looks:
    now, never = time(), (None, 0.0)
    kept = {path: (stamp, looks.get(path, never)) for path, stamp in done.waiting.items()}
    return {path: (stamp, before[1] if before[0] == stamp else now) for path, (stamp, before) in kept.items()}
