"""What a page of the network's records shows: countries side by side, and the records themselves, in words.

How records are laid out is their declaration's (schemas/records); codes have the names of their lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import Any

from schemas import codelists
from schemas.code_names import coded
from schemas.records import Column, Declaration, declarations
from schemas.words import CONTRACT, contract_language, say
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts, Row
from warehouse.reading.network import is_asked

LONG = ("text", "source", "period", "link")
"""The roles that a member's page leaves to the page of the records."""


TITLE = "title"
"""The column that says what a record is, of those that have no code for it."""
PLACES = ("country", "countries")
"""The roles that say of whom a record is."""


def shown_tables(facts: Facts) -> list[str]:
    """The public collections of records that the release has a table of."""
    return [n for n, one in declarations().items() if one.visibility == "public" and n in facts.records]


def title(table: str, lang: str) -> str:
    """What the records say."""
    return str(getattr(declarations()[table].says, contract_language(lang)))


def _called(facts: Facts, table: str, lang: str) -> str:
    """The title of a collection of records; what they say, where the release does not have it."""
    name = f"{declarations()[table].provider}/{table}"
    return wording.title(facts, name, lang) if name in facts.collections else title(table, lang)


def page(facts: Facts, table: str, lang: str) -> dict[str, Any]:
    """Everything that the page of one collection of records shows."""
    declared = declarations()[table]
    rows = facts.record_rows(table)
    return {
        "title": title(table, lang),
        "about": say("site.records_count" if rows else "site.records_empty", lang, n=len(rows)),
        "matrices": _matrices(facts, declared, rows, lang),
        "list": _listed(facts, declared, rows, lang),
    }


def found_by(shown: dict[str, Any]) -> str:
    """The words that find a page of records: of its title, its records and what it compares."""
    lines = [line["name"] for matrix in shown["matrices"] for line in matrix["lines"]]
    cells = [cell for row in shown["list"]["rows"] for cell in row]
    return " ".join(dict.fromkeys(" ".join([shown["title"], *lines, *cells]).split()))


def of_member(facts: Facts, member: str, lang: str) -> list[dict[str, Any]]:
    """What the records say of one member, by collection, in short: texts and sources stand on their page."""
    found = []
    for table in shown_tables(facts):
        declared = declarations()[table]
        by = next((n for n, c in declared.columns.items() if c.role in PLACES), None)
        rows = [row for row in facts.record_rows(table) if by and member in _countries(row[by])]
        if rows:
            left = {by, declared.verified}
            left |= {n for n, c in declared.columns.items() if c.role in LONG and n != TITLE}
            found.append(
                {"title": title(table, lang), "table": table, **_listed(facts, declared, rows, lang, left)}
            )
    return found


def missing_of(facts: Facts, member: str, lang: str) -> str:
    """What is compared country by country and holds nothing of this one: not reported, which is no no."""
    compared = [table for table in shown_tables(facts) if declarations()[table].matrix]
    none = []
    for table in compared:
        matrix = declarations()[table].matrix
        assert matrix is not None
        if all(row[matrix.across] != member for row in facts.record_rows(table)):
            none.append(_called(facts, table, lang))
    titles = say("site.nor_in", lang).join(say("site.quoted", lang, text=one) for one in none)
    return say("site.records_none", lang, titles=titles) if none else ""


def _countries(codes: str | None) -> list[str]:
    """The countries that a record names."""
    return (codes or "").replace("+", " ").split()


# ---- countries side by side ------------------------------------------------------------------------


def _matrices(facts: Facts, declared: Declaration, rows: Sequence[Row], lang: str) -> list[dict[str, Any]]:
    """One table for each of what is never mixed: codes down, members across, the code's name in each cell."""
    if declared.matrix is None:
        return []
    return [_matrix(facts, declared, rows, kind, lang) for kind in _kinds(declared)]


def _kinds(declared: Declaration) -> Iterator[dict[str, str]]:
    """What is never mixed, one by one: of a list that says what each code applies to, only these."""
    matrix = declared.matrix
    assert matrix is not None
    compared = codelists.codelist(declared.columns[matrix.down].list or "")
    applied = {code.attributes.get("applies_to") for code in compared.values()}
    lists = [list(codelists.codelist(declared.columns[name].list or "")) for name in matrix.apart]
    for kind in product(*([c for c in codes if c in applied] or codes for codes in lists)):
        yield dict(zip(matrix.apart, kind, strict=True))


