"""Step 1, submission: a file is kept under raw/, or refused before anything is copied. Reads no rows."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from assets.intake.privacy.guard import RefusedFile, refuse_if_personal, refuse_if_too_large
from assets.intake.reply_figures import refuse_if_no_figure
from assets.intake.step import FileInMemory, StepOutput
from schemas.findings import Finding
from warehouse.home import Home, Submission, clock, receipts
from warehouse.home.calendar import today
from warehouse.home.corrections import Correction
from warehouse.home.durable import hash_now


def receive(
    home: Home,
    file: Path,
    collection: str,
    received_on: date,
    *,
    office: str = "",
    finish_examination: Callable[[], object] | None = None,
    decisions: Mapping[str, str] | None = None,
    memory: FileInMemory | None = None,
    correction: Correction | None = None,
) -> Submission:
    """Keep the file as a new submission. Raises RefusedFile, having kept only rule, day and hash.

    `finish_examination` replaces `examine` if the examination began earlier: it returns, or raises its
    result. `decisions` are the reasons, by finding (place:kind), why it is no personal data; those that were
    needed are kept in the history. `memory` keeps what the next steps need not read again. `correction` names
    the submission of which the file is a corrected copy.

    Raises InvalidValue, having kept nothing, if the day is this machine's and its clock was set back.
    """
    if received_on == today():
        clock.check_for_receipt(home, collection)
    sha256 = hash_now(file)
    try:
        if finish_examination:
            finish_examination()
            reasons: dict[str, str] = {}
        else:
            needed_decisions = examine(home, file, collection, decisions or {}, memory)
            reasons = {finding: (decisions or {})[finding] for finding in needed_decisions}
        with _duplicates_refused():
            submission = receipts.keep(
                home,
                file,
                collection,
                received_on,
                office=office,
                sha256=sha256,
                decisions=reasons,
                correction=correction,
            )
    except RefusedFile as refusal:
        receipts.note_refusal(home, collection, received_on, rule=refusal.finding.rule, sha256=sha256)
        raise
    if memory:
        memory.is_intact = True
    return submission


def examine(
    home: Home,
    file: Path,
    collection: str,
    decisions: Collection[str] = (),
    memory: FileInMemory | None = None,
) -> list[str]:
    """Raise RefusedFile for a file that is repeated, too large, too slow, personal, or replies to no figure.

    Returns the decisions on findings of personal data that were needed.
    """
    card = home.card(collection)
    refuse_if_repeated(home, file, collection, hash_now(file))
    refuse_if_too_large(file)
    needed_decisions = refuse_if_personal(file, card, decisions, memory)
    refuse_if_no_figure(home, file, card, memory.text if memory else None)
    return needed_decisions


def refuse_if_repeated(home: Home, file: Path, collection: str, sha256: str) -> None:
    """Raise RefusedFile if the collection received bytes of this hash before."""
    with _duplicates_refused():
        receipts.refuse_if_repeated(home, file, collection, sha256)


@contextmanager
def _duplicates_refused() -> Iterator[None]:
    try:
        yield
    except receipts.AlreadyReceived as duplicate:
        raise RefusedFile(Finding("duplicate_file", expected=duplicate.earlier)) from duplicate


def describe_changed(submission: Submission, rows: Mapping[str, int]) -> StepOutput:
    """Return a rejection: the bytes under raw/ differ from those received, so they are not read until they
    are restored."""
    findings = [Finding("bytes_changed")]
    return StepOutput("rejected", dict(rows), facts=_facts(submission), findings=findings, lasts=False)


def describe(submission: Submission, earlier_duplicates: Mapping[str, str]) -> StepOutput:
    """Return name, size and hash of the received file; refuse it if the same bytes were received before."""
    facts = _facts(submission)
    if submission.id in earlier_duplicates:
        finding = Finding("duplicate_file", expected=earlier_duplicates[submission.id])
        return StepOutput("refused", facts=facts, findings=[finding])
    return StepOutput("accepted", facts=facts)


def _facts(submission: Submission) -> dict[str, object]:
    return {
        "file_name": submission.file.name,
        "sha256": submission.sha256,
        "bytes": submission.file.stat().st_size,
    }
