"""Resource limits for DuckDB connections that read all values of a database. Opens no connection."""

from __future__ import annotations

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1500MB",
    "preserve_insertion_order": False,
}
"""Used by the build, the gate and the release. DuckDB writes what exceeds the memory to a folder next to the
database. Row order is not preserved, since models do not sort; the release sorts its tables.
"""
