"""Verdict of the gate: answers of a built database to the questions, and whether it may be released.

The database returns small frames with the violations of each question; Great Expectations judges them
(suites.py). No value of a protected collection is read into an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from schemas.tables import COLLECTIONS, SUBMISSIONS
from schemas.words import Sentence
from warehouse.audit.relations import Limits
from warehouse.build.database import define_macros, owner_only
from warehouse.environment.limits import SETTINGS
from warehouse.gate import confidentiality
from warehouse.gate.questions import Question, all_questions
from warehouse.gate.suites import Results, ViolationSample, validate
from warehouse.home import quote_path
from warehouse.home.waivers import Waiver

EXAMPLES, ROWS_KEPT = 3, 100
"""Violations shown in an answer, and violations kept with it. All are counted."""

_OWNER_COLUMNS = ("collection", "submission", "other_submission", "old_submission", "new_submission")
"""Columns of a violation that identify its collection or submission. Allowed for protected collections."""

_LOCATION_COLUMNS = ("measure", "reporting_country", "period", "dimension", "problem")
"""Columns of a violation that locate it without a value."""


@dataclass(frozen=True)
class Answer:
    """Great Expectations' answer to a question, with examples of violations and up to 100 rows.

    `digest` covers all violations and changes with any of them. `waiver` is set if a waiver lets it pass.
    """

    question: Question
    has_passed: bool
    violations: int
    examples: tuple[str, ...]
    rows: tuple[str, ...] = ()
    digest: str = ""
    waiver: Waiver | None = None

    @property
    def refuses(self) -> bool:
        """True if the answer refuses the release."""
        return not self.has_passed and self.question.refuses and self.waiver is None

    @property
    def words(self) -> Sentence:
        """The rule and, if it is violated, the number of violations and the examples."""
        if self.has_passed:
            return self.question.words
        facts = {"question": self.question.words, "violations": self.violations}
        return Sentence("gate.failed", facts | {"examples": "; ".join(self.examples)})


@dataclass(frozen=True)
class Verdict:
    """All answers of the gate. It passes if no answer refuses the release.

    `results` are Great Expectations' own, a JSON document per table. `unprotected` are the families and
    members whose counts the attack narrowed, or for which it had no answer.
    """

    answers: tuple[Answer, ...]
    results: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    unprotected_members: frozenset[tuple[str, str]] = frozenset()

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The answers that refuse the release."""
        return tuple(a for a in self.answers if a.refuses)

    @property
    def waived_answers(self) -> tuple[Answer, ...]:
        """The answers that would refuse the release without a waiver."""
        return tuple(a for a in self.answers if a.waiver is not None)

    @property
    def remarks(self) -> tuple[Answer, ...]:
        """The answers that need attention and refuse nothing."""
        return tuple(a for a in self.answers if not a.has_passed and not a.question.refuses)

    @property
    def has_passed(self) -> bool:
        """True if the build may be released."""
        return not self.failed


def examine(
    path: Path,
    previous: Path | None = None,
    waivers: Sequence[Waiver] = (),
    releases: Sequence[Path] = (),
    limits: Limits | None = None,
    earlier: Results | None = None,
) -> Verdict:
    """Run every question on a built database and, if it exists, the previous release.

    A waiver applies to its question with exactly the violations that it was given for. `releases`: the files
    of all releases that readers have had, in order, for the attack; `limits`: the attack's definition of a
    leak. `earlier`: results of Great Expectations in the last build, kept where the violations are equal.
    """
    questions = [q for q in all_questions() if previous or not q.about_previous]
    attack = confidentiality.attack(path, releases or tuple(filter(None, [previous])), limits)
    with owner_only(), duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        define_macros(db)
        for name, frame in attack.items():
            db.register(name, frame)
        if previous is not None:
            db.execute(f"ATTACH {quote_path(previous)} AS previous (READ_ONLY)")
        is_open = _find_open_data(db)
        samples = {question: _find_violations(db, question, is_open) for question in questions}
    validation = validate(samples, earlier)
    plain_answers = (_answer(q, samples[q], validation.outcomes[q.id]) for q in questions)
    audit_rows = attack[confidentiality.AUDIT_TABLE]
    unprotected = frozenset(zip(audit_rows["family"], audit_rows["area"], strict=True))
    return Verdict(
        tuple(_with_waiver(answer, waivers) for answer in plain_answers), validation.results, unprotected
    )


def _answer(question: Question, answer: ViolationSample, passed: bool) -> Answer:
    texts = tuple(answer.violations)
    return Answer(question, passed, answer.count, texts[:EXAMPLES], texts, answer.digest)


def _with_waiver(answer: Answer, waivers: Sequence[Waiver]) -> Answer:
    if not answer.refuses or answer.question.absolute:
        return answer
    matching = [w for w in waivers if (w.question, w.digest) == (answer.question.id, answer.digest)]
    return replace(answer, waiver=matching[-1]) if matching else answer


def _find_violations(
    db: duckdb.DuckDBPyConnection, question: Question, is_open: _OpenData
) -> ViolationSample:
    """Count the question's violations and return the first in order as text."""
    violations = (
        f"SELECT count(*) OVER () AS violations_in_all, v.* FROM (\n{question.violations}\n) AS v "
        f"ORDER BY ALL LIMIT {ROWS_KEPT}"
    )
    if db.execute(violations).fetchone() is None:
        return ViolationSample(0, ())
    frame = db.execute(violations).df()
    rows = frame.drop(columns="violations_in_all").to_dict("records")
    texts = (_violation_text(row if is_open.may_show(row) else _without_values(row)) for row in rows)
    return ViolationSample(int(frame["violations_in_all"].iloc[0]), tuple(texts), _digest(db, question))


def _digest(db: duckdb.DuckDBPyConnection, question: Question) -> str:
    """Hash all violations, independent of their order."""
    texts = f"SELECT v::VARCHAR AS said FROM (\n{question.violations}\n) AS v"
    row: Any = db.execute(f"SELECT sha256(string_agg(said, '\n' ORDER BY said)) FROM ({texts})").fetchone()
    return str(row[0])


@dataclass(frozen=True)
class _OpenData:
    """The open collections and submissions, and whether all data are open."""

    names: frozenset[str]
    all: bool

    def may_show(self, row: Mapping[Any, Any]) -> bool:
        """Check that a row belongs to open collections only; without an owner, that all data are open."""
        owners = [str(row[name]) for name in _OWNER_COLUMNS if name in row]
        return self.all or (bool(owners) and self.names.issuperset(owners))


def _find_open_data(db: duckdb.DuckDBPyConnection) -> _OpenData:
    is_open = f"SELECT collection FROM {COLLECTIONS.full_name} WHERE confidentiality = 'open'"
    rows = db.execute(
        f"{is_open} UNION ALL SELECT submission FROM {SUBMISSIONS.full_name} WHERE collection IN ({is_open})"
    ).fetchall()
    protected_query = f"SELECT 1 FROM {SUBMISSIONS.full_name} WHERE collection NOT IN ({is_open})"
    return _OpenData(frozenset(name for (name,) in rows), db.execute(protected_query).fetchone() is None)


def _without_values(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Keep only the columns that identify and locate a violation, without values."""
    return {name: row[name] for name in (*_OWNER_COLUMNS, *_LOCATION_COLUMNS) if name in row}


def _violation_text(row: Mapping[Any, Any]) -> str:
    """Format a violation: days without hours, and without missing values."""
    parts = {k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in row.items() if not _is_missing(v)}
    return ", ".join(f"{k}={v}" for k, v in parts.items())


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and isnan(value))
