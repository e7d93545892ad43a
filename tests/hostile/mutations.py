"""Ways in which an office spoils a file, each seeded. What becomes of the file is fates.py.

A sheet is a header and rows of text; a mutation gives another one, or None where the file has nothing of the kind.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import openpyxl

Row = list[str]


@dataclass(frozen=True)
class Sheet:
    """The rows of a submission in the project's template."""

    header: Row
    rows: list[Row]

    def place(self, name: str) -> int | None:
        """Where a column stands, or None."""
        return self.header.index(name) if name in self.header else None

    def with_rows(self, rows: list[Row]) -> Sheet:
        """The same header above other rows."""
        return replace(self, rows=rows)

    def csv(self) -> bytes:
        """The file's bytes."""
        lines = [self.header, *self.rows]
        return "".join(",".join(map(_cell, row)) + "\n" for row in lines).encode()


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text or '"' in text else text


Mutation = Callable[[Sheet, random.Random], Sheet | bytes | None]
MUTATIONS: dict[str, Mutation] = {}
"""Each way by its name, in the order in which they are told."""


def mutation(name: str) -> Callable[[Mutation], Mutation]:
    """Register a way of spoiling under its name."""

    def add(function: Mutation) -> Mutation:
        MUTATIONS[name] = function
        return function

    return add


def _in_column(sheet: Sheet, name: str, change: Callable[[str], str], rows: list[int]) -> Sheet | None:
    """The sheet with some cells of a column changed; None where none is another afterwards."""
    place = sheet.place(name)
    if place is None or not rows:
        return None
    changed = [list(row) for row in sheet.rows]
    for number in rows:
        changed[number][place] = change(changed[number][place])
    return None if changed == sheet.rows else sheet.with_rows(changed)


def _some(sheet: Sheet, chance: random.Random, share: float) -> list[int]:
    return sorted(chance.sample(range(len(sheet.rows)), max(1, int(len(sheet.rows) * share))))


def _large(sheet: Sheet) -> list[int]:
    place = sheet.header.index("value")
    return [n for n, row in enumerate(sheet.rows) if row[place].isdigit() and int(row[place]) >= 1_000]


