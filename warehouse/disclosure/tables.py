"""The protected tables of a build: figures in, cells out, each with whether it is told. Writes nothing.

The database holds what the models made (core.protected_figures, core.told_openly) and, attached as
`previous`, the last release if there is one; as `earlier_0` and on, those before it. Of these the files are
read, as anybody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd

from schemas.protected import WHOLE, threshold
from schemas.tables import PROTECTED_CELLS, PROTECTED_COUNTS
from warehouse.disclosure.cells import (
    YEAR,
    Cell,
    Collection,
    CountryYear,
    Figure,
    Key,
    LeftOut,
    country_year,
)
from warehouse.disclosure.protection import NotProtectable
from warehouse.disclosure.releases import Outcome, Published, settle

PREVIOUS, EARLIER = "previous", "earlier_"
SHOWN, NOT_PROTECTABLE, PART = "shown", "not_protectable", "part_of_another"
"""Of the list `protected_status`."""

NOBODY = "_Z"
"""The collection of a region's cells: they come from several."""


def protected_cells(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """`core.protected_cells`: every cell told or withheld, and each year of a country that is left out."""
    known = _Known.read(db, as_of)
    keys = sorted({*known.in_force, *known.before})
    beside = {key for key in keys if _is_told_by_another(known, key)}
    rows = [row for key in keys for row in (_beside if key in beside else _rows)(known, key)]
    return pd.DataFrame(rows, columns=PROTECTED_CELLS.column_names)


@dataclass(frozen=True)
class _Known:
    """What a build knows of protected collections."""

    as_of: date
    region: str
    threshold: int
    collections: tuple[Collection, ...]
    figures: Mapping[Key, Mapping[str, list[Figure]]]
    in_force: Mapping[Key, Mapping[str, list[Figure]]]
    waiting: pd.DataFrame
    openly: Mapping[tuple[str, str], Mapping[Cell, frozenset[int]]]
    memberships: pd.DataFrame
    before: Mapping[Key, Published]
    earlier: Sequence[Mapping[Key, Published]]
    order: Mapping[str, tuple[Any, ...]]
    by_period: frozenset[str]
    part_of: Mapping[str, str]

    @classmethod
    def read(cls, db: duckdb.DuckDBPyConnection, as_of: date) -> _Known:
        """All of it, from the build's own database."""
        [(region,)] = db.execute("SELECT grouping FROM core.settings").fetchall()
        return cls(
            as_of,
            region,
            threshold(),
            _collections(db),
            _figures(db, "TRUE"),
            _figures(db, "in_force"),
            db.execute(
                "SELECT submission, measure, reporting_country, period_start, period_end FROM core.openings"
            ).df(),
            _openly(db),
            db.execute("SELECT * FROM reference.groupings WHERE grouping = $g", {"g": region}).df(),
            _shown_in(db, PREVIOUS),
            [_shown_in(db, name) for name in _earlier(db)],
            _order(db),
            frozenset(
                name
                for (name,) in db.execute(
                    "SELECT collection FROM registry.collections WHERE delivery = 'by_period'"
                ).fetchall()
            ),
            dict(
                db.execute(
                    "SELECT measure, part_of FROM reference.measures WHERE part_of IS NOT NULL"
                ).fetchall()
            ),
        )


# ---- what is read ----------------------------------------------------------------------------------


def _collections(db: duckdb.DuckDBPyConnection) -> tuple[Collection, ...]:
    rows = db.execute(
        """
        SELECT c.collection, c.frequency, c.confidentiality = 'cases',
               coalesce(list(e.breakdown) FILTER (e.breakdown IS NOT NULL), [])
        FROM registry.collections AS c LEFT JOIN registry.exhaustive AS e USING (collection)
        WHERE c.confidentiality IN ('cases', 'small_counts') GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return tuple(Collection(name, each, cases, frozenset(whole)) for name, each, cases, whole in rows)


def _figures(db: duckdb.DuckDBPyConnection, which: str) -> dict[Key, dict[str, list[Figure]]]:
    columns = ", ".join(Figure._fields[:-2])
    rows = db.execute(
        f"SELECT family, measure, CAST(year_start AS VARCHAR), reporting_country, {columns}, "
        "CAST(value_low AS BIGINT), CAST(not_whole AS BIGINT) "
        f"FROM core.protected_figures WHERE {which} ORDER BY ALL"
    ).fetchall()
    found: dict[Key, dict[str, list[Figure]]] = {}
    for family, measure, year, country, *figure in rows:
        found.setdefault(Key(family, measure, year), {}).setdefault(country, []).append(Figure(*figure))
    return found


def _openly(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[Cell, frozenset[int]]]:
    rows = db.execute(
        "SELECT family, measure, reporting_country, frequency, CAST(period_start AS VARCHAR), dimension, "
        "code, list(CAST(value_low AS BIGINT)) FROM core.told_openly WHERE value_low = floor(value_low) "
        "GROUP BY ALL"
    ).fetchall()
    found: dict[tuple[str, str], dict[Cell, frozenset[int]]] = {}
    for family, measure, *cell, values in rows:
        found.setdefault((family, measure), {})[Cell(*cell)] = frozenset(values)
    return found


def _order(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[Any, ...]]:
    """What makes of two submissions the later one."""
    rows = db.execute("SELECT submission, received_on FROM registry.submissions").fetchall()
    return {name: (received_on, int(name.rsplit(".", 1)[-1])) for name, received_on in rows}


def _earlier(db: duckdb.DuckDBPyConnection) -> list[str]:
    """The attached releases before the last one."""
    rows = db.execute("SELECT database_name FROM duckdb_databases() ORDER BY ALL").fetchall()
    return [name for (name,) in rows if name.startswith(EARLIER)]


def _shown_in(db: duckdb.DuckDBPyConnection, release: str) -> dict[Key, Published]:
    """What an attached release shows; nothing where there is none, or it is older than these tables."""
    is_there = db.execute(
        "SELECT 1 FROM duckdb_tables() "
        "WHERE database_name = $db AND schema_name = $schema AND table_name = $name",
        {"db": release, "schema": PROTECTED_COUNTS.schema, "name": PROTECTED_COUNTS.name},
    ).fetchone()
    if not is_there:
        return {}
    rows = db.execute(
        f"""
        SELECT family, measure, CAST(year_start AS VARCHAR), reporting_country, frequency,
               CAST(period_start AS VARCHAR), dimension, code, CAST(value AS BIGINT), members, collection,
               submissions
        FROM {release}.{PROTECTED_COUNTS.full_name} ORDER BY ALL
        """
    ).fetchall()
    found: dict[Key, Published] = {}
    for family, measure, year, *place, value, members, collection, submissions in rows:
        one = found.setdefault(Key(family, measure, year), Published({}, {}, {}, {}))
        cell = Cell(*place)
        one.values[cell], one.submissions[cell] = value, submissions  # type: ignore[index]
        if members:
            one.members[cell.frequency, cell.start] = tuple(members.split())  # type: ignore[index]
        else:
            one.collections[cell.area] = collection  # type: ignore[index]
    return found


# ---- one component ---------------------------------------------------------------------------------


def _is_told_by_another(known: _Known, key: Key) -> bool:
    """Whether a measure counts persons of another one that is shown: one table's cell may be the other's.

    The part gives way, but to a whole that comes later than it was shown itself.
    """
    wholes = [key._replace(measure=whole) for part, whole in known.part_of.items() if part == key.measure]
    parts = [key._replace(measure=part) for part, whole in known.part_of.items() if whole == key.measure]
    if key in known.before:
        return False
    return any(w in known.in_force or w in known.before for w in wholes) or any(
        p in known.before for p in parts
    )


def _beside(known: _Known, key: Key) -> Iterator[dict[str, Any]]:
    for country in sorted(known.in_force[key]):
        yield _row(known, key, Cell(country, YEAR, key.year_start, WHOLE, WHOLE)) | {"status": PART}


def _rows(known: _Known, key: Key) -> Iterator[dict[str, Any]]:
    before = known.before.get(key)
    old = _old(known, key, before) if before else None
    now: dict[str, CountryYear] = {}
    why: dict[str, str] = {}
    for country, figures in known.in_force.get(key, {}).items():
        try:
            now[country] = _year(known, key, country, figures)
        except LeftOut as left_out:
            if old and country in old:
                now[country] = old[country]  # until it can be read again, what was shown stays
            else:
                why[country] = str(left_out)
    outcome = None
    if now or before:
        try:
            members = _members(known, key)
            openly = known.openly.get((key.family, key.measure), {})
            earlier = [shown[key] for shown in known.earlier if key in shown]
            outcome = settle(now, members, known.region, openly, known.threshold, before, old, earlier)
        except NotProtectable:
            why |= dict.fromkeys(now, NOT_PROTECTABLE)
    if outcome:
        yield from _told(known, key, outcome)
    for country, reason in sorted(why.items()):
        if outcome is None or country not in outcome.shown.collections:
            yield _row(known, key, Cell(country, YEAR, key.year_start, WHOLE, WHOLE)) | {"status": reason}


def _year(known: _Known, key: Key, country: str, figures: list[Figure]) -> CountryYear:
    if _waits(known, key, country, {figure.submission for figure in figures}):
        raise LeftOut("rows_wait")
    year = country_year(country, figures, known.collections, _last_day(key), known.as_of)
    if not year.periods:
        raise LeftOut("not_over")
    return year


def _waits(known: _Known, key: Key, country: str, submissions: set[str]) -> bool:
    """Whether rows in quarantine may be of this year of the country."""
    first, last = pd.Timestamp(key.year_start), pd.Timestamp(_last_day(key))
    rows = known.waiting
    mine = (
        rows["submission"].isin(submissions)
        & rows["reporting_country"].isin([country, "_U"])
        & rows["measure"].isin([key.measure, "_U"])
        & ~(rows["period_start"] > last)
        & ~(rows["period_end"] < first)
    )
    return bool(mine.any())


def _old(known: _Known, key: Key, before: Published) -> dict[str, CountryYear] | None:
    """The counts behind what was shown, from the submissions that it names; None if one of them is gone."""
    named: dict[str, set[str]] = {}
    for cell, submissions in before.submissions.items():
        named.setdefault(cell.area, set()).update(submissions.split())
    old = {}
    for country in before.collections:
        figures = known.figures.get(key, {}).get(country, [])
        try:
            old[country] = country_year(
                country,
                _latest(known, [f for f in figures if f.submission in named[country]]),
                known.collections,
                _last_day(key),
                known.as_of,
            )
        except LeftOut:
            return None
    return old


def _latest(known: _Known, figures: list[Figure]) -> list[Figure]:
    """Of figures that replace each other the last received: of a period, or of the whole collection."""
    last: dict[Any, str] = {}

    def scope(figure: Figure) -> Any:
        period = (figure.frequency, figure.period_start) if figure.collection in known.by_period else None
        return figure.collection, period

    for figure in figures:
        rival = last.get(scope(figure), figure.submission)
        last[scope(figure)] = max(rival, figure.submission, key=lambda name: known.order[name])
    return [figure for figure in figures if last[scope(figure)] == figure.submission]


def _members(known: _Known, key: Key) -> frozenset[str]:
    day = pd.Timestamp(_last_day(key))
    rows = known.memberships
    is_member = (rows["valid_from"] <= day) & (rows["valid_to"].isna() | (rows["valid_to"] >= day))
    return frozenset(rows.loc[is_member, "member"])


def _last_day(key: Key) -> date:
    return _end(YEAR, key.year_start)


def _end(frequency: str, start: str) -> date:
    """The last day of a year or quarter."""
    first = date.fromisoformat(start)
    months = first.year * 12 + first.month - 1 + (12 if frequency == YEAR else 3)
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


# ---- rows ------------------------------------------------------------------------------------------


def _told(known: _Known, key: Key, outcome: Outcome) -> Iterator[dict[str, Any]]:
    shown = outcome.shown
    for cell, value in sorted(shown.values.items()):
        true = outcome.true.get(cell, value)
        members = shown.members.get((cell.frequency, cell.start), ()) if cell.area == known.region else ()
        yield _row(known, key, cell) | {
            "status": SHOWN,
            "value": true,
            "value_before": outcome.old.get(cell),
            "is_told": value is not None,
            "is_small": true is not None and 1 <= true < known.threshold,
            "is_open": cell in outcome.openly,
            "is_held_back": outcome.is_held_back,
            "members": " ".join(members) or None,
            "collection": shown.collections.get(cell.area, NOBODY),
            "submissions": shown.submissions[cell],
        }


def _row(known: _Known, key: Key, cell: Cell) -> dict[str, Any]:
    end = _end(cell.frequency, cell.start)
    return {
        "family": key.family,
        "measure": key.measure,
        "reporting_country": cell.area,
        "year": _last_day(key).year,
        "year_start": date.fromisoformat(key.year_start),
        "period_start": date.fromisoformat(cell.start),
        "period_end": end,
        "frequency": cell.frequency,
        "dimension": cell.dimension,
        "code": cell.code,
        "value": None,
        "value_before": None,
        "is_told": False,
        "is_small": False,
        "is_open": False,
        "is_held_back": False,
        "threshold": known.threshold,
        "members": None,
        "collection": NOBODY,
        "submissions": "",
    }
