"""The grammar of the tables' data, and how it is read. __init__.py explains the keys of an entry."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, RootModel

from schemas.grammar import read_strict
from schemas.tables.definitions import Column, Dimension, NoKey, ProtectedColumns, Table, Type, Visibility

SCHEMAS = ("registry", "reference", "core", "baseline", "analysis")
"""Schemas, in the order in which a build makes their tables."""

PERIOD_START, DATES = "period_start", ("year", "period")
"""First day of a row's period, and the columns that a dated table has in addition."""

_TYPES: dict[str, Type] = {name: name for name in get_args(Type)}


class TableError(ValueError):
    """Error: a declaration of tables cannot be used. The message names file, entry and problem."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Strict):
    es: str
    en: str


class _Dimension(_Words):
    values: Literal["codes", "country", "labels"]
    default: Literal["_T", "_Z"]
    slice: bool = False


class _Differs(_Strict):
    type: Type | None = None
    es: str | None = None
    en: str | None = None
    null: bool | None = None
    internal: bool | None = None


class _OfProtected(_Words):
    columns: list[str]


class _Table(_Words):
    visibility: Visibility
    dated: Literal["frequency", "A", "Q", "M"] | None = None
    view: bool = False
    figures: bool = False
    like: str | None = None
    without_columns: list[str] = Field(default=[], alias="without")
    columns: list[str] = []
    differs: dict[str, _Differs] = {}
    key: list[str] = []
    no_key: _Words | None = None
    of_protected: _OfProtected | None = None


class _Dimensions(RootModel[dict[str, _Dimension]]):
    """Grammar of dimensions.toml."""


class _Schema(RootModel[dict[str, _Table]]):
    """Grammar of a schema's file."""


def read_dimensions(folder: Path) -> tuple[Dimension, ...]:
    """Return the dimensions, in order. Raises CardError if dimensions.toml breaks its grammar."""
    entries = read_strict(folder / "dimensions.toml", _Dimensions).root
    return tuple(Dimension(name, "VARCHAR", **entry.model_dump()) for name, entry in entries.items())


def groups(dimensions: Iterable[Dimension]) -> dict[str, tuple[str, ...]]:
    """Return the columns of each name with `@`."""
    names = tuple(d.name for d in dimensions)
    return {
        "@dimensions": names,
        "@slices": tuple(d.name for d in dimensions if d.slice),
        "@key": ("measure", "reporting_country", "period_start", "frequency", *names),
    }


def read_tables(folder: Path) -> tuple[Table, ...]:
    """Return all tables, in order. Raises CardError or TableError, which name file, entry and problem."""
    reader = _Reader(folder)
    return tuple(reader.table(f"{schema}.{name}") for schema, name in reader.entries)


