"""The release in force, for commands that read it. No command is here."""

from __future__ import annotations

from pipelines.cli.errors import USAGE, Stop
from pipelines.cli.repairs import repairs_told
from warehouse.home import Home
from warehouse.reading.client import Warehouse
from warehouse.releases import published


def open_release(home: Home, lang: str) -> Warehouse:
    """The release in force, byte for byte, open for reading. Raises Stop where there is none yet."""
    with repairs_told(lang):
        published.secure(home)
    if not home.current.exists():
        raise Stop(USAGE, "cli.no_release", home=home.root)
    _check_signature(home)
    return Warehouse.open(home.current)


def _check_signature(home: Home) -> None:
    """Raises DamagedRelease where a key is known and the signature is not of it."""
    folder = published.in_force(home)
    if folder is not None and published.signature(folder) == "wrong":
        raise published.DamagedRelease("released.wrong_signature", file=folder / published.MANIFEST)
