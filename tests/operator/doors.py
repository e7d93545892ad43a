"""Every door at once: files by command, inbox and page, words of an office, refreshes of the command line and of Dagster, readers."""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from assets.intake import inbox as intake
from pipelines.dagster.definitions import definitions
from pipelines.dagster.launch import instance_of
from pipelines.desk.access import Access
from tests import faults
from tests.bad_input import build
from tests.hard_times import apart, killing, receiving
from tests.hard_times.notes import note, noted
from tests.operator.parts import progress
from tests.test_desk import Browser, served
from warehouse.home import CARD, Home, file_hash

HELD = "DEMO/retenida"
"""A collection of which every file is held: one row of five cannot be read."""
ROUNDS, ROUNDS_SHORT = 60, 1
"""Each door is gone through so often; a refresh a third as often. How long that takes is the machine's affair."""
RECEIPTS = 100
"""Rounds of eight receipts at once."""
PATIENCE = 900
"""Seconds that an office waits for a submission to speak of."""


@dataclass
class Told:
    """What a door did: calls, those that were told to come again, and what must not have happened."""

    calls: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)


def measure(short: bool) -> dict[str, Any]:
    """All doors at once, until each has done its rounds; then one refresh, and everything is looked for."""
    return apart.done(_measured, ROUNDS_SHORT if short else ROUNDS)


def _measured(rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder) / "home")
        began = time.monotonic()
        told = dict(_at_once(home, rounds))
        seconds = time.monotonic() - began
        if rounds > ROUNDS_SHORT:
            told |= dict(_eight_receipts(Path(folder)))
        failed = [f"{door}: {fault}" for door, one in told.items() for fault in one.wrong]
        failed += [f"at the end: {fault}" for fault in _at_the_end(home)]
        kept, releases = len(home.submissions()), len(list(home.releases.glob("*.r*")))
    rows = [
        {"door": door, "calls": one.calls, "told to come again": one.again, "failed": len(one.wrong)}
        for door, one in told.items()
    ]
    remarks = [f"{len(DOORS)} processes were at work at once, for {seconds:.0f} s."]
    remarks += [
        f"{kept} submissions were acknowledged and are in the last of {releases} releases, with what offices said."
    ]
    return {"rows": rows, "failed": failed, "remarks": remarks}


def _home(root: Path) -> Home:
    """Two collections; a release of what was there before."""
    home = receiving.made(root)
    (home.raw / HELD).mkdir(parents=True)
    strict = build.card(("quarantined_share = 1.0 ", "quarantined_share = 0.05"))
    (home.raw / HELD / CARD).write_text(strict, encoding="utf-8")
    (home.inbox / build.COLLECTION).mkdir(parents=True)
    killing.killed(lambda: killing.receive_many(home, 1, 1))
    killing.killed(lambda: killing.refresh(home))
    return home


# ---- who goes through a door ---------------------------------------------------------------------------


def _at_once(home: Home, rounds: int) -> Iterator[tuple[str, Told]]:
    """Start every door in a process of its own; what each told. The last two go on until the others ended."""
    forked = multiprocessing.get_context("fork")
    answers, ended = forked.Queue(), forked.Event()
    started = [forked.Process(target=_go, args=(door, home, rounds, ended, answers)) for door in DOORS]
    for process in started:
        process.start()
    for waits in range(len(DOORS) - len(UNTIL_THE_END), 0, -1):
        progress(f"{waits} doors are gone through")
        yield answers.get(timeout=3 * PATIENCE)
    ended.set()
    for _ in UNTIL_THE_END:
        yield answers.get(timeout=PATIENCE)
    for process in started:
        process.join()


