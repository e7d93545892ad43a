"""Log of events of a home. pipelines/dagster/logs.py formats its lines.

events.jsonl has the events of a submission. Here are events of the whole home: a verdict, a release, an
alert, a refused file. They contain facts, never values of a row.
"""

from __future__ import annotations

import logging

EVENT_LOGGER = logging.getLogger("lineabase.events")
EVENT_LOGGER.addHandler(logging.NullHandler())  # a command without a log reports to its user instead


def log_event(event: str, /, *, warn: bool = False, **facts: object) -> None:
    """Log an event, if this process keeps a log."""
    EVENT_LOGGER.log(logging.WARNING if warn else logging.INFO, event, extra={"facts": facts})
