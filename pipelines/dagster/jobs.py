"""Dagster jobs, and the selection of the next `refresh`: stale submissions, or only the build."""

from datetime import date
from typing import Any

import dagster as dg

from assets.dagster.build import SPECS, Day
from assets.dagster.release import Publication
from assets.dagster.submissions import PARTITIONS, STAGED_ASSET, register_partitions
from assets.intake.freshness import outdated_submissions
from assets.intake.step import STEPS
from schemas.words import Sentence
from warehouse.environment.settings import Engine
from warehouse.home import Home

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
FROM_CORE_ON = [*(spec.key for spec in SPECS), dg.AssetKey("release")]

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.assets(STAGED_ASSET, *FROM_CORE_ON),
    description=f"{Sentence('dagster.refresh')}",
)

rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.assets(*FROM_CORE_ON),
    description=f"{Sentence('dagster.rebuild')}",
)

steps = dg.define_asset_job(
    "steps",
    selection=dg.AssetSelection.assets(*(step.name for step in STEPS)),
    description=f"{Sentence('dagster.steps')}",
)


def config(as_of: date | None = None, engine: Engine | None = None) -> dg.RunConfig:
    """Return the run configuration. A given day always makes a release. The console logger is PROGRESS."""
    ops: dict[str, dg.Config] = {"build": Day(as_of=str(as_of) if as_of else None, engine=engine)}
    if as_of is not None:
        ops["release"] = Publication(always=True)
    return dg.RunConfig(ops=ops, loggers={"console": {}})


def plan(home: Home, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Return the arguments of the next run of `refresh`, for RunRequest and execute_in_process alike.

    The asset `staged` processes all waiting submissions. The tags show the first and last of them, by order
    of receipt, in Dagster's list of runs. If none is stale, only the assets from `core` on run.
    """
    register_partitions(home, instance)
    stale = {s.id for s in outdated_submissions(home, to_the_byte=True)}
    keys = [key for key in instance.get_dynamic_partitions(PARTITIONS) if key in stale]
    if not keys:
        return {"asset_selection": FROM_CORE_ON, "tags": {}}
    return {"tags": {RANGE_START: keys[0], RANGE_END: keys[-1]}}
