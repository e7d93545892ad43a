"""The good file of the made-up provider, and how it is spoilt. Nothing is asserted here."""

from __future__ import annotations

import io
import tomllib
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from schemas.cards.template import kind_template
from warehouse.home import CARD, Home
from warehouse.publication.template_files import write_workbook

COLLECTION = "DEMO/victimas"
RECEIVED = date(2022, 3, 31)
BASE = Path(__file__).with_name("card.toml").read_text(encoding="utf-8")

HEADER = "pais,periodo,medida,nacionalidad,sexo,edad,forma,delito,fuente,victimas"
LINES = (
    "GTM,2020,Víctimas detectadas,Honduras,Mujeres,0 a 17 años,Explotación sexual,Trata de personas,registro,7",
    "GTM,2020,Víctimas detectadas,El Salvador,Hombres,18 años o más,Trabajo forzado,Trata de personas,registro,12",
    "GTM,2021,Víctimas detectadas,Honduras,Mujeres,0 a 17 años,Explotación sexual,Trata de personas,registro,9",
    "GTM,2021,Víctimas detectadas,TOTAL,Mujeres,0 a 17 años,Explotación sexual,Trata de personas,registro,9",
    "GTM,2021,Víctimas detectadas,Honduras,Mujeres,0 a 17 años,Explotación sexual,Robo,registro,3",
)
"""Rows 2 to 6 of the sheet: three to accept, a total, a row out of scope."""


def card(*replacements: tuple[str, str], more: str = "") -> str:
    """The made-up card with some lines replaced, which must be there once, and more at its end."""
    text = BASE
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return f"{text}\n{more}"


RECORDS = """[collection]
provider_kind = "international_organisation"
kind = "records"
records = "treaties"
titles = { es = "Tratados de un país inventado", en = "Treaties of a made-up country" }
citation = "A made-up provider"
licence = "none"
delivery = "full"
on_error = "quarantine_rows"
confidentiality = "open"
quarantined_share = 1.0
"""
"""The card of a collection of the network's records."""

RECORDS_HEADER = "Tratado,País,Situación,Firma,Forma del consentimiento,Ratificación o adhesión,Entrada en vigor,Fuente,Fuente: página o artículo"
RECORDS_LINES = (
    "tip_protocol,Guatemala,Parte,2001-03-16,Ratificación,2003-09-09,2003-12-25,depositario,XVIII-12-a",
    "Protocolo contra la trata de personas,PAN,party,13 Dec 2000,ratification,2004-08-18,2004-09-17,depositario,",
    "ilo_c182,Belice,No comprobado aquí,,,,,,",
)


def records(*lines: str) -> str:
    """A file of treaties by the template's headers; without lines, the good one."""
    return file(*(lines or RECORDS_LINES), header=RECORDS_HEADER)


def with_record(row: int, old: str, new: str) -> str:
    """The good file of treaties with another text in one row; rows count as in the sheet."""
    lines = [*RECORDS_LINES]
    assert old in lines[row - 2], old
    lines[row - 2] = lines[row - 2].replace(old, new, 1)
    return records(*lines)


TOTALS = """[[format.totals]]
where = { nacionalidad = "TOTAL" }
over = "nacionalidad"
reason = "sums the nationalities of its year"
"""
NO_TOTALS = (TOTALS, "")
"""For `card`: files without the row of totals, whose label the card would name in vain."""


def file(*lines: str, header: str = HEADER, end: str = "\n") -> str:
    """A CSV file of these lines; without any, the good one."""
    return end.join([header, *(lines or LINES)]) + end


def with_cell(row: int, column: str, value: str, *, lines: tuple[str, ...] = LINES) -> str:
    """The good file with another text in one cell; rows count as in the sheet."""
    cells = lines[row - 2].split(",")
    cells[HEADER.split(",").index(column)] = value
    return file(*lines[: row - 2], ",".join(cells), *lines[row - 1 :])


def with_column(column: str, value: str) -> str:
    """The good file with the same text in all cells of a column."""
    place = HEADER.split(",").index(column)
    return file(*(",".join([*c[:place], value, *c[place + 1 :]]) for c in (x.split(",") for x in LINES)))


def cells() -> list[list[Any]]:
    """The good file as a workbook holds it: numbers are numbers."""
    table = [HEADER.split(","), *(line.split(",") for line in LINES)]
    return [[int(cell) if cell.isdigit() else cell for cell in row] for row in table]


def workbook(
    rows: list[list[Any]] | None = None,
    *,
    sheet: str = "datos",
    others: dict[str, list[list[Any]]] | None = None,
    merge: str = "",
    hide: tuple[int, ...] = (),
    hide_columns: str = "",
    states: dict[str, str] | None = None,
) -> bytes:
    """An xlsx file with the rows in one sheet and other sheets after it; rows, columns and sheets may be hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in {sheet: rows or cells(), **(others or {})}.items():
        target = book.create_sheet(name)
        for row in content:
            target.append(row)
        if merge and name == sheet:
            target.merge_cells(merge)
        for row in hide if name == sheet else ():
            target.row_dimensions[row].hidden = True
        for letter in hide_columns if name == sheet else ():
            target.column_dimensions[letter].hidden = True
        target.sheet_state = (states or {}).get(name, "visible")
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def template(*rows: str, columns: str = "sex") -> str:
    """A file of the project's template: each row `measure period column … value` of one country.

    Where one column is named, its text may have blanks.
    """
    names = columns.split()
    header = ",".join(["reporting_country", "measure", "period", *names, "value"])
    parted = [row.split(" ") for row in rows]
    if len(names) == 1:
        parted = [[*cells[:2], " ".join(cells[2:-1]), cells[-1]] for cells in parted]
    return "\n".join([header, *(",".join(["GTM", *cells]) for cells in parted)]) + "\n"


def template_book(**told: Any) -> bytes:
    """The project's template as a workbook with a row filled in, and what its hidden sheet says of itself."""
    packed = io.BytesIO()
    made = replace(kind_template("counts", "es"), **told)
    write_workbook(made, packed, "es")
    book = openpyxl.load_workbook(packed)
    row = {"Medida": "Víctimas detectadas", "País que informa": "Guatemala", "Periodo": "2020", "Valor": 7}
    book[made.sheets.fill].append([row.get(header) for header in made.headers])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    """A zip archive of one member."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def home(root: Path, card_text: str = BASE, collection: str = COLLECTION) -> Home:
    """A home with this card and no submission."""
    place = root / "raw" / collection
    place.mkdir(parents=True)
    (place / CARD).write_text(card_text, encoding="utf-8")
    tomllib.loads(card_text)
    key = root / "private" / "case_key"  # a known one: the rendered page tells a hash
    key.parent.mkdir(exist_ok=True)
    key.write_bytes(bytes(32))
    return Home(root)


def write(folder: Path, content: str | bytes, name: str = "datos.csv") -> Path:
    """A steward's file, outside the home's raw/."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
