"""Types of the rows that Python reads of declared tables: rows.pyi, for the type checker. Reads no row.

A row is read-only: mypy refuses a column that its table does not declare, another type, and a change.
For maintainers: `python -m schemas.tables.row_types`. A test fails if rows.pyi is not up to date.
"""

from __future__ import annotations

from pathlib import Path

from schemas.tables import Table, table

FILE = Path(__file__).with_name("rows.pyi")

TABLES_OF_ROWS = (
    "analysis.changes",
    "analysis.decomposition",
    "analysis.joint_bounds",
    "analysis.monthly",
    "analysis.open_questions",
    "analysis.revision_outlook",
    "analysis.statements",
    "analysis.trends",
    "baseline.catalogue",
    "core.headlines",
    "core.series_kinds",
    "network.legislation",
)
"""The tables whose rows have a class. A further one is a line here."""

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
    return "\n".join([_HEAD, *(_class(table(name)) for name in TABLES_OF_ROWS)])


def _class(declaration: Table) -> str:
    lines = [f"class {class_name(declaration.full_name)}(TypedDict):"]
    for column in declaration.columns:
        type_ = _TYPES[column.type] + (" | None" if column.null else "")
        lines.append(f"    {column.name}: ReadOnly[{type_}]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(row_types(), encoding="utf-8")
