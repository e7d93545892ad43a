"""Taking a frame out of the client: a workbook for people, an Arrow table for programs. Computes no figure.

Whole indicators as files, with their metadata beside, are exports.py's.
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
"""What a workbook shows where nobody knows how many more: a sum over it is none, as it must be."""
_WIDEST = 60


def to_excel(frame: pd.DataFrame, path: Path, lang: str) -> Path:
    """Write a frame and, on a sheet of its own, what must stand beside it. No text of it is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    figures, beside = book.active, book.create_sheet(say("workbook.beside", lang))
    figures.title = say("workbook.figures", lang)
    for row, told in enumerate([list(frame.columns), *frame.itertuples(index=False, name=None)], start=1):
        for column, value in enumerate(told, start=1):
            write_cell(figures.cell(row, column), value)
    for row, (key, value) in enumerate(_beside(frame.attrs, lang), start=1):
        write_cell(beside.cell(row, 1), key)
        write_cell(beside.cell(row, 2), value)
        beside.cell(row, 1).font = Font(bold=True)
        beside.cell(row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    for cell in figures[1]:
        cell.font = Font(bold=True)
    figures.freeze_panes = "A2"
    for place, name in enumerate(frame.columns, start=1):
        widest = max([len(str(name)), *(len(str(value)) for value in frame.iloc[:, place - 1])])
        figures.column_dimensions[figures.cell(1, place).column_letter].width = min(widest + 2, _WIDEST)
    beside.column_dimensions["A"].width, beside.column_dimensions["B"].width = 20, 2 * _WIDEST
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_cell(cell: Cell, value: Any) -> None:
    """A value as a workbook holds it: text is text, an open bound an error, what is not there nothing."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("�", value), "s"
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        cell.value, cell.data_type = OPEN, "e"
    elif isinstance(value, datetime):
        cell.value = None if value != value else value.date()
    elif isinstance(value, (bool, int, float, date)) and value == value:
        cell.value = value


def _beside(attrs: Mapping[Any, Any], lang: str) -> Iterator[tuple[str, str]]:
    yield say("workbook.open", lang, mark=OPEN), say("workbook.open_means", lang)
    for key, value in attrs.items():
        said = [f"{one}: {text}" for one, text in value.items()] if isinstance(value, dict) else value
        yield say(f"workbook.{key}", lang), "\n".join(said) if isinstance(said, list) else str(said)


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table; `attrs` as JSON under `lineabase` in the metadata of its schema."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    told = json.dumps(frame.attrs, ensure_ascii=False).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), b"lineabase": told})
