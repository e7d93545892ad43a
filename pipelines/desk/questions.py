"""Pages of open questions: each with a chart, neighbouring periods and other sources.

Answers can be undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from assets.decisions import question_answers
from assets.decisions.question_answers import QuestionAnswer
from pipelines.desk.charts import Point, chart
from pipelines.desk.page_request import DeskRequest, MissingInput, NotFound, collection_title
from schemas.code_names import code_name, name_in_list
from schemas.codelists import TOTAL
from schemas.words import say
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from warehouse.reading.questions import Question

_SERIES = """
SELECT period_start, value_low, value_high FROM core.current
WHERE collection = $collection AND measure = $measure AND reporting_country = $reporting_country
  AND frequency = $frequency AND citizenship = $citizenship AND breakdown = $breakdown
ORDER BY period_start
"""
_OTHER_SOURCES = """
SELECT collection, min(value_low) AS value_low,
  CASE WHEN count(*) = count(value_high) THEN max(value_high) END AS value_high
FROM core.current
WHERE collection <> $collection AND measure = $measure AND reporting_country = $reporting_country
  AND frequency = $frequency AND period_start = $period_start::DATE AND citizenship = $citizenship
  AND breakdown = $breakdown
GROUP BY collection ORDER BY collection
"""
NEIGHBOURS = 3
"""Number of periods before and after the period of the question in the table."""


def show_list(request: DeskRequest) -> Response:
    """List the chosen open questions, first those that free most series, and the decisions of this home."""
    every_question = _open_questions(request)
    chosen_questions = [question for question in every_question if _is_chosen(request, question)]
    questions = [_question_row(request, question) for question in chosen_questions]
    decisions = [
        _decision_row(request, decision) for decision in question_answers.list_decisions(request.home)
    ]
    n_open = sum(not question["answered"] for question in questions)
    return request.show(
        "questions.html.jinja",
        questions=questions,
        taken=decisions,
        waits=n_open,
        n_all=len(every_question),
        choices=[_choice(request, name, every_question) for name in FILTERS],
    )


FILTERS = ("reporting_country", "collection", "question", "weight")
"""Properties of a question by which the list can be limited."""


def _is_chosen(request: DeskRequest, question: Question) -> bool:
    """Check if a question has the values chosen on the page."""
    return all(request.query_value(name) in ("", _property(question, name)) for name in FILTERS)


def _property(question: Mapping[str, object], name: str) -> str:
    """Return a property of a question; its weight is whether series wait for it."""
    if name == "weight":
        return "series_wait" if question["series"] else "no_series_waits"
    return str(question[name])


def _choice(request: DeskRequest, name: str, questions: list[Question]) -> dict[str, Any]:
    """Return a choice of the list: its property, the chosen value, and the values with their numbers."""
    numbers = Counter(_property(question, name) for question in questions)
    options = [(value, _value_label(request, name, value), n) for value, n in numbers.items()]
    return {
        "name": name,
        "chosen": request.query_value(name),
        "options": sorted(options, key=lambda option: option[1].casefold()),
    }


def _value_label(request: DeskRequest, name: str, value: str) -> str:
    if name == "reporting_country":
        return code_name("grouping", "country", value, request.lang)
    if name == "question":
        return name_in_list("open_question", value, request.lang)
    return request.sentence(f"filter.{value}") if name == "weight" else collection_title(request, value)


def show_question(request: DeskRequest) -> Response:
    """Show a question."""
    question = _requested_question(request)
    facts = {
        **_question_row(request, question),
        "choices": [
            (c, say(f"decide.{c}", request.lang)) for c in question_answers.allowed_answers(question)
        ],
    }
    with Warehouse.open(request.home.current) as release:
        points = _chart_points(release, question)
        others = _select(release, _OTHER_SOURCES, question)
    position = next((n for n, point in enumerate(points) if point.is_asked), 0)
    neighbours = points[max(0, position - NEIGHBOURS) : position + NEIGHBOURS + 1]
    near_rows = [
        (p.label, question_answers.format_bounds(p.low, p.high, request.lang), p.is_asked) for p in neighbours
    ]
    other_rows = [
        (
            collection_title(request, row["collection"]),
            question_answers.format_bounds(row["value_low"], row["value_high"], request.lang),
        )
        for row in others
    ]
    svg = (
        chart(points, request.sentence("chart", series=facts["series_words"]), request.lang) if points else ""
    )
    return request.show("question.html.jinja", q=facts, near=near_rows, others=other_rows, chart=svg)


def record_answer(request: DeskRequest) -> Response:
    """Record an answer and go on to the next question, or undo an answer."""
    question = _requested_question(request)
    if request.form["answer"] in ("", "later"):
        question_answers.remove_answer(request.home, question)
        return request.redirect(
            _next_address(request, question) if request.form["answer"] else f"/questions/{question['number']}"
        )
    reason = {"es": request.form["reason_es"], "en": request.form["reason_en"]}
    question_answers.record_answer(
        request.home,
        question,
        QuestionAnswer(request.form["answer"], reason, request.form["source"], request.office),
    )
    return request.redirect(_next_address(request, question))


def undo_decision(request: DeskRequest) -> Response:
    """Undo a decision of this home, even if it is already in force."""
    decisions = {str(decision.number): decision for decision in question_answers.list_decisions(request.home)}
    if request.path_value("number") not in decisions:
        raise NotFound("desk.no_decision")
    decision = decisions[request.path_value("number")]
    # Another decision may have taken this number since the page was shown.
    if request.form["said"] != _decision_row(request, decision)["said"]:
        raise MissingInput("desk.no_decision")
    question_answers.remove_decision(request.home, decision)
    return request.redirect("/questions")


def _next_address(request: DeskRequest, question: Question) -> str:
    """Return the address of the next question without an answer, or of the list after the last question."""
    later_questions = [q for q in _open_questions(request) if q["number"] > question["number"]]
    next_question = next(
        (q for q in later_questions if not question_answers.current_answer(request.home, q)), None
    )
    return f"/questions/{next_question['number']}" if next_question else "/questions"


def _open_questions(request: DeskRequest) -> list[Question]:
    if not request.home.current.exists():
        return []
    with Warehouse.open(request.home.current) as release:
        return open_questions(release)


def _requested_question(request: DeskRequest) -> Question:
    questions = {str(q["number"]): q for q in _open_questions(request)}
    if request.path_value("number") not in questions:
        raise NotFound("desk.no_question")
    return questions[request.path_value("number")]


def _question_row(request: DeskRequest, question: Question) -> dict[str, Any]:
    answer = question_answers.current_answer(request.home, question)
    return {
        "number": question["number"],
        "asked": question_answers.question_text(question, request.lang),
        "series_words": question_answers.series_label(question, request.lang),
        "change": question_answers.format_change(question, request.lang),
        "context": question_answers.context_sentence(question, request.lang),
        "justification": question.get("justification") or "",
        "collection": collection_title(request, question["collection"]),
        "series": question["series"],
        "answered": say(f"decide.{answer}", request.lang) if answer else "",
    }


def _decision_row(request: DeskRequest, decision: question_answers.RecordedDecision) -> dict[str, Any]:
    """Describe a decision in words: the collection, what was decided, of which value, by whom, when."""
    facts = {
        "title": collection_title(request, decision.collection),
        "kind": request.sentence(f"decision.{decision.kind}"),
        "facts": ", ".join(_fact_names(request, decision.entry)),
        "office": decision.entry.get("decided_by", "—"),
        "day": decision.entry.get("decided_on", "—"),
    }
    return {"number": decision.number, "said": request.sentence("decision.line", **facts)}


_LISTS_OF_FACTS = {
    "measure": ("measure", "codes"),
    "reporting_country": ("grouping", "country"),
    "citizenship": ("citizenship", "country"),
    "period": ("", ""),
}
"""Keys that identify a decided value, in the order of a sentence, and the lists that name their codes."""


def _fact_names(request: DeskRequest, entry: Mapping[str, Any]) -> list[str]:
    return [
        code_name(*lists, str(entry[name]), request.lang)
        for name, lists in _LISTS_OF_FACTS.items()
        if entry.get(name) not in (None, TOTAL)
    ]


def _chart_points(release: Warehouse, question: Question) -> list[Point]:
    """Return the series of the question. For a value in a detailed breakdown, the series of the total."""
    is_total = question["breakdown"] in ("total", "citizenship")
    series = question if is_total else {**question, "breakdown": "total", "citizenship": "_T"}
    rows = _select(release, _SERIES, series)
    return [
        Point(
            _label(str(row["period_start"])[:10], question["frequency"]),
            row["value_low"],
            row["value_high"],
            row["period_start"] == question["period_start"],
        )
        for row in rows
    ]


def _label(day: str, frequency: str) -> str:
    return day[:4] if frequency == "A" else day[:7]


def _select(release: Warehouse, sql: str, question: Mapping[str, object]) -> list[dict[str, Any]]:
    parameters = {name: question[name] for name in _PARAMETERS if f"${name}" in sql}
    return row_dicts(release.connection.execute(sql, parameters))


_PARAMETERS = (
    "collection",
    "measure",
    "reporting_country",
    "frequency",
    "citizenship",
    "breakdown",
    "period_start",
)
