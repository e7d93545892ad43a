"""Headers of tables: column names, also of several levels, and texts outside the table such as its title.

This module knows sheets and the card's `at`. records.py chooses a file's format and reports errors in its
header.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from assets.intake.reading.columns import Column, Grid, Mask, Numbers
from assets.intake.reading.sheets import Sheet
from schemas import patterns
from schemas.cards.card_file import File
from schemas.cards.format_card import LEVELS_JOINED, TEMPLATE, OutsideText
from schemas.cards.template import STAMP_MARK


def header_names(sheet: Sheet, header: int, file: File) -> list[str]:
    """Return the names of the columns, without trailing blank ones. `header` is the last header row, from 0.

    A name of an upper level applies to the columns to its right that have a name below it: as far as the
    merged cell reaches, or up to the next name if no cells are merged. A cell that the card splits names
    several columns.
    """
    levels = file.header_rows
    top = header - levels + 1
    if top < 0 or header >= sheet.grid.rows:
        return []
    rows = [[cell.strip() for cell in sheet.grid.row(number)] for number in range(top, header + 1)]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    below = rows[-1]
    for level in range(levels - 2, -1, -1):
        upper = _spread_names(sheet, top + level, rows[level], below)
        pairs = zip(upper, below, strict=True)
        below = [LEVELS_JOINED.join(filter(None, pair)) for pair in pairs]
    while below and not below[-1]:
        below.pop()
    return [name for cell in below for name in file.split_headers.get(cell, [cell])]


def _spread_names(sheet: Sheet, row: int, upper: list[str], below: list[str]) -> list[str]:
    """Repeat each name of an upper level to the right, as far as it applies."""
    spans = {left: right for (first, left), (_, right) in sheet.merged if first == row and right > left}
    spread_names, name, until = [], "", -1
    for position, cell in enumerate(upper):
        if cell:
            name = cell if below[position] else ""
            until = spans.get(position, position) if spans else len(upper)
            spread_names.append(cell)
        else:
            name = name if below[position] and position <= until else ""
            spread_names.append(name)
    return spread_names


def without_footnote_marks(sheet: Sheet, marks: list[str]) -> Sheet:
    """Remove the footnote marks at the end of the sheet's cells."""
    if not marks:
        return sheet
    columns = [
        Column(
            pa.chunked_array([[_strip_marks(t, marks) for t in c.texts.to_pylist()]], pa.string()), c.codes
        )
        for c in sheet.grid.columns
    ]
    return replace(sheet, grid=Grid(columns, sheet.grid.rows, sheet.grid.widths))


def _strip_marks(text: str, marks: list[str]) -> str:
    """Remove all marks at the end of a text. A mark that begins with a letter or digit needs a blank before
    it: `12 1/`, not `121/`."""
    stripped_text = text.rstrip()
    while (before := _strip_mark(stripped_text, marks)) is not None:
        text = before
        stripped_text = text.rstrip()
    return text


def _strip_mark(text: str, marks: list[str]) -> str | None:
    for mark in marks:
        before = text.removesuffix(mark)
        if before != text and (not mark[0].isalnum() or before[-1:].isspace()):
            return before
    return None


def fill_down(column: Column, layout: Mask) -> Column:
    """Fill each blank cell with the text above it, except in notes."""
    has_text = ~column.blank() & ~layout
    above: Numbers = np.maximum.accumulate(np.where(has_text, np.arange(len(column)), -1))
    has_text_above = above >= 0
    return column.take(np.where(has_text_above, above, np.arange(len(column))))


def text_at(sheet: Sheet, location: OutsideText, top: int) -> str | None:
    """Return the sheet's text at a location outside its table; None if there is none or several.

    `top` is the first row of the header.
    """
    if location.sheet:
        texts = [sheet.name or ""]
    elif location.cell is not None:
        row, column = location.position()
        texts = [sheet.grid.row(row)[column]] if _contains_cell(sheet.grid, row, column) else []
    else:
        texts = [cell for row in sheet.first(top) for cell in row]
    matching_texts = {
        part for text in texts for part in _matching_parts(text.strip(), location.pattern) if part
    }
    return matching_texts.pop() if len(matching_texts) == 1 else None


def _contains_cell(grid: Grid, row: int, column: int) -> bool:
    return row < grid.rows and column < grid.width(row)


def _matching_parts(text: str, pattern: str | None) -> list[str | None]:
    """Return each part of the text that fits: a title of two years has two, and so has `2022-23`."""
    if pattern is None:
        return [text]
    matches = patterns.find_all(pattern, text)
    if matches and matches[0].re.groups:
        return [match[1] for match in matches]
    after = [(match[0], _SHORT_YEAR.match(text[match.end() :])) for match in matches]
    second_years = [short[0] for year, short in after if short and _is_next_year(year, short[1])]
    return [match[0] for match in matches] + second_years


_SHORT_YEAR = re.compile(r"\s*[-–/]\s*(\d\d)(?!\d)")
"""The second year of `2022-23`."""


def _is_next_year(year: str, short: str) -> bool:
    return bool(re.fullmatch(r"\d{4}", year)) and int(short) == (int(year) + 1) % 100


_STAMP_LINE = re.compile(rf"{STAMP_MARK}({TEMPLATE}\w+) (\d+)(?: (\S+))?")


def stamp_of(sheet: Sheet) -> tuple[str, ...]:
    """Return template, version and collection that a workbook or the first line of a text names, or ()."""
    if sheet.stamp or not sheet.grid.rows:
        return sheet.stamp
    match = _STAMP_LINE.fullmatch(sheet.grid.columns[0].text(0).strip().strip('"'))
    return tuple(part or "" for part in match.groups()) if match else ()
