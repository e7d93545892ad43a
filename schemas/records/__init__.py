"""The network's records: a TOML file per collection in this folder. This module has the grammar and reads it.

A record is a law, the status of a treaty or a measure: something to compare by country that is no number. The
TOML file defines the contract (contract.py), the template (schemas/cards/template.py), the table
`network.<name>` (schemas/tables), and comparisons of two submissions or two days. No collection has code of
its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas import codelists
from schemas.grammar import CardError, problems
from schemas.words import CONTRACT_LANGUAGES, InvalidValue

__all__ = [
    "LINKS",
    "Answers",
    "Cell",
    "Column",
    "Declaration",
    "Matrix",
    "TableColumn",
    "declarations",
    "replies",
]

FOLDER = Path(__file__).parent

Role = Literal[
    "code",
    "country",
    "countries",
    "label",
    "text",
    "date",
    "period",
    "number",
    "link",
    "source",
    "contact",
]
"""Content of a column.

`code`: of a list; `country`, `countries`; `label`: words in a single language; `text`: words in both contract
languages; `date`; `period`: a day, month or year; `number`: a whole number; `link`: other records; `source`:
a source with its page; `contact`: the public line of an office, the only column with telephones or addresses.
"""

LINKS = ("collection", "indicator")
"""Targets of a link other than a record: `indicator:…`, `collection:…`. A record is `<records>:…`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


class Column(_Strict):
    """A column of the records: its role, header, description and visibility."""

    role: Role
    header: Words
    about: Words
    list: str | None = Field(default=None, description="the code list of its codes")
    lists: tuple[str, ...] = Field(default=(), description="code lists, one of which has the code of a label")
    members: bool = Field(default=False, description="only members of the network")
    required: bool = False
    internal: bool = Field(default=False, description="it stays in the internal database")
    past: bool = Field(default=False, description="a day that cannot be after the receipt")
    within: dict[str, str] = Field(
        default={}, description="column = attribute: the code's attribute is that column's code, or blank"
    )

    @model_validator(mode="after")
    def _check_keys(self) -> Column:
        if (self.role == "code") != (self.list is not None):
            raise InvalidValue("card.record_list", role=self.role)
        for name in filter(None, (self.list, *self.lists)):
            if name not in codelists.names():
                raise InvalidValue("card.no_list", value=name, known=", ".join(codelists.names()))
        if self.lists and self.role != "label":
            raise InvalidValue("card.key_unheard", key="lists", role=self.role)
        if self.members and self.role not in ("country", "countries"):
            raise InvalidValue("card.key_unheard", key="members", role=self.role)
        if self.past and self.role not in ("date", "period"):
            raise InvalidValue("card.key_unheard", key="past", role=self.role)
        if self.within and self.role != "code":
            raise InvalidValue("card.key_unheard", key="within", role=self.role)
        return self

    def codes_within(self, others: Mapping[str, str]) -> set[str]:
        """Return the codes of the list that the codes of other columns allow."""
        return {
            name
            for name, code in codelists.codelist(str(self.list)).items()
            if all(
                code.attributes[attribute] in ("", others[column])
                for column, attribute in self.within.items()
            )
        }


class Hold(_Strict):
    """A condition of a row: two days or numbers in order, or columns that must be filled, or blank.

    The columns in `needs` must be filled, those in `blank` blank, if the columns in `when` have one of the
    given values.
    """

    order: tuple[str, str] | None = None
    when: dict[str, list[str]] = {}
    needs: list[str] = []
    blank: list[str] = []

    @model_validator(mode="after")
    def _check_keys(self) -> Hold:
        kinds = [self.order is not None, bool(self.needs), bool(self.blank)]
        if sum(kinds) != 1 or (self.blank and not self.when):
            raise InvalidValue("card.record_hold")
        return self


class NamesOfOneCountry(_Strict):
    """Column whose numbered names belong to one country, as laws do: a name under two is asked about.

    `parts`: words of a part, such as an article; a name with one of them may be another country's, too.
    """

    country: str
    column: str
    parts: list[str] = []


