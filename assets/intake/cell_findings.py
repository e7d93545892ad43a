"""Findings on cells of a workbook that show a reader something else than the number that they hold.

Number formats, struck-through rows, and sums whose stored result is not the sum of their cells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa

from assets.intake.reading.columns import Column, Grid
from assets.intake.reading.sheets import Sheet
from schemas.findings import Finding, Location, cell_name, column_number


def cell_findings(
    sheet: Sheet, value_columns: Collection[int], label_columns: Collection[int], header: int
) -> Iterator[Finding]:
    """Yield findings on the value columns below the header, and on struck labels beside values.

    Columns and `header` count from 0.
    """
    columns = {position + 1 for position in value_columns}
    yield from _number_formats(sheet, columns, header + 1)
    yield from _struck_rows(sheet, columns, {position + 1 for position in label_columns}, header + 1)
    yield from _stale_sums(sheet, columns, header + 1)


def _number_formats(sheet: Sheet, columns: set[int], header_row: int) -> list[Finding]:
    """Report formats by which a cell shows another number than it holds: a percentage, thousands."""
    by_code: dict[str, Finding] = {}
    for column, code, first, count in sheet.formats:
        if column in columns and first > header_row:
            place = _cell_place(sheet, column, first)
            finding = by_code.setdefault(code, Finding("number_format", value=code, occurrences=0, **place))
            by_code[code] = replace(finding, occurrences=finding.occurrences + count)
    return list(by_code.values())


def as_percentages(sheet: Sheet) -> Sheet:
    """Return the sheet with the numbers that its percent formats show: 32 for 0.32.

    A column of which only some numbers have such a format stays as it is, and its format is reported.
    """
    columns, formats = list(sheet.grid.columns), []
    for fact in sheet.formats:
        column, code, first, count = fact
        texts = columns[column - 1].series()
        is_number = texts.map(lambda text: _NUMBER.fullmatch(text) is not None)
        is_number &= texts.index >= first - 1
        if "%" not in code or int(is_number.sum()) != count:
            formats.append(fact)
            continue
        percentages = texts.where(~is_number, texts.map(_shown_percentage))
        columns[column - 1] = Column(pa.chunked_array([pa.array(percentages.tolist(), pa.string())]))
    grid = Grid(columns, sheet.grid.rows, sheet.grid.widths)
    return replace(sheet, grid=grid, formats=tuple(formats))


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _shown_percentage(text: str) -> str:
    return f"{(Decimal(text) * 100).normalize():f}" if _NUMBER.fullmatch(text) else text


def _struck_rows(
    sheet: Sheet, columns: set[int], label_columns: set[int], header_row: int
) -> Iterator[Finding]:
    """Report the first cell that is struck through, and the number of values: those with a line through
    them, and those in a row of which only a label has one."""
    cells = {
        (row, column)
        for first, column, number in sheet.struck_cells
        for row in range(first, min(first + number, sheet.grid.rows + 1))
        if row > header_row
    }
    values = {(row, column) for row, column in cells if column in columns}
    struck_rows = {row for row, _ in values}
    labels = {(row, column) for row, column in cells if column in label_columns and row not in struck_rows}
    filled = {row: sum(bool(_cell_text(sheet, row, column)) for column in columns) for row, _ in labels}
    labels = {(row, column) for row, column in labels if filled[row]}
    if values or labels:
        row, column = min(values | labels)
        count = len(values) + sum(filled[row] for row in {row for row, _ in labels})
        yield Finding("struck_through", value=str(count), **_cell_place(sheet, column, row))


def _cell_text(sheet: Sheet, row: int, column: int) -> str:
    """Return the text of a cell; rows and columns count from 1."""
    columns = sheet.grid.columns
    return columns[column - 1].text(row - 1).strip() if column <= len(columns) else ""


def _stale_sums(sheet: Sheet, columns: set[int], header_row: int) -> Iterator[Finding]:
    """Report sums whose stored result is not the sum of their cells."""
    for row, column, cells, result in sheet.sums:
        total = _sum(sheet, cells) if column in columns and row > header_row else None
        if total is not None and not math.isclose(total, float(result), abs_tol=1e-6):
            value, expected = (f"{number:.12g}" for number in (float(result), total))
            yield Finding("stale_sum", value=value, expected=expected, **_cell_place(sheet, column, row))


_RANGE = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)", re.IGNORECASE)


def _sum(sheet: Sheet, cells: str) -> float | None:
    """Return the sum of the numbers in a range; None if it holds something that may be a number."""
    match = _RANGE.fullmatch(cells)
    assert match
    first, last = (column_number(match[n]) for n in (1, 3))
    texts = [
        sheet.grid.columns[column - 1].text(row - 1)
        for column in range(first, min(last, len(sheet.grid.columns)) + 1)
        for row in range(int(match[2]), min(int(match[4]), sheet.grid.rows) + 1)
    ]
    try:
        return sum(float(text) for text in texts if text)
    except ValueError:
        return None


def _cell_place(sheet: Sheet, column: int, row: int) -> Location:
    return {"sheet": sheet.name, "source_row": row, "cell": cell_name(column, row)}
