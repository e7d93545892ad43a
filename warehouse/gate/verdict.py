"""Asking a built database the gate's questions: what it answers, and whether it may be released.

The database is asked for small frames, the violations of each question; what is right of them is for
Great Expectations to say (suites.py). Of protected collections no value is read into an answer.
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
from warehouse.gate import confidentiality
from warehouse.gate.questions import Question, all_questions
from warehouse.gate.suites import Found, validate
from warehouse.home import quoted
from warehouse.home.limits import SETTINGS
from warehouse.home.waivers import Waiver

EXAMPLES, KEPT = 3, 100
"""How many violations an answer shows, and how many are kept; all are counted."""

_NAMES = ("collection", "submission", "other_submission", "old_submission", "new_submission")
"""Columns of a violation that say whose it is. They may be said of protected collections too."""

_PLACES = ("measure", "reporting_country", "period", "dimension", "problem")
"""Columns of a violation that say where it is, without a value."""


@dataclass(frozen=True)
class Answer:
    """What Great Expectations said of one question; `examples` are violations, `rows` up to KEPT of them.

    `digest` is of all violations: another one for any other violation. `waiver` is what lets it pass.
    """

    question: Question
    passed: bool
    violations: int
    examples: tuple[str, ...]
    rows: tuple[str, ...] = ()
    digest: str = ""
    waiver: Waiver | None = None

    @property
    def refuses(self) -> bool:
        """Whether it refuses the release."""
        return not self.passed and self.question.refuses and self.waiver is None

    @property
    def words(self) -> Sentence:
        """What must hold and, where it does not, how often and the examples."""
        if self.passed:
            return self.question.words
        facts = {"question": self.question.words, "violations": self.violations}
        return Sentence("gate.failed", facts | {"examples": "; ".join(self.examples)})


@dataclass(frozen=True)
class Verdict:
    """The gate's answers. Passed if every question that may refuse a release passed.

    `results` are Great Expectations' own, one JSON document for each table's suite; `unprotected` the
    families and members of which the attack narrowed a count, or had no answer.
    """

    answers: tuple[Answer, ...]
    results: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    unprotected: frozenset[tuple[str, str]] = frozenset()

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The answers that refuse the release."""
        return tuple(a for a in self.answers if a.refuses)

    @property
    def waived(self) -> tuple[Answer, ...]:
        """The answers that would refuse the release, had no office decided to release over them."""
        return tuple(a for a in self.answers if a.waiver is not None)

    @property
    def remarks(self) -> tuple[Answer, ...]:
        """The answers that are worth a look and refuse nothing."""
        return tuple(a for a in self.answers if not a.passed and not a.question.refuses)

    @property
    def passed(self) -> bool:
        """Whether the build may be released."""
        return not self.failed


def examine(
    path: Path,
    previous: Path | None = None,
    waivers: Sequence[Waiver] = (),
    releases: Sequence[Path] = (),
    limits: Limits | None = None,
) -> Verdict:
    """Ask every question of a built database, and of the release before it where there is one.

    A waiver holds for its question with the very violations that it was given for. `releases`: the files of
    all releases that readers have had, the earliest first; the attack reads them, and `limits` is what it
    counts as a leak.
    """
    asked = [q for q in all_questions() if previous or not q.about_previous]
    attack = confidentiality.attack(path, releases or tuple(filter(None, [previous])), limits)
    with owner_only(), duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        define_macros(db)
        for name, frame in attack.items():
            db.register(name, frame)
        if previous is not None:
            db.execute(f"ATTACH {quoted(previous)} AS previous (READ_ONLY)")
        is_open = _open(db)
        answers = {question: _found(db, question, is_open) for question in asked}
    validated = validate(answers)
    told = (_answer(q, answers[q], validated.passed[q.id]) for q in asked)
    audited = attack[confidentiality.AUDITED]
    unprotected = frozenset(zip(audited["family"], audited["area"], strict=True))
    return Verdict(tuple(_with_waiver(answer, waivers) for answer in told), validated.results, unprotected)


def _answer(question: Question, answer: Found, passed: bool) -> Answer:
    kept = tuple(answer.violations)
    return Answer(question, passed, answer.count, kept[:EXAMPLES], kept, answer.digest)


def _with_waiver(answer: Answer, waivers: Sequence[Waiver]) -> Answer:
    if not answer.refuses or answer.question.absolute:
        return answer
    mine = [w for w in waivers if (w.question, w.digest) == (answer.question.id, answer.digest)]
    return replace(answer, waiver=mine[-1]) if mine else answer


def _found(db: duckdb.DuckDBPyConnection, question: Question, is_open: _Open) -> Found:
    """The question's violations: all counted, the first in order as text."""
    violations = (
        f"SELECT count(*) OVER () AS violations_in_all, v.* FROM (\n{question.violations}\n) AS v "
        f"ORDER BY ALL LIMIT {KEPT}"
    )
    if db.execute(violations).fetchone() is None:
        return Found(0, ())
    frame = db.execute(violations).df()
    rows = frame.drop(columns="violations_in_all").to_dict("records")
    said = (_words(row if is_open.may_show(row) else _names(row)) for row in rows)
    return Found(int(frame["violations_in_all"].iloc[0]), tuple(said), _digest(db, question))


def _digest(db: duckdb.DuckDBPyConnection, question: Question) -> str:
    """A hash of all violations, whatever their order."""
    texts = f"SELECT v::VARCHAR AS said FROM (\n{question.violations}\n) AS v"
    row: Any = db.execute(f"SELECT sha256(string_agg(said, '\n' ORDER BY said)) FROM ({texts})").fetchone()
    return str(row[0])


@dataclass(frozen=True)
class _Open:
    """Which collections and submissions are open, and whether all data are."""

    names: frozenset[str]
    all: bool

    def may_show(self, row: Mapping[Any, Any]) -> bool:
        """Whether the row is of open collections only; one that does not say whose it is, if all are."""
        whose = [str(row[name]) for name in _NAMES if name in row]
        return self.all or (bool(whose) and self.names.issuperset(whose))


def _open(db: duckdb.DuckDBPyConnection) -> _Open:
    is_open = f"SELECT collection FROM {COLLECTIONS.full_name} WHERE confidentiality = 'open'"
    rows = db.execute(
        f"{is_open} UNION ALL SELECT submission FROM {SUBMISSIONS.full_name} WHERE collection IN ({is_open})"
    ).fetchall()
    protected = f"SELECT 1 FROM {SUBMISSIONS.full_name} WHERE collection NOT IN ({is_open})"
    return _Open(frozenset(name for (name,) in rows), db.execute(protected).fetchone() is None)


def _names(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Whose it is, and where: no value of a protected collection."""
    return {name: row[name] for name in (*_NAMES, *_PLACES) if name in row}


def _words(row: Mapping[Any, Any]) -> str:
    """What a violation says: no day has an hour, and what is not there is not said."""
    shown = {k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in row.items() if not _is_missing(v)}
    return ", ".join(f"{k}={v}" for k, v in shown.items())


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and isnan(value))
