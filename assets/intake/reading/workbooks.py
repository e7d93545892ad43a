"""Reading of xlsx, xls and ods workbooks into sheets of text. Runs only in the reading child.

hidden_content.py and xls_records.py find content that the library does not report. Only reading_child.py
calls this module: if a damaged workbook breaks the library, only the child is affected.
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
from assets.intake.reading.hidden_content import Extent, HiddenContent, hidden_content_of_parts
from assets.intake.reading.reading import BROKEN_FILE_ERRORS, CONTAINER, container_of, type_label
from assets.intake.reading.reading_limits import MOST_CELLS, SPARSE_FROM
from assets.intake.reading.sheets import OWN_SHEET, Sheet, Unreadable
from assets.intake.reading.xls_records import hidden_content_of_records
from schemas.cards.card_file import File, TemplateSheets
from schemas.findings import Finding


def read(path: Path, file: File, decimal: str, *, only_visible: bool) -> list[Sheet]:
    """Read the sheets that the format names; without names, all or the visible ones. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    reading_errors = (*BROKEN_FILE_ERRORS, CalamineError, PasswordError, ElementTree.ParseError)
    if container_of(path) != CONTAINER[file.type]:
        raise Unreadable(Finding("unreadable_file", expected=type_label(file)))
    try:
        hidden_content = hidden_content_of_parts(path)
        content = path.read_bytes()
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if container_of(path) == "ole":
            hidden_content = dict(zip(workbook.sheet_names, hidden_content_of_records(content), strict=True))
        visible = [m.name for m in workbook.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        answer_names = {name for name in workbook.sheet_names if _is_answer(workbook, name)}
        visible = [name for name in visible if name not in answer_names]
        stamp = _stamp(workbook, file.template)
        # The template's own sheets hold no rows and are made by this program, so they are not reported. The
        # guard passes a `file` without a template, and so searches them like any other sheet.
        own_names = file.template.help_sheets if file.template else set()
        wanted_names = file.sheets or (visible if only_visible else workbook.sheet_names)
        wanted_names = (
            [file.template.fill]
            if file.template and stamp
            else [n for n in wanted_names if n not in own_names]
        )
        for name in wanted_names:
            if name not in workbook.sheet_names:
                sheet_names = ", ".join(workbook.sheet_names)
                raise Unreadable(Finding("missing_sheet", expected=name, value=sheet_names))
        other_names = [
            name for name in workbook.sheet_names if name not in {*wanted_names, *own_names, *answer_names}
        ]
        filled_names = [n for n in other_names if workbook.get_sheet_by_name(n).start is not None]
        sheets = [
            _sheet(name, workbook.get_sheet_by_name(name), decimal, hidden_content.get(name, HiddenContent()))
            for name in wanted_names
        ]
        others, hidden_names = (
            tuple(n for n in filled_names if (n in visible) == is_visible) for is_visible in (True, False)
        )
        noted_names = [*answer_names, *([file.template.notes] if file.template and stamp else [])]
        noted_rows = (_first_rows(workbook, name) for name in noted_names if only_visible)
        common: Any = {"others": others, "hidden_sheets": hidden_names, "stamp": stamp}
        common["answers"] = tuple(row for rows in noted_rows for row in rows)
        return [replace(sheet, is_hidden=sheet.name not in visible, **common) for sheet in sheets]
    except reading_errors as error:
        raise Unreadable(Finding("unreadable_file", expected=type_label(file))) from error


_NOTED_ROWS, _NOTED_COLUMNS = 500, 6


def _first_rows(workbook: Any, name: str) -> list[list[str]]:
    """Return the first cells of a sheet of notes; none if the sender removed it."""
    if name not in workbook.sheet_names:
        return []
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_NOTED_ROWS)
    return [[_text(cell, ".") for cell in row[:_NOTED_COLUMNS]] for row in rows]


def _stamp(workbook: Any, template: TemplateSheets | None) -> tuple[str, ...]:
    """Return the second column of the template's hidden sheet, row by row; empty for other workbooks."""
    if template is None or template.stamp not in workbook.sheet_names or _is_answer(workbook, template.stamp):
        return ()
    rows = workbook.get_sheet_by_name(template.stamp).iter_rows()
    return tuple(_text(row[1], ".") for row in rows if len(row) > 1)


def _is_answer(workbook: Any, name: str) -> bool:
    """Check if this program added the sheet. A sender's own sheet of that name begins differently.

    If the name was in use, by the template's hidden sheet for example, a number follows it.
    """
    if not name.startswith(OWN_SHEET):
        return False
    first = workbook.get_sheet_by_name(name).to_python(nrows=1)
    return bool(first) and first[0][:1] == [OWN_SHEET]


def _sheet(name: str, sheet: Any, decimal: str, hidden_content: HiddenContent) -> Sheet:
    _extent(sheet).refuse_if_too_large(name)
    grid = Grid.from_rows(_rows(sheet, decimal, hidden_content.texts))
    hidden_rows, hidden_columns = (
        _expand_ranges(hidden_content.rows, grid.rows),
        _expand_ranges(hidden_content.columns, len(grid.columns)),
    )
    merged = tuple(sheet.merged_cell_ranges or ())
    return Sheet(
        name,
        grid,
        merged,
        hidden_rows=hidden_rows,
        hidden_columns=hidden_columns,
        formats=hidden_content.formats,
        struck_cells=hidden_content.struck_cells,
        sums=hidden_content.sums,
    )


def _extent(sheet: Any) -> Extent:
    """Return the extent of a sheet as the library laid it out; for an xls workbook this is the first
    check."""
    if sheet.end is None:
        return Extent()
    row, column = (last + 1 for last in sheet.end)
    filled_cells = row * column
    if SPARSE_FROM < filled_cells <= MOST_CELLS:
        filled_cells = sum(len(cells) - cells.count("") for cells in sheet.iter_rows())
    return Extent(row, column, filled_cells)


def _rows(sheet: Any, decimal: str, hidden_texts: dict[int, dict[int, str]]) -> Iterator[list[str]]:
    """Yield the rows from A1 on; the sheet's own cells begin at its first filled cell.

    Texts that the library reads as blank may lie beyond its last column and its last row.
    """
    number, rows = 0, sheet.iter_rows() if sheet.start is not None else ()
    leading_blanks = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(rows, start=1):
        row = leading_blanks + [cell if type(cell) is str else _text(cell, decimal) for cell in cells]
        yield _insert_texts(row, hidden_texts.get(number, {})) if number in hidden_texts else row
    for below in range(number + 1, max(hidden_texts, default=0) + 1):
        yield _insert_texts([], hidden_texts.get(below, {}))


def _insert_texts(row: list[str], texts: dict[int, str]) -> list[str]:
    """Insert texts into a row by column, extending it if necessary."""
    row += [""] * (max(texts, default=0) - len(row))
    for column, text in texts.items():
        row[column - 1] = text
    return row


def _expand_ranges(spans: tuple[tuple[int, int], ...], size: int) -> tuple[int, ...]:
    """Return the numbers in the ranges, up to the size of the sheet."""
    return tuple(number for first, last in spans for number in range(first, min(last, size) + 1))


def _text(cell: object, decimal: str) -> str:
    """Return a workbook's cell as text, without number formats."""
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
