"""Which files of a home are for the other machines of its deployment, and what may become of each.

None is brought or put here: that is mirror.py's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from warehouse.home import durable
from warehouse.home.events import EVENTS, REFUSED

RAW = ("raw", "private")
"""What is written under raw.lock; and the key of cases, which a step makes."""
STAGED = ("staged",)
PROTECTION = "warehouse/protection"
RELEASES = ("warehouse/releases", "warehouse/in_force.json", "warehouse/verdict", PROTECTION)
"""What is written under build.lock and is for others."""
PLACES = (*RAW, *STAGED, *RELEASES)

_STEPS_KEEP = (".json", ".parquet")
_OF_THIS_MACHINE = ("inbox.json",)
"""Beside staged results: that the sender of a file in this machine's inbox waits for an answer."""


def scan(root: Path, places: Iterable[str]) -> Iterator[str]:
    """The files below some places that are for others, by their path in the home."""
    for place in dict.fromkeys(places):
        start = root / place
        found = [start] if start.is_file() else (Path(f, n) for f, _, names in os.walk(start) for n in names)
        for path in found:
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.is_symlink() and is_for_others(name):
                yield name


def is_for_others(path: str) -> bool:
    """Whether a file is more than a lock, something half done, or this machine's own."""
    parts = path.split("/")
    if any(part.startswith(".") for part in parts):
        return False
    if parts[0] == "raw" and unit(path) != path:
        return True  # a received file may have any name
    if parts[0] == "staged":
        is_result = len(parts) == 3 and path.endswith(_STEPS_KEEP) and not path.endswith(".lock.json")
        return is_result and parts[2] not in _OF_THIS_MACHINE
    return not path.endswith((".lock", ".lock.json", ".tmp"))


def unit(path: str) -> str:
    """What a file is part of: the folder of a submission, what is staged of it, a release; else itself."""
    parts = path.split("/")
    length = {"raw": 4, "staged": 2, "warehouse": 3}.get(parts[0], len(parts))
    return "/".join(parts[:length]) if len(parts) > length else path


def is_history(path: str) -> bool:
    """Whether a file is one of events: only ever added to, a line at a time."""
    if path.startswith("raw/"):
        return path.rsplit("/", 1)[1] in (EVENTS, REFUSED)
    return path.endswith(".jsonl") and unit(path) == path


def is_written_once(path: str) -> bool:
    """A received file, a file of a release, the key of cases: never another one."""
    is_part = unit(path) != path and path.startswith(("raw/", "warehouse/releases/"))
    return path.startswith("private/") or (is_part and not is_history(path))


def may_follow(path: str, target: Path, was: tuple[str, int]) -> bool:
    """Whether a file may be made of what the store has, as (sha256, bytes)."""
    if not is_history(path):
        return not is_written_once(path)
    with target.open("rb") as file:
        return sha256(file.read(was[1])).hexdigest() == was[0]


def ends_with_a_line(target: Path) -> bool:
    """Whether a history has no half line at its end, as a writer that was killed leaves it."""
    if not target.stat().st_size:
        return False
    with target.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def mode(path: str) -> int:
    """For their owner; releases are for all, and what is written once is read-only."""
    if path.startswith("warehouse/releases/") and unit(path) != path:
        return durable.ALL_READ
    return durable.OWNER_READS if is_written_once(path) else 0o600


def mode_of_folder(path: str) -> int:
    """As `mode`, of the folder in which a file lies."""
    return 0o755 if path.startswith("warehouse/") and not path.startswith(f"{PROTECTION}/") else 0o700


def turn(path: str) -> tuple[bool, str]:
    """What a step says of its tables comes after them."""
    return path.endswith(".json"), path
