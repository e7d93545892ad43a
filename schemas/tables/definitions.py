"""What a table, a column and a dimension are, and what is rendered of them: DDL, comments, key.

Which tables there are is data (the TOML files beside this one), read by reading.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Type = Literal["VARCHAR", "DOUBLE", "DATE", "BIGINT", "BOOLEAN"]
Visibility = Literal["public", "internal", "filtered"]


@dataclass(frozen=True)
class Column:
    """One column. `null`: NULL has a meaning there, which the comment says."""

    name: str
    type: Type
    es: str
    en: str
    null: bool = False
    visibility: Literal["public", "internal"] = "public"

    def comment(self) -> str:
        """The comment as it stands in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"


@dataclass(frozen=True)
class Dimension(Column):
    """A column that tells one figure of a period from another, and what a row says where nothing fills it."""

    values: Literal["codes", "country", "labels"] = "codes"
    default: str = "_T"
    slice: bool = False


@dataclass(frozen=True)
class NoKey:
    """Why a table has no primary key."""

    es: str
    en: str


@dataclass(frozen=True)
class OfProtected:
    """What the public file shows of protected collections; other columns are NULL, as `es`, `en` say."""

    columns: tuple[str, ...]
    es: str
    en: str

    def shown(self, column: Column) -> Column:
        """The column as the public file has it."""
        if column.name in self.columns:
            return column
        return replace(column, es=f"{column.es}; {self.es}", en=f"{column.en}; {self.en}", null=True)


@dataclass(frozen=True)
class Table:
    """One table. `key`: columns that no two rows share; if empty, `no_key` says why.

    `figures`: readers find a collection's figures in it, not only that it reported or was revised.
    `dated`: its periods have a year and a name: the column that tells their frequency, or that of all.
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
    of_protected: OfProtected | None = None
    dated: str | None = None

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        """Its columns' names, in order."""
        return [column.name for column in self.columns]

    def comment(self) -> str:
        """The comment as it stands in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"

    def ddl(self) -> str:
        """CREATE TABLE with types and nullability."""
        lines = [f"    {c.name} {c.type}{'' if c.null else ' NOT NULL'}" for c in self.columns]
        return f"CREATE TABLE {self.full_name} (\n" + ",\n".join(lines) + "\n)"

    def comments(self) -> list[str]:
        """COMMENT ON statements for the table and its columns."""
        kind = "VIEW" if self.is_view else "TABLE"
        quoted = [(f"{kind} {self.full_name}", self.comment())]
        quoted += [(f"COLUMN {self.full_name}.{c.name}", c.comment()) for c in self.columns]
        return [f"COMMENT ON {what} IS '{text.replace(chr(39), chr(39) * 2)}'" for what, text in quoted]

    def public(self) -> Table:
        """The table as the public file has it: without its internal columns."""
        columns = [c for c in self.columns if c.visibility == "public"]
        if self.of_protected:
            columns = [self.of_protected.shown(c) for c in columns]
        return replace(self, columns=tuple(columns))

    def repeated_keys(self) -> str:
        """SELECT of the keys that more than one row has, with their number: none in a sound build.

        By hash first, which takes half the time and memory where millions of keys are all different.
        """
        key = ", ".join(self.key)
        repeated = f"SELECT hash({key}) FROM {self.full_name} GROUP BY 1 HAVING count(*) > 1"
        return (
            f"SELECT {key}, count(*) AS rows FROM {self.full_name} WHERE hash({key}) IN ({repeated}) "
            f"GROUP BY {key} HAVING count(*) > 1"
        )
