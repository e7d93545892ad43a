"""Page to correct cells of a submission: the original is kept, a corrected copy is handed in as a file is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from starlette.responses import Response

from assets.answers.answer import list_findings
from assets.answers.causes import HIDDEN_MARK, Cause, group_by_cause
from assets.corrections import cell_corrections
from assets.corrections.cell_change import CellChange, Uncorrectable
from assets.corrections.csv_cells import CsvCells
from assets.corrections.workbook_cells import WorkbookCells
from assets.intake.processing import Trial, process
from pipelines.desk.hand_in import try_file_of_ticket, uploaded_file, visible_submission
from pipelines.desk.page_request import DeskRequest
from warehouse.home import Submission

MOST_CELLS = 20
"""Number of cells that the page shows at most."""


def show_form(request: DeskRequest) -> Response:
    """Show the cells with findings, and a cell that was asked for, each with its text."""
    submission = visible_submission(request)
    cell_corrections.list_later(request.home, submission)
    cells = cell_corrections.open_cells(request.home, submission)
    requested_cell = (request.query_value("sheet").strip(), request.query_value("cell").strip().upper())
    problems_by_cell = _problems(request, submission, cells)
    if requested_cell[1]:
        problems_by_cell = {requested_cell: [], **problems_by_cell}
    rows = [
        {"sheet": sheet, "cell": cell, "problems": problems, **_cell_facts(cells, sheet, cell)}
        for (sheet, cell), problems in list(problems_by_cell.items())[:MOST_CELLS]
    ]
    return request.show(
        "correct.html.jinja",
        id=submission.id,
        file=submission.file.name,
        rows=rows,
        sheets=cells.sheet_names,
        asked=requested_cell,
    )


def _cell_facts(cells: CsvCells | WorkbookCells, sheet: str, cell: str) -> dict[str, str]:
    text = cells.text(sheet, cell)
    return {"text": text, "was": cell_corrections.fingerprint(text)}


def _problems(
    request: DeskRequest, submission: Submission, cells: CsvCells | WorkbookCells
) -> dict[tuple[str, str], list[str]]:
    """Return the problems of each cell that a finding names, errors first."""
    trial = Trial(request.home, submission, process(request.home, submission))
    problems: dict[tuple[str, str], list[str]] = {}
    for cause in group_by_cause(list_findings(trial)):
        for location in cause.locations[:MOST_CELLS]:
            with suppress(Uncorrectable):  # a sheet of notes, or a place outside of the figures
                text = cells.text(location.sheet, location.cell)
                lines = problems.setdefault((location.sheet, location.cell), [])
                lines.append(_problem(cause, text, request.lang))
    return problems


def _problem(cause: Cause, text: str, lang: str) -> str:
    """Describe a problem with the cell's own text, which the page shows anyway."""
    own_value = {"value": text} if cause.facts["value"] == HIDDEN_MARK else {}
    return replace(cause, facts={**cause.facts, **own_value}).problem(lang)


def try_correction(request: DeskRequest) -> Response:
    """Write the corrected copy and show the answer to it. Nothing is kept until it is handed in."""
    submission, office = visible_submission(request), request.office
    changes = list(_changes(request))
    content, correction = cell_corrections.correct(request.home, submission, changes, request.form["reason"])
    ticket = request.desk.tray.add(submission.file.name, content, request.person.session)
    file = uploaded_file(request, ticket)
    file.correction, file.office = correction, office
    file.decisions = cell_corrections.earlier_decisions(submission)
    return try_file_of_ticket(request, ticket, submission.collection)


def _changes(request: DeskRequest) -> list[tuple[CellChange, str]]:
    """Return the cells of the form that got another text, with the fingerprint of the text it showed."""
    changes: list[tuple[CellChange, str]] = []
    for number in range(MOST_CELLS):
        after = request.form[f"new-{number}"]
        if not after:
            continue
        sheet, cell = request.form.fields.get(f"sheet-{number}", ""), request.form[f"cell-{number}"]
        if any((change.sheet, change.cell) == (sheet, cell) for change, _ in changes):
            raise Uncorrectable("correct.cell_twice", cell=cell)
        changes.append((CellChange(sheet, cell, after), request.form[f"was-{number}"]))
    return [(change, was) for change, was in changes if cell_corrections.fingerprint(change.after) != was]
