"""The ledger of protected counts: what each release published of them, and the draw behind every cell.

One file a release in `warehouse/protection/`, with the network's key. Both are inputs of a release, like
raw/, and are kept when releases are removed. Nothing is drawn here.
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
from schemas.words import Wrong
from warehouse.audit.published import STALE, has
from warehouse.audit.relations import Place, Published, Snapshot, distinct
from warehouse.home import Home, durable, quoted
from warehouse.protection.counts import Period

SHOWN = "shown"
"""The status of a published cell."""
KEY = "key"
KEY_BYTES = 32

_PLACE = "family, measure, reporting_country, frequency, period_start, dimension, code"
_CELL = "value_low, value_high, value_published, flag, details_as_of, collection, submissions"
_DRAW = "draw, attempt, fingerprint"


class Entry(NamedTuple):
    """A published cell: its bounds, the draw behind it, and a keyed hash of the counts of its period."""

    place: Place
    low: int
    high: int | None
    published: int | None
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
        return Period(self.place.frequency, self.place.start)

    def as_published(self) -> Published:
        """The cell as an attacker has it."""
        return Published(self.low, self.high, self.details_as_of, self.is_stale, self.collection)

    @property
    def is_stale(self) -> bool:
        """Whether the cell described an earlier state of the data than its release."""
        return STALE in (self.marks or "").split("+")


@dataclass(frozen=True)
class Issue:
    """The protected cells of one release."""

    release: str
    as_of: date
    entries: Sequence[Entry]

    @cached_property
    def details(self) -> Mapping[tuple[str, str, str, Period], Sequence[Entry]]:
        """The drawn cells by family, measure, member and period."""
        found: dict[tuple[str, str, str, Period], list[Entry]] = {}
        for entry in self.entries:
            if entry.details_as_of is not None:
                place = entry.place
                found.setdefault((place.family, place.measure, place.area, entry.period), []).append(entry)
        return found

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], Mapping[Place, Published]]:
        """The published cells by family and member, as an attacker has them."""
        found: dict[tuple[str, str], dict[Place, Published]] = {}
        for e in self.entries:
            found.setdefault((e.place.family, e.place.area), {})[e.place] = e.as_published()
        return found


@dataclass(frozen=True)
class Ledger:
    """The protected cells of all releases, the earliest first, and where the network's key is."""

    home: Home
    issues: Sequence[Issue] = field(default_factory=tuple)

    def key(self) -> bytes:
        """The network's key; made when it is first needed. Raises Wrong if it was lost."""
        path = self.home.protection / KEY
        if path.is_file():
            return path.read_bytes()
        if any(self.home.protection.glob("*.parquet")):
            raise Wrong("protection.no_key", file=path)
        durable.replace_for_good(path, secrets.token_bytes(KEY_BYTES))
        path.chmod(0o600)
        return path.read_bytes()

    @property
    def ends_with_former_method(self) -> bool:
        """Whether the last release published details that were never drawn."""
        last = self.issues[-1].entries if self.issues else ()
        return any(e.details_as_of is not None and e.draw is None for e in last)

    def snapshots(self, family: str, area: str) -> list[Snapshot]:
        """The releases of one member as an attacker has them; equal ones in a row once, the first."""
        own = ((issue.as_of, issue.cells.get((family, area))) for issue in self.issues)
        return distinct(Snapshot(as_of, cells) for as_of, cells in own if cells)


def ledger_file(home: Home, name: str) -> Path:
    """The ledger's file of a release."""
    return home.protection / f"{name}.parquet"


def read(home: Home, releases: Iterable[tuple[str, Path]]) -> Ledger:
    """The ledger of the releases that were published: each name, and its file, if it is still there.

    A release that the ledger has no file of is read from its own file, one of the former method too.
    """
    issues = []
    for name, file in releases:
        noted = ledger_file(home, name)
        if noted.is_file():
            issues.append(_noted(name, noted))
        elif file.is_file() and (issue := _of_release(name, file)):
            issues.append(issue)
    return Ledger(home, tuple(issues))


def note(home: Home, name: str, internal: Path) -> None:
    """Write what a release publishes, before it is in force. The caller holds build.lock."""
    shown = f"{PROTECTED_CELLS.full_name} WHERE status = '{SHOWN}'"
    target = ledger_file(home, name)
    fresh = target.with_name(f".{target.name}")
    with duckdb.connect(internal, read_only=True) as db:
        if not db.execute(f"SELECT 1 FROM {shown} LIMIT 1").fetchone():
            return
        day = "(SELECT as_of FROM registry.release) AS as_of"
        rows = f"SELECT {day}, {_PLACE}, {_CELL}, {_DRAW} FROM {shown} ORDER BY ALL"
        db.execute(f"COPY ({rows}) TO {quoted(fresh)} (FORMAT parquet, COMPRESSION zstd)")
    fresh.chmod(0o600)
    durable.rename(fresh, target)


def _noted(name: str, file: Path) -> Issue:
    with duckdb.connect() as db:
        rows = db.execute(
            f"SELECT as_of, {_PLACE}, {_CELL}, {_DRAW} FROM read_parquet({quoted(file)}) ORDER BY ALL"
        ).fetchall()
    return Issue(name, rows[0][0], [_entry(row[1:]) for row in rows])


def _entry(row: Sequence[Any]) -> Entry:
    low, high, published, marks, details_as_of, collection, submissions, draw, attempt, fingerprint = row[7:]
    return Entry(
        Place(*row[:7]),
        int(low),
        None if high is None else int(high),
        None if published is None else int(published),
        marks,
        details_as_of,
        collection,
        submissions,
        draw,
        attempt,
        fingerprint,
    )


def _of_release(name: str, file: Path) -> Issue | None:
    """The protected cells of a release file; the former method published exact values or none."""
    with duckdb.connect(file, read_only=True) as db:
        if not has(db, PROTECTED_COUNTS.full_name, "code"):
            return None
        [(as_of,)] = db.execute("SELECT as_of FROM registry.release").fetchall()
        cell = _CELL
        if not has(db, PROTECTED_COUNTS.full_name, "value_low"):
            drawn = f"CASE WHEN frequency <> 'A' OR dimension <> '_T' THEN DATE '{as_of}' END"
            cell = f"value, value, NULL, NULL, {drawn}, collection, submissions"
        rows = db.execute(
            f"SELECT {_PLACE}, {cell}, NULL, NULL, NULL FROM {PROTECTED_COUNTS.full_name} ORDER BY ALL"
        ).fetchall()
    entries = [_entry(row) for row in rows if row[7] is not None]
    return Issue(name, as_of, entries) if entries else None
