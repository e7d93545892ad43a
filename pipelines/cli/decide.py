"""`decide`: answer an open question by its number, or all questions in a workbook; undo an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assets.decisions import question_answers
from assets.decisions.question_answers import BREAK, REAL, SLIP, Question, QuestionAnswer, RecordedDecision
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home
from warehouse.reading.questions import open_questions


def decide(
    question: Annotated[str | None, typer.Argument()] = None,
    is_real: Annotated[bool, typer.Option("--real")] = False,
    is_break: Annotated[bool, typer.Option("--break")] = False,
    is_slip: Annotated[bool, typer.Option("--slip")] = False,
    is_later: Annotated[bool, typer.Option("--later")] = False,
    undo: Annotated[bool, typer.Option("--undo")] = False,
    reason: Annotated[str, typer.Option("--reason")] = "",
    reason_en: Annotated[str, typer.Option("--reason-en")] = "",
    source: Annotated[str, typer.Option("--source")] = "",
    office: Annotated[str, typer.Option("--office")] = "",
    workbook: Annotated[Path | None, typer.Option("--workbook")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Answer a question, write or read a workbook of all questions, or undo an answer."""
    home = Home.default()
    if workbook:
        return _use_workbook(home, workbook, lang)
    if undo and (question is None or question.lower().startswith("d")):
        return _undo(home, question, lang)
    open_question = _question_numbered(home, question, lang)
    if undo or is_later:
        return _print_undone(question_answers.remove_answer(home, open_question), lang)
    answers = [name for name, is_chosen in ((REAL, is_real), (BREAK, is_break), (SLIP, is_slip)) if is_chosen]
    if len(answers) != 1:
        raise Stop(USAGE, "decide.one_answer")
    return _decide(
        home, open_question, QuestionAnswer(answers[0], {"es": reason, "en": reason_en}, source, office), lang
    )


def _questions(home: Home, lang: str) -> list[Question]:
    with open_release(home, lang) as release:
        return list(open_questions(release))


def _question_numbered(home: Home, number: str | None, lang: str) -> Question:
    """Return a question of the release in force by its number. Raises Stop if there is none."""
    questions = {str(question["number"]): question for question in _questions(home, lang)}
    if number is None or number not in questions:
        raise Stop(USAGE, "decide.no_question", value=number or "", n=len(questions))
    return questions[number]


def _decide(home: Home, question: Question, answer: QuestionAnswer, lang: str) -> int:
    try:
        question_answers.record_answer(home, question, answer)
    except question_answers.CannotDecide as error:
        raise Stop(USAGE, error.sentence.key, **error.sentence.facts) from error
    series = (
        f"{question_answers.series_label(question, lang)}: {question_answers.format_change(question, lang)}"
    )
    answer_label = say(f"decide.{answer.answer}", lang)
    print_sentence(
        say("decide.decided", lang, series=series, answer=answer_label, file=_decisions_file(home, question))
    )
    return OK


def _decisions_file(home: Home, question: Question) -> Path:
    return home.decisions_path(question["collection"])


# ---- undoing ------------------------------------------------------------------------------------------


def _undo(home: Home, name: str | None, lang: str) -> int:
    """Undo a decision by its name. Without a name, list the decisions."""
    decisions = {f"d{decision.number}": decision for decision in question_answers.list_decisions(home)}
    if name is None:
        for key, decision in decisions.items():
            print_sentence(f"{key}. {_decision_text(decision)}")
        print_sentence(say("decide.taken" if decisions else "decide.none_taken", lang, n=len(decisions)))
        return OK
    if name.lower() not in decisions:
        raise Stop(USAGE, "decide.no_decision", value=name, n=len(decisions))
    question_answers.remove_decision(home, decisions[name.lower()])
    return _print_undone(1, lang)


def _decision_text(decision: RecordedDecision) -> str:
    facts = [
        str(decision.entry[key])
        for key in ("reporting_country", "measure", "period", "decided_by")
        if key in decision.entry
    ]
    return f"{decision.collection}: {decision.kind}, {', '.join(facts)}"


def _print_undone(lines: int, lang: str) -> int:
    print_sentence(say("decide.undone" if lines else "decide.not_decided", lang))
    return OK


# ---- in a workbook --------------------------------------------------------------------------------------


def _use_workbook(home: Home, path: Path, lang: str) -> int:
    """Read answers from an existing workbook, or write a workbook with every open question."""
    from assets.decisions import questions_workbook  # imported here because it loads large libraries

    if path.suffix.lower() != ".xlsx" and not path.exists():
        raise Stop(USAGE, "decide.no_workbook_type", value=path.name)
    questions = _questions(home, lang)
    if not path.exists():
        if home.is_program_path(path):
            raise Stop(USAGE, "cli.is_the_program_s", file=path)
        questions_workbook.write_workbook(questions, path, lang)
        print_sentence(say("decide.written", lang, file=path, n=len(questions)))
        return OK
    rows = questions_workbook.read_workbook(path, questions)
    for row in rows:
        question_answers.record_answer(home, row.question, row.answer)
    print_sentence(say("decide.read", lang, n=len(rows), left=len(questions) - len(rows)))
    return OK
