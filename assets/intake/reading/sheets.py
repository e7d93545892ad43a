"""Sheets of text in columns, as read from a file, and their transfer between processes.

They travel as Arrow streams, never as pickled objects: data from a child process cannot run code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa

from assets.intake.reading.columns import Column, Grid
from schemas.findings import Finding

OWN_SHEET = "lineabase"
"""Name and first cell of the sheet that this program adds to a sender's workbook. No rows are read from
it."""


class Unreadable(Exception):
    """The file cannot be read in the format.

    `finding` is the reason, `further` lists other errors, `rows` counts the rows seen by status.
    """

    def __init__(self, finding: Finding, rows: dict[str, int] | None = None) -> None:
        super().__init__(finding.rule)
        self.finding = finding
        self.rows = rows or {}
        self.further: list[Finding] = []


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name (None for text files), its cells in columns, and further content of the workbook.

    `hidden_rows` are the numbers of the rows that the workbook hides, `hidden_columns` those of the columns,
    `hidden_sheets` the names of other hidden sheets. `is_hidden` is True if the sheet is hidden itself.
    `stamp` is the content of the hidden sheet of the project's own template.
    """

    name: str | None
    grid: Grid
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    others: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    is_hidden: bool = False
    stamp: tuple[str, ...] = ()
    formats: tuple[tuple[int, str, int, int], ...] = ()
    """Formats that show another number than the cell holds: column, format, first row, number of cells."""
    struck_cells: tuple[tuple[int, int, int], ...] = ()
    """Cells whose text is struck through: first row, column, number of rows."""
    sums: tuple[tuple[int, int, str, str], ...] = ()
    """Formulas that add up a range: row, column, range, stored result."""
    answers: tuple[Sequence[str], ...] = ()
    """First rows of the template's sheet of notes, and of the sheets that this program added."""
    text_form: tuple[str, ...] = ()
    """Delimiter and encoding of a regular text file. A format with both need not read the file again."""

    @property
    def rows(self) -> list[list[str]]:
        """The cells row by row. Use it for sheets that people wrote, not for large ones from machines."""
        return [self.grid.row(number) for number in range(self.grid.rows)]

    def first(self, rows: int) -> list[list[str]]:
        """Return the first rows, or all if there are fewer."""
        return [self.grid.row(number) for number in range(min(rows, self.grid.rows))]

    def facts(self) -> dict[str, Any]:
        """Return everything except the cells, as JSON can hold it."""
        fields = {name: value for name, value in vars(self).items() if name != "grid"}
        return fields | {"rows": self.grid.rows}


def write(sheet: Sheet, sink: BinaryIO) -> None:
    """Write the sheet as an Arrow stream."""
    arrays = {str(position): _arrow_column(column) for position, column in enumerate(sheet.grid.columns)}
    if sheet.grid.widths is not None:
        arrays["widths"] = pa.array(sheet.grid.widths)
    metadata = {b"sheet": json.dumps(sheet.facts()).encode()}
    table = pa.table(arrays).replace_schema_metadata(metadata)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def read(source: BinaryIO) -> Sheet:
    """Read the next sheet that `write` wrote to the stream."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    fields = json.loads(table.schema.metadata[b"sheet"])
    rows = fields.pop("rows")
    widths = table["widths"].to_numpy() if "widths" in table.column_names else None
    columns = [Column.from_arrow(table[name]) for name in table.column_names if name != "widths"]
    merged: Any = tuple((tuple(first), tuple(last)) for first, last in fields.pop("merged"))
    remaining: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in fields.items()}
    return Sheet(grid=Grid(columns, rows, widths), merged=merged, **remaining)


def _arrow_column(column: Column) -> Any:
    if column.codes is None:
        return column.texts
    return pa.DictionaryArray.from_arrays(pa.array(column.codes), column.texts.combine_chunks())


def write_texts(texts: Sequence[tuple[str, str]], sink: BinaryIO) -> None:
    """Write a non-empty list of pairs of texts as an Arrow stream."""
    columns = list(zip(*texts, strict=True))
    table = pa.table({"place": pa.array(columns[0], pa.string()), "text": pa.array(columns[1], pa.string())})
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def read_texts(source: BinaryIO) -> list[tuple[str, str]]:
    """Read the pairs that `write_texts` wrote to the stream."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    return list(zip(table["place"].to_pylist(), table["text"].to_pylist(), strict=True))
