"""`work`: process received submissions, in parallel to other workers. Builds and releases nothing."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from assets.intake.processing import run_waiting
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import print_sentence
from pipelines.cli.repairs import show_repairs
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home

SECONDS_BETWEEN_LOOKS = 15


def work(
    keep_on: Annotated[bool, typer.Option("--keep-on")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Process each waiting submission that no other worker is processing."""
    home, attempts = Home.default(), dict[str, str]()
    with show_repairs(lang):
        while True:
            for outcome in run_waiting(home, attempts):
                print_sentence(f"{outcome.submission}: {say(f'status.{outcome.status}', lang)}")
            if not keep_on:
                return OK
            time.sleep(SECONDS_BETWEEN_LOOKS)
