"""How long it is noted that an alert was sent: as long as it stands, and as long as Dagster's runs stay."""

from __future__ import annotations

import json
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.home import durable
from warehouse.home.settings import run_days


def forget_old_alerts(path: Path, standing: Container[str]) -> None:
    """Leave out of the list of sent alerts those that are old and stand no more, and lines that say nothing.

    The caller holds the list's lock. Raises Wrong for a setting that is no number.
    """
    before = datetime.now(UTC) - timedelta(days=run_days())
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if _is_kept(line, standing, before)]
    if kept != lines:
        durable.replace_for_good(path, "".join(kept).encode())


def _is_kept(line: str, standing: Container[str], before: datetime) -> bool:
    try:
        sent = json.loads(line)
        return sent["alert"] in standing or datetime.fromisoformat(sent["on"]) >= before
    except (ValueError, TypeError, KeyError):
        return False
