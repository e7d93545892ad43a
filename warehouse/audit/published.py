"""What release files publish of protected counts, and what else in them bears on those counts.

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
from schemas.protected import WHOLE, breakdown
from schemas.tables import DIMENSIONS
from warehouse.audit.open_tables import Facts, OpenRow, table_facts
from warehouse.audit.relations import CITIZENSHIP, ORIGIN, Knowledge, Place, Published, Snapshot

TABLE = "baseline.protected_counts"
STALE = "details_await_revision"

DIMENSION_COLUMNS = tuple(
    one.name for one in DIMENSIONS if one.values != "country" or one.name == CITIZENSHIP
)
"""The columns that an open table may be broken down by."""

_PLACE = "family, measure, reporting_country, frequency, period_start, dimension, code"

Member = tuple[str, str]
"""A family and a member."""


def has(db: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """Whether the main database has a table with that column."""
    schema, name = table.split(".")
    found = db.execute(
        "SELECT 1 FROM duckdb_columns() WHERE database_name = current_database() "
        "AND (schema_name, table_name, column_name) = ($schema, $name, $column)",
        {"schema": schema, "name": name, "column": column},
    ).fetchone()
    return found is not None


def snapshots(file: Path) -> dict[Member, Snapshot]:
    """The protected cells of a release file, or of the ledger's file of a release, by member.

    A file of the former method published exact values: each is a cell of one value, drawn on its day.
    """
    as_of, rows, is_former = _ledger_rows(file) if file.suffix == ".parquet" else _release_rows(file)
    found: dict[Member, dict[Place, Published]] = {}
    for *place, low, high, drawn_on, flag, collection, members in rows:
        if low is None or members is not None:
            continue
        own = Place(*place)
        if is_former and not (own.frequency == "A" and own.dimension == WHOLE):
            drawn_on = as_of
        is_stale = STALE in (flag or "").split("+")
        upper = None if high is None else int(high)
        found.setdefault((own.family, own.area), {})[own] = Published(
            int(low), upper, drawn_on, is_stale, collection
        )
    return {member: Snapshot(as_of, cells) for member, cells in found.items()}


def _release_rows(file: Path) -> tuple[date, list[tuple[Any, ...]], bool]:
    """The day and the protected cells of a release file; whether it is of the former method."""
    with duckdb.connect(file, read_only=True) as db:
        [(as_of,)] = db.execute("SELECT as_of FROM registry.release").fetchall()
        if not has(db, TABLE, "code"):
            return as_of, [], False
        is_former = not has(db, TABLE, "value_low")
        cell = "value, value, NULL, NULL" if is_former else "value_low, value_high, details_as_of, flag"
        query = f"SELECT {_PLACE}, {cell}, collection, members FROM {TABLE} ORDER BY ALL"
        return as_of, db.execute(query).fetchall(), is_former


def _ledger_rows(file: Path) -> tuple[date, list[tuple[Any, ...]], bool]:
    """The same of a release that was removed, from the ledger of what was published."""
    with duckdb.connect() as db:
        rows = db.execute(
            f"SELECT {_PLACE}, value_low, value_high, details_as_of, flag, collection, NULL, as_of "
            "FROM read_parquet($file) WHERE collection <> '_Z' ORDER BY ALL",
            {"file": str(file)},
        ).fetchall()
    return rows[0][-1], [row[:-1] for row in rows], False


def knowledge(
    db: duckdb.DuckDBPyConnection,
    member: Member,
    history: Sequence[Snapshot] = (),
    grouping: str = groupings.DEFAULT,
) -> Knowledge:
    """What an attacker knows of a member: its releases, and what the database's other public tables give.

    `grouping`: the region that classes of origin are relative to.
    """
    family, area = member
    return Knowledge(
        history,
        open_facts(db, family, area),
        _parts(db),
        floors(db),
        _classes(db, area, grouping),
        _class_sizes(db, area, grouping),
        _thresholds(db),
    )


def floors(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """The least count of a period of a file of persons, which reports no month or quarter without anybody."""
    rows = db.execute(
        "SELECT collection, frequency FROM registry.collections WHERE confidentiality = 'cases'"
    ).fetchall()
    months = {"A": 12, "Q": 3, "M": 1}
    return {
        (collection, period): months[period] // months[reported]
        for collection, reported in rows
        for period in months
        if months[period] >= months[reported]
    }


def _parts(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(
        db.execute("SELECT measure, part_of FROM reference.measures WHERE part_of IS NOT NULL").fetchall()
    )


def _classes(db: duckdb.DuckDBPyConnection, area: str, grouping: str) -> dict[str, str]:
    """The origin class of each citizenship for a member, where it never changed."""
    rows = db.execute(
        "SELECT citizenship, min(origin_class) FROM reference.origin_classes WHERE reporting_country = $area "
        "AND grouping = $grouping "
        "GROUP BY citizenship HAVING count(DISTINCT origin_class) = 1",
        {"area": area, "grouping": grouping},
    ).fetchall()
    return {citizenship: breakdown(ORIGIN).code_of(code) for citizenship, code in rows}


def _class_sizes(db: duckdb.DuckDBPyConnection, area: str, grouping: str) -> dict[str, int]:
    """How many citizenships can be of each origin class of a member."""
    rows = db.execute(
        "SELECT DISTINCT citizenship, origin_class FROM reference.origin_classes "
        "WHERE reporting_country = $area AND grouping = $grouping",
        {"area": area, "grouping": grouping},
    ).fetchall()
    classes = {(citizenship, breakdown(ORIGIN).code_of(code)) for citizenship, code in rows}
    return dict(Counter(code for _, code in classes if code != breakdown(ORIGIN).rest))


def _thresholds(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The thresholds of the collections whose cards have their own."""
    if not has(db, "registry.collections", "threshold"):
        return {}
    query = "SELECT collection, threshold FROM registry.collections WHERE threshold IS NOT NULL"
    return dict(db.execute(query).fetchall())


def open_facts(db: duckdb.DuckDBPyConnection, family: str, area: str) -> Facts:
    """The bounds that open collections give for a member's counts."""
    detail = [name for name in DIMENSION_COLUMNS if has(db, "core.observations", name)]
    columns = ", ".join(f"o.{name}" for name in (ORIGIN, *detail))
    rows = db.execute(
        "SELECT o.collection, o.measure, o.frequency, o.period_start, o.breakdown, o.value_low, "
        f"o.value_high, {columns} FROM core.current AS o JOIN registry.collections AS c USING (collection) "
        "WHERE c.confidentiality = 'open' AND o.family = $family AND o.reporting_country = $area "
        "ORDER BY ALL",
        {"family": family, "area": area},
    ).fetchall()
    names = (ORIGIN, *detail)
    sent = []
    for collection, measure, frequency, start, broken_down, low, high, *codes in rows:
        own = dict(zip(names, codes, strict=True))
        sent.append(OpenRow(collection, measure, frequency, start, broken_down, low, high, own))
    return table_facts(sent, family, area)
