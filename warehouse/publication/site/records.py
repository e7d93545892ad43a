"""Pages of the network's records: a comparison of countries, and the records in words.

The layout comes from the declarations in schemas/records. Codes appear with the names of their lists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO
from itertools import groupby, product
from pathlib import Path

from schemas import codelists
from schemas.code_names import name_in_list
from schemas.records import Column, Declaration, Matrix, declarations, replies
from schemas.words import contract_language, say
from schemas.words import number as say_number
from warehouse.publication.bundle import fixed_times
from warehouse.publication.site import wording
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content
from warehouse.publication.site.quality_pages import quality_file
from warehouse.publication.site.record_changes import last_changes
from warehouse.publication.site.record_pages import page_links
from warehouse.publication.site.record_texts import (
    TITLE,
    collection_title,
    country_codes,
    record_list,
    records_title,
    value_text,
)
from warehouse.publication.site.template_downloads import template_file
from warehouse.reading.network import applies_to_matrix
from warehouse.reading.replies import reply_lines
from warehouse.reading.rows import Record

LONG_ROLES = ("text", "source", "period", "link")
"""Roles of columns that a member's page leaves out."""

COUNTRY_ROLES = ("country", "countries")
"""Roles of columns with the countries of a record."""


def shown_tables(facts: Facts) -> list[str]:
    """Return the public collections of records for which the release has a table."""
    return [
        name
        for name, declaration in declarations().items()
        if declaration.visibility == "public" and name in facts.records
    ]


def page(facts: Facts, table: str, lang: str) -> Content:
    """Return everything that the page of a collection of records shows."""
    declaration = declarations()[table]
    rows = facts.record_rows(table)
    matrices = _matrices(facts, declaration, rows, lang)
    with_records = [matrix for matrix in matrices if matrix["count"]]
    if not _has_editions(declaration):
        with_records.sort(key=lambda matrix: -matrix["count"])
    collections = {row["collection"] for row in rows}
    lines = reply_lines(facts.warehouse.connection, lang, collections=collections)
    has_replies = replies().name in facts.records
    return {
        "title": collection_title(facts, table, lang),
        "content": records_title(table, lang),
        "about": say("site.records_count" if rows else "site.records_empty", lang, n=len(rows)),
        "caveat": _caveat(declaration, lang),
        "matrices": with_records,
        "codes_down": list(dict.fromkeys(name for matrix in matrices for name in matrix["names"])),
        "empty_matrices": [matrix["told"] for matrix in matrices if not matrix["count"]],
        "list": record_list(facts, declaration, [] if _has_editions(declaration) else rows, lang),
        "changes": last_changes(facts, declaration, lang) if rows else None,
        "replies": lines,
        "replied": {(reply["country"], reply["item"]): reply["id"] for reply in lines},
        "reply_template": template_file(replies().collection, lang) if matrices and has_replies else "",
        "quality": [
            (wording.collection_title(facts, collection, lang), quality_file(collection))
            for collection in sorted({declaration.collection, *collections} & {*facts.collections})
        ],
    }


def _has_editions(declaration: Declaration) -> bool:
    """Return whether the matrix shows every record, each in its edition, so that no list repeats them."""
    return declaration.matrix is not None and declaration.matrix.over is not None


def _caveat(declaration: Declaration, lang: str) -> str:
    """Return the warning that every page of the records shows."""
    return str(getattr(declaration.caveat, contract_language(lang))) if declaration.caveat else ""


def search_words(content: Content) -> str:
    """Return the search words of a page of records: title, compared codes and cells."""
    cells = [cell for row in content["list"]["rows"] for cell in row]
    return " ".join(
        dict.fromkeys(
            " ".join([content["title"], content["content"], *content["codes_down"], *cells]).split()
        )
    )


def member_records(facts: Facts, member: str, lang: str) -> list[Content]:
    """Return the records of a member by collection, without long texts and sources.

    Records with pages of their own are not listed: the member's page leads to them.
    """
    collections = []
    for table in shown_tables(facts):
        declaration = declarations()[table]
        if declaration.answers:
            continue
        country_column = next((n for n, c in declaration.columns.items() if c.role in COUNTRY_ROLES), None)
        rows = [
            row
            for row in facts.record_rows(table)
            if country_column and member in country_codes(row[country_column])
        ]
        if rows:
            has_pages = declaration.matrix is not None and declaration.matrix.text is not None
            listed_rows = [] if has_pages or _has_editions(declaration) else rows
            left_out = {country_column, declaration.verified}
            left_out |= {n for n, c in declaration.columns.items() if c.role in LONG_ROLES and n != TITLE}
            collections.append(
                {
                    "title": records_title(table, lang),
                    "table": table,
                    "caveat": _caveat(declaration, lang) if listed_rows else "",
                    **record_list(facts, declaration, listed_rows, lang, left_out),
                }
            )
    return collections


