"""Reuse of the last build: a table is copied if all that it depends on is unchanged. Computes no table.

A table depends on the rows of the tables that it reads, on the versions of the libraries and, if Python
computes it, on the day. The program's files are compared before (freshness.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import duckdb

from schemas.tables import PROTECTED_CELLS, STAGED_TABLE, Table, table
from schemas.tables.network import SCHEMA as NETWORK
from warehouse.build.freshness import LastBuild, TableHashes
from warehouse.home import quote_path

LAST = "last_build"
"""The alias of the attached internal database of the last build."""

_UNREAD_COLUMNS = {"registry.release": "built_on"}
"""Columns that no model reads: their values do not count."""


class TableReuse:
    """Tables copied from the last build, and the hashes of this one.

    `sources`: for each table to fill, all tables that it reads. `settings`: all else that every table depends
    on.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        last: LastBuild | None,
        sources: Mapping[str, frozenset[str]],
        settings: str,
    ) -> None:
        self._db = db
        self._last = last.tables if last else {}
        self._sources = sources
        self._settings = settings
        self._keys: dict[str, str] = {}
        self._rows: dict[str, str] = {}
        if last:
            db.execute(f"ATTACH {quote_path(last.path)} AS {LAST} (READ_ONLY)")

    def copy(self, target: Table, day: str = "") -> bool:
        """Copy a table from the last build and return True, if it depends on nothing that has changed."""
        if target.is_view or not self._can_be_copied(target):
            return False
        name = target.full_name
        self._keys[name] = self._key(name, day)
        key_before, rows_before = self._last.get(name, ("", ""))
        if self._keys[name] != key_before:
            return False
        self._db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM {LAST}.{name}")
        self._rows[name] = rows_before
        return True

    def finish(self) -> TableHashes:
        """Detach the last build, and return the hashes of all tables that can be copied from this one.

        The rows of a table that no such table reads have no hash.
        """
        self._db.execute(f"DETACH DATABASE IF EXISTS {LAST}")
        return {name: (key, self._rows.get(name, "")) for name, key in self._keys.items()}

    def _can_be_copied(self, target: Table) -> bool:
        """Check that the tables that a table reads are all known by their rows.

        Staged rows are not; records of the network are made of such. Protected counts are drawn.
        """
        reads_staged_rows = STAGED_TABLE.full_name in self._sources[target.full_name]
        return not (reads_staged_rows or target.schema == NETWORK or target == PROTECTED_CELLS)

    def _key(self, name: str, day: str) -> str:
        rows = (f"{source} {self._hash_rows(source)}" for source in sorted(self._sources[name]))
        return _digest(self._settings, day, *rows)

    def _hash_rows(self, name: str) -> str:
        """Hash a table's rows, independent of their order; of a view, the rows of the tables it reads."""
        if name not in self._rows:
            if table(name).is_view:
                self._rows[name] = self._key(name, "")
            else:
                unread = _UNREAD_COLUMNS.get(name)
                columns = f"* EXCLUDE ({unread})" if unread else "*"
                query = f"SELECT count(*), sum(hash(t)::HUGEINT) FROM (SELECT {columns} FROM {name}) AS t"
                row: Any = self._db.execute(query).fetchone()
                self._rows[name] = "{}:{}".format(*row)
        return self._rows[name]


def _digest(*texts: str) -> str:
    return sha256("\x00".join(texts).encode()).hexdigest()
