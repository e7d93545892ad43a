"""Trial of a file: the steps run on a copy in a temporary folder. Nothing is kept and nothing published."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from assets.intake import admission, runner, submission
from assets.intake.admission import Admission
from assets.intake.freshness import fingerprint, is_stale, outdated_submissions
from assets.intake.reply_figures import refuse_if_no_figure
from assets.intake.step import OBSERVATIONS, STEPS, FileInMemory
from schemas.findings import Finding
from warehouse.home import CARD, Busy, Home, Submission, case_key, lock, receipts, step_results
from warehouse.home.calendar import today
from warehouse.home.durable import hash_now

STEP_RUNNERS = tuple(partial(runner.run, step=step) for step in STEPS)
"""Steps of a submission in order; each is called with a home and submissions."""


@dataclass(frozen=True)
class Outcome:
    """Result of a file: status, rows by status, findings, and the comparison with the submission before."""

    submission: str
    status: str
    rows: dict[str, int]
    findings: list[Finding]
    admission: Admission = field(default_factory=Admission)
    collection: str = ""
    is_protected: bool = False

    @property
    def is_clean(self) -> bool:
        """True if the file is accepted and no row is quarantined."""
        return self.status == "accepted" and not self.rows.get("quarantined")

    @property
    def all_findings(self) -> list[Finding]:
        """Findings of the file, then the reasons for holding it and warnings that it seems older."""
        admission_findings = (*self.admission.breaches, *self.admission.remarks)
        return [*self.findings, *(f for f in admission_findings if f not in self.findings)]

    @property
    def conclusion(self) -> str:
        """Conclusion in a word: accepted, accepted_in_part, held or rejected."""
        accepted_conclusion = "accepted" if self.is_clean else "accepted_in_part"
        return {"accepted": accepted_conclusion, step_results.HELD_STATUS: step_results.HELD_STATUS}.get(
            self.status, "rejected"
        )


@dataclass(frozen=True)
class Trial:
    """Result of trying a file, and the temporary home with the output of the steps."""

    home: Home
    submission: Submission
    outcome: Outcome


def check(home: Home, file: Path, collection: str, received_on: date) -> Outcome:
    """Return the outcome that a file would have. Raises submission.RefusedFile as a receipt does."""
    with try_file(home, file, collection, received_on) as tried_file:
        return tried_file.outcome


@contextmanager
def try_file(
    home: Home, file: Path, collection: str, received_on: date, decisions: Mapping[str, str] | None = None
) -> Iterator[Trial]:
    """Try a file and yield the result; the output of the steps is deleted at the end. Raises as `check`."""
    is_open = not home.card(collection).collection.is_protected
    card = home.card_path(collection)
    if is_open:  # otherwise a guessed file would show whether it was received
        submission.refuse_if_repeated(home, file, collection, hash_now(file))
    with tempfile.TemporaryDirectory() as folder:
        trial_home = Home(Path(folder))
        (trial_home.raw / collection).mkdir(parents=True)
        # The trial gets the next number of the day because the folders of that day exist.
        for folder_of_day in (home.raw / collection).glob(f"{received_on}.*"):
            (trial_home.raw / collection / folder_of_day.name).mkdir()
        shutil.copyfile(card, trial_home.raw / collection / CARD)
        case_key.lend(home, trial_home)
        memory = FileInMemory()
        candidate = submission.receive(
            trial_home, file, collection, received_on, decisions=decisions, memory=memory
        )
        refuse_if_no_figure(home, file, home.card(collection), memory.text)
        # an open one is compared once, with the home, and not with the empty trial
        outcome = process(trial_home, candidate, memory, is_admitting=not is_open)
        yield Trial(trial_home, candidate, _compare_with_home(home, trial_home, candidate, outcome))


def _compare_with_home(home: Home, trial_home: Home, candidate: Submission, outcome: Outcome) -> Outcome:
    """Compare the outcome of a trial with the data in force in the home.

    A protected collection is not compared: the answer would help to guess a count.
    """
    is_protected = trial_home.card(candidate.collection).collection.is_protected
    if is_protected or outcome.status not in ("accepted", step_results.HELD_STATUS):
        return outcome
    admission_result = admission.compare_submission(
        trial_home, candidate, home, partial(runner.run_all_steps, home)
    )
    return replace(
        outcome,
        status=step_results.HELD_STATUS if admission_result.breaches else "accepted",
        admission=admission_result,
    )


def process(
    home: Home, submission: Submission, memory: FileInMemory | None = None, *, is_admitting: bool = True
) -> Outcome:
    """Run the steps of a submission, without a build, and compare it with those in force.

    `memory` is what its receipt left of the file.
    """
    memory = memory or FileInMemory()
    results = [run(home, [submission], is_admitting=is_admitting, memory=memory)[0] for run in STEP_RUNNERS]
    findings = [finding for result in results for finding in result.findings]
    rows = {status_name: results[-1].rows.get(status_name, 0) for status_name in step_results.ROW_STATUSES}
    status = step_results.status_of(submission, results[-1])
    return Outcome(
        submission.id,
        status,
        rows,
        findings,
        admission.read_admission(submission),
        submission.collection,
        home.card(submission.collection).collection.is_protected,
    )


def run_waiting(home: Home, fingerprints: dict[str, str]) -> Iterator[Outcome]:
    """Run the steps of each waiting submission that no other process works on.

    `fingerprints` has the inputs of submissions that still wait after their steps ran: they run again only
    when their inputs change.
    """
    for waiting_submission in outdated_submissions(home):
        inputs = fingerprint(home, waiting_submission, OBSERVATIONS)
        with suppress(Busy), lock.work(home, waiting_submission.id):
            if fingerprints.get(waiting_submission.id) != inputs and is_stale(
                home, waiting_submission, OBSERVATIONS
            ):
                fingerprints[waiting_submission.id] = inputs
                yield process(home, waiting_submission)


def confirm_if_held(
    home: Home, submission: Submission, outcome: Outcome, *, office: str, reason: str
) -> Outcome:
    """Confirm the submission if it is held, and return its outcome after that."""
    if outcome.status != step_results.HELD_STATUS:
        return outcome
    receipts.confirm(home, submission, today(), office=office, reason=reason)
    return replace(outcome, status="accepted")
