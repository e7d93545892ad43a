"""How long Dagster's runs stay: what goes with them, and what Dagster and refresh know afterwards."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from assets.dagster.contract_check import CHECK_NAME
from assets.dagster.submissions import PARTITIONS
from pipelines.dagster import run_retention
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import FROM_CORE_ON, RANGE_END, RANGE_START, plan
from pipelines.dagster.launch import instance_of
from pipelines.dagster.run_retention import prune_runs
from schemas.words import InvalidValue
from tests.faults import run
from warehouse.environment.settings import RUN_DAYS
from warehouse.home import Home

STEPS = ("submission", "records", "validated", "observations")


@dg.job
def nothing() -> None:
    """A later run, so that the refresh is not the newest."""


@pytest.fixture(scope="module")
def with_runs(sound_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, then the steps of both submissions once more, then a run that does nothing."""
    home = Home(tmp_path_factory.mktemp("with_runs") / "home")
    shutil.copytree(sound_home, home.root)
    with instance_of(home) as instance:
        (first, *_, last) = instance.get_dynamic_partitions(PARTITIONS)
        done = (
            definitions(home)
            .resolve_job_def("steps")
            .execute_in_process(instance=instance, tags={RANGE_START: first, RANGE_END: last})
        )
        assert done.success
        nothing.execute_in_process(instance=instance)
    return home.root


@pytest.fixture
def home(with_runs: Path, tmp_path: Path) -> Home:
    shutil.copytree(with_runs, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with instance_of(home) as opened:
        yield opened


def _versions(instance: dg.DagsterInstance) -> dict[tuple[str, str], str]:
    """The data version of each step and submission, as Dagster has it."""
    found = {}
    for step in STEPS:
        for partition in instance.get_dynamic_partitions(PARTITIONS):
            last = instance.get_latest_data_version_record(dg.AssetKey(step), partition_key=partition)
            found[step, partition] = last.event_log_entry.tags["dagster/data_version"]
    return found


def _statuses(home: Home, instance: dg.DagsterInstance) -> dict[tuple[str, str | None], str]:
    """What Dagster's page says of each asset and partition: fresh, stale or missing."""
    graph = definitions(home).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    partitions = instance.get_dynamic_partitions(PARTITIONS)
    keys = [(dg.AssetKey(step), one) for step in STEPS for one in partitions]
    keys += [(key, None) for key in FROM_CORE_ON]
    return {(key.to_user_string(), one): resolver.get_status(key, one).value for key, one in keys}


def _checks(instance: dg.DagsterInstance) -> dict[str | None, tuple[bool, bool]]:
    """Of each submission: whether the check passed, and whether that is of the last result."""
    key = dg.AssetCheckKey(dg.AssetKey("validated"), CHECK_NAME)
    found: dict[str | None, tuple[bool, bool]] = {}
    for record in instance.event_log_storage.get_asset_check_execution_history(key, 100):
        said = record.evaluation
        if record.partition and said and record.partition not in found:
            is_last = asyncio.run(record.targets_latest_materialization(LoadingContextForTest(instance)))
            found[record.partition] = said.passed, is_last
    return found


def _forget_all_but_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_retention, "run_days", lambda: -1)


@pytest.mark.slow
def test_old_runs_go_and_dagster_knows_the_last_results(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, steps, refresh = (record.dagster_run.run_id for record in instance.get_run_records())
    index, of_run = (home.dagster / "history/runs" / f"{name}.db" for name in ("index", refresh))
    before = _versions(instance), _statuses(home, instance), _checks(instance)
    bytes_before = index.stat().st_size
    assert len(before[0]) == len(STEPS) * 2
    assert set(before[1].values()) == {"FRESH"}
    assert set(before[2].values()) == {(True, True)}
    assert of_run.exists()
    _forget_all_but_the_newest(monkeypatch)
    assert prune_runs(home, instance) == [refresh, steps]
    assert (_versions(instance), _statuses(home, instance), _checks(instance)) == before
    assert [record.dagster_run.run_id for record in instance.get_run_records()] == [kept]
    assert not of_run.exists()
    assert index.stat().st_size < 0.6 * bytes_before
    assert prune_runs(home, instance) == []


@pytest.mark.slow
def test_after_old_runs_went_refresh_finds_nothing_new(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget_all_but_the_newest(monkeypatch)
    assert prune_runs(home, instance)
    assert plan(home, instance)["asset_selection"] == FROM_CORE_ON
    code, said = run(home, "refresh", "--unattended", "--lang", "en")
    assert (code, "Nothing new" in said) == (0, True), said


def test_young_runs_stay(home: Home, instance: dg.DagsterInstance) -> None:
    assert prune_runs(home, instance) == []
    assert instance.get_runs_count() == 3


def test_nothing_goes_while_something_is_at_work(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget_all_but_the_newest(monkeypatch)
    instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
    assert prune_runs(home, instance) == []
    assert instance.get_runs_count() == 4


def test_a_setting_that_is_no_number_is_named(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUN_DAYS, "a year")
    with pytest.raises(InvalidValue, match=RUN_DAYS):
        prune_runs(home, instance)
