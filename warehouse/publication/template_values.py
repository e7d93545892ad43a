"""Last values of a country, from the release in force, for the rows of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from schemas.periods import MONTHS_IN, add_months, name_of_period
from schemas.tables import DIMENSIONS
from warehouse.home import Home
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import CurrentRow

_CODES = ("measure", "reporting_country", *(d.name for d in DIMENSIONS))
_LAST = """
SELECT * FROM core.current
WHERE collection = $collection AND reporting_country = $country AND frequency = $frequency
QUALIFY period_start = max(period_start) OVER (PARTITION BY measure)
ORDER BY measure, period_start, {dimensions}
"""


def previous_rows(home: Home, collection: str, country: str, frequency: str) -> list[dict[str, str]]:
    """Return the values of the last period that is released, each for the period that follows it.

    Codes by role, `period`, and `previous`: the value and its period. Empty without a release of them.
    """
    if not home.current.exists():
        return []
    names = ", ".join(d.name for d in DIMENSIONS)
    parameters = {"collection": collection, "country": country, "frequency": frequency}
    with duckdb.connect(home.current, read_only=True) as db:
        rows = row_dicts(db.execute(_LAST.format(dimensions=names), parameters))
    return [_row(row, frequency) for row in rows]


def _row(row: CurrentRow, frequency: str) -> dict[str, str]:
    start = row["period_start"]
    codes = {name: str(code) for name, code in row.items() if name in _CODES}
    following = name_of_period(add_months(start, MONTHS_IN[frequency]), frequency)
    return codes | {"period": following, "previous": f"{_value(row)} ({name_of_period(start, frequency)})"}


def _value(row: CurrentRow) -> str:
    low, high = row["value_low"], row["value_high"]
    return f"{low:g}" if low == high else f"{low:g}-" if high is None else f"{low:g}-{high:g}"
