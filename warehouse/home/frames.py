"""Tables of the steps of a submission: staged/<submission>/<name>.parquet, written whole or not at all.

step_results.py has the results of the steps, and needs no pandas.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.tables import Table
from warehouse.home.durable import hash_now
from warehouse.home.layout import Home
from warehouse.home.step_results import SizeAndHash

Frame: TypeAlias = pd.DataFrame | pa.Table
"""A staged table of pandas or of Arrow."""


def frame_path(home: Home, submission: str, name: str) -> Path:
    """Return the path of a staged table."""
    return home.staged_folder(submission) / f"{name}.parquet"


def write_frame(
    home: Home, submission: str, name: str, frame: Frame, table: Table | None = None
) -> SizeAndHash:
    """Write a staged table whole or not at all, with the declared columns and types if `table` is given.

    Only its owner can read it, like its folder: it may contain rows of cases.
    """
    path = frame_path(home, submission, name)
    schema = arrow_schema(table) if table else None
    arrow = frame if isinstance(frame, pa.Table) else _to_arrow(frame, schema)
    pq.write_table(arrow, path.with_suffix(".tmp"), **_write_options(frame))
    path.with_suffix(".tmp").chmod(0o600)
    os.replace(path.with_suffix(".tmp"), path)
    return path.stat().st_size, hash_now(path)


def _write_options(frame: Frame) -> dict[str, Any]:
    """Return options for Arrow tables: dictionaries only for columns that already are dictionaries."""
    if not isinstance(frame, pa.Table):
        return {}
    return {"use_dictionary": [f.name for f in frame.schema if pa.types.is_dictionary(f.type)]}


def _to_arrow(frame: pd.DataFrame, schema: pa.Schema | None) -> pa.Table:
    if schema and frame.empty:
        return schema.empty_table()
    columns = frame[schema.names] if schema else frame
    return pa.Table.from_pandas(columns, schema=schema, preserve_index=False)


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Convert the declared columns to Arrow types."""
    types = {
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.null) for c in table.columns])


def read_frame(home: Home, submission: str, name: str) -> pd.DataFrame:
    """Read a staged table into pandas."""
    return pd.read_parquet(frame_path(home, submission, name))


def read_arrow(home: Home, submission: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a staged table, or some of its columns, with the types as written."""
    return pq.read_table(frame_path(home, submission, name), columns=columns and list(columns))
