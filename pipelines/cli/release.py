"""Release in force, for commands that read it."""

from __future__ import annotations

from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.repairs import show_repairs
from warehouse.home import Home
from warehouse.reading.client import Warehouse
from warehouse.release import published


def open_release(home: Home, lang: str) -> Warehouse:
    """Open the release in force for reading, after repairing it. Raises Stop if there is none yet."""
    with show_repairs(lang):
        published.secure(home)
    if not home.current.exists():
        raise Stop(USAGE, "cli.no_release", home=home.root)
    _check_signature(home)
    return Warehouse.open(home.current)


def _check_signature(home: Home) -> None:
    """Check the signature, if a key is known. Raises DamagedRelease if it is wrong."""
    folder = published.in_force(home)
    if folder is not None and published.signature(folder) == "wrong":
        raise published.DamagedRelease("released.wrong_signature", file=folder / published.MANIFEST)
