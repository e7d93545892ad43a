"""The analyst's door to a released file: open, query, indicators, what changed. Reads only."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from schemas.tables import KEY, TABLES, table
from schemas.words import UserError, Wrong
from warehouse.home import Home, quoted

if TYPE_CHECKING:
    import pandas as pd

_KEY = ", ".join(("collection", *KEY))
_CHANGES = f"""
WITH old AS (SELECT DISTINCT {_KEY}, value_low, value_high FROM core.observations WHERE submission = $old),
new AS (SELECT DISTINCT {_KEY}, value_low, value_high FROM core.observations WHERE submission = $new),
lost AS (   -- why the key was last lost, as analysis.revisions says of successive submissions
    SELECT {_KEY}, arg_max(kind, (received_on, new_submission)) AS kind
    FROM analysis.revisions
    JOIN (SELECT submission AS new_submission, received_on FROM registry.submissions) USING (new_submission)
    WHERE kind IN ('withdrawn', 'quarantined')
      AND received_on <= (SELECT received_on FROM registry.submissions WHERE submission = $new)
    GROUP BY ALL
),
changes AS (
    SELECT
        {_KEY}, old.value_low AS old_low, old.value_high AS old_high,
        new.value_low AS new_low, new.value_high AS new_high,
        new.value_low - old.value_high AS change_low, new.value_high - old.value_low AS change_high,
        $old AS old_submission, $new AS new_submission,
        CASE
            WHEN old.value_low IS NULL THEN 'new'
            WHEN new.value_low IS NOT NULL THEN 'revised'
            ELSE coalesce(lost.kind, 'withdrawn')
        END AS kind
    FROM old FULL JOIN new USING ({_KEY}) LEFT JOIN lost USING ({_KEY})
    WHERE old.value_low IS DISTINCT FROM new.value_low OR old.value_high IS DISTINCT FROM new.value_high
)
SELECT {", ".join(table("analysis.revisions").column_names)} FROM changes
WHERE $full OR new_low IS NOT NULL
   OR (reporting_country, period_start, frequency) IN (
       SELECT (reporting_country, period_start, frequency) FROM new
   )
ORDER BY ALL
"""


class NoRelease(UserError, FileNotFoundError):
    """Nothing was released where one looked."""


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
        file = Path(path) if path is not None else Home.default().current
        if not file.exists():
            raise NoRelease("home.no_release", file=file)
        if as_of is None:
            return cls(duckdb.connect(file, read_only=True), file)
        return cls(_looking_back(file, as_of), file)

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
        """The result of a SELECT as a DataFrame."""
        return self.connection.execute(sql, parameters or {}).df()

    @property
    def release(self) -> str:
        """The release's name, `2026-Q3.r1`."""
        row: Any = self.connection.execute("SELECT release FROM registry.release").fetchone()
        return str(row[0])

    def indicator(self, indicator: str) -> pd.DataFrame:
        """All values of an indicator, sorted by country and period."""
        return self.query(
            "SELECT * FROM baseline.indicator_values WHERE indicator = $indicator ORDER BY ALL",
            {"indicator": indicator},
        )

    def revisions(self, old: str, new: str) -> pd.DataFrame:
        """What `new` changed against `old`, any two submissions of a collection that were ever in force.

        As analysis.revisions, which holds the successive ones. Of a collection delivered by period, a period
        that `new` leaves out is not withdrawn.
        """
        known = self.query(
            "SELECT DISTINCT submission, collection, delivery FROM core.observations "
            "JOIN registry.collections USING (collection) WHERE submission IN ($old, $new)",
            {"old": old, "new": new},
        )
        if set(known["submission"]) != {old, new} or known["collection"].nunique() != 1:
            raise Wrong("home.not_two_submissions", old=old, new=new)
        is_full = bool((known["delivery"] == "full").all())
        return self.query(_CHANGES, {"old": old, "new": new, "full": is_full})

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
    connection.execute(f"ATTACH {quoted(path)} AS released (READ_ONLY)")
    shown = [t for t in TABLES if t.visibility != "internal"]
    for schema in sorted({t.schema for t in shown}):
        connection.execute(f"CREATE SCHEMA {schema}")
    for declared in shown:
        rows = f"SELECT * FROM released.{declared.full_name}"
        if declared.is_view:
            rows = (
                "SELECT * FROM released.core.observations "
                f"WHERE known_from <= DATE '{as_of}' AND (known_to IS NULL OR known_to > DATE '{as_of}')"
            )
        connection.execute(f"CREATE VIEW {declared.full_name} AS {rows}")
    return connection
