"""The analyst's door to a released file: open, query, indicators, countries. Reads only."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Self

import duckdb
import pandas as pd

from schemas.tables import TABLES
from warehouse.home import Home


class Warehouse:
    """A released DuckDB file, open for reading. Use as a context manager or call close()."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path | str | None = None, *, as_of: date | None = None) -> Self:
        """Open `path`, or the home's current release. FileNotFoundError says what to do if there is none.

        With `as_of`, the view core.current shows the values in force on that day.
        """
        found = Path(path) if path is not None else Home.default().current
        if not found.exists():
            raise FileNotFoundError(
                f"No hay publicación en {found}; ejecute «lineabase refresh». / "
                f"There is no release at {found}; run “lineabase refresh”."
            )
        if as_of is None:
            return cls(duckdb.connect(found, read_only=True), found)
        return cls(_looking_back(found, as_of), found)

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
        """The result of a SELECT as a DataFrame."""
        return self.connection.execute(sql, parameters or {}).df()

    @property
    def release(self) -> str:
        """The release's name, `2026-Q3.r1`."""
        return str(self.query("SELECT release FROM registry.release")["release"].iloc[0])

    def indicator(self, indicator: str) -> pd.DataFrame:
        """All values of an indicator, sorted by country and period."""
        return self.query(
            "SELECT * FROM baseline.indicator_values WHERE indicator = $indicator ORDER BY ALL",
            {"indicator": indicator},
        )

    def close(self) -> None:
        """Close the file: a new connection in this process then sees a newer release."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _looking_back(path: Path, as_of: date) -> duckdb.DuckDBPyConnection:
    """Every table of the file under its own name, core.current as it was on that day."""
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{path}' AS released (READ_ONLY)")
    shown = [t for t in TABLES if t.visibility != "internal"]
    for schema in sorted({t.schema for t in shown}):
        connection.execute(f"CREATE SCHEMA {schema}")
    for table in shown:
        rows = f"SELECT * FROM released.{table.full_name}"
        if table.is_view:
            rows = (
                "SELECT * FROM released.core.observations "
                f"WHERE known_from <= DATE '{as_of}' AND (known_to IS NULL OR known_to > DATE '{as_of}')"
            )
        connection.execute(f"CREATE VIEW {table.full_name} AS {rows}")
    return connection
