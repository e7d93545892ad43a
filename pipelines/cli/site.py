"""`site`: write the pages of the release in force to a folder, to be opened or to be put on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import err, tell
from pipelines.cli.release import open_release
from schemas.words import DEFAULT, number, say
from warehouse.home import Home


def site(folder: Annotated[Path, typer.Argument()], lang: LangOption = DEFAULT) -> int:
    """Write the pages. A folder that holds anything but an earlier site is left alone."""
    from warehouse.publication import site as pages  # here: it loads pandas

    home = Home.default()
    if home.keeps(folder):
        raise Stop(USAGE, "cli.is_the_program_s", file=folder)
    if not pages.is_free(folder):
        raise Stop(USAGE, "cli.not_a_site", folder=folder)
    with open_release(home, lang) as warehouse:
        written = pages.write_of(home, warehouse, folder)
    if written.no_paper:
        tell(written.no_paper.said(lang), err)
    tell(say("cli.site_written", lang, pages=number(written.pages, lang), index=written.index))
    return OK
