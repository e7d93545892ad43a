"""Sensor that starts a refresh when files arrive in inbox/<provider>/<collection>/. It does not read them."""

import json
from collections.abc import Mapping
from time import time
from typing import Any

import dagster as dg

from assets.dagster.resources import HomeResource
from assets.intake import inbox as intake
from assets.intake.inbox import InboxRun
from pipelines.dagster import automation
from pipelines.dagster.dead_runs import end_dead_runs
from pipelines.dagster.jobs import config, plan, refresh
from pipelines.dagster.run_retention import prune_runs
from schemas.words import Sentence
from warehouse.environment.settings import settle_seconds
from warehouse.home.inbox import Stamp
from warehouse.home.journal import log_event

REMARKS_TAG = "lineabase/inbox"
"""Tag of a run: files that stayed in the inbox, or were refused, when the run was requested."""

SECONDS_OF_INTAKE = 30.0
"""Seconds after which a tick begins no further file. Dagster allows a tick sixty seconds."""


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=60,
    description=f"{Sentence('dagster.inbox')}",
    default_status=automation.SENSORS,
)
def inbox(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
    """Receive every complete file of the inbox and request a refresh. Refused and waiting files are logged.

    The cursor keeps the state of each file at the last tick. A file is received at the second tick that finds
    it unchanged.
    """
    states = _read_cursor(context.cursor)
    intake_result = intake.receive_files(home.home, _unchanged_files(states), seconds=SECONDS_OF_INTAKE)
    intake_result.write_answers(home.home)
    context.update_cursor(json.dumps(_updated_states(states, intake_result)))
    remarks = [str(file) for file in (*intake_result.refusals, *intake_result.remaining)]
    for line in remarks:
        context.log.warning(line)
    for identifier in intake_result.submission_ids:
        log_event("file_received", submission=identifier)
    for refusal in intake_result.refusals:
        log_event("file_refused", warn=True, file=refusal.printable_path, why=f"{refusal.reason}")
    if not intake_result.submission_ids:
        return dg.SkipReason("\n".join([f"{Sentence('inbox.nothing_new')}", *remarks]))
    end_dead_runs(home.home, context.instance)
    prune_runs(home.home, context.instance)
    arguments = plan(home.home, context.instance)
    tags = arguments.pop("tags") | ({REMARKS_TAG: "\n".join(remarks)} if remarks else {})
    return dg.RunRequest(run_key=None, tags=tags, run_config=config(), **arguments)


FileStates = Mapping[str, tuple[Stamp, float]]
"""Files seen at the last tick: their state, and since when it is unchanged."""


def _read_cursor(cursor: str | None) -> FileStates:
    """Read the cursor. Empty if the cursor cannot be read."""
    try:
        stored: dict[str, Any] = json.loads(cursor or "{}")
        return {path: (_parse_stamp(stamp), float(since)) for path, (stamp, since) in stored.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _parse_stamp(stored: list[int]) -> Stamp:
    file, size, modified, entry_modified = map(int, stored)
    return file, size, modified, entry_modified


def _unchanged_files(states: FileStates) -> dict[str, Stamp]:
    """Select the files that have been unchanged for long enough."""
    latest = time() - settle_seconds()
    return {path: stamp for path, (stamp, since) in states.items() if since <= latest}


def _updated_states(states: FileStates, intake_result: InboxRun) -> FileStates:
    """Return the state of waiting files for the next tick; a changed file starts to wait again."""
    now, unseen = time(), (None, 0.0)
    waiting = {
        path: (stamp, states.get(path, unseen)) for path, stamp in intake_result.incomplete_files.items()
    }
    return {
        path: (stamp, before[1] if before[0] == stamp else now) for path, (stamp, before) in waiting.items()
    }
