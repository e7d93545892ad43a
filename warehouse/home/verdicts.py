"""What the gate said of the last build, as it is kept, for who decides and who publishes. Asks nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SUMMARY = "summary.json"


def last(folder: Path) -> dict[str, Any]:
    """The summary of the last build: what refused, remarked, was waived; nothing where there was none."""
    try:
        told: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told
