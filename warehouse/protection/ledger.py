"""Ledger of protected counts: the published cells of each release, and the draw of every cell.

A file per release in `warehouse/protection/`, next to the network's key. Both are inputs of a release, like
raw/, and stay when releases are removed. Nothing is drawn here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from schemas.tables import PROTECTED_CELLS, PROTECTED_COUNTS
from schemas.words import InvalidValue
from warehouse.audit.relations import CellKey, ReleasedCell, Snapshot, drop_repeats
from warehouse.audit.released_counts import STALE, has_column
from warehouse.home import Home, durable, quote_path
from warehouse.protection.counts import Period

SHOWN_STATUS = "shown"
"""Status of a published cell."""
KEY = "key"
KEY_BYTES = 32

_KEY_COLUMNS = "family, measure, reporting_country, frequency, period_start, dimension, code"
_CELL = "value_low, value_high, value_published, flag, details_as_of, collection, submissions"
_DRAW = "draw, attempt, fingerprint"


class Entry(NamedTuple):
    """A published cell: its bounds, its draw, and a keyed hash of the counts of its period."""

    cell_key: CellKey
    low: int
    high: int | None
    published_value: int | None
    marks: str | None
    details_as_of: date | None
    collection: str
    submissions: str
    draw: int | None = None
    attempt: int | None = None
    fingerprint: str | None = None

    @property
    def period(self) -> Period:
        """The period of the cell."""
        return Period(self.cell_key.frequency, self.cell_key.start)

    def as_published(self) -> ReleasedCell:
        """Return the cell as readers see it."""
        return ReleasedCell(self.low, self.high, self.details_as_of, self.is_stale, self.collection)

    @property
    def is_stale(self) -> bool:
        """True if the cell describes an earlier state of the data than its release."""
        return STALE in (self.marks or "").split("+")


@dataclass(frozen=True)
class Issue:
    """The protected cells of a release."""

    release: str
    as_of: date
    entries: Sequence[Entry]

    @cached_property
    def details(self) -> Mapping[tuple[str, str, str, Period], Sequence[Entry]]:
        """The drawn cells by family, measure, member and period."""
        entries: dict[tuple[str, str, str, Period], list[Entry]] = {}
        for entry in self.entries:
            if entry.details_as_of is not None:
                cell_key = entry.cell_key
                entries.setdefault(
                    (cell_key.family, cell_key.measure, cell_key.area, entry.period), []
                ).append(entry)
        return entries

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], Mapping[CellKey, ReleasedCell]]:
        """The published cells by family and member, as readers see them."""
        cells: dict[tuple[str, str], dict[CellKey, ReleasedCell]] = {}
        for e in self.entries:
            cells.setdefault((e.cell_key.family, e.cell_key.area), {})[e.cell_key] = e.as_published()
        return cells


@dataclass(frozen=True)
class Ledger:
    """The protected cells of all releases in order, and the location of the network's key."""

    home: Home
    issues: Sequence[Issue] = field(default_factory=tuple)

    def key(self) -> bytes:
        """Return the network's key; make it at first use. Raises InvalidValue if it was lost."""
        path = self.home.protection / KEY
        if path.is_file():
            return path.read_bytes()
        if any(self.home.protection.glob("*.parquet")):
            raise InvalidValue("protection.no_key", file=path)
        durable.replace_durably(path, secrets.token_bytes(KEY_BYTES))
        path.chmod(0o600)
        return path.read_bytes()

    @property
    def ends_with_former_method(self) -> bool:
        """True if the last release published details that were never drawn."""
        last = self.issues[-1].entries if self.issues else ()
        return any(e.details_as_of is not None and e.draw is None for e in last)

    def snapshots(self, family: str, area: str) -> list[Snapshot]:
        """Return the releases of a member as readers see them, without repetitions."""
        member_cells = ((issue.as_of, issue.cells.get((family, area))) for issue in self.issues)
        return drop_repeats(Snapshot(as_of, cells) for as_of, cells in member_cells if cells)


def read_ledger(home: Home, releases: Iterable[tuple[str, Path]]) -> Ledger:
    """Read the ledger of published releases, given the name of each and its file, if it still exists.

    A release without a file in the ledger is read from its own file, also a file of the former method.
    """
    issues = []
    for name, file in releases:
        own_file = home.ledger_file(name)
        if own_file.is_file():
            issues.append(_read_ledger_file(name, own_file))
        elif file.is_file() and (issue := _read_release_file(name, file)):
            issues.append(issue)
    return Ledger(home, tuple(issues))


def write_ledger_file(home: Home, name: str, internal: Path) -> None:
    """Write the published cells of a release, before it is in force. The caller holds build.lock."""
    shown_cells = f"{PROTECTED_CELLS.full_name} WHERE status = '{SHOWN_STATUS}'"
    target = home.ledger_file(name)
    fresh = target.with_name(f".{target.name}")
    with duckdb.connect(internal, read_only=True) as db:
        if not db.execute(f"SELECT 1 FROM {shown_cells} LIMIT 1").fetchone():
            return
        day = "(SELECT as_of FROM registry.release) AS as_of"
        rows = f"SELECT {day}, {_KEY_COLUMNS}, {_CELL}, {_DRAW} FROM {shown_cells} ORDER BY ALL"
        db.execute(f"COPY ({rows}) TO {quote_path(fresh)} (FORMAT parquet, COMPRESSION zstd)")
    fresh.chmod(0o600)
    durable.rename(fresh, target)


def _read_ledger_file(name: str, file: Path) -> Issue:
    with duckdb.connect() as db:
        table = f"read_parquet({quote_path(file)})"
        rows = db.execute(
            f"SELECT as_of, {_KEY_COLUMNS}, {_CELL}, {_DRAW} FROM {table} ORDER BY ALL"
        ).fetchall()
    return Issue(name, rows[0][0], [_entry(row[1:]) for row in rows])


def _entry(row: Sequence[Any]) -> Entry:
    low, high, published_value, marks, details_as_of, collection, submissions, draw, attempt, fingerprint = (
        row[7:]
    )
    return Entry(
        CellKey(*row[:7]),
        int(low),
        None if high is None else int(high),
        None if published_value is None else int(published_value),
        marks,
        details_as_of,
        collection,
        submissions,
        draw,
        attempt,
        fingerprint,
    )


def _read_release_file(name: str, file: Path) -> Issue | None:
    """Read the protected cells of a release file. The former method had exact values or none."""
    with duckdb.connect(file, read_only=True) as db:
        if not has_column(db, PROTECTED_COUNTS.full_name, "code"):
            return None
        [(as_of,)] = db.execute("SELECT as_of FROM registry.release").fetchall()
        cell = _CELL
        if not has_column(db, PROTECTED_COUNTS.full_name, "value_low"):
            drawn_on = f"CASE WHEN frequency <> 'A' OR dimension <> '_T' THEN DATE '{as_of}' END"
            cell = f"value, value, NULL, NULL, {drawn_on}, collection, submissions"
        rows = db.execute(
            f"SELECT {_KEY_COLUMNS}, {cell}, NULL, NULL, NULL FROM {PROTECTED_COUNTS.full_name} ORDER BY ALL"
        ).fetchall()
    entries = [_entry(row) for row in rows if row[7] is not None]
    return Issue(name, as_of, entries) if entries else None
