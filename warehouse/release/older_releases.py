"""Releases of earlier versions of the program, and a sentence about the tables that they lack.

A release never changes. After an upgrade the release in force may lack tables and columns until the next
refresh. Nothing is released or changed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from schemas.tables import TABLES
from schemas.words import Sentence, UserError

_COLUMNS = """
SELECT schema_name || '.' || table_name, list(column_name)
FROM duckdb_columns() WHERE database_name = current_database() GROUP BY ALL"""
_ERRORS = (duckdb.BinderException, duckdb.CatalogException, KeyError)
"""Errors of a query to a missing table or column. KeyError comes from rows that lack a column."""


class OlderRelease(UserError):
    """The requested data is not in the release, because an earlier version of the program made it."""


def missing_columns(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return, by table, the public columns of this version that a release file lacks."""
    present: Mapping[str, list[str]] = dict(db.execute(_COLUMNS).fetchall())
    lacking = {}
    for table in (t.public() for t in TABLES if t.visibility != "internal"):
        has = set(present.get(table.full_name, ()))
        if missing_names := tuple(name for name in table.column_names if name not in has):
            lacking[table.full_name] = missing_names
    return lacking


def describe_older_release(file: Path) -> Sentence | None:
    """Return a sentence if an earlier version made the release in force, else None."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return (
                Sentence("release.older_in_force", {"release": _release_name(db)})
                if missing_columns(db)
                else None
            )
    except (duckdb.Error, TypeError):
        return None


def explain_error(error: BaseException, db: duckdb.DuckDBPyConnection) -> OlderRelease | None:
    """Return the error as a sentence if it names something that the release lacks, else None."""
    if not isinstance(error, _ERRORS):
        return None
    words = set(re.findall(r"\w+", str(error).split("\n", 1)[0]))
    lacking = _missing_columns_if_readable(db)
    tables = [name for name in lacking if name.split(".")[1] in words]
    columns = {column for columns in lacking.values() for column in columns if column in words}
    names = [*tables, *sorted(columns)]
    if not names:
        return None
    return OlderRelease("release.older", release=_release_name(db), missing=", ".join(names))


@contextmanager
def explain_missing_tables(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run queries on a release. Raises OlderRelease if a query needs something that the release lacks."""
    try:
        yield
    except _ERRORS as error:
        if explanation := explain_error(error, db):
            raise explanation from error
        raise


def _missing_columns_if_readable(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return `missing_columns`, or nothing if the connection no longer works."""
    try:
        return missing_columns(db)
    except duckdb.Error:
        return {}


def _release_name(db: duckdb.DuckDBPyConnection) -> str:
    row: Any = db.execute("SELECT release FROM registry.release").fetchone()
    return str(row[0])
