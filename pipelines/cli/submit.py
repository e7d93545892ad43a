"""`submit`: receive a steward's file, and say in plain words what to mend."""

from __future__ import annotations

from assets.intake import process
from assets.steps.guard import Refused
from assets.steps.submission import receive
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.check import CollectionOption, FileArgument, ReceivedOption, day_of_receipt
from pipelines.cli.outcomes import print_outcome, print_refusal
from schemas.words import DEFAULT
from warehouse.home import Home


def submit(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Keep a file as a new submission and make its own steps."""
    home, received_on = Home.default(), day_of_receipt(file, received)
    try:
        outcome = process(home, receive(home, file, collection, received_on))
    except Refused as refused:
        return print_refusal(refused.finding, lang, as_json)
    return print_outcome(outcome, lang, as_json, kept=True)
