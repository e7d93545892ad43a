"""Downloads of a whole release: a workbook per language, and an archive with the tables of indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from schemas.words import CONTRACT_LANGUAGES
from warehouse.publication.bundle import fixed_times, workbook
from warehouse.publication.site.facts import PAGE_SERIES, Facts

TABLES = (".csv", ".json")


@dataclass(frozen=True)
class WholeFiles:
    """The files that hold all figures: workbooks by language, and the archive. An empty release has none."""

    books: Mapping[str, str] = field(default_factory=dict)
    tables: str = ""


def write_whole(facts: Facts, folder: Path) -> WholeFiles:
    """Write these files to the folder of the indicators' files."""
    if not folder.is_dir():
        return WholeFiles()
    books = workbook.write(facts.warehouse, folder)
    tables = folder / f"lineabase-{facts.release['release']}.zip"
    with ZipFile(tables, "w") as archive:
        for path in sorted(folder.iterdir()):
            if path.suffix in TABLES:
                archive.writestr(fixed_times.zip_entry(path.name), path.read_bytes(), ZIP_DEFLATED)
    return WholeFiles(dict(zip(CONTRACT_LANGUAGES, (path.name for path in books), strict=True)), tables.name)


LISTED_FIRST = (PAGE_SERIES["victims"], PAGE_SERIES["origin_shares"])
"""The indicators that most readers look for; they come first."""


def list_downloads(facts: Facts, files: Mapping[str, Sequence[str]], lang: str) -> list[dict[str, Any]]:
    """List the indicators with data, each with its files."""
    return [
        {"id": name, "name": entry[f"name_{lang}"], "files": files_in_language(files[name], lang)}
        for name, entry in sorted(facts.catalogue.items(), key=lambda pair: pair[0] not in LISTED_FIRST)
        if files.get(name)
    ]


def files_in_language(files: Sequence[str], lang: str) -> list[str]:
    """Return an indicator's files without the workbooks in other languages."""
    others = tuple(f".{other}.xlsx" for other in CONTRACT_LANGUAGES if other != lang)
    return [name for name in files if not name.endswith(others)]
