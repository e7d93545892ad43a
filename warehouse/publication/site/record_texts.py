"""Texts of the network's records in a language: codes by their names, periods, links, whole records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from schemas.code_names import name_in_list
from schemas.records import Column, Declaration, declarations
from schemas.words import CONTRACT_LANGUAGES, column_text, contract_language, say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content
from warehouse.reading.rows import Record

TITLE = "title"
"""The column that names a record without a code."""


def records_title(table: str, lang: str) -> str:
    """Return the title of a collection of records."""
    return str(getattr(declarations()[table].says, contract_language(lang)))


def collection_title(facts: Facts, table: str, lang: str) -> str:
    """Return the registered title of a collection of records, else that of its declaration."""
    name = f"{declarations()[table].provider}/{table}"
    return (
        wording.collection_title(facts, name, lang)
        if name in facts.collections
        else records_title(table, lang)
    )


def record_list(
    facts: Facts,
    declaration: Declaration,
    rows: Sequence[Record],
    lang: str,
    left_out: Collection[str | None] = (),
) -> Content:
    """Return the records with column headers and codes in words. Empty columns are left out."""
    language = contract_language(lang)
    names = [n for n, c in declaration.columns.items() if not c.internal and n not in left_out]
    texts = {n: [_cell_text(facts, declaration, n, row, lang) for row in rows] for n in names}
    names = [name for name in names if any(texts[name])]
    return {
        "columns": [getattr(declaration.columns[name].header, language) for name in names],
        "rows": [list(row) for row in zip(*(texts[name] for name in names), strict=True)],
    }


def record_texts(facts: Facts, declaration: Declaration, row: Record, lang: str) -> list[tuple[str, str]]:
    """Return the filled columns of a record, each with its header."""
    content = record_list(facts, declaration, [row], lang)
    return list(zip(content["columns"], content["rows"][0], strict=True))


def _cell_text(facts: Facts, declaration: Declaration, name: str, row: Record, lang: str) -> str:
    """Return the text of a declared column, which can be several columns of the table."""
    column = declaration.columns[name]
    other_suffixes = {f"_{other}" for other in CONTRACT_LANGUAGES if other != contract_language(lang)}
    if column.role == "period":
        return _period_text(
            *(row[stored.name] for stored in declaration.table_columns if stored.column == name)
        )
    parts = [
        value_text(facts, column, row[stored.name], lang)
        for stored in declaration.table_columns
        if stored.column == name and not (column.role == "text" and stored.name[-3:] in other_suffixes)
    ]
    if name == declaration.verified and not any(parts):
        return say("site.not_verified", lang)
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _period_text(start: date | None, end: date | None) -> str:
    """Return a period as its year, month or day, else as two days."""
    if start is None or end is None or start == end:
        return str(start or end or "")
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        if (start.month, end.month, start.year) == (1, 12, end.year):
            return str(start.year)
        if (start.month, start.year) == (end.month, end.year):
            return f"{start:%Y-%m}"
    return f"{start} – {end}"


def value_text(facts: Facts, column: Column, value: Any, lang: str) -> str:
    if value is None:
        return ""
    if column.role == "code":
        return name_in_list(column.list or "", value, lang)
    if column.role == "country":
        return facts.name(value, lang)
    if column.role == "countries":
        return ", ".join(facts.name(code, lang) for code in country_codes(value))
    if column.role == "link":
        return "; ".join(_link_title(facts, link, lang) for link in str(value).split())
    return str(value)


def _link_title(facts: Facts, link: str, lang: str) -> str:
    """Return the title of a linked collection, indicator or record; its id if it has no title."""
    kind, _, name = link.partition(":")
    if kind == "collection":
        return wording.collection_title(facts, name, lang) if name in facts.collections else name
    if kind == "indicator":
        return column_text(facts.catalogue[name], "name", lang) if name in facts.catalogue else name
    key = declarations()[kind].key[0]
    rows = facts.record_rows(kind) if kind in facts.records else []
    titles = (
        row[f"{TITLE}_{language}"]
        for row in rows
        if row[key] == name
        for language in (lang, *CONTRACT_LANGUAGES)
    )
    return next((str(title) for title in titles if title), name)


def country_codes(codes: str | None) -> list[str]:
    """Return the countries in a cell of codes."""
    return (codes or "").replace("+", " ").split()
