"""The bundle: a release as files that other programs open. Says in which order they are made.

tables.py writes Parquet and CSV, workbook.py what officers read, described.py what programs read of tables
(Frictionless, CSVW), catalogued.py what catalogues read (DCAT, schema.org, CFF), sdmx.py SDMX, told.py the
README. No figure is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.home.durable import file_hash
from warehouse.publication.bundle import catalogued, described, sdmx, tables, told, workbook
from warehouse.publication.client import Warehouse

MANIFEST = "bundle.json"


def write(file: Path, folder: Path, previous: Path | None = None) -> dict[str, Any]:
    """Write the bundle of a release file into a folder, which must not hold one; its manifest.

    `previous`: the release before, for what changed. Raises FileExistsError.
    """
    folder.mkdir(parents=True)
    written = tables.write(file, folder)
    with Warehouse.open(file) as release:
        described.write(release, folder, written)
        catalogued.write(release, folder)
        workbook.write(release, folder)
        sdmx.write(release, folder / "sdmx")
        told.write(release, folder, previous)
        manifest = {"release": release.release, "files": dict(_hashes(folder))}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            yield path.relative_to(folder).as_posix(), file_hash(path)
