"""Kills (SIGKILL) at receipts, each step, the build, the gate, publishing, desk and inbox: nothing acknowledged is lost, nothing half done."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.hard_times import apart, at_doors, killing, receiving
from tests.hard_times.killing import PLACES, Place
from tests.operator.parts import progress
from tests.same_tables import RELEASED, differing
from warehouse.home import CHECKOUT, Home
from warehouse.home.calendar import today
from warehouse.home.frames import read_arrow
from warehouse.release.release_store import IN_FORCE

SEED = 20261125
KILLS_A_HOME = 40
KILLS = {"receipts": 200, "a step": 10, "each": 1, "build": 15, "gate": 15, "publishing": 40, "desk": 30}
KILLS |= {"inbox": 40, "commands": 10}
KILLS_SHORT = {"receipts": 15, "a step": 1, "each": 1, "build": 0, "gate": 0, "publishing": 0, "desk": 2}
KILLS_SHORT |= {"inbox": 4, "commands": 0}
"""How often each is killed."""
PUT_IN_FORCE = f"replace {IN_FORCE}"
NEVER_ALIKE = {"registry.release"}
"""Says when it was made."""
LONGEST = {"the step": 0.2, "the build": 4.0, "the gate": 2.0}
"""Seconds that each takes where nothing else is at work."""
TRIES = 50
"""A busy machine may be late with the kill, and the shortest step takes two milliseconds."""
FRAMES = ("observations", "sources", "quarantined", "openings")

Row = dict[str, Any]


@dataclass(frozen=True)
class After:
    """What is lost or half done after a kill; after a run that was not killed, `kills` is 0."""

    lost: list[str]
    kills: int = 1


Kills = Iterator[After]


def measure(short: bool) -> dict[str, Any]:
    """Kills at each write and at any moment; the short form at a few."""
    return apart.done(_measured, short)


def _measured(short: bool) -> dict[str, Any]:
    kills = KILLS_SHORT if short else KILLS
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        start = Start(root)
        steps = [place for place in PLACES if "step" in place]
        at_inbox = start.copy()  # in short the page is killed in the same one, and one refresh looks for all
        at_desk = at_inbox if short else at_doors.asking(root / "asking")
        told = {
            "a receipt, at each write, then at any moment": receipts(root, kills["receipts"], chance),
            **{step: of_step(start, step, kills["a step"], chance) for step in steps},
            "build, gate and publishing of one refresh": one_after_the_other(start, kills["each"]),
            "the build, at any moment": of_refresh(start, "the build", kills["build"], chance),
            "the gate, at any moment": of_refresh(start, "the gate", kills["gate"], chance),
            "publishing, at each write": publishing(start, kills["publishing"]),
            "the steward's page: a file, a withdrawal, an answer": desk(
                start, at_desk, kills["desk"], chance, ends=at_desk is not at_inbox
            ),
            "emptying the inbox": inbox(start, at_inbox, kills["inbox"], chance),
            "`lineabase refresh`, at any moment": commands(start, kills["commands"], chance),
        }
        rows = [_row(what, fates) for what, fates in told.items()]
    failed = [fault for row in rows for fault in row.pop("faults")]
    return {"rows": [row for row in rows if row["kills"]], "failed": failed}


def _row(what: str, fates: Kills) -> Row:
    kills, faults = 0, []
    for one in fates:
        kills += one.kills
        faults += [f"{what}: {fault}" for fault in one.lost]
        progress(f"{what}: {kills} kills")
    return {"what is killed": what, "kills": kills, "lost or half done": len(faults), "faults": faults}


class Start:
    """A released home in which a submission waits; and the same once it was refreshed, which nobody kills."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.waiting = killing.staged_home(root / "waiting")
        self.refreshed = self.copy()
        killing.killed(partial(killing.refresh, self.refreshed))

    def copy(self, of: Home | None = None) -> Home:
        """A home to be killed in."""
        home = Home(Path(tempfile.mkdtemp(dir=self.root)) / "home")
        shutil.copytree((of or self.waiting).root, home.root)
        return home

    def calls(
        self, work: Callable[[Home], None], place: Place | None = None, of: Home | None = None
    ) -> list[str]:
        """The writes that the work makes in that place."""
        note = Path(tempfile.mkdtemp(dir=self.root)) / "writes"
        return killing.writes(partial(work, self.copy(of)), note, place)

    def other_values(self, home: Home) -> list[str]:
        """Tables of the release in force that say another thing than the one that nobody killed."""
        apart = differing(self.refreshed.current.resolve(), home.current.resolve(), RELEASED)
        return [f"{table} differs" for table in sorted({*apart} - NEVER_ALIKE)]

    def other_frames(self, home: Home) -> list[str]:
        """Staged tables that say another thing than those that nobody killed."""
        names = [(s.id, frame) for s in self.refreshed.submissions() for frame in FRAMES]
        return [
            f"{name} of {id_} differs"
            for id_, name in names
            if read_arrow(home, id_, name) != read_arrow(self.refreshed, id_, name)
        ]


