"""`purge`: a submission is destroyed, and that it was is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.confirm import said_by
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from schemas.words import DEFAULT, say
from warehouse.home import Home, purging
from warehouse.home.calendar import today


def purge(
    submission: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    yes: Annotated[bool, typer.Option("--yes")] = False,
    lang: LangOption = DEFAULT,
) -> int:
    """Destroy a submission's bytes, staged rows and internal rows; the line that says so stays."""
    home = Home.default()
    kept = home.submission(submission)
    told = said_by(office, reason)
    if not yes:
        raise Stop(USAGE, "purge.asks", submission=submission)
    files = purging.purge(home, kept, today(), **told)
    tell(say("purge.purged", lang, submission=submission, n=files))
    return OK
