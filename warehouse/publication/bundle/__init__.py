"""The bundle: a release as files that other programs open. Says in which order they are made.

tables.py writes Parquet and CSV, workbook.py what officers read, described.py what programs read of tables
(Frictionless, CSVW), catalogued.py what catalogues read (DCAT, schema.org, CFF), sdmx.py SDMX, sbom.py what
the program needs, told.py the README. No figure is computed here, and nothing bears the hour: of one release
two are equal byte for byte.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schemas.words import Sentence
from warehouse.home.deployment import EMBEDDED, Deployment
from warehouse.home.durable import file_hash
from warehouse.publication.bundle import catalogued, described, sbom, sdmx, tables, told, workbook
from warehouse.reading.client import Warehouse

MANIFEST = "bundle.json"


def write(
    file: Path, folder: Path, previous: Path | None = None, by: Deployment = EMBEDDED
) -> dict[str, Any]:
    """Write the bundle of a release file into a folder, which must not hold one; its manifest.

    `previous`: the release before, for what changed; `by`: who publishes, for citations. Nothing is left of
    what could not be finished. Raises FileExistsError; ModuleNotFoundError, before anything is written, where
    what writes SDMX is not installed.
    """
    if find_spec(sdmx.WRITER) is None:
        raise ModuleNotFoundError(name=sdmx.WRITER)
    folder.mkdir(parents=True)
    try:
        return _written(file, folder, previous, by)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _written(file: Path, folder: Path, previous: Path | None, by: Deployment) -> dict[str, Any]:
    written = tables.write(file, folder)
    with Warehouse.open(file) as release:
        described.write(release, folder, written)
        catalogued.write(release, folder, by)
        workbook.write(release, folder)
        sdmx.write(release, folder / "sdmx")
        sbom.write(folder)
        told.write(release, folder, previous)
        manifest = {"release": release.release, "files": dict(_hashes(folder))}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def faults(folder: Path) -> Iterator[Sentence]:
    """What of a bundle's folder is not as its manifest says: a file changed, missing, or more."""
    try:
        noted = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, TypeError, KeyError):
        yield Sentence("bundle.no_manifest", {"file": folder / MANIFEST})
        return
    there = dict(_hashes(folder))
    for name in sorted({*noted, *there}):
        if noted.get(name) != there.get(name):
            yield Sentence("released.other_bundle", {"file": folder / name})


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            yield path.relative_to(folder).as_posix(), file_hash(path)
