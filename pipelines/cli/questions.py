"""`questions`: what waits for a decision, and the lines that record it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from assets.decisions.deciding import answered, change, context
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import print_json, tell
from pipelines.cli.release import open_release
from schemas.cards import decisions
from schemas.codelists import codelist
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.reading.questions import open_questions


def questions(
    collection: Annotated[str | None, typer.Option("--collection", "-c")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """The open questions of the release in force, of one collection or all."""
    home = Home.default()
    with open_release(home, lang) as release:
        if collection:
            home.card_path(collection)  # there is such a collection
        asked = [q for q in open_questions(release) if collection in (None, q["collection"])]
    if as_json:
        print_json(asked)
        return OK
    for question in asked:
        tell(_question_text(home, question, lang))
    tell(say("cli.questions_wait" if asked else "cli.no_questions", lang, n=len(asked)))
    return OK


def _question_text(home: Home, question: dict[str, Any], lang: str) -> str:
    what = [question[key] for key in ("reporting_country", "measure", "breakdown", "period_start")]
    what += [question["citizenship"]] if question["citizenship"] != "_T" else []
    file = decisions.path_in(home.raw / question["collection"])
    lines = question["answer"].replace("\n", "\n    ")
    asked = codelist("open_question")[question["question"]].name(lang)
    decided = answered(home, question)
    done = f"  {say('decide.answered', lang, answer=say(f'decide.{decided}', lang))}\n" if decided else ""
    near = f"\n  {said}" if (said := context(question, lang)) else ""
    head = f"{question['number']}. {asked}\n{done}  {' · '.join(what)}: {change(question, lang)}{near}"
    return f"{head}\n  {file}\n\n    {lines}\n"
