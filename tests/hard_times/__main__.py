"""`python -m tests.hard_times`: sums up what `make hard-times` measured last; its last line is `lost: N`."""

from __future__ import annotations

import sys
from typing import Any

from tests.hostile import report as hostile
from tests.network import report as network
from tests.operator import report

COUNTED = {"kills": "kills", "inputs": "inputs", "files": "inputs", "calls": "calls", "quarters": "quarters"}
"""Columns of the parts' tables that count what was tried, and under which word it is summed."""


def main() -> int:
    """Print the sums and what failed; the exit code."""
    told, spoilt = report.kept(), hostile.kept()
    counted = {w: sum(_numbers(part, w) for part in told.values()) for w in dict.fromkeys(COUNTED.values())}
    counted["inputs"] += _files(hostile.fates(spoilt))
    for word, number in counted.items():
        print(f"{word}: {number:,}")
    runs = network.kept()
    print(f"rounds of a network: {sum(run['rounds'] for run in runs.values()):,}")
    failed = [f"{name}: {fault}" for name, part in told.items() for fault in part["failed"]]
    failed += [f"unseen, {way}: {', '.join(files)}" for way, files in hostile.unseen(spoilt)[1].items()]
    failed += [f"network, seed {seed}: {wrong}" for seed, run in runs.items() for wrong in run["wrong"]]
    failed += [
        f"network, seed {seed}: {run['rounds'] - run['released']} rounds were not released"
        for seed, run in runs.items()
        if run["released"] < run["rounds"]
    ]
    for fault in failed:
        print(fault)
    print(f"lost: {len(failed)}")
    return int(bool(failed))


def _files(fates: hostile.Fates) -> int:
    """Spoilt files that were sent, each time that one was."""
    return sum(number for ways in fates.values() for told in ways.values() for number in told.values())


def _numbers(part: dict[str, Any], word: str) -> int:
    """What a part counts under the word; rows of a run that goes on count as its last."""
    columns = [column for column, counted in COUNTED.items() if counted == word]
    numbers = [row[column] for row in part["rows"] for column in columns if isinstance(row.get(column), int)]
    return max(numbers, default=0) if word == "quarters" else sum(numbers)


if __name__ == "__main__":
    sys.exit(main())
