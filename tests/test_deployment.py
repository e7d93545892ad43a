"""Several machines on one shared folder with PostgreSQL: the release of one machine, though one is killed."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pytest

from assets.dagster.submissions import PARTITIONS
from pipelines.dagster import jobs, run_retention
from pipelines.dagster.launch import instance_of
from tests import faults, services
from tests.conftest import AS_OF
from tests.deployed import hand_in, holding, home_of, shares, started
from tests.same_tables import RELEASED, differing
from tests.services import Door
from warehouse.home import CHECKOUT, Busy, Home, database_locks, file_hash, lock
from warehouse.home.deployment import FILE

WORKERS = 3


@pytest.fixture(scope="module")
def database() -> Iterator[Door]:
    services.needed()
    with services.postgresql() as door:
        yield door


def wait_until(holds: Callable[[], bool], seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def command(home: Home, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli.main", *arguments, "--lang", "en"],
        env={**os.environ, "LINEABASE_HOME": str(home.root)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )


def differences(one: Path, other: Path) -> list[str]:
    """The tables of two releases that do not have the same rows, each value compared, but when each was made."""
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{one}' AS one (READ_ONLY); ATTACH '{other}' AS other (READ_ONLY)")
        names = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = ?"
        tables, others = ({name for (name,) in db.execute(names, [d]).fetchall()} for d in ("one", "other"))
        assert tables == others
        assert len(tables) > 30
        assert tables <= {table.full_name for table in RELEASED}
    return sorted({*differing(one, other, RELEASED)} - {"registry.release"})


@pytest.mark.slow
def test_three_workers_one_of_them_killed_give_the_release_of_one_machine(
    database: Door, tmp_path: Path
) -> None:
    """Each worker is a process with a session of its own, as on a machine that mounts the folder."""
    one = home_of(tmp_path / "one")
    hand_in(one.root, [file for share in shares(1) for file in share])
    assert command(one, "refresh", "--as-of", str(AS_OF)).returncode == 0
    home = home_of(tmp_path / "home", database=services.database(database, "lineabase"))
    files = shares(WORKERS)
    at_work = [started(home, share) for share in files]
    wait_until(lambda: sum(1 for _ in home.submissions()) > 4)
    at_work[1].kill()
    at_work[1].join()
    database.shut_for(1.5)
    at_work[1] = started(home, files[1])
    for worker in at_work:
        worker.join()
    assert [worker.exitcode for worker in at_work] == [0] * WORKERS
    assert database.turned_away > 0

    done = command(home, "refresh", "--as-of", str(AS_OF))
    assert done.returncode == 0, done.stderr
    assert differences(one.current, home.current) == []


# ---- locks of the database ------------------------------------------------------------------------------


@pytest.fixture
def two(database: Door, tmp_path: Path) -> tuple[Home, Home]:
    """The home as two machines see it: its locks are in the database, not in the folder."""
    address = services.database(database, tmp_path.name)
    one, other = (home_of(tmp_path / name, database=address) for name in ("one", "other"))
    return one, other


def in_a_thread(call: Callable[[], object]) -> object:
    """What the call gives, or raises, in a thread of its own: a thread may take again what it holds."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


def taken(home: Home, locked: Callable = lock.raw) -> str:
    """Whether the lock can be had at once; if not, who holds it."""

    def take() -> str:
        try:
            with locked(home, wait=0):
                return "free"
        except Busy as busy:
            return str(busy)

    return str(in_a_thread(take))


@pytest.mark.slow
def test_a_lock_of_the_database_holds_on_every_machine(two: tuple[Home, Home]) -> None:
    one, other = two
    with lock.raw(one), lock.raw(one):
        assert f"pid {os.getpid()}" in taken(other)
        assert socket.gethostname()[:20] in taken(other)
    assert taken(other) == "free"
    assert not list(one.root.rglob("*.lock"))


@pytest.mark.slow
def test_a_killed_process_holds_nothing(two: tuple[Home, Home]) -> None:
    one, other = two
    worker = holding(one)
    assert taken(other) != "free"
    worker.kill()
    worker.join()
    wait_until(lambda: taken(other) == "free")


@pytest.mark.slow
def test_a_connection_that_breaks_takes_again_what_it_held(two: tuple[Home, Home], database: Door) -> None:
    one, other = two
    with lock.build(one), lock.raw(one):
        database.shut_for(0.3)
        wait_until(lambda: taken(other) == "free")  # the server lets go of what a broken session held
        with lock.steps(one, "x"):
            assert taken(other) != "free"
    assert taken(other) == "free"


@pytest.mark.slow
def test_a_lock_that_another_took_meanwhile_is_lost_and_said(two: tuple[Home, Home], database: Door) -> None:
    """Else both would build, and the later one would be in force."""
    one, other = two
    with lock.build(one):
        database.shut_for(0.3)
        wait_until(lambda: taken(other, lock.build) == "free")
        worker = holding(other, "build")
        for take in (lock.build, lock.raw):
            with pytest.raises(database_locks.LockLost, match=f"pid {worker.pid}"), take(one):
                pass
        worker.kill()
        worker.join()


@pytest.mark.slow
def test_a_run_lives_as_long_as_its_process(two: tuple[Home, Home], database: Door) -> None:
    one, other = two
    assert lock.is_run_held(other, "run") is None
    worker = holding(one)
    assert lock.is_run_held(other, "run") is True
    database.shut_for(0.3)
    wait_until(lambda: lock.is_run_held(other, "run") is True)  # though its connection broke
    worker.kill()
    worker.join()
    wait_until(lambda: lock.is_run_held(other, "run") is None)


