"""Downloads of a whole release: a workbook per language, and an archive of tables with documentation."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from schemas.tables import INDICATOR_VALUES
from schemas.words import CONTRACT_LANGUAGES, column_text
from warehouse.publication import exports
from warehouse.publication.bundle import catalogue_metadata, fixed_times, readme, table_metadata, workbook
from warehouse.publication.site import wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content, DataRow


@dataclass(frozen=True)
class WholeFiles:
    """The files that hold all figures: workbooks by language, and the archive. An empty release has none."""

    books: Mapping[str, str] = field(default_factory=dict)
    tables: str = ""


def write_whole(facts: Facts, folder: Path) -> WholeFiles:
    """Write these files to the folder of the indicators' files."""
    if not folder.is_dir():
        return WholeFiles()
    books = _copy_workbooks(facts, folder) or workbook.write(facts.warehouse, folder)
    tables = folder / f"lineabase-{facts.release['release']}.zip"
    with TemporaryDirectory() as of_documents, ZipFile(tables, "w") as archive:
        _write_documents(facts, Path(of_documents))
        endings = {
            ".json",
            *(f".{name}" for name in exports.FORMATS),
        }  # metadata, and each format of an export
        data = [path for path in sorted(folder.iterdir()) if path.suffix in endings]
        for path in [*sorted(Path(of_documents).iterdir()), *data, *books]:
            archive.writestr(fixed_times.zip_entry(path.name), path.read_bytes(), ZIP_DEFLATED)
    return WholeFiles(dict(zip(CONTRACT_LANGUAGES, (path.name for path in books), strict=True)), tables.name)


def _copy_workbooks(facts: Facts, folder: Path) -> list[Path]:
    return [Path(shutil.copyfile(path, folder / path.name)) for path in facts.workbooks]


def _write_documents(facts: Facts, folder: Path) -> None:
    """Write what documents the tables: README, citation, licences with contacts, and the codebooks."""
    readme.write(facts.warehouse, folder, None)
    citation = catalogue_metadata.citation(facts.warehouse, facts.deployment)
    (folder / catalogue_metadata.CITATION).write_text(citation, encoding="utf-8")
    write_csv(folder / "licences.csv", _licences(facts))
    table_metadata.write_columns(folder / table_metadata.COLUMNS, [INDICATOR_VALUES])
    codes = facts.rows(
        "SELECT codelist, code, name_es, name_en FROM reference.codes ORDER BY codelist, position"
    )
    write_csv(folder / "codes.csv", codes)


def _licences(facts: Facts) -> list[DataRow]:
    """Return the terms and contacts of each source, and last those of who publishes these pages."""
    columns = ("collection", "title_es", "title_en", "citation", "licence", "address", "contact")
    sources = [{name: row.get(name) for name in columns} for row in facts.collections.values()]
    publisher: DataRow = dict.fromkeys(columns, "") | {
        "collection": "lineabase",
        "title_es": wording.citation(facts, "es"),
        "title_en": wording.citation(facts, "en"),
        "citation": catalogue_metadata.author(facts.deployment),
        "address": facts.deployment.address,
    }
    return [*sources, publisher]


def write_csv(path: Path, rows: Sequence[DataRow]) -> None:
    """Write rows as CSV with codes and numbers, which need no translation."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def _cell(value: Any) -> Any:
    """Return a value as CSV has it: an open bound is empty, never infinite; R reads TRUE and FALSE."""
    if isinstance(value, bool):
        return str(value).upper()
    return "" if isinstance(value, float) and not math.isfinite(value) else value


LISTED_FIRST = (PAGE_SERIES["victims"], PAGE_SERIES["origin_shares"])
"""The indicators that most readers look for; they come first."""


def list_downloads(facts: Facts, files: Mapping[str, Sequence[str]], lang: str) -> list[Content]:
    """List the indicators with data, each with its files."""
    return [
        {"id": name, "name": column_text(entry, "name", lang), "files": files_in_language(files[name], lang)}
        for name, entry in sorted(facts.catalogue.items(), key=lambda pair: pair[0] not in LISTED_FIRST)
        if files.get(name)
    ]


def files_in_language(files: Sequence[str], lang: str) -> list[str]:
    """Return an indicator's files without the workbooks in other languages."""
    others = tuple(f".{other}.xlsx" for other in CONTRACT_LANGUAGES if other != lang)
    return [name for name in files if not name.endswith(others)]
