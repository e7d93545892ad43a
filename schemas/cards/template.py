"""Content of the project's template for a collection: columns, headers and choices, from the contract.

template.toml describes how a template is read; warehouse/publication/template_files.py writes the files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from schemas import codelists
from schemas.cards.card_codes import CODED_ROLES
from schemas.cards.card_file import TemplateSheets
from schemas.cards.format_card import Card, Column, Format, template
from schemas.codelists import OTHER, STATELESS, TOTAL, UNKNOWN
from schemas.countries import all_countries, resolve
from schemas.groupings import DEFAULT_GROUPING, load
from schemas.records import Cell, Declaration
from schemas.records import Column as RecordColumn
from schemas.tables import DIMENSIONS, default_code
from schemas.words import CONTRACT_LANGUAGES, contract_language, say

KINDS = ("counts", "cases")
QUESTION_LISTS = {"unit": "counted_unit", "flow": "series_flow", "year_starts": "month"}
"""Code list of the answers to a question of the sheet of notes."""
STAMP_MARK = "# "
"""Beginning of the line that names the template and its collection in a text file."""
_CARD_ROLES = ("measure", "reporting_country")
"""Roles that a card may give for all its rows. No column asks for them then."""
_EXAMPLES = {"date": "2024-01-31", "period": "2024-01", "number": "3", "link": "collection:…"}
_PERIODS = {"A": "2024", "Q": "2024-Q1", "M": "2024-01"}


@dataclass(frozen=True)
class Field:
    """A column to fill: its name in the format, its header, and its choices."""

    name: str
    role: str
    header: str
    required: bool
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """Content of the files of a template."""

    name: str
    version: int
    collection: str
    frequency: str
    sheets: TemplateSheets
    fields: tuple[Field, ...]
    declaration: Declaration | None = None
    rows: tuple[dict[str, str], ...] = ()
    """Rows to fill, by header."""

    def about(self, field: Field, lang: str) -> str:
        """Return the purpose of a column. For records it is in their declaration."""
        if self.declaration is None:
            return say(f"template.about.{field.name}", lang)
        cell = next(cell for cell in self.declaration.cells if cell.name == field.name)
        return str(getattr(cell.about, contract_language(lang)))

    @property
    def headers(self) -> list[str]:
        """Headers of the sheet to fill."""
        return [field.header for field in self.fields]

    @property
    def stamp(self) -> list[tuple[str, str]]:
        """Rows of the hidden sheet, in the order in which they are read."""
        content = json.dumps([self.name, self.version, *map(asdict, self.fields)], ensure_ascii=False)
        digest = sha256(content.encode()).hexdigest()
        facts = {"template": self.name, "version": str(self.version), "collection": self.collection}
        return [*facts.items(), ("sha256", digest)]

    @property
    def stamp_line(self) -> str:
        """First line of the text file: it names what the hidden sheet of the workbook names."""
        return f"{STAMP_MARK}{' '.join(filter(None, [self.name, str(self.version), self.collection]))}"

    def with_previous_values(self, rows: list[dict[str, str]], lang: str) -> Template:
        """Return the template with rows to fill.

        A row holds codes by role, the `period`, and as `previous` the value in force with its period.
        """
        names = template().columns["previous"].also
        header = names[CONTRACT_LANGUAGES.index(contract_language(lang))]
        position = [field.role for field in self.fields].index("value") + 1
        previous = Field("previous", "", header, False, ())
        fields = (*self.fields[:position], previous, *self.fields[position:])
        return replace(self, fields=fields, rows=tuple(self._labels(row, lang) for row in rows))

    def _labels(self, row: dict[str, str], lang: str) -> dict[str, str]:
        """Return the row by header, with names for codes; a dimension that is not broken down is blank."""
        labels = {field.header: row.get(field.role or field.name, "") for field in self.fields}
        for field in self.fields:
            code = labels[field.header]
            if field.role in CODED_ROLES and code:
                labels[field.header] = _label(field.role, code, contract_language(lang))
        return labels | {template().columns["previous"].also[n]: row["previous"] for n in range(2)}

    def example(self) -> list[dict[str, str]]:
        """Return example rows, by header."""
        if self.declaration is not None:
            return [{field.header: _record_example(field) for field in self.fields}]
        has_cases = any(field.role == "case_id" for field in self.fields)
        rows = _example_cases() if has_cases else _example_counts()
        return [{field.header: self._cell(field, row) for field in self.fields} for row in rows]

    def _cell(self, field: Field, row: dict[str, str]) -> str:
        if field.role == "period":
            return _PERIODS["M" if "case_id" in row else self.frequency]
        if field.role in _CARD_ROLES or field.role in row.get("detailed", "").split():
            return next(iter(field.choices), "")
        return row.get(field.role, "")


def _record_example(field: Field) -> str:
    return _EXAMPLES.get(field.role) or next(iter(field.choices), "…")


def _example_counts() -> list[dict[str, str]]:
    return [{"value": "12"}, {"value": "7", "detailed": "sex"}, {"value": "5", "detailed": "sex age_group"}]


def _example_cases() -> list[dict[str, str]]:
    return [{"case_id": number, "detailed": "sex age_group exploitation"} for number in ("A-001", "A-002")]


def collection_template(name: str, card: Card, lang: str) -> Template:
    """Return the template of a collection, in the language of its headers and choices."""
    if card.declaration:
        return _records_template(name, card, card.declaration, contract_language(lang))
    fmt = next(fmt for fmt in card.formats() if fmt.version)
    collection = card.collection
    measures = [m.code for m in codelists.codelist("measure").values() if _is_of_family(m, collection.family)]
    allowed_codes = {"measure": measures, "reporting_country": [*_members(), *collection.reporting_groupings]}
    card_roles = [role for role in _CARD_ROLES if getattr(collection, role)]
    return _make_template(fmt, name, collection.frequency, allowed_codes, card_roles, lang)


def _records_template(name: str, card: Card, declaration: Declaration, lang: str) -> Template:
    [fmt] = card.templates()
    fields = [_cell_field(cell, declaration.columns[cell.column], lang) for cell in declaration.cells]
    assert fmt.version
    assert fmt.file.template
    return Template(fmt.name, fmt.version, name, "", fmt.file.template, tuple(fields), declaration)


def _cell_field(cell: Cell, column: RecordColumn, lang: str) -> Field:
    choices: list[str] = []
    if column.list:
        choices = [_code_label(column.list, code, lang) for code in codelists.codelist(column.list)]
    elif column.lists:
        codes_of_lists = [code for name in column.lists for code in codelists.codelist(name).values()]
        names = [(code.code, code.name(lang)) for code in codes_of_lists]
        choices = [name if codelists.find_in(column.lists, name) == code else code for code, name in names]
    elif column.role == "country":
        codes = _members() if column.members else _countries_in_force()
        choices = sorted((_country_label(code, lang) for code in codes), key=codelists.fold)
    return Field(cell.name, column.role, getattr(cell.header, lang), cell.required, tuple(choices))


def kind_template(kind: str, lang: str) -> Template:
    """Return the template of any collection of this kind: `counts` or `cases`."""
    allowed_codes = {"measure": list(codelists.codelist("measure")), "reporting_country": _members()}
    return _make_template(template(kind), "", "Q", allowed_codes, [], lang)


def _is_of_family(measure: codelists.Code, family: str) -> bool:
    return measure.attributes["family"] in ("", family)


def _members() -> list[str]:
    """Return all present and past members, because counts may be about past years."""
    return list(dict.fromkeys(span.member for span in load() if span.grouping == DEFAULT_GROUPING))


def _countries_in_force() -> list[str]:
    return [country.code for country in all_countries() if country.kind != "historic"]


def _make_template(
    fmt: Format,
    collection: str,
    frequency: str,
    allowed_codes: dict[str, list[str]],
    card_roles: list[str],
    lang: str,
) -> Template:
    lang = contract_language(lang)
    fields = [
        Field(
            name,
            column.role or "",
            column.also[CONTRACT_LANGUAGES.index(lang)],
            not column.optional or column.role in _CARD_ROLES,
            tuple(_choices(column, allowed_codes.get(column.role or ""), lang)),
        )
        for name, column in fmt.columns.items()
        if column.role not in card_roles and column.also and not column.ignore
        # columns without names for people are for programs; an ignored one is for last values only
    ]
    assert fmt.version
    assert fmt.file.template
    return Template(fmt.name, fmt.version, collection, frequency, fmt.file.template, tuple(fields))


def _choices(column: Column, allowed_codes: list[str] | None, lang: str) -> list[str]:
    """Return the choices as they are read back. Where a blank cell means the total, the word says it, too."""
    role = column.role or ""
    total = (TOTAL,) if column.blank == TOTAL else ()
    if column.codes:
        codes = allowed_codes or _countries_in_force()
        names = sorted((_country_label(code, lang) for code in codes), key=codelists.fold)
        special = () if allowed_codes else (STATELESS, OTHER, UNKNOWN, *total)
        return [*names, *(_country_label(code, lang) for code in special)]
    if role not in CODED_ROLES or role not in codelists.names():
        return []
    codes = allowed_codes or list(codelists.codelist(role))
    codes = [*(code for code in codes if code not in (TOTAL, column.blank)), *total]
    return [_code_label(role, code, lang) for code in codes]


def _label(role: str, code: str, lang: str) -> str:
    """Return the name of a code of a role; blank for the code of a dimension that is not broken down."""
    if role in {d.name for d in DIMENSIONS} and code in (TOTAL, default_code(role)):
        return ""
    if role in codelists.names():
        return _code_label(role, code, lang)
    return _country_label(code, lang) if code in {c.code for c in all_countries()} else code


def _code_label(role: str, code: str, lang: str) -> str:
    """Return the name of a code, or the code itself if the name would be read as another code."""
    name = codelists.codelist(role)[code].name(lang)
    return name if codelists.find(role, name) == code else code


def _country_label(code: str, lang: str) -> str:
    """Return the name of a country, or the code itself if the name may mean several countries."""
    name = _country_name(code, lang)
    meaning = resolve(name)
    is_read = meaning.reason == "total" if code == TOTAL else meaning.citizenship == code
    return name if is_read else code


def _country_name(code: str, lang: str) -> str:
    if code == STATELESS:
        return codelists.codelist("origin_class")["stateless"].name(lang)
    if code in (OTHER, UNKNOWN, TOTAL):
        return codelists.codelist("sex")[code].name(lang)
    return next((country.name(lang) for country in all_countries() if country.code == code), code)
