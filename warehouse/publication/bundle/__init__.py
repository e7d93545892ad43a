"""The bundle: a release as files that other programs open. This module writes them in order.

tables.py writes Parquet and CSV, workbook.py the workbook for officers, table_metadata.py the metadata of
tables (Frictionless, columns, R), catalogue_metadata.py the metadata for catalogues (Croissant, CFF), sdmx.py
SDMX, readme.py the README. No figure is computed here. No file has a time of day, so two bundles of a release
are equal byte for byte.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schemas.words import Sentence
from warehouse.home.deployment import DEFAULT_DEPLOYMENT, Deployment
from warehouse.home.durable import file_hash
from warehouse.publication.bundle import (
    catalogue_metadata,
    readme,
    sdmx,
    table_metadata,
    tables,
    workbook,
)
from warehouse.reading.client import Warehouse

__all__ = [
    "MANIFEST",
    "manifest_differences",
    "write",
]

MANIFEST = "bundle.json"
"""Name of the list of a bundle's files and their hashes."""


def write(
    file: Path, folder: Path, previous: Path | None = None, by: Deployment = DEFAULT_DEPLOYMENT
) -> dict[str, Any]:
    """Write the bundle of a release file into a new folder, and return its manifest.

    `previous` is the previous release, for the list of changes; `by` is the deployment to cite. An unfinished
    bundle is removed. Raises FileExistsError if the folder exists, and ModuleNotFoundError, before writing
    anything, if the SDMX package is not installed.
    """
    if find_spec(sdmx.WRITER) is None:
        raise ModuleNotFoundError(name=sdmx.WRITER)
    folder.mkdir(parents=True)
    try:
        return _write_files(file, folder, previous, by)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_files(file: Path, folder: Path, previous: Path | None, by: Deployment) -> dict[str, Any]:
    csv_tables = tables.write(file, folder)
    with Warehouse.open(file) as release:
        table_metadata.write(release, folder, csv_tables)
        workbook.write(release, folder)
        sdmx.write(release, folder / "sdmx")
        catalogue_metadata.write(release, folder, csv_tables, by)
        readme.write(release, folder, previous)
        manifest = {"release": release.release, "files": dict(_hashes(folder))}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def manifest_differences(folder: Path) -> Iterator[Sentence]:
    """Yield the files of a bundle's folder that differ from its manifest: changed, missing, or added."""
    try:
        expected = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, TypeError, KeyError):
        yield Sentence("bundle.no_manifest", {"file": folder / MANIFEST})
        return
    actual = dict(_hashes(folder))
    for name in sorted({*expected, *actual}):
        if expected.get(name) != actual.get(name):
            yield Sentence("released.other_bundle", {"file": folder / name})


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            yield path.relative_to(folder).as_posix(), file_hash(path)