def _go(door: str, home: Home, rounds: int, ended: Any, answers: Any) -> None:
    told = Told()
    try:
        if door in UNTIL_THE_END:
            while not ended.is_set() or not told.calls:
                DOORS[door](home, told, told.calls)
        else:
            for n in range(max(1, rounds // 3) if door in REFRESHES else rounds):
                DOORS[door](home, told, n)
    except BaseException as error:
        told.wrong.append(f"{type(error).__name__}: {error}")
    answers.put((door, told))


def _ask(home: Home, told: Told, *arguments: str, well: tuple[int, ...] = (0,)) -> str:
    """A command; any other exit code than these is wrong. Busy, which names who holds the home, is no fault."""
    code, said = faults.run(home, *arguments)
    told.calls += 1
    if code == 3 and "pid " in said:
        told.again += 1
    elif code not in well or "Traceback" in said:
        told.wrong.append(f"{arguments[0]} exits with {code}: {said[-300:]}{_last_of_report(said)}")
    return said


def _last_of_report(said: str) -> str:
    """The end of the report that a defect leaves in a file: what failed elsewhere is read here."""
    named = re.search(r"\S+/lineabase-\w+\.txt", said)
    return Path(named[0]).read_text(encoding="utf-8")[-600:] if named else ""


def _submit(home: Home, told: Told, n: int) -> None:
    file = _file(home, "sent", f"cuadro{n}.csv", build.with_cell(2, "victimas", str(100 + n)))
    day = build.RECEIVED + timedelta(days=n)
    said = _ask(
        home,
        told,
        "submit",
        str(file),
        "--collection",
        build.COLLECTION,
        "--received",
        str(day),
        "--json",
        well=(0, 1),
    )
    _acknowledge(home, json.loads(said)["submission"], file_hash(file))


def _submit_held(home: Home, told: Told, n: int) -> None:
    file = _file(home, "doubtful", f"cuadro{n}.csv", build.with_cell(2, "victimas", f"{n} o más"))
    said = _ask(
        home,
        told,
        "submit",
        str(file),
        "--collection",
        HELD,
        "--received",
        str(build.RECEIVED),
        "--json",
        well=(0, 1),
    )
    answer = json.loads(said)
    _acknowledge(home, answer["submission"], file_hash(file))
    if answer["status"] != "held":
        told.wrong.append(f"not held: {answer}")


def _lay_in(home: Home, told: Told, n: int) -> None:
    """As an office does: a file is moved into the inbox. It is taken as the sensor takes it."""
    intake.PAUSE = 0.0
    file = _file(home, "mailed", f"correo{n}.csv", build.with_cell(2, "victimas", str(500 + n)))
    digest = file_hash(file)
    file.rename(home.inbox / build.COLLECTION / file.name)
    done = intake.receive_files(home)
    told.calls += 1
    for taken in done.submission_ids:
        _acknowledge(home, taken, digest)
    if len(done.submission_ids) != 1:
        told.wrong.append(f"taken: {done}")


def _hand_in(home: Home, told: Told, n: int) -> None:
    """On the steward's page: a file is tried, then handed in."""
    content = build.with_cell(2, "victimas", str(900 + n))
    digest = file_hash(_file(home, "uploaded", f"pagina{n}.csv", content))
    access = Access()
    with served(home, access) as base:
        page = Browser(base)
        page.open(f"/?token={access.new_token()}")
        page.fill("/", f"pagina{n}.csv", content, collection=build.COLLECTION)
        answered = page.fill(page.actions("/hand-in"), office="demo")
    told.calls += 1
    if answered.ok:
        _acknowledge(home, answered.url.rsplit("/", 1)[1], digest)
    else:
        told.wrong.append(f"{answered.status_code}: {page.said[-300:]}")


def _withdraw(home: Home, told: Told, n: int) -> None:
    """Every other submission of the command's, once it is there."""
    wanted = f"DEMO.victimas.{build.RECEIVED + timedelta(days=n)}.1"
    _wait_for(home, wanted)
    if n % 2 == 0:
        _ask(home, told, "withdraw", wanted, "--office", "demo", "--why", "prueba")
        note(home, "withdrawn", wanted)


def _confirm(home: Home, told: Told, n: int) -> None:
    wanted = f"DEMO.retenida.{build.RECEIVED}.{n + 1}"
    _wait_for(home, wanted)
    _ask(home, told, "confirm", wanted, "--office", "demo", "--reason", "prueba")
    note(home, "confirmed", wanted)


def _accept(home: Home, told: Told, n: int) -> None:
    spelling = f"Catracho {chr(97 + n // 26)}{chr(97 + n % 26)}"
    _ask(home, told, "accept", build.COLLECTION, spelling, "HND", "--office", "demo")
    note(home, "accepted", spelling)


def _refresh(home: Home, told: Told, n: int) -> None:
    _ask(home, told, "refresh", "--unattended")


def _job(home: Home, told: Told, n: int) -> None:
    """As Dagster's page starts it: a run waits for the one before it."""
    with instance_of(home) as instance:
        job = definitions(home).resolve_job_def("refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    told.calls += 1
    if not result.success:
        causes = [e.event_specific_data.error for e in result.get_step_failure_events()]
        told.wrong.append(f"a run failed: {[str(cause)[:300] for cause in causes]}")


def _read(home: Home, told: Told, n: int) -> None:
    """A reader opens the file in force, as any program does, and finds one release whole."""
    with duckdb.connect(home.current, read_only=True) as db:
        found = db.execute(
            "SELECT (SELECT count(*) FROM registry.release), (SELECT count(*) FROM core.observations)"
        ).fetchone()
    told.calls += 1
    if found is None or found[0] != 1 or not found[1]:
        told.wrong.append(f"read: {found}")
    time.sleep(0.5)  # without it, a reader takes half a core from those who write


def _examine(home: Home, told: Told, n: int) -> None:
    """`verify` and `status` never take work under way for damage."""
    _ask(home, told, ("verify", "status")[n % 2])
    time.sleep(4)  # each takes the machine from those who write


DOORS: dict[str, Callable[[Home, Told, int], None]] = {
    "`submit`": _submit,
    "`submit` of what is held": _submit_held,
    "the inbox": _lay_in,
    "the steward's page": _hand_in,
    "`withdraw`": _withdraw,
    "`confirm`": _confirm,
    "`accept`": _accept,
    "`refresh`": _refresh,
    "Dagster's job": _job,
    "a reader of current.duckdb": _read,
    "`verify` and `status`": _examine,
}
REFRESHES = ("`refresh`", "Dagster's job")
UNTIL_THE_END = ("a reader of current.duckdb", "`verify` and `status`")


def _file(home: Home, folder: str, name: str, content: str) -> Path:
    return build.write(home.root / folder, content, name)


def _acknowledge(home: Home, submission: str, digest: str) -> None:
    note(home, "acknowledged", f"{submission} {digest}")


def _wait_for(home: Home, submission: str) -> None:
    until = time.monotonic() + PATIENCE
    while not any(line.startswith(f"{submission} ") for line in noted(home, "acknowledged")):
        if time.monotonic() > until:
            raise TimeoutError(f"{submission} never came")
        time.sleep(0.2)


def _eight_receipts(folder: Path) -> Iterator[tuple[str, Told]]:
    """Eight at once through the same door, a hundred times, three of them with the same bytes."""
    for at_once in (receiving.by_threads, receiving.by_processes):
        home = receiving.made(folder / at_once.__name__)
        answers = at_once(home, RECEIPTS)
        wrong = receiving.faults(home, answers, RECEIPTS)
        yield f"eight receipts at once, {at_once.__name__.replace('_', ' ')}", Told(len(answers), 0, wrong)


# ---- afterwards ------------------------------------------------------------------------------------------


def _at_the_end(home: Home) -> Iterator[str]:
    """What is lost, half done or left out once a refresh has come to its end."""
    told = Told()
    for command in ("refresh", "verify", "doctor"):
        _ask(home, told, command)
    yield from told.wrong
    yield from killing.unsound(home)
    yield from killing.not_in_force(home)
    with duckdb.connect(home.current, read_only=True) as db:
        status = dict(db.execute("SELECT submission, status FROM registry.submissions").fetchall())
    yield from (
        f"not withdrawn: {s}" for s in noted(home, "withdrawn") if not home.submission(s).withdrawn_on
    )
    yield from (f"not confirmed: {s}" for s in noted(home, "confirmed") if status.get(s) != "accepted")
    decided = home.decisions_path(build.COLLECTION).read_text(encoding="utf-8")
    yield from (f"not accepted: {text}" for text in noted(home, "accepted") if text not in decided)
    twice = Counter(line.split()[0] for line in noted(home, "acknowledged"))
    yield from (f"acknowledged twice: {name}" for name, often in twice.items() if often > 1)
    if any(list(home.root.rglob(left)) for left in (".being-taken-*", ".desk-*", "raw/**/*.tmp")):
        yield "something was left behind"
