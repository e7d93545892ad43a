"""Who else may look into a home. A new one is its owner's alone; of any other it can be asked."""

from __future__ import annotations

import stat
from pathlib import Path

from warehouse.home.places import Home
from warehouse.home.system import FORKS

OWNER_ALONE = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MADE_WITH_THE_HOME = ("raw", "staged", "warehouse", ".dagster")
_PRIVATE = ("raw", "staged", "private", ".dagster", "warehouse/verdict", "inbox/refused")
"""What nobody else needs to read, wherever the release and the pages of a home are read by others."""


def make_home(root: Path) -> None:
    """Make the folder of a new home and those in it, for its owner alone. Raises OSError."""
    root.mkdir(mode=OWNER_ALONE, parents=True)
    for name in _MADE_WITH_THE_HOME:
        (root / name).mkdir(mode=OWNER_ALONE)


def open_to_others(home: Home) -> list[Path]:
    """The private parts of a home that other users of this machine may enter."""
    if not FORKS or not _is_open(home.root):  # Windows has no such modes
        return []
    return [path for name in _PRIVATE if (path := home.root / name).is_dir() and _is_open(path)]


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & _OTHERS)
