"""Log of repairs that the program makes by itself. Nothing is repaired here."""

from __future__ import annotations

import logging

from schemas.words import Sentence

REPAIR_LOGGER = logging.getLogger("lineabase.repairs")
"""Each message is a Sentence. Callers add a handler to receive them; Dagster logs them in the run."""


def log_repair(key: str, /, **facts: object) -> None:
    """Log a repair."""
    REPAIR_LOGGER.warning(Sentence(f"repaired.{key}", facts))
