"""Step 1, submission: a file is kept under raw/, or refused before anything is copied. No reading of rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from assets.intake.privacy.guard import Refused, refuse_if_personal, refuse_if_too_large
from assets.intake.reading import reading
from assets.intake.step import Made
from schemas.findings import Finding
from warehouse.home import Home, Submission, clock, receipts
from warehouse.home.calendar import today
from warehouse.home.durable import hash_now


def receive(
    home: Home,
    file: Path,
    collection: str,
    received_on: date,
    *,
    office: str = "",
    examined: Callable[[], None] | None = None,
) -> Submission:
    """Keep the file as a new submission. Raises Refused, having kept only rule, day and hash.

    `examined` stands in for `examine` where that was begun before: it gives or raises what came of it.
    Raises Wrong, having kept nothing, where the day is this machine's and its clock was set back.
    """
    if received_on == today():
        clock.check_for_receipt(home, collection)
    sha256 = hash_now(file)
    try:
        if examined:
            examined()
        else:
            examine(home, file, collection)
        return _keep(home, file, collection, received_on, office, sha256)
    except Refused as refused:
        reading.forget()
        receipts.note_refusal(home, collection, received_on, rule=refused.finding.rule, sha256=sha256)
        raise


def examine(home: Home, file: Path, collection: str) -> None:
    """Raises Refused if the file is not to be kept: repeated, too large or slow, or it tells of persons."""
    card = home.card(collection)
    sha256 = hash_now(file)
    refuse_if_repeated(home, file, collection, sha256)
    refuse_if_too_large(file)
    refuse_if_personal(file, card, sha256)


def _keep(home: Home, file: Path, collection: str, received_on: date, office: str, sha256: str) -> Submission:
    with _said_as_finding():
        kept = receipts.keep(home, file, collection, received_on, office=office, sha256=sha256)
    vars(kept)["is_changed"] = False  # as it was just copied: the next step need not read it again for that
    return kept


def refuse_if_repeated(home: Home, file: Path, collection: str, sha256: str) -> None:
    """Raises Refused if the collection has received bytes of this hash before."""
    with _said_as_finding():
        receipts.refuse_if_repeated(home, file, collection, sha256)


@contextmanager
def _said_as_finding() -> Iterator[None]:
    try:
        yield
    except receipts.AlreadyReceived as repeated:
        raise Refused(Finding("duplicate_file", expected=repeated.earlier)) from repeated


def changed(submission: Submission, rows: Mapping[str, int]) -> Made:
    """What lies under raw/ is not what was received: nothing of it is read until that is put back."""
    findings = [Finding("bytes_changed")]
    return Made("rejected", dict(rows), facts=_facts(submission), findings=findings, lasts=False)


def describe(submission: Submission, repeated: Mapping[str, str]) -> Made:
    """Name, size and hash of the received file; refused if the same bytes came before."""
    facts = _facts(submission)
    if submission.id in repeated:
        finding = Finding("duplicate_file", expected=repeated[submission.id])
        return Made("refused", facts=facts, findings=[finding])
    return Made("accepted", facts=facts)


def _facts(submission: Submission) -> dict[str, object]:
    return {
        "file_name": submission.file.name,
        "sha256": submission.sha256,
        "bytes": submission.file.stat().st_size,
    }
