"""What is taken away whole: a workbook a language, and the tables of every indicator in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from schemas.words import CONTRACT
from warehouse.publication.bundle import timeless, workbook
from warehouse.publication.site.facts import FIRST, Facts

TABLES = (".csv", ".json")


@dataclass(frozen=True)
class Whole:
    """The files that hold all figures: a workbook a language, and the tables; none of an empty release."""

    books: Mapping[str, str] = field(default_factory=dict)
    tables: str = ""


def write_whole(facts: Facts, folder: Path) -> Whole:
    """Write them beside the files of the indicators."""
    if not folder.is_dir():
        return Whole()
    books = workbook.write(facts.warehouse, folder)
    tables = folder / f"lineabase-{facts.release['release']}.zip"
    with ZipFile(tables, "w") as written:
        for path in sorted(folder.iterdir()):
            if path.suffix in TABLES:
                written.writestr(timeless.part(path.name), path.read_bytes(), ZIP_DEFLATED)
    return Whole(dict(zip(CONTRACT, (path.name for path in books), strict=True)), tables.name)


ASKED_FIRST = (FIRST["victims"], FIRST["origin_shares"])
"""The indicators that most readers come for."""


def listed(facts: Facts, files: Mapping[str, Sequence[str]], lang: str) -> list[dict[str, Any]]:
    """The indicators with data, each with its files."""
    return [
        {"id": name, "name": entry[f"name_{lang}"], "files": of_language(files[name], lang)}
        for name, entry in sorted(facts.catalogue.items(), key=lambda pair: pair[0] not in ASKED_FIRST)
        if files.get(name)
    ]


def of_language(files: Sequence[str], lang: str) -> list[str]:
    """The files of an indicator but for the workbooks in another language."""
    others = tuple(f".{other}.xlsx" for other in CONTRACT if other != lang)
    return [name for name in files if not name.endswith(others)]
