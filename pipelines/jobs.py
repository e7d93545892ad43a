"""The job and what one run of it covers: the stale submissions, or the build alone. No step's work."""

from datetime import date
from typing import Any

import dagster as dg

from assets.build import SPECS, Day
from assets.release import Publication
from assets.steps.freshness import waiting
from assets.submissions import PARTITIONS
from warehouse.home import Home

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
FROM_CORE_ON = [*(spec.key for spec in SPECS), dg.AssetKey("release")]

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Ingest what is new or stale, build, gate and release. Launch with a range of submissions.",
)

rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.assets(*FROM_CORE_ON),
    description="Build, gate and release from what is staged. Needs no submissions to be chosen.",
)


def config(as_of: date | None = None) -> dg.RunConfig:
    """Run config: the day, if one is given, and then a release in any case; the console as PROGRESS."""
    ops: dict[str, dg.Config] = {}
    if as_of is not None:
        ops = {"build": Day(as_of=str(as_of)), "release": Publication(always=True)}
    return dg.RunConfig(ops=ops, loggers={"console": {}})


def plan(home: Home, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Arguments of the next run of `refresh`, for RunRequest and execute_in_process alike.

    A range of partitions in order of insertion, from the first stale submission to the last; the fresh
    ones between pass inside. With none stale, the assets from `core` on.
    """
    _register(home, instance)
    stale = {s.id for s in waiting(home)}
    keys = [key for key in instance.get_dynamic_partitions(PARTITIONS) if key in stale]
    if not keys:
        return {"asset_selection": FROM_CORE_ON, "tags": {}}
    return {"tags": {RANGE_START: keys[0], RANGE_END: keys[-1]}}


def _register(home: Home, instance: dg.DagsterInstance) -> None:
    """Dagster's partitions are the submissions under raw/: no more, no fewer."""
    there = [s.id for s in home.submissions()]
    known = instance.get_dynamic_partitions(PARTITIONS)
    if new := [key for key in there if key not in set(known)]:
        instance.add_dynamic_partitions(PARTITIONS, new)
    for gone in set(known) - set(there):
        instance.delete_dynamic_partition(PARTITIONS, gone)
