"""Releases that an earlier version of the program made: what they lack of today's tables, in a sentence.

A release stays as it was published, so that after an upgrade the one in force may lack tables and columns
until the next refresh. Nothing is released and nothing is changed here.
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
"""What a question to a table or column that is not there raises; KeyError from a row that lacks it."""


class OlderRelease(UserError):
    """What was asked for is not in the release, since an earlier version of the program made it."""


def missing(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """The columns that a released file lacks of today's public tables, by table; of an absent table all."""
    there: Mapping[str, list[str]] = dict(db.execute(_COLUMNS).fetchall())
    lacking = {}
    for table in (t.public() for t in TABLES if t.visibility != "internal"):
        has = set(there.get(table.full_name, ()))
        if absent := tuple(name for name in table.column_names if name not in has):
            lacking[table.full_name] = absent
    return lacking


def in_force(file: Path) -> Sentence | None:
    """That the release in force is of an earlier version of the program; None where it is not."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return Sentence("release.older_in_force", {"release": _name(db)}) if missing(db) else None
    except (duckdb.Error, TypeError):
        return None


def explained(error: BaseException, db: duckdb.DuckDBPyConnection) -> OlderRelease | None:
    """The error as a sentence, where it names something that the release lacks; else None."""
    if not isinstance(error, _ERRORS):
        return None
    named = set(re.findall(r"\w+", str(error).split("\n", 1)[0]))
    lacking = _missing(db)
    tables = [name for name in lacking if name.split(".")[1] in named]
    columns = {column for columns in lacking.values() for column in columns if column in named}
    found = [*tables, *sorted(columns)]
    if not found:
        return None
    return OlderRelease("release.older", release=_name(db), missing=", ".join(found))


@contextmanager
def asked(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Questions to a release. Raises OlderRelease where one asks for what the release lacks."""
    try:
        yield
    except _ERRORS as error:
        if found := explained(error, db):
            raise found from error
        raise


def _missing(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """As `missing`; nothing of a connection that answers no more."""
    try:
        return missing(db)
    except duckdb.Error:
        return {}


def _name(db: duckdb.DuckDBPyConnection) -> str:
    row: Any = db.execute("SELECT release FROM registry.release").fetchone()
    return str(row[0])
