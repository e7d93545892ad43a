"""Column of countries in a file without a card: the layout is guessed from the file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from assets.drafting.draft import role_of_places
from assets.intake.reading.reading import read_sheets
from assets.intake.reading.sheets import Sheet
from schemas.cards.card_file import File
from schemas.countries import resolve
from schemas.words import InvalidValue

TYPES = {f".{name}": name for name in ("csv", "xlsx", "xls", "ods")} | {".txt": "csv", ".tsv": "csv"}
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zip": "zip"}
DELIMITERS = ("\t", ";", "|", ",")
ROWS_EXAMINED = 20
"""Number of rows examined for the delimiter and the header."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Column(NamedTuple):
    """Column of a sheet: its name and the number of rows with each text."""

    sheet: str | None
    name: str
    texts: Counter[str]


def country_column(file: Path, sheet: str | None, name: str | None) -> Column:
    """Return the named column of a file, or the likeliest. Raises InvalidValue if there is none."""
    sheets = read_sheets(file, _layout(file, sheet))
    return _column_named(sheets, name) if name else _likeliest_column(sheets)


def _layout(file: Path, sheet: str | None) -> File:
    """Return the layout of a file, from its name and its first lines."""
    compression = COMPRESSIONS.get(file.suffix.lower())
    kind = TYPES.get(Path(file.stem if compression else file.name).suffix.lower())
    if kind is None:
        raise InvalidValue("catalog.type", file=file.name, known=" ".join(TYPES))
    if kind != "csv":
        return File.model_validate({"type": kind, "sheets": [sheet] if sheet else []})
    start = b"" if compression else file.open("rb").read(ROWS_EXAMINED * 1_000)
    encoding = "utf-16" if start.startswith(UTF16) else "cp1252"
    lines = start.decode(encoding, errors="replace").splitlines()[:ROWS_EXAMINED]
    settings = {"encoding": encoding, "delimiter": _delimiter(lines), "compression": compression or "none"}
    return File.model_validate({"type": "csv", **settings})


def _delimiter(lines: list[str]) -> str:
    """Return the mark with the highest median number per line."""

    def median_count(mark: str) -> int:
        return sorted(line.count(mark) for line in lines)[len(lines) // 2]

    return max(DELIMITERS, key=median_count) if lines else ","


def _column_named(sheets: list[Sheet], name: str) -> Column:
    folded_name = name.strip().casefold()
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows[:ROWS_EXAMINED]):
            for column_index, cell in enumerate(row):
                if cell.strip().casefold() == folded_name:
                    return Column(
                        sheet.name, cell.strip(), _count_texts(sheet.rows[row_index + 1 :], column_index)
                    )
    headers = [
        cell.strip() for sheet in sheets for cell in sheet.rows[_header_row_index(sheet)] if cell.strip()
    ]
    raise InvalidValue("catalog.no_column", column=name, known=" · ".join(headers))


def _likeliest_column(sheets: list[Sheet]) -> Column:
    """Return the column whose distinct texts are mostly countries."""
    columns = []
    for sheet in sheets:
        header = _header_row_index(sheet)
        for column_index, name in enumerate(sheet.rows[header]):
            column = Column(sheet.name, name.strip(), _count_texts(sheet.rows[header + 1 :], column_index))
            columns.append((_country_score(column), column))
    readable = [(score, column) for score, column in columns if score[1] > 0]
    best = max(readable, key=lambda pair: pair[0], default=(None, None))
    if best[1] is None:
        raise InvalidValue("catalog.no_country")
    return best[1]


def _country_score(column: Column) -> tuple[int, float]:
    """Score a column: first by its header, then high for many texts that are countries and few that are not.

    The header counts if half of the texts can be read, also as a code of two letters or as unknown.
    """
    n_countries = sum(resolve(text).code is not None for text in column.texts)
    n_read = sum(_can_be_read(text) for text in column.texts)
    rank = HEADER_RANKS.get(role_of_places(column.name) or "", 0)
    score = max(n_countries, 0.5 * n_read) ** 2 / len(column.texts) if column.texts else 0
    return min(rank, 0) if 2 * n_read < len(column.texts) else rank, score


def _can_be_read(text: str) -> bool:
    is_code = text.isalpha() and text.isupper() and resolve(text, code_system="iso2").code is not None
    return is_code or (not text.strip().isdecimal() and resolve(text).is_read)


HEADER_RANKS = {"citizenship": 2, "reporting_country": 1, "counterpart_country": 1, "area": -1}
"""Rank of a column by the role that its header suggests. Some towns have names of countries."""


def _header_row_index(sheet: Sheet) -> int:
    """Return the index of the first row with at least half as many cells as the fullest row.

    Skips remarks.
    """
    cell_counts = [0 if _is_remark(row) else sum(bool(cell.strip()) for cell in row) for row in sheet.rows]
    return next(number for number, count in enumerate(cell_counts) if 2 * count >= max(cell_counts))


def _is_remark(row: list[str]) -> bool:
    return bool(row) and row[0].lstrip().startswith("#")


def _count_texts(rows: list[list[str]], column_index: int) -> Counter[str]:
    """Count the rows with each text in a column. Empty rows are left out."""
    return Counter(
        row[column_index] if column_index < len(row) else "" for row in rows if any(map(str.strip, row))
    )
