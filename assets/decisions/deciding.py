"""Answers to the open questions: what may be answered, the line that records it, and taking it back.

Which questions there are: warehouse/reading/questions.py. The file: warehouse/home/decided.py.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.code_names import code_name
from schemas.codelists import codelist
from schemas.words import UserError, contract_language, number, say
from warehouse.home import Home, decided
from warehouse.home.calendar import today
from warehouse.home.decided import Entry

Question = Mapping[str, Any]
"""A row of analysis.open_questions, with its number."""

REAL, BREAK, SLIP = "real", "break", "slip"
CHOICES = (REAL, BREAK, SLIP)
_KINDS: dict[str, dict[str, str]] = {
    "doubtful_value": {REAL: "confirmed_value", SLIP: "slip"},
    "sudden_origin": {REAL: "confirmed_origin", SLIP: "slip"},
    "jump": {REAL: "real_change", BREAK: "break", SLIP: "slip"},
}
"""What an answer to each question is in decisions.toml."""
_IDENTITY = ("reporting_country", "measure", "period", "citizenship", "value", "dimension")


class CannotDecide(UserError, ValueError):
    """An answer that cannot be written down: something is missing, or the question has no such answer."""


@dataclass(frozen=True)
class Given:
    """An answer as a person gives it: which, why in the languages it was given in, from where, who."""

    answer: str
    reason: Mapping[str, str]
    source: str
    office: str


def choices(question: Question) -> list[str]:
    """What may be answered."""
    return list(_KINDS[question["question"]])


def decide(home: Home, question: Question, given: Given, on: date | None = None) -> None:
    """Write the answer down, in place of an earlier one of this home. Raises CannotDecide, lock.Busy."""
    kind, entry = _entry(question, given, on or today())
    decided.rewrite(home, question["collection"], remove=_of(question), add=_lines(kind, entry))


def undo(home: Home, question: Question) -> int:
    """Take this home's answer to the question back; how many lines that were."""
    return decided.rewrite(home, question["collection"], remove=_of(question))


def answered(home: Home, question: Question) -> str:
    """What this home has answered since the release that asks; empty where it has not."""
    names = {kind: answer for answer, kind in _KINDS[question["question"]].items()}
    mine = [
        kind for kind, said in decided.entries(home, question["collection"]) if _of(question)((kind, said))
    ]
    return names[mine[-1]] if mine else ""


def check(question: Question, given: Given) -> None:
    """Raises CannotDecide for an answer that could not be written down."""
    _entry(question, given, today())


# ---- decisions of a home, by number -----------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """A decision that this home has taken: its number among them, where it stands, what it says."""

    number: int
    collection: str
    kind: str
    said: Mapping[str, Any]


def taken(home: Home) -> list[Taken]:
    """Every decision on values and series in this home's own files."""
    kinds = {kind for kinds in _KINDS.values() for kind in kinds.values()}
    found = [
        (collection, kind, said)
        for collection in home.collections()
        for kind, said in decided.entries(home, collection)
        if kind in kinds
    ]
    return [Taken(n, *one) for n, one in enumerate(found, start=1)]


def take_back(home: Home, one: Taken) -> None:
    """Take a decision out of its file."""
    decided.rewrite(home, one.collection, remove=lambda entry: entry == (one.kind, one.said))


# ---- an answer as its entry ----------------------------------------------------------------------------


def asked(question: Question) -> dict[str, Any]:
    """What tells the question from others, as the entry that answers it says it."""
    (entries,) = tomllib.loads(question["answer"]).values()
    told = {name: entries[0][name] for name in _IDENTITY if name in entries[0]}
    return told if "value" not in told else told | {"value": float(told["value"])}


def _entry(question: Question, given: Given, on: date) -> tuple[str, dict[str, Any]]:
    kinds = _KINDS[question["question"]]
    if given.answer not in kinds:
        raise CannotDecide("decide.no_such_answer", answer=given.answer, known=", ".join(kinds))
    said = {name: text for name, raw in given.reason.items() if (text := _clean(raw))}
    rest = {"source": _clean(given.source), "decided_by": _clean(given.office)}
    if not (said and all(rest.values())):
        raise CannotDecide("decide.needs")
    es, en = said.get("es") or f"(en) {said.get('en')}", said.get("en") or f"(es) {said.get('es')}"
    facts = _facts(question, kinds[given.answer])
    return kinds[given.answer], {**facts, "reason": {"es": es, "en": en}, **rest, "decided_on": on}


def _facts(question: Question, kind: str) -> dict[str, Any]:
    """The keys of an entry of that kind: a slip names the value that is one."""
    facts = asked(question)
    if kind != "slip":
        return facts
    facts.pop("dimension", None)
    return facts | {"value": float(question["value_low"])}


def _of(question: Question) -> Callable[[Entry], bool]:
    """Whether an entry answers the question."""
    wanted = {kind: _facts(question, kind) for kind in _KINDS[question["question"]].values()}

    def answers(entry: Entry) -> bool:
        kind, said = entry
        return kind in wanted and {n: _number(said[n]) for n in _IDENTITY if n in said} == wanted[kind]

    return answers


def _number(said: Any) -> Any:
    return float(said) if isinstance(said, int) else said


def _clean(text: str) -> str:
    """A text on one line, without what no eye sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _lines(kind: str, entry: Mapping[str, Any]) -> str:
    return "\n".join([f"[[{kind}]]", *(f"{name} = {_toml(value)}" for name, value in entry.items()), ""])


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(text)}" for name, text in value.items()) + " }"
    return str(value)


# ---- a question in words -----------------------------------------------------------------------------------


def change(question: Question, lang: str) -> str:
    """The value asked about, after the one before where it is a jump."""
    before = bounds(question["before_low"], question["before_high"], lang)
    value = bounds(question["value_low"], question["value_high"], lang)
    return f"{before} → {value}" if before else value


def bounds(low: float | None, high: float | None, lang: str) -> str:
    """`7`, `3–7`, `3–` where unbounded, empty where there is none."""
    if low is None:
        return ""
    if high is None:
        return f"{number(low, lang)}–"
    return "–".join(dict.fromkeys([number(low, lang), number(high, lang)]))


def question_words(question: Question, lang: str) -> str:
    """What is asked, in words."""
    return codelist("open_question")[question["question"]].name(lang)


def context(question: Question, lang: str) -> str:
    """The laws and measures on record near it, in a sentence; empty where there are none."""
    what = question.get(f"context_{contract_language(lang)}")
    return say("decide.context", lang, what=what) if what else ""


def series_words(question: Question, lang: str) -> str:
    """Of which series: measure, country, what it details, period."""
    measure = code_name("measure", "codes", question["measure"], lang)
    country = code_name("grouping", "country", question["reporting_country"], lang)
    parts = [measure, country]
    if question["breakdown"] != "total":
        parts.append(say("decide.by", lang, breakdown=question["breakdown"]))
    if question["citizenship"] != "_T":
        parts.append(code_name("citizenship", "country", question["citizenship"], lang))
    return ", ".join([*parts, str(asked(question)["period"])])
