"""The OpenAPI document of the static API, from the contract's types and the releases that are served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.words import say
from warehouse.answers.contract import VERSION, Catalogue, Releases, SeriesReplies
from warehouse.publication.api import documents, sdmx_paths
from warehouse.publication.bundle import sdmx, tables

FILE = "openapi.json"
_JSON, _CSV = "application/json", "application/vnd.sdmx.data+csv"
_XML, _PARQUET = "application/vnd.sdmx.structure+xml", "application/vnd.apache.parquet"
_TEXT_BYTES = {"type": "string", "format": "binary"}


def document_text(releases: Releases, catalogue: Catalogue, latest: str) -> str:
    """Return the text of openapi.json. The addresses are those of the release of the catalogue."""
    return json.dumps(document(releases, catalogue, latest), indent=1, ensure_ascii=False) + "\n"


def document(releases: Releases, catalogue: Catalogue, latest: str) -> dict[str, Any]:
    """Return the OpenAPI document."""
    references, schemas = models_json_schema(
        [(model, "serialization") for model in (Releases, Catalogue, SeriesReplies)],
        ref_template="#/components/schemas/{model}",
    )
    types = {model.__name__: schema for (model, _), schema in references.items()}
    release = _parameter("release", [latest, *(entry.release for entry in releases.releases)])
    indicators = [entry.indicator for entry in catalogue.indicators]
    flows = [name.partition(".")[2].upper() for name in sdmx_paths.FLOWS]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "lineabase",
            "version": VERSION,
            "summary": say("api.summary", "en"),
            "description": "\n\n".join(say("api.about", lang) for lang in ("en", "es")),
        },
        "servers": [{"url": "."}],
        "paths": {
            f"/{documents.RELEASES}": _get("releases", _JSON, types["Releases"]),
            f"/{{release}}/{documents.CATALOGUE}": _get("catalogue", _JSON, types["Catalogue"], [release]),
            f"/{{release}}/{documents.SERIES}": _get(
                "series",
                _JSON,
                types["SeriesReplies"],
                [
                    release,
                    _parameter("indicator", indicators),
                    _parameter("country", catalogue.countries),
                ],
            ),
            f"/{{release}}/{sdmx_paths.FOLDER}/data/{{flow}}/{{key}}": _get(
                "data", _CSV, _TEXT_BYTES, [release, _parameter("flow", flows), _parameter("key", ["all"])]
            ),
            f"/{{release}}/{sdmx_paths.FOLDER}/dataflow/{sdmx.AGENCY}/{{flow}}/latest": _get(
                "dataflow", _XML, _TEXT_BYTES, [release, _parameter("flow", ["all", *flows])]
            ),
            f"/{{release}}/{tables.PARQUET}/{{table}}.parquet": _get(
                "parquet",
                _PARQUET,
                _TEXT_BYTES,
                [release, _parameter("table", [table.full_name for table in tables.public_tables()])],
            ),
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _get(
    name: str, media_type: str, schema: dict[str, Any], parameters: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return the operation of an address. A file that a release does not have is not found."""
    return {
        "get": {
            "operationId": name,
            "summary": say(f"api.{name}", "en"),
            "description": say(f"api.{name}", "es"),
            **({"parameters": list(parameters)} if parameters else {}),
            "responses": {
                "200": {
                    "description": say(f"api.{name}", "en"),
                    "content": {media_type: {"schema": schema}},
                },
                "404": {"description": say("api.not_found", "en")},
            },
        }
    }


def _parameter(name: str, values: Iterable[str]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(values)},
    }
