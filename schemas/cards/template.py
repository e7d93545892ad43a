"""What the project's template holds for a collection, from the contract: columns, headers, choices.

How it is read is template.toml's; which file it becomes is warehouse/publication/template_files.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from schemas import codelists
from schemas.cards.card_codes import CODED
from schemas.cards.card_file import TemplateSheets
from schemas.cards.format_card import Card, Column, Format, template
from schemas.codelists import OTHER, STATELESS, TOTAL, UNKNOWN
from schemas.countries import all_countries, resolve
from schemas.groupings import DEFAULT, load
from schemas.records import Cell, Declaration
from schemas.records import Column as RecordColumn
from schemas.words import CONTRACT, contract_language, say

KINDS = ("counts", "cases")
_OF_THE_CARD = ("measure", "reporting_country")
"""What a card may say of all its rows: then no column asks for it."""
_AS_EXAMPLE = {"date": "2024-01-31", "period": "2024-01", "number": "3", "link": "collection:…"}
_PERIODS = {"A": "2024", "Q": "2024-Q1", "M": "2024-01"}


@dataclass(frozen=True)
class Field:
    """A column to be filled: its name in the format, its header, and what may be chosen in it."""

    name: str
    role: str
    header: str
    required: bool
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """What is written into the files of a template."""

    name: str
    version: int
    collection: str
    frequency: str
    sheets: TemplateSheets
    fields: tuple[Field, ...]
    declared: Declaration | None = None

    def about(self, field: Field, lang: str) -> str:
        """What a column is for: of records their declaration says it."""
        if self.declared is None:
            return say(f"template.about.{field.name}", lang)
        cell = next(cell for cell in self.declared.cells if cell.name == field.name)
        return str(getattr(cell.about, contract_language(lang)))

    @property
    def headers(self) -> list[str]:
        """The header of the sheet to fill."""
        return [field.header for field in self.fields]

    @property
    def stamp(self) -> list[tuple[str, str]]:
        """What the hidden sheet says, in the order in which it is read."""
        said = json.dumps([self.name, self.version, *map(asdict, self.fields)], ensure_ascii=False)
        digest = sha256(said.encode()).hexdigest()
        facts = {"template": self.name, "version": str(self.version), "collection": self.collection}
        return [*facts.items(), ("sha256", digest)]

    def example(self) -> list[dict[str, str]]:
        """Rows as they may be filled, by header."""
        if self.declared is not None:
            return [{field.header: _of_a_record(field) for field in self.fields}]
        rows = _cases() if any(field.role == "case_id" for field in self.fields) else _counts()
        return [{field.header: self._cell(field, row) for field in self.fields} for row in rows]

    def _cell(self, field: Field, row: dict[str, str]) -> str:
        if field.role == "period":
            return _PERIODS["M" if "case_id" in row else self.frequency]
        if field.role in _OF_THE_CARD or field.role in row.get("detailed", "").split():
            return next(iter(field.choices), "")
        return row.get(field.role, "")


def _of_a_record(field: Field) -> str:
    return _AS_EXAMPLE.get(field.role) or next(iter(field.choices), "…")


def _counts() -> list[dict[str, str]]:
    return [{"value": "12"}, {"value": "7", "detailed": "sex"}, {"value": "5", "detailed": "sex age_group"}]


def _cases() -> list[dict[str, str]]:
    return [{"case_id": number, "detailed": "sex age_group exploitation"} for number in ("A-001", "A-002")]


def of_collection(name: str, card: Card, lang: str) -> Template:
    """The template of a collection, in the language of its headers and choices."""
    if card.declared:
        return _of_records(name, card, card.declared, contract_language(lang))
    fmt = next(one for one in card.formats() if one.version)
    asked = card.collection
    of_family = [code.code for code in codelists.codelist("measure").values() if _is_of(code, asked.family)]
    known = {"measure": of_family, "reporting_country": [*_members(), *asked.reporting_groupings]}
    said = [role for role in _OF_THE_CARD if getattr(asked, role)]
    return _template(fmt, name, asked.frequency, known, said, lang)


def _of_records(name: str, card: Card, declared: Declaration, lang: str) -> Template:
    [fmt] = card.templates()
    fields = [_of_cell(cell, declared.columns[cell.column], lang) for cell in declared.cells]
    assert fmt.version
    assert fmt.file.template
    return Template(fmt.name, fmt.version, name, "", fmt.file.template, tuple(fields), declared)


def _of_cell(cell: Cell, column: RecordColumn, lang: str) -> Field:
    choices: list[str] = []
    if column.list:
        choices = [_of_list(column.list, code, lang) for code in codelists.codelist(column.list)]
    elif column.role == "country":
        known = _members() if column.members else [c.code for c in all_countries() if c.kind != "historic"]
        choices = sorted((_of_country(code, lang) for code in known), key=codelists.fold)
    return Field(cell.name, column.role, getattr(cell.header, lang), cell.required, tuple(choices))


def of_kind(kind: str, lang: str) -> Template:
    """The template of any collection of this kind: `counts` or `cases`."""
    known = {"measure": list(codelists.codelist("measure")), "reporting_country": _members()}
    return _template(template(kind), "", "Q", known, [], lang)


def _is_of(measure: codelists.Code, family: str) -> bool:
    return measure.attributes["family"] in ("", family)


def _members() -> list[str]:
    """Whoever is or was a member, as figures may be of years past."""
    return list(dict.fromkeys(span.member for span in load() if span.grouping == DEFAULT))


def _template(
    fmt: Format, collection: str, frequency: str, known: dict[str, list[str]], said: list[str], lang: str
) -> Template:
    lang = contract_language(lang)
    fields = [
        Field(
            name,
            column.role or "",
            column.also[CONTRACT.index(lang)],
            not column.optional or column.role in _OF_THE_CARD,
            tuple(_choices(column, known.get(column.role or ""), lang)),
        )
        for name, column in fmt.columns.items()
        if column.role not in said and column.also  # one without names for people is the program's
    ]
    assert fmt.version
    assert fmt.file.template
    return Template(fmt.name, fmt.version, collection, frequency, fmt.file.template, tuple(fields))


def _choices(column: Column, known: list[str] | None, lang: str) -> list[str]:
    """What may be chosen, as it is read back; a blank cell says the total, or that it is not known."""
    role = column.role or ""
    if column.codes:
        codes = known or [c.code for c in all_countries() if c.kind != "historic"]
        names = sorted((_of_country(code, lang) for code in codes), key=codelists.fold)
        return names if known else [*names, *(_of_country(c, lang) for c in (STATELESS, OTHER, UNKNOWN))]
    if role not in CODED or role not in codelists.names():
        return []
    codes = known or list(codelists.codelist(role))
    return [_of_list(role, code, lang) for code in codes if code not in (TOTAL, column.blank)]


def _of_list(role: str, code: str, lang: str) -> str:
    """The code's name, or the code itself where the name is read as another."""
    name = codelists.codelist(role)[code].name(lang)
    return name if codelists.find(role, name) == code else code


def _of_country(code: str, lang: str) -> str:
    """The name, or the code itself where the name may be several countries."""
    name = _name_of(code, lang)
    return name if resolve(name).citizenship == code else code


def _name_of(code: str, lang: str) -> str:
    if code == STATELESS:
        return codelists.codelist("origin_class")["stateless"].name(lang)
    if code in (OTHER, UNKNOWN):
        return codelists.codelist("sex")[code].name(lang)
    return next((country.name(lang) for country in all_countries() if country.code == code), code)
