"""`site`: write the pages of the release in force to a folder, to open or to upload."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import err, print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, number, say
from warehouse.home import Home


def site(folder: Annotated[Path, typer.Argument()], lang: LangOption = DEFAULT_LANGUAGE) -> int:
    """Write the pages. A folder is left alone if it contains anything but an earlier site."""
    from warehouse.publication import site as pages  # imported here because it loads pandas

    home = Home.default()
    if home.is_program_path(folder):
        raise Stop(USAGE, "cli.is_the_program_s", file=folder)
    if not pages.is_free(folder):
        raise Stop(USAGE, "cli.not_a_site", folder=folder)
    with open_release(home, lang) as warehouse:
        result = pages.write_home_site(home, warehouse, folder)
    if result.no_paper:
        print_sentence(result.no_paper.render(lang), err)
    print_sentence(say("cli.site_written", lang, pages=number(result.pages, lang), index=result.index))
    return OK
