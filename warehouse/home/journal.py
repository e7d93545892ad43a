"""Log of events of a home. pipelines/dagster/logs.py formats its lines.

events.jsonl has the events of a submission. Here are events of the whole home: a verdict, a release, an
alert, a refused file. They contain facts, never values of a row.
"""

from __future__ import annotations

import logging

EVENTS = logging.getLogger("lineabase.events")
EVENTS.addHandler(logging.NullHandler())  # a command without a log reports to its user instead


def happened(event: str, /, *, warn: bool = False, **facts: object) -> None:
    """Log an event, if this process keeps a log."""
    EVENTS.log(logging.WARNING if warn else logging.INFO, event, extra={"facts": facts})
