"""Broken homes repaired with docs/operations.es.md alone, as tried by hand: .reliability/recovered.toml, and its chapter."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from warehouse.home import CHECKOUT

RECORD = CHECKOUT / ".reliability" / "recovered.toml"
HEADS = "| home | what was broken | backup | in the end | what was unclear |"


def page() -> str:
    """The chapter of docs/reliability.md."""
    tries = tomllib.loads(RECORD.read_text(encoding="utf-8"))["try"]
    return "\n".join(line for one in tries for line in _try(one)) + "\n"


def _try(one: dict[str, Any]) -> Iterator[str]:
    yield f"# Broken homes repaired with docs/operations.es.md alone, {one['date']}\n"
    yield f"Rendered from `.reliability/recovered.toml`: tried by hand, the program as of commit {one['commit']}. {one['who']}\n"
    yield HEADS
    yield "|---" * HEADS.count(" | ") + "|---|"
    for number, told in enumerate(one["faults"], start=1):
        yield f"| {number} | {' | '.join(told)} |"
    yield f"\nWhat was unclear is corrected: {len(one['mended'])} changes, which the record names.\n"
