"""Deletion of old Dagster runs. Their last results are kept.

The events of a run take megabytes. Dagster later needs only the last materialisation of each asset and
partition with its data version, and the last check result of each submission. They are reported again,
without a run, before the run is deleted. The data itself is in raw/, staged/ and releases/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.dagster.contract_check import CHECK_NAME
from assets.dagster.submissions import PARTITIONS
from assets.intake.step import VALIDATED
from pipelines.dagster import storage
from warehouse.environment.settings import run_days
from warehouse.home import Busy, Home, lock

RUNS_AT_ONCE = 20
"""Number of runs deleted before a refresh. A sensor's tick may take only a minute."""
_FINAL_STATUSES = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_ACTIVE_STATUSES = [status for status in dg.DagsterRunStatus if status not in _FINAL_STATUSES]
_EVENTS_READ = 500
_CHECKS_READ = 1_000_000


def prune_runs(home: Home, instance: dg.DagsterInstance) -> list[str]:
    """Delete runs older than the setting, except the newest, and return their ids.

    Raises InvalidValue for a bad setting.

    Nothing is deleted while another run is active, because it may be about to replace a result that would be
    reported here. A run that has been active for more than a day never started, or its process died.
    """
    now = datetime.now(UTC)
    with suppress(Busy), lock.build(home, wait=0):
        active_runs = dg.RunsFilter(statuses=_ACTIVE_STATUSES, created_after=now - timedelta(days=1))
        if instance.get_runs_count(active_runs):
            return []
        old_runs = _old_runs(instance, now - timedelta(days=run_days()))
        if old_runs:
            _keep_last_materialisations(instance, old_runs)
            _keep_last_checks(instance, old_runs)
            for run in old_runs:
                instance.delete_run(run)
            storage.compact(home)
        return old_runs
    return []


def _old_runs(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    """List the ids of the oldest runs that ended before a moment."""
    newest = {record.dagster_run.run_id for record in instance.get_run_records(limit=1)}
    finished_runs = dg.RunsFilter(statuses=_FINAL_STATUSES, created_before=before)
    records = instance.get_run_records(finished_runs, limit=RUNS_AT_ONCE, ascending=True)
    return [run for record in records if (run := record.dagster_run.run_id) not in newest]


def _keep_last_materialisations(instance: dg.DagsterInstance, old_runs: Collection[str]) -> None:
    """Report the last materialisations again, in their original order, which shows Dagster what is stale.

    The next run materialises the tables of the build after all that is reported here.
    """
    partitions = {None, *instance.get_dynamic_partitions(PARTITIONS)}
    records = [record for key in instance.all_asset_keys() for record in _last_records(instance, key)]
    for record in sorted(records, key=lambda record: record.storage_id):
        materialisation = record.asset_materialization
        if record.run_id in old_runs and materialisation and materialisation.partition in partitions:
            instance.report_runless_asset_event(materialisation)


def _last_records(instance: dg.DagsterInstance, key: dg.AssetKey) -> Iterator[dg.EventLogRecord]:
    """Yield the last materialisation of each partition of an asset, or of an asset without partitions."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    by_partition = instance.event_log_storage.get_latest_storage_id_by_partition(key, kind)
    ids = sorted(by_partition.values())
    for start in range(0, len(ids), _EVENTS_READ):
        batch = dg.AssetRecordsFilter(key, storage_ids=ids[start : start + _EVENTS_READ])
        yield from instance.fetch_materializations(batch, limit=_EVENTS_READ).records
    if not ids:
        yield from instance.fetch_materializations(key, limit=1).records


def _keep_last_checks(instance: dg.DagsterInstance, old_runs: Collection[str]) -> None:
    """Report the last check results of submissions again, else Dagster would show those of an earlier result.

    The gate's answers are not kept, because every build asks the gate again.
    """
    key = dg.AssetCheckKey(dg.AssetKey(VALIDATED.name), CHECK_NAME)
    seen_partitions: set[str | None] = set()
    for record in instance.event_log_storage.get_asset_check_execution_history(key, _CHECKS_READ):
        is_last = record.partition not in seen_partitions
        seen_partitions.add(record.partition)
        if is_last and record.run_id in old_runs and record.evaluation:
            instance.report_runless_asset_event(_without_target(record.evaluation, record.partition))


def _without_target(evaluation: dg.AssetCheckEvaluation, partition: str | None) -> dg.AssetCheckEvaluation:
    """Copy a check result without the event that it refers to, because that event is deleted."""
    return dg.AssetCheckEvaluation(
        asset_key=evaluation.asset_key,
        check_name=evaluation.check_name,
        passed=evaluation.passed,
        metadata=evaluation.metadata,
        severity=evaluation.severity,
        description=evaluation.description,
        partition=partition,
    )
