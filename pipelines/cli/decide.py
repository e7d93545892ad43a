"""`decide`: an open question is answered by its number, or all in a workbook; an answer is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assets.decisions import deciding
from assets.decisions.deciding import BREAK, REAL, SLIP, Given, Question, Taken
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from pipelines.cli.release import open_release
from schemas.words import DEFAULT, say
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
    lang: LangOption = DEFAULT,
) -> int:
    """Answer a question, write all of them as a workbook or read it back, or take an answer back."""
    home = Home.default()
    if workbook:
        return _workbook(home, workbook, lang)
    if undo and (question is None or question.lower().startswith("d")):
        return _undo(home, question, lang)
    asked = _asked(home, question, lang)
    if undo or is_later:
        return _tell_undone(deciding.undo(home, asked), lang)
    answers = [name for name, on in ((REAL, is_real), (BREAK, is_break), (SLIP, is_slip)) if on]
    if len(answers) != 1:
        raise Stop(USAGE, "decide.one_answer")
    return _decide(home, asked, Given(answers[0], {"es": reason, "en": reason_en}, source, office), lang)


def _questions(home: Home, lang: str) -> list[Question]:
    with open_release(home, lang) as release:
        return list(open_questions(release))


def _asked(home: Home, number: str | None, lang: str) -> Question:
    """The question of that number in the release in force. Raises Stop if there is none."""
    questions = {str(question["number"]): question for question in _questions(home, lang)}
    if number is None or number not in questions:
        raise Stop(USAGE, "decide.no_question", value=number or "", n=len(questions))
    return questions[number]


def _decide(home: Home, asked: Question, given: Given, lang: str) -> int:
    try:
        deciding.decide(home, asked, given)
    except deciding.CannotDecide as error:
        raise Stop(USAGE, error.sentence.key, **error.sentence.facts) from error
    series = f"{deciding.series_words(asked, lang)}: {deciding.change(asked, lang)}"
    answer = say(f"decide.{given.answer}", lang)
    tell(say("decide.decided", lang, series=series, answer=answer, file=_file(home, asked)))
    return OK


def _file(home: Home, asked: Question) -> Path:
    return home.decisions_path(asked["collection"])


# ---- taking back ---------------------------------------------------------------------------------------


def _undo(home: Home, name: str | None, lang: str) -> int:
    """Take back a decision by its name; without one, list them."""
    taken = {f"d{one.number}": one for one in deciding.taken(home)}
    if name is None:
        for known, one in taken.items():
            tell(f"{known}. {_said(one)}")
        tell(say("decide.taken" if taken else "decide.none_taken", lang, n=len(taken)))
        return OK
    if name.lower() not in taken:
        raise Stop(USAGE, "decide.no_decision", value=name, n=len(taken))
    deciding.take_back(home, taken[name.lower()])
    return _tell_undone(1, lang)


def _said(one: Taken) -> str:
    facts = [
        str(one.said[key])
        for key in ("reporting_country", "measure", "period", "decided_by")
        if key in one.said
    ]
    return f"{one.collection}: {one.kind}, {', '.join(facts)}"


def _tell_undone(lines: int, lang: str) -> int:
    tell(say("decide.undone" if lines else "decide.not_decided", lang))
    return OK


# ---- as a workbook --------------------------------------------------------------------------------------


def _workbook(home: Home, path: Path, lang: str) -> int:
    """Read a workbook that is there; else write one with every open question."""
    from assets.decisions import deciding_workbook  # libraries for whoever asks for it

    if path.suffix.lower() != ".xlsx" and not path.exists():
        raise Stop(USAGE, "decide.no_workbook_type", value=path.name)
    questions = _questions(home, lang)
    if not path.exists():
        if home.keeps(path):
            raise Stop(USAGE, "cli.is_the_program_s", file=path)
        deciding_workbook.write(questions, path, lang)
        tell(say("decide.written", lang, file=path, n=len(questions)))
        return OK
    answers = deciding_workbook.read(path, questions)
    for one in answers:
        deciding.decide(home, one.question, one.given)
    tell(say("decide.read", lang, n=len(answers), left=len(questions) - len(answers)))
    return OK
