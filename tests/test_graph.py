"""The real Dagster graph, run in process on real files: one run over many submissions, gate, schedule, sensor."""

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets.dagster import build
from assets.dagster.resources import HomeResource
from assets.dagster.submissions import CHECK_NAME, PARTITIONS
from assets.intake.inbox import receive_files
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import FROM_CORE_ON, RANGE_END, RANGE_START, plan
from pipelines.dagster.launch import RunStatus, run_refresh
from pipelines.dagster.schedules import quarterly
from pipelines.dagster.sensors import inbox
from tests.conftest import AS_OF, shipped_rows
from tests.graph_snapshot import SNAPSHOT, render
from warehouse.build import freshness
from warehouse.gate import Answer, Verdict, all_questions, questions
from warehouse.home import CHECKOUT, Home, durable
from warehouse.home.calendar import today
from warehouse.release.release_store import latest_folder

STEPS = ("submission", "records", "validated", "observations")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def home(shipped_home: Path, tmp_path: Path) -> Home:
    """The shipped submissions, nothing made yet."""
    shutil.copytree(shipped_home / "raw", tmp_path / "raw")
    return Home(tmp_path)


@pytest.fixture
def few(shipped_home: Path, tmp_path: Path) -> Home:
    """Three of the shipped submissions, for what does not hang on how many there are: a run of all costs five times this."""
    return three_of(shipped_home, tmp_path)


def three_of(shipped_home: Path, root: Path) -> Home:
    for collection in ("PAN-SNM/darien_sex_age", "USA-DHS/table50", "CAN-STATCAN/sdg_16_2_2"):
        shutil.copytree(shipped_home / "raw" / collection, root / "raw" / collection)
    return Home(root)


@dataclass
class Once:
    """The three after one run, and what that run answered to each question. Tests may run it again, and change no file."""

    home: Home
    instance: dg.DagsterInstance
    told: dict[str, list[dg.AssetCheckEvaluation]]


@pytest.fixture(scope="module")
def once(shipped_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Once]:
    home = three_of(shipped_home, tmp_path_factory.mktemp("once"))
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_refresh(home, instance, AS_OF).status is RunStatus.RELEASED
        told = {
            question.id: [
                record.event.dagster_event.asset_check_evaluation_data
                for record in instance.event_log_storage.get_asset_check_execution_history(
                    dg.AssetCheckKey(dg.AssetKey(question.table.replace(".", "_")), question.id), limit=2
                )
            ]
            for question in all_questions()
        }
        yield Once(home, instance, told)


def values(path: Path) -> dict[str, list]:
    """Every value of a release but its number and time of building."""
    with duckdb.connect(path, read_only=True) as db:
        tables = db.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
        ).fetchall()
        return {
            t: sorted(map(repr, db.execute(f"SELECT * FROM {t}").fetchall()))
            for (t,) in tables
            if t != "registry.release"
        }


@pytest.fixture(scope="module")
def of_all(
    released_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Home, dg.DagsterInstance, RunStatus]]:
    """What a released home has under raw/ and nothing else of it, its folders made in reverse: refreshed by one run of the graph."""
    root = tmp_path_factory.mktemp("of_all")
    for folder in sorted((released_home / "raw").glob("*/*"), reverse=True):
        shutil.copytree(folder, root / folder.relative_to(released_home))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Home(root), instance, run_refresh(Home(root), instance, AS_OF).status


@pytest.mark.slow
def test_one_run_takes_all_submissions_and_stamps_each(
    of_all: tuple[Home, dg.DagsterInstance, RunStatus],
) -> None:
    home, instance, status = of_all
    assert status is RunStatus.RELEASED
    assert len(instance.get_runs()) == 1
    keys = [s.id for s in home.submissions()]
    assert sorted(instance.get_dynamic_partitions(PARTITIONS)) == sorted(keys)
    for step in STEPS:
        versions = {
            key: instance.get_latest_data_version_record(
                dg.AssetKey(step), partition_key=key
            ).asset_materialization.tags["dagster/data_version"]
            for key in keys
        }
        assert len(set(versions.values())) == len(keys), step
    check = dg.AssetCheckKey(dg.AssetKey("validated"), CHECK_NAME)
    told = instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    facts = [dict(t.event.dagster_event.event_specific_data.metadata) for t in told if t.event]
    assert len(facts) == len(keys)
    assert sum(f["rows_accepted"].value for f in facts) == shipped_rows()[0]


