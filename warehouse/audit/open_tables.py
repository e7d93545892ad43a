"""Bounds of protected counts from open tables about the same persons. Arithmetic; reads no file.

An open table may be crossed, finer or monthly. Its margins, groups and sums are facts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from schemas.codelists import codelist
from schemas.protected_tables import JOIN, TOTAL_CODE, Layout, layouts
from warehouse.audit.relations import CITIZENSHIP, ORIGIN, Bounds, CellKey

TOTAL = "total"
_MONTHS = {"A": 12, "Q": 3, "M": 1}

Facts = Mapping[CellKey, tuple[Bounds, Bounds]]
"""For each count, its bounds from an open table and the bounds of that table's total."""


class OpenRow(NamedTuple):
    """A value of an open collection."""

    collection: str
    measure: str
    frequency: str
    start: date
    breakdown: str
    low: float
    high: float | None
    codes: Mapping[str, Any]


class _Table(NamedTuple):
    collection: str
    measure: str
    frequency: str
    start: date
    breakdown: str


def table_facts(rows: Iterable[OpenRow], family: str, area: str) -> Facts:
    """Return the facts of all tables of a member. If two tables differ, the narrower bounds count."""
    tables: dict[_Table, list[OpenRow]] = {}
    for row in rows:
        tables.setdefault(_Table(*row[:5]), []).append(row)
    for table, parts in list(_sum_periods(tables)):
        tables.setdefault(table, parts)
    facts: dict[CellKey, tuple[Bounds, Bounds]] = {}
    for table, table_rows in sorted(tables.items()):
        total = _sum_bounds(tables.get(table._replace(breakdown=TOTAL), table_rows))
        for (dimension, code), bounds in _cell_bounds(table.breakdown, table_rows):
            cell_key = CellKey(family, table.measure, area, table.frequency, table.start, dimension, code)
            old = facts.get(cell_key)
            if old is None or _width(bounds) < _width(old[0]):
                facts[cell_key] = (bounds, total)
    return facts


def _width(bounds: Bounds) -> float:
    return bounds[1] - bounds[0]


def _sum_bounds(rows: Iterable[OpenRow]) -> Bounds:
    row_list = list(rows)
    return sum(r.low for r in row_list), sum(float("inf") if r.high is None else r.high for r in row_list)


def _sum_periods(tables: Mapping[_Table, Sequence[OpenRow]]) -> Iterator[tuple[_Table, list[OpenRow]]]:
    """Sum months or quarters to quarters and years, if all of them are present."""
    parts: dict[_Table, dict[date, Sequence[OpenRow]]] = {}
    for table, rows in tables.items():
        for frequency, months in _MONTHS.items():
            if months > _MONTHS[table.frequency]:
                first = date(table.start.year, (table.start.month - 1) // months * months + 1, 1)
                period_table = table._replace(frequency=frequency, start=first)
                parts.setdefault(period_table, {})[table.start] = rows
    for period_table, rows_by_start in parts.items():
        [months] = {_MONTHS[rows[0].frequency] for rows in rows_by_start.values()} if rows_by_start else {0}
        if len(rows_by_start) * months == _MONTHS[period_table.frequency]:
            yield period_table, [row for rows in rows_by_start.values() for row in rows]


def _cell_bounds(breakdown: str, rows: Sequence[OpenRow]) -> Iterator[tuple[tuple[str, str], Bounds]]:
    """Yield each cell of the protected tables that a table contains, with its bounds; not the rest."""
    if breakdown == TOTAL:
        yield (TOTAL_CODE, TOTAL_CODE), _sum_bounds(rows)
        return
    dimensions = {*breakdown.split(JOIN), *([ORIGIN] if CITIZENSHIP in breakdown.split(JOIN) else [])}
    for layout in layouts():
        if not set(layout.dimension.split(JOIN)) <= dimensions:
            continue
        by_code: dict[str, list[OpenRow]] = {}
        for row in _without_groups(layout, rows):
            code = JOIN.join(str(row.codes[name]) for name in layout.dimension.split(JOIN))
            by_code.setdefault(layout.code_of(code), []).append(row)
        rest = set(layout.rest_cell.split(JOIN)) if layout.cells else {"_U", "_O", TOTAL_CODE}
        for code, cell_rows in by_code.items():
            if not rest & set(code.split(JOIN)):
                yield (layout.dimension, code), _sum_bounds(cell_rows)


def _without_groups(layout: Layout, rows: Sequence[OpenRow]) -> Iterator[OpenRow]:
    """Yield the rows except those of a group whose wider group is in the same table."""
    names = [name for name in layout.dimension.split(JOIN) if name not in (CITIZENSHIP, "area")]
    present = {name: {str(row.codes[name]) for row in rows} for name in names}
    for row in rows:
        if not any(_ancestors(name, str(row.codes[name])) & present[name] for name in names):
            yield row


def _ancestors(dimension: str, code: str) -> set[str]:
    codes, ancestors = codelist(dimension), set()
    while code in codes and (parent := codes[code].parent) and parent != TOTAL_CODE:
        ancestors.add(parent)
        code = parent
    return ancestors
