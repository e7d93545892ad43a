"""Facts of the answer to a file: rows read, problems, changed values, values to be released.

page.py and workbook.py render them. For a refused file they are the rule and the location, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from assets.answers.causes import Cause, group_by_cause
from assets.intake.admission import Admission
from assets.intake.comparison import Change
from assets.intake.processing import Outcome, Trial
from assets.intake.step import OBSERVATIONS, VALIDATED
from schemas.cards.format_card import Titles
from schemas.findings import Finding
from schemas.words import Sentence, number
from warehouse.home import Home, Submission
from warehouse.home.admission_state import Justification
from warehouse.home.durable import hash_now
from warehouse.home.frames import read_arrow
from warehouse.home.step_results import HELD_STATUS, SizeAndHash, read_results

MAX_FINDINGS = 100_000
"""Most findings that an answer lists. Further findings of such a file have the same causes."""
IN_FORCE = ("accepted", HELD_STATUS)
"""Statuses of a file that is in force, or will be once an office confirms it."""
_RULES_ON_FILE_NAME = ("personal_data", "no_case_number")
"""Rules that the name of the file itself may break."""


@dataclass(frozen=True)
class MeasureSummary:
    """Number of values of a measure, of how many countries, and the first and last day."""

    measure: str
    values: int
    countries: int
    first: date
    last: date


@dataclass(frozen=True)
class Answer:
    """Facts of the answer to a file. `file` is empty if the name of the file may identify a person."""

    file: str
    collection: str
    titles: Titles
    received_on: date
    size_and_hash: SizeAndHash
    status: str
    conclusion: str
    causes: list[Cause]
    submission_id: str = ""
    replaced_id: str = ""
    by_period: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    compared_with: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    values: list[MeasureSummary] = field(default_factory=list)
    is_open: bool = True
    is_protected: bool = False
    justifications: Sequence[Justification] = ()


def conclusion_sentence(answer: Answer, lang: str) -> str:
    """Describe the result of the file in a sentence or two."""
    return conclusion_words(answer, lang).render(lang)


def conclusion_words(answer: Answer, lang: str) -> Sentence:
    """Return the key and the facts of the result of a file."""
    rows = {status: number(n, lang) for status, n in answer.rows.items()}
    return Sentence(f"cli.{answer.conclusion}", {"submission": answer.submission_id, **rows})


def answer_to_trial(trial: Trial, file: Path) -> Answer:
    """Return the answer to a file that was tried and would be kept."""
    return _build_answer(trial, file.name, f"would_be_{trial.outcome.conclusion}")


def answer_to_submission(
    home: Home, submission: Submission, outcome: Outcome, judge: Callable[[], Admission], name: str
) -> Answer:
    """Return the answer to a file that is kept as a submission; `judge` compares it with the data in force.

    The reasons for holding it come from its history: a submission is judged once.
    """
    if outcome.status in IN_FORCE:
        admission = replace(outcome.admission, largest=judge().largest)
        outcome = replace(outcome, admission=admission)
    answer = _build_answer(Trial(home, submission, outcome), name, outcome.conclusion)
    compared_with = outcome.admission.compared_with if outcome.status == "accepted" else ""
    return replace(
        answer, submission_id=submission.id, replaced_id=_replaced_submission(home, submission, compared_with)
    )


def _replaced_submission(home: Home, submission: Submission, compared_with: str) -> str:
    """Return the submission that was in force, if it is earlier: a later submission is not replaced."""
    earlier_ids = {s.id for s in home.submissions(submission.collection) if s.order < submission.order}
    return compared_with if compared_with in earlier_ids else ""


def _build_answer(trial: Trial, name: str, conclusion: str) -> Answer:
    outcome, submission = trial.outcome, trial.submission
    card = trial.home.card(submission.collection)
    collection = card.collection
    is_open = collection.confidentiality == "open"
    return Answer(
        file=name,
        collection=submission.collection,
        titles=collection.titles,
        received_on=submission.received_on,
        size_and_hash=(submission.file.stat().st_size, submission.sha256),
        status=outcome.status,
        conclusion=conclusion,
        causes=group_by_cause(list_findings(trial)),
        rows=outcome.rows,
        compared_with=outcome.admission.compared_with,
        counts={} if collection.is_protected else outcome.admission.counts,
        changes=outcome.admission.largest if is_open else [],
        values=_summarise_measures(trial) if outcome.status in IN_FORCE and not card.declaration else [],
        is_open=is_open,
        is_protected=collection.is_protected,
        by_period=collection.delivery == "by_period",
        justifications=submission.admission_state.justifications,
    )


def answer_to_refusal(home: Home, file: Path, collection: str, received_on: date, finding: Finding) -> Answer:
    """Return the answer to a refused file, which is not kept."""
    return Answer(
        file="" if finding.rule in _RULES_ON_FILE_NAME else file.name,
        collection=collection,
        titles=home.card(collection).collection.titles,
        received_on=received_on,
        size_and_hash=(file.stat().st_size, hash_now(file)),
        status="refused",
        conclusion="nothing_kept",
        causes=group_by_cause([finding]),
    )


def list_findings(trial: Trial) -> list[Finding]:
    """List all findings of a file, not only the examples of each rule, and the reasons for holding it."""
    steps = read_results(trial.home, trial.submission.id)
    listed_findings: list[Finding] = []
    for name, result in steps.items():
        table = f"{name}_findings"
        has_all = name == VALIDATED.name and table in result.files
        listed_findings += _read_findings(trial, table) if has_all else result.findings
    listed_findings += [*trial.outcome.admission.breaches, *trial.outcome.admission.remarks]
    return list(dict.fromkeys(replace(finding, occurrences=1) for finding in listed_findings))


def _read_findings(trial: Trial, table: str) -> list[Finding]:
    rows = read_arrow(trial.home, trial.submission.id, table).slice(0, MAX_FINDINGS)
    return [Finding(**row) for row in rows.to_pylist()]


def _summarise_measures(trial: Trial) -> list[MeasureSummary]:
    """Summarise the values that the file would add, by measure."""
    columns = ["measure", "reporting_country", "period_start", "period_end"]
    values = read_arrow(trial.home, trial.submission.id, OBSERVATIONS.name, columns)
    aggregations = [
        ("reporting_country", "count"),
        ("reporting_country", "count_distinct"),
        ("period_start", "min"),
        ("period_end", "max"),
    ]
    by_measure = values.group_by("measure").aggregate(aggregations).sort_by("measure")
    return [
        MeasureSummary(
            row["measure"],
            row["reporting_country_count"],
            row["reporting_country_count_distinct"],
            row["period_start_min"],
            row["period_end_max"],
        )
        for row in by_measure.to_pylist()
    ]