@pytest.mark.slow
def test_nothing_stale_means_the_build_alone(
    few: Home, instance: dg.DagsterInstance, once: Once, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the log is asked for the last events of all tables together: one by one that was a second of each run."""
    assert plan(few, instance)["tags"].keys() == {RANGE_START, RANGE_END}
    assert plan(once.home, once.instance) == {"asset_selection": FROM_CORE_ON, "tags": {}}
    assert freshness.is_built(once.home, AS_OF)
    asked: list[object] = []
    records = once.instance.get_asset_records
    monkeypatch.setattr(once.instance, "get_asset_records", lambda keys: asked.append(keys) or records(keys))
    assert run_refresh(once.home, once.instance).status is RunStatus.RELEASED
    assert 0 < len(asked) < 10


@pytest.mark.slow
def test_an_empty_home_works(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    assert run_refresh(Home(tmp_path), instance, AS_OF).status is RunStatus.RELEASED
    with duckdb.connect(Home(tmp_path).current, read_only=True) as db:
        assert db.execute("SELECT data, count(*) > 9 FROM baseline.catalogue GROUP BY data").fetchall() == [
            ("no_data", True)
        ]


@pytest.mark.slow
def test_raw_is_the_only_truth_in_whatever_order_it_lies(
    of_all: tuple[Home, dg.DagsterInstance, RunStatus], released_home: Path
) -> None:
    """Everything but raw/ gone and its folders in another order, the graph gives what the plain functions gave."""
    home, _, _ = of_all
    before = values(Home(released_home).current)
    assert values(home.current) == before
    assert sum(map(len, before.values())) > 30_000


@pytest.mark.slow
@pytest.mark.operator("7", "refused gate")
def test_a_refusing_gate_publishes_nothing_and_the_last_release_stays(
    once: Once, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, instance = once.home, once.instance
    released, bytes_before = latest_folder(few), few.current.read_bytes()
    internal_before = few.internal.read_bytes()
    question = next(q for q in questions() if q.id == "bounds_in_order")
    no = Answer(question, False, 1, ("x",))
    monkeypatch.setattr(build, "examine", lambda *_: Verdict((no,)))
    result = run_refresh(few, instance, AS_OF)
    assert result.status is RunStatus.REFUSED
    said = f"This does not hold (1): {question.words.render('en')} Found: x"
    assert [answer.render("en") for answer in result.answers] == [said]
    _the_refusal_is_seen(instance)
    assert (latest_folder(few), few.current.read_bytes(), few.internal.read_bytes()) == (
        released,
        bytes_before,
        internal_before,
    )


def _the_refusal_is_seen(instance: dg.DagsterInstance) -> None:
    """The run is no green one; the table's check is red and says why; nothing after it was made."""
    run = instance.get_runs(limit=1)[0]
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert run.tags["gate"] == "refused"
    log = instance.all_logs(run.run_id)
    [failure] = [e.dagster_event for e in log if e.dagster_event and e.dagster_event.is_step_failure]
    assert failure.step_key == "build"
    assert "No lower bound exceeds its upper bound" in failure.step_failure_data.user_failure_data.description
    made = {
        e.asset_key.to_user_string()
        for e in log
        if e.dagster_event and e.dagster_event.is_step_materialization
    }
    assert made.isdisjoint({"release", "gate", "core_observations"})
    told = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("core_observations"), "bounds_in_order"), limit=1
    )
    evaluation = told[0].event.dagster_event.asset_check_evaluation_data
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert "ningún recuento es negativo. / No lower bound exceeds" in evaluation.description
    assert evaluation.metadata["violations"].value == 1


@pytest.mark.slow
def test_each_question_is_a_check_of_its_table(once: Once) -> None:
    specs = {s.key: s for s in definitions(once.home).get_assets_def("gate").check_specs}
    assert len(specs) == len(all_questions())
    for question in all_questions():
        key = dg.AssetCheckKey(dg.AssetKey(question.table.replace(".", "_")), question.id)
        assert specs[key].description == f"{question.words.render('es')}\n\n{question.words.render('en')}"
        [evaluation] = once.told[question.id]
        assert evaluation.passed, question.id
        assert (evaluation.severity is dg.AssetCheckSeverity.ERROR) == question.refuses
        if question.about_previous:
            assert "no release before" in evaluation.description
        else:
            assert evaluation.metadata["violations"].value == 0