def missing_records_sentence(facts: Facts, member: str, lang: str) -> str:
    """Name the comparisons without a record of a country.

    Missing records mean that nothing was reported, not that the answer is no.
    """
    tables = [table for table in shown_tables(facts) if declarations()[table].matrix]
    missing = []
    for table in tables:
        matrix = declarations()[table].matrix
        assert matrix is not None
        if all(row[matrix.across] != member for row in facts.record_rows(table)):
            missing.append(collection_title(facts, table, lang))
    titles = say("site.nor_in", lang).join(say("site.quoted", lang, text=title) for title in missing)
    return say("site.records_none", lang, titles=titles) if missing else ""


# ---- countries side by side ------------------------------------------------------------------------


def _matrices(facts: Facts, declaration: Declaration, rows: Sequence[Record], lang: str) -> list[Content]:
    """Return a table for each kind of record that must not be mixed: codes by members."""
    if declaration.matrix is None:
        return []
    return [_matrix(facts, declaration, rows, kind, lang) for kind in _kinds(declaration)]


def _kinds(declaration: Declaration) -> Iterator[dict[str, str]]:
    """Yield the combinations of codes that must not be mixed.

    If the codes of a list apply to certain kinds only, other kinds are left out.
    """
    matrix = declaration.matrix
    assert matrix is not None
    codes_down = codelists.codelist(declaration.columns[matrix.down].list or "")
    applicable = {code.attributes.get("applies_to") for code in codes_down.values()}
    lists = [list(codelists.codelist(declaration.columns[name].list or "")) for name in matrix.apart]
    for kind in product(*([c for c in codes if c in applicable] or codes for codes in lists)):
        yield dict(zip(matrix.apart, kind, strict=True))


def _matrix(
    facts: Facts, declaration: Declaration, rows: Sequence[Record], kind: dict[str, str], lang: str
) -> Content:
    matrix = declaration.matrix
    assert matrix is not None
    down, cell = declaration.columns[matrix.down], declaration.columns[matrix.cell]
    in_effect = [
        row
        for row in rows
        if all(row[name] == code for name, code in kind.items())
        and row[matrix.across] in facts.members
        and _is_in_effect(row, matrix.since, matrix.until, facts.release["as_of"])
    ]
    editions = sorted({str(row[matrix.over]) for row in in_effect} if matrix.over else ())
    rows_by_cell: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in sorted(in_effect, key=lambda row: str(row[matrix.over or matrix.across])):
        rows_by_cell[row[matrix.down], row[matrix.across]].append(row)
    members = facts.members_by_name(lang)
    codes = [
        c for c in codelists.codelist(down.list or "") if applies_to_matrix(matrix, kind, declaration, c)
    ]
    lines_by_code = {code: [rows_by_cell.get((code, member), []) for member in members] for code in codes}
    names = {code: value_text(facts, down, code, lang) for code in codes}
    texts = [
        _number_texts((row for row in in_effect if row[matrix.across] == member), matrix)
        for member in members
    ]
    collections = dict.fromkeys(row["collection"] for row in in_effect)
    empty = name_in_list(cell.list or "", matrix.empty, lang) if rows else say("site.no_record", lang)
    name = ", ".join(value_text(facts, declaration.columns[n], code, lang) for n, code in kind.items())
    facts_of_cells = {"n": len(rows_by_cell), "all": len(codes) * len(members), "empty": empty}
    key = "site.matrix_told" if rows_by_cell or not name else "site.matrix_empty"
    return {
        "name": name,
        "codes": members,
        "has_editions": matrix.over is not None,
        "names": list(names.values()),
        "count": len(rows_by_cell),
        "told": say(key, lang, name=name, **facts_of_cells),
        "dates": _dates_sentence(declaration, in_effect, lang),
        "workbook": workbook_file(declaration.name, kind) if rows_by_cell else "",
        "empty": empty,
        "sources": [wording.collection_title(facts, collection, lang) for collection in collections],
        "texts_name": getattr(declaration.columns[matrix.text].header, contract_language(lang))
        if matrix.text
        else "",
        "texts": [
            [(number, text, page_links(facts, declaration, member, text)) for text, number in numbers.items()]
            for member, numbers in zip(members, texts, strict=True)
        ],
        "members": [facts.name(member, lang) for member in members],
        "sums": [
            [
                *([f"{empty}: {cells.count([])}"] if [] in cells else []),
                *_count_codes(facts, cell, matrix, cells, lang),
            ]
            for cells in zip(*lines_by_code.values(), strict=True)
        ],
        "lines": [
            {
                "name": names[code],
                "code": code,
                "cells": [
                    _cell_items(facts, declaration, rows, numbers, editions, lang)
                    for rows, numbers in zip(cells, texts, strict=True)
                ],
            }
            for code, cells in lines_by_code.items()
            if any(cells)
        ],
        "empty_lines": [names[code] for code, cells in lines_by_code.items() if not any(cells)],
    }


