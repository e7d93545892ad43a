"""Metadata of a bundle for catalogues: DCAT and schema.org as JSON-LD, and CITATION.cff.

docs/bundle maps the fields to Zenodo, HDX and CKAN. A licence is quoted from the publisher or `not stated`;
none is guessed, and the bundle as a whole has none.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from schemas.words import CONTRACT_LANGUAGES, say
from warehouse.home.deployment import Deployment
from warehouse.publication.bundle.table_metadata import sources
from warehouse.reading.client import Warehouse

DCAT, SCHEMA_ORG, CITATION = "dcat.jsonld", "schema.jsonld", "CITATION.cff"
_MEDIA = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".xml": "application/xml"}


def write(release: Warehouse, folder: Path, by: Deployment) -> None:
    """Write the three files. `by` is the publishing deployment, named as author with its address."""
    files = [p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.suffix in _MEDIA]
    for name, document in ((DCAT, dcat(release, files, by)), (SCHEMA_ORG, schema_org(release, files, by))):
        (folder / name).write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
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


def dcat(release: Warehouse, files: list[Path], by: Deployment) -> dict[str, Any]:
    """Return a dcat:Dataset with a dcat:Distribution per file."""
    first, last = _years(release)
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "prov": "http://www.w3.org/ns/prov#",
        },
        "@type": "dcat:Dataset",
        "dct:identifier": release.release,
        "dcat:version": release.release,
        "dct:title": _in_each_language("title", release=release.release),
        "dct:description": _in_each_language("about"),
        "dct:language": list(CONTRACT_LANGUAGES),
        "dct:issued": {"@value": str(_as_of(release)), "@type": "xsd:date"},
        "dct:creator": author(by),
        **({"dcat:landingPage": by.address} if by.address else {}),
        "dcat:keyword": _keywords(),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": str(first), "@type": "xsd:gYear"},
            "dcat:endDate": {"@value": str(last), "@type": "xsd:gYear"},
        },
        "dct:source": [
            {
                "dct:title": source["title_en"],
                "dct:bibliographicCitation": source["citation"],
                "dct:rights": source["licence"],
            }
            for source in sources(release)
        ],
        "dcat:distribution": [
            {"@type": "dcat:Distribution", "dct:title": f.as_posix(), "dcat:mediaType": _MEDIA[f.suffix]}
            for f in files
        ],
    }


def schema_org(release: Warehouse, files: list[Path], by: Deployment) -> dict[str, Any]:
    """Return a schema.org Dataset."""
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
        "citation": [source["citation"] for source in sources(release)],
        "isBasedOn": [
            {"@type": "Dataset", "name": source["title_en"], "license": source["licence"]}
            for source in sources(release)
        ],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": f.as_posix(), "encodingFormat": _MEDIA[f.suffix]}
            for f in files
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