@pytest.mark.slow
def test_the_contract_says_what_was_found_and_no_value(
    shipped_home: Path, few: Home, instance: dg.DagsterInstance
) -> None:
    shutil.copytree(shipped_home / "raw" / "UNODC" / "glotip", few.raw / "UNODC" / "glotip")
    folder = few.raw / "PAN-SNM" / "darien_sex_age"
    source = next(folder.glob("*/*.csv"))
    (folder / "2025-07-31.1").mkdir()
    lines = source.read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].rsplit(",", 1)[0] + ",ciento doce"
    (folder / "2025-07-31.1" / "wrong.csv").write_text("\n".join(lines), encoding="utf-8")
    run_refresh(few, instance, AS_OF)
    check = dg.AssetCheckKey(dg.AssetKey("validated"), CHECK_NAME)
    told = instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    evaluations = {
        e.partition: e for t in told if t.event and (e := t.event.dagster_event.asset_check_evaluation_data)
    }
    wrong = evaluations.pop("PAN-SNM.darien_sex_age.2025-07-31.1")
    assert not wrong.passed
    waiting = {partition for partition, e in evaluations.items() if not e.passed}
    extracts = {"UNODC.glotip.2023-05-30.1", "UNODC.glotip.2025-04-14.1"}
    assert waiting == extracts  # of two rows with one key both wait
    assert len(evaluations) > len(waiting)
    assert wrong.description.startswith("1 error, ")
    table = wrong.metadata["findings"].value
    assert re.search(r"\| \[?`text_in_number`[^|]* \| error \| 1 \|", table), table
    assert "ciento doce" not in repr(wrong)
    spec = next(s for s in definitions(few).get_assets_def("validated").check_specs)
    assert "/" in spec.description


