"""Pages of the texts that a matrix of records rests on, such as laws: the registered entry and the cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from schemas import codelists
from schemas.records import Declaration, Matrix, declarations
from schemas.records.names import has_title, words
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content
from warehouse.publication.site.record_texts import collection_title, record_list, record_texts
from warehouse.reading.rows import Record

SLUG_LENGTH = 60


def text_pages(facts: Facts, table: str, lang: str) -> Iterator[Content]:
    """Yield the content of the page of each registered text, then of each text without an entry."""
    declaration = declarations()[table]
    matrix = declaration.matrix
    if matrix is None or matrix.text is None:
        return
    rows = [row for row in facts.record_rows(table) if row[matrix.text]]
    for country, title, entry in _texts(facts, matrix, rows):
        cells = [row for row in rows if row[matrix.across] == country and has_title(row[matrix.text], title)]
        left_out = {matrix.across, *matrix.apart}
        yield {
            "file": page_file(table, country, title),
            "title": f"{facts.name(country, lang)}: {title}",
            "entry": record_texts(facts, declarations()[str(matrix.registry)], entry, lang) if entry else [],
            "back": table,
            "back_title": collection_title(facts, table, lang),
            "parts": [
                {
                    "name": ", ".join(
                        codelists.codelist(str(declaration.columns[name].list))[code].name(lang)
                        for name, code in zip(matrix.apart, codes, strict=True)
                    ),
                    **record_list(facts, declaration, part, lang, left_out),
                }
                for codes, part in _parts(matrix, cells)
            ],
        }


def page_links(facts: Facts, declaration: Declaration, country: str, text: str) -> list[str]:
    """Return the pages of the registered texts that a text of a cell names; else its own."""
    matrix = declaration.matrix
    assert matrix is not None
    column = str(matrix.text)
    titles = [str(row[column]) for row in _registry(facts, matrix) if row[matrix.across] == country]
    titles_named = [title for title in titles if has_title(text, title)] or [text]
    return [page_file(declaration.name, country, title) for title in titles_named]


def page_file(table: str, country: str, title: str) -> str:
    """Return the file name of the page of a text."""
    name = "-".join(words(title))
    if len(name) > SLUG_LENGTH:  # a part of the hash tells long titles with one beginning apart
        name = f"{name[:SLUG_LENGTH]}-{sha256(title.encode()).hexdigest()[:8]}"
    return f"{table}-{country}-{name}.html"


def _registry(facts: Facts, matrix: Matrix) -> list[Record]:
    """Return the registered texts; none if the release has no table of them."""
    return facts.record_rows(matrix.registry) if matrix.registry in facts.records else []


def _texts(facts: Facts, matrix: Matrix, rows: Sequence[Record]) -> Iterator[tuple[str, str, Record | None]]:
    """Yield country, title and registered entry of each text, entries first."""
    column = str(matrix.text)
    entries = _registry(facts, matrix)
    for entry in entries:
        yield entry[matrix.across], entry[column], entry
    titles = [(entry[matrix.across], entry[column]) for entry in entries]
    for country, text in sorted({(row[matrix.across], row[column]) for row in rows}):
        if not any(country == other and has_title(text, title) for other, title in titles):
            yield country, text, None


def _parts(matrix: Matrix, cells: Sequence[Record]) -> Iterator[tuple[tuple[str, ...], list[Record]]]:
    """Yield the cells of each kind that is never mixed with another."""
    kinds = dict.fromkeys(tuple(row[name] for name in matrix.apart) for row in cells)
    for kind in kinds:
        yield kind, [row for row in cells if tuple(row[name] for name in matrix.apart) == kind]
