"""Open alerts of monthly series: those that the last month of a series bears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from datetime import date

    from typing_extensions import ReadOnly

    from schemas.tables.rows import MonthlyRow

    class OpenAlert(MonthlyRow):
        """A month with an alert, and the first month of the alert."""

        since: ReadOnly[date]


COLUMNS = (
    "reporting_country", "origin_class", "citizenship", "since", "period_start", "value_low", "value_high",
    "alert", "count_unit", "collection", "measure", "sentence_es", "sentence_en",
)  # fmt: skip
"""Columns of an open alert. `since` is its first month, `period_start` the last month of the series."""
OPEN_ALERTS = f"""
SELECT {", ".join(COLUMNS)}
FROM (
    SELECT
        *, least(surge_from, growth_from, period_start) AS since,
        max(period_start) OVER (PARTITION BY collection, measure, reporting_country) AS last_month
    FROM analysis.monthly
)
WHERE alert IS NOT NULL AND period_start = last_month
ORDER BY reporting_country, collection, measure, origin_class <> '_T', citizenship <> '_T', value_low DESC,
    origin_class, class_level, citizenship
"""
"""SELECT of the open alerts of a release: totals first, then the largest."""


def open_alerts(db: duckdb.DuckDBPyConnection) -> list[OpenAlert]:
    """Return the open alerts of a release. Raises duckdb.Error if an older release lacks the columns."""
    return row_dicts(db.execute(OPEN_ALERTS))