# ---- receipts and steps -------------------------------------------------------------------------------


def receipts(folder: Path, kills: int, chance: random.Random) -> Kills:
    """At every write of a receipt in turn, then at any moment; each time the next goes on."""
    done = 0
    while done < kills:
        home = receiving.made(folder / f"receipts{done}")
        for killed in range(min(KILLS_A_HOME, kills - done)):
            how = {"at": 1 + killed} if done == 0 else {"after": chance.uniform(0.001, 0.2)}
            killing.killed(partial(killing.receive_many, home, 100 * killed, 20), **how)
            done += 1
            yield After(killing.lost_receipts(home))
        killing.killed(partial(killing.receive_many, home, 10**6, 1))
        yield After(killing.lost_receipts(home), kills=0)


def of_step(start: Start, name: str, kills: int, chance: random.Random) -> Kills:
    """A step at each of its writes, the last one first, then at any moment; then the steps are made to their end."""
    last = len(start.calls(killing.steps, PLACES[name]))
    for at in range(last, last - kills, -1):
        if at > 0:
            home = start.copy()
            lost = _killed_at(partial(killing.steps, home), at, PLACES[name])
        else:
            home, lost = _killed_within(start, killing.steps, name, chance), []
        yield After([*lost, *killing.unsound(home)])
        killing.killed(partial(killing.steps, home))
        yield After([*killing.unsound(home), *start.other_frames(home)], kills=0)
        shutil.rmtree(home.root)


# ---- build, gate, publishing --------------------------------------------------------------------------


def of_refresh(start: Start, name: str, kills: int, chance: random.Random) -> Kills:
    """A refresh while it is in that place, at any moment; then one to its end."""
    for _ in range(kills):
        home = _killed_within(start, killing.refresh, name, chance)
        yield After(killing.unsound(home))
        yield _ended(start, home)
        shutil.rmtree(home.root)


def one_after_the_other(start: Start, times: int) -> Kills:
    """A refresh killed in the build, the next in the gate, the next as it puts in force; then one to its end."""
    for _ in range(times):
        home = start.copy()
        for name, how in (
            ("the build", {"after": 0.2}),
            ("the gate", {"after": 0.2}),
            ("publishing", {"at": PUT_IN_FORCE}),
        ):
            is_killed = killing.killed(partial(killing.refresh, home), within=PLACES[name], **how)
            yield After([*([] if is_killed else [f"{name} was not killed"]), *killing.unsound(home)])
        yield _ended(start, home)


def publishing(start: Start, most: int) -> Kills:
    """What was built and is being published, at each write; then a refresh to its end."""
    if not most:
        return
    built, place = start.copy(), PLACES["publishing"]
    killing.killed(partial(killing.build_all, built))
    for at in _points(start.calls(killing.release_built, place, built))[:most]:
        home = start.copy(built)
        lost = _killed_at(partial(killing.release_built, home), at, place)
        yield After([*lost, *killing.unsound(home)])
        yield _ended(start, home)
        shutil.rmtree(home.root)


