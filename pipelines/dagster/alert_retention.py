"""Removal of old entries from the list of sent alerts.

An entry stays while its alert is open, and at least as long as Dagster keeps a run.
"""

from __future__ import annotations

import json
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.environment.settings import run_days
from warehouse.home import durable


def forget_old_alerts(path: Path, open_keys: Container[str]) -> None:
    """Remove entries that are old and no longer open, and lines that cannot be read.

    The caller holds the lock of the list. Raises InvalidValue if the setting for the days is not a number.
    """
    before = datetime.now(UTC) - timedelta(days=run_days())
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept_lines = [line for line in lines if _is_kept(line, open_keys, before)]
    if kept_lines != lines:
        durable.replace_durably(path, "".join(kept_lines).encode())


def _is_kept(line: str, open_keys: Container[str], before: datetime) -> bool:
    try:
        entry = json.loads(line)
        return entry["alert"] in open_keys or datetime.fromisoformat(entry["on"]) >= before
    except (ValueError, TypeError, KeyError):
        return False
