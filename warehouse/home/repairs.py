"""What the program puts right without being asked, it says here. Nothing is repaired here."""

from __future__ import annotations

import logging

from schemas.words import Sentence

REPAIRS = logging.getLogger("lineabase.repairs")
"""Each message is a Sentence. Who wants to hear adds a handler; Dagster keeps them in the log of the run."""


def tell_repair(key: str, /, **facts: object) -> None:
    """Say what was damaged and is well again."""
    REPAIRS.warning(Sentence(f"repaired.{key}", facts))