def _points(calls: list[str]) -> list[int]:
    """The numbers of the calls; of many alike in a row, as a bundle's files are, the first, the middle and the last."""
    runs = [list(run) for _, run in groupby(enumerate(calls, 1), key=lambda one: one[1])]
    return [run[at][0] for run in runs for at in sorted({0, len(run) // 2, len(run) - 1})]


def _ended(start: Start, home: Home) -> After:
    """What is not as it must be once a refresh has come to its end."""
    killing.killed(partial(killing.refresh, home))
    return After([*killing.unsound(home), *killing.not_in_force(home), *start.other_values(home)], kills=0)


# ---- desk and inbox -----------------------------------------------------------------------------------


def desk(start: Start, home: Home, kills: int, chance: random.Random, *, ends: bool) -> Kills:
    """The page at writes spread over what it does, then at any moment; each time it is opened again.

    It `ends` with a refresh, unless the home is killed on elsewhere.
    """
    calls = start.calls(partial(at_doors.at_the_desk, first=1000, count=1), of=home)
    for number, how in enumerate(_spread(len(calls), kills, chance, longest=4.0)):
        killing.killed(partial(at_doors.at_the_desk, home, 1000 + 100 * number, 2), **how)
        yield After(at_doors.lost_at_the_desk(home))
    killing.killed(partial(at_doors.at_the_desk, home, 10**6, 1))
    left = [f"left: {path.name}" for path in (home.root / "staged").glob(".desk-*")]
    in_force = _all_in_force(home) if ends else []
    yield After([*at_doors.lost_at_the_desk(home), *left, *in_force], kills=0)


def inbox(start: Start, home: Home, kills: int, chance: random.Random) -> Kills:
    """Whoever empties the inbox at writes spread over it, then at any moment; each time the next goes on."""
    calls = start.calls(partial(at_doors.at_the_inbox, first=5000, count=1))
    for number, how in enumerate(_spread(len(calls), kills, chance, longest=0.5)):
        killing.killed(partial(at_doors.at_the_inbox, home, 5000 + 100 * number, 5), **how)
        yield After(at_doors.lost_at_the_inbox(home))
    killing.killed(partial(at_doors.at_the_inbox, home, 2 * 10**6, 1))
    ended = [*at_doors.lost_at_the_inbox(home), *at_doors.left_at_the_inbox(home)]
    yield After([*ended, *_all_in_force(home)], kills=0)


def _spread(writes: int, kills: int, chance: random.Random, longest: float) -> Iterator[dict[str, Any]]:
    """How each kill is made: two of three at writes spread over all of them, the rest at any moment."""
    at_writes = -(-2 * kills // 3)
    for number in range(at_writes):
        yield {"at": 1 + number * writes // at_writes}
    for _ in range(kills - at_writes):
        yield {"after": chance.uniform(0.01, longest)}


def _all_in_force(home: Home) -> list[str]:
    """What a refresh of today leaves out."""
    killing.killed(partial(killing.refresh, home, today()))
    return [*killing.unsound(home), *killing.not_in_force(home)]


# ---- the command --------------------------------------------------------------------------------------


def commands(start: Start, kills: int, chance: random.Random) -> Kills:
    """`lineabase refresh`, Dagster and all, killed at any moment; then once to its end."""
    if not kills:
        return
    home = start.copy()
    for _ in range(kills):
        killing.killed(partial(killing.receive_many, home, chance.randrange(10**6, 10**8), 1))
        command = _refresh(home)
        _let_work(command, chance.uniform(1, 15))
        command.send_signal(signal.SIGKILL)
        command.wait()
        yield After(killing.unsound(home))
    ended = [] if _refresh(home).wait(killing.PATIENCE) == 0 else ["refresh fails after the kills"]
    yield After([*ended, *killing.unsound(home), *killing.not_in_force(home)], kills=0)


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


# ---- how a place is killed ------------------------------------------------------------------------------


def _killed_at(work: Callable[[], None], at: int, place: Place) -> list[str]:
    return [] if killing.killed(work, at=at, within=place) else [f"it was not killed at write {at}"]


def _killed_within(start: Start, work: Callable[[Home], None], name: str, chance: random.Random) -> Home:
    """A home killed at any moment that the work spends in the place; earlier, where it had left it already."""
    after = chance.uniform(0, LONGEST[name.split(" `")[0]])
    for _ in range(TRIES):
        home = start.copy()
        if killing.killed(partial(work, home), after=after, within=PLACES[name]):
            return home
        shutil.rmtree(home.root)
        after /= 2
    raise RuntimeError(f"{name} was never killed")
