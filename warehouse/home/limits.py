"""What a connection that goes through all values of a database may take. Opens none."""

from __future__ import annotations

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1500MB",
    "preserve_insertion_order": False,
}
"""Of the connections that go through all values: build, gate, release. What does not fit in memory goes to a
folder beside the database. Models sort nothing: a release does."""
