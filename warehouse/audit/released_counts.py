"""Protected counts in release files, and the other facts in these files that bear on the counts.

The same queries read a build's internal database, whose public tables have the same names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas import groupings
from schemas.protected_tables import TOTAL_CODE, breakdown
from schemas.tables import DIMENSIONS
from warehouse.audit.open_tables import Facts, OpenRow, table_facts
from warehouse.audit.relations import CITIZENSHIP, ORIGIN, CellKey, Knowledge, ReleasedCell, Snapshot

TABLE = "baseline.protected_counts"
STALE = "details_await_revision"

DIMENSION_COLUMNS = tuple(
    dimension.name
    for dimension in DIMENSIONS
    if dimension.values != "country" or dimension.name == CITIZENSHIP
)
"""Columns by which an open table may be broken down."""

_KEY_COLUMNS = "family, measure, reporting_country, frequency, period_start, dimension, code"

Member = tuple[str, str]
"""A family and a member country."""


def has_column(db: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """Check if the main database has a table with that column."""
    return column in _columns_of(db, table)


def _columns_of(db: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Return the columns of a table; none if it is missing. Lists of all columns take DuckDB four times as
    long."""
    try:
        return {name for name, *_ in db.execute(f"SELECT * FROM {table} LIMIT 0").description}
    except duckdb.CatalogException:
        return set()


def read_snapshots(file: Path) -> dict[Member, Snapshot]:
    """Return the protected cells, by member, of a release file or of a release's ledger file.

    A file of the former method has exact values: each becomes a cell of a single value, drawn on the
    release's day.
    """
    as_of, rows, is_former = _ledger_rows(file) if file.suffix == ".parquet" else _release_rows(file)
    cells_by_member: dict[Member, dict[CellKey, ReleasedCell]] = {}
    for *key_values, low, high, drawn_on, flag, collection, members in rows:
        if low is None or members is not None:
            continue
        cell_key = CellKey(*key_values)
        if is_former and not (cell_key.frequency == "A" and cell_key.dimension == TOTAL_CODE):
            drawn_on = as_of
        is_stale = STALE in (flag or "").split("+")
        upper = None if high is None else int(high)
        cells_by_member.setdefault((cell_key.family, cell_key.area), {})[cell_key] = ReleasedCell(
            int(low), upper, drawn_on, is_stale, collection
        )
    return {member: Snapshot(as_of, cells) for member, cells in cells_by_member.items()}


def _release_rows(file: Path) -> tuple[date, list[tuple[Any, ...]], bool]:
    """Return the day and the protected cells of a release file, and if it is of the former method."""
    with duckdb.connect(file, read_only=True) as db:
        [(as_of,)] = db.execute("SELECT as_of FROM registry.release").fetchall()
        if not has_column(db, TABLE, "code"):
            return as_of, [], False
        is_former = not has_column(db, TABLE, "value_low")
        cell = "value, value, NULL, NULL" if is_former else "value_low, value_high, details_as_of, flag"
        query = f"SELECT {_KEY_COLUMNS}, {cell}, collection, members FROM {TABLE} ORDER BY ALL"
        return as_of, db.execute(query).fetchall(), is_former


def _ledger_rows(file: Path) -> tuple[date, list[tuple[Any, ...]], bool]:
    """Return the same from the ledger's file of a removed release."""
    with duckdb.connect() as db:
        rows = db.execute(
            f"SELECT {_KEY_COLUMNS}, value_low, value_high, details_as_of, flag, collection, NULL, as_of "
            "FROM read_parquet($file) WHERE collection <> '_Z' ORDER BY ALL",
            {"file": str(file)},
        ).fetchall()
    return rows[0][-1], [row[:-1] for row in rows], False


def collect_knowledge(
    db: duckdb.DuckDBPyConnection,
    member: Member,
    history: Sequence[Snapshot] = (),
    grouping: str = groupings.DEFAULT_GROUPING,
) -> Knowledge:
    """Return an attacker's knowledge of a member: its releases and the database's other public tables.

    `grouping`: the region that origin classes refer to.
    """
    family, area = member
    return Knowledge(
        history,
        open_facts(db, family, area),
        _part_measures(db),
        floors(db),
        _origin_classes(db, area, grouping),
        _class_sizes(db, area, grouping),
        _thresholds(db),
    )


def floors(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Return the least count of a period for files of persons, which report only months with persons."""
    rows = db.execute(
        "SELECT collection, frequency FROM registry.collections WHERE confidentiality = 'cases'"
    ).fetchall()
    months = {"A": 12, "Q": 3, "M": 1}
    return {
        (collection, period): months[period] // months[reported_frequency]
        for collection, reported_frequency in rows
        for period in months
        if months[period] >= months[reported_frequency]
    }


def _part_measures(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(
        db.execute("SELECT measure, part_of FROM reference.measures WHERE part_of IS NOT NULL").fetchall()
    )


def _origin_classes(db: duckdb.DuckDBPyConnection, area: str, grouping: str) -> dict[str, str]:
    """Return the origin class of each citizenship for a member, where it never changed."""
    rows = db.execute(
        "SELECT citizenship, min(origin_class) FROM reference.origin_classes WHERE reporting_country = $area "
        "AND grouping = $grouping "
        "GROUP BY citizenship HAVING count(DISTINCT origin_class) = 1",
        {"area": area, "grouping": grouping},
    ).fetchall()
    return {citizenship: breakdown(ORIGIN).code_of(code) for citizenship, code in rows}


def _class_sizes(db: duckdb.DuckDBPyConnection, area: str, grouping: str) -> dict[str, int]:
    """Count the citizenships that can belong to each origin class of a member.

    The class of its own nationals is left out: no list names the member's own citizenship, however large.
    """
    rows = db.execute(
        "SELECT DISTINCT citizenship, origin_class FROM reference.origin_classes "
        "WHERE reporting_country = $area AND grouping = $grouping",
        {"area": area, "grouping": grouping},
    ).fetchall()
    classes = {(citizenship, breakdown(ORIGIN).code_of(code)) for citizenship, code in rows}
    unlisted = {breakdown(ORIGIN).rest, *(code for citizenship, code in classes if citizenship == area)}
    return dict(Counter(code for _, code in classes if code not in unlisted))


def _thresholds(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the thresholds of collections whose cards have their own."""
    if not has_column(db, "registry.collections", "threshold"):
        return {}
    query = "SELECT collection, threshold FROM registry.collections WHERE threshold IS NOT NULL"
    return dict(db.execute(query).fetchall())


def open_facts(db: duckdb.DuckDBPyConnection, family: str, area: str) -> Facts:
    """Return the bounds that open collections give for a member's counts."""
    present = _columns_of(db, "core.observations")
    detail = [name for name in DIMENSION_COLUMNS if name in present]
    columns = ", ".join(f"o.{name}" for name in (ORIGIN, *detail))
    rows = db.execute(
        "SELECT o.collection, o.measure, o.frequency, o.period_start, o.breakdown, o.value_low, "
        f"o.value_high, {columns} FROM core.current AS o JOIN registry.collections AS c USING (collection) "
        "WHERE c.confidentiality = 'open' AND o.family = $family AND o.reporting_country = $area "
        "ORDER BY ALL",
        {"family": family, "area": area},
    ).fetchall()
    names = (ORIGIN, *detail)
    open_rows = []
    for collection, measure, frequency, start, broken_down, low, high, *codes in rows:
        code_of = dict(zip(names, codes, strict=True))
        open_rows.append(OpenRow(collection, measure, frequency, start, broken_down, low, high, code_of))
    return table_facts(open_rows, family, area)
