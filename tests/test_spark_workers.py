"""Spark's own master and two workers, as processes: the tables are the same, also if a worker is killed in the middle."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import pytest

from schemas.tables import TABLES
from tests.conftest import AS_OF
from tests.same_tables import RELEASED, differing
from tests.test_spark import MAIN, PACKAGES
from warehouse.home import Home
from warehouse.spark import engine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.hard,
    pytest.mark.skipif(
        not PACKAGES and find_spec("pyspark") is None, reason="needs Spark: see tests/test_spark.py"
    ),
    pytest.mark.skipif(
        engine.java_version() is None, reason="needs Java: apt install openjdk-17-jre-headless"
    ),
]
SECONDS = 60
"""Time in which a process of Spark has to answer."""


def spark_class() -> Path:
    packages = PACKAGES or str(Path(str(find_spec("pyspark").origin)).parents[1])  # type: ignore[union-attr]
    return Path(packages) / "pyspark" / "bin" / "spark-class"


def until(log: Path, pattern: str) -> re.Match[str]:
    """The first match in a log, as soon as there is one."""
    ends = monotonic() + SECONDS
    while not (match := re.search(pattern, log.read_text(encoding="utf-8"))):
        assert monotonic() < ends, f"{pattern!r} is not in {log}:\n{log.read_text(encoding='utf-8')}"
        sleep(0.2)
    return match


@contextmanager
def process(log: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Spark, in a group of its own with those that it starts."""
    command = [
        "bash",
        str(spark_class()),
        f"org.apache.spark.deploy.{name}",
        "--host",
        "127.0.0.1",
        *arguments,
    ]
    with log.open("wb") as said:
        started = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a master with two workers of one core each, and the workers."""
    folder.mkdir()
    with ExitStack() as stack:
        log = folder / "master.log"
        stack.enter_context(process(log, "master.Master", "--port", "0", "--webui-port", "0"))
        address = until(log, r"spark://127\.0\.0\.1:[1-9]\d*")[0]
        workers = []
        for n in (1, 2):
            options = (
                "--cores",
                "1",
                "--memory",
                "2g",
                "--webui-port",
                "0",
                "--work-dir",
                str(folder / f"work{n}"),
            )
            log = folder / f"worker{n}.log"
            workers.append(stack.enter_context(process(log, "worker.Worker", *options, address)))
            until(log, "Successfully registered with master")
        yield address, workers


@contextmanager
def refreshing(home: Home, address: str) -> Iterator[subprocess.Popen[str]]:
    """A refresh on the master at an address, as a process."""
    command = [sys.executable, "-c", MAIN, "refresh", "--engine", "spark", "--as-of", str(AS_OF)]
    env = os.environ | {"LINEABASE_HOME": str(home.root), "PYTHONPATH": PACKAGES, engine.MASTER: address}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True) as refresh:
        try:
            yield refresh
        finally:
            refresh.kill()


def test_a_worker_that_is_killed_in_the_middle_costs_no_row(released_home: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for name in ("raw", "staged"):
        shutil.copytree(released_home / name, home.root / name)
    with cluster(tmp_path / "cluster") as (address, workers), refreshing(home, address) as refresh:
        while refresh.poll() is None and len(list(home.internal.parent.glob("*.spark/*/*/_SUCCESS"))) < 3:
            sleep(0.2)
        assert refresh.poll() is None, "the refresh ended before a worker could be killed"
        until(tmp_path / "cluster" / "worker1.log", "Asked to launch executor")
        os.killpg(workers[0].pid, signal.SIGKILL)
        said, _ = refresh.communicate()
        until(tmp_path / "cluster" / "master.log", "Removing worker")
    assert refresh.returncode == 0, said
    assert differing(Home(released_home).internal, home.internal, TABLES) == {}
    assert differing(Home(released_home).current, home.current, RELEASED) == {}
