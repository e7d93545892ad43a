"""What happened in a home, for whoever keeps its log. How a line looks is pipelines/dagster/logs.py.

Events of one submission stand in its events.jsonl; here is what happens to the whole: a verdict, a release,
an alert, a file that was not received. With facts, never with a value of a row.
"""

from __future__ import annotations

import logging

EVENTS = logging.getLogger("lineabase.events")
EVENTS.addHandler(logging.NullHandler())  # a command that keeps no log says what happened in its own words


def happened(event: str, /, *, warn: bool = False, **facts: object) -> None:
    """Say it to the log, if this process keeps one."""
    EVENTS.log(logging.WARNING if warn else logging.INFO, event, extra={"facts": facts})
