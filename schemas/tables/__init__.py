"""The tables: each column once, each table its columns and its primary key. Here their reading and rendering.

They are data beside this file: columns.csv, dimensions.toml, and one TOML a schema, whose entries say

- `es`, `en`, `visibility` (`filtered`: only rows of open collections reach the public file), `view`;
- `dated`: rows are of periods, and say beside the first day the year and the period's name (2018, FY2018,
  2018-Q1, 2018-03): `frequency`, as that column says, or A, Q, M of all of them. The build fills both;
- `figures`: readers find a collection's figures in it; one that is in none of these is shown nowhere;
- `columns`, in order. `@dimensions`, `@slices` (those that indicators may detail) and `@key` (the
  observation key) stand for their columns, but those that the entry names by itself;
- `of_protected`: the columns that a public table shows of protected collections; the others are NULL there,
  as `es`, `en` say;
- `differs`: what a column says in this table alone, or, if columns.csv lacks it, all of it;
- `like`: it begins with that table's columns, `without` some, and has its key if it names none;
- `key`: the columns that no two rows share, or `no_key`, why there are none. It renders a question of the
  gate, the release's order and the documents.

The tables of schema `network`, one a collection of records, are made by network.py from schemas/records.
No value and no rule is decided here. Names and columns are a public contract (docs/architecture.md,
"Contract"); a change is in CHANGELOG.md.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.records import declarations
from schemas.tables.definitions import Column, Dimension, Table
from schemas.tables.network import entered_table, network_table
from schemas.tables.reading import DATES, PERIOD_START, groups, read_dimensions, read_tables

__all__ = [
    "DATES",
    "DIMENSIONS",
    "KEY",
    "PERIOD_START",
    "SLICES",
    "TABLES",
    "Column",
    "Dimension",
    "Table",
    "default_of",
    "entered_table",
    "table",
]

FOLDER = Path(__file__).parent

DIMENSIONS = read_dimensions(FOLDER)
"""The dimensions that tell one figure of a period from another."""

SLICES = groups(DIMENSIONS)["@slices"]
"""Names of the dimensions that indicators may detail."""

KEY = groups(DIMENSIONS)["@key"]
"""What identifies a figure within a submission: the observation key."""

TABLES = (*read_tables(FOLDER), *(network_table(one) for one in declarations().values()))
"""All tables, in the order in which a build makes them: those declared here, then those of records."""


def default_of(dimension: str) -> str:
    """What a dimension says where no column fills it: `_Z` not given, or `_T` not broken down."""
    return next(d.default for d in DIMENSIONS if d.name == dimension)


@cache
def _by_name() -> dict[str, Table]:
    return {t.full_name: t for t in TABLES}


def table(full_name: str) -> Table:
    """The table called `schema.name`. Raises KeyError if there is none."""
    return _by_name()[full_name]


COLLECTIONS = table("registry.collections")
EXHAUSTIVE = table("registry.exhaustive")
DECISIONS = table("registry.decisions")
WAIVERS = table("registry.waivers")
SUBMISSIONS = table("registry.submissions")
FINDINGS = table("registry.findings")
STAGED = table("core.staged")
SOURCES = table("core.sources")
QUARANTINED = table("core.quarantined")
OPENINGS = table("core.openings")
JUMPS = table("core.jumps")
COMPOSITION_POINTS = table("core.composition_points")
MONTHLY_POINTS = table("core.monthly_points")
MONTHLY = table("analysis.monthly")
HEADLINES = table("core.headlines")
INDICATOR_VALUES = table("baseline.indicator_values")
TRENDS = table("analysis.trends")
ORIGIN_MIX = table("analysis.origin_mix")
PROTECTED_CELLS = table("core.protected_cells")
PROTECTED_COUNTS = table("baseline.protected_counts")
