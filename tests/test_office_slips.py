"""Slips of offices in what a file says: total rows among parts, formats of cells, blank cells, letters.

Each file is written here; what must be said of it is worked out by hand.
"""

from __future__ import annotations

import subprocess
import zipfile
from datetime import date
from pathlib import Path
from time import process_time

import duckdb
import openpyxl
import pytest
from openpyxl.styles import Font

from assets.intake.processing import Outcome, check, process
from assets.intake.submission import receive
from tests import cards
from tests.conftest import accept, release
from tests.office import MISSING, SECONDS, SOFFICE
from tests.test_held import run
from warehouse.home import CARD, Home
from warehouse.home.frames import read_frame

COLLECTION = "DEMO/slips"
CARD_HEAD = cards.collection(reporting_country="GTM")
SUMMED = f"""{CARD_HEAD}
[[format]]
name = "own"
file = {{ type = "csv" }}
key = ["anio", "depto", "sexo"]
[format.columns]
anio = {{ role = "period" }}
depto = {{ sum_over = "the department" }}
sexo = {{ role = "sex" }}
n = {{ role = "value" }}
"""
Row = tuple[object, ...]


def home_of(root: Path, card: str) -> Home:
    """A home with the collection."""
    home = Home(root / "home")
    (home.raw / COLLECTION).mkdir(parents=True)
    (home.raw / COLLECTION / CARD).write_text(card, encoding="utf-8")
    return home


def csv(root: Path, header: str, rows: list[Row], name: str = "datos.csv") -> Path:
    """A csv file."""
    path = root / name
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows), ""]), encoding="utf-8")
    return path


def tried(home: Home, file: Path, day: date = date(2025, 12, 31)) -> Outcome:
    """What becomes of the file."""
    return check(home, file, COLLECTION, day)


def rules_of(outcome: Outcome) -> set[str]:
    """The rules that speak of it."""
    return {finding.rule for finding in outcome.all_findings}


# ---- totals in a column that is added up ----------------------------------------------------------

PARTS: list[Row] = [
    (year, depto, sex, 11 + 7 * n + 3 * s + (year * 5 + n * s) % 4)
    for year in (2022, 2023, 2024)
    for n, depto in enumerate(("Petén", "Izabal", "Jalapa", "Sololá", "Zacapa"))
    for s, sex in enumerate(("Mujer", "Hombre"))
]
DEPARTMENTS = "anio,depto,sexo,n"


def sums(label: str, year: int, departments: tuple[str, ...] = ()) -> list[Row]:
    """The rows that sum the departments, all of them or some, in a year."""
    return [
        (year, label, sex, sum(int(str(r[3])) for r in PARTS if r[0] == year and r[2] == sex and (not departments or r[1] in departments)))
        for sex in ("Mujer", "Hombre")
    ]  # fmt: skip


TOTAL_ROWS = {
    "the country in the last year": [*PARTS, *sums("República de Guatemala", 2024)],
    "the country by its short name": [*PARTS, *sums("Guatemala", 2024)],
    "a total of all years": [*PARTS, *sums("TOTAL", 2022), *sums("TOTAL", 2023), *sums("TOTAL", 2024)],
    "a subtotal": [*PARTS, (2024, "Subtotal oriente", "Mujer", 61), (2024, "Subtotal oriente", "Hombre", 70)],
    "a word that nobody knows": [*PARTS, *sums("Todo el territorio", 2023)],
    "a region after its departments": [
        *PARTS[:14], *sums("Oriente", 2023, ("Petén", "Izabal")), *PARTS[14:24],
        *sums("Oriente", 2024, ("Petén", "Izabal")), *PARTS[24:],
    ],
    "a region before its departments": [
        *PARTS[:20], *sums("Norte", 2024, ("Petén", "Izabal", "Jalapa")), *PARTS[20:],
    ],
    "departments that do not stand together": [
        *PARTS, *(row for year in (2022, 2023, 2024) for row in sums("Fronterizos", year, ("Petén", "Jalapa", "Zacapa"))),
    ],
    "two cells of a total, and no more": [*PARTS, *sums("Nacional", 2023)],
    "one cell of a total": [*PARTS, sums("Consolidado", 2023)[0]],
    "a total in English": [*PARTS, *sums("Grand total", 2022)],
    "spaced letters": [*PARTS, *sums("T O T A L", 2024)],
}  # fmt: skip


@pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in TOTAL_ROWS.items()])
def test_a_total_in_a_column_that_is_added_up_holds_the_file(rows: list[Row], tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, SUMMED), csv(tmp_path, DEPARTMENTS, rows))
    assert (outcome.status, rules_of(outcome)) == ("held", {"total_among_summed"})


