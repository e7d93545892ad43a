"""What release files tell of protected counts, as puzzles for the attack. Reads public tables alone.

Two files tell more than one: a cell that comes from the same submissions in both is the same cell, and of any
other the difference can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd

from warehouse.audit.attack import SECONDS, Contradiction, Limit, Puzzle, TimedOut, intervals
from warehouse.audit.derived import Cell, Said, said

TABLE, YEARS = "protected_counts", "protected_years"
NOW, BEFORE, CHANGE = "now", "before", "change"
"""Of which file an interval is, or of the difference between the two."""


class Place(NamedTuple):
    """Where a count stands in a table."""

    family: str
    measure: str
    year_start: str
    area: str
    frequency: str
    first_day: str
    dimension: str
    code: str

    @property
    def component(self) -> tuple[str, str, str]:
        """Cells of one component add up to one another, and to no others."""
        return self[:3]


class Told(NamedTuple):
    """What a file says there."""

    value: int | None
    members: str | None
    submissions: str


Tables = dict[Place, Told]
Facts = Mapping[Place, int]
"""Counts known from elsewhere."""


def read(file: Path) -> Tables:
    """The protected counts of a release file; none where it has no such table."""
    with duckdb.connect(file, read_only=True) as db:
        if not _has(db, "baseline", TABLE):
            return {}
        rows = db.execute(
            "SELECT family, measure, CAST(year_start AS VARCHAR), reporting_country, frequency, "
            "CAST(period_start AS VARCHAR), dimension, code, CAST(value AS BIGINT), members, submissions "
            f"FROM baseline.{TABLE} ORDER BY ALL"
        ).fetchall()
    return {Place(*row[:8]): Told(*row[8:]) for row in rows}


def threshold(file: Path) -> int | None:
    """Below what the file says that it tells no count; None where it tells none at all."""
    with duckdb.connect(file, read_only=True) as db:
        if not _has(db, "baseline", YEARS):
            return None
        [(told,)] = db.execute(f"SELECT max(threshold) FROM baseline.{YEARS}").fetchall()
    return None if told is None else int(told)


def _has(db: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    asked = "SELECT 1 FROM duckdb_tables() WHERE schema_name = $schema AND table_name = $name"
    return db.execute(asked, {"schema": schema, "name": name}).fetchone() is not None


def told_elsewhere(file: Path) -> dict[Place, int]:
    """Totals and single breakdowns of years and quarters that other collections of the file tell exactly.

    Where two tell different numbers, the smallest: which of them is right is not in the file.
    """
    with duckdb.connect(file, read_only=True) as db:
        if not _has(db, "baseline", TABLE):
            return {}
        dimensions = [d for (d,) in db.execute(f"SELECT DISTINCT dimension FROM baseline.{TABLE}").fetchall()]
        columns = {name for name, *_ in db.execute("SELECT * FROM core.current LIMIT 0").description or ()}
        found: dict[Place, int] = {}
        for dimension in sorted(dimensions):
            if dimension == "_T" or dimension in columns - {"origin_class"}:
                found |= _elsewhere(db, dimension)
    return found


def _elsewhere(db: duckdb.DuckDBPyConnection, dimension: str) -> dict[Place, int]:
    code, breakdown = ("'_T'", "total") if dimension == "_T" else (dimension, dimension)
    rows = db.execute(
        f"""
        SELECT p.family, p.measure, CAST(p.year_start AS VARCHAR), p.reporting_country, p.frequency,
               CAST(p.period_start AS VARCHAR), p.dimension, p.code, CAST(min(c.value_low) AS BIGINT)
        FROM baseline.{TABLE} AS p
        JOIN core.current AS c
            ON (c.family, c.measure, c.reporting_country, c.frequency, c.period_start)
            = (p.family, p.measure, p.reporting_country, p.frequency, p.period_start) AND {code} = p.code
        WHERE p.dimension = '{dimension}' AND c.breakdown = '{breakdown}' AND c.value_low = c.value_high
        GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return {Place(*row[:8]): row[8] for row in rows}


# ---- puzzles ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """One component as one or two files tell it: the puzzle, and under which name each cell stands in it."""

    puzzle: Puzzle
    now: Mapping[Place, tuple[str, Place]]
    before: Mapping[Place, tuple[str, Place]]
    changes: Mapping[Place, tuple[str, Place]]


Beside = tuple[Sequence[Said], Sequence[Said]]
"""What the other tables say of both files' cells: of the file asked, of the one before."""


def beside(file: Path, previous: Path | None) -> Beside:
    """What the other tables of the files say."""
    return said(file), said(previous) if previous else ()


def pairs(
    now: Tables, before: Tables, facts: Facts | None = None, beside: Beside = ((), ())
) -> dict[tuple[str, str, str], Pair]:
    """A puzzle for each component that `now` tells."""
    names = sorted({place.component for place in now})
    mine = {name: {p: t for p, t in now.items() if p.component == name} for name in names}
    past = {name: {p: t for p, t in before.items() if p.component == name} for name in names}
    return {name: _pair(mine[name], past[name], facts or {}, beside) for name in names}


