"""The rounds of a network, one after the other: files, refresh, checks, figures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.agreements import agree
from tests.network import clock
from tests.network.attacked import Attacked
from tests.network.checks import Seen, check_tables
from tests.network.doors import Doors
from tests.network.events import Confirmation, Decision, Fault, Round, Withdrawal, make_rounds
from tests.network.protected import check_protected
from tests.network.states import check_failure, check_states
from tests.network.truth import Truth
from tests.network.world import World, lay_cards
from tests.network.written import check_written
from warehouse.home import CARD, Home
from warehouse.release import release_store

SETTINGS = {"LINEABASE_SITE": "yes", "LINEABASE_BUNDLE": "yes", "LINEABASE_LANG": "en"}


@dataclass
class Outcome:
    """What a run found: a row of figures a round, and everything that was wrong."""

    rounds: int
    released: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    attacked: Attacked = field(default_factory=Attacked)

    @property
    def summary(self) -> str:
        """The last line."""
        return f"rounds released {self.released} of {self.rounds}, wrong {len(self.wrong)}"


@contextmanager
def _settings() -> Iterator[None]:
    """Pages and bundle are written, whatever the tests' environment says."""
    before = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Run:
    """A network that lives in a home. `opened`: its protected cards are open; `apart`: commands are processes."""

    def __init__(
        self,
        home: Home,
        world: World,
        *,
        opened: bool = False,
        apart: bool = False,
        tell: Callable[[str], None] = print,
    ) -> None:
        self.home, self.tell, self.opened = home, tell, opened
        self.doors, self.truth = Doors(home, apart, SETTINGS), Truth()
        self.rounds = make_rounds(world)
        self.outcome = Outcome(len(self.rounds))
        lay_cards(home, opened=opened)
        agree(home)

    @classmethod
    @contextmanager
    def prepared(cls, root: Path, world: World, **how: Any) -> Iterator[Run]:
        """A run in a folder that is empty or not there, with its own settings and clock."""
        root.mkdir(parents=True, exist_ok=True)
        with _settings(), clock.simulated():
            yield cls(Home(root), world, **how)

    def run(self) -> Outcome:
        """All rounds."""
        for number, one in enumerate(self.rounds):
            began = time.monotonic()
            wrong = list(self._round(one))
            self.outcome.wrong += [f"{one.quarter.label}: {text}" for text in wrong]
            row = self.outcome.rows[-1] if self.outcome.rows else {}
            self.tell(
                f"round {number + 1} of {len(self.rounds)}: {one.quarter.label}, {one.door}, "
                f"{len(one.files)} files, {row.get('refresh, s', 0)} s of refresh, "
                f"{time.monotonic() - began:.0f} s in all, wrong {len(wrong)}"
            )
            for text in wrong:
                self.tell(f"  WRONG {text}")
        self.outcome.wrong += _growth(self.outcome.rows)
        self.outcome.wrong += self.outcome.attacked.wrong()
        self.tell(f"{self.outcome.attacked}")
        self.tell(self.outcome.summary)
        return self.outcome

    def _round(self, one: Round) -> Iterator[str]:
        self.doors.set_day(one.arrival)
        yield from self._hand_in(one)
        for event in one.others:
            yield from self._do(event)
        if one.door == "job" and (ended := self.doors.run_job()) != "RELEASED":
            yield f"Dagster's job ended as {ended}"
        self.doors.set_day(one.as_of)
        before = self._last_release()
        for fault in one.faults:
            yield from self._fail(fault)
        said, seconds = self.doors.refresh()
        if said.code != 0:
            yield f"the refresh ended with {said.code}: {said.text.strip()[-600:]}"
            return
        self.outcome.released += 1
        self.outcome.rows.append(self._row(one, seconds))
        self.outcome.attacked.attack_last(self.home, all_members=one is self.rounds[-1])
        seen = Seen(self.doors, one, self.truth, before)
        yield from check_tables(seen)
        yield from check_protected(seen)
        yield from check_states(seen)
        yield from check_written(seen)

    def _hand_in(self, one: Round) -> Iterator[str]:
        files = [
            f
            for f in one.files
            if not (self.opened and self.home.card(f.collection).collection.kind == "cases")
        ]
        answers = self.doors.hand_in(one.door, files)
        for file in files:
            delivery = self.truth.add(file, one.arrival)
            submission = self.doors.submission(file)
            if submission is None:
                yield f"{file.key} was not received: {answers.get(file.key, '')[:400]}"
            else:
                delivery.submission = submission.id

    def _do(self, event: Withdrawal | Confirmation | Decision) -> Iterator[str]:
        if isinstance(event, Decision):
            said = self.doors.decide(event)
        else:
            delivery = self.truth.of(event.key)
            submission = self.home.submission(delivery.submission)
            if isinstance(event, Withdrawal):
                said = self.doors.withdraw(submission)
                delivery.withdrawn_on = self.doors.day
            else:
                said = self.doors.confirm(submission)
                delivery.fate, delivery.confirmed_on = "accepted", self.doors.day
        if said.code != 0:
            yield f"{event} ended with {said.code}: {said.text}"

    def _fail(self, fault: Fault) -> Iterator[str]:
        """A refresh that cannot end well: whoever looks after the network is told until it is put right."""
        if fault.card:
            card = self.home.raw / fault.card / CARD
            content = card.read_bytes()
            card.write_bytes(b'[collection]\nkind = "' + bytes(range(128, 160)))
            yield from check_failure(self.doors, fault, fault.card)
            card.write_bytes(content)
        else:
            submission = self.home.submission(self.truth.of(fault.lost).submission)
            elsewhere = self.home.root / "lost"
            submission.folder.rename(elsewhere)
            yield from check_failure(self.doors, fault, submission.id)
            elsewhere.rename(submission.folder)

    def _last_release(self) -> Path | None:
        folder = release_store.folder_in_force(self.home) if self.home.releases.is_dir() else None
        return folder / release_store.FILE if folder else None

    def _row(self, one: Round, seconds: float) -> dict[str, Any]:
        files = [path for path in self.home.root.rglob("*") if path.is_file()]
        return {
            "round": one.quarter.label,
            "door": one.door,
            "submissions": len(self.truth.deliveries),
            "refresh, s": round(seconds, 1),
            "MiB": round(sum(path.stat().st_size for path in files) / 2**20, 1),
            "files": len(files),
            "files of a round": len(files) - (self.outcome.rows[-1]["files"] if self.outcome.rows else 0),
            "MiB of releases": round(_size(self.home.releases), 1),
            "MiB of .dagster": round(_size(self.home.dagster), 1),
        }


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


SLOWER = 2.0
"""A refresh after years may take so many times what one of the first third took."""


def _growth(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Refreshes must not become much slower; a round must not leave more and more files."""
    third = len(rows) // 3
    if third < 2:
        return
    for name in ("refresh, s", "files of a round"):
        first, last = (sum(row[name] for row in some) / third for some in (rows[:third], rows[-third:]))
        if last > SLOWER * first:
            yield f"{name}: {last:.1f} in the last {third} rounds, {first:.1f} in the first"
