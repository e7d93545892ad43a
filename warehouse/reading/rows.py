"""Rows of a query as dictionaries by column, and their texts.

Who reads a declared table names the class of its rows (schemas/tables/rows.pyi).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

Record = Mapping[str, Any]
"""A row of a table of the network's records, whose columns its declaration names while the program runs."""


def row_dicts(result: duckdb.DuckDBPyConnection) -> list[Any]:
    """Return the rows of an executed query."""
    names = [name for name, *_ in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def text(value: object) -> str:
    """Return a text of a row; empty for a missing one (None or NaN)."""
    return value if isinstance(value, str) else ""