def _matrix(
    facts: Facts, declared: Declaration, rows: Sequence[Row], kind: dict[str, str], lang: str
) -> dict[str, Any]:
    matrix = declared.matrix
    assert matrix is not None
    down, cell = declared.columns[matrix.down], declared.columns[matrix.cell]
    own = [row for row in rows if all(row[name] == code for name, code in kind.items())]
    held = [row for row in own if _holds(row, matrix.since, matrix.until, facts.release["as_of"])]
    apart = [_said(facts, declared.columns[name], code, lang) for name, code in kind.items()]
    empty = coded(cell.list or "", matrix.empty, lang) if rows else say("site.no_record", lang)
    codes = [c for c in codelists.codelist(down.list or "") if is_asked(matrix, kind, declared, c)]
    lines = [
        {
            "name": _said(facts, down, code, lang),
            "cells": [
                " / ".join(
                    _said(facts, cell, row[matrix.cell], lang)
                    for row in held
                    if row[matrix.down] == code and row[matrix.across] == member
                )
                or empty
                for member in facts.members
            ],
        }
        for code in codes
    ]
    told = {(row[matrix.down], row[matrix.across]) for row in held if row[matrix.across] in facts.members}
    return {
        "name": ", ".join(apart),
        "told": say("site.matrix_told", lang, n=len(told), all=len(codes) * len(facts.members), empty=empty),
        "empty": empty,
        "members": [facts.name(member, lang) for member in facts.members],
        "lines": lines,
    }


def _holds(row: Row, since: str | None, until: str | None, day: Any) -> bool:
    """Whether a record holds on the release's day; one without days does."""
    begun = since is None or row[since] is None or row[since] <= day
    return begun and (until is None or row[until] is None or row[until] >= day)


# ---- the records ------------------------------------------------------------------------------------


def _listed(
    facts: Facts, declared: Declaration, rows: Sequence[Row], lang: str, without: Collection[str | None] = ()
) -> dict[str, Any]:
    """The records one by one: their columns with headers, codes in words; empty columns are left out."""
    spoken = contract_language(lang)
    names = [n for n, c in declared.columns.items() if not c.internal and n not in without]
    told = {n: [_cell(facts, declared, n, row, lang) for row in rows] for n in names}
    names = [name for name in names if any(told[name])]
    return {
        "columns": [getattr(declared.columns[name].header, spoken) for name in names],
        "rows": [list(row) for row in zip(*(told[name] for name in names), strict=True)],
    }


def _cell(facts: Facts, declared: Declaration, name: str, row: Row, lang: str) -> str:
    """What a record says in one declared column, which may be several of the table."""
    column = declared.columns[name]
    others = {f"_{other}" for other in CONTRACT if other != contract_language(lang)}
    parts = [
        _said(facts, column, row[stored.name], lang)
        for stored in declared.stored
        if stored.column == name and not (column.role == "text" and stored.name[-3:] in others)
    ]
    if name == declared.verified and not any(parts):
        return say("site.not_verified", lang)
    between = " – " if column.role == "period" else ", "
    return between.join(dict.fromkeys(filter(None, parts)))


def _said(facts: Facts, column: Column, value: Any, lang: str) -> str:
    if value is None:
        return ""
    if column.role == "code":
        return coded(column.list or "", value, lang)
    if column.role == "country":
        return facts.name(value, lang)
    if column.role == "countries":
        return ", ".join(facts.name(code, lang) for code in _countries(value))
    if column.role == "link":
        return "; ".join(_linked(facts, link, lang) for link in str(value).split())
    return str(value)


def _linked(facts: Facts, link: str, lang: str) -> str:
    """The title of what a link leads to, collection, indicator or record; its name where it has none."""
    kind, _, name = link.partition(":")
    if kind == "collection":
        return wording.title(facts, name, lang) if name in facts.collections else name
    if kind == "indicator":
        return str(facts.catalogue[name][f"name_{lang}"]) if name in facts.catalogue else name
    key = declarations()[kind].key[0]
    rows = facts.record_rows(kind) if kind in facts.records else []
    titles = (row[f"{TITLE}_{one}"] for row in rows if row[key] == name for one in (lang, *CONTRACT))
    return next((str(title) for title in titles if title), name)
