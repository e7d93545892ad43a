"""Quality of a collection of records: what it holds, how much of it is known, by whom it was assessed.

Each function returns the sentences of a concept; none if it is not documented. The layout of the records is
that of their declaration: no collection and no column is named here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product

from schemas.codelists import UNKNOWN, codelist
from schemas.records import Column, Matrix
from schemas.records.values import name_of_value
from schemas.words import column_text, contract_language
from warehouse.publication.quality import measures
from warehouse.publication.quality.facts import RecordFacts
from warehouse.publication.quality.tables import Sheet
from warehouse.publication.quality.wording import Gap, country_name, per_cent, quality_text, within_sentence
from warehouse.reading.network import applies_to_matrix
from warehouse.reading.rows import Record

COUNTRY_ROLES = ("country", "countries")


def verification(facts: RecordFacts, lang: str) -> list[str]:
    """Day on which records were last compared with their source, and how many were not."""
    if facts.declaration.verified is None or not facts.records:
        return []
    days = [row[facts.declaration.verified] for row in facts.records]
    known_days = [day for day in days if day is not None]
    n_unverified = len(days) - len(known_days)
    sentences = [quality_text("records_verified", lang, day=max(known_days))] if known_days else []
    if n_unverified:
        sentences.append(Gap(quality_text("records_unverified", lang, n=n_unverified, all=len(days))))
    return sentences


def content(facts: RecordFacts, lang: str) -> list[str]:
    """What the records hold, with the warning of their pages."""
    texts = (facts.declaration.says, facts.declaration.caveat)
    return [str(getattr(text, contract_language(lang))) for text in texts if text]


def classifications(facts: RecordFacts, lang: str) -> list[str]:
    """Coded columns with the number of their codes. The table has the codes of the records."""
    return [
        quality_text("records_list", lang, name=_header(column, lang), n=len(codelist(str(column.list))))
        for column in _coded_columns(facts).values()
    ]


def scope(facts: RecordFacts, lang: str) -> list[str]:
    """Cases that it covers."""
    return [column_text(facts.card, "scope", lang) or quality_text("all_cases", lang)]


def assessment(facts: RecordFacts, lang: str) -> list[str]:
    """Kinds of records that are never mixed, such as kinds of assessment, and the number of each."""
    return [
        quality_text("classified", lang, name=_header(column, lang), codes=_counts_text(facts, name, lang))
        for name, column in _kind_columns(facts).items()
        if facts.records
    ]


def coverage(facts: RecordFacts, lang: str) -> list[str]:
    """Records, and the members with and without any."""
    n = len(facts.records)
    if not n:
        return [Gap(quality_text("records_none", lang))]
    if not _country_columns(facts):
        return [quality_text("records_in_all", lang, n=n)]
    countries = {country for row in facts.records for country in _countries(facts, row)}
    others = [country_name(member, lang) for member in facts.members if member not in countries]
    n_all = len(facts.members)
    return [
        quality_text("records_of_members", lang, n=n, members=n_all - len(others), all=n_all),
        *([Gap(quality_text("records_of_others", lang, names=", ".join(others)))] if others else []),
    ]


def accuracy(facts: RecordFacts, lang: str) -> list[str]:
    """Rows by status, and cells with more than one record."""
    if not facts.rows("submissions"):
        return []
    n_repeated = _repeated_cells(facts)
    return [
        measures.row_counts(facts, lang),
        *([quality_text("records_twice", lang, n=n_repeated)] if n_repeated else []),
    ]


def _repeated_cells(facts: RecordFacts) -> int:
    """Return the number of cells of the matrix with more than one record of the same day or edition."""
    matrix = facts.declaration.matrix
    if matrix is None:
        return 0
    columns = [*matrix.apart, matrix.down, matrix.across, *filter(None, [matrix.over])]
    cells = Counter(tuple(row[name] for name in columns) for row in facts.records)
    return sum(n > 1 for n in cells.values())


def nonresponse(facts: RecordFacts, lang: str) -> list[str]:
    """Cells of the matrix that are known, and those that are not, by kinds that are never mixed."""
    matrix = facts.declaration.matrix
    if matrix is None or not facts.records:
        return []
    sentences = [_cells_sentence(facts, kind, lang) for kind in _kinds(facts, matrix)]
    return [*sentences, *([quality_text("records_editions", lang)] if matrix.over else [])]


def _cells_sentence(facts: RecordFacts, kind: dict[str, str], lang: str) -> str:
    """Return how many cells of a kind are known, as a gap if some are not."""
    n_cells = _cells_of(facts, kind) * len(facts.members)
    n_known = len(_known_cells(facts, kind, facts.records))
    n_unknown = n_cells - n_known
    part = per_cent(n_unknown, n_cells)
    sentence = quality_text("records_cells", lang, known=n_known, all=n_cells, unknown=n_unknown, part=part)
    codes = [name_of_value(facts.declaration.columns[column], code, lang) for column, code in kind.items()]
    if codes:
        sentence = quality_text("classified", lang, name=", ".join(codes), codes=sentence)
    else:
        sentence = sentence.capitalize()
    return Gap(sentence) if n_unknown else sentence


def timeliness(facts: RecordFacts, lang: str) -> list[str]:
    """Days from the last delivery to the release."""
    if not facts.rows("submissions"):
        return []
    last_day = facts.last_submission["received_on"]
    return [quality_text("records_age", lang, received=last_day, days=(facts.as_of - last_day).days)]


def revision_policy(facts: RecordFacts, lang: str) -> list[str]:
    """What a delivery replaces, and from which share of changes on it waits."""
    declaration = facts.declaration
    names = ", ".join(within_sentence(_header(declaration.columns[name], lang)) for name in declaration.scope)
    return [
        quality_text("by_scope", lang, names=names) if names else quality_text("whole_list", lang),
        quality_text("records_held", lang, part=round(100 * declaration.held_share)),
    ]


def revisions(facts: RecordFacts, lang: str) -> list[str]:
    """Deliveries. The page of the records says what changed from one to the next."""
    n = len(facts.rows("submissions"))
    if n < 2:
        return [quality_text("one_extract", lang)] if n else []
    return [quality_text("records_deliveries", lang, n=n)]


def missing_values(facts: RecordFacts, lang: str) -> list[str]:
    """What a missing record and a blank cell say."""
    matrix = facts.declaration.matrix
    blank = quality_text("records_blank", lang)
    if matrix is None:
        return [quality_text("records_absent", lang), blank]
    empty = codelist(str(facts.declaration.columns[matrix.cell].list))[matrix.empty].name(lang)
    return [quality_text("records_empty", lang, word=empty), blank]


def member_sheet(facts: RecordFacts, lang: str) -> Sheet:
    """Return a row for each member: records, cells known and not known, records compared with the source."""
    columns = ["country", "records"]
    columns += ["cells_known", "cells_unknown"] if facts.declaration.matrix else []
    columns += ["records_checked"] if facts.declaration.verified else []
    members = facts.members if facts.records and _country_columns(facts) else []
    rows = [[country_name(member, lang), *map(str, _numbers_of_member(facts, member))] for member in members]
    names = [quality_text(name, lang) for name in columns]
    return Sheet("members", quality_text("records_by_member", lang), names, rows)


def _numbers_of_member(facts: RecordFacts, member: str) -> list[int]:
    """Return the numbers of a member, in the columns of its sheet."""
    matrix, day_column = facts.declaration.matrix, facts.declaration.verified
    rows = [row for row in facts.records if member in _countries(facts, row)]
    numbers = [len(rows)]
    if matrix:
        kinds = list(_kinds(facts, matrix))
        n_known = sum(len(_known_cells(facts, kind, rows)) for kind in kinds)
        numbers += [n_known, sum(_cells_of(facts, kind) for kind in kinds) - n_known]
    return [*numbers, *([sum(row[day_column] is not None for row in rows)] if day_column else [])]


def code_sheet(facts: RecordFacts, lang: str) -> Sheet:
    """Return a row for each code of a column that the records have, with their number."""
    columns = [quality_text(name, lang) for name in ("column", "code", "records")]
    rows = [
        [_header(column, lang), _code_name(column, code, lang), str(n)]
        for name, column in _coded_columns(facts).items()
        for code, n in _counts(facts, name, column)
    ]
    return Sheet("codes", quality_text("records_by_code", lang), columns, rows)


def _header(column: Column, lang: str) -> str:
    return str(getattr(column.header, contract_language(lang)))


def _code_name(column: Column, code: str | None, lang: str) -> str:
    return quality_text("blank", lang) if code is None else name_of_value(column, code, lang)


def _public_columns(facts: RecordFacts) -> dict[str, Column]:
    return {name: column for name, column in facts.declaration.columns.items() if not column.internal}


def _coded_columns(facts: RecordFacts) -> dict[str, Column]:
    """Return the columns with codes of a list."""
    return {name: column for name, column in _public_columns(facts).items() if column.role == "code"}


def _kind_columns(facts: RecordFacts) -> dict[str, Column]:
    """Return the columns that keep records apart: in the matrix, and where a delivery replaces others."""
    matrix, scope = facts.declaration.matrix, set(facts.declaration.scope)
    names = {*(scope if scope != set(facts.declaration.key) else ()), *(matrix.apart if matrix else ())}
    return {n: c for n, c in _public_columns(facts).items() if n in names and c.role in ("code", "label")}


def _counts(facts: RecordFacts, name: str, column: Column) -> list[tuple[str | None, int]]:
    """Return the number of records by code, in the order of the list, or by label; blanks last."""
    counts = Counter(row[name] for row in facts.records)
    order = list(codelist(column.list)) if column.list else sorted(text for text in counts if text)
    return [(code, counts[code]) for code in [*order, None] if counts[code]]


def _counts_text(facts: RecordFacts, name: str, lang: str) -> str:
    column = facts.declaration.columns[name]
    return ", ".join(f"{_code_name(column, code, lang)} ({n})" for code, n in _counts(facts, name, column))


def _country_columns(facts: RecordFacts) -> list[str]:
    return [name for name, column in _public_columns(facts).items() if column.role in COUNTRY_ROLES][:1]


def _countries(facts: RecordFacts, row: Record) -> list[str]:
    """Return the countries of a record."""
    return [code for name in _country_columns(facts) for code in str(row[name] or "").split()]


def _kinds(facts: RecordFacts, matrix: Matrix) -> Iterator[dict[str, str]]:
    """Yield the kinds of which there are records, such as a family with a kind of assessment."""
    values = [dict.fromkeys(row[name] for row in facts.records) for name in matrix.apart]
    for codes in product(*values):
        kind = dict(zip(matrix.apart, codes, strict=True))
        if any(_is_of(row, kind) for row in facts.records):
            yield kind


def _is_of(row: Record, kind: dict[str, str]) -> bool:
    return all(row[name] == code for name, code in kind.items())


def _cells_of(facts: RecordFacts, kind: dict[str, str]) -> int:
    """Return the number of cells that a country has in the matrix of a kind."""
    matrix = facts.declaration.matrix
    assert matrix is not None
    codes = codelist(str(facts.declaration.columns[matrix.down].list))
    return sum(applies_to_matrix(matrix, kind, facts.declaration, code) for code in codes)


def _known_cells(facts: RecordFacts, kind: dict[str, str], rows: Iterable[Record]) -> set[tuple[str, str]]:
    """Return the cells of members with a record that says what is so."""
    matrix = facts.declaration.matrix
    assert matrix is not None
    return {
        (row[matrix.down], row[matrix.across])
        for row in rows
        if _is_of(row, kind) and row[matrix.across] in facts.members and _is_known(row, matrix)
    }


def _is_known(row: Record, matrix: Matrix) -> bool:
    """Return whether a record gives an answer: a code that says something, or the number in its place."""
    number = row[matrix.detail] if matrix.over and matrix.detail else None
    return row[matrix.cell] not in (None, UNKNOWN, matrix.empty) or number is not None
