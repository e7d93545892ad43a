"""Publish a release with its bundle, if the deployment wants a bundle."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from warehouse.environment.settings import wants_bundle
from warehouse.home import Home, durable
from warehouse.home.deployment import Deployment
from warehouse.publication import bundle
from warehouse.release import release, release_store
from warehouse.release.release import Release
from warehouse.release.release_store import FILE


def publish(home: Home, as_of: date, *, always: bool = False) -> Release:
    """Publish the internal database as `release.publish` does, and write its bundle."""
    return release.publish(home, as_of, always=always, write_bundle=_bundle if wants_bundle() else None)


def _bundle(building: Path, before: Path | None, by: Deployment) -> dict[str, str]:
    """Write the bundle, make its files read-only, and return the hash of each."""
    previous = before / FILE if before and (before / FILE).is_file() else None
    files: dict[str, str] = bundle.write(building / FILE, building / release_store.BUNDLE, previous, by)[
        "files"
    ]
    for path in sorted((building / release_store.BUNDLE).rglob("*")):
        if path.is_file():
            durable.make_read_only(path, durable.ALL_READ)
    return files
