"""Privacy of a home: a new home is accessible to its owner alone; any home can be checked."""

from __future__ import annotations

import stat
from pathlib import Path

from warehouse.environment.system import CAN_FORK
from warehouse.home.layout import Home

OWNER_ALONE = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NEW_HOME_FOLDERS = ("raw", "staged", "warehouse", ".dagster")
_PRIVATE_FOLDERS = ("raw", "staged", "private", ".dagster", "warehouse/verdict", "inbox/refused")
"""Folders that only the owner needs, also if others read the release and the pages."""


def make_home(root: Path) -> None:
    """Make the folder of a new home and the folders in it, for its owner alone. Raises OSError."""
    root.mkdir(mode=OWNER_ALONE, parents=True)
    for name in _NEW_HOME_FOLDERS:
        (root / name).mkdir(mode=OWNER_ALONE)


def find_open_folders(home: Home) -> list[Path]:
    """List the private folders of a home that other users of this machine can enter."""
    if not CAN_FORK or not _is_open(home.root):  # Windows has no such modes
        return []
    return [path for name in _PRIVATE_FOLDERS if (path := home.root / name).is_dir() and _is_open(path)]


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & _OTHERS)
