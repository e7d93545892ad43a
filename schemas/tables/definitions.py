"""Classes of tables, columns and dimensions, and the SQL and comments made from them.

The tables are data (the TOML files of this folder); reading.py reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from schemas.words import contract_language

Type = Literal["VARCHAR", "DOUBLE", "DATE", "BIGINT", "BOOLEAN"]
Visibility = Literal["public", "internal", "filtered"]


@dataclass(frozen=True)
class Column:
    """A column. `null`: NULL has a meaning in it, which the comment explains."""

    name: str
    type: Type
    es: str
    en: str
    null: bool = False
    visibility: Literal["public", "internal"] = "public"

    def comment(self) -> str:
        """Return the comment in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"


@dataclass(frozen=True)
class Dimension(Column):
    """A column that distinguishes the values of a period, and its code in rows where nothing fills it."""

    values: Literal["codes", "country", "labels"] = "codes"
    default: str = "_T"
    slice: bool = False

    def short_name(self, lang: str) -> str:
        """Return its description up to what explains it: `Sex` of `Sex (SDMX CL_SEX); _T not broken down`."""
        return re.split(r"[(,;]", str(getattr(self, contract_language(lang))))[0].strip()


@dataclass(frozen=True)
class NoKey:
    """Reason why a table has no primary key."""

    es: str
    en: str


@dataclass(frozen=True)
class ProtectedColumns:
    """Columns that the public file shows for protected collections. `es`, `en` explain the NULLs
    elsewhere."""

    columns: tuple[str, ...]
    es: str
    en: str

    def public_column(self, column: Column) -> Column:
        """Return the column as it is in the public file."""
        if column.name in self.columns:
            return column
        return replace(column, es=f"{column.es}; {self.es}", en=f"{column.en}; {self.en}", null=True)


@dataclass(frozen=True)
class Table:
    """A table. `key`: columns that identify a row; if it is empty, `no_key` explains why.

    `figures`: readers find a collection's values in it, not only that it reported or was revised. `dated`:
    its periods have a year and a name; the value is the column with their frequency, or the frequency of all.
    """

    schema: str
    name: str
    es: str
    en: str
    visibility: Visibility
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    no_key: NoKey | None = None
    is_view: bool = False
    figures: bool = False
    of_protected: ProtectedColumns | None = None
    period_frequency: str | None = None

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        """Names of its columns, in order."""
        return [column.name for column in self.columns]

    def comment(self) -> str:
        """Return the comment in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"

    def ddl(self) -> str:
        """Return CREATE TABLE with types and nullability."""
        lines = [f"    {c.name} {c.type}{'' if c.null else ' NOT NULL'}" for c in self.columns]
        return f"CREATE TABLE {self.full_name} (\n" + ",\n".join(lines) + "\n)"

    def comments(self) -> list[str]:
        """Return COMMENT ON statements for the table and its columns."""
        kind = "VIEW" if self.is_view else "TABLE"
        pairs = [(f"{kind} {self.full_name}", self.comment())]
        pairs += [(f"COLUMN {self.full_name}.{c.name}", c.comment()) for c in self.columns]
        return [f"COMMENT ON {target} IS '{text.replace(chr(39), chr(39) * 2)}'" for target, text in pairs]

    def public(self) -> Table:
        """Return the table as it is in the public file, without internal columns."""
        columns = [c for c in self.columns if c.visibility == "public"]
        if self.of_protected:
            columns = [self.of_protected.public_column(c) for c in columns]
        return replace(self, columns=tuple(columns))

    def repeated_keys(self) -> str:
        """Return a SELECT of the keys that more than one row has, with their number.

        A correct build has none. Compares hashes first, which takes half the time and memory for millions of
        keys.
        """
        key = ", ".join(self.key)
        repeated_hashes = f"SELECT hash({key}) FROM {self.full_name} GROUP BY 1 HAVING count(*) > 1"
        return (
            f"SELECT {key}, count(*) AS rows FROM {self.full_name} WHERE hash({key}) IN ({repeated_hashes}) "
            f"GROUP BY {key} HAVING count(*) > 1"
        )
