"""A decision is written down in a collection's decisions.toml. What it may say is schemas/decisions.py's."""

from __future__ import annotations

from schemas.decisions import AcceptedLabel
from warehouse.home import durable, lock
from warehouse.home.places import Home


def accept(home: Home, collection: str, label: AcceptedLabel) -> None:
    """Add an accepted spelling to the home's decisions. Raises lock.Busy."""
    path = home.decisions_path(collection)
    with lock.raw(home):
        durable.make_folder(path.parent)
        written = path.read_text(encoding="utf-8").rstrip() if path.exists() else ""
        durable.replace_for_good(path, (f"{written}\n\n" if written else "").encode() + label.line().encode())
