"""Dagster's log with its connections kept: it holds what Dagster's own holds, and opens nothing twice."""

import sqlite3
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from pipelines.dagster.event_log import EventLog
from pipelines.dagster.launch import instance_of
from warehouse.home import Home

KEYS = [f"k{n}" for n in range(7)]
PARTS = dg.StaticPartitionsDefinition(KEYS)


@dg.asset(
    partitions_def=PARTS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("sound", asset="made")],
)
def made(context: dg.AssetExecutionContext):
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="sound")])
    for key in context.partition_keys:
        yield dg.AssetMaterialization(
            "made", partition=key, metadata={"n": 1}, tags={"dagster/data_version": f"v{key}"}
        )


def logged(instance: dg.DagsterInstance) -> dict[str, object]:
    """What a run leaves in a log: its events by kind and what is known of the partitions."""
    tags = {"dagster/asset_partition_range_start": KEYS[0], "dagster/asset_partition_range_end": KEYS[-1]}
    result = dg.materialize([made], instance=instance, tags=tags)
    key = dg.AssetKey("made")
    versions = {
        k: instance.get_latest_data_version_record(key, partition_key=k).asset_materialization.tags[
            "dagster/data_version"
        ]
        for k in KEYS
    }
    checks = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(key, "sound"), limit=10
    )
    return {
        "events": Counter(
            e.dagster_event.event_type_value for e in instance.all_logs(result.run_id) if e.dagster_event
        ),
        "partitions": instance.get_materialized_partitions(key),
        "versions": versions,
        "checks": [c.status for c in checks],
    }


@pytest.mark.slow
def test_it_holds_what_dagsters_own_log_holds(tmp_path: Path) -> None:
    with instance_of(Home(tmp_path)) as ours, dg.DagsterInstance.local_temp() as theirs:
        assert isinstance(ours.event_log_storage, EventLog)
        held = logged(ours)
        assert held == logged(theirs)
        assert held["versions"] == {key: f"v{key}" for key in KEYS}


@pytest.mark.slow
def test_another_process_reads_it_while_and_after(tmp_path: Path) -> None:
    with instance_of(Home(tmp_path)) as writer, instance_of(Home(tmp_path)) as reader:
        logged(writer)
        assert len(reader.get_materialized_partitions(dg.AssetKey("made"))) == len(KEYS)
        assert logged(reader)["checks"]
        assert len(writer.get_runs()) == 2


def test_a_run_opens_as_many_databases_however_many_events_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Counter[str] = Counter()
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, *a, **k: opened.update([str(path)]) or connect(path, *a, **k)
    )
    with instance_of(Home(tmp_path)) as instance:
        logged(instance)
    runs = tmp_path / ".dagster" / "history" / "runs"
    assert all(n <= 6 for path, n in opened.items() if Path(path).parent == runs), opened


@pytest.mark.slow
def test_an_event_that_fails_leaves_nothing_of_its_batch_open(tmp_path: Path) -> None:
    with instance_of(Home(tmp_path)) as instance:
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        with pytest.raises(ZeroDivisionError), log.index_connection(), log.index_connection():
            _ = 1 / 0
        assert logged(instance)["checks"]