def _dates_sentence(declaration: Declaration, rows: Sequence[Record], lang: str) -> str:
    """Return when the records were received, and how many were compared with their source."""
    days = sorted({row["known_from"] for row in rows})
    if not days:
        return ""
    verified = sum(row[declaration.verified] is not None for row in rows) if declaration.verified else None
    span = " – ".join(map(str, dict.fromkeys((days[0], days[-1]))))
    key = "matrix_received" if verified is None else "matrix_dates"
    return say(f"site.{key}", lang, days=span, n=verified, all=len(rows))


def workbook_file(table: str, kind: Mapping[str, str]) -> str:
    """Return the file name of the workbook of a matrix."""
    return f"{'-'.join([table, *kind.values()])}.xlsx"


def write_workbooks(facts: Facts, folder: Path) -> None:
    """Write the workbook of each matrix that has records."""
    for table in shown_tables(facts):
        declaration = declarations()[table]
        if declaration.matrix is None:
            continue
        rows = facts.record_rows(table)
        for kind in _kinds(declaration):
            if any(all(row[name] == code for name, code in kind.items()) for row in rows):
                path = folder / workbook_file(table, kind)
                facts.warehouse.matrix_to_excel(table, path, on=None, known=None, **kind)
                fixed_times.write_file(BytesIO(path.read_bytes()), path, facts.release["as_of"])


def _number_texts(rows: Iterable[Record], matrix: Matrix) -> dict[str, int]:
    """Number the texts of a country's records, such as its laws, in alphabetical order."""
    texts = sorted({row[matrix.text] for row in rows if matrix.text and row[matrix.text]})
    return {text: number for number, text in enumerate(texts, 1)}


def _cell_items(
    facts: Facts,
    declaration: Declaration,
    rows: Sequence[Record],
    numbers: Mapping[str, int],
    editions: Sequence[str],
    lang: str,
) -> list[dict[str, str]]:
    """Return the code of each record of a cell in words, with its text's number and detail."""
    matrix = declaration.matrix
    assert matrix is not None
    if matrix.over:
        return _edition_items(facts, declaration, rows, editions, lang)
    items = []
    for row in rows:
        number = numbers.get(row[matrix.text]) if matrix.text else None
        detail = row[matrix.detail] if matrix.detail else None
        text = value_text(facts, declaration.columns[matrix.cell], row[matrix.cell], lang)
        reference = ": ".join(str(part) for part in (number, detail) if part)
        items.append({"code": row[matrix.cell], "text": text, "detail": reference})
    return items


def _edition_items(
    facts: Facts, declaration: Declaration, rows: Sequence[Record], editions: Sequence[str], lang: str
) -> list[dict[str, str]]:
    """Return the answers of a cell in the order of their editions, equal answers in a row as one."""
    matrix = declaration.matrix
    assert matrix is not None
    items = []
    for (code, number), run in groupby(rows, key=lambda row: (row[matrix.cell], row.get(str(matrix.detail)))):
        spans = _edition_spans([row[matrix.over or ""] for row in run], editions)
        answer = value_text(facts, declaration.columns[matrix.cell], code, lang)
        text = ", ".join(filter(None, [answer, "" if number is None else say_number(number, lang)]))
        items.append({"code": code or "number", "text": text, "detail": spans})
    return items


def _edition_spans(run: Sequence[str], editions: Sequence[str]) -> str:
    """Return the editions of a run, those that follow each other as first and last."""
    spans: list[list[str]] = []
    for edition in run:
        before = editions[max(editions.index(edition) - 1, 0)]
        if spans and spans[-1][-1] == before:
            spans[-1].append(edition)
        else:
            spans.append([edition])
    return ", ".join("–".join(dict.fromkeys((span[0], span[-1]))) for span in spans)


def _count_codes(
    facts: Facts, column: Column, matrix: Matrix, cells: Sequence[Sequence[Record]], lang: str
) -> list[str]:
    """Return how many cells of a member have each code."""
    last = -1 if matrix.over else 0
    counts = Counter(code for rows in cells for code in {row[matrix.cell] for row in rows[last:]})
    codes = [code for code in codelists.codelist(column.list or "") if counts[code]]
    return [f"{value_text(facts, column, code, lang)}: {counts[code]}" for code in codes]


def _is_in_effect(row: Record, since: str | None, until: str | None, day: date) -> bool:
    """Return whether a record holds on a day. A record without dates always holds."""
    has_begun = since is None or row[since] is None or row[since] <= day
    return has_begun and (until is None or row[until] is None or row[until] >= day)