@mutation("thousands_mark")
def thousands_mark(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Values of a thousand and more with a comma, a point, a blank or an apostrophe."""
    mark = chance.choice([",", ".", " ", "\u00a0", "'", "\u202f"])
    return _in_column(sheet, "value", lambda v: f"{int(v):,}".replace(",", mark), _large(sheet))


@mutation("values_times_ten")
def values_times_ten(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """All values with a zero too many, or in thousands."""
    zeros = chance.choice(["0", "00", "000"])
    every = [n for n, row in enumerate(sheet.rows) if row[sheet.header.index("value")].isdigit()]
    return _in_column(sheet, "value", lambda v: v + zeros if v != "0" else v, every)


@mutation("one_row_dropped")
def one_row_dropped(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """One row lost."""
    gone = chance.randrange(len(sheet.rows))
    return sheet.with_rows([row for n, row in enumerate(sheet.rows) if n != gone])


@mutation("third_of_rows_dropped")
def third_of_rows_dropped(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """A third of the rows lost, here and there."""
    gone = set(_some(sheet, chance, 1 / 3))
    return sheet.with_rows([row for n, row in enumerate(sheet.rows) if n not in gone])


@mutation("copied_by_half")
def copied_by_half(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """The file ends somewhere in its second half, within a row."""
    content = sheet.csv()
    return content[: chance.randrange(len(content) // 2, len(content) - 4)]


@mutation("blank_cells")
def blank_cells(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Cells of one column emptied."""
    name = chance.choice([n for n in sheet.header if n != "note"])
    return _in_column(sheet, name, lambda _: "", _some(sheet, chance, chance.choice([0.0, 0.01, 0.2])))


@mutation("blank_column")
def blank_column(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """A whole column emptied."""
    name = chance.choice([n for n in sheet.header if n != "note"])
    return _in_column(sheet, name, lambda _: "", list(range(len(sheet.rows))))


REGIONS = ("Sudamérica", "África", "Asia", "Europa", "Caribe", "Extracontinentales", "South America", "Otros")


@mutation("subtotals")
def subtotals(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Among the countries of each period stands a row with the sum of some of them."""
    place, value = sheet.place("citizenship"), sheet.header.index("value")
    if place is None:
        return None
    label, rows = chance.choice(REGIONS), list(sheet.rows)
    summed: dict[tuple[str, ...], int] = {}
    for row in sheet.rows:
        if re.fullmatch("[A-Z]{3}", row[place]) and row[value].isdigit() and chance.random() < 0.7:
            key = tuple(text for n, text in enumerate(row) if n not in (place, value))
            summed[key] = summed.get(key, 0) + int(row[value])
    for key, total in summed.items():
        row = list(key)
        for at, text in sorted(((place, label), (value, str(total)))):
            row.insert(at, text)
        rows.append(row)
    return sheet.with_rows(rows) if summed else None


@mutation("total_row")
def total_row(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Below stands a row with the sum of all."""
    value = sheet.header.index("value")
    total = sum(int(row[value]) for row in sheet.rows if row[value].isdigit())
    label = chance.choice(["Total", "Total general", "TOTAL", "Suma", "Grand Total"])
    last = [label] + [""] * (len(sheet.header) - 1)
    last[value] = str(total)
    return sheet.with_rows([*sheet.rows, last])


@mutation("pasted_twice")
def pasted_twice(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """All rows, or the last half of them, stand twice."""
    again = sheet.rows if chance.random() < 0.5 else sheet.rows[len(sheet.rows) // 2 :]
    return sheet.with_rows([*sheet.rows, *again])


@mutation("shifted_year")
def shifted_year(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """All periods, or those of one country, a year later or earlier."""
    by = chance.choice([-1, 1])
    rows = list(range(len(sheet.rows)))
    if (place := sheet.place("reporting_country")) is not None and chance.random() < 0.5:
        one = chance.choice(sorted({row[place] for row in sheet.rows}))
        rows = [n for n in rows if sheet.rows[n][place] == one]
    return _in_column(sheet, "period", lambda p: f"{int(p[:4]) + by}{p[4:]}", rows)


@mutation("swapped_columns")
def swapped_columns(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """The cells of two columns under each other's header."""
    one, other = chance.sample([n for n in range(len(sheet.header)) if sheet.header[n] != "note"], 2)
    rows = [list(row) for row in sheet.rows]
    for row in rows:
        row[one], row[other] = row[other], row[one]
    return None if rows == sheet.rows else sheet.with_rows(rows)


@mutation("hidden_sheet")
def hidden_sheet(sheet: Sheet, chance: random.Random) -> bytes | None:
    """A workbook whose hidden sheet holds an older state of the figures."""
    book = openpyxl.Workbook()
    _fill(book.active, sheet)
    older = book.create_sheet("Hoja2")
    kept = sheet.with_rows([row for row in sheet.rows if chance.random() < 0.5])
    _fill(older, kept)
    older.sheet_state = chance.choice(["hidden", "veryHidden"])
    return _saved(book)


@mutation("hidden_rows")
def hidden_rows(sheet: Sheet, chance: random.Random) -> bytes | None:
    """A workbook in which some rows or a column are hidden, as a filter leaves it."""
    book = openpyxl.Workbook()
    _fill(book.active, sheet)
    if chance.random() < 0.5:
        for number in _some(sheet, chance, 0.1):
            book.active.row_dimensions[number + 2].hidden = True
    else:
        letter = openpyxl.utils.get_column_letter(chance.randrange(len(sheet.header)) + 1)
        book.active.column_dimensions[letter].hidden = True
    return _saved(book)


def _fill(target, sheet: Sheet) -> None:
    for row in [sheet.header, *sheet.rows]:
        target.append([int(text) if text.isdigit() and not text.startswith("0") else text for text in row])


def _saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


NAMES = {
    "HND": "Hondurs",
    "GTM": "Guatemla",
    "SLV": "El Salvado",
    "MEX": "Mejico",
    "VEN": "Venezuala",
    "COL": "Columbia",
}


@mutation("retyped_names")
def retyped_names(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Codes of countries replaced by names with a slip."""
    place = sheet.place("citizenship") or sheet.place("reporting_country")
    if place is None:
        return None
    rows = [n for n in range(len(sheet.rows)) if sheet.rows[n][place] in NAMES and chance.random() < 0.3]
    return _in_column(sheet, sheet.header[place], lambda code: NAMES[code], rows)


@mutation("one_value_retyped")
def one_value_retyped(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """One value with two digits exchanged or another last digit."""
    value = sheet.header.index("value")
    rows = [n for n, row in enumerate(sheet.rows) if row[value].isdigit() and len(row[value]) > 1]
    return _in_column(sheet, "value", _slip, [chance.choice(rows)]) if rows else None


def _slip(text: str) -> str:
    swapped = text[1] + text[0] + text[2:]
    return swapped if swapped != text and swapped[0] != "0" else text[:-1] + str((int(text[-1]) + 1) % 10)


@mutation("error_cells")
def error_cells(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """What a spreadsheet writes where a formula has failed."""
    error = chance.choice(["#N/A", "#REF!", "#¿NOMBRE?", "#DIV/0!", "#VALUE!"])
    name = chance.choice([n for n in sheet.header if n != "note"])
    return _in_column(sheet, name, lambda _: error, _some(sheet, chance, chance.choice([0.0, 0.01, 0.1])))


@mutation("marks_on_values")
def marks_on_values(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Footnote marks, units or letters for digits in values."""
    change = chance.choice(
        [
            lambda v: v + "*",
            lambda v: v + " (p)",
            lambda v: v + "/1",
            lambda v: v.replace("0", "O", 1),
            lambda v: v.replace("1", "l", 1),
            lambda v: v + ".0",
            lambda v: v + ",0",
            lambda v: f"{float(v):.1E}" if v.isdigit() else v,
        ]
    )
    return _in_column(sheet, "value", change, _some(sheet, chance, chance.choice([0.0, 0.02, 0.3])))


@mutation("periods_as_dates")
def periods_as_dates(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """Periods as a spreadsheet turns them into dates."""
    change = chance.choice(
        [
            lambda p: f"01/{p[5:7] or '01'}/{p[:4]}",
            lambda p: f"{p[5:7] or '1'}/1/{p[2:4]}",
            lambda p: p[2:4],
            lambda p: f"ene-{p[2:4]}",
            lambda p: p.replace("-", ""),
            lambda p: p[:4],
        ]
    )
    return _in_column(sheet, "period", change, _some(sheet, chance, chance.choice([0.01, 0.2, 1.0])))


@mutation("header_renamed")
def header_renamed(sheet: Sheet, chance: random.Random) -> Sheet | None:
    """A column under another name."""
    header = list(sheet.header)
    place = chance.choice([n for n, name in enumerate(header) if name != "note"])
    header[place] = chance.choice(
        [header[place] + " ", header[place].upper(), "columna", "", header[place][:-1]]
    )
    return replace(sheet, header=header)
