"""The rows of a file of records as lines: each column read by its role, still as text. Judges nothing."""

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
from schemas.contracts import AMBIGUOUS, SOURCE, UNRESOLVED
from schemas.countries.table import is_country
from schemas.records import LINKS, Column, Declaration, declarations
from schemas.records.contract import HOLD, held

BETWEEN = "/"
"""Between the first and the last day of a period."""

_FORMS = ("DD MONTH YYYY", "DD de MONTH de YYYY", "DD-MONTH-YYYY")
"""Days in words; in figures alone day and month may change places, so that only `2010-02-15` is read."""
_SEVERAL = re.compile(r"\s*[;,\n]\s*")
_CODES = re.compile(r"[A-Z]{3}(?: [A-Z]{3})+")


def lines_of(rows: pd.DataFrame, declared: Declaration, fmt: Format) -> pd.DataFrame:
    """The lines of the rows, in the columns that schemas/records/contract.py names."""
    texts = cell_texts(rows, declared, fmt)
    headers = dict(zip((cell.name for cell in declared.cells), fmt.columns.values(), strict=True))
    lines = texts.rename(columns={cell.name: SOURCE + cell.name for cell in declared.cells})
    for name, column in declared.columns.items():
        if column.role != "text":
            reads = _reader(column, headers[name])
            known = {text: reads(text) if text else "" for text in texts[name].unique()}
            lines[name] = texts[name].map(known)
        else:
            lines[name] = ""
    lines = lines.assign(**{SHEET: rows[SHEET], ROW: rows[ROW], "surplus_cells": rows[SURPLUS]})
    lines = lines.assign(**_holds(lines, declared))
    return lines.assign(repetition=_repetitions(lines, declared))


def cell_texts(rows: pd.DataFrame, declared: Declaration, fmt: Format) -> pd.DataFrame:
    """What stands in each declared cell, by its name; "" where the file lacks the column."""
    called = dict(zip((cell.name for cell in declared.cells), fmt.columns, strict=True))
    blank = pd.Series("", index=rows.index)
    return pd.DataFrame({name: rows.get(header, blank) for name, header in called.items()}, dtype=object)


Read = Callable[[str], str]


def _reader(column: Column, header: Header) -> Read:
    """How a text of the column is read: to a code, a day, or UNRESOLVED."""
    readers: Mapping[str, Read] = {
        "code": lambda text: codelists.find(str(column.list), text) or UNRESOLVED,
        "country": lambda text: _country(text, header),
        "countries": lambda text: _countries(text, header),
        "date": lambda text: _day(text) or UNRESOLVED,
        "period": lambda text: _period(text) or UNRESOLVED,
        "number": _number,
        "link": _links,
    }
    return readers.get(column.role, lambda text: text)


def _country(text: str, header: Header) -> str:
    code = country_code(text, header)
    return code if code == AMBIGUOUS or is_country(code) else UNRESOLVED


def _countries(text: str, header: Header) -> str:
    parts = text.split() if _CODES.fullmatch(text) else list(filter(None, _SEVERAL.split(text)))
    known = groupings.groupings()
    codes = [part if part in known else _country(part, header) for part in parts]
    unread = next((code for code in codes if code in (UNRESOLVED, AMBIGUOUS)), None)
    return unread or " ".join(sorted(set(codes)))


def _day(text: str) -> str | None:
    """The day as `2010-02-15`; None where the text is none, or only a month or a year."""
    written = date_forms.plain(text, _FORMS) or re.sub(r"[T ]00:00(:00)?$", "", text)
    try:
        return str(date.fromisoformat(written)) if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else None
    except ValueError:
        return None


def _period(text: str) -> str | None:
    if day := _day(text):
        return f"{day}{BETWEEN}{day}"
    period = periods.read(text) if not re.search(r"\d-\d{1,2}-\d", text) else None
    return f"{period.start}{BETWEEN}{period.end}" if period else None


def _number(text: str) -> str:
    whole = re.sub(r"\.0+$", "", text)
    return whole if re.fullmatch(r"-?\d{1,9}", whole, re.ASCII) else UNRESOLVED


def _links(text: str) -> str:
    """The links, joined by a blank; only of what kind each is is asked: no other file is read here."""
    known = {*LINKS, *declarations()}
    links = list(filter(None, re.split(r"[;,\s]+", text)))
    kinds = [link.partition(":") for link in links]
    return " ".join(links) if all(kind in known and name for kind, _, name in kinds) else UNRESOLVED


def _holds(lines: pd.DataFrame, declared: Declaration) -> dict[str, pd.Series]:
    """Whether each thing that must hold does, by the contract's name for it."""
    return {name: _hold(lines, declared, name) for name, _ in held(declared)}


def _hold(lines: pd.DataFrame, declared: Declaration, name: str) -> pd.Series:
    number, _, blamed = name.removeprefix(HOLD).partition(":")
    hold = declared.holds[int(number)]
    if hold.order:
        first, last = (lines[column] for column in hold.order)
        silent = first.isin(["", UNRESOLVED]) | last.isin(["", UNRESOLVED])
        return silent | (first <= last)
    asked = pd.Series(True, index=lines.index)
    for column, values in hold.when.items():
        asked &= lines[column].isin(values)
    return ~asked | (_filled(lines, declared, blamed))


def _filled(lines: pd.DataFrame, declared: Declaration, name: str) -> pd.Series:
    cells = [cell.name for cell in declared.cells if cell.column == name and cell.name != f"{name}_page"]
    filled = pd.Series(False, index=lines.index)
    for cell in cells:
        filled |= lines[SOURCE + cell] != ""
    return filled


def _repetitions(lines: pd.DataFrame, declared: Declaration) -> pd.Series:
    """`different` for lines that share their key, `equal` where they share all else, too."""
    unread = lines[declared.key].isin([UNRESOLVED, AMBIGUOUS]).any(axis=1)
    keyed = lines[~unread]
    shared = keyed.duplicated(declared.key, keep=False)
    own = [SOURCE + cell.name for cell in declared.cells]
    same = keyed.duplicated([*declared.key, *own], keep=False)
    repetition = pd.Series("none", index=lines.index)
    repetition.loc[keyed.index[shared]] = "different"
    repetition.loc[keyed.index[same]] = "equal"
    return repetition
