"""Cells of a country and year, and the relations between its tables. Solves nothing.

A relation holds only where the build asserts it: the rows of a table within its total, rows of a table with
more dimensions within the cell of one with fewer, rows of a subgroup within their group. It is an inequality,
since tables leave persons out; only a table that leaves nobody out adds up to its total.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

TOTAL_TABLE = "total"
UNKNOWN = "_U"
JOIN = "+"


class Cell(NamedTuple):
    """A cell: its table, which is named by its dimensions, and a code of each dimension in their order."""

    table: str
    codes: tuple[str, ...] = ()

    @property
    def dimensions(self) -> list[str]:
        """The dimensions of the table; none for the total."""
        return [] if self.table == TOTAL_TABLE else self.table.split(JOIN)

    def __str__(self) -> str:
        """Name the cell: `total`, `age_group+sex:Y0T17|F`."""
        return ":".join([self.table, *(["|".join(self.codes)] if self.codes else [])])


TOTAL = Cell(TOTAL_TABLE)


class Bounds(NamedTuple):
    """Whole numbers between which a count lies; `high` is None without an upper bound."""

    low: int
    high: int | None


class Relation(NamedTuple):
    """A cell that contains others: at least their sum, or (`is_equal`) exactly their sum."""

    container: Cell
    parts: tuple[Cell, ...]
    is_equal: bool = False

    def cells(self) -> tuple[Cell, ...]:
        """Return all its cells."""
        return (self.container, *self.parts)


@dataclass(frozen=True)
class System:
    """The cells of a country and year with their bounds, and the relations between them."""

    bounds: Mapping[Cell, Bounds]
    relations: tuple[Relation, ...]

    def without_tables(self, names: Collection[str]) -> System:
        """Return the system without the cells of these tables and without all relations of these cells."""
        bounds = {cell: pair for cell, pair in self.bounds.items() if cell.table not in names}
        return System(bounds, tuple(r for r in self.relations if {*r.cells()} <= bounds.keys()))


class Row(NamedTuple):
    """A row of a table, as `make_system` needs it.

    `is_repeated`: its persons are in another row of the table, too. `groups`: by dimension, the wider group
    in the same table that contains its persons.
    """

    cell: Cell
    bounds: Bounds
    is_repeated: bool = False
    groups: tuple[tuple[str, str], ...] = ()


def make_system(rows: Iterable[Row], whole_tables: Collection[str] = ()) -> System:
    """Return the system of all rows of a country and year. `whole_tables`: tables that leave nobody out."""
    by_cell = {row.cell: row for row in sorted(rows)}
    tables: dict[str, list[Row]] = {}
    for row in by_cell.values():
        tables.setdefault(row.cell.table, []).append(row)
    relations = [
        *_parts_of_total(by_cell, tables, whole_tables),
        *_parts_of_cells(by_cell, tables),
        *_parts_of_groups(by_cell),
    ]
    return System({cell: row.bounds for cell, row in by_cell.items()}, tuple(relations))


def _parts_of_total(
    by_cell: Mapping[Cell, Row], tables: Mapping[str, Sequence[Row]], whole_tables: Collection[str]
) -> Iterator[Relation]:
    for name, rows in tables.items():
        if TOTAL in by_cell and name != TOTAL_TABLE:
            parts = tuple(row.cell for row in rows if not (row.groups or row.is_repeated))
            if parts:
                yield Relation(TOTAL, parts, name in whole_tables)


def _parts_of_cells(by_cell: Mapping[Cell, Row], tables: Mapping[str, Sequence[Row]]) -> Iterator[Relation]:
    """Relate the rows of each table to the cells of each table with some of its dimensions.

    A cell of unknown persons contains no rows of another table, which may know these persons.
    """
    for name, rows in tables.items():
        for wider in tables:
            dimensions = wider.split(JOIN)
            if TOTAL_TABLE in (name, wider) or not set(dimensions) < set(name.split(JOIN)):
                continue
            parts: dict[Cell, list[Cell]] = {}
            for row in rows:
                codes = dict(zip(row.cell.dimensions, row.cell.codes, strict=True))
                container = Cell(wider, tuple(codes[d] for d in dimensions))
                if (
                    container in by_cell
                    and UNKNOWN not in container.codes
                    and not (row.groups or row.is_repeated)
                ):
                    parts.setdefault(container, []).append(row.cell)
            yield from (Relation(container, tuple(cells)) for container, cells in parts.items())


def _parts_of_groups(by_cell: Mapping[Cell, Row]) -> Iterator[Relation]:
    parts: dict[tuple[Cell, str], list[Cell]] = {}
    for row in by_cell.values():
        for dimension, group in row.groups:
            codes = dict(zip(row.cell.dimensions, row.cell.codes, strict=True)) | {dimension: group}
            container = Cell(row.cell.table, tuple(codes.values()))
            if container in by_cell and UNKNOWN not in container.codes:
                parts.setdefault((container, dimension), []).append(row.cell)
    yield from (Relation(container, tuple(cells)) for (container, _), cells in parts.items())
