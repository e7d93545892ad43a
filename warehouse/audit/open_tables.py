"""The bounds that open tables of the same persons give for protected counts. Arithmetic; reads no file.

An open table may be crossed, finer or by month: its margins, groups and sums are facts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from schemas.codelists import codelist
from schemas.protected import JOIN, WHOLE, Layout, layouts
from warehouse.audit.relations import CITIZENSHIP, ORIGIN, Bounds, Place

TOTAL = "total"
_MONTHS = {"A": 12, "Q": 3, "M": 1}

Facts = Mapping[Place, tuple[Bounds, Bounds]]
"""For each count the bounds that an open table gives, and those of that table's total."""


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
    """The facts of all tables of one member. Where two tables differ, the narrower bounds."""
    tables: dict[_Table, list[OpenRow]] = {}
    for row in rows:
        tables.setdefault(_Table(*row[:5]), []).append(row)
    for table, parts in list(_rolled_up(tables)):
        tables.setdefault(table, parts)
    found: dict[Place, tuple[Bounds, Bounds]] = {}
    for table, own in sorted(tables.items()):
        whole = _added(tables.get(table._replace(breakdown=TOTAL), own))
        for (dimension, code), bounds in _cells(table.breakdown, own):
            place = Place(family, table.measure, area, table.frequency, table.start, dimension, code)
            before = found.get(place)
            if before is None or _width(bounds) < _width(before[0]):
                found[place] = (bounds, whole)
    return found


def _width(bounds: Bounds) -> float:
    return bounds[1] - bounds[0]


def _added(rows: Iterable[OpenRow]) -> Bounds:
    own = list(rows)
    return sum(r.low for r in own), sum(float("inf") if r.high is None else r.high for r in own)


def _rolled_up(tables: Mapping[_Table, Sequence[OpenRow]]) -> Iterator[tuple[_Table, list[OpenRow]]]:
    """Quarters and years of which every month or quarter is there."""
    parts: dict[_Table, dict[date, Sequence[OpenRow]]] = {}
    for table, rows in tables.items():
        for frequency, months in _MONTHS.items():
            if months > _MONTHS[table.frequency]:
                first = date(table.start.year, (table.start.month - 1) // months * months + 1, 1)
                whole = table._replace(frequency=frequency, start=first)
                parts.setdefault(whole, {})[table.start] = rows
    for whole, own in parts.items():
        [months] = {_MONTHS[rows[0].frequency] for rows in own.values()} if own else {0}
        if len(own) * months == _MONTHS[whole.frequency]:
            yield whole, [row for rows in own.values() for row in rows]


def _cells(breakdown: str, rows: Sequence[OpenRow]) -> Iterator[tuple[tuple[str, str], Bounds]]:
    """Each cell of the protected tables that a table gives, with its bounds; not the rest."""
    if breakdown == TOTAL:
        yield (WHOLE, WHOLE), _added(rows)
        return
    dimensions = {*breakdown.split(JOIN), *([ORIGIN] if CITIZENSHIP in breakdown.split(JOIN) else [])}
    for layout in layouts():
        if not set(layout.dimension.split(JOIN)) <= dimensions:
            continue
        by_code: dict[str, list[OpenRow]] = {}
        for row in _without_groups(layout, rows):
            code = JOIN.join(str(row.codes[name]) for name in layout.dimension.split(JOIN))
            by_code.setdefault(layout.code_of(code), []).append(row)
        rest = set(layout.rest_cell.split(JOIN)) if layout.cells else {"_U", "_O", WHOLE}
        for code, own in by_code.items():
            if not rest & set(code.split(JOIN)):
                yield (layout.dimension, code), _added(own)


def _without_groups(layout: Layout, rows: Sequence[OpenRow]) -> Iterator[OpenRow]:
    """The rows without those whose wider group stands in the same table."""
    names = [name for name in layout.dimension.split(JOIN) if name not in (CITIZENSHIP, "area")]
    present = {name: {str(row.codes[name]) for row in rows} for name in names}
    for row in rows:
        if not any(_ancestors(name, str(row.codes[name])) & present[name] for name in names):
            yield row


def _ancestors(dimension: str, code: str) -> set[str]:
    listed, found = codelist(dimension), set()
    while code in listed and (parent := listed[code].parent) and parent != WHOLE:
        found.add(parent)
        code = parent
    return found
