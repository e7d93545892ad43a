"""Log of a deployment: one JSON object on each line of standard error, for journals and log collectors.

Dagster's own processes write such lines with structlog, so this module uses it too. The events come from
warehouse/home/journal.py and from the warnings of libraries. When a run that was started on the page fails,
Dagster itself writes the failure as text; no setting changes that.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

VARIABLE = "LINEABASE_LOG"
"""`json`: commands write their log too, not only the processes that `lineabase ui` starts."""


def is_log_enabled() -> bool:
    """Return True if this process should write the log."""
    return os.environ.get(VARIABLE) == "json"


def start_log() -> None:
    """Write log events of this process as JSON lines from now on. A second call changes nothing."""
    # Imported here because it loads the declarations of tables, which `--help` does not need.
    from warehouse.home.journal import EVENT_LOGGER

    root = logging.getLogger()
    if any(isinstance(handler, _JsonLines) for handler in root.handlers):
        return
    root.addHandler(_JsonLines())
    EVENT_LOGGER.setLevel(logging.INFO)
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


class _JsonLines(logging.StreamHandler):
    """Handler that writes a JSON object on each line of standard error."""

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
    """Add the facts of an event to its line. Fields of the event itself take precedence."""
    return getattr(event.get("_record"), "facts", {}) | event
