"""Exports of a release: a function for each format, with a metadata file. Computes no figure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from schemas import codelists
from schemas.cards.format_card import more_columns
from schemas.cards.format_card import template as schema_template
from schemas.tables import DIMENSIONS, INDICATOR_VALUES
from warehouse.home import durable
from warehouse.reading.client import Warehouse

CSVW_TYPES: dict[str, Any] = {
    "VARCHAR": "string",
    "DOUBLE": "double",
    "DATE": "date",
    "BIGINT": "integer",
    "BOOLEAN": {"base": "boolean", "format": "TRUE|FALSE"},
}
"""Types of columns in CSV on the Web. Booleans are written as R and spreadsheets read them."""

_VALUES = """
SELECT * FROM baseline.indicator_values WHERE indicator = $indicator AND (preferred OR $every) ORDER BY ALL
"""


def csv(warehouse: Warehouse, indicator: str, output: Path, every_source: bool = False) -> tuple[int, Path]:
    """Write an indicator's values as CSV (UTF-8) with CSVW metadata; return rows and metadata path."""
    values = warehouse.query(_VALUES, {"indicator": indicator, "every": every_source})
    booleans = [column.name for column in INDICATOR_VALUES.columns if column.type == "BOOLEAN"]
    values[booleans] = values[booleans].apply(lambda column: column.map({True: "TRUE", False: "FALSE"}))
    text = values.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    meta = output.with_name(f"{output.name}-metadata.json")
    description = json.dumps(_csvw_metadata(warehouse, indicator, output), ensure_ascii=False, indent=1)
    output.parent.mkdir(parents=True, exist_ok=True)
    # An interrupted write must leave an earlier file complete.
    for path, content in ((output, text), (meta, description)):
        durable.replace(path, content.encode())
    return len(values), meta


def _csvw_metadata(warehouse: Warehouse, indicator: str, output: Path) -> dict[str, Any]:
    entry = warehouse.query("SELECT * FROM baseline.catalogue WHERE indicator = $i", {"i": indicator}).iloc[0]
    sources = warehouse.query(
        "SELECT DISTINCT citation FROM registry.collections "
        "JOIN baseline.indicator_values USING (collection) WHERE indicator = $i ORDER BY 1",
        {"i": indicator},
    )
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "es"}],
        "url": output.name,
        "dc:title": {"es": entry["name_es"], "en": entry["name_en"]},
        "dc:description": [
            {"@value": f"{entry['definition_es']} {entry['caveat_es']}", "@language": "es"},
            {"@value": f"{entry['definition_en']} {entry['caveat_en']}", "@language": "en"},
        ],
        "dc:source": sources["citation"].tolist(),
        "dc:identifier": warehouse.release,
        "tableSchema": {
            "columns": [
                {
                    "name": c.name,
                    "datatype": CSVW_TYPES[c.type],
                    "required": not c.null,
                    "dc:description": {"es": c.es, "en": c.en},
                }
                for c in INDICATOR_VALUES.columns
            ]
        },
    }


def template(
    warehouse: Warehouse, submission: str, output: Path, provenance: dict[str, str], waiting: pd.DataFrame
) -> int:
    """Write a submission's values and its quarantined rows in the project's template; return their number.

    The provenance is above the header, in rows that start with `#`. Columns without any information are left
    out. A superseded submission is written like any other.
    """
    # DISTINCT, since an observation may have been known in two spans
    select = "SELECT DISTINCT * EXCLUDE (known_from, known_to) FROM core.observations"
    accepted_rows = warehouse.query(f"{select} WHERE submission = $id", {"id": submission})
    shared_columns = [name for name in accepted_rows.columns if name in waiting.columns]
    rows = pd.concat([accepted_rows, waiting[shared_columns]], ignore_index=True)
    with duckdb.connect() as db:
        values = db.register("rows", rows).execute(_template_query()).df()
    columns = [name for name in _template_columns() if _has_information(values[name], name)]
    with output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {key}: {text}\n" for key, text in provenance.items())
        values[columns].to_csv(file, index=False, lineterminator="\n")
    return len(values)


def _template_columns() -> list[str]:
    """Return the template's columns, followed by those that a card may add."""
    columns = [name for name, column in schema_template().columns.items() if not column.ignore]
    return [*columns, *more_columns()]


def _has_information(values: pd.Series, column: str) -> bool:
    defaults = {codelists.TOTAL, codelists.NOT_APPLICABLE}
    if column in more_columns():  # a sender who wrote nothing in such a column left its default
        defaults = {dimension.default for dimension in DIMENSIONS if dimension.name == column}
    return column in schema_template().required or not set(values.unique()) <= {None, "", *defaults}


def _template_query() -> str:
    """Return the SELECT of values as rows of the template."""
    expressions = {
        "period": _PERIOD,
        "value": _VALUE,
        "note": "flag",
        "read_as": _READ_AS,
        **{d.name: f"nullif({d.name}, '{d.default}')" for d in DIMENSIONS if d.values == "labels"},
    }
    columns = ", ".join(f"{expressions.get(name, name)} AS {name}" for name in _template_columns())
    return f"SELECT {columns} FROM rows ORDER BY ALL"


_PERIOD = """
    CASE frequency
        WHEN 'A' THEN strftime(period_end, '%Y')
        WHEN 'Q' THEN strftime(period_start, '%Y') || '-Q' || quarter(period_start)
        ELSE strftime(period_start, '%Y-%m')
    END
"""

_VALUE = """
    CASE
        WHEN value_low = value_high AND value_low <> floor(value_low) THEN CAST(value_low AS VARCHAR)
        WHEN value_high IS NULL THEN format('{:.0f}-', value_low)
        WHEN value_low = value_high THEN format('{:.0f}', value_low)
        ELSE format('{:.0f}-{:.0f}', value_low, value_high)
    END
"""


_DOUBTS = [label for label in schema_template().columns["read_as"].map if label]
_READ_AS = f"""
    nullif(array_to_string(list_sort(list_intersect(string_split(flag, '+'), {_DOUBTS})), '+'), '')
"""
"""The doubts that only the publisher's own file shows; a template cell has at most one."""


FORMATS: dict[str, Callable[[Warehouse, str, Path, bool], tuple[int, Path]]] = {"csv": csv}
"""The formats by name."""
