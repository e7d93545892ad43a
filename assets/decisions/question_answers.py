"""Answers to open questions: allowed answers, the entry that records an answer, and its removal.

warehouse/reading/questions.py lists the questions; warehouse/home/decisions_file.py writes the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.code_names import code_name
from schemas.tables import DIMENSIONS
from schemas.toml_lines import one_line, toml_table
from schemas.words import UserError, column_text, number, say
from warehouse.home import Home, decisions_file
from warehouse.home.calendar import today
from warehouse.home.decisions_file import Entry

if TYPE_CHECKING:
    from warehouse.reading.questions import Question

REAL, BREAK, SLIP = "real", "break", "slip"
CHOICES = (REAL, BREAK, SLIP)
_DECISION_KINDS: dict[str, dict[str, str]] = {
    "doubtful_value": {REAL: "confirmed_value", SLIP: "slip"},
    "sudden_origin": {REAL: "confirmed_origin", SLIP: "slip"},
    "questioned_period": {REAL: "real_change", SLIP: "slip"},
    "jump": {REAL: "real_change", BREAK: "break", SLIP: "slip"},
    "same_number_elsewhere": {REAL: "equal_number", SLIP: "slip"},
    "sources_differ": {REAL: "known_difference", SLIP: "slip"},
}
"""Kind of the entry in decisions.toml, by question and answer."""
_IDENTIFYING_KEYS = (
    "reporting_country",
    "measure",
    "period",
    "citizenship",
    "value",
    "dimension",
    "other_collection",
)


class CannotDecide(UserError, ValueError):
    """The answer cannot be recorded: a part is missing, or the question does not allow it."""


@dataclass(frozen=True)
class QuestionAnswer:
    """An answer that a person enters: the choice, the reason in one or two languages, source and office."""

    answer: str
    reason: Mapping[str, str]
    source: str
    office: str


def allowed_answers(question: Question) -> list[str]:
    """List the allowed answers to a question."""
    return list(_DECISION_KINDS[question["question"]])


def record_answer(home: Home, question: Question, answer: QuestionAnswer, on: date | None = None) -> None:
    """Record an answer, replacing an earlier answer of this home. Raises CannotDecide, lock.Busy."""
    kind, entry = _to_entry(question, answer, on or today())
    decisions_file.rewrite(
        home, question["collection"], remove=_answer_matcher(question), add=toml_table(kind, entry)
    )


def remove_answer(home: Home, question: Question) -> int:
    """Remove this home's answer to a question; return the number of entries removed."""
    return decisions_file.rewrite(home, question["collection"], remove=_answer_matcher(question))


def current_answer(home: Home, question: Question) -> str:
    """Return the answer that this home recorded since the release with the question; empty if none."""
    names = {kind: answer for answer, kind in _DECISION_KINDS[question["question"]].items()}
    answers_question = _answer_matcher(question)
    entries = decisions_file.entries(home, question["collection"])
    answered_kinds = [kind for kind, entry in entries if answers_question((kind, entry))]
    return names[answered_kinds[-1]] if answered_kinds else ""


def check_answer(question: Question, answer: QuestionAnswer) -> None:
    """Check that an answer can be recorded. Raises CannotDecide."""
    _to_entry(question, answer, today())


# ---- decisions of a home, by number -----------------------------------------------------------------


@dataclass(frozen=True)
class RecordedDecision:
    """A decision of this home: its number, the collection, the kind and the keys of the entry."""

    number: int
    collection: str
    kind: str
    entry: Mapping[str, Any]


def list_decisions(home: Home) -> list[RecordedDecision]:
    """List the decisions on values and series in this home's own files."""
    kinds = {kind for kinds in _DECISION_KINDS.values() for kind in kinds.values()}
    entries = [
        (collection, kind, entry)
        for collection in home.collections()
        for kind, entry in decisions_file.entries(home, collection)
        if kind in kinds
    ]
    return [RecordedDecision(n, *parts) for n, parts in enumerate(entries, start=1)]


def remove_decision(home: Home, decision: RecordedDecision) -> None:
    """Remove a decision from its file."""
    decisions_file.rewrite(
        home, decision.collection, remove=lambda entry: entry == (decision.kind, decision.entry)
    )


# ---- an answer as its entry ----------------------------------------------------------------------------


