"""Counts of a release's content, for the summary of a refresh."""

from __future__ import annotations

from typing import Any

from warehouse.home.step_results import ROW_STATUSES
from warehouse.reading.client import Warehouse


def summary(warehouse: Warehouse) -> dict[str, Any]:
    """Count the content of a release, for people and for --json."""
    rows = warehouse.query(
        f"SELECT {', '.join(f'sum(rows_{f}) AS {f}' for f in ROW_STATUSES)} FROM registry.submissions"
    )
    status = warehouse.query(
        "SELECT coalesce(status, 'protected') AS status, count(*) AS n FROM registry.submissions "
        "GROUP BY ALL ORDER BY status"
    )
    findings = warehouse.query(
        "SELECT sum(errors) AS error, sum(warnings) AS warning FROM registry.submissions"
    )
    data = warehouse.query("SELECT data, count(*) AS n FROM baseline.catalogue GROUP BY data")
    waiting_rows = warehouse.query(
        "SELECT collection, sum(rows_quarantined) AS n FROM registry.submissions "
        "WHERE flag IS NOT NULL AND submission IN (SELECT submission FROM core.current) "
        "GROUP BY ALL ORDER BY ALL"
    )
    open_values: Any = warehouse.connection.execute(
        "SELECT count(*) FROM baseline.indicator_values "
        "WHERE list_contains(string_split(flag, '+'), 'rows_in_quarantine')"
    ).fetchone()
    coverage: Any = warehouse.connection.execute(
        "SELECT min(year(period_start)), max(year(period_end)), "
        "coalesce(list(DISTINCT reporting_country ORDER BY reporting_country) "
        "FILTER (reporting_country NOT IN (SELECT grouping FROM reference.groupings)), []) FROM core.current"
    ).fetchone()
    by_data = dict(zip(data["data"], data["n"].astype(int), strict=True))
    return {
        "release": warehouse.release,
        "submissions": {s: int(n) for s, n in zip(status["status"], status["n"], strict=True)},
        "rows": {fate: int(rows[fate].fillna(0).iloc[0]) for fate in ROW_STATUSES},
        "findings": {s: int(findings[s].fillna(0).iloc[0]) for s in ("error", "warning")},
        "values": int(warehouse.query("SELECT count(*) AS n FROM baseline.indicator_values")["n"].iloc[0]),
        "open_values": int(open_values[0]),
        "rows_waiting": dict(zip(waiting_rows["collection"], waiting_rows["n"].astype(int), strict=True)),
        "indicators": {
            "available": by_data.get("available", 0),
            "no_data": by_data.get("no_data", 0),
        },
        "years": list(coverage[:2]),
        "countries": coverage[2],
    }
