"""Lines of a file of records: each column read by its role, still as text. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

import pandas as pd

from assets.intake.judging.decoding import country_code
from assets.intake.records import ROW, SHEET, SURPLUS
from schemas import codelists, date_forms, groupings, periods
from schemas.cards.format_card import Column as Header
from schemas.cards.format_card import Format
from schemas.contracts import AMBIGUOUS_CODE, SOURCE, UNRESOLVED_CODE
from schemas.countries.table import is_country
from schemas.records import LINKS, Column, Declaration, declarations
from schemas.records.contract import HOLD, WITHIN, condition_columns

PERIOD_SEPARATOR = "/"
"""Separator between the first and the last day of a period."""

_FORMS = ("DD MONTH YYYY", "DD de MONTH de YYYY", "DD-MONTH-YYYY")
"""Dates with the month in words. Of dates in digits only `2010-02-15` is read, because day and month may
be swapped."""
_LIST_SEPARATOR = re.compile(r"\s*[;,\n]\s*")
_CODES = re.compile(r"[A-Z]{3}(?: [A-Z]{3})+")


def build_lines(rows: pd.DataFrame, declaration: Declaration, fmt: Format) -> pd.DataFrame:
    """Return the lines of the rows, in the columns that schemas/records/contract.py names."""
    texts = cell_texts(rows, declaration, fmt)
    headers = dict(zip((cell.name for cell in declaration.cells), fmt.columns.values(), strict=True))
    lines = texts.rename(columns={cell.name: SOURCE + cell.name for cell in declaration.cells})
    for name, column in declaration.columns.items():
        if column.role != "text":
            read_text = _reader(column, headers[name])
            values = {text: read_text(text) if text else "" for text in texts[name].unique()}
            lines[name] = texts[name].map(values)
        else:
            lines[name] = ""
    for name, column in declaration.columns.items():
        if column.within:
            lines[name] = _codes_within(lines, name, column)
    lines = lines.assign(**{SHEET: rows[SHEET], ROW: rows[ROW], "surplus_cells": rows[SURPLUS]})
    lines = lines.assign(**_conditions(lines, declaration))
    return lines.assign(repetition=_repetitions(lines, declaration))


def cell_texts(rows: pd.DataFrame, declaration: Declaration, fmt: Format) -> pd.DataFrame:
    """Return the text of each declared cell, by its name; "" where the file lacks the column."""
    header_of_cell = dict(zip((cell.name for cell in declaration.cells), fmt.columns, strict=True))
    blank = pd.Series("", index=rows.index)
    return pd.DataFrame(
        {name: rows.get(header, blank) for name, header in header_of_cell.items()}, dtype=object
    )


Read = Callable[[str], str]


def _reader(column: Column, header: Header) -> Read:
    """Return the function that reads a text of the column: to a code, a day, or UNRESOLVED."""
    readers: Mapping[str, Read] = {
        "code": lambda text: codelists.find(str(column.list), text) or UNRESOLVED_CODE,
        "country": lambda text: _country(text, header),
        "countries": lambda text: _countries(text, header),
        "date": lambda text: _day(text) or UNRESOLVED_CODE,
        "period": lambda text: _period(text) or UNRESOLVED_CODE,
        "number": _number,
        "link": _links,
    }
    if column.lists:
        return lambda text: codelists.find_in(column.lists, text) or UNRESOLVED_CODE
    return readers.get(column.role, lambda text: text)


def _codes_within(lines: pd.DataFrame, name: str, column: Column) -> pd.Series:
    """Return the codes of a column, of codes with one name those that the other columns' codes allow."""
    codes = [
        (codelists.find(str(column.list), text, allowed) or UNRESOLVED_CODE) if text else ""
        for text, allowed in zip(lines[SOURCE + name], _allowed_codes(lines, column), strict=True)
    ]
    return pd.Series(codes, index=lines.index, dtype=object)


def _allowed_codes(lines: pd.DataFrame, column: Column) -> list[set[str]]:
    """Return, for each line, the codes that the codes of its other columns allow."""
    others = [tuple(row) for row in lines[list(column.within)].itertuples(index=False)]
    allowed = {
        codes: column.codes_within(dict(zip(column.within, codes, strict=True))) for codes in set(others)
    }
    return [allowed[codes] for codes in others]


def _country(text: str, header: Header) -> str:
    code = country_code(text, header)
    return code if code == AMBIGUOUS_CODE or is_country(code) else UNRESOLVED_CODE


def _countries(text: str, header: Header) -> str:
    parts = text.split() if _CODES.fullmatch(text) else list(filter(None, _LIST_SEPARATOR.split(text)))
    known_groupings = groupings.groupings()
    codes = [part if part in known_groupings else _country(part, header) for part in parts]
    unreadable = next((code for code in codes if code in (UNRESOLVED_CODE, AMBIGUOUS_CODE)), None)
    return unreadable or " ".join(sorted(set(codes)))


