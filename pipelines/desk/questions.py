"""Questions: one at a time, with chart, neighbouring periods, other sources; answered and taken back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from assets.decisions import deciding
from assets.decisions.deciding import Given, Question
from pipelines.desk.asking import Ask, Missing, Needed
from pipelines.desk.charts import Point, chart
from schemas.words import say
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions

_SERIES = """
SELECT period_start, value_low, value_high FROM core.current
WHERE collection = $collection AND measure = $measure AND reporting_country = $reporting_country
  AND frequency = $frequency AND citizenship = $citizenship AND breakdown = $breakdown
ORDER BY period_start
"""
_OTHERS = """
SELECT collection, min(value_low) AS value_low, max(value_high) AS value_high FROM core.current
WHERE collection <> $collection AND measure = $measure AND reporting_country = $reporting_country
  AND frequency = $frequency AND period_start = $period_start::DATE AND citizenship = $citizenship
  AND breakdown = $breakdown
GROUP BY collection ORDER BY collection
"""
NEIGHBOURS = 3
"""So many periods before and after the one asked about stand in the table."""


def listed(ask: Ask) -> Response:
    """All open questions, those that free most series first, and what was decided here."""
    questions = [_row(ask, question) for question in _questions(ask)]
    taken = [_decision(one) for one in deciding.taken(ask.home)]
    waits = sum(not question["answered"] for question in questions)
    return ask.show("questions.html.jinja", questions=questions, taken=taken, waits=waits)


def one(ask: Ask) -> Response:
    """One question."""
    question = _asked(ask)
    facts = {
        **_row(ask, question),
        "choices": [(c, say(f"decide.{c}", ask.lang)) for c in deciding.choices(question)],
    }
    with Warehouse.open(ask.home.current) as release:
        points = _points(release, question)
        others = _rows(release, _OTHERS, question)
    at = next((n for n, point in enumerate(points) if point.is_asked), 0)
    near = points[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]
    told = [(p.label, deciding.bounds(p.low, p.high, ask.lang), p.is_asked) for p in near]
    beside = [
        (row["collection"], deciding.bounds(row["value_low"], row["value_high"], ask.lang)) for row in others
    ]
    drawn = chart(points, ask.say("chart", series=facts["series_words"]), ask.lang) if points else ""
    return ask.show("question.html.jinja", q=facts, near=told, others=beside, chart=drawn)


def answer(ask: Ask) -> Response:
    """An answer was given: write it down and go on to the next question; or the answer is taken back."""
    question = _asked(ask)
    if ask.sent["answer"] in ("", "later"):
        deciding.undo(ask.home, question)
        return ask.go(_next(ask, question) if ask.sent["answer"] else f"/questions/{question['number']}")
    reason = {"es": ask.sent["reason_es"], "en": ask.sent["reason_en"]}
    deciding.decide(ask.home, question, Given(ask.sent["answer"], reason, ask.sent["source"], ask.office))
    return ask.go(_next(ask, question))


def undo(ask: Ask) -> Response:
    """A decision of this home is taken back, whether or not it counts already."""
    taken = {str(one.number): one for one in deciding.taken(ask.home)}
    if ask.named("number") not in taken:
        raise Missing("desk.no_decision")
    decision = taken[ask.named("number")]
    if ask.sent["said"] != _decision(decision)["said"]:  # meanwhile another stands under its number
        raise Needed("desk.no_decision")
    deciding.take_back(ask.home, decision)
    return ask.go("/questions")


def _next(ask: Ask, question: Question) -> str:
    """The next question that nobody has answered; after the last one the list."""
    rest = [q for q in _questions(ask) if q["number"] > question["number"]]
    found = next((q for q in rest if not deciding.answered(ask.home, q)), None)
    return f"/questions/{found['number']}" if found else "/questions"


def _questions(ask: Ask) -> list[dict[str, Any]]:
    if not ask.home.current.exists():
        return []
    with Warehouse.open(ask.home.current) as release:
        return open_questions(release)


def _asked(ask: Ask) -> dict[str, Any]:
    questions = {str(q["number"]): q for q in _questions(ask)}
    if ask.named("number") not in questions:
        raise Missing("desk.no_question")
    return questions[ask.named("number")]


def _row(ask: Ask, question: Question) -> dict[str, Any]:
    answered = deciding.answered(ask.home, question)
    return {
        "number": question["number"],
        "asked": deciding.question_words(question, ask.lang),
        "series_words": deciding.series_words(question, ask.lang),
        "change": deciding.change(question, ask.lang),
        "context": deciding.context(question, ask.lang),
        "collection": question["collection"],
        "series": question["series"],
        "answered": say(f"decide.{answered}", ask.lang) if answered else "",
    }


def _decision(one: deciding.Taken) -> dict[str, Any]:
    shown = ("reporting_country", "measure", "period", "citizenship", "decided_by", "decided_on")
    facts = ", ".join(str(one.said[name]) for name in shown if name in one.said)
    return {"number": one.number, "said": f"{one.collection}: {one.kind}, {facts}"}


def _points(release: Warehouse, question: Question) -> list[Point]:
    """The series that is asked about; of a value deep in a table, the total that stands beside it."""
    plain = question["breakdown"] in ("total", "citizenship")
    told = question if plain else {**question, "breakdown": "total", "citizenship": "_T"}
    rows = _rows(release, _SERIES, told)
    asked = str(question["period_start"])[:10]
    return [
        Point(
            _label(str(row["period_start"])[:10], question["frequency"]),
            row["value_low"],
            row["value_high"],
            str(row["period_start"])[:10] == asked,
        )
        for row in rows
    ]


def _label(day: str, frequency: str) -> str:
    return day[:4] if frequency == "A" else day[:7]


def _rows(release: Warehouse, sql: str, question: Question) -> list[dict[str, Any]]:
    named = {name: question[name] for name in _NAMED if f"${name}" in sql}
    result = release.connection.execute(sql, named)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


_NAMED = (
    "collection",
    "measure",
    "reporting_country",
    "frequency",
    "citizenship",
    "breakdown",
    "period_start",
)