@pytest.mark.slow
def test_a_database_that_refuses_is_said(
    database: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_locks, "PATIENCE_OF_A_STRANGER", 0.0)
    address = services.database(database, tmp_path.name).replace(tmp_path.name, "another")
    home = home_of(tmp_path / "home", database=address)
    with pytest.raises(database_locks.DatabaseUnreachable, match="another"), lock.raw(home):
        pass


# ---- the parts as services ------------------------------------------------------------------------------


@contextmanager
def kept(home: Home, *arguments: str) -> Iterator[subprocess.Popen]:
    """A part at work, which ends well when it is told to."""
    program = [sys.executable, "-m", "pipelines.cli.main", *arguments, "--lang", "en"]
    environment = {**os.environ, "LINEABASE_HOME": str(home.root), "LINEABASE_AUTOMATION": "off"}
    part = subprocess.Popen(program, env=environment, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        yield part
    finally:
        part.terminate()
        assert part.wait(60) == 0


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def asked(port: int, question: str) -> dict:
    """What Dagster's page answers in GraphQL."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": question}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict = json.load(answer)["data"]
        return told


@pytest.mark.slow
def test_code_page_and_daemon_run_as_services_on_the_database(database: Door, tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", database=services.database(database, "parts"))
    code, page = services.free_port(), services.free_port()
    with (home.root / FILE).open("a", encoding="utf-8") as more:
        more.write(f'\ncode_location = "127.0.0.1:{code}"\n')
    with kept(home, "ui", "--only", "code"):
        wait_until(lambda: answers(code))
        with kept(home, "ui", "--only", "page", "--port", str(page)), kept(home, "ui", "--only", "daemon"):
            wait_until(lambda: answers(page))
            wait_until(lambda: _BEATS in json.dumps(asked(page, _HEALTH)))
            assert asked(page, _JOBS) == {
                "repositoryOrError": {
                    "jobs": [{"name": n} for n in ("__ASSET_JOB", "rebuild", "refresh", "steps")]
                }
            }
    assert not answers(code)
    assert not list(home.dagster.glob("**/*.db"))


_HEALTH = "{ instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }"
_BEATS = '{"daemonType": "SENSOR", "healthy": true}'
_JOBS = """{ repositoryOrError(repositorySelector:
    {repositoryName: "__repository__", repositoryLocationName: "lineabase"}) {
    ... on Repository { jobs { name } } } }"""


def test_a_part_that_is_not_told_where_the_code_runs_says_so(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home")
    code, said = faults.run(home, "ui", "--only", "code", "--lang", "en")
    assert (code, "code_location" in said) == (1, True)


# ---- old runs -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_old_runs_are_deleted_from_the_database_and_nothing_is_new(
    sound_home: Path, database: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = faults.copy(Home(sound_home), tmp_path / "home")
    home_of(home.root, database=services.database(database, "runs"))
    for day in ([], ["--as-of", "2026-09-30"], []):
        code, said = faults.run(home, "refresh", "--unattended", *day, "--lang", "en")
        assert code == 0, said
    with instance_of(home) as instance:
        newest, *old = [record.dagster_run.run_id for record in instance.get_run_records()]
        events = [len(instance.all_logs(run)) for run in old]
        assert old
        assert min(events) > 0
        monkeypatch.setattr(run_retention, "run_days", lambda: -1)
        assert sorted(run_retention.prune_runs(home, instance)) == sorted(old)
        assert [record.dagster_run.run_id for record in instance.get_run_records()] == [newest]
        assert [len(instance.all_logs(run)) for run in old] == [0] * len(old)
        plan = jobs.plan(home, instance)
        assert plan["asset_selection"] == jobs.FROM_CORE_ON
    code, said = faults.run(home, "refresh", "--unattended", "--lang", "en")
    assert (code, "Nothing new" in said) == (0, True), said


# ---- backup and restore ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_backup_of_folder_and_database_gives_back_what_was_in_force(
    sound_home: Path, database: Door, tmp_path: Path
) -> None:
    """restic and pg_dump, as docs/deployment.md says."""
    if shutil.which("restic") is None:
        pytest.skip("restic is not here: apt-get install restic")
    home = faults.copy(Home(sound_home), tmp_path / "home")
    home_of(home.root, database=services.database(database, "before"))
    with instance_of(home) as instance:
        instance.add_dynamic_partitions(PARTITIONS, ["a-partition"])

    services.dump(database, "before", tmp_path / "lineabase.pgdump")
    restic(tmp_path, "init")
    restic(tmp_path, "backup", ".", cwd=home.root)
    restic(tmp_path, "restore", "latest", "--target", str(tmp_path / "restored"))
    services.restore(database, tmp_path / "lineabase.pgdump", "after")

    restored = home_of(tmp_path / "restored", database=services.database_at(database, "after"))
    assert file_hash(restored.current) == file_hash(home.current)
    assert [s.id for s in restored.submissions()] == [s.id for s in home.submissions()]
    assert faults.run(restored, "verify", "--lang", "en")[0] == 0
    code, text = faults.run(restored, "doctor", "--lang", "en")
    assert (code, "answering: PostgreSQL" in text) == (0, True)
    with instance_of(restored) as instance:
        assert "a-partition" in instance.get_dynamic_partitions(PARTITIONS)


def restic(folder: Path, *arguments: str, cwd: Path | None = None) -> None:
    """Run restic on a repository in the folder."""
    environment = {**os.environ, "RESTIC_REPOSITORY": str(folder / "backup"), "RESTIC_PASSWORD": "test"}
    subprocess.run(["restic", *arguments], env=environment, cwd=cwd, check=True, capture_output=True)
