"""Bytes of an xlsx, xls or ods workbook to sheets of text. Run apart only.

What the library does not tell of them is found by unshown.py and old_workbooks.py. Called by reading_child.py
alone: whatever a damaged workbook makes the library do, it does it to the child.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from assets.intake.reading.columns import Grid
from assets.intake.reading.old_workbooks import unshown_in_records
from assets.intake.reading.reading import BROKEN, CONTAINER, container_of, describe
from assets.intake.reading.reading_limits import MOST_CELLS, SPARSE_FROM
from assets.intake.reading.sheets import OWN_SHEET, Sheet, Unreadable
from assets.intake.reading.unshown import Extent, Unshown, unshown_in_parts
from schemas.cards.card_file import File, TemplateSheets
from schemas.findings import Finding


def read(path: Path, file: File, decimal: str, *, only_visible: bool) -> list[Sheet]:
    """The sheets that the format names; where it names none, all or the visible ones. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    broken = (*BROKEN, CalamineError, PasswordError, ElementTree.ParseError)
    if container_of(path) != CONTAINER[file.type]:
        raise Unreadable(Finding("unreadable_file", expected=describe(file)))
    try:
        unshown = unshown_in_parts(path)
        content = path.read_bytes()
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if container_of(path) == "ole":
            unshown = dict(zip(workbook.sheet_names, unshown_in_records(content), strict=True))
        visible = [m.name for m in workbook.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        answers = {name for name in workbook.sheet_names if _is_answer(workbook, name)}
        visible = [name for name in visible if name not in answers]
        stamp = _stamp(workbook, file.template)
        # The template's own sheets hold no rows and are made by this program, so nobody is told of them. The
        # guard asks with a `file` that names no template: it looks into them as into any other sheet.
        own = file.template.passed_over if file.template else set()
        wanted = file.sheets or (visible if only_visible else workbook.sheet_names)
        wanted = [file.template.fill] if file.template and stamp else [n for n in wanted if n not in own]
        for name in wanted:
            if name not in workbook.sheet_names:
                found = ", ".join(workbook.sheet_names)
                raise Unreadable(Finding("missing_sheet", expected=name, value=found))
        beside = [name for name in workbook.sheet_names if name not in {*wanted, *own, *answers}]
        filled = [n for n in beside if workbook.get_sheet_by_name(n).start is not None]
        sheets = [
            _sheet(name, workbook.get_sheet_by_name(name), decimal, unshown.get(name, Unshown()))
            for name in wanted
        ]
        others, hidden = (tuple(n for n in filled if (n in visible) == shown) for shown in (True, False))
        told = [(sheet, sheet.name not in visible) for sheet in sheets]
        return [replace(s, others=others, hidden_sheets=hidden, is_hidden=h, stamp=stamp) for s, h in told]
    except broken as error:
        raise Unreadable(Finding("unreadable_file", expected=describe(file))) from error


def _stamp(workbook: Any, template: TemplateSheets | None) -> tuple[str, ...]:
    """What the template's hidden sheet says, row by row in its second column; nothing of another workbook."""
    if template is None or template.stamp not in workbook.sheet_names:
        return ()
    rows = workbook.get_sheet_by_name(template.stamp).iter_rows()
    return tuple(_text(row[1], ".") for row in rows if len(row) > 1)


def _is_answer(workbook: Any, name: str) -> bool:
    """Whether this program added the sheet: a sender's own of that name begins otherwise.

    Where the name was taken, by the template's hidden sheet for one, a number follows it.
    """
    if not name.startswith(OWN_SHEET):
        return False
    first = workbook.get_sheet_by_name(name).to_python(nrows=1)
    return bool(first) and first[0][:1] == [OWN_SHEET]


def _sheet(name: str, sheet: Any, decimal: str, unshown: Unshown) -> Sheet:
    _extent(sheet).refuse_if_too_large(name)
    grid = Grid.of(_rows(sheet, decimal, unshown.texts))
    hidden, columns = _within(unshown.rows, grid.rows), _within(unshown.columns, len(grid.columns))
    merged = tuple(sheet.merged_cell_ranges or ())
    return Sheet(name, grid, merged, hidden=hidden, hidden_columns=columns)


def _extent(sheet: Any) -> Extent:
    """How far a sheet reaches, as the library laid it out: of an old workbook nothing told it before."""
    if sheet.end is None:
        return Extent()
    row, column = (last + 1 for last in sheet.end)
    filled = row * column
    if SPARSE_FROM < filled <= MOST_CELLS:
        filled = sum(len(cells) - cells.count("") for cells in sheet.iter_rows())
    return Extent(row, column, filled)


def _rows(sheet: Any, decimal: str, unshown: dict[int, dict[int, str]]) -> Iterator[list[str]]:
    """The rows from A1 on, one at a time: the sheet's own cells begin where its first one stands.

    Texts that the library reads as blank may lie beside its last column and below its last row.
    """
    number, rows = 0, sheet.iter_rows() if sheet.start is not None else ()
    before = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(rows, start=1):
        row = before + [cell if type(cell) is str else _text(cell, decimal) for cell in cells]
        yield _filled(row, unshown.get(number, {})) if number in unshown else row
    for below in range(number + 1, max(unshown, default=0) + 1):
        yield _filled([], unshown.get(below, {}))


def _filled(row: list[str], texts: dict[int, str]) -> list[str]:
    """A row with these texts by column, as long as they ask."""
    row += [""] * (max(texts, default=0) - len(row))
    for column, text in texts.items():
        row[column - 1] = text
    return row


def _within(spans: tuple[tuple[int, int], ...], most: int) -> tuple[int, ...]:
    """The numbers of the spans, up to what a sheet has."""
    return tuple(number for first, last in spans for number in range(first, min(last, most) + 1))


def _text(cell: object, decimal: str) -> str:
    """A workbook's cell as the sheet shows it, without number formats."""
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case float():
            return str(cell).replace(".", decimal)
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time() | timedelta():
            return str(cell)
        case _:
            return str(cell)