def _limits(named: Mapping[Place, tuple[str, Place]], told: Sequence[Said]) -> list[Limit]:
    """What is said of cells of this component, by their names here."""
    names = {Cell(p.measure, *p[3:]): name for p, name in named.items()}
    return [
        (tuple((names[cell], factor) for cell, factor in one.terms), one.low, one.high)
        for one in told
        if all(cell in names for cell in one.cells)
    ]


def _pair(now: Tables, before: Tables, facts: Facts, beside: Beside) -> Pair:
    shared = {p for p in now if p in before and now[p][1:] == before[p][1:]}
    named = {p: (BEFORE if p in shared else NOW, p) for p in now}
    past = {p: (BEFORE, p) for p in before}
    changes = {p: (CHANGE, p) for p in now if p in before and p not in shared}
    known = {past[p]: t.value for p, t in before.items() if t.value is not None}
    known |= {named[p]: t.value for p, t in now.items() if t.value is not None}
    sums = [*_sums(before, past), *_sums(now, named)]
    sums += [(named[p], (past[p], change)) for p, change in changes.items()]
    cells = sorted({*named.values(), *past.values(), *changes.values()})
    limits = list(dict.fromkeys([*_limits(named, beside[0]), *_limits(past, beside[1])]))
    puzzle = Puzzle(cells, sums, known, frozenset(changes.values()), limits)
    for place, value in sorted(facts.items()):
        if place in named and named[place] not in known:
            more = replace(puzzle, known={**puzzle.known, named[place]: value})
            puzzle = more if _fits(more, named[place]) else puzzle
    return Pair(puzzle, named, past, changes)


def _fits(puzzle: Puzzle, cell: tuple[str, Place]) -> bool:
    """Whether some table is as told, so that what is told elsewhere may be of the same persons."""
    beside = [other for whole, parts in puzzle.sums if cell in (whole, *parts) for other in (whole, *parts)]
    try:
        intervals(puzzle, beside, enough=0)
    except Contradiction:
        return False
    return True


def _sums(tables: Tables, named: Mapping[Place, tuple[str, Place]]) -> list[tuple]:
    """Codes of a breakdown, quarters of a year, members of a region: what a reader adds up."""
    found = []
    for place, told in sorted(tables.items()):
        if told.members:
            parts = [place._replace(area=member) for member in told.members.split()]
            found.append((place, parts))
        if place.dimension == "_T" and place.frequency == "A":
            own = sorted(p for p in tables if p.area == place.area and p != place)
            for _, codes in groupby((p for p in own if p.frequency == "A"), key=lambda p: p.dimension):
                found.append((place, list(codes)))
            quarters = [p for p in own if p.frequency == "Q"]
            if len(quarters) == 4 and all(tables[q].members == told.members for q in quarters):
                found.append((place, quarters))
    return [(named[whole], tuple(named[part] for part in parts)) for whole, parts in found]


# ---- the attack on files -----------------------------------------------------------------------------

ANSWERED, TIMED_OUT, CONTRADICTION = "answered", "timed_out", "contradiction"
COLUMNS = (*Place._fields, "which", "low", "high", "answer")


def attacked(
    file: Path,
    previous: Path | None,
    facts: Facts | None = None,
    *,
    enough: int | None = None,
    seconds: float = SECONDS,
) -> pd.DataFrame:
    """Of every withheld count, and of every difference to the file before, what it can be.

    `high` NULL: nobody knows how much. A component without an answer has one row that says why.
    """
    before = read(previous) if previous else {}
    rows: list[tuple] = []
    for name, pair in pairs(read(file), before, facts, beside(file, previous)).items():
        try:
            rows += _rows(pair, enough, seconds)
        except (TimedOut, Contradiction) as failed:
            answer = TIMED_OUT if isinstance(failed, TimedOut) else CONTRADICTION
            rows.append((*Place(*name, "", "", "", "", ""), NOW, None, None, answer))
    if not rows:
        return nothing()
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"low": "Int64", "high": "Int64"})


def _rows(pair: Pair, enough: int | None, seconds: float) -> Iterable[tuple]:
    found = intervals(pair.puzzle, enough=enough, seconds=seconds)
    for which, named in ((NOW, pair.now), (BEFORE, pair.before), (CHANGE, pair.changes)):
        for place, cell in named.items():
            if cell in found:
                yield (*place, which, *found[cell], ANSWERED)


def nothing() -> pd.DataFrame:
    """What an attack finds where no protected count is told."""
    text = {name: pd.Series(dtype="string") for name in COLUMNS if name not in ("low", "high")}
    numbers = {name: pd.Series(dtype="Int64") for name in ("low", "high")}
    return pd.DataFrame({name: (text | numbers)[name] for name in COLUMNS})
