"""Answer to a file as a workbook: wrong cells are coloured and commented, and a sheet lists the corrections.

For an xlsx file it is the sender's workbook, with layout and other cells unchanged; for any other file it
contains the rows as read. For a refused file it has only the sheet of corrections.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from assets.answers.answer import Answer, conclusion_sentence
from assets.answers.causes import Cause, Location
from assets.intake.reading import reading
from assets.intake.reading.sheets import OWN_SHEET, Sheet, Unreadable
from schemas.findings import rules
from schemas.words import number, say
from warehouse.reading.workbook_styles import colour, set_widths, style_heads, wrap

COLOURS = {"error": "FFF4B0AB", "warning": "FFFFE08A"}
MAX_CELLS = 1_000_000
"""Larger files are not copied: nobody corrects them by hand, and a copy takes minutes and gigabytes."""
MAX_LOCATIONS = 500
"""Most locations of a cause that the sheet of corrections lists."""
_AUTHOR = OWN_SHEET
_COMMENT_PREFIX = f"{OWN_SHEET}: "
"""Start of this program's part of a comment, which follows the text of the sender."""


def render_workbook(answer: Answer, file: Path, lang: str) -> Workbook:
    """Write the annotated workbook; only the sheet of corrections for a refused or too large file."""
    sheets = [] if answer.status == "refused" else _sheets(file)
    is_copied = 0 < sum(map(_count_cells, sheets)) <= MAX_CELLS
    original = _open_original(file) if is_copied else None
    book = original or _copy_as_text(sheets if is_copied else [])
    if is_copied:
        for cause in reversed(answer.causes):  # the colour of an error covers that of a warning
            _colour_cells(book, cause)
        for cause in answer.causes:
            _add_comments(book, cause, lang)
    notes = [conclusion_sentence(answer, lang)]
    if answer.status != "refused":
        notes.append(say(f"answer.{'own' if original else 'as_read' if is_copied else 'not_copied'}", lang))
    _add_instructions(book, answer, notes, lang)
    return book


def _sheets(file: Path) -> list[Sheet]:
    """Read all sheets. Returns [] if the file takes more memory or time than the limits allow."""
    with suppress(Unreadable):
        return reading.read_for_inspection(file)
    return []


def _count_cells(sheet: Sheet) -> int:
    """Count the cells that a copy writes: those of the sheet and of its merged ranges, which may be large."""
    merged = sum((last - first + 1) * (right - left + 1) for (first, left), (last, right) in sheet.merged)
    return sheet.grid.rows * len(sheet.grid.columns) + merged


def _open_original(file: Path) -> Workbook | None:
    """Open the sender's workbook. Returns None if the file is not xlsx or openpyxl cannot open it.

    openpyxl fails, with errors of many kinds, on workbooks that can be read otherwise: a workbook of UNODC
    refers to a drawing that does not exist.
    """
    if reading.container_of(file) != "zip" or file.suffix.lower() != ".xlsx":
        return None
    try:
        book = load_workbook(file)
    except Exception:
        return None
    _remove_earlier_answers(book)
    return book


def _remove_earlier_answers(book: Workbook) -> None:
    """Remove an earlier answer from a workbook: its sheet, its colours and its part of the comments."""
    for sheet in book.worksheets:
        if sheet.title.startswith(OWN_SHEET) and sheet["A1"].value == OWN_SHEET:
            book.remove(sheet)
            continue
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.comment):
            sender_text, separator, _ = f"\n{cell.comment.text}".partition(f"\n{_COMMENT_PREFIX}")
            if separator:
                cell.comment = (
                    Comment(sender_text.strip(), cell.comment.author) if sender_text.strip() else None
                )
                if cell.fill.start_color.rgb in COLOURS.values():
                    cell.fill = PatternFill()


def _copy_as_text(sheets: Iterable[Sheet]) -> Workbook:
    """Copy sheets into a workbook cell by cell, as texts: a text that looks like a formula stays a text."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        target = book.create_sheet(sheet.name)
        for row_number, row in enumerate(sheet.rows, start=1):
            for column, text in enumerate(row, start=1):
                if text:
                    cell = target.cell(row_number, column)
                    cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("�", text), "s"
    return book


def _colour_cells(book: Workbook, cause: Cause) -> None:
    for location in cause.locations:
        _find_cell(book, location).fill = colour(COLOURS[cause.severity])


def _add_comments(book: Workbook, cause: Cause, lang: str) -> None:
    """Comment each cell with the problem and its correction, below the text of the sender."""
    for location in cause.locations:
        cell = _find_cell(book, location)
        sentences = [cause.problem(lang), cause.correction(lang)]
        if location.suggestion:
            sentences.append(say("cli.suggestion", lang, suggestion=location.suggestion))
        earlier_text = [cell.comment.text] if cell.comment else []
        cell.comment = Comment(
            "\n".join([*earlier_text, _COMMENT_PREFIX + " ".join(sentences)]), _AUTHOR, height=160, width=320
        )


def _find_cell(book: Workbook, location: Location) -> Any:
    """Return the cell of a location: the first cell of a row, the visible cell of a merged range."""
    sheet = book[location.sheet] if location.sheet else book.worksheets[0]
    cell = sheet[location.cell or f"A{location.row}"]
    if isinstance(cell, MergedCell):
        merged_range = next(merged for merged in sheet.merged_cells.ranges if cell.coordinate in merged)
        return sheet.cell(merged_range.min_row, merged_range.min_col)
    return cell


def _add_instructions(book: Workbook, answer: Answer, notes: list[str], lang: str) -> None:
    """Add the sheet with the corrections for each cause, and open the workbook there."""
    sheet = book.create_sheet(OWN_SHEET)
    for note in (OWN_SHEET, *notes):
        sheet.append([note])
    sheet.append([])
    headers = [say(f"answer.{header}", lang) for header in ("cause", "mend", "places")]
    sheet.append([*headers, say("template.finding", lang), say("template.explanation", lang)])
    style_heads(sheet[sheet.max_row])
    for cause in answer.causes:
        problem = f"{say(f'answer.{cause.severity}', lang)}: {cause.problem(lang)}"
        rule = cause.rule if rules()[cause.rule].may_be_justified else ""
        sheet.append([problem, cause.correction(lang), _list_locations(cause, lang), rule])
        sheet.cell(sheet.max_row, 1).fill = colour(COLOURS[cause.severity])
    if not answer.causes:
        sheet.append([say("answer.nothing_wrong", lang)])
    for row in sheet.iter_rows(min_row=len(notes) + 2):
        for cell in row:
            cell.data_type = "s" if cell.value else cell.data_type
        wrap(row)
    set_widths(sheet, (60, 60, 40, 24, 60))
    book.active = book.index(sheet)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _list_locations(cause: Cause, lang: str) -> str:
    texts = [location.text(lang) for location in cause.locations[:MAX_LOCATIONS]]
    remaining = len(cause.locations) - len(texts)
    return ", ".join(texts) + (f" {say('answer.more', lang, n=number(remaining, lang))}" if remaining else "")