class Matrix(_Strict):
    """Layout of the records in a matrix: countries across, the codes of a list down, a code in each cell.

    `apart`: columns whose values are never mixed; there is a matrix for each combination. `since`, `until`:
    the days between which a row holds. `empty`: the text of a cell without a record. `text`: the column
    whose texts are numbered by country, each with a page, `registry`: the records that describe these texts
    in a column of the same name, `detail`: the column shown with the number below the code. `over`:
    the column of editions; a cell holds one record an edition, the latest counts, and `detail` stands in for
    a blank code.
    """

    across: str
    down: str
    cell: str
    empty: str
    apart: list[str] = []
    text: str | None = None
    registry: str | None = None
    detail: str | None = None
    over: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def column_names(self) -> set[str]:
        """Columns that the matrix uses."""
        others = filter(None, (self.since, self.until, self.text, self.detail, self.over))
        return {self.across, self.down, self.cell, *self.apart, *others}


class Answers(_Strict):
    """Columns that name the figure or record of others that a record answers.

    `country`: whose figure it is. A blank `item` or `period` is every measure or item, every year or edition.
    """

    country: str
    collection: str
    item: str
    period: str


class Event(_Strict):
    """Part of a record that may explain a value of its country: its first day and its content.

    `on`: a day or a period. `says`: words, in a single language or in both. It explains, but never decides.
    """

    on: str
    of: str
    says: str


@dataclass(frozen=True)
class Cell:
    """A column of the sheet: its name in the format, its column, its headers, and if it must be filled."""

    name: str
    column: str
    header: Words
    about: Words
    required: bool


@dataclass(frozen=True)
class TableColumn:
    """A column of the table that a declared column becomes."""

    name: str
    column: str
    type: Literal["VARCHAR", "DATE", "BIGINT"]
    about: Words
    null: bool
    internal: bool


_LANGUAGE_NAMES = {"es": Words(es="español", en="Spanish"), "en": Words(es="inglés", en="English")}
_PAGE = Words(es="página o artículo", en="page or article")
_ENDS = {"from": Words(es="primer día", en="first day"), "to": Words(es="último día", en="last day")}


class Declaration(_Strict):
    """A collection of records: its columns, key, and conditions, and the records that a delivery replaces.

    `scope`: columns. A submission replaces the records with the same values in them; all records if it is
    empty. `expires`: column of the last day on which a record is considered correct. `verified`: column of
    the day on which it was compared with its source; a blank is shown as such. `held_share`: a submission is
    held if a larger share of records changed or disappeared.
    """

    name: str
    provider: str
    visibility: Literal["public", "internal"] = "public"
    says: Words
    caveat: Words | None = Field(default=None, description="a warning that every page of the records shows")
    key: list[str]
    scope: list[str] = []
    held_share: float = Field(default=0.1, ge=0, le=1)
    columns: dict[str, Column]
    holds: list[Hold] = []
    matrix: Matrix | None = None
    event: Event | None = None
    answers: Answers | None = None
    names_of_one_country: NamesOfOneCountry | None = None
    expires: str | None = None
    verified: str | None = None

    @model_validator(mode="after")
    def _check_columns(self) -> Declaration:
        names = {*self.key, *self.scope, *(self.matrix.column_names if self.matrix else ())}
        names |= {self.event.on, self.event.of, self.event.says} if self.event else set()
        names |= set(self.answers.model_dump().values()) if self.answers else set()
        names |= {self.expires, self.verified} - {None}
        if self.names_of_one_country:
            names |= {self.names_of_one_country.country, self.names_of_one_country.column}
        for hold in self.holds:
            names |= {*(hold.order or ()), *hold.when, *hold.needs, *hold.blank}
        for column in self.columns.values():
            names |= {*column.within}
        if missing := sorted(names - set(self.columns)):
            raise InvalidValue("card.not_described", names=", ".join(missing))
        wrong_columns = [name for name in {*self.key, *self.scope} if not self._is_plain(name)]
        if wrong_columns or not self.key:
            raise InvalidValue("card.record_key", names=", ".join(sorted(wrong_columns)) or "—")
        days = filter(None, [self.expires, self.verified])
        wrong = {name for name in days if self.columns[name].role != "date"}
        for order in (hold.order for hold in self.holds if hold.order):
            if {self.columns[name].role for name in order} not in ({"date"}, {"number"}):
                wrong |= {*order}
        if wrong:
            raise InvalidValue("card.record_days", names=", ".join(sorted(wrong)))
        return self

    @property
    def collection(self) -> str:
        """Name of the collection: provider and records."""
        return f"{self.provider}/{self.name}"

    def order_role(self, hold: Hold) -> str:
        """Return the role of the two columns that a condition orders, date or number."""
        return self.columns[hold.order[1]].role if hold.order else ""

    def _is_plain(self, name: str) -> bool:
        """Return True if the column is a single text in a single cell, so that it can identify a record."""
        return self.columns[name].role in ("code", "country", "label", "date")

    @property
    def cells(self) -> list[Cell]:
        """Columns of the sheet, in order."""
        return [cell for name, column in self.columns.items() for cell in _sheet_columns(name, column)]

    @property
    def table_columns(self) -> list[TableColumn]:
        """Columns of the table that the declared columns become, in order."""
        return [part for name, column in self.columns.items() for part in _table_columns(name, column)]


