"""The static API: releases as files at stable addresses, which any web server or object store can serve.

documents.py writes the JSON documents, sdmx_paths.py the SDMX-REST addresses, openapi.py their description.
This module places them: a release is written once and never again, `latest` is a copy of the one in force.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from warehouse.home import Home
from warehouse.publication.api import documents, openapi, sdmx_paths
from warehouse.publication.bundle import tables
from warehouse.reading.client import Warehouse
from warehouse.release import release_store

__all__ = ["write_of_home"]

ROOT, LATEST = "v1", "latest"
"""Folder of the first version of the addresses, and the folder of the release in force within it."""


def write(file: Path, folder: Path, bundle: Path | None = None) -> str:
    """Write the API of a release file into a folder, with the releases that are there; return its name.

    A release that is there is left as it is. `latest`, the list of releases and openapi.json are replaced.
    `bundle` is the folder of the release's bundle, whose Parquet files are copied.
    """
    with Warehouse.open(file) as warehouse:
        release = warehouse.release
    root = folder / ROOT
    root.mkdir(parents=True, exist_ok=True)
    if not (root / release).exists():
        _replace(root / release, lambda building: _write_release(file, building, bundle))
    _replace(root / LATEST, lambda building: shutil.copytree(root / release, building, dirs_exist_ok=True))
    releases = documents.releases(root, release, LATEST)
    documents.write_document(root / documents.RELEASES, releases)
    catalogue = documents.read_catalogue(root / release)
    (root / openapi.FILE).write_text(openapi.document_text(releases, catalogue, LATEST), encoding="utf-8")
    return release


def write_of_home(home: Home, folder: Path) -> str:
    """Write the API of a home's release in force, and return its name."""
    release_folder = release_store.folder_in_force(home)
    return write(home.current, folder, release_folder / release_store.BUNDLE if release_folder else None)


def _write_release(file: Path, folder: Path, bundle: Path | None) -> None:
    documents.write(file, folder)
    sdmx_paths.write(file, folder / sdmx_paths.FOLDER)
    parquet = folder / tables.PARQUET
    if bundle and (bundle / tables.PARQUET).is_dir():
        shutil.copytree(bundle / tables.PARQUET, parquet, copy_function=shutil.copyfile)
    else:
        tables.write_parquet(file, parquet)


def _replace(folder: Path, write_into: documents.Write) -> None:
    """Put a folder in place once it is complete: an interrupted write leaves what was there."""
    building, old = (folder.with_name(f".{folder.name}.{suffix}") for suffix in ("building", "old"))
    for path in (building, old):
        shutil.rmtree(path, ignore_errors=True)
    building.mkdir()
    write_into(building)
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