class _Reader:
    """The declarations of a folder, and the tables made from them."""

    def __init__(self, folder: Path) -> None:
        dimensions = read_dimensions(folder)
        self.folder = folder
        self.columns = _read_columns(folder, dimensions)
        self.groups = groups(dimensions)
        files = {schema: read_strict(folder / f"{schema}.toml", _Schema).root for schema in SCHEMAS}
        self.entries = {(s, name): entry for s, entries in files.items() for name, entry in entries.items()}

    def table(self, full_name: str) -> Table:
        """Return a complete table. It inherits columns, and a key if it names none, from `like`."""
        schema, _, name = full_name.partition(".")
        entry = self.entries[schema, name]
        where = f"{self.folder / schema}.toml: [{name}]"
        parent = self._parent(entry, where)
        columns = (*_inherited_columns(entry, parent, where), *self._own_columns(entry, where))
        names = [c.name for c in columns]
        if repeated_names := sorted({n for n in names if names.count(n) > 1}):
            raise TableError(f"{where} columns: named twice: {', '.join(repeated_names)}.")
        key, no_key = self._key(entry, parent, where)
        if unknown := [n for n in key if n not in names]:
            raise TableError(f"{where} key: not among its columns: {', '.join(unknown)}.")
        texts = (schema, name, entry.es, entry.en, entry.visibility)
        of_protected = self._of_protected(entry, names, where)
        return Table(*texts, columns, key, no_key, entry.view, entry.figures, of_protected, entry.dated)

    @staticmethod
    def _of_protected(entry: _Table, names: list[str], where: str) -> ProtectedColumns | None:
        protection = entry.of_protected
        if protection is None:
            return None
        if unknown := [n for n in protection.columns if n not in names]:
            raise TableError(f"{where} of_protected: not among its columns: {', '.join(unknown)}.")
        return ProtectedColumns(tuple(protection.columns), protection.es, protection.en)

    def _parent(self, entry: _Table, where: str) -> Table | None:
        if entry.like is None:
            return None
        if tuple(entry.like.split(".")) not in self.entries:
            raise TableError(f"{where} like: there is no table '{entry.like}'.")
        return self.table(entry.like)

    def _own_columns(self, entry: _Table, where: str) -> list[Column]:
        names = list(self._expand_groups(_with_dates(entry), f"{where} columns"))
        if unknown := sorted(set(entry.differs) - set(names)):
            raise TableError(f"{where} differs: not among the columns named here: {', '.join(unknown)}.")
        return [self._column(name, entry.differs.get(name), where) for name in names]

    def _column(self, name: str, differs: _Differs | None, where: str) -> Column:
        shared = self.columns.get(name)
        properties = differs.model_dump(exclude_none=True) if differs else {}
        if "internal" in properties:
            properties["visibility"] = "internal" if properties.pop("internal") else "public"
        if shared:
            return self._changed_column(shared, properties, where)
        if missing := sorted({"type", "es", "en"} - set(properties)):
            raise TableError(
                f"{where} columns: '{name}' is not in columns.csv, and differs lacks {', '.join(missing)}."
            )
        return Column(name, **properties)

    @staticmethod
    def _changed_column(shared: Column, properties: dict[str, Any], where: str) -> Column:
        column = replace(shared, **properties)
        if properties and column == shared:
            raise TableError(f"{where} differs: '{shared.name}' is already declared so; leave it out.")
        return column

    def _key(self, entry: _Table, parent: Table | None, where: str) -> tuple[tuple[str, ...], NoKey | None]:
        if entry.key and entry.no_key:
            raise TableError(f"{where}: either key or no_key, not both.")
        if entry.no_key:
            return (), NoKey(entry.no_key.es, entry.no_key.en)
        if entry.key:
            return tuple(self._expand_groups(entry.key, f"{where} key")), None
        if parent:
            return parent.key, parent.no_key
        raise TableError(
            f"{where}: say its key, the columns that no two rows share, or no_key, why there is none."
        )

    def _expand_groups(self, names: list[str], where: str) -> Iterator[str]:
        """Yield the names. A group is replaced by its columns that are not named in the list itself."""
        for name in names:
            if not name.startswith("@"):
                yield name
            elif name in self.groups:
                yield from (column for column in self.groups[name] if column not in names)
            else:
                raise TableError(f"{where}: there is no group '{name}'; there are {', '.join(self.groups)}.")


def _with_dates(entry: _Table) -> list[str]:
    """Return the columns. In a dated table the year and the name of the period come before its first day."""
    if not entry.dated or entry.like or DATES[0] in entry.columns:
        return entry.columns
    before = PERIOD_START if PERIOD_START in entry.columns else "@key"
    position = entry.columns.index(before)
    return [*entry.columns[:position], *DATES, *entry.columns[position:]]


def _read_columns(folder: Path, dimensions: Iterable[Dimension]) -> dict[str, Column]:
    """Return the columns that tables share, with the dimensions."""
    path = folder / "columns.csv"
    columns = {d.name: Column(d.name, d.type, d.es, d.en) for d in dimensions}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = _shared_column(row, path)
            if column.name in columns:
                raise TableError(
                    f"{path}: '{column.name}' is declared twice (a dimension is in dimensions.toml alone)."
                )
            columns[column.name] = column
    return columns


def _shared_column(row: dict[str, str], path: Path) -> Column:
    name, type_ = row["column"], _TYPES.get(row["type"])
    if type_ is None:
        raise TableError(f"{path}: '{name}' has type '{row['type']}'; there are {', '.join(_TYPES)}.")
    if not (row["es"] and row["en"]):
        raise TableError(f"{path}: '{name}' lacks its words in Spanish or English.")
    visibility: Literal["public", "internal"] = "internal" if row["internal"] == "true" else "public"
    return Column(name, type_, row["es"], row["en"], row["null"] == "true", visibility)


def _inherited_columns(entry: _Table, parent: Table | None, where: str) -> list[Column]:
    columns = parent.columns if parent else ()
    if unknown := sorted(set(entry.without_columns) - {c.name for c in columns}):
        raise TableError(f"{where} without: {entry.like} has no column {', '.join(unknown)}.")
    return [c for c in columns if c.name not in entry.without_columns]
