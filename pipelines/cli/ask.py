"""`ask`: answer a question in words from the release."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE
from pipelines.cli.output import print_json, print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE
from warehouse.home import Home


def ask(
    question: Annotated[str, typer.Argument()],
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print how a question was read, and its answers. USAGE is the exit code if all are refused."""
    from warehouse.answers.answers import Answers
    from warehouse.answers.questions import asking

    with open_release(Home.default(), lang) as warehouse:
        asked = asking.ask(Answers(warehouse), question)
    if as_json:
        print_json(asked.model_dump(mode="json", exclude_none=True))
    else:
        print_sentence(asking.question_text(asked, lang))
    return USAGE if all(reply.kind == "refused" for reply in asked.replies) else OK
