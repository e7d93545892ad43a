"""How long Dagster's runs stay. After the days of the setting they are deleted, and their last results kept.

A run's events take megabytes. What Dagster needs of them later is the last materialisation of each asset and
partition, with its data version, and the last answer of the check of each submission: these are reported once
more, without a run, before the run is deleted. What it did with data stands in raw/, staged/ and releases/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.dagster.contract_check import CHECK
from assets.dagster.submissions import PARTITIONS
from assets.intake.step import VALIDATED
from pipelines.dagster import store
from warehouse.home import Busy, Home, lock
from warehouse.home.settings import run_days

AT_ONCE = 20
"""So many runs go before one refresh: a sensor's tick has a minute."""
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_AT_WORK = [status for status in dg.DagsterRunStatus if status not in _FINISHED]
_EVENTS_READ = 500
_CHECKS_READ = 1_000_000


def prune_runs(home: Home, instance: dg.DagsterInstance) -> list[str]:
    """Delete the runs that are older than the setting, but the newest; their ids. Raises Wrong for a setting.

    While another run is at work nothing is deleted: it may be about to report what is kept here. One that
    says so for more than a day was never started, or left behind.
    """
    now = datetime.now(UTC)
    with suppress(Busy), lock.build(home, wait=0):
        at_work = dg.RunsFilter(statuses=_AT_WORK, created_after=now - timedelta(days=1))
        if instance.get_runs_count(at_work):
            return []
        gone = _old_runs(instance, now - timedelta(days=run_days()))
        if gone:
            _keep_last_materialisations(instance, gone)
            _keep_last_checks(instance, gone)
            for run in gone:
                instance.delete_run(run)
            store.compact(home)
        return gone
    return []


def _old_runs(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    """The oldest runs that ended before a moment."""
    newest = {record.dagster_run.run_id for record in instance.get_run_records(limit=1)}
    finished = dg.RunsFilter(statuses=_FINISHED, created_before=before)
    records = instance.get_run_records(finished, limit=AT_ONCE, ascending=True)
    return [run for record in records if (run := record.dagster_run.run_id) not in newest]


def _keep_last_materialisations(instance: dg.DagsterInstance, gone: Collection[str]) -> None:
    """Report them once more, in the order in which they came: by it Dagster tells what is stale.

    The run that comes next materialises the tables of the build anew, after all that is reported here.
    """
    known = {None, *instance.get_dynamic_partitions(PARTITIONS)}
    last = [record for key in instance.all_asset_keys() for record in _last_records(instance, key)]
    for record in sorted(last, key=lambda record: record.storage_id):
        made = record.asset_materialization
        if record.run_id in gone and made and made.partition in known:
            instance.report_runless_asset_event(made)


def _last_records(instance: dg.DagsterInstance, key: dg.AssetKey) -> Iterator[dg.EventLogRecord]:
    """The last materialisation of each partition of an asset, or of one without partitions."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    by_partition = instance.event_log_storage.get_latest_storage_id_by_partition(key, kind)
    ids = sorted(by_partition.values())
    for start in range(0, len(ids), _EVENTS_READ):
        chosen = dg.AssetRecordsFilter(key, storage_ids=ids[start : start + _EVENTS_READ])
        yield from instance.fetch_materializations(chosen, limit=_EVENTS_READ).records
    if not ids:
        yield from instance.fetch_materializations(key, limit=1).records


def _keep_last_checks(instance: dg.DagsterInstance, gone: Collection[str]) -> None:
    """The answers on the submissions' rows: else Dagster would take them for those of an earlier result.

    The gate's answers are given anew by each build.
    """
    key = dg.AssetCheckKey(dg.AssetKey(VALIDATED.name), CHECK)
    seen: set[str | None] = set()
    for record in instance.event_log_storage.get_asset_check_execution_history(key, _CHECKS_READ):
        is_last = record.partition not in seen
        seen.add(record.partition)
        if is_last and record.run_id in gone and record.evaluation:
            instance.report_runless_asset_event(_without_target(record.evaluation, record.partition))


def _without_target(said: dg.AssetCheckEvaluation, partition: str | None) -> dg.AssetCheckEvaluation:
    """The same answer, on what was reported last: the event that it was given on goes."""
    return dg.AssetCheckEvaluation(
        asset_key=said.asset_key,
        check_name=said.check_name,
        passed=said.passed,
        metadata=said.metadata,
        severity=said.severity,
        description=said.description,
        partition=partition,
    )
