"""Commands that record decisions: on a submission, on an open question, on the spelling of a country."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from assets.decisions import question_answers
from assets.decisions.question_answers import (
    BREAK,
    REAL,
    SLIP,
    QuestionAnswer,
    RecordedDecision,
    context_sentence,
    current_answer,
    format_change,
    question_text,
)
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE, Stop, as_usage_error
from pipelines.cli.output import print_json, print_sentence, refuse_program_path
from pipelines.dagster.collection_status import remaining_data
from schemas.cards.decisions import MEANINGS, AcceptedLabel, accepted_labels, spelling
from schemas.cards.format_card import Card
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home, decisions_file, purging, receipts
from warehouse.home.calendar import today

if TYPE_CHECKING:
    from warehouse.reading.questions import Question


def confirm(
    submission: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Record that an office confirms a held submission, and the reason."""
    home = Home.default()
    held_submission = home.submission(submission)
    receipts.confirm(home, held_submission, today(), **required_confirmation(office, reason))
    if as_json:
        print_json({"submission": submission, "status": "accepted"})
    else:
        print_sentence(say("cli.confirmed", lang, submission=submission))
    return OK


def required_confirmation(office: str | None, reason: str | None) -> dict[str, str]:
    """Return office and reason of a confirmation. Raises Stop if either is missing."""
    confirmation = {"office": (office or "").strip(), "reason": (reason or "").strip()}
    if not all(confirmation.values()):
        raise Stop(USAGE, "cli.confirm_needs")
    return confirmation


def withdraw(
    submission: Annotated[str, typer.Argument()],
    why: Annotated[str, typer.Option("--why")],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Record that an office withdraws a submission and why, and describe the data that stays in force."""
    home = Home.default()
    withdrawn_submission = home.submission(submission)
    receipts.withdraw(home, withdrawn_submission, today(), office=office, reason=why)
    remaining = remaining_data(home, withdrawn_submission)
    print_sentence(say("cli.withdrawn", lang, submission=submission, left=remaining))
    return OK


def purge(
    submission: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    yes: Annotated[bool, typer.Option("--yes")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Destroy a submission's file, staged rows and internal rows. The line that records it stays."""
    home = Home.default()
    target = home.submission(submission)
    confirmation = required_confirmation(office, reason)
    if not yes:
        raise Stop(USAGE, "purge.asks", submission=submission)
    files = purging.purge(home, target, today(), **confirmation)
    print_sentence(say("purge.purged", lang, submission=submission, n=files))
    return OK


def questions(
    collection: Annotated[str | None, typer.Option("--collection", "-c")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the open questions of the release in force, of one collection or of all."""
    home = Home.default()
    waiting = _open_questions(home, lang, collection)
    if as_json:
        print_json(waiting)
        return OK
    for question in waiting:
        print_sentence(_question_text(home, question, lang))
    print_sentence(say("cli.questions_wait" if waiting else "cli.no_questions", lang, n=len(waiting)))
    return OK


def _question_text(home: Home, question: Question, lang: str) -> str:
    key: Mapping[str, object] = question
    columns = ("reporting_country", "measure", "breakdown", "period_start", "citizenship")
    series_key = " · ".join(str(key[name]) for name in columns if key[name] != "_T")
    file = _decisions_file(home, question)
    lines = question["answer"].replace("\n", "\n    ")
    label = question_text(question, lang)
    own_answer = current_answer(home, question)
    answer_line = ""
    if own_answer:
        answer_line = f"  {say('decide.answered', lang, answer=say(f'decide.{own_answer}', lang))}\n"
    change_line = f"{series_key}: {format_change(question, lang)}"
    neighbours = context_sentence(question, lang)
    context_line = f"\n  {neighbours}" if neighbours else ""
    if reasons := question.get("justification"):
        context_line += f"\n  {say('desk.sender_explains', lang)} {reasons}"
    head = f"{question['number']}. {label}\n{answer_line}  {change_line}{context_line}"
    return f"{head}\n  {file}\n\n    {lines}\n"


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


def _open_questions(home: Home, lang: str, collection: str | None = None) -> list[Question]:
    """Return the open questions of the release in force, of one collection or of all."""
    from pipelines.cli.reading import open_release  # imported here because it loads DuckDB
    from warehouse.reading.questions import open_questions

    with open_release(home, lang) as release:
        if collection:
            home.card_path(collection)  # raises if there is no such collection
        return [q for q in open_questions(release) if collection in (None, q["collection"])]


def _question_numbered(home: Home, number: str | None, lang: str) -> Question:
    """Return a question of the release in force by its number. Raises Stop if there is none."""
    questions = {str(question["number"]): question for question in _open_questions(home, lang)}
    if number is None or number not in questions:
        raise Stop(USAGE, "decide.no_question", value=number or "", n=len(questions))
    return questions[number]


def _decide(home: Home, question: Question, answer: QuestionAnswer, lang: str) -> int:
    with as_usage_error(question_answers.CannotDecide):
        question_answers.record_answer(home, question, answer)
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
    questions = _open_questions(home, lang)
    if not path.exists():
        refuse_program_path(home, path)
        questions_workbook.write_workbook(questions, path, lang)
        print_sentence(say("decide.written", lang, file=path, n=len(questions)))
        return OK
    rows = questions_workbook.read_workbook(path, questions)
    for row in rows:
        question_answers.record_answer(home, row.question, row.answer)
    print_sentence(say("decide.read", lang, n=len(rows), left=len(questions) - len(rows)))
    return OK


def accept(
    collection: Annotated[str, typer.Argument()],
    text: Annotated[str, typer.Argument()],
    means: Annotated[str, typer.Argument()],
    office: Annotated[str, typer.Option("--office")],
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Record the meaning of a spelling in a collection. The reading of all other texts stays the same."""
    home = Home.default()
    home.card_path(collection)  # raises if there is no such collection
    facts = {"text": text.strip(), "collection": collection, "means": means}
    label = _label(text, means, office)
    if accepted_labels(home.decisions(collection)).get(spelling(text)) == label.code:
        print_sentence(say("cli.spelling_was_accepted", lang, **facts))
        return OK
    if (read := _country_code(home.card(collection), text)) is not None:
        raise Stop(USAGE, "cli.spelling_is_read", **facts, read=read)
    decisions_file.accept_label(home, collection, label)
    print_sentence(say("cli.spelling_accepted", lang, **facts, file=home.decisions_path(collection)))
    return OK


def _country_code(card: Card, text: str) -> str | None:
    """Return the code that every country column of the card gives the text; None if a column refuses it."""
    from assets.intake.judging.decoding import country_code  # imported here because it loads pandas
    from schemas.contracts import AMBIGUOUS_CODE, COUNTRY_ROLES, UNRESOLVED_CODE

    columns = (c for fmt in card.formats() for column in fmt.columns.values() for _, c in column.cases())
    codes = {country_code(text, column) for column in columns if column.role in COUNTRY_ROLES}
    return None if codes & {UNRESOLVED_CODE, AMBIGUOUS_CODE} else codes.pop()


def _label(text: str, means: str, office: str) -> AcceptedLabel:
    try:
        return AcceptedLabel(text=text, means=means, decided_by=office, decided_on=today())
    except ValidationError as error:
        raise Stop(USAGE, "cli.no_meaning", value=means, others=", ".join(MEANINGS)) from error
