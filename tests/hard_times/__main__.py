"""`python -m tests.hard_times [--quick]`: receipts side by side, and kills in the middle of receipts and refreshes.

Ends with a line `lost: 0`, or says before it what was lost, and exits 1.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hard_times import killing, receiving
from warehouse.home import CHECKOUT, Home
from warehouse.published import IN_FORCE

SEED = 20261125
KILLS_A_HOME = 40


def main(quick: bool) -> int:
    """Do all of it; the exit code."""
    chance = random.Random(SEED)
    with TemporaryDirectory() as folder:
        lost = list(killed_receipts(Path(folder), 15 if quick else 400, chance))
        lost += killed_refreshes(Path(folder), at_each=not quick)
        if not quick:
            lost += killed_commands(Path(folder), 30, chance)
            lost += side_by_side(Path(folder), 100)
    for fault in lost:
        print(fault)
    print(f"lost: {len(lost)}")
    return int(bool(lost))


def side_by_side(folder: Path, rounds: int) -> Iterator[str]:
    """Eight receipts at once, by threads and by processes."""
    for at_once in (receiving.by_threads, receiving.by_processes):
        home = receiving.made(folder / at_once.__name__)
        yield from receiving.faults(home, at_once(home, rounds), rounds)
        _say(f"{at_once.__name__}: {rounds} rounds, {len(home.submissions())} kept")


def killed_receipts(folder: Path, kills: int, chance: random.Random) -> Iterator[str]:
    """Killed at every write of a receipt in turn, then at any moment; each time the next goes on."""
    done = 0
    while done < kills:
        home = receiving.made(folder / f"receipts{done}")
        for killed in range(min(KILLS_A_HOME, kills - done)):
            how = {"at": 1 + killed} if done == 0 else {"after": chance.uniform(0.001, 0.2)}
            killing.killed(partial(killing.receive_many, home, 100 * killed, 20), **how)
            yield from killing.lost_receipts(home)
            done += 1
        killing.killed(partial(killing.receive_many, home, 10**6, 1))
        yield from killing.lost_receipts(home)
    _say(f"receipts: {done} kills")


def killed_refreshes(folder: Path, *, at_each: bool) -> Iterator[str]:
    """Killed at each write of a refresh, or at those that put the kept release in force, and done again."""
    start = killing.staged_home(folder / "start")
    writes = killing.writes(partial(killing.refresh, _copy(start, folder / "counted")), folder / "writes")
    put_in_force = {f"replace {name}" for name in (IN_FORCE, start.current.name)}
    in_force = [at for at, call in enumerate(writes, 1) if call in put_in_force]
    points = list(range(1, len(writes) + 1)) if at_each else in_force
    for at in points:
        home = _copy(start, folder / f"refresh{at}")
        killing.killed(partial(killing.refresh, home), at=at)
        yield from killing.unsound(home)
        killing.killed(partial(killing.refresh, home))
        yield from killing.unsound(home)
        yield from killing.not_in_force(home)
        shutil.rmtree(home.root)
    _say(f"refresh: {len(points)} kills, of {len(writes)} writes")


def killed_commands(folder: Path, kills: int, chance: random.Random) -> Iterator[str]:
    """`lineabase refresh`, Dagster and all, killed at any moment; then once to its end."""
    home = _copy(killing.staged_home(folder / "first"), folder / "commands")
    for _ in range(kills):
        killing.killed(partial(killing.receive_many, home, chance.randrange(10**6, 10**8), 1))
        command = _refresh(home)
        time.sleep(chance.uniform(1, 20))
        command.send_signal(signal.SIGKILL)
        command.wait()
        yield from killing.unsound(home)
    if _refresh(home).wait() != 0:
        yield "refresh fails after the kills"
    yield from killing.unsound(home)
    yield from killing.not_in_force(home)
    _say(f"lineabase refresh: {kills} kills")


def _refresh(home: Home) -> subprocess.Popen[bytes]:
    environment = os.environ | {"LINEABASE_HOME": str(home.root), "DAGSTER_DISABLE_TELEMETRY": "1"}
    call = [sys.executable, "-m", "pipelines.cli.main", "refresh"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(call, cwd=CHECKOUT, env=environment, stdout=quiet, stderr=quiet)


def _copy(home: Home, to: Path) -> Home:
    shutil.copytree(home.root, to)
    return Home(to)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main("--quick" in sys.argv))
