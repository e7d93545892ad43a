"""What was read of a file: sheets of text in columns, and how they go from one process to another.

They travel as Arrow streams, never as pickled objects: what a child process says cannot run anything.
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
"""Name and first cell of the sheet that this program adds to a sender's workbook: no rows are read of it."""


class Unreadable(Exception):
    """The file cannot be read as the format says.

    `finding` says why, `also` what else is wrong, `rows` what was seen of it.
    """

    def __init__(self, finding: Finding, rows: dict[str, int] | None = None) -> None:
        super().__init__(finding.rule)
        self.finding = finding
        self.rows = rows or {}
        self.also: list[Finding] = []


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name (None for text files), its cells in columns, what else the workbook holds.

    `hidden` are the rows, and `hidden_columns` the columns, that the workbook does not show,
    `hidden_sheets` the other sheets it does not show, `is_hidden` if it is one of them.
    `stamp` is what the hidden sheet of the project's own template says of it.
    """

    name: str | None
    grid: Grid
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    others: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    is_hidden: bool = False
    stamp: tuple[str, ...] = ()

    @property
    def rows(self) -> list[list[str]]:
        """The cells row by row: for sheets that people look at, not for those that machines wrote."""
        return [self.grid.row(number) for number in range(self.grid.rows)]

    def first(self, rows: int) -> list[list[str]]:
        """The first rows, or all where there are fewer."""
        return [self.grid.row(number) for number in range(min(rows, self.grid.rows))]

    def facts(self) -> dict[str, Any]:
        """All of it but the cells, as JSON can hold it."""
        known = {name: value for name, value in vars(self).items() if name != "grid"}
        return known | {"rows": self.grid.rows}


def write(sheet: Sheet, sink: BinaryIO) -> None:
    """The sheet as an Arrow stream."""
    arrays = {str(place): _sent(column) for place, column in enumerate(sheet.grid.columns)}
    if sheet.grid.widths is not None:
        arrays["widths"] = pa.array(sheet.grid.widths)
    told = {b"sheet": json.dumps(sheet.facts()).encode()}
    table = pa.table(arrays).replace_schema_metadata(told)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def read(source: BinaryIO) -> Sheet:
    """The next sheet that `write` wrote there."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    told = json.loads(table.schema.metadata[b"sheet"])
    rows = told.pop("rows")
    widths = table["widths"].to_numpy() if "widths" in table.column_names else None
    columns = [Column.from_arrow(table[name]) for name in table.column_names if name != "widths"]
    merged: Any = tuple((tuple(first), tuple(last)) for first, last in told.pop("merged"))
    others: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in told.items()}
    return Sheet(grid=Grid(columns, rows, widths), merged=merged, **others)


def _sent(column: Column) -> Any:
    if column.codes is None:
        return column.texts
    return pa.DictionaryArray.from_arrays(pa.array(column.codes), column.texts.combine_chunks())


def write_texts(texts: Sequence[tuple[str, str]], sink: BinaryIO) -> None:
    """Pairs of texts, one at least, as an Arrow stream."""
    columns = list(zip(*texts, strict=True))
    table = pa.table({"place": pa.array(columns[0], pa.string()), "text": pa.array(columns[1], pa.string())})
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def read_texts(source: BinaryIO) -> list[tuple[str, str]]:
    """What `write_texts` wrote there."""
    with pa.ipc.open_stream(source) as stream:
        table = stream.read_all()
    return list(zip(table["place"].to_pylist(), table["text"].to_pylist(), strict=True))
