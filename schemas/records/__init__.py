"""The network's records: one TOML beside this file a collection of records. Here its grammar and its reading.

A record is a law, a treaty's status, a measure: what is compared by country and is no figure. From its
TOML come the contract (contract.py), the template (schemas/cards/template.py), the table `network.<name>`
(schemas/tables), the comparison of two submissions and of two days. No collection has code of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas import codelists
from schemas.grammar import CardError, problems
from schemas.words import CONTRACT, Wrong

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
"""What a column holds: a code of a list; a country; several; words in one language (`label`) or in both of
the contract (`text`); a day; a day, month or year (`period`); a whole number; links to other records; a
source with its page; the public line of an office (`contact`), alone a telephone or an address."""

LINKS = ("collection", "indicator")
"""What a link may name beside a record: `indicator:…`, `collection:…`, else `<records>:…`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


class Column(_Strict):
    """One column of the records: its role, its header, what it says, and who may see it."""

    role: Role
    header: Words
    about: Words
    list: str | None = Field(default=None, description="the code list of its codes")
    members: bool = Field(default=False, description="only members of the network")
    required: bool = False
    internal: bool = Field(default=False, description="it stays in the internal database")
    past: bool = Field(default=False, description="a day that cannot be after the receipt")

    @model_validator(mode="after")
    def _says_what_its_role_needs(self) -> Column:
        if (self.role == "code") != (self.list is not None):
            raise Wrong("card.record_list", role=self.role)
        if self.list is not None and self.list not in codelists.names():
            raise Wrong("card.no_list", value=self.list, known=", ".join(codelists.names()))
        if self.members and self.role not in ("country", "countries"):
            raise Wrong("card.key_unheard", key="members", role=self.role)
        if self.past and self.role not in ("date", "period"):
            raise Wrong("card.key_unheard", key="past", role=self.role)
        return self


class Hold(_Strict):
    """What must hold in a row: two days in order; or, where a column says one of these, others are filled."""

    order: tuple[str, str] | None = None
    when: dict[str, list[str]] = {}
    needs: list[str] = []

    @model_validator(mode="after")
    def _is_one_rule(self) -> Hold:
        if (self.order is None) == (not self.needs):
            raise Wrong("card.record_hold")
        return self


class Matrix(_Strict):
    """How the records are laid out side by side: countries across, a list's codes down, a code in each cell.

    `apart`: what is never mixed, so that a matrix is of one of each. `since`, `until`: the days between which
    a row holds. `empty`: what a cell says of which there is no record.
    """

    across: str
    down: str
    cell: str
    empty: str
    apart: list[str] = []
    since: str | None = None
    until: str | None = None

    @property
    def named(self) -> set[str]:
        """The columns that it names."""
        days = filter(None, (self.since, self.until))
        return {self.across, self.down, self.cell, *self.apart, *days}


class Event(_Strict):
    """What of a record may explain a figure of its country: since when it holds, and what it is.

    `on`: a day or a period. `says`: words, in one language or in both. It explains; it never decides.
    """

    on: str
    of: str
    says: str


@dataclass(frozen=True)
class Cell:
    """One column of the sheet: its name in the format, its column, its headers, whether it must be filled."""

    name: str
    column: str
    header: Words
    about: Words
    required: bool


@dataclass(frozen=True)
class Stored:
    """One column of the table that a declared column becomes."""

    name: str
    column: str
    type: Literal["VARCHAR", "DATE", "BIGINT"]
    about: Words
    null: bool
    internal: bool


_SPOKEN = {"es": Words(es="español", en="Spanish"), "en": Words(es="inglés", en="English")}
_PAGE = Words(es="página o artículo", en="page or article")
_ENDS = {"from": Words(es="primer día", en="first day"), "to": Words(es="último día", en="last day")}


