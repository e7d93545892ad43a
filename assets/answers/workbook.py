"""The answer to a file as a workbook: bad cells coloured and commented, and a sheet of what to do.

Of an xlsx file it is the sender's own, with layout and other cells as they were; of any other the rows as
they were read. Of a refused file there is the sheet of what to do alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from assets.answers.answer import Answer, conclusion
from assets.answers.causes import Cause, Place
from assets.intake.reading import reading
from assets.intake.reading.sheets import OWN_SHEET, Sheet, Unreadable
from schemas.words import number, say

COLOURS = {"error": "FFF4B0AB", "warning": "FFFFE08A"}
MOST_CELLS = 1_000_000
"""A file of more cells is not copied: nobody mends it by hand, and a copy takes minutes and gigabytes."""
PLACES = 500
"""So many places of a cause are named on the sheet of what to do."""
_AUTHOR = OWN_SHEET
_BEGINS = f"{OWN_SHEET}: "
"""How what this program says in a comment begins, below what somebody wrote there."""


def workbook(answer: Answer, file: Path, lang: str) -> Workbook:
    """The annotated workbook; of a refused file, or one too large to copy, the sheet of what to do alone."""
    sheets = [] if answer.status == "refused" else _sheets(file)
    copied = 0 < sum(map(_size, sheets)) <= MOST_CELLS
    own = _own(file) if copied else None
    book = own or _as_read(sheets if copied else [])
    if copied:
        for cause in reversed(answer.causes):  # an error's colour covers a remark's
            _colour(book, cause)
        for cause in answer.causes:
            _comment(book, cause, lang)
    notes = [conclusion(answer, lang)]
    if answer.status != "refused":
        notes.append(say(f"answer.{'own' if own else 'as_read' if copied else 'not_copied'}", lang))
    _what_to_do(book, answer, notes, lang)
    return book


def _sheets(file: Path) -> list[Sheet]:
    """All sheets; none of a file that takes more than there is for one."""
    with suppress(Unreadable):
        return reading.look(file)
    return []


def _size(sheet: Sheet) -> int:
    """So many cells a copy makes: those of the sheet, and those of merged ranges, however far they reach."""
    merged = sum((last - first + 1) * (right - left + 1) for (first, left), (last, right) in sheet.merged)
    return sheet.grid.rows * len(sheet.grid.columns) + merged


def _own(file: Path) -> Workbook | None:
    """The sender's own workbook; None where the file is no xlsx, or one that openpyxl cannot open.

    It gives up, with errors of many kinds, on workbooks that are read well: UNODC's names a drawing that
    is not there.
    """
    if reading.container_of(file) != "zip" or file.suffix.lower() != ".xlsx":
        return None
    try:
        book = load_workbook(file)
    except Exception:
        return None
    _without_earlier_answers(book)
    return book


def _without_earlier_answers(book: Workbook) -> None:
    """An answer that comes back says nothing any more: its sheet, its colours and its part of comments go."""
    for sheet in book.worksheets:
        if sheet.title.startswith(OWN_SHEET) and sheet["A1"].value == OWN_SHEET:
            book.remove(sheet)
            continue
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.comment):
            theirs, found, _ = f"\n{cell.comment.text}".partition(f"\n{_BEGINS}")
            if found:
                cell.comment = Comment(theirs.strip(), cell.comment.author) if theirs.strip() else None
                if cell.fill.start_color.rgb in COLOURS.values():
                    cell.fill = PatternFill()


def _as_read(sheets: Iterable[Sheet]) -> Workbook:
    """A workbook of texts, cell by cell; a text that begins as a formula is none."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        target = book.create_sheet(sheet.name)
        for n, row in enumerate(sheet.rows, start=1):
            for place, text in enumerate(row, start=1):
                if text:
                    cell = target.cell(n, place)
                    cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("�", text), "s"
    return book


def _colour(book: Workbook, cause: Cause) -> None:
    for place in cause.places:
        _cell(book, place).fill = PatternFill("solid", start_color=COLOURS[cause.severity])


def _comment(book: Workbook, cause: Cause, lang: str) -> None:
    """Say at each cell what is wrong and what to do, below what somebody wrote there."""
    for place in cause.places:
        cell = _cell(book, place)
        said = [cause.what(lang), cause.mend(lang)]
        if place.suggestion:
            said.append(say("cli.suggestion", lang, suggestion=place.suggestion))
        before = [cell.comment.text] if cell.comment else []
        cell.comment = Comment("\n".join([*before, _BEGINS + " ".join(said)]), _AUTHOR, height=160, width=320)


def _cell(book: Workbook, place: Place) -> Any:
    """The cell of a place, of a row the first; of merged cells the one that is shown."""
    sheet = book[place.sheet] if place.sheet else book.worksheets[0]
    cell = sheet[place.cell or f"A{place.row}"]
    if isinstance(cell, MergedCell):
        whole = next(merged for merged in sheet.merged_cells.ranges if cell.coordinate in merged)
        return sheet.cell(whole.min_row, whole.min_col)
    return cell


def _what_to_do(book: Workbook, answer: Answer, notes: list[str], lang: str) -> None:
    """Add the sheet that says it cause by cause, and open the workbook there."""
    sheet = book.create_sheet(OWN_SHEET)
    for note in (OWN_SHEET, *notes):
        sheet.append([note])
    heads = ("cause", "mend", "places")
    sheet.append([])
    sheet.append([say(f"answer.{head}", lang) for head in heads])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for cause in answer.causes:
        what = f"{say(f'answer.{cause.severity}', lang)}: {cause.what(lang)}"
        sheet.append([what, cause.mend(lang), _places(cause, lang)])
        sheet.cell(sheet.max_row, 1).fill = PatternFill("solid", start_color=COLOURS[cause.severity])
    if not answer.causes:
        sheet.append([say("answer.nothing_wrong", lang)])
    for row in sheet.iter_rows(min_row=len(notes) + 2):
        for cell in row:
            cell.data_type = "s" if cell.value else cell.data_type
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABC", (60, 60, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    book.active = book.index(sheet)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _places(cause: Cause, lang: str) -> str:
    named = [place.said(lang) for place in cause.places[:PLACES]]
    left = len(cause.places) - len(named)
    return ", ".join(named) + (f" {say('answer.more', lang, n=number(left, lang))}" if left else "")
