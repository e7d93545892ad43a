"""JSON documents of the static API: the catalogue of a release, its series, the list of releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from schemas.words import column_text
from warehouse.answers.answers import Answers
from warehouse.answers.contract import (
    Catalogue,
    IndicatorEntry,
    ReleaseEntry,
    Releases,
    SeriesReplies,
    SourceEntry,
    Texts,
)
from warehouse.reading.client import Warehouse
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import CatalogueRow

RELEASES, CATALOGUE, SERIES = "releases.json", "catalogue.json", "figures/{indicator}/{country}.json"

Write = Callable[[Path], object]
"""A function that writes into an empty folder."""

_COUNTRIES = """
SELECT reporting_country, country_es, country_en FROM baseline.headline
UNION
SELECT reporting_country, country_es, country_en FROM baseline.headline_region
ORDER BY 1
"""
_SOURCES = """
SELECT collection, title_es, title_en, citation, coalesce(licence, '') AS licence FROM registry.collections
WHERE collection IN (SELECT collection FROM registry.submissions) ORDER BY collection
"""


def write(file: Path, folder: Path) -> None:
    """Write the catalogue of a release file and the replies for every indicator and country."""
    with Warehouse.open(file, lang="es") as spanish, Warehouse.open(file, lang="en") as english:
        answers = {"es": Answers(spanish), "en": Answers(english)}
        entries = catalogue(english)
        write_document(folder / CATALOGUE, entries)
        for entry in entries.indicators:
            for country, address in entry.series.items():
                es, en = (answers[lang].series(entry.indicator, country) for lang in ("es", "en"))
                write_document(folder / address, SeriesReplies(es=es, en=en))


def catalogue(warehouse: Warehouse) -> Catalogue:
    """Return the catalogue of a release."""

    def rows(sql: str) -> list[Any]:
        return row_dicts(warehouse.connection.execute(sql))

    countries = {row["reporting_country"]: _texts(row, "country") for row in rows(_COUNTRIES)}
    (edition,) = rows("SELECT release, as_of::VARCHAR AS as_of FROM registry.release")
    return Catalogue(
        **edition,
        indicators=tuple(
            _indicator_entry(row, countries)
            for row in rows("SELECT * FROM baseline.catalogue ORDER BY indicator")
        ),
        countries=countries,
        sources=tuple(
            SourceEntry(
                collection=row["collection"],
                title=_texts(row, "title"),
                citation=row["citation"],
                licence=row["licence"],
            )
            for row in rows(_SOURCES)
        ),
    )


def _indicator_entry(row: CatalogueRow, countries: dict[str, Texts]) -> IndicatorEntry:
    return IndicatorEntry(
        indicator=row["indicator"],
        name=_texts(row, "name"),
        definition=_texts(row, "definition"),
        caveat=_texts(row, "caveat"),
        unit=row["unit"],
        family=row["family"],
        has_data=row["data"] == "available",
        filled_by=_texts(row, "filled_by"),
        series={country: SERIES.format(indicator=row["indicator"], country=country) for country in countries},
    )


def _texts(row: Mapping[str, object], name: str) -> Texts:
    return Texts(es=column_text(row, name, "es"), en=column_text(row, name, "en"))


def releases(root: Path, in_force: str, latest: str) -> Releases:
    """Return the list of the releases in a folder, the oldest first."""
    folders = [path.parent for path in root.glob(f"*/{CATALOGUE}")]
    catalogues = [read_catalogue(path) for path in folders if not path.name.startswith((".", latest))]
    entries = [
        ReleaseEntry(release=entry.release, as_of=entry.as_of, catalogue=f"{entry.release}/{CATALOGUE}")
        for entry in catalogues
    ]
    return Releases(
        latest=in_force, releases=tuple(sorted(entries, key=lambda entry: (entry.as_of, entry.release)))
    )


def read_catalogue(folder: Path) -> Catalogue:
    """Read the catalogue in the folder of a release."""
    return Catalogue.model_validate_json((folder / CATALOGUE).read_bytes())


def write_document(path: Path, document: BaseModel) -> None:
    """Write a document as JSON, without what is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document.model_dump_json(exclude_none=True) + "\n", encoding="utf-8")
