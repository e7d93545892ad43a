"""The log of a deployment: one JSON object a line on standard error, for journals and collectors.

Dagster's own processes write such lines through structlog, so ours are formed by the same. What is said there
is warehouse/home/journal.py's, and the warnings of libraries. Of a run that was started on the page Dagster
writes what fails itself, as text: it asks no one how.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

VARIABLE = "LINEABASE_LOG"
"""`json`: commands write their log, too, and not only what `lineabase ui` starts."""


def wanted() -> bool:
    """Whether this process is to write the log."""
    return os.environ.get(VARIABLE) == "json"


def begin() -> None:
    """Write what is logged from now on, in this process, as JSON lines. Once is enough."""
    # here: it brings the tables' declarations, which `--help` needs not
    from warehouse.home.journal import EVENTS

    root = logging.getLogger()
    if any(isinstance(handler, _Lines) for handler in root.handlers):
        return
    root.addHandler(_Lines())
    EVENTS.setLevel(logging.INFO)
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


class _Lines(logging.StreamHandler):
    """Standard error, a JSON object a line."""

    def __init__(self) -> None:
        import structlog

        super().__init__(sys.stderr)
        shared: list[Any] = [
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_facts,
        ]
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            )
        )


def _with_facts(_: object, __: str, event: dict) -> dict:
    """The facts of an event as fields of its line; its own names win."""
    return getattr(event.get("_record"), "facts", {}) | event
