"""Release in force, for commands that read it."""

from __future__ import annotations

from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.repairs import show_repairs
from warehouse.home import Home
from warehouse.reading.client import Warehouse
from warehouse.release import release_store


def open_release(home: Home, lang: str) -> Warehouse:
    """Open the release in force for reading, after repairing it. Raises Stop if there is none yet."""
    with show_repairs(lang):
        release_store.repair_current_file(home)
    if not home.current.exists():
        raise Stop(USAGE, "cli.no_release", home=home.root)
    _check_signature(home)
    return Warehouse.open(home.current, lang=lang)


def _check_signature(home: Home) -> None:
    """Check the signature, if a key is known. Raises DamagedRelease if it is wrong."""
    folder = release_store.folder_in_force(home)
    if folder is not None and release_store.signature(folder) == "wrong":
        raise release_store.DamagedRelease("released.wrong_signature", file=folder / release_store.MANIFEST)
