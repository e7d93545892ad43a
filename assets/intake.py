"""Trying a file: the steps on a copy in a folder that is thrown away. Nothing is kept, nothing published."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from assets.steps import runner, submission
from assets.steps.step import STEPS
from schemas.findings import Finding
from warehouse.home import CARD, Home, Submission, file_hash, staged

RUNS = tuple(partial(runner.run, step=step) for step in STEPS)
"""The steps of a submission, in order: each is called with a home and submissions."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file: status, rows by fate and findings."""

    submission: str
    status: str
    rows: dict[str, int]
    findings: list[Finding]

    @property
    def clean(self) -> bool:
        """Accepted with no row in quarantine."""
        return self.status == "accepted" and not self.rows.get("quarantined")


def check(home: Home, file: Path, collection: str, received_on: date) -> Outcome:
    """What would become of the file. Raises submission.Refused as a real receipt would."""
    home.card(collection)
    card = home.card_path(collection)
    submission.refuse_if_repeated(home, file, collection, file_hash(file))
    with tempfile.TemporaryDirectory() as folder:
        trial = Home(Path(folder))
        (trial.raw / collection).mkdir(parents=True)
        shutil.copyfile(card, trial.raw / collection / CARD)
        return process(trial, submission.receive(trial, file, collection, received_on))


def process(home: Home, received: Submission) -> Outcome:
    """Make the submission's own steps, without building anything."""
    results = [run(home, [received])[0] for run in RUNS]
    findings = [finding for result in results for finding in result.findings]
    rows = {fate: results[-1].rows.get(fate, 0) for fate in staged.FATES}
    return Outcome(received.id, results[-1].status, rows, findings)
