"""The release in force, for commands that read it. No command is here."""

from __future__ import annotations

from pipelines.cli.errors import USAGE, Stop
from warehouse.home import Home
from warehouse.publication.client import Warehouse


def open_release(home: Home) -> Warehouse:
    """The release in force, open for reading. Raises Stop where there is none yet."""
    if not home.current.exists():
        raise Stop(USAGE, "cli.no_release", home=home.root)
    return Warehouse.open(home.current)
