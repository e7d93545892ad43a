"""Correction of cells of a kept submission: if it is possible, on which file, and the corrected file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from assets.corrections.cell_change import CellChange, Uncorrectable
from assets.corrections.csv_cells import CsvCells
from assets.corrections.workbook_cells import WorkbookCells
from assets.decisions.justifications import record_justifications
from assets.intake.reading import reading
from assets.intake.step import OBSERVATIONS, RECORDS
from schemas.cards.card_file import File
from schemas.findings import Finding
from schemas.personal_data import find_in_text, find_names
from warehouse.home import Home, Submission, corrections
from warehouse.home.corrections import Correction, NotCorrectable
from warehouse.home.frames import frame_path, read_arrow
from warehouse.home.step_results import LAST_STEP, read_result, status_of

LARGEST_FILE = 8 * 2**20
"""Largest size in bytes of a file that is corrected on the page. Nobody looks for a cell in a larger one."""
LONGEST_REASON = 1_000
_UNUSABLE = ("rejected", "refused")
"""Statuses of submissions that never replace another."""
_SCOPE = ("reporting_country", "period_start", "frequency")


def fingerprint(text: str) -> str:
    """Return a short hash of a cell's text, by which a form names the text that it showed."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def list_later(home: Home, submission: Submission) -> list[str]:
    """List the submissions after one that may be corrected. Raises NotCorrectable if it may not."""
    if day := submission.withdrawn_on:
        raise NotCorrectable("correct.withdrawn", submission=submission.id, day=day)
    if submission.is_changed:
        raise NotCorrectable("correct.bytes_changed", submission=submission.id)
    if other := corrections.find_correction(home, submission):
        raise NotCorrectable("correct.corrected", submission=submission.id, by=other.id)
    later = [s for s in home.submissions(submission.collection) if s.order > submission.order]
    for other in later:
        if _replaces(home, other, submission):
            raise NotCorrectable("correct.superseded", submission=submission.id, by=other.id)
    return [other.id for other in later]


def may_be_corrected(home: Home, submission: Submission) -> bool:
    """Check if cells of a submission may be corrected, whatever its file is."""
    try:
        list_later(home, submission)
    except NotCorrectable:
        return False
    return True


def _replaces(home: Home, later: Submission, submission: Submission) -> bool:
    """Check if a later submission replaces this one, or will once it is read or confirmed."""
    result = read_result(home, later.id, LAST_STEP)
    if later.withdrawn_on or (result and status_of(later, result) in _UNUSABLE):
        return False
    card = home.card(submission.collection)
    if card.declaration or card.collection.delivery == "full":
        return True
    scopes, later_scopes = _scopes(home, submission), _scopes(home, later)
    return scopes is None or later_scopes is None or bool(scopes & later_scopes)


def _scopes(home: Home, submission: Submission) -> set[str] | None:
    """Return countries and periods of a delivery by period; None if it was not read as far as that."""
    if not frame_path(home, submission.id, OBSERVATIONS.name).exists():
        return None
    tables = [read_arrow(home, submission.id, name, [*_SCOPE]) for name in (OBSERVATIONS.name, "quarantined")]
    parts = [pa.concat_tables([t.select([name]) for t in tables])[name].cast(pa.string()) for name in _SCOPE]
    return set(pc.drop_null(pc.binary_join_element_wise(*parts, " ")).to_pylist())


def open_cells(home: Home, submission: Submission) -> CsvCells | WorkbookCells:
    """Return the cells of a submission's file. Raises Uncorrectable with what to do instead."""
    file, path = _file_of(home, submission), submission.file
    if path.stat().st_size > LARGEST_FILE:
        raise Uncorrectable("correct.too_large")
    kind = reading.container_of(path)
    if kind == "zip" and path.suffix.lower() == ".xlsx":
        return WorkbookCells(path, file.template.help_sheets if file and file.template else ())
    if kind is None and path.suffix.lower() in _TEXT_SUFFIXES:
        return _csv_cells(submission, file)
    raise Uncorrectable("correct.other_type", file=path.name)


_TEXT_SUFFIXES = (".csv", ".txt", ".tsv")


def _file_of(home: Home, submission: Submission) -> File | None:
    """Return the layout by which the file was read; None if it was read by none."""
    result, card = read_result(home, submission.id, RECORDS.name), home.card(submission.collection)
    name = str(result.facts.get("format", "")) if result else ""
    return next((fmt.file for fmt in card.formats() if fmt.name == name), None)


def _csv_cells(submission: Submission, file: File | None) -> CsvCells:
    """Return the cells of a text by its format, or else by its regular form."""
    content = submission.file.read_bytes()
    if file and file.type == "csv":
        return CsvCells(content, file.delimiter, ("utf-8", file.encoding))
    sheets = reading.read_for_inspection(submission.file)
    if not sheets or not sheets[0].text_form:
        raise Uncorrectable("correct.unread")
    delimiter, encoding = sheets[0].text_form
    return CsvCells(content, delimiter, (encoding,))


def correct(
    home: Home, submission: Submission, changes: Sequence[tuple[CellChange, str]], reason: str
) -> tuple[bytes, Correction]:
    """Return the corrected file and what its history notes of the correction.

    Each change comes with the fingerprint of the text that the page showed. Raises Uncorrectable,
    NotCorrectable.
    """
    if not changes:
        raise Uncorrectable("correct.nothing_changed")
    _check_reason(reason)
    later, cells = list_later(home, submission), open_cells(home, submission)
    for change, page_text in changes:
        if fingerprint(cells.text(change.sheet, change.cell)) != page_text:
            raise Uncorrectable("correct.cell_differs", cell=change.cell)
    content = cells.correct([change for change, _ in changes])
    names = [" ".join(filter(None, (change.sheet, change.cell))) for change, _ in changes]
    senders = corrections.list_senders(submission)
    return content, Correction(submission.id, submission.sha256, names, reason, senders, later)


def _check_reason(reason: str) -> None:
    """Raise Uncorrectable for a reason that cannot be kept."""
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Uncorrectable("correct.reason_length", longest=LONGEST_REASON)
    if kind := find_in_text(reason) or find_names(reason):
        raise Uncorrectable("correct.personal", kind=kind)


def earlier_decisions(submission: Submission) -> dict[str, str]:
    """Return why findings of the guard in the original are no personal data, with the office that decided."""
    events = [event for event in submission.events() if event["event"] == "not_personal"]
    return {event["finding"]: f"{event['reason']} ({event['office']})" for event in events}


def repeat_justifications(
    home: Home,
    original: Submission,
    submission: Submission,
    findings: Iterable[Finding],
    but: Collection[str] = (),
) -> None:
    """Record the original's explanations of findings that the corrected file still has, but of some rules."""
    remaining = list(findings)
    for justification in original.admission_state.justifications:
        if justification.rule in but:
            continue
        reasons = {justification.rule: justification.reason}
        record_justifications(home, submission, remaining, reasons, office=justification.office)
