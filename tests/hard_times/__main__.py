"""`python -m tests.hard_times`: sums up what `make hard-times` measured last; its last line is `lost: N`."""

from __future__ import annotations

import sys
from typing import Any

from tests.operator import report

COUNTED = {"kills": "kills", "inputs": "inputs", "files": "inputs", "calls": "calls", "quarters": "quarters"}
"""Columns of the parts' tables that count what was tried, and under which word it is summed."""


def main() -> int:
    """Print the sums and what failed; the exit code."""
    told = report.kept()
    for word in dict.fromkeys(COUNTED.values()):
        print(f"{word}: {sum(_numbers(part, word) for part in told.values()):,}")
    failed = [f"{name}: {fault}" for name, part in told.items() for fault in part["failed"]]
    for fault in failed:
        print(fault)
    print(f"lost: {len(failed)}")
    return int(bool(failed))


def _numbers(part: dict[str, Any], word: str) -> int:
    """What a part counts under the word; rows of a run that goes on count as its last."""
    columns = [column for column, counted in COUNTED.items() if counted == word]
    numbers = [row[column] for row in part["rows"] for column in columns if isinstance(row.get(column), int)]
    return max(numbers, default=0) if word == "quarters" else sum(numbers)


if __name__ == "__main__":
    sys.exit(main())