def _sheet_columns(name: str, column: Column) -> Iterator[Cell]:
    if column.role == "text":
        for lang in CONTRACT_LANGUAGES:
            header = Words(es=f"{column.header.es} ({lang})", en=f"{column.header.en} ({lang})")
            yield Cell(f"{name}_{lang}", name, header, column.about, False)
        return
    yield Cell(name, name, column.header, column.about, column.required)
    if column.role == "source":
        header = Words(es=f"{column.header.es}: {_PAGE.es}", en=f"{column.header.en}: {_PAGE.en}")
        yield Cell(f"{name}_page", name, header, _PAGE, False)


def _table_columns(name: str, column: Column) -> Iterator[TableColumn]:
    internal, about = column.internal, column.about
    if column.role == "text":
        for lang in CONTRACT_LANGUAGES:
            text = _add_note(about, _LANGUAGE_NAMES[lang])
            yield TableColumn(f"{name}_{lang}", name, "VARCHAR", text, True, internal)
    elif column.role == "period":
        for end, words in _ENDS.items():
            text = _add_note(about, words)
            yield TableColumn(f"{name}_{end}", name, "DATE", text, not column.required, internal)
    else:
        types: dict[str, Literal["DATE", "BIGINT"]] = {"date": "DATE", "number": "BIGINT"}
        yield TableColumn(name, name, types.get(column.role, "VARCHAR"), about, not column.required, internal)
    if column.role == "source":
        yield TableColumn(f"{name}_page", name, "VARCHAR", _add_note(about, _PAGE), True, internal)


def _add_note(about: Words, note: Words) -> Words:
    return Words(es=f"{about.es} ({note.es})", en=f"{about.en} ({note.en})")


@cache
def declarations(folder: Path = FOLDER) -> dict[str, Declaration]:
    """Return all collections of records by name, sorted. Raises CardError, which names file and key."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> Declaration:
    try:
        entry: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Declaration.model_validate(entry.get("records", {}))
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, Declaration)) from error


def declaration_path(collection: str) -> Path | None:
    """Return the TOML that declares this collection, or None. It is also its card."""
    provider, _, name = collection.partition("/")
    declaration = declarations().get(name)
    return FOLDER / f"{name}.toml" if declaration and declaration.provider == provider else None


def collections() -> list[str]:
    """Return the collections that the declarations define, sorted."""
    return sorted(declaration.collection for declaration in declarations().values())


def replies() -> Declaration:
    """Return the records that answer figures and records of others."""
    return next(declaration for declaration in declarations().values() if declaration.answers)
