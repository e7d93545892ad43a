"""Types of the rows that Python reads of declared tables, as a release has them: rows.pyi. Reads no row.

A row is read-only: mypy refuses a column that its table does not declare, another type, and a change.
For maintainers: `python -m schemas.tables.row_types`. A test fails if rows.pyi is not up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.tables import Column, table

FILE = Path(__file__).with_name("rows.pyi")

TABLES_OF_ROWS = (
    "analysis.changes",
    "analysis.coverage",
    "analysis.decomposition",
    "analysis.joint_bounds",
    "analysis.monthly",
    "analysis.nationals_abroad",
    "analysis.open_questions",
    "analysis.revision_outlook",
    "analysis.revisions",
    "analysis.source_agreement",
    "analysis.statements",
    "analysis.trends",
    "baseline.catalogue",
    "baseline.headline",
    "baseline.headline_exploitation",
    "baseline.headline_origin",
    "baseline.headline_region",
    "baseline.indicator_values",
    "baseline.origin_profile",
    "core.current",
    "core.headlines",
    "core.series_kinds",
    "network.legislation",
    "registry.collections",
    "registry.errata",
    "registry.release",
    "registry.series",
    "registry.submissions",
)
"""The tables whose rows have a class. A further one is a line here."""

COMMON_COLUMNS = {
    "LabelledFigure": (
        "baseline.headline",
        "baseline.headline_origin",
        "baseline.headline_exploitation",
        "baseline.headline_region",
    )
}
"""Classes of the columns that several tables share, for functions that take a row of any of them."""

_TYPES = {"VARCHAR": "str", "DOUBLE": "float", "DATE": "date", "BIGINT": "int", "BOOLEAN": "bool"}
_HEAD = '''"""Rows of declared tables. Rendered from schemas/tables (python -m schemas.tables.row_types)."""

from datetime import date
from typing import TypedDict

from typing_extensions import ReadOnly
'''


def class_name(full_name: str) -> str:
    """Return the name of the class of a table's rows: `SeriesKindsRow` of `core.series_kinds`."""
    return "".join(part.title() for part in full_name.partition(".")[2].split("_")) + "Row"


def row_types() -> str:
    """Return the text of rows.pyi."""
    tables = [(class_name(name), table(name).public().columns) for name in TABLES_OF_ROWS]
    common = [(name, shared_columns(names)) for name, names in COMMON_COLUMNS.items()]
    return "\n".join([_HEAD, *(_class(name, columns) for name, columns in (*tables, *common))])


def shared_columns(names: Sequence[str]) -> list[Column]:
    """Return the columns that all of these tables have, in the order of the first."""
    first, *others = (table(name).public() for name in names)
    return [c for c in first.columns if all(c.name in other.column_names for other in others)]


def _class(name: str, columns: Iterable[Column]) -> str:
    lines = [f"class {name}(TypedDict):"]
    for column in columns:
        type_ = _TYPES[column.type] + (" | None" if column.null else "")
        lines.append(f"    {column.name}: ReadOnly[{type_}]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(row_types(), encoding="utf-8")
