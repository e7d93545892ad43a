"""Trying a file: the steps on a copy in a folder that is thrown away. Nothing is kept, nothing published."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from assets.intake import admission, runner, submission
from assets.intake.admission import Admission
from assets.intake.freshness import fingerprint, stale, waiting
from assets.intake.step import OBSERVATIONS, STEPS
from schemas.findings import Finding
from warehouse.home import CARD, Busy, Home, Submission, case_key, lock, receipts, staged
from warehouse.home.calendar import today
from warehouse.home.durable import hash_now

RUNS = tuple(partial(runner.run, step=step) for step in STEPS)
"""The steps of a submission, in order: each is called with a home and submissions."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file: status, rows by fate, findings, and how it stands beside the one before."""

    submission: str
    status: str
    rows: dict[str, int]
    findings: list[Finding]
    admission: Admission = field(default_factory=Admission)
    collection: str = ""
    is_protected: bool = False

    @property
    def clean(self) -> bool:
        """Accepted with no row in quarantine."""
        return self.status == "accepted" and not self.rows.get("quarantined")

    @property
    def all_findings(self) -> list[Finding]:
        """What is wrong in the file, then what holds it, and whether it seems older than what is in force."""
        found = (*self.admission.breaches, *self.admission.remarks)
        return [*self.findings, *(f for f in found if f not in self.findings)]

    @property
    def conclusion(self) -> str:
        """What became of it, in a word: accepted, accepted_in_part, held or rejected."""
        accepted = "accepted" if self.clean else "accepted_in_part"
        return {"accepted": accepted, staged.HELD: staged.HELD}.get(self.status, "rejected")


@dataclass(frozen=True)
class Tried:
    """A file that was tried: what became of it, and the home where what the steps left of it lies."""

    home: Home
    submission: Submission
    outcome: Outcome


def check(home: Home, file: Path, collection: str, received_on: date) -> Outcome:
    """What would become of the file. Raises submission.Refused as a real receipt would."""
    with trial(home, file, collection, received_on) as tried:
        return tried.outcome


@contextmanager
def trial(home: Home, file: Path, collection: str, received_on: date) -> Iterator[Tried]:
    """The file tried, and what the steps left of it; gone afterwards. Raises as `check`."""
    is_open = not home.card(collection).collection.is_protected
    card = home.card_path(collection)
    if is_open:  # else whoever guesses a file would learn whether it was received
        submission.refuse_if_repeated(home, file, collection, hash_now(file))
    with tempfile.TemporaryDirectory() as folder:
        place = Home(Path(folder))
        (place.raw / collection).mkdir(parents=True)
        for taken in (home.raw / collection).glob(f"{received_on}.*"):  # it would be the next one of the day
            (place.raw / collection / taken.name).mkdir()
        shutil.copyfile(card, place.raw / collection / CARD)
        case_key.lend(home, place)
        received = submission.receive(place, file, collection, received_on)
        yield Tried(place, received, _compared(home, place, received, process(place, received)))


def _compared(home: Home, place: Home, received: Submission, outcome: Outcome) -> Outcome:
    """The outcome of a trial in `place`, compared with what is in force in the home.

    A protected collection is not compared: its answer would tell a guess from a count.
    """
    is_protected = place.card(received.collection).collection.is_protected
    if is_protected or outcome.status not in ("accepted", staged.HELD):
        return outcome
    admitted = admission.judged(place, received, home, partial(runner.make_ready, home))
    return replace(outcome, status=staged.HELD if admitted.breaches else "accepted", admission=admitted)


def process(home: Home, received: Submission) -> Outcome:
    """Make the submission's own steps, without building anything."""
    results = [run(home, [received])[0] for run in RUNS]
    findings = [finding for result in results for finding in result.findings]
    rows = {fate: results[-1].rows.get(fate, 0) for fate in staged.FATES}
    status = staged.status_of(received, results[-1])
    return Outcome(
        received.id,
        status,
        rows,
        findings,
        admission.noted(received),
        received.collection,
        home.card(received.collection).collection.is_protected,
    )


def work_off(home: Home, tried: dict[str, str]) -> Iterator[Outcome]:
    """Make the steps of each submission that waits, and that no other process is at.

    `tried` says of what was made, and waits all the same, from what: it is not made again from the same.
    """
    for one in waiting(home):
        made_of = fingerprint(home, one, OBSERVATIONS)
        with suppress(Busy), lock.work(home, one.id):
            if tried.get(one.id) != made_of and stale(home, one, OBSERVATIONS):
                tried[one.id] = made_of
                yield process(home, one)


def let_in(home: Home, received: Submission, outcome: Outcome, *, office: str, reason: str) -> Outcome:
    """Confirm the submission if it is held; what became of it then."""
    if outcome.status != staged.HELD:
        return outcome
    receipts.confirm(home, received, today(), office=office, reason=reason)
    return replace(outcome, status="accepted")
