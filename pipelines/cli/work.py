"""`work`: the steps of what was received and waits, beside other workers. Nothing is built or released."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from assets.intake.processing import work_off
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import tell
from pipelines.cli.repairs import repairs_told
from schemas.words import DEFAULT, say
from warehouse.home import Home

SECONDS_BETWEEN_LOOKS = 15


def work(
    keep_on: Annotated[bool, typer.Option("--keep-on")] = False,
    lang: LangOption = DEFAULT,
) -> int:
    """Make the steps of each submission that waits and that no other worker is at."""
    home, tried = Home.default(), dict[str, str]()
    with repairs_told(lang):
        while True:
            for outcome in work_off(home, tried):
                tell(f"{outcome.submission}: {say(f'status.{outcome.status}', lang)}")
            if not keep_on:
                return OK
            time.sleep(SECONDS_BETWEEN_LOOKS)
