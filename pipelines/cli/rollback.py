"""`rollback`: an earlier release is in force again; the office that decides it, and why, are kept."""

from __future__ import annotations

from typing import Annotated

import typer

from assets.dagster import pages
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import err, print_json, tell
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.releases import rollback as rolling_back


def rollback(
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    release: Annotated[str | None, typer.Argument()] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Put an earlier release in force; the one before, if none is named."""
    home = Home.default()
    folder = rolling_back.roll_back(home, release, reason=reason, office=office)
    if stopped := pages.renew(home):
        tell(stopped.said(lang), err)
    if as_json:
        print_json({"release": folder.name})
    else:
        tell(say("release.rolled_back", lang, release=folder.name))
    return OK
