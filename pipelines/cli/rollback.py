"""`rollback`: put an earlier release in force. The office and its reason are recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from assets.dagster import pages
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import err, print_json, print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home
from warehouse.release import rollback as rolling_back


def rollback(
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    release: Annotated[str | None, typer.Argument()] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Put an earlier release in force: the named release, or the previous."""
    home = Home.default()
    folder = rolling_back.roll_back(home, release, reason=reason, office=office)
    if problem := pages.renew_pages(home):
        print_sentence(problem.render(lang), err)
    if as_json:
        print_json({"release": folder.name})
    else:
        print_sentence(say("release.rolled_back", lang, release=folder.name))
    return OK