def _day(text: str) -> str | None:
    """Return the day as `2010-02-15`; None if the text is no day, or only a month or year."""
    date_text = date_forms.iso_date(text, _FORMS) or re.sub(r"[T ]00:00(:00)?$", "", text)
    try:
        return str(date.fromisoformat(date_text)) if re.fullmatch(r"\d{4}-\d\d-\d\d", date_text) else None
    except ValueError:
        return None


def _period(text: str) -> str | None:
    if day := _day(text):
        return f"{day}{PERIOD_SEPARATOR}{day}"
    period = periods.read(text) if not re.search(r"\d-\d{1,2}-\d", text) else None
    return f"{period.start}{PERIOD_SEPARATOR}{period.end}" if period else None


def _number(text: str) -> str:
    integer_text = re.sub(r"\.0+$", "", text)
    return integer_text if re.fullmatch(r"-?\d{1,9}", integer_text, re.ASCII) else UNRESOLVED_CODE


def _links(text: str) -> str:
    """Return the links, joined by a blank. Only their kinds are checked: no other file is read here."""
    known_kinds = {*LINKS, *declarations()}
    links = list(filter(None, re.split(r"[;,\s]+", text)))
    kinds = [link.partition(":") for link in links]
    return (
        " ".join(links) if all(kind in known_kinds and name for kind, _, name in kinds) else UNRESOLVED_CODE
    )


def _conditions(lines: pd.DataFrame, declaration: Declaration) -> dict[str, pd.Series]:
    """Return whether each condition of the declaration is met, by the contract's name for it."""
    return {name: _condition(lines, declaration, name) for name, _ in condition_columns(declaration)}


def _condition(lines: pd.DataFrame, declaration: Declaration, name: str) -> pd.Series:
    if name.startswith(WITHIN):
        return _is_allowed(lines, declaration, name.removeprefix(WITHIN))
    number, _, at_fault = name.removeprefix(HOLD).partition(":")
    hold = declaration.holds[int(number)]
    if hold.order:
        return _is_in_order(lines, hold.order, declaration.order_role(hold))
    is_applicable = pd.Series(True, index=lines.index)
    for column, values in hold.when.items():
        is_applicable &= lines[column].isin(values)
    is_filled = _is_filled(lines, declaration, at_fault)
    return ~is_applicable | (~is_filled if hold.blank else is_filled)


def _is_in_order(lines: pd.DataFrame, columns: tuple[str, str], role: str) -> pd.Series:
    """Return whether two days or two numbers are in order, if both are read."""
    first, last = (lines[column] for column in columns)
    is_incomplete = first.isin(["", UNRESOLVED_CODE]) | last.isin(["", UNRESOLVED_CODE])
    if role == "number":
        first, last = (pd.to_numeric(texts, errors="coerce") for texts in (first, last))
    return is_incomplete | (first <= last)


def _is_allowed(lines: pd.DataFrame, declaration: Declaration, name: str) -> pd.Series:
    """Return whether the code of a column is one that the codes of other columns allow."""
    column = declaration.columns[name]
    is_unread = lines[[name, *column.within]].isin(["", UNRESOLVED_CODE]).any(axis=1)
    is_within = [
        code in codes for code, codes in zip(lines[name], _allowed_codes(lines, column), strict=True)
    ]
    return is_unread | pd.Series(is_within, index=lines.index, dtype=bool)


def _is_filled(lines: pd.DataFrame, declaration: Declaration, name: str) -> pd.Series:
    cells = [cell.name for cell in declaration.cells if cell.column == name and cell.name != f"{name}_page"]
    is_filled = pd.Series(False, index=lines.index)
    for cell in cells:
        is_filled |= lines[SOURCE + cell] != ""
    return is_filled


def _repetitions(lines: pd.DataFrame, declaration: Declaration) -> pd.Series:
    """Return `different` for lines that share their key, and `equal` if they share everything else, too."""
    is_unreadable = lines[declaration.key].isin([UNRESOLVED_CODE, AMBIGUOUS_CODE]).any(axis=1)
    keyed_lines = lines[~is_unreadable]
    is_shared = keyed_lines.duplicated(declaration.key, keep=False)
    source_columns = [SOURCE + cell.name for cell in declaration.cells]
    is_equal = keyed_lines.duplicated([*declaration.key, *source_columns], keep=False)
    repetition = pd.Series("none", index=lines.index)
    repetition.loc[keyed_lines.index[is_shared]] = "different"
    repetition.loc[keyed_lines.index[is_equal]] = "equal"
    return repetition
