"""The tables of a release: columns, and tables with their columns and primary keys. This package reads them.

They are data in this folder: columns.csv, dimensions.toml, and a TOML file per schema. Entries have these
keys:

- `es`, `en`, `visibility` (`filtered`: the public file has only rows of open collections), `view`;
- `dated`: rows have periods, and in addition to the first day the year and the period's name (2018, FY2018,
  2018-Q1, 2018-03). Its value is `frequency`, the column with the frequency, or A, Q, M for all rows. The
  build fills both columns;
- `figures`: readers find a collection's values in this table. A collection in none of these is not shown;
- `columns`, in order. `@dimensions`, `@slices` (dimensions that indicators may detail) and `@key` (the
  observation key) are replaced by their columns, except columns that the entry names itself;
- `of_protected`: columns that a public table shows for protected collections. The other columns are NULL
  there, as `es` and `en` explain;
- `differs`: properties of a column in this table only; all its properties if columns.csv does not have it;
- `like`: the table begins with the columns of that table, `without` some, and has its key if it names none;
- `key`: columns that identify a row, or `no_key`, the reason why there are none. The gate's test for
  duplicates, the order of rows and the documents are made from it.

network.py makes the tables of the schema `network`, one per collection of records, from schemas/records. No
value and no rule is decided here. Names and columns are a public contract (docs/architecture.md, "Contract").
A change is in CHANGELOG.md.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

from schemas.records import declarations
from schemas.tables.definitions import Column, Dimension, Table
from schemas.tables.network import entered_table, network_table
from schemas.tables.reading import DATES, PERIOD_START, groups, read_dimensions, read_tables

__all__ = [
    "CHANGES",
    "COLLECTIONS",
    "DATES",
    "DECISIONS",
    "DIMENSIONS",
    "EXHAUSTIVE",
    "FINDINGS",
    "INDICATOR_VALUES",
    "JOINT_BOUNDS",
    "MONTHLY",
    "OBSERVATION_KEY",
    "OPENINGS",
    "PERIOD_START",
    "PROTECTED_CELLS",
    "PROTECTED_COUNTS",
    "QUARANTINED_TABLE",
    "SLICES",
    "SOURCES",
    "STAGED_TABLE",
    "SUBMISSIONS",
    "TABLES",
    "TRENDS",
    "Column",
    "Dimension",
    "Table",
    "default_code",
    "entered_table",
    "table",
    "total_rows",
]

FOLDER = Path(__file__).parent

DIMENSIONS = read_dimensions(FOLDER)
"""Dimensions that distinguish the values of a period."""

SLICES = groups(DIMENSIONS)["@slices"]
"""Names of the dimensions that indicators may detail."""

ORIGIN_CLASS = "origin_class"
"""Column with the class of a citizenship, which details a value like a dimension."""

OBSERVATION_KEY = groups(DIMENSIONS)["@key"]
"""The observation key: columns that identify a value within a submission."""

TABLES = (*read_tables(FOLDER), *(network_table(declaration) for declaration in declarations().values()))
"""All tables in build order: those declared here, then those of records."""


def default_code(dimension: str) -> str:
    """Return the code of a dimension that no column fills: `_Z` not given, or `_T` not broken down."""
    return next(d.default for d in DIMENSIONS if d.name == dimension)


def total_rows(full_name: str, besides: Collection[str] = (), alias: str = "") -> str:
    """Return an SQL condition for the rows of a table that detail none of its dimensions but `besides`.

    It names every dimension of the table as declared, so a new one is never summed by accident.
    """
    defaults = {d.name: d.default for d in DIMENSIONS} | {ORIGIN_CLASS: "_T"}
    prefix = f"{alias}." if alias else ""
    details = [name for name in table(full_name).column_names if name in defaults and name not in besides]
    return " AND ".join(f"{prefix}{name} = '{defaults[name]}'" for name in details)


@cache
def _by_name() -> dict[str, Table]:
    return {t.full_name: t for t in TABLES}


def table(full_name: str) -> Table:
    """Return the table called `schema.name`. Raises KeyError if there is none."""
    return _by_name()[full_name]


COLLECTIONS = table("registry.collections")
EXHAUSTIVE = table("registry.exhaustive")
DECISIONS = table("registry.decisions")
SUBMISSIONS = table("registry.submissions")
FINDINGS = table("registry.findings")
STAGED_TABLE = table("core.staged")
SOURCES = table("core.sources")
QUARANTINED_TABLE = table("core.quarantined")
OPENINGS = table("core.openings")
MONTHLY = table("analysis.monthly")
INDICATOR_VALUES = table("baseline.indicator_values")
TRENDS = table("analysis.trends")
CHANGES = table("analysis.changes")
JOINT_BOUNDS = table("analysis.joint_bounds")
PROTECTED_CELLS = table("core.protected_cells")
PROTECTED_COUNTS = table("baseline.protected_counts")