def identify_question(question: Question) -> dict[str, Any]:
    """Return the keys that identify a question, as in the entry that answers it."""
    (entries,) = tomllib.loads(question["answer"]).values()
    identity = {name: entries[0][name] for name in _IDENTIFYING_KEYS if name in entries[0]}
    return identity if "value" not in identity else identity | {"value": float(identity["value"])}


def _to_entry(question: Question, answer: QuestionAnswer, on: date) -> tuple[str, dict[str, Any]]:
    """Check an answer and return it as an entry: its kind and its keys. Raises CannotDecide."""
    kinds = _DECISION_KINDS[question["question"]]
    if answer.answer not in kinds:
        raise CannotDecide("decide.no_such_answer", answer=answer.answer, known=", ".join(kinds))
    reasons = {name: text for name, raw_text in answer.reason.items() if (text := one_line(raw_text))}
    source_and_office = {"source": one_line(answer.source), "decided_by": one_line(answer.office)}
    if not (reasons and all(source_and_office.values())):
        raise CannotDecide("decide.needs")
    es = reasons.get("es") or f"(en) {reasons.get('en')}"
    en = reasons.get("en") or f"(es) {reasons.get('es')}"
    kind = kinds[answer.answer]
    keys = _entry_keys(question, kind)
    return kind, {**keys, "reason": {"es": es, "en": en}, **source_and_office, "decided_on": on}


def _entry_keys(question: Question, kind: str) -> dict[str, Any]:
    """Return the identifying keys of an entry of this kind; those of a slip include the value."""
    keys = identify_question(question)
    if kind != "slip":
        return keys
    for name in ("dimension", "other_collection"):
        keys.pop(name, None)
    return keys | {"value": float(question["value_low"])}


def _answer_matcher(question: Question) -> Callable[[Entry], bool]:
    """Return a function that recognises entries that answer the question."""
    expected = {kind: _entry_keys(question, kind) for kind in _DECISION_KINDS[question["question"]].values()}

    def answers(entry: Entry) -> bool:
        kind, keys = entry
        return (
            kind in expected
            and {n: _as_float(keys[n]) for n in _IDENTIFYING_KEYS if n in keys} == expected[kind]
        )

    return answers


def _as_float(value: Any) -> Any:
    """Convert an integer from TOML, so that 7 equals 7.0."""
    return float(value) if isinstance(value, int) else value


# ---- a question in words -----------------------------------------------------------------------------------


def format_change(question: Question, lang: str) -> str:
    """Format the value in question; for a jump, after the value of the period before."""
    before = format_bounds(question["before_low"], question["before_high"], lang)
    value = format_bounds(question["value_low"], question["value_high"], lang)
    return f"{before} → {value}" if before else value


def format_bounds(low: float | None, high: float | None, lang: str) -> str:
    """Format bounds: `7`, `3–7`, `3–` without an upper bound, empty if there are none."""
    if low is None:
        return ""
    if high is None:
        return f"{number(low, lang)}–"
    return "–".join(dict.fromkeys([number(low, lang), number(high, lang)]))


def question_text(question: Question, lang: str) -> str:
    """Return the question as the release words it in a language."""
    return column_text(question, "says", lang)


def context_sentence(question: Question, lang: str) -> str:
    """List in a sentence the recorded laws and measures near the period; empty if there are none."""
    events = column_text(question, "context", lang)
    return say("decide.context", lang, what=events) if events else ""


def _breakdown_label(breakdown: str, lang: str) -> str:
    """Return the names of the dimensions of a breakdown, without their codes."""
    names = {d.name: d.short_name(lang) for d in DIMENSIONS}
    return ", ".join(names.get(name, name).lower() for name in breakdown.split("+"))


def series_label(question: Question, lang: str) -> str:
    """Describe the series of a question: measure, country, dimensions, period."""
    measure = code_name("measure", "codes", question["measure"], lang)
    country = code_name("grouping", "country", question["reporting_country"], lang)
    parts = [measure, country]
    if question["breakdown"] != "total":
        parts.append(say("decide.by", lang, breakdown=_breakdown_label(question["breakdown"], lang)))
    if question["citizenship"] != "_T":
        parts.append(code_name("citizenship", "country", question["citizenship"], lang))
    return ", ".join([*parts, str(identify_question(question)["period"])])
