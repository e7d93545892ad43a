"""Metadata of a bundle's CSV files: Frictionless Data Package, list of columns, a reader in R."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from schemas.tables import Column, Table
from schemas.words import say
from warehouse.publication.exports import CSVW_TYPES
from warehouse.reading.client import Warehouse

PACKAGE = "datapackage.json"
COLUMNS, R_READER = "columns.csv", Path(__file__).with_name("read_release.R")
_FRICTIONLESS = CSVW_TYPES | {"DOUBLE": "number", "BOOLEAN": "boolean"}
NOT_STATED = "not stated"


def write(release: Warehouse, folder: Path, csv_tables: Sequence[tuple[Table, Path]]) -> None:
    """Write datapackage.json and columns.csv, and copy the reader in R."""
    files = [(table, path.relative_to(folder).as_posix()) for table, path in csv_tables]
    text = json.dumps(package(release, files), ensure_ascii=False, indent=1)
    (folder / PACKAGE).write_text(f"{text}\n", encoding="utf-8")
    write_columns(folder / COLUMNS, [table for table, _ in files])
    shutil.copyfile(R_READER, folder / R_READER.name)


def write_columns(path: Path, tables: Iterable[Table]) -> None:
    """Write the columns of the tables with their types, for programs that read no JSON."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("table", "column", "type", "description_es", "description_en"))
        for table in tables:
            writer.writerows((table.full_name, c.name, c.type, c.es, c.en) for c in table.columns)


def package(release: Warehouse, files: Iterable[tuple[Table, str]]) -> dict[str, Any]:
    """Return the Frictionless Data Package."""
    return {
        "profile": "tabular-data-package",
        "name": f"lineabase-{release.release.lower()}",
        "title": say("bundle.title", "en", release=release.release),
        "description": say("bundle.about", "en"),
        "version": release.release,
        "sources": [
            {"title": source["title_en"], "licence": source["licence"]} for source in sources(release)
        ],
        "resources": [_resource(table, path) for table, path in files],
    }


def sources(release: Warehouse) -> list[dict[str, str]]:
    """Return the sources of the figures: titles, citation, quoted licence or `not stated`."""
    rows = release.query(
        "SELECT collection, provider, title_es, title_en, citation, licence FROM registry.collections "
        "WHERE collection IN (SELECT collection FROM registry.submissions) ORDER BY collection"
    ).to_dict("records")
    return [
        {str(k): str(v) for k, v in row.items()} | {"licence": row["licence"] or NOT_STATED} for row in rows
    ]


def _resource(table: Table, path: str) -> dict[str, Any]:
    return {
        "name": table.full_name.lower(),
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "title": table.en,
        "title_es": table.es,
        "schema": {"fields": [_field(column) for column in table.columns], "primaryKey": list(table.key)}
        if table.key
        else {"fields": [_field(column) for column in table.columns]},
    }


def _field(column: Column) -> dict[str, Any]:
    field = {"name": column.name, "type": _FRICTIONLESS[column.type], "description": column.en}
    field |= {"description_es": column.es}
    return field | ({"constraints": {"required": True}} if _is_required(column) else {})


def _is_required(column: Column) -> bool:
    """Return whether a column is required. CSV does not distinguish empty and missing text."""
    return not column.null and column.type != "VARCHAR"
