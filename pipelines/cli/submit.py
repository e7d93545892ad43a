"""`submit`: receive a file and explain the corrections that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assets.decisions.justifications import check_justifications, record_justifications
from assets.decisions.personal_data_decisions import check_decisions
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import confirm_if_held, process
from assets.intake.submission import receive
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.check import CollectionOption, FileArgument, ReceivedOption, day_of_receipt
from pipelines.cli.confirm import required_confirmation
from pipelines.cli.errors import MACHINE, USAGE, Stop
from pipelines.cli.outcomes import print_outcome, print_refusal
from pipelines.cli.output import err, print_sentence
from pipelines.dagster.machine_errors import disk_sentence
from schemas.words import DEFAULT_LANGUAGE, Sentence, UserError, say
from warehouse.home import Home, Submission


def submit(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    office: Annotated[str | None, typer.Option("--office")] = None,
    justify: Annotated[list[str] | None, typer.Option("--justify")] = None,
    not_personal: Annotated[list[str] | None, typer.Option("--not-personal")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Keep a file as a new submission and process it. With --confirm, confirm it if it is held.

    With --justify, record an explanation of a finding. With --not-personal, decide that a
    finding of the guard is no personal data.
    """
    reasons = _justifications(justify or [], office)
    decisions = _decisions(not_personal or [], office)
    home, received_on = Home.default(), day_of_receipt(file, received)
    confirmation = required_confirmation(office, reason) if confirm else None
    submission = None
    try:
        deciding_office = (office or "") if decisions else ""
        submission = receive(home, file, collection, received_on, office=deciding_office, decisions=decisions)
        outcome = process(home, submission)
        findings = outcome.all_findings
        unused_rules = record_justifications(home, submission, findings, reasons, office=office or "")
        if confirmation:
            outcome = confirm_if_held(home, submission, outcome, **confirmation)
    except RefusedFile as refusal:
        return print_refusal(refusal.finding, lang, as_json)
    except UserError:
        raise
    except Exception as error:
        if (disk_problem := disk_sentence(error)) is None:
            raise
        raise _full_disk_error(file, submission, disk_problem) from error
    code = print_outcome(outcome, lang, as_json, is_kept=True)
    for rule in reasons:
        key = "cli.nothing_to_justify" if rule in unused_rules else "cli.justified"
        print_sentence(say(key, lang, rule=rule), err)
    return code


def _justifications(options: list[str], office: str | None) -> dict[str, str]:
    """Return the explanations by rule, from options RULE=TEXT. Raises Stop, InvalidJustification."""
    reasons = _reasons(options, office, "cli.justify_needs")
    check_justifications(reasons)
    return reasons


def _decisions(options: list[str], office: str | None) -> dict[str, str]:
    """Return the reasons by finding, from options PLACE:KIND=TEXT. Raises Stop, InvalidDecision."""
    reasons = _reasons(options, office, "cli.not_personal_needs")
    check_decisions(reasons)
    return reasons


def _reasons(options: list[str], office: str | None, error: str) -> dict[str, str]:
    """Return the texts by the word before the first =. Raises Stop if a text or the office is missing."""
    parts = [option.partition("=") for option in options]
    if options and not (all(mark for _, mark, _ in parts) and (office or "").strip()):
        raise Stop(USAGE, error)
    return {word.strip(): reason.strip() for word, _, reason in parts}


def _full_disk_error(file: Path, submission: Submission | None, reason: Sentence) -> Stop:
    """Return an error that explains if the file was received before the disk was full."""
    if submission is None:
        return Stop(MACHINE, "cli.not_received", file=file.name, why=reason)
    return Stop(MACHINE, "cli.received_and_not_processed", submission=submission.id, why=reason)