@pytest.mark.slow
def test_a_file_that_cannot_be_processed_withholds_nothing(few: Home, instance: dg.DagsterInstance) -> None:
    folder = few.raw / "PAN-SNM" / "darien_sex_age" / "2025-07-31.1"
    folder.mkdir()
    (folder / "broken.csv").write_bytes(b"\xff\xfe\x00")
    assert run_refresh(few, instance, AS_OF).status is RunStatus.RELEASED
    with duckdb.connect(few.current, read_only=True) as db:
        told = db.execute(
            "SELECT status, count(*) FROM registry.submissions GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert told == [("accepted", 3), ("rejected", 1)]
        in_force = "SELECT DISTINCT submission FROM core.current WHERE collection = 'PAN-SNM/darien_sex_age'"
        assert db.execute(in_force).fetchall() == [("PAN-SNM.darien_sex_age.2025-06-30.1",)]


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_release_and_the_next_run_goes_on(
    once: Once, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, instance = once.home, once.instance
    before = few.current.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(build.building, "run_model", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        result = None
        with contextlib.suppress(KeyboardInterrupt):
            result = run_refresh(few, instance, AS_OF)
        assert result is None or result.status is RunStatus.BROKEN
    assert few.current.read_bytes() == before
    assert run_refresh(few, instance, AS_OF).status is RunStatus.RELEASED


@pytest.mark.slow
def test_the_schedule_runs_the_same_job_every_quarter_in_guatemala(few: Home) -> None:
    schedule = definitions(few).get_schedule_def("quarterly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 15 1,4,7,10 *", "America/Guatemala")
    with dg.DagsterInstance.local_temp() as instance:
        when = datetime(2026, 4, 15, 12, tzinfo=UTC)
        resources = {"home": HomeResource(root=str(few.root))}
        with dg.build_schedule_context(
            instance, scheduled_execution_time=when, resources=resources
        ) as context:
            request = quarterly(context)
        keys = instance.get_dynamic_partitions(PARTITIONS)
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == (keys[0], keys[-1])


def earlier(cursor: str | None) -> str:
    """The cursor as if its looks had been an hour earlier."""
    looks = {path: (stamp, since - 3600) for path, (stamp, since) in json.loads(cursor or "{}").items()}
    return json.dumps(looks)


@pytest.mark.slow
def test_the_sensor_takes_the_inbox_and_sets_refused_files_aside(tmp_path: Path, shipped_home: Path) -> None:
    home = Home(tmp_path)
    folder = home.inbox / "PAN-SNM" / "darien_sex_age"
    folder.mkdir(parents=True)
    source = next((shipped_home / "raw/PAN-SNM/darien_sex_age").glob("*/*.csv"))
    shutil.copyfile(source, folder / "a.csv")
    resources = {"home": HomeResource(root=str(home.root))}
    with dg.DagsterInstance.local_temp() as instance:
        first = dg.build_sensor_context(instance, resources=resources)
        assert isinstance(inbox(first), dg.SkipReason)  # one look is not enough: it may be half a file
        second = dg.build_sensor_context(instance, resources=resources, cursor=earlier(first.cursor))
        request = inbox(second)
        assert request.tags[RANGE_START] == f"PAN-SNM.darien_sex_age.{today()}.1"
        shutil.copyfile(source, folder / "again.csv")
        third = dg.build_sensor_context(instance, resources=resources)
        assert isinstance(inbox(third), dg.SkipReason)
        fourth = dg.build_sensor_context(instance, resources=resources, cursor=earlier(third.cursor))
        reason = inbox(fourth)
        assert isinstance(reason, dg.SkipReason)
        assert "again.csv" in str(reason.skip_message)
    assert [p.name for p in home.inbox.rglob("*.csv")] == ["again.csv"]
    assert (home.inbox / "refused/PAN-SNM/darien_sex_age/again.csv").exists()
    log = (home.raw / "PAN-SNM/darien_sex_age/refused.jsonl").read_text()
    assert json.loads(log)["rule"] == "duplicate_file"


def test_a_file_for_an_unknown_collection_stays_and_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.inbox / "NO" / "such").mkdir(parents=True)
    (home.inbox / "NO" / "such" / "f.csv").write_text("a\n1\n")
    done = receive_files(home)
    assert (done.submission_ids, done.refusals) == ([], [])
    assert "NO/such" in str(done.remaining[0])


@pytest.mark.slow
def test_a_file_still_being_written_waits_in_the_inbox(
    tmp_path: Path, shipped_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It grew between the guard's look and the copy: it is taken at the next look, and the others now."""
    home = Home(tmp_path)
    folder = home.inbox / "PAN-SNM" / "darien_sex_age"
    folder.mkdir(parents=True)
    source = next((shipped_home / "raw/PAN-SNM/darien_sex_age").glob("*/*.csv"))
    for name in ("a.csv", "b.csv"):
        shutil.copyfile(source, folder / name)
    (folder / "b.csv").write_bytes(source.read_bytes() + b"#\n")
    copy = durable.copy
    grown = {"a.csv": "0" * 64}
    monkeypatch.setattr(
        durable, "copy", lambda file, to: (copy(file, to), grown.get(file.name))[file.name in grown]
    )
    done = receive_files(home)
    assert (len(done.submission_ids), done.refusals) == (1, [])
    assert [p.name for p in folder.iterdir()] == ["a.csv"]
    monkeypatch.undo()
    assert len(receive_files(home).submission_ids) == 1


def test_every_asset_is_described_owned_grouped_and_typed(home: Home) -> None:
    """The graph's metadata, as the UI shows it."""
    specs = [s for a in definitions(home).assets for s in a.specs]
    assert len(specs) == len({s.key for s in specs})
    for spec in specs:
        assert spec.description, spec.key
        assert spec.owners == ["team:secretariat"], spec.key
        assert spec.group_name.startswith("step_"), spec.key
        assert spec.kinds, spec.key
    tables = [s for s in specs if s.group_name.startswith(("step_5", "step_6", "step_7"))]
    assert all("dagster/column_schema" in s.metadata for s in tables)
    groups = sorted({s.group_name for s in specs})
    assert groups == [
        "step_1_submission",
        "step_2_records",
        "step_3_validated",
        "step_4_observations",
        "step_5_core",
        "step_6_analysis",
        "step_6_baseline",
        "step_6_network",
        "step_7_indicators",
        "step_8_release",
    ]


def test_the_graph_is_as_written_down() -> None:
    """A change of the graph shows in tests/graph.txt, which `make render` writes."""
    assert SNAPSHOT.read_text(encoding="utf-8") == render()


def test_telemetry_and_nags_are_off() -> None:
    text = (CHECKOUT / "pipelines" / "dagster" / "dagster.yaml").read_text()
    assert "telemetry: { enabled: false }" in text
    assert "nux: { enabled: false }" in text


@pytest.mark.slow
def test_as_of_is_kept_in_the_manifest(few: Home, instance: dg.DagsterInstance) -> None:
    run_refresh(few, instance, date(2025, 7, 1))
    folder = latest_folder(few)
    assert folder is not None
    assert folder.name == "2025-Q2.r1"
    assert json.loads((folder / "manifest.json").read_text())["as_of"] == "2025-07-01"
