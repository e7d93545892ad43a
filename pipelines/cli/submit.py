"""`submit`: receive a steward's file, and say in plain words what to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assets.intake.privacy.guard import Refused
from assets.intake.processing import let_in, process
from assets.intake.submission import receive
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.check import CollectionOption, FileArgument, ReceivedOption, day_of_receipt
from pipelines.cli.confirm import said_by
from pipelines.cli.errors import MACHINE, Stop
from pipelines.cli.outcomes import print_outcome, print_refusal
from pipelines.dagster.machine import disk_sentence
from schemas.words import DEFAULT, Sentence, UserError
from warehouse.home import Home, Submission


def submit(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    office: Annotated[str | None, typer.Option("--office")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Keep a file as a new submission and make its own steps; if asked, confirm it where it is held."""
    home, received_on = Home.default(), day_of_receipt(file, received)
    confirmed_by = said_by(office, reason) if confirm else None
    kept = None
    try:
        kept = receive(home, file, collection, received_on)
        outcome = process(home, kept)
        if confirmed_by:
            outcome = let_in(home, kept, outcome, **confirmed_by)
    except Refused as refused:
        return print_refusal(refused.finding, lang, as_json)
    except UserError:
        raise
    except Exception as error:
        if (why := disk_sentence(error)) is None:
            raise
        raise _on_a_full_disk(file, kept, why) from error
    return print_outcome(outcome, lang, as_json, kept=True)


def _on_a_full_disk(file: Path, kept: Submission | None, why: Sentence) -> Stop:
    """Whether the file was received although the disk did not take all that follows."""
    if kept is None:
        return Stop(MACHINE, "cli.not_received", file=file.name, why=why)
    return Stop(MACHINE, "cli.received_and_not_processed", submission=kept.id, why=why)
