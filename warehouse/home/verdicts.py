"""Summary of the gate's last verdict, for people who decide and publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SUMMARY = "summary.json"


def read_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of the last build: refusals, warnings, waivers. Returns {} if there is none."""
    try:
        summary: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary
