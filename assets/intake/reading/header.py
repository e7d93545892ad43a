"""A table's header: its names, also of several levels; and what stands beside the table, as in its title.

Knows sheets and the card's `at`. Which format a file has, and what is wrong with its header, is records.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from assets.intake.reading.columns import Column, Grid, Mask, Numbers
from assets.intake.reading.sheets import Sheet
from schemas import patterns
from schemas.cards.format_card import LEVELS_JOINED, At


def names_of(sheet: Sheet, header: int, levels: int = 1) -> list[str]:
    """The names of the columns, without trailing blank ones; `header` is the last of its rows, from 0.

    A name of an upper level holds for the columns to its right that have a name below it: as far as the
    merged cell goes, or, where no cells are merged, until the next name.
    """
    top = header - levels + 1
    if top < 0 or header >= sheet.grid.rows:
        return []
    rows = [[cell.strip() for cell in sheet.grid.row(number)] for number in range(top, header + 1)]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    below = rows[-1]
    for level in range(levels - 2, -1, -1):
        upper = _carried(sheet, top + level, rows[level], below)
        pairs = zip(upper, below, strict=True)
        below = [LEVELS_JOINED.join(filter(None, pair)) for pair in pairs]
    while below and not below[-1]:
        below.pop()
    return below


def _carried(sheet: Sheet, row: int, upper: list[str], below: list[str]) -> list[str]:
    """The names of an upper level, each as far to the right as it holds."""
    spans = {left: right for (first, left), (_, right) in sheet.merged if first == row and right > left}
    carried, name, until = [], "", -1
    for place, cell in enumerate(upper):
        if cell:
            name = cell if below[place] else ""
            until = spans.get(place, place) if spans else len(upper)
            carried.append(cell)
        else:
            name = name if below[place] and place <= until else ""
            carried.append(name)
    return carried


def unmarked(sheet: Sheet, marks: list[str]) -> Sheet:
    """The sheet without the footnote marks that its cells end with."""
    if not marks:
        return sheet
    columns = [
        Column(pa.chunked_array([[_unmarked(t, marks) for t in c.texts.to_pylist()]], pa.string()), c.codes)
        for c in sheet.grid.columns
    ]
    return replace(sheet, grid=Grid(columns, sheet.grid.rows, sheet.grid.widths))


def _unmarked(text: str, marks: list[str]) -> str:
    """A mark that begins with a letter or digit is one only after a blank: `12 1/`, not `121/`."""
    kept = text.rstrip()
    while (before := _without_mark(kept, marks)) is not None:
        text = before
        kept = text.rstrip()
    return text


def _without_mark(kept: str, marks: list[str]) -> str | None:
    for mark in marks:
        before = kept.removesuffix(mark)
        if before != kept and (not mark[0].isalnum() or before[-1:].isspace()):
            return before
    return None


def filled_down(column: Column, layout: Mask) -> Column:
    """The column with each blank cell saying what the one above says; notes say nothing."""
    says = ~column.blank() & ~layout
    above: Numbers = np.maximum.accumulate(np.where(says, np.arange(len(column)), -1))
    known = above >= 0
    return column.take(np.where(known, above, np.arange(len(column))))


def text_at(sheet: Sheet, place: At, top: int) -> str | None:
    """What the sheet says at a place beside its table, whose header begins in row `top`; None for nothing."""
    if place.sheet:
        texts = [sheet.name or ""]
    elif place.cell is not None:
        row, column = place.position()
        texts = [sheet.grid.row(row)[column]] if _has(sheet.grid, row, column) else []
    else:
        texts = [cell for row in sheet.first(top) for cell in row]
    matched = {text for text in (_matched(text.strip(), place.pattern) for text in texts) if text}
    return matched.pop() if len(matched) == 1 else None


def _has(grid: Grid, row: int, column: int) -> bool:
    return row < grid.rows and column < grid.width(row)


def _matched(text: str, pattern: str | None) -> str | None:
    if pattern is None:
        return text
    match = patterns.find(pattern, text)
    return match[1 if match.re.groups else 0] if match else None
