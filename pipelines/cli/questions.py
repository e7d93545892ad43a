"""`questions`: print the questions that wait for a decision, with the lines that would record an answer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from assets.decisions.question_answers import (
    context_sentence,
    current_answer,
    format_change,
    question_text,
)
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import print_json, print_sentence
from pipelines.cli.release import open_release
from schemas.cards import decisions
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home
from warehouse.reading.questions import open_questions


def questions(
    collection: Annotated[str | None, typer.Option("--collection", "-c")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the open questions of the release in force, of one collection or of all."""
    home = Home.default()
    with open_release(home, lang) as release:
        if collection:
            home.card_path(collection)  # raises if there is no such collection
        waiting = [q for q in open_questions(release) if collection in (None, q["collection"])]
    if as_json:
        print_json(waiting)
        return OK
    for question in waiting:
        print_sentence(_question_text(home, question, lang))
    print_sentence(say("cli.questions_wait" if waiting else "cli.no_questions", lang, n=len(waiting)))
    return OK


def _question_text(home: Home, question: dict[str, Any], lang: str) -> str:
    series_key = [question[key] for key in ("reporting_country", "measure", "breakdown", "period_start")]
    series_key += [question["citizenship"]] if question["citizenship"] != "_T" else []
    file = decisions.decisions_path(home.raw / question["collection"])
    lines = question["answer"].replace("\n", "\n    ")
    label = question_text(question, lang)
    own_answer = current_answer(home, question)
    answer_line = ""
    if own_answer:
        answer_line = f"  {say('decide.answered', lang, answer=say(f'decide.{own_answer}', lang))}\n"
    change_line = f"{' · '.join(series_key)}: {format_change(question, lang)}"
    neighbours = context_sentence(question, lang)
    context_line = f"\n  {neighbours}" if neighbours else ""
    if reasons := question.get("justification"):
        context_line += f"\n  {say('desk.sender_explains', lang)} {reasons}"
    head = f"{question['number']}. {label}\n{answer_line}  {change_line}{context_line}"
    return f"{head}\n  {file}\n\n    {lines}\n"