@pytest.mark.slow
def test_labels_that_are_added_up_cost_by_their_rows_and_not_by_their_square(tmp_path: Path) -> None:
    """A hundred tables of 120 labels: by all rows for each label of each table it took 25 s of the processor."""
    rows: list[Row] = [
        (year, f"Municipio {label}", sex, (label * 37 + year * 11 + place) % 83 + 1)
        for year in range(1970, 2020)
        for place, sex in enumerate(("Mujer", "Hombre"))
        for label in range(120)
    ]
    home, file = home_of(tmp_path, SUMMED), csv(tmp_path, DEPARTMENTS, rows)
    began = process_time()
    outcome = tried(home, file)
    assert process_time() - began < 12
    assert "total_among_summed" not in rules_of(outcome)


def changed(rows: list[Row], by: int) -> list[Row]:
    """The rows with another value."""
    return [(*row[:3], int(str(row[3])) + by) for row in rows]


HEAVY_ROWS = {
    "a total of an earlier state": [*PARTS, *changed(sums("Zona única", 2024), 1)],
    "a total, a part of which came later": [*PARTS[:-1], *sums("Concentrado", 2024)],
    "two regions that make the country": [
        *PARTS, *changed(sums("Norte", 2024, ("Petén", "Izabal")), 2), *changed(sums("Sur", 2024, ("Jalapa", "Sololá", "Zacapa")), -1),
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in HEAVY_ROWS.items()])
def test_a_heavy_label_of_the_newest_period_alone_holds_the_file(rows: list[Row], tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, SUMMED), csv(tmp_path, DEPARTMENTS, rows))
    assert (outcome.status, rules_of(outcome)) == ("held", {"heavy_new_label"})


NEW_OFFICE: list[Row] = [*PARTS, (2024, "Escuintla", "Mujer", 19), (2024, "Escuintla", "Hombre", 14)]
OWN_NAME: list[Row] = [(year, "Guatemala" if d == "Petén" else d, sex, n) for year, d, sex, n in PARTS]
LARGE: list[Row] = [*PARTS, *((year, "Escuintla", "Mujer", 90 + year % 7) for year in (2022, 2023, 2024))]


@pytest.mark.parametrize(
    "rows",
    [PARTS, OWN_NAME, LARGE, NEW_OFFICE],
    ids=["parts", "a capital's department", "a large one", "a new one"],
)
def test_parts_alone_are_accepted(rows: list[Row], tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, SUMMED), csv(tmp_path, DEPARTMENTS, rows))
    assert (outcome.status, outcome.all_findings) == ("accepted", [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "value", "is_heavy"),
    [("Varios", 95, True), ("Sin asignar", 190, True), ("Ambos mares", 120, True), ("Jutiapa", 9, False)],
)
def test_a_new_label_with_much_weight_holds_the_file(
    label: str, value: int, is_heavy: bool, tmp_path: Path
) -> None:
    home = home_of(tmp_path, SUMMED)
    before = csv(tmp_path, DEPARTMENTS, PARTS)
    accept(home, receive(home, before, COLLECTION, date(2025, 3, 1)))
    added: list[Row] = [(2024, label, sex, value + n) for n, sex in enumerate(("Mujer", "Hombre"))]
    outcome = tried(home, csv(tmp_path, DEPARTMENTS, [*PARTS, *added], "otro.csv"))
    assert ("heavy_new_label" in rules_of(outcome)) is is_heavy


# ---- titles, sheets, formats of cells ----------------------------------------------------------------

MONTHS = [
    "Enero",
    "Febrero",
    "Marzo",
    "Abril",
    "Mayo",
    "Junio",
    "Julio",
    "Agosto",
    "Septiembre",
    "Octubre",
    "Noviembre",
    "Diciembre",
]
WIDE = f"""{CARD_HEAD.replace('"A"', '"M"')}
[[format]]
name = "own"
file = {{ type = "xlsx", header_row = HEADER }}
key = ["sexo"]
wide = {{ pattern = '(?P<month>{"|".join(MONTHS)})' }}
[format.columns]
sexo = {{ role = "sex" }}
"año" = {{ role = "year", at = {{ PLACE = true, pattern = '\\d{{4}}' }} }}
"""
IN_TITLE = WIDE.replace("HEADER", "3").replace("PLACE", "above")
IN_SHEET = WIDE.replace("HEADER", "1").replace("PLACE", "sheet")
WOMEN, MEN = [9, 12, 10, 8, 14, 11, 13, 7, 15, 10, 9, 16], [4, 6, 3, 5, 2, 7, 4, 5, 3, 6, 4, 5]


