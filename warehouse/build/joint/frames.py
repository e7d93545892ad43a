"""Rows of analysis.joint_bounds, from the cells of annual tables.

What the release before has of a country and year with the same content is taken from there. The digest of
the content covers this code too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from schemas.tables import DIMENSIONS
from warehouse.build.joint.certificates import AT_LEAST, AT_MOST, Certificate
from warehouse.build.joint.passing import Target
from warehouse.build.joint.solution import Solution, solve
from warehouse.build.joint.systems import JOIN, TOTAL_TABLE, Bounds, Cell, Row, make_system

SYSTEM = ["collection", "measure", "reporting_country", "period_start"]
"""Columns that the cells of a system share."""
_DIMENSIONS = [dimension.name for dimension in DIMENSIONS]
_UNKNOWN = Bounds(0, None)


class SmallCounts(NamedTuple):
    """The largest small count of the deployment, and the possible values that such a count keeps at least."""

    highest: int
    values: int


class _Part(NamedTuple):
    """The rows of a system, by cell, and its digest."""

    rows: dict[Cell, Any]
    groups: dict[Cell, list[tuple[str, str]]]
    digest: str


def joint_bounds(
    cells: pd.DataFrame, groups: pd.DataFrame, before: pd.DataFrame, small: SmallCounts
) -> pd.DataFrame:
    """Return a row for each cell with a tighter bound or in a contradictory set.

    `cells`: rows of core.joint_cells; `groups`: rows of core.subgroups; `before`: rows of the release before.
    """
    if cells.empty:
        return pd.DataFrame()
    groups_by_system = _rows_by_key(groups, SYSTEM)
    rows_before = _rows_by_key(before, [*SYSTEM, "digest"])
    rows: list[dict[str, Any]] = []
    for key, cells_of_system in sorted(_rows_by_key(cells, SYSTEM).items()):
        part = _read_part(cells_of_system, groups_by_system.get(key, []), small)
        old_rows = rows_before.get((*key, part.digest))
        rows += _rows(part, small) if old_rows is None else [row._asdict() for row in old_rows]
    return pd.DataFrame(rows)


def _rows_by_key(frame: pd.DataFrame, key: Iterable[str]) -> dict[tuple[Any, ...], list[Any]]:
    """Return the rows of a frame, those with the same key together. Slices of a frame would cost more."""
    rows: dict[tuple[Any, ...], list[Any]] = {}
    for row in frame.itertuples(index=False):
        rows.setdefault(tuple(getattr(row, name) for name in key), []).append(row)
    return rows


def _read_part(rows: Iterable[Any], groups: Iterable[Any], small: SmallCounts) -> _Part:
    by_cell = {_cell(row): row for row in rows}
    groups_by_cell: dict[Cell, list[tuple[str, str]]] = {}
    for row in groups:
        groups_by_cell.setdefault(_cell(row), []).append((row.within, row.wider_group))
    content = sorted(
        (str(cell), row.value_low, str(row.value_high), row.is_doubtful, row.is_repeated, row.is_whole)
        for cell, row in by_cell.items()
    )
    grouped = sorted((str(cell), sorted(wider)) for cell, wider in groups_by_cell.items())
    return _Part(
        by_cell, groups_by_cell, sha256(f"{_code()} {content} {grouped} {small}".encode()).hexdigest()[:16]
    )


@cache
def _code() -> str:
    """Return a digest of this package's code and the version of the library that solves."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))]
    return sha256("\x00".join([*texts, version("scipy")]).encode()).hexdigest()


def _cell(row: Any) -> Cell:
    details = () if row.breakdown == TOTAL_TABLE else row.breakdown.split(JOIN)
    return Cell(row.breakdown, tuple(getattr(row, name) for name in details))


def _bounds(row: Any) -> Bounds:
    return Bounds(int(row.value_low), None if pd.isna(row.value_high) else int(row.value_high))


def _rows(part: _Part, small: SmallCounts) -> Iterator[dict[str, Any]]:
    """Yield the rows of a system. A doubtful value bounds nothing."""
    system = make_system(
        (
            Row(
                cell,
                _UNKNOWN if row.is_doubtful else _bounds(row),
                bool(row.is_repeated),
                tuple(sorted(part.groups.get(cell, []))),
            )
            for cell, row in part.rows.items()
        ),
        {cell.table for cell, row in part.rows.items() if row.is_whole},
    )
    solution = solve(system)
    contradictory = {cell: proof for proof in solution.contradictions for cell in proof.cells()}
    for cell in sorted({*contradictory, *(target.cell for target in solution.bounds)}):
        row = part.rows[cell]
        if row.is_doubtful:
            continue
        if cell in contradictory:
            yield _row(row, part.digest) | _contradiction_columns(contradictory[cell])
        else:
            joint = _joint_columns(cell, _bounds(row), solution)
            if not _is_narrow(joint["joint_low"], joint["joint_high"], small):
                yield _row(row, part.digest) | joint


def _is_narrow(low: int, high: int | None, small: SmallCounts) -> bool:
    """Check that an interval breaks the promise to protected counts: few values, one of them a small count.

    The source hid the count, so what its tables disclose together is not published. A proved 0 is nobody.
    """
    if high is None or high - low + 1 >= small.values:
        return False
    return low <= small.highest and high >= 1


def _row(row: Any, digest: str) -> dict[str, Any]:
    copied = ("family", *SYSTEM, "period_end", "breakdown", *_DIMENSIONS, "value_low", "value_high")
    empty = dict.fromkeys(("joint_low", "joint_high", "certificate", "low_certificate", "high_certificate"))
    return {
        **{name: getattr(row, name) for name in copied},
        **empty,
        "is_contradictory": False,
        "digest": digest,
    }


def _contradiction_columns(proof: Certificate) -> dict[str, Any]:
    return {
        "is_contradictory": True,
        "compares_tables": proof.compares_tables,
        "certificate": proof.to_text(),
    }


def _joint_columns(cell: Cell, bounds: Bounds, solution: Solution) -> dict[str, Any]:
    low, high = (solution.bounds.get(Target(cell, side)) for side in (AT_LEAST, AT_MOST))
    return {
        "compares_tables": any(proof.compares_tables for proof in (low, high) if proof),
        "joint_low": bounds.low if low is None else low.bound,
        "joint_high": bounds.high if high is None else high.bound,
        "low_certificate": low and low.to_text(),
        "high_certificate": high and high.to_text(),
    }
