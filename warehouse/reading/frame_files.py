"""Files of a client's frame: a workbook for people, an Arrow table for programs. Computes no figure.

exports.py writes whole indicators with their metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.words import say

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from openpyxl.cell import Cell

OPEN = "#N/A"
"""Error value of an unknown upper bound in a workbook: a sum over it is an error too, as it must be."""
_GREATEST_WIDTH = 60


def to_excel(frame: pd.DataFrame, path: Path, lang: str) -> Path:
    """Write a frame, and its caveats and citations on a second sheet. No text becomes a formula."""
    from openpyxl import Workbook

    from warehouse.reading.workbook_styles import HEAD, WRAPPED, set_widths, style_heads

    book = Workbook()
    figures, notes = book.active, book.create_sheet(say("workbook.beside", lang))
    figures.title = say("workbook.figures", lang)
    for row, cells in enumerate([list(frame.columns), *frame.itertuples(index=False, name=None)], start=1):
        for column, value in enumerate(cells, start=1):
            write_cell(figures.cell(row, column), value)
    for row, (key, value) in enumerate(_notes(frame.attrs, lang), start=1):
        write_cell(notes.cell(row, 1), key)
        write_cell(notes.cell(row, 2), value)
        notes.cell(row, 1).font, notes.cell(row, 2).alignment = HEAD, WRAPPED
    style_heads(figures[1])
    figures.freeze_panes = "A2"
    for number, name in enumerate(frame.columns, start=1):
        widest = max([len(str(name)), *(len(str(value)) for value in frame.iloc[:, number - 1])])
        figures.column_dimensions[figures.cell(1, number).column_letter].width = min(
            widest + 2, _GREATEST_WIDTH
        )
    set_widths(notes, (20, 2 * _GREATEST_WIDTH))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_cell(cell: Cell, value: Any) -> None:
    """Write a value to a cell: text as text, an open bound as an error, a missing value as nothing."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("�", value), "s"
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        cell.value, cell.data_type = OPEN, "e"
    elif isinstance(value, datetime):
        cell.value = None if value != value else value.date()
    elif isinstance(value, (bool, int, float, date)) and value == value:
        cell.value = value


def _notes(attrs: Mapping[Any, Any], lang: str) -> Iterator[tuple[str, str]]:
    yield say("workbook.open", lang, mark=OPEN), say("workbook.open_means", lang)
    for key, value in attrs.items():
        text = [f"{name}: {entry}" for name, entry in value.items()] if isinstance(value, dict) else value
        yield say(f"workbook.{key}", lang), "\n".join(text) if isinstance(text, list) else str(text)


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table with its `attrs` as JSON under `lineabase` in the metadata."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = json.dumps(frame.attrs, ensure_ascii=False).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), b"lineabase": metadata})