def book(root: Path, sheets: dict[str, list[Row]], formats: dict[str, str] | None = None) -> Path:
    """A workbook; formats by cell, of the first sheet."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cell, code in (formats or {}).items():
        workbook.worksheets[0][cell].number_format = code
    workbook.save(root / "libro.xlsx")
    return root / "libro.xlsx"


def titled(title: str) -> dict[str, list[Row]]:
    """A sheet with a title above its table."""
    return {"Hoja1": [(title,), (None,), ("sexo", *MONTHS), ("Mujer", *WOMEN), ("Hombre", *MEN)]}


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Víctimas 2024", "accepted"),
        ("Víctimas 2024 (2024)", "accepted"),
        ("Víctimas 2023 y 2024", "rejected"),
        ("Informe 2025: víctimas de 2024", "rejected"),
        ("2024, actualizado el 3 de febrero de 2025", "rejected"),
        ("Año fiscal 2023-24", "rejected"),
        ("Víctimas 2023/24", "rejected"),
        ("Ciclo 2023 – 24", "rejected"),
        ("Del 01-01-2024 al 31-12-2024", "accepted"),
        ("Oficio 2024-17", "accepted"),
    ],
)
def test_two_years_in_a_title_are_an_error(title: str, status: str, tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, IN_TITLE), book(tmp_path, titled(title)))
    assert outcome.status == status
    assert ("nothing_at_place" in rules_of(outcome)) is (status == "rejected")


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("2023 (2)", True),
        ("2023_2", True),
        ("Copia de 2023", True),
        ("2023 bis", True),
        ("2023 v2", True),
        ("2023 duplicado", True),
        ("2023", False),
        ("Año 2023 corregido", False),
    ],
)
def test_a_copied_sheet_holds_the_file(name: str, is_copy: bool, tmp_path: Path) -> None:
    header = ("sexo", *MONTHS)
    other = [("Mujer", *[n + 1 for n in MEN]), ("Hombre", *[n - 1 for n in WOMEN])]
    rows = {"2024": [header, ("Mujer", *WOMEN), ("Hombre", *MEN)], name: [header, *other]}
    outcome = tried(home_of(tmp_path, IN_SHEET), book(tmp_path, rows))
    assert ("sheet_copied" in rules_of(outcome)) is is_copy
    assert outcome.status == ("held" if is_copy else "accepted")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "copies"),
    [
        (("2023", "2023-2"), ["2023-2"]),
        (("2023", "2023b"), ["2023b"]),
        (("Copia de 2023", "2023"), ["Copia de 2023"]),
        (("2023", "2023 copia"), ["2023 copia"]),
        (("2023", "2023 corregido"), ["2023 corregido"]),
        (("Año 2023", "año_2023.1"), ["año_2023.1"]),
        (("2023", " 2023."), [" 2023."]),
        (("2023 H", "2023 M"), []),
        (("2023-1", "2023-2"), []),
        (("Norte 2023", "Sur 2023"), []),
    ],
)
def test_two_sheets_of_one_year_hold_the_file(
    names: tuple[str, ...], copies: list[str], tmp_path: Path
) -> None:
    """The rows of both would be added up: the card adds up its offices."""
    header = ("sexo", "sede", *MONTHS)
    rows = {name: [header, ("Mujer", f"sede {n}", *WOMEN)] for n, name in enumerate(names)}
    card = IN_SHEET.replace('["sexo"]', '["sexo", "sede"]') + 'sede = { sum_over = "the office" }\n'
    outcome = tried(home_of(tmp_path, card), book(tmp_path, rows))
    assert [f.value for f in outcome.findings if f.rule == "sheet_copied"] == copies
    assert outcome.status == ("held" if copies else "accepted")


TABLE = ("reporting_country", "period", "sex", "value")
COUNTS: list[Row] = [
    TABLE,
    ("GTM", 2022, "F", 31),
    ("GTM", 2022, "M", 14),
    ("GTM", 2023, "F", 28),
    ("GTM", 2023, "M", 17),
]
FROM_BOOK = f"""{CARD_HEAD.replace('reporting_country = "GTM"', "")}
[[format]]
name = "own"
file = {{ type = "xlsx" }}
key = ["reporting_country", "period", "sex"]
[format.columns]
reporting_country = {{ role = "reporting_country" }}
period = {{ role = "period" }}
sex = {{ role = "sex" }}
value = {{ role = "value" }}
"""


@pytest.mark.parametrize(
    ("code", "is_telling"),
    [
        ("0%", True),
        ("0.0%", True),
        ('#,##0,"k"', True),
        ('0" mil"', True),
        ("#,##0,", True),
        ("0.000", True),
        ('"<"0', True),
        ('0"+"', True),
        ('0"0"', True),
        ('"~"#,##0', True),
        ('#,##0"*"', False),
        ('""', False),
        ("#,##0", False),
        ("0.00", False),
        ("#,##0;[Red]-#,##0", False),
        ("_-* #,##0_-;-* #,##0_-;_-* -_-", False),
    ],
)
def test_a_format_that_shows_another_number_holds_the_file(
    code: str, is_telling: bool, tmp_path: Path
) -> None:
    outcome = tried(home_of(tmp_path, FROM_BOOK), book(tmp_path, {"Hoja1": COUNTS}, {"D3": code}))
    assert ("number_format" in rules_of(outcome)) is is_telling
    assert outcome.status == ("held" if is_telling else "accepted")
    places = [(f.cell, f.value) for f in outcome.findings if f.rule == "number_format"]
    assert places == ([("D3", code)] if is_telling else [])


def test_formats_of_other_cells_do_not_matter(tmp_path: Path) -> None:
    file = book(tmp_path, {"Hoja1": COUNTS}, {"B2": "0.000", "F9": "0%", "A1": "0%"})
    assert tried(home_of(tmp_path, FROM_BOOK), file).all_findings == []


@pytest.mark.parametrize("formula", ["=SUM(D2:D3)", "=31+14", "=B2*2"])
def test_a_formula_without_its_result_says_to_open_and_save(formula: str, tmp_path: Path) -> None:
    file = book(tmp_path, {"Hoja1": [*COUNTS, ("GTM", 2024, "F", formula)]})
    outcome = tried(home_of(tmp_path, FROM_BOOK), file)
    [finding] = [f for f in outcome.findings if f.rule == "formula_without_result"]
    assert (finding.cell, outcome.rows["quarantined"]) == ("D6", 1)


# ---- what a cell shows: in every kind of workbook ---------------------------------------------------


def styled(root: Path, ending: str) -> Path:
    """A workbook of LibreOffice with a percentage, a unit, and a value that is struck through."""
    path = book(root, {"Hoja1": COUNTS}, {"D3": "0%", "D4": '0" mil"'})
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0]["D2"].font = Font(strike=True)
    workbook.save(path)
    return path if ending == "xlsx" else saved_as(path, ending)


def saved_as(path: Path, ending: str) -> Path:
    """The workbook as LibreOffice saves it."""
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [
        str(SOFFICE),
        profile,
        "--headless",
        "--convert-to",
        ending,
        "--outdir",
        str(path.parent),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    return path.with_suffix(f".{ending}")


@pytest.mark.parametrize(
    "ending",
    [
        "xlsx",
        *(
            pytest.param(
                ending, marks=[pytest.mark.slow, pytest.mark.skipif(SOFFICE is None, reason=MISSING)]
            )
            for ending in ("xls", "ods")
        ),
    ],
)
def test_formats_and_struck_values_are_seen_in_each_kind_of_workbook(ending: str, tmp_path: Path) -> None:
    home = home_of(tmp_path, FROM_BOOK.replace('"xlsx"', f'"{ending}"'))
    outcome = tried(home, styled(tmp_path, ending))
    seen = {(f.rule, f.cell, f.value) for f in outcome.findings}
    assert seen == {
        ("number_format", "D3", "0%"),
        ("number_format", "D4", '0" mil"'),
        ("struck_through", "D2", "1"),
    }
    assert outcome.status == "held"


@pytest.mark.parametrize(
    ("cells", "is_held"),
    [
        (["D2"], True),
        (["A3", "D3"], True),
        (["D2", "D3", "D4"], True),
        (["A2"], True),
        (["B3", "C3"], True),
        (["C5"], True),
        (["D1"], False),
        (["A1", "C1"], False),
        (["A8"], False),
        (["F9"], False),
    ],
)
def test_a_value_that_is_struck_through_holds_the_file(
    cells: list[str], is_held: bool, tmp_path: Path
) -> None:
    path = book(tmp_path, {"Hoja1": COUNTS})
    workbook = openpyxl.load_workbook(path)
    for cell in cells:
        workbook.worksheets[0][cell].font = Font(strike=True)
    workbook.worksheets[0]["F9"] = None
    workbook.save(path)
    outcome = tried(home_of(tmp_path, FROM_BOOK), path)
    assert ("struck_through" in rules_of(outcome)) is is_held
    assert outcome.status == ("held" if is_held else "accepted")


def with_result(root: Path, formula: str, result: int) -> Path:
    """A workbook with a formula and its stored result, as a spreadsheet saves it."""
    path = book(root, {"Hoja1": [*COUNTS, ("GTM", 2024, "F", formula)]})
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    wanted = f"<f>{formula[1:]}</f><v></v>".encode()
    assert wanted in parts[sheet] or wanted.replace(b"<v></v>", b"<v />") in parts[sheet]
    stored = f"<f>{formula[1:]}</f><v>{result}</v>".encode()
    parts[sheet] = parts[sheet].replace(wanted, stored).replace(wanted.replace(b"<v></v>", b"<v />"), stored)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("formula", "result", "is_stale"),
    [
        ("=SUM(D2:D3)", 95, True),
        ("=SUM($D$2:$D$5)", 0, True),
        ("=SUM(D2:D20)", 3, True),
        ("=SUM(D2:D3)", 45, False),
        ("=D2+D3", 95, False),  # only sums of a range are added up again
    ],
)
def test_a_sum_whose_result_is_stale_holds_the_file(
    formula: str, result: int, is_stale: bool, tmp_path: Path
) -> None:
    outcome = tried(home_of(tmp_path, FROM_BOOK), with_result(tmp_path, formula, result))
    assert ("stale_sum" in rules_of(outcome)) is is_stale
    assert outcome.status == ("held" if is_stale else "accepted")


# ---- notes beside figures ---------------------------------------------------------------------------

NOTES = {
    "acumulado enero–junio": "partial",
    "Cifra parcial": "partial",
    "hasta el 30 de septiembre": "partial",
    "first half": "partial",
    "Ene-Jun": "partial",
    "Datos preliminares": "provisional",
    "PROVISIONAL": "provisional",
    "to be confirmed": "provisional",
    "estimación propia": "estimated",
    "Aproximado": "estimated",
    "Estimates of the office": "estimated",
    "hasta 17 años": None,
    "incluye retornos": None,
    "Fuente: policía de marzo": None,
    "": None,
}


@pytest.mark.parametrize("header", ["Nota", "Note", "note"])
@pytest.mark.parametrize(("note", "flag"), NOTES.items())
def test_a_note_marks_the_figure_beside_it(note: str, flag: str | None, header: str, tmp_path: Path) -> None:
    home = home_of(tmp_path, CARD_HEAD)
    rows: list[Row] = [("GTM", 2023, 31, ""), ("GTM", 2024, 14, note)]
    file = csv(tmp_path, f"reporting_country,period,value,{header}", rows)
    submission = receive(home, file, COLLECTION, date(2025, 6, 30))
    outcome = process(home, submission)
    values = read_frame(home, submission.id, "observations").sort_values("period_start")
    assert values["flag"].fillna("").tolist() == ["", flag or ""]
    assert rules_of(outcome) == ({"note_limits_figure"} if flag == "partial" else set())
    assert outcome.status == "accepted"


# ---- letters of the sexes ----------------------------------------------------------------------------

BY_SEX = FROM_BOOK.replace('"xlsx"', '"csv"')
SEXED = "reporting_country,period,sex,value"
F_AND_M: list[Row] = [("GTM", y, s, n + y % 5) for y in (2019, 2020, 2021) for s, n in (("F", 31), ("M", 14))]


@pytest.mark.parametrize(
    ("rows", "waiting"),
    [
        ([*F_AND_M, ("GTM", 2022, "M", 33), ("GTM", 2022, "H", 15)], 2),
        (
            [
                *F_AND_M,
                ("GTM", 2022, "H", 15),
                ("GTM", 2022, "M", 33),
                ("GTM", 2023, "F", 32),
                ("GTM", 2023, "M", 16),
            ],
            2,
        ),
        ([*F_AND_M, *(("GTM", y, s, 20 + y % 7) for y in (2022, 2023) for s in "MH")], 4),
        ([("GTM", y, "M", 30 + y % 6) for y in range(2015, 2020)], 5),
    ],
    ids=["the newest year", "a year between", "two years", "one letter alone for years"],
)
def test_a_letter_that_may_be_either_sex_waits(rows: list[Row], waiting: int, tmp_path: Path) -> None:
    card = BY_SEX.replace('open"', 'open"\nquarantined_share = 1.0', 1)
    outcome = tried(home_of(tmp_path, card), csv(tmp_path, SEXED, rows))
    assert outcome.rows["quarantined"] == waiting
    assert "ambiguous_sex" in rules_of(outcome)


@pytest.mark.parametrize(
    "rows",
    [
        F_AND_M,
        [*F_AND_M, ("GTM", 2022, "M", 3)],
        [("GTM", 2021, "M", 3)],
        [("GTM", y, "Mujer", 30 + y % 6) for y in range(2015, 2020)],
    ],
    ids=["both", "a year of men only", "one row", "a word alone"],
)
def test_a_letter_with_one_meaning_is_read(rows: list[Row], tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, BY_SEX), csv(tmp_path, SEXED, rows))
    assert outcome.rows["quarantined"] == 0


# ---- a subtotal called "Otros" -----------------------------------------------------------------------

BY_ORIGIN = FROM_BOOK.replace('"xlsx"', '"csv"').replace(
    'sex = { role = "sex" }', 'sex = { role = "citizenship", codes = "any" }'
)


def origins(other: str, label: str = "Otros") -> list[Row]:
    """Two years by nationality; the second has the other ones."""
    rows: list[Row] = [
        ("GTM", 2022, code, n) for code, n in (("GTM", 24), ("HND", 17), ("NIC", 26), ("COL", 12))
    ]
    rows += [("GTM", 2023, code, n) for code, n in (("GTM", 26), ("HND", 16), ("NIC", 29), ("COL", 11))]
    return [*rows, ("GTM", 2023, label, other)]


@pytest.mark.parametrize("label", ["Otros", "Otras nacionalidades", "Other"])
def test_others_that_are_all_foreigners_hold_the_file(label: str, tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, BY_ORIGIN), csv(tmp_path, SEXED, origins("56", label)))
    assert (outcome.status, rules_of(outcome)) == ("held", {"other_equals_foreigners"})


@pytest.mark.parametrize("other", ["55", "7", "82"])
def test_others_that_are_others_are_accepted(other: str, tmp_path: Path) -> None:
    outcome = tried(home_of(tmp_path, BY_ORIGIN), csv(tmp_path, SEXED, origins(other)))
    assert "other_equals_foreigners" not in rules_of(outcome)


BY_SEX = FROM_BOOK.replace('"xlsx"', '"csv"')
BY_SEX_AND_AGE = (
    BY_SEX.replace('"period", "sex"]', '"period", "sex", "edad"]') + 'edad = { role = "age_group" }\n'
)
OTHER_SEX = {
    "women and men": ([("F", 31), ("M", 14), ("Otros", 45)], True),
    "women and men beside unknown": ([("F", 31), ("M", 14), ("Se desconoce", 6), ("Otro", 45)], True),
    "all others": ([("F", 31), ("M", 14), ("Se desconoce", 6), ("Otros", 51)], True),
    "one more": ([("F", 31), ("M", 14), ("Otros", 46)], False),
    "few": ([("F", 2), ("M", 1), ("Otros", 3)], False),
    "others": ([("F", 31), ("M", 14), ("Otros", 4)], False),
}


@pytest.mark.parametrize(
    ("counts", "is_sum"), [pytest.param(*case, id=name) for name, case in OTHER_SEX.items()]
)
def test_another_sex_that_is_all_sexes_holds_the_file(
    counts: list[tuple[str, int]], is_sum: bool, tmp_path: Path
) -> None:
    rows: list[Row] = [("GTM", 2023, sex, value) for sex, value in counts]
    outcome = tried(home_of(tmp_path, BY_SEX), csv(tmp_path, ",".join(TABLE), rows))
    assert ("other_equals_sexes" in rules_of(outcome)) is is_sum
    assert outcome.status == ("held" if is_sum else "accepted")


@pytest.mark.parametrize("is_sum", [True, False])
def test_another_sex_in_each_age_group_holds_the_file(is_sum: bool, tmp_path: Path) -> None:
    """Where one age group has other persons of another sex, the rest may equal by chance."""
    ages = {"Y0T17": (3, 2), "Y_GE18": (9, 8), "_U": (1, 1)}
    rows: list[Row] = []
    for age, (women, men) in ages.items():
        other = women + men + (0 if is_sum or age != "_U" else 1)
        rows += [("GTM", 2023, sex, n, age) for sex, n in (("F", women), ("M", men), ("Otros", other))]
    outcome = tried(home_of(tmp_path, BY_SEX_AND_AGE), csv(tmp_path, ",".join([*TABLE, "edad"]), rows))
    assert outcome.rows["quarantined"] == 0
    assert ("other_equals_sexes" in rules_of(outcome)) is is_sum


# ---- rows that wait ----------------------------------------------------------------------------------

WAITING: dict[str, tuple[Row, set[tuple[int, str]]]] = {
    "a negative row of a sum": ((2024, "Jalapa", "Mujer", -1), {(2024, "F")}),
    "a row whose number cannot be read": ((2023, "Jalapa", "Hombre", "doce"), {(2023, "M")}),
    "a row whose sex cannot be read": ((2022, "Jalapa", "x", 4), set()),
    "a row whose year cannot be read": (
        ("dos mil", "Jalapa", "Mujer", 4), {(y, s) for y in (2022, 2023, 2024) for s in "FM"},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("row", "flagged"), [pytest.param(*case, id=name) for name, case in WAITING.items()])
def test_a_row_that_waits_marks_its_value_in_core_current(
    row: Row, flagged: set[tuple[int, str]], tmp_path: Path
) -> None:
    home = home_of(tmp_path, SUMMED)
    rows = [r for r in PARTS if r[:3] != row[:3]]
    file = csv(tmp_path, DEPARTMENTS, [*rows, row])
    accept(home, receive(home, file, COLLECTION, date(2025, 3, 1)))
    release(home)
    with duckdb.connect(home.current, read_only=True) as db:
        marked = db.execute(
            "SELECT year(period_start), sex FROM core.current WHERE flag = 'rows_in_quarantine'"
        )
        assert set(marked.fetchall()) == flagged


# ---- misspelled names --------------------------------------------------------------------------------


def test_misspelled_names_that_were_read_are_listed(tmp_path: Path) -> None:
    rows: list[Row] = [("GTM", 2022, c, n) for n, c in enumerate(("Hondurs", "El Salvadr", "Nicaragua"), 12)]
    rows += [("GTM", 2023, "Hondurs", 15), ("GTM", 2023, "Venezuala", 7), ("GTM", 2023, "nicaragüense", 9)]
    outcome = tried(home_of(tmp_path, BY_ORIGIN), csv(tmp_path, SEXED, rows))
    listed = [(f.value, f.expected, f.cell) for f in outcome.findings if f.rule == "misspelling_read"]
    assert listed == [("Hondurs", "HND", "C2"), ("El Salvadr", "SLV", "C3"), ("Venezuala", "VEN", "C6")]
    assert outcome.status == "accepted"


@pytest.mark.parametrize(
    "text", ["Salvadr", "Salvadr El", "Hondurs*", "Hondurs (1)", "Hon durs", "Pánma", "Nicaraga 2/"]
)
def test_a_misspelled_name_is_listed_in_any_order_and_with_marks(tmp_path: Path, text: str) -> None:
    rows: list[Row] = [("GTM", 2022, text, 12), ("GTM", 2022, "COL", 14)]
    outcome = tried(home_of(tmp_path, BY_ORIGIN), csv(tmp_path, SEXED, rows))
    listed = [(f.value, f.cell) for f in outcome.findings if f.rule == "misspelling_read"]
    assert listed == [(text, "C2")]


# ---- both by the command of the steward --------------------------------------------------------------


SUBMITTED = {
    "misspelt names": (
        [("GTM", 2022, "Hondurs", 12), ("GTM", 2022, "Nicaragua", 14), ("GTM", 2023, "Hondurs", 15), ("GTM", 2023, "El Salvadr", 9)],
        {"“Hondurs” in “sex” was read as HND", "“El Salvadr” in “sex” was read as SLV"}, {("HND", None), ("NIC", None), ("SLV", None)},
    ),
    "a row waits": (
        [("GTM", 2022, "HND", 12), ("GTM", 2022, "NIC", 14), ("GTM", 2022, "SLV", 9), ("GTM", 2022, "HND ", "doce"), ("GTM", 2022, "COL", 20)],
        {"“doce” in “value” is not a number"}, {("HND", "rows_in_quarantine"), ("NIC", None), ("SLV", None), ("COL", None)},
    ),
    "both": (
        [("GTM", 2022, "Hondurs", 12), ("GTM", 2022, "Nicaragua", 14), ("GTM", 2022, "Hondurs", "1O"), ("GTM", 2022, "COL", 20), ("GTM", 2022, "SLV", 20)],
        {"“Hondurs” in “sex” was read as HND", "“1O” in “value” is not a number"}, {("HND", "rows_in_quarantine"), ("NIC", None), ("COL", None), ("SLV", None)},
    ),
}  # fmt: skip
ADDED_UP = BY_ORIGIN.replace(
    "[format.columns]", 'duplicates = [{ do = "sum", reason = "two offices" }]\n[format.columns]'
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "listed", "flags"), [pytest.param(*case, id=name) for name, case in SUBMITTED.items()]
)
def test_the_command_lists_misspelt_names_and_rows_that_wait_and_the_release_flags_them(
    rows: list[Row], listed: set[str], flags: set[tuple[str, str | None]], tmp_path: Path
) -> None:
    home = home_of(tmp_path, ADDED_UP)
    file = csv(tmp_path, SEXED, rows)
    options = ("-c", COLLECTION, "--received", "2025-03-01", "--lang", "en")
    confirmed = ("--confirm", "--office", "INM", "--reason", "known")
    result = run(home, "submit", str(file), *options, *confirmed)
    printed = " ".join(result.output.split())
    assert [sentence for sentence in listed if sentence not in printed] == []
    release(home)
    with duckdb.connect(home.current, read_only=True) as db:
        found = db.execute(
            "SELECT DISTINCT citizenship, flag FROM core.current WHERE breakdown = 'citizenship'"
        )
        assert set(found.fetchall()) == flags


# ---- blank cells -------------------------------------------------------------------------------------

OF_TEMPLATE = "reporting_country,period,sex,citizenship,value"
TEMPLATE_CARD = CARD_HEAD.replace('reporting_country = "GTM"\n', "")


def with_blank(*rows: tuple[str, str, int]) -> list[Row]:
    """Rows of a year: sex, nationality and value."""
    return [("GTM", 2024, *row) for row in rows]


BLANKS = {
    "nationality": (with_blank(("", "HND", 13), ("", "NIC", 16), ("", "", 54)), True),
    "nationality, fewer than the others": (with_blank(("", "HND", 33), ("", "NIC", 16), ("", "", 14)), True),
    "sex": (with_blank(("F", "", 43), ("", "", 19)), True),
    "sex by nationality": (
        with_blank(("F", "HND", 12), ("", "HND", 6), ("F", "NIC", 15), ("", "NIC", 10)),
        True,
    ),
    "nationality in the newest of ten years": (
        [
            *(("GTM", y, "", c, n + y % 4) for y in range(2015, 2025) for c, n in (("HND", 40), ("NIC", 20))),
            *with_blank(("", "", 99)),
        ],
        True,
    ),
    "sex in three of ten years": (
        [
            *(("GTM", y, s, "", n + y % 4) for y in range(2015, 2025) for s, n in (("F", 40), ("M", 20))),
            *(("GTM", y, "", "", 97 + y % 3) for y in (2016, 2019, 2023)),
        ],
        True,
    ),
    "a total": (with_blank(("", "HND", 13), ("", "NIC", 16), ("", "", 29)), False),
    "a total by sex": (
        with_blank(("F", "", 40), ("M", "", 14), ("", "HND", 13), ("", "NIC", 6), ("", "", 54)),
        False,
    ),
    "others are named": (with_blank(("", "HND", 13), ("", "NIC", 16), ("", "_U", 20), ("", "", 54)), False),
    "totals alone": (with_blank(("", "", 54)), False),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "is_asked"), [pytest.param(*case, id=name) for name, case in BLANKS.items()]
)
def test_a_blank_among_filled_rows_is_asked_until_the_card_answers(
    rows: list[Row], is_asked: bool, tmp_path: Path
) -> None:
    file = csv(tmp_path, OF_TEMPLATE, rows)
    header = "País que informa,Periodo,Sexo,Nacionalidad,Valor"
    named = csv(tmp_path, header, rows, "otro.csv")
    asked = rules_of(tried(home_of(tmp_path / "named", TEMPLATE_CARD), named))
    assert ("blank_among_filled" in asked) is is_asked
    for n, answer in enumerate(("", 'blank = "total"\n', 'blank = "unknown"\n')):
        home = home_of(tmp_path / str(n), TEMPLATE_CARD + answer)
        assert ("blank_among_filled" in rules_of(tried(home, file))) is (is_asked and not answer)


@pytest.mark.parametrize("word", ["Total", "TOTAL", "total"])
@pytest.mark.parametrize("role", ["sex", "citizenship"])
def test_the_template_reads_the_word_for_the_total(role: str, word: str, tmp_path: Path) -> None:
    home = home_of(tmp_path, TEMPLATE_CARD)
    rows = (
        with_blank(("F", "", 43), ("M", "", 19))
        if role == "sex"
        else with_blank(("", "HND", 13), ("", "NIC", 16))
    )
    said = (word, "", 70) if role == "sex" else ("", word, 70)
    submission = receive(
        home, csv(tmp_path, OF_TEMPLATE, [*rows, *with_blank(said)]), COLLECTION, date(2025, 3, 1)
    )
    assert rules_of(process(home, submission)) == set()
    values = read_frame(home, submission.id, "observations").set_index("value_low")
    assert (values.loc[70, role], values.loc[70, "breakdown"]) == ("_T", "total")


@pytest.mark.parametrize(
    ("answer", "expected"), [("", "_T"), ('blank = "total"', "_T"), ('blank = "unknown"', "_U")]
)
def test_the_card_says_what_a_blank_is(answer: str, expected: str, tmp_path: Path) -> None:
    home = home_of(tmp_path, f"{TEMPLATE_CARD}{answer}\n")
    submission = receive(
        home, csv(tmp_path, OF_TEMPLATE, BLANKS["nationality"][0]), COLLECTION, date(2025, 3, 1)
    )
    accept(home, submission)
    values = read_frame(home, submission.id, "observations").set_index("value_low")
    assert values.loc[54, "citizenship"] == expected
    assert (values.loc[54, "flag"] == "unclear_label") is (not answer)
