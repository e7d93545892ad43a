"""The models that tables are made of, so that a test runs those alone. Runs none."""

from __future__ import annotations

from functools import cache

from warehouse.build import models
from warehouse.statements import model_build


@cache
def _sources() -> dict[str, set[str]]:
    """Each table that is filled, and those of them that it reads."""
    return models.table_sources({name: reads for name, (reads, _) in model_build.COMPUTED.items()})


@cache
def needed(*tables: str) -> list[str]:
    """What to run, in order, for these tables to be filled: they, what they read, what that reads."""
    found: set[str] = set()
    asked = list(tables)
    while asked:
        if (name := asked.pop()) not in found:
            found.add(name)
            asked += _sources()[name]
    return [name for name in model_build.model_order() if name in found]
