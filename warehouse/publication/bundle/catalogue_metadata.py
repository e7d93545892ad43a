"""Metadata of a bundle for catalogues: Croissant (schema.org with files and columns), and CITATION.cff.

docs/bundle maps the fields to Zenodo, HDX and CKAN. A licence is quoted from the publisher or `not stated`;
none is guessed, and the bundle as a whole has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from schemas.tables import Table
from schemas.words import CONTRACT_LANGUAGES, say
from warehouse.home.deployment import Deployment
from warehouse.home.durable import file_hash
from warehouse.publication.bundle import sdmx
from warehouse.publication.bundle.table_metadata import sources
from warehouse.reading.client import Warehouse

CROISSANT, CITATION = "croissant.json", "CITATION.cff"
_MEDIA = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".xml": "application/xml"}
_DATA_TYPES = {
    "VARCHAR": "sc:Text",
    "DOUBLE": "sc:Float",
    "DATE": "sc:Date",
    "BIGINT": "sc:Integer",
    "BOOLEAN": "sc:Boolean",
}
_CONTEXT: dict[str, Any] = json.loads(
    Path(__file__).with_name("croissant_context.json").read_text(encoding="utf-8")
)
"""The context that Croissant 1.0 prescribes."""


def write(release: Warehouse, folder: Path, csv_tables: Sequence[tuple[Table, Path]], by: Deployment) -> None:
    """Write both files. `by` is the publishing deployment, named as author with its address."""
    text = json.dumps(croissant(release, folder, csv_tables, by), ensure_ascii=False, indent=1)
    (folder / CROISSANT).write_text(f"{text}\n", encoding="utf-8")
    (folder / CITATION).write_text(citation(release, by), encoding="utf-8")


def _in_each_language(key: str, **facts: object) -> list[dict[str, str]]:
    return [{"@value": say(f"bundle.{key}", lang, **facts), "@language": lang} for lang in CONTRACT_LANGUAGES]


def author(by: Deployment, lang: str = "en") -> str:
    """Return the publisher that the deployment names, else the maintainers of the program."""
    return by.institution or say("bundle.author", lang)


def _keywords() -> list[str]:
    return say("bundle.keywords", "en").split("; ")


def _as_of(release: Warehouse) -> date:
    row: Any = release.connection.execute("SELECT as_of FROM registry.release").fetchone()
    day: date = row[0]
    return day


def _years(release: Warehouse) -> tuple[int, int]:
    row: Any = release.connection.execute(
        "SELECT min(year(period_start)), max(year(period_end)) FROM core.observations"
    ).fetchone()
    return int(row[0] or 0), int(row[1] or 0)


def schema_org(release: Warehouse, by: Deployment) -> dict[str, Any]:
    """Return the release as a schema.org Dataset, without its files: for the pages' own metadata."""
    first, last = _years(release)
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "identifier": release.release,
        "version": release.release,
        "name": say("bundle.title", "en", release=release.release),
        "alternateName": say("bundle.title", "es", release=release.release),
        "description": say("bundle.about", "en"),
        "inLanguage": list(CONTRACT_LANGUAGES),
        "datePublished": str(_as_of(release)),
        "temporalCoverage": f"{first}/{last}",
        "keywords": _keywords(),
        "creator": {"@type": "Organization", "name": author(by)},
        **({"url": by.address} if by.address else {}),
        "isBasedOn": [
            {
                "@type": "Dataset",
                "name": source["title_en"],
                "license": source["licence"],
                "citation": source["citation"],
            }
            for source in sources(release)
        ],
    }


def croissant(
    release: Warehouse, folder: Path, csv_tables: Sequence[tuple[Table, Path]], by: Deployment
) -> dict[str, Any]:
    """Return the Croissant metadata, a schema.org Dataset: files with their hashes, tables, columns."""
    return schema_org(release, by) | {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": sdmx.version(release.release),
        "name": f"lineabase-{release.release}",
        "alternateName": _in_each_language("title", release=release.release),
        "citeAs": say("bundle.title", "en", release=release.release),
        "distribution": [_file_object(path, folder) for path in _files(folder)],
        "recordSet": [_record_set(table, path.relative_to(folder).as_posix()) for table, path in csv_tables],
    }


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix in _MEDIA and path.parent != folder]


def _file_object(path: Path, folder: Path) -> dict[str, str]:
    address = path.relative_to(folder).as_posix()
    return {
        "@type": "cr:FileObject",
        "@id": address,
        "name": address,
        "contentUrl": address,
        "encodingFormat": _MEDIA[path.suffix],
        "sha256": file_hash(path),
    }


def _record_set(table: Table, file: str) -> dict[str, Any]:
    """Return the description of a table, whose columns are in a CSV file."""
    name = table.full_name
    keys = [{"@id": f"{name}/{column}"} for column in table.key]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table.en,
        **({"key": keys} if keys else {}),
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": column.en,
                "dataType": _DATA_TYPES[column.type],
                "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
            }
            for column in table.columns
        ],
    }


def citation(release: Warehouse, by: Deployment) -> str:
    """Return CITATION.cff with each source as a reference. It uses JSON strings, which are valid YAML."""
    lines = [
        "cff-version: 1.2.0",
        f"message: {json.dumps(say('bundle.cite', 'en'), ensure_ascii=False)}",
        "type: dataset",
        f"title: {json.dumps(say('bundle.title', 'en', release=release.release), ensure_ascii=False)}",
        f"version: {json.dumps(release.release)}",
        f"date-released: {_as_of(release)}",
        "authors:",
        f"  - name: {json.dumps(author(by), ensure_ascii=False)}",
        *([f"url: {json.dumps(by.address)}"] if by.address else []),
        "keywords:",
        *(f"  - {json.dumps(word)}" for word in _keywords()),
        "references:",
    ]
    for source in sources(release):
        lines += [
            "  - type: data",
            f"    title: {json.dumps(source['title_en'], ensure_ascii=False)}",
            "    authors:",
            f"      - name: {json.dumps(source['provider'], ensure_ascii=False)}",
            f"    notes: {json.dumps(source['citation'], ensure_ascii=False)}",
        ]
    return "\n".join(lines) + "\n"
