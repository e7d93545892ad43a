"""Kills (SIGKILL) in the middle of receipts and of refreshes: what was acknowledged is there, nothing is half done."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.hard_times import killing, receiving
from warehouse.home import CHECKOUT, Home
from warehouse.published import IN_FORCE

SEED = 20261125
KILLS_A_HOME = 40
CHANGES = ("replace", "rename", "link", "fsync")
"""Calls that put something in its place or bring it to disk; folders made and notes removed are left out."""

Row = dict[str, Any]


def measure(short: bool) -> dict[str, Any]:
    """Kills at each write of a receipt and of a refresh, and at any moment; the short form at a few."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:  # whoever forks should have no threads
        return fresh.submit(_measured, short).result()


def _measured(short: bool) -> dict[str, Any]:
    chance = random.Random(SEED)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows.append(
            _row("a receipt, at each write, then at any moment", receipts(root, 15 if short else 200, chance))
        )
        rows.append(_row("a refresh, at each change of a file", refreshes(root, at_each=not short)))
        if not short:
            rows.append(_row("`lineabase refresh`, at any moment", commands(root, 10, chance)))
    failed = [fault for row in rows for fault in row.pop("faults")]
    return {"rows": rows, "failed": failed}


def _row(what: str, kills: Iterator[list[str]]) -> Row:
    told = list(kills)
    faults = [fault for lost in told for fault in lost]
    return {"what is killed": what, "kills": len(told), "lost or half done": len(faults), "faults": faults}


def receipts(folder: Path, kills: int, chance: random.Random) -> Iterator[list[str]]:
    """What each kill lost: at every write of a receipt in turn, then at any moment; each time the next goes on."""
    done = 0
    while done < kills:
        home = receiving.made(folder / f"receipts{done}")
        for killed in range(min(KILLS_A_HOME, kills - done)):
            how = {"at": 1 + killed} if done == 0 else {"after": chance.uniform(0.001, 0.2)}
            killing.killed(partial(killing.receive_many, home, 100 * killed, 20), **how)
            done += 1
            yield killing.lost_receipts(home)
        killing.killed(partial(killing.receive_many, home, 10**6, 1))
        if lost := killing.lost_receipts(home):
            raise RuntimeError(lost)


def refreshes(folder: Path, *, at_each: bool) -> Iterator[list[str]]:
    """Killed at each change of a file, or at those that put the release in force, and done again to its end."""
    start = killing.staged_home(folder / "start")
    for at in _points(start, folder, at_each):
        home = _copy(start, folder / f"refresh{at}")
        lost = [] if killing.killed(partial(killing.refresh, home), at=at) else ["it was not killed"]
        lost += killing.unsound(home)
        killing.killed(partial(killing.refresh, home))
        yield [f"refresh {at}: {one}" for one in (*lost, *killing.unsound(home), *killing.not_in_force(home))]
        shutil.rmtree(home.root)


def _points(start: Home, folder: Path, at_each: bool) -> list[int] | list[str]:
    if not at_each:
        return [f"replace {name}" for name in (IN_FORCE, start.current.name)]
    writes = killing.writes(partial(killing.refresh, _copy(start, folder / "counted")), folder / "writes")
    return [at for at, call in enumerate(writes, 1) if call.split()[0] in CHANGES]


def commands(folder: Path, kills: int, chance: random.Random) -> Iterator[list[str]]:
    """`lineabase refresh`, Dagster and all, killed at any moment; then once to its end."""
    home = _copy(killing.staged_home(folder / "first"), folder / "commands")
    for _ in range(kills):
        killing.killed(partial(killing.receive_many, home, chance.randrange(10**6, 10**8), 1))
        command = _refresh(home)
        _let_work(command, chance.uniform(1, 15))
        command.send_signal(signal.SIGKILL)
        command.wait()
        yield killing.unsound(home)
    ended = [] if _refresh(home).wait() == 0 else ["refresh fails after the kills"]
    if lost := [*ended, *killing.unsound(home), *killing.not_in_force(home)]:
        raise RuntimeError(lost)


def _let_work(command: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until the program has worked for so long by its own clock: a busy machine lets it work less."""
    stat, ticks = Path(f"/proc/{command.pid}/stat"), os.sysconf("SC_CLK_TCK")
    until = time.monotonic() + 20 * seconds
    while command.poll() is None and time.monotonic() < until:
        user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
        if (int(user) + int(system)) / ticks > seconds:
            return
        time.sleep(0.05)


def _refresh(home: Home) -> subprocess.Popen[bytes]:
    environment = os.environ | {"LINEABASE_HOME": str(home.root), "DAGSTER_DISABLE_TELEMETRY": "1"}
    call = [sys.executable, "-m", "pipelines.cli.main", "refresh"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(call, cwd=CHECKOUT, env=environment, stdout=quiet, stderr=quiet)


def _copy(home: Home, to: Path) -> Home:
    shutil.copytree(home.root, to)
    return Home(to)