class Declaration(_Strict):
    """A collection of records: its columns, key, what a delivery replaces, what must hold.

    `scope`: columns; a submission replaces the records that share its values there; all where it is empty.
    `expires`: the column of the last day on which a record is taken to be right.
    `verified`: the column of the day on which it was checked against its source; a blank is shown as such.
    `held_share`: above this share of records that changed or went a submission is held.
    """

    name: str
    provider: str
    visibility: Literal["public", "internal"] = "public"
    says: Words
    key: list[str]
    scope: list[str] = []
    held_share: float = Field(default=0.1, ge=0, le=1)
    columns: dict[str, Column]
    holds: list[Hold] = []
    matrix: Matrix | None = None
    event: Event | None = None
    expires: str | None = None
    verified: str | None = None

    @model_validator(mode="after")
    def _names_its_columns(self) -> Declaration:
        named = {*self.key, *self.scope, *(self.matrix.named if self.matrix else ())}
        named |= {self.event.on, self.event.of, self.event.says} if self.event else set()
        named |= {self.expires, self.verified} - {None}
        for hold in self.holds:
            named |= {*(hold.order or ()), *hold.when, *hold.needs}
        if missing := sorted(named - set(self.columns)):
            raise Wrong("card.not_described", names=", ".join(missing))
        unsure = [name for name in {*self.key, *self.scope} if not self._is_plain(name)]
        if unsure or not self.key:
            raise Wrong("card.record_key", names=", ".join(sorted(unsure)) or "—")
        days = [name for hold in self.holds for name in hold.order or ()]
        days += filter(None, [self.expires, self.verified])
        if wrong := sorted(name for name in days if self.columns[name].role != "date"):
            raise Wrong("card.record_days", names=", ".join(wrong))
        return self

    def _is_plain(self, name: str) -> bool:
        """Whether the column is one text of one cell, so that a record can be known by it."""
        return self.columns[name].role in ("code", "country", "label", "date")

    @property
    def cells(self) -> list[Cell]:
        """The columns of the sheet, in order."""
        return [cell for name, column in self.columns.items() for cell in _cells(name, column)]

    @property
    def stored(self) -> list[Stored]:
        """The columns of the table that the declared ones become, in order."""
        return [one for name, column in self.columns.items() for one in _stored(name, column)]


def _cells(name: str, column: Column) -> Iterator[Cell]:
    if column.role == "text":
        for lang in CONTRACT:
            header = Words(es=f"{column.header.es} ({lang})", en=f"{column.header.en} ({lang})")
            yield Cell(f"{name}_{lang}", name, header, column.about, False)
        return
    yield Cell(name, name, column.header, column.about, column.required)
    if column.role == "source":
        header = Words(es=f"{column.header.es}: {_PAGE.es}", en=f"{column.header.en}: {_PAGE.en}")
        yield Cell(f"{name}_page", name, header, _PAGE, False)


def _stored(name: str, column: Column) -> Iterator[Stored]:
    hidden, about = column.internal, column.about
    if column.role == "text":
        for lang in CONTRACT:
            yield Stored(f"{name}_{lang}", name, "VARCHAR", _with(about, _SPOKEN[lang]), True, hidden)
    elif column.role == "period":
        for end, words in _ENDS.items():
            yield Stored(f"{name}_{end}", name, "DATE", _with(about, words), not column.required, hidden)
    else:
        types: dict[str, Literal["DATE", "BIGINT"]] = {"date": "DATE", "number": "BIGINT"}
        yield Stored(name, name, types.get(column.role, "VARCHAR"), about, not column.required, hidden)
    if column.role == "source":
        yield Stored(f"{name}_page", name, "VARCHAR", _with(about, _PAGE), True, hidden)


def _with(about: Words, more: Words) -> Words:
    return Words(es=f"{about.es} ({more.es})", en=f"{about.en} ({more.en})")


@cache
def declarations(folder: Path = FOLDER) -> dict[str, Declaration]:
    """All collections of records by name, sorted. Raises CardError, which names file and key."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> Declaration:
    try:
        entry: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Declaration.model_validate(entry.get("records", {}))
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, Declaration)) from error


def path_of(collection: str) -> Path | None:
    """The TOML that makes this collection, if one does: it is its card, too."""
    provider, _, name = collection.partition("/")
    declared = declarations().get(name)
    return FOLDER / f"{name}.toml" if declared and declared.provider == provider else None


def collections() -> list[str]:
    """The collections that the declarations make, sorted."""
    return sorted(f"{one.provider}/{one.name}" for one in declarations().values())
