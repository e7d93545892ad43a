"""A model alone, of a few rows of the tables that it reads. No case is here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from schemas.tables import TABLES, table
from warehouse.build import models
from warehouse.build.database import define_macros

OF_MACROS = {"reference.codes", "reference.flags"}
"""The tables that macros read."""
DECLARED = {declaration.full_name for declaration in TABLES}


def rows_of(
    model: str, order: str, rows: Mapping[str, Sequence[Mapping[str, Any]]], *before: str
) -> pd.DataFrame:
    """The rows of a model, in this order; `before`: models that it reads and that run first."""
    selects = {name: models.selects(name)[0] for name in (*before, model)}
    read = set(re.findall(r"\b[a-z]+\.[a-z_]+", " ".join(selects.values()))) & DECLARED
    with duckdb.connect() as db:
        for schema in {declaration.schema for declaration in TABLES}:
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name in read | OF_MACROS | {*rows}:
            db.execute(table(name).ddl().replace(" NOT NULL", ""))
        define_macros(db)
        for name, given in {name: given for name, given in rows.items() if given}.items():
            frame = pd.DataFrame(given).astype(object)
            db.register("given", frame.where(frame.notna(), None))
            db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
        for name in before:
            db.execute(f"INSERT INTO {name} BY NAME {selects[name]}")
        return db.execute(f"SELECT * FROM ({selects[model]}) ORDER BY {order}").df()
