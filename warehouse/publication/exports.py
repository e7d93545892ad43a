"""Taking figures out of a release: one function a format, each with its metadata beside. Computes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from schemas import codelists
from schemas.format_card import template as schema_template
from schemas.tables import INDICATOR_VALUES
from warehouse.publication.client import Warehouse

_CSVW_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "double",
    "DATE": "date",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
}


def csv(warehouse: Warehouse, indicator: str, output: Path) -> tuple[int, Path]:
    """Write an indicator's values as CSV (UTF-8) and CSV-on-the-Web metadata; rows and metadata path."""
    values = warehouse.indicator(indicator)
    output.parent.mkdir(parents=True, exist_ok=True)
    values.to_csv(output, index=False, date_format="%Y-%m-%d", lineterminator="\n")
    meta = output.with_name(f"{output.name}-metadata.json")
    told = json.dumps(_csvw(warehouse, indicator, output), ensure_ascii=False, indent=1)
    meta.write_text(told, encoding="utf-8")
    return len(values), meta


def _csvw(warehouse: Warehouse, indicator: str, output: Path) -> dict[str, Any]:
    told = warehouse.query("SELECT * FROM baseline.catalogue WHERE indicator = $i", {"i": indicator}).iloc[0]
    cited = warehouse.query(
        "SELECT DISTINCT citation FROM registry.collections "
        "JOIN baseline.indicator_values USING (collection) WHERE indicator = $i ORDER BY 1",
        {"i": indicator},
    )
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"language": "es"}],
        "url": output.name,
        "dc:title": {"es": told["name_es"], "en": told["name_en"]},
        "dc:description": [
            {"@value": f"{told['definition_es']} {told['caveat_es']}", "@language": "es"},
            {"@value": f"{told['definition_en']} {told['caveat_en']}", "@language": "en"},
        ],
        "dc:source": cited["citation"].tolist(),
        "dc:identifier": warehouse.release,
        "tableSchema": {
            "columns": [
                {
                    "name": c.name,
                    "datatype": _CSVW_TYPES[c.type],
                    "required": not c.null,
                    "dc:description": {"es": c.es, "en": c.en},
                }
                for c in INDICATOR_VALUES.columns
            ]
        },
    }


def template(warehouse: Warehouse, collection: str, output: Path, provenance: dict[str, str]) -> int:
    """Write a collection's values in force in the project's own template; the number of rows.

    The provenance stands above the header, in rows that start with `#`. Columns that say nothing for
    any row are left out.
    """
    values = warehouse.query(_TEMPLATE_QUERY, {"collection": collection})
    columns = [c for c in schema_template().columns if c in values and _says_something(values[c], c)]
    with output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {key}: {text}\n" for key, text in provenance.items())
        values[columns].to_csv(file, index=False, lineterminator="\n")
    return len(values)


def _says_something(values: pd.Series, column: str) -> bool:
    silent = {None, "", codelists.TOTAL, codelists.NOT_APPLICABLE}
    return column in schema_template().required or not set(values.unique()) <= silent


_TEMPLATE_QUERY = """
    SELECT
        measure, reporting_country, nullif(area, '_T') AS area,
        CASE frequency
            WHEN 'A' THEN strftime(period_end, '%Y')
            WHEN 'Q' THEN strftime(period_start, '%Y') || '-Q' || quarter(period_start)
            ELSE strftime(period_start, '%Y-%m')
        END AS period,
        sex, age_group, exploitation, citizenship, counterpart_country, counterpart_role, accompaniment,
        nullif(legal_basis, '_T') AS legal_basis,
        CASE
            WHEN value_low = value_high AND value_low <> floor(value_low) THEN CAST(value_low AS VARCHAR)
            WHEN value_high IS NULL THEN format('{:.0f}-', value_low)
            WHEN value_low = value_high THEN format('{:.0f}', value_low)
            ELSE format('{:.0f}-{:.0f}', value_low, value_high)
        END AS value,
        flag AS note
    FROM core.current
    WHERE collection = $collection
    ORDER BY ALL
"""


FORMATS: dict[str, Callable[[Warehouse, str, Path], tuple[int, Path]]] = {"csv": csv}
"""The formats there are, by name."""
