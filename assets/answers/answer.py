"""The answer to one file as facts: what was read, what is wrong, what changed, what would be released.

How they are shown: page.py, workbook.py. Of a refused file there is the rule and the place, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from assets.answers.causes import Cause, by_cause
from assets.intake.admission import Admission
from assets.intake.comparison import Change
from assets.intake.processing import Outcome, Tried
from assets.intake.step import OBSERVATIONS, VALIDATED
from schemas.cards.format_card import Titles
from schemas.findings import Finding
from schemas.words import number, say
from warehouse.home import Home, Submission
from warehouse.home.durable import hash_now
from warehouse.home.frames import read_arrow
from warehouse.home.staged import HELD, Proof, results

MOST_FINDINGS = 100_000
"""So many findings of a file are told; a person mends no more, and sees the same causes in them."""
IN_FORCE = ("accepted", HELD)
"""What became of a file that is in force, or will be once it is confirmed."""
_UNNAMED = ("personal_data", "no_case_number")
"""Rules that may be broken by the name of the file itself."""


@dataclass(frozen=True)
class Measured:
    """Values of one measure: how many, of how many countries, in which years."""

    measure: str
    values: int
    countries: int
    first: date
    last: date


@dataclass(frozen=True)
class Answer:
    """What is told of a file. `file` is no name where the name may tell of a person."""

    file: str
    collection: str
    titles: Titles
    received_on: date
    proof: Proof
    status: str
    conclusion: str
    causes: list[Cause]
    kept_as: str = ""
    replaced: str = ""
    by_period: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    beside: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    values: list[Measured] = field(default_factory=list)
    is_open: bool = True
    is_protected: bool = False


def conclusion(answer: Answer, lang: str) -> str:
    """What became of the file, or would, in a sentence or two."""
    rows = {fate: number(n, lang) for fate, n in answer.rows.items()}
    return say(f"cli.{answer.conclusion}", lang, submission=answer.kept_as, **rows)


def of_trial(tried: Tried, file: Path) -> Answer:
    """The answer to a file that was tried, and would be kept."""
    return _of(tried, file.name, f"would_be_{tried.outcome.conclusion}")


def of_kept(
    home: Home, submission: Submission, outcome: Outcome, judge: Callable[[], Admission], name: str
) -> Answer:
    """The answer to a file that is kept as a submission; `judge` compares it with what is in force.

    What holds it, if anything, is what its history says: it is judged once.
    """
    if outcome.status in IN_FORCE:
        compared = replace(outcome.admission, largest=judge().largest)
        outcome = replace(outcome, admission=compared)
    answer = _of(Tried(home, submission, outcome), name, outcome.conclusion)
    replaced = outcome.admission.beside if outcome.status == "accepted" else ""
    return replace(answer, kept_as=submission.id, replaced=_earlier(home, submission, replaced))


def _earlier(home: Home, submission: Submission, beside: str) -> str:
    """The one that was in force, if it is of an earlier day: a later one is not replaced."""
    before = {s.id for s in home.submissions(submission.collection) if s.order < submission.order}
    return beside if beside in before else ""


def _of(tried: Tried, name: str, concluded: str) -> Answer:
    outcome, submission = tried.outcome, tried.submission
    card = tried.home.card(submission.collection)
    collection = card.collection
    is_open = collection.confidentiality == "open"
    return Answer(
        file=name,
        collection=submission.collection,
        titles=collection.titles,
        received_on=submission.received_on,
        proof=(submission.file.stat().st_size, submission.sha256),
        status=outcome.status,
        conclusion=concluded,
        causes=by_cause(findings(tried)),
        rows=outcome.rows,
        beside=outcome.admission.beside,
        counts={} if collection.is_protected else outcome.admission.counts,
        changes=outcome.admission.largest if is_open else [],
        values=_measured(tried) if outcome.status in IN_FORCE and not card.declared else [],
        is_open=is_open,
        is_protected=collection.is_protected,
        by_period=collection.delivery == "by_period",
    )


def of_refusal(home: Home, file: Path, collection: str, received_on: date, finding: Finding) -> Answer:
    """The answer to a file of which nothing is kept."""
    return Answer(
        file="" if finding.rule in _UNNAMED else file.name,
        collection=collection,
        titles=home.card(collection).collection.titles,
        received_on=received_on,
        proof=(file.stat().st_size, hash_now(file)),
        status="refused",
        conclusion="nothing_kept",
        causes=by_cause([finding]),
    )


def findings(tried: Tried) -> list[Finding]:
    """Every finding of a file, not only the examples of each rule; then what holds it."""
    steps = results(tried.home, tried.submission.id)
    told: list[Finding] = []
    for name, result in steps.items():
        table = f"{name}_findings"
        every = _listed(tried, table) if table in result.files and name == VALIDATED.name else result.findings
        told += every
    told += [*tried.outcome.admission.breaches, *tried.outcome.admission.remarks]
    return list(dict.fromkeys(replace(finding, occurrences=1) for finding in told))


def _listed(tried: Tried, table: str) -> list[Finding]:
    rows = read_arrow(tried.home, tried.submission.id, table).slice(0, MOST_FINDINGS)
    return [Finding(**row) for row in rows.to_pylist()]


def _measured(tried: Tried) -> list[Measured]:
    """The values that the file would bring, by measure."""
    columns = ["measure", "reporting_country", "period_start", "period_end"]
    values = read_arrow(tried.home, tried.submission.id, OBSERVATIONS.name, columns)
    wanted = [
        ("reporting_country", "count"),
        ("reporting_country", "count_distinct"),
        ("period_start", "min"),
        ("period_end", "max"),
    ]
    by_measure = values.group_by("measure").aggregate(wanted).sort_by("measure")
    return [
        Measured(
            row["measure"],
            row["reporting_country_count"],
            row["reporting_country_count_distinct"],
            row["period_start_min"],
            row["period_end_max"],
        )
        for row in by_measure.to_pylist()
    ]
