"""Figures that were measured, by name in one file of .reliability/: a run puts its own beside those of others. No test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from warehouse.home import CHECKOUT

FOLDER = CHECKOUT / ".reliability"


def keep(report: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Put the figures of a name in the place of its earlier ones. Other runs may do so meanwhile."""
    report.parent.mkdir(exist_ok=True)
    with FileLock(report.with_suffix(".lock")):
        told = kept(report) | {name: dict(figures)}
        text = json.dumps(dict(sorted(told.items())), indent=1, ensure_ascii=False)
        report.write_text(text + "\n", encoding="utf-8")


def kept(report: Path) -> dict[str, Any]:
    """What was measured last, by name."""
    return dict(json.loads(report.read_text(encoding="utf-8"))) if report.exists() else {}


def commit() -> str:
    """The commit that is measured; with a mark where the working tree differs from it."""
    git = ["git", "-C", str(CHECKOUT)]
    head = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True)
    others = [line for line in changed.stdout.splitlines() if "reliability" not in line]
    return (head.stdout.strip() or "unknown") + ("+" if others else "")
