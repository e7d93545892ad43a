"""Runs beside runs, and what arrives while one works: nobody fails, nothing is left out for good."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

import assets.dagster.build
import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake import runner
from assets.intake.processing import process
from assets.intake.step import SUBMISSION
from assets.intake.submission import receive
from pipelines.cli.app import app
from pipelines.dagster import dead_runs
from pipelines.dagster.definitions import definitions
from pipelines.dagster.launch import instance_of, run_refresh
from schemas.cards import decisions
from tests.bad_input import build
from tests.conftest import AS_OF
from tests.hard_times import receiving
from warehouse.build import freshness
from warehouse.home import Busy, Home, Submission, lock, purging, receipts
from warehouse.home.calendar import today
from warehouse.release import release as publishing

FIRST, SECOND, LATE = (build.RECEIVED + timedelta(days=n) for n in range(3))


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two submissions of the made-up collection, staged: to be copied."""
    made = receiving.made(tmp_path_factory.mktemp("staged") / "home")
    for day, n in ((FIRST, "7"), (SECOND, "8")):
        process(made, received(made, day, n))
    return made


@pytest.fixture
def home(staged: Home, tmp_path: Path) -> Home:
    shutil.copytree(staged.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def received(home: Home, day: date, n: str) -> Submission:
    file = home.root / "cuadro.csv"
    file.write_text(build.with_cell(2, "victimas", n), encoding="utf-8")
    return receive(home, file, build.COLLECTION, day)


def refreshed(home: Home) -> Result:
    environment = {"LINEABASE_HOME": str(home.root), "COLUMNS": "300", "NO_COLOR": "1"}
    return CliRunner().invoke(app, ("refresh", "--lang", "en"), env=environment)


def registered(home: Home) -> dict[str, date | None]:
    """The submissions of the release in force, and when each was withdrawn."""
    with duckdb.connect(home.current, read_only=True) as db:
        return dict(db.execute("SELECT submission, withdrawn_on FROM registry.submissions").fetchall())


@contextmanager
def during_the_build(monkeypatch: pytest.MonkeyPatch, happens) -> Iterator[None]:
    """Something happens once a build has taken its snapshot, before anything is built."""
    with monkeypatch.context() as patched:
        before = assets.dagster.build.building.build
        patched.setattr(assets.dagster.build.building, "build", lambda *given: (happens(), before(*given))[1])
        yield


@contextmanager
def held_by_another(home: Home) -> Iterator[threading.Event]:
    """build.lock is held by another thread until the event is set, or to the end."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.build(home):
            held.set()
            release.wait(120)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    try:
        yield release
    finally:
        release.set()
        thread.join()


def is_held(take: Callable[..., AbstractContextManager[None]], *given: object) -> bool:
    """Whether another thread is refused the lock."""
    refused: list[bool] = []

    def attempt() -> None:
        try:
            with take(*given, wait=0):
                refused.append(False)
        except Busy:
            refused.append(True)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return refused[0]


def test_a_lock_is_held_as_long_as_its_work_lasts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release, a step and a purge: asked from within the work itself, and after it."""
    submission = home.submissions()[0]
    held: dict[str, list[bool]] = {}

    def work(name: str, *locks: tuple[object, ...]) -> Callable[..., Any]:
        return lambda *_: held.setdefault(name, [is_held(*asked) for asked in locks])

    of_step, of_build, of_raw = (lock.steps, home, submission.id), (lock.build, home), (lock.raw, home)
    monkeypatch.setattr(publishing, "_publish", work("release", of_build))
    monkeypatch.setattr(runner, "_fresh_result", lambda *_: None)
    monkeypatch.setattr(runner, "_run_step", work("step", of_step))
    monkeypatch.setattr(purging, "_destroy", work("purge", of_build, of_raw))
    publishing.publish(home, AS_OF)
    runner.run(home, [submission], SUBMISSION)
    purging.purge(home, submission, AS_OF, office="demo", reason="prueba")
    assert held == {"release": [True], "step": [True], "purge": [True, True]}
    assert [is_held(*asked) for asked in (of_step, of_build, of_raw)] == [False, False, False]


@pytest.mark.slow
@pytest.mark.operator("8", "concurrency")
def test_what_arrives_during_a_refresh_waits_for_the_next_which_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note was taken after the build, with what had come meanwhile: that was left out for good."""
    first, second = home.submissions()
    card = home.card_path(build.COLLECTION)

    def arrivals() -> None:
        received(home, LATE, "9")
        receipts.withdraw(home, second, today(), office="demo", reason="prueba")
        card.write_text(build.card(more="# reviewed"), encoding="utf-8")
        (home.raw / build.COLLECTION / decisions.FILE).write_text(
            '[[confirmed_value]]\nperiod = "2020"\nvalue = 8\nreason = { es = "a", en = "b" }\n'
            f'source = "c"\ndecided_by = "d"\ndecided_on = {FIRST}\n',
            encoding="utf-8",
        )

    with during_the_build(monkeypatch, arrivals):
        result = refreshed(home)
    assert result.exit_code == 0, result.output
    assert registered(home) == {first.id: None, second.id: None}
    late = f"DEMO.victimas.{LATE}.1"
    of_collection = {f"{build.COLLECTION} {name}" for name in (card.name, decisions.FILE)}
    assert set(freshness.list_changed_parts(home)) == {late, second.id, *of_collection}
    assert "4 arrived or changed meanwhile and wait for the next build" in result.stderr
    assert late in result.stderr

    result = refreshed(home)
    assert "Released" in result.stdout, result.output
    assert "meanwhile" not in result.stderr
    assert registered(home) == {first.id: None, second.id: today(), late: None}
    assert "othing new" in refreshed(home).stdout


@pytest.mark.slow
def test_a_submission_that_is_not_staged_yet_is_left_to_the_next_build(home: Home) -> None:
    """It was a row without a file name: NOT NULL constraint failed."""
    late = received(home, LATE, "9")
    assert assets.dagster.build.build_database(home, AS_OF).verdict.has_passed
    with duckdb.connect(home.internal, read_only=True) as db:
        known = {name for (name,) in db.execute("SELECT submission FROM registry.submissions").fetchall()}
    assert known == {s.id for s in home.submissions()} - {late.id}


@pytest.mark.slow
def test_a_build_reads_the_staged_files_as_its_snapshot_took_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submission that is staged again meanwhile changes nothing of the build that runs."""
    newest = home.submissions()[-1]

    def staged_again() -> None:
        path = home.staged_folder(newest.id) / "observations.parquet"
        path.with_suffix(".new").write_bytes(b"no Parquet at all")
        os.replace(path.with_suffix(".new"), path)

    with during_the_build(monkeypatch, staged_again):
        assert assets.dagster.build.build_database(home, AS_OF).verdict.has_passed
    assert not (home.warehouse / ".inputs").exists()


def test_refresh_says_who_holds_the_home(home: Home, instance: dg.DagsterInstance) -> None:
    with held_by_another(home):
        result = refreshed(home)
        with pytest.raises(Busy):
            run_refresh(home, instance, AS_OF)
    assert result.exit_code == 3
    assert f"pid {os.getpid()}" in result.stderr
    assert "Traceback" not in result.output


def rebuild(home: Home, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """As the UI, the schedule and the sensor start it: the job, without the command line's words."""
    job = definitions(home).resolve_job_def("rebuild")
    return job.execute_in_process(instance=instance, raise_on_error=False)


@pytest.mark.slow
def test_a_run_of_the_ui_waits_for_another_build_and_says_for_whom(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with held_by_another(home) as release:
        monkeypatch.setattr(
            dg.DagsterLogManager, "warning", lambda _, text: (told.append(text), release.set())
        )
        result = rebuild(home, instance)
    assert result.success
    assert f"pid {os.getpid()}" in told[0]
    assert lock.is_run_held(home, result.run_id)


def test_a_run_of_the_ui_that_waited_too_long_fails_with_the_holder(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_by_another(home):
        waits = lock.build
        monkeypatch.setattr(lock, "build", lambda home, wait=0.2: waits(home, min(wait, 0.2)))
        result = rebuild(home, instance)
    assert not result.success
    (failure,) = result.get_step_failure_events()
    error = failure.event_specific_data.error
    while error.cause:
        error = error.cause
    assert f"pid {os.getpid()}" in error.message


def test_only_runs_whose_process_is_dead_are_ended(home: Home, instance: dg.DagsterInstance) -> None:
    """Every started run was ended, also one that was at work in the UI."""
    job = definitions(home).resolve_job_def("rebuild")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    holder = (
        "import sys, pathlib; from warehouse.home import Busy, Home, lock\n"
        f"lock.hold_run(Home(pathlib.Path({str(home.root)!r})), {run.run_id!r})\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    process_ = subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process_.stdout.readline() == "held\n"
    assert dead_runs.end_dead_runs(home, instance) == []
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED
    process_.send_signal(signal.SIGKILL)
    process_.wait()
    assert dead_runs.end_dead_runs(home, instance) == [run.run_id]
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE
    assert list((home.dagster / "runs").iterdir()) == []


@pytest.mark.slow
@pytest.mark.operator("8", "concurrency")
def test_those_who_open_a_new_home_at_once_all_have_dagster_s_tables(tmp_path: Path) -> None:
    """Each made them, and one failed: "table alembic_version already exists", told as a defect of ours."""
    forked = multiprocessing.get_context("fork")
    home, ready, told = Home(tmp_path / "home"), forked.Barrier(4), forked.Queue()
    with instance_of(Home(tmp_path / "another")):
        pass  # loads what each of the four would load

    def open_it() -> None:
        ready.wait(60)
        try:
            with instance_of(home) as instance:
                told.put(instance.get_runs_count())
        except BaseException as error:
            told.put(f"{type(error).__name__}: {error}")

    all_of_them = [forked.Process(target=open_it) for _ in range(4)]
    for process_ in all_of_them:
        process_.start()
    assert [told.get(timeout=120) for _ in all_of_them] == [0] * 4
    for process_ in all_of_them:
        process_.join()
