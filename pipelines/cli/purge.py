"""`purge`: destroy a submission and keep a record of the destruction."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.confirm import required_confirmation
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home, purging
from warehouse.home.calendar import today


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
