"""Honest files of twenty shapes, as offices and publishers send them: none raises an alarm.

An alarm is a refusal, a file that is not accepted as a whole, a finding or a question. Some files come after
an earlier one is in force.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assets.intake.processing import process
from assets.intake.submission import RefusedFile, receive
from schemas.cards.format_card import read_card
from schemas.cards.template import collection_template
from tests.conftest import SHARED
from tests.people.files import with_part
from tests.test_office_slips import CARD_HEAD
from tests.test_personal_data import picture, printer
from warehouse.home import CARD, CHECKOUT, Home
from warehouse.publication.template_files import write_workbook

COLLECTION = "DEMO/honest"
Rows = Sequence[Sequence[object]]
MONTHS = ["Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic"]


@dataclass(frozen=True)
class Honest:
    """A card's text, and the files in the order in which they arrive: name and bytes."""

    name: str
    card: str
    files: tuple[tuple[str, bytes], ...]


def head(country: str, frequency: str) -> str:
    """The collection of a card, of a country and a frequency."""
    return CARD_HEAD.replace('"GTM"', f'"{country}"').replace('frequency = "A"', f'frequency = "{frequency}"')


def card(country: str, frequency: str, form: str, **changes: str) -> str:
    """A card of a provider's own format."""
    text = f'{head(country, frequency)}[[format]]\nname = "own"\n{form}'
    for old, new in changes.items():
        text = text.replace(f'{old} = "full"', f'{old} = "{new}"')
    return text


def book(sheets: dict[str, Rows], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(workbook)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def text(rows: Rows, mark: str = ",", encoding: str = "utf-8") -> bytes:
    """A text file."""
    return "\r\n".join([*(mark.join(map(str, row)) for row in rows), ""]).encode(encoding)


def count(*place: int) -> int:
    """A number that looks like a count: no two periods are alike."""
    return 20 + (sum((n + 3) * value * value for n, value in enumerate(place, 2)) * 7) % 23


# ---- the files --------------------------------------------------------------------------------------


def sheets_of_years() -> Honest:
    form = (
        f'file = {{ type = "xlsx" }}\nkey = ["nacionalidad"]\nwide = {{ pattern = "(?P<month>{"|".join(MONTHS)})" }}\n[format.columns]\n'
        'nacionalidad = { role = "citizenship" }\n"año" = { role = "year", at = { sheet = true, pattern = "\\\\d{4}" } }\n'
    )
    sheets = {
        f"Año {year}": [
            ("nacionalidad", *MONTHS),
            *((c, *(count(year, m, n) for m in range(12))) for n, c in enumerate(("Cuba", "Haití", "Perú"))),
        ]
        for year in (2021, 2022, 2023)
    }
    return Honest("a sheet a year, months across", card("HND", "M", form), (("meses.xlsx", book(sheets)),))


def fiscal_years() -> Honest:
    form = (
        'file = { type = "xlsx" }\nkey = ["Fiscal year", "Sex"]\n[format.columns]\n'
        '"Fiscal year" = { role = "period" }\nSex = { role = "sex" }\nVictims = { role = "value" }\n'
    )
    rows = [
        ("Fiscal year", "Sex", "Victims"),
        *((y, s, count(y, n)) for y in range(2018, 2024) for n, s in enumerate(("Female", "Male"))),
    ]
    fiscal = card("USA", "A", form).replace(
        "[[format]]", 'period_basis = "fiscal"\nyear_starts = 10\n[[format]]'
    )
    return Honest("fiscal years", fiscal, (("fy.xlsx", book({"Table 1": rows})),))


def title_and_notes() -> Honest:
    form = (
        f'file = {{ type = "xlsx", header_row = 3, banner = ["Fuente", "Nota"] }}\nkey = ["sexo"]\nwide = {{ pattern = "(?P<month>{"|".join(MONTHS)})" }}\n'
        '[format.columns]\nsexo = { role = "sex" }\n"año" = { role = "year", at = { above = true, pattern = "\\\\d{4}" } }\n'
    )
    rows: list[tuple[object, ...]] = [("Víctimas identificadas, 2024",), (), ("sexo", *MONTHS)]
    rows += [(s, *(count(m, n) for m in range(12))) for n, s in enumerate(("Mujeres", "Hombres"))]
    rows += [("Fuente: registro de la fiscalía",), ("Nota: línea gratuita 800 911 2000",)]
    return Honest(
        "a title above, notes and a hotline below",
        card("PAN", "M", form),
        (("cuadro.xlsx", book({"Cuadro 4": rows})),),
    )


def merged_header() -> Honest:
    form = (
        'file = { type = "xlsx", header_rows = 2 }\nkey = ["país"]\nwide = { pattern = \'(?P<period>\\d{4}) / (?P<sex>\\w+)\' }\n'
        '[format.columns]\n"país" = { role = "citizenship" }\n'
    )
    rows = [("país", 2021, None, 2022, None, 2023, None), (None, *["Hombres", "Mujeres"] * 3)]
    rows += [(c, *(count(n, k) for k in range(6))) for n, c in enumerate(("Cuba", "Haití", "Ecuador"))]

    def merge(workbook: Any) -> None:
        for cells in ("A1:A2", "B1:C1", "D1:E1", "F1:G1"):
            workbook.worksheets[0].merge_cells(cells)

    return Honest(
        "a merged header of two levels",
        card("CRI", "A", form),
        (("doble.xlsx", book({"Hoja1": rows}, merge)),),
    )


DISTRICTS = ("José Leonardo Ortiz", "Benito Juárez", "Santa Rosa", "General Viejo", "San Marcos")


def districts() -> Honest:
    form = (
        'file = { type = "xlsx" }\nkey = ["año", "distrito", "sexo"]\n[format.columns]\n"año" = { role = "period" }\n'
        'distrito = { sum_over = "the district" }\nsexo = { role = "sex" }\nn = { role = "value" }\n'
    )
    rows = [("año", "distrito", "sexo", "n")]
    rows += [
        (y, d, s, count(y, n, k))
        for y in (2021, 2022, 2023)
        for n, d in enumerate(DISTRICTS)
        for k, s in enumerate(("Mujer", "Hombre"))
    ]
    return Honest(
        "districts with names of persons, added up",
        card("MEX", "A", form),
        (("distritos.xlsx", book({"datos": rows})),),
    )


def office_workbook() -> Honest:
    form = (
        'file = { type = "xlsx" }\nkey = ["año", "nac"]\n[format.columns]\n"año" = { role = "period" }\n'
        'nac = { role = "citizenship", codes = "any" }\nTotal = { role = "value" }\n'
    )
    rows = [
        ("año", "nac", "Total"),
        *(
            (y, c, count(y, n))
            for y in range(2019, 2024)
            for n, c in enumerate(("Nicaragua", "Colombia", "Otros", "Se desconoce"))
        ),
    ]

    def dress(workbook: Any) -> None:
        sheet = workbook.worksheets[0]
        sheet.oddFooter.center.text = "Página &P de &N"
        sheet["C2"].number_format = "#,##0"
        sheet["C3"].number_format = '#,##0"*"'
        sheet.freeze_panes = "A2"

    content = with_part(
        book({"Hoja1": rows}, dress),
        "xl/printerSettings/printerSettings1.bin",
        printer("HP LaserJet 400 M401n"),
    )
    content = with_part(content, "docProps/thumbnail.png", picture(200))
    return Honest("printer, footer, thumbnail, formats", card("CRI", "A", form), (("oficina.xlsx", content),))


def labelled_workbook() -> Honest:
    from openpyxl.packaging.custom import StringProperty

    form = 'file = { type = "xlsx" }\nkey = ["periodo"]\n[format.columns]\nperiodo = { role = "period" }\nvictimas = { role = "value" }\n'
    rows = [
        ("periodo", "victimas"),
        *((f"{y}-T{q}", count(y, q)) for y in (2022, 2023) for q in (1, 2, 3, 4)),
    ]

    def label(workbook: Any) -> None:
        name = "MSIP_Label_defa4170-0d19-0005-0004-bc88714345d2_SiteId"
        workbook.custom_doc_props.append(
            StringProperty(name=name, value="b9f2c1d0-1111-4222-8333-944455556666")
        )

    return Honest(
        "a sensitivity label", card("GTM", "Q", form), (("etiqueta.xlsx", book({"T": rows}, label)),)
    )


def semicolons() -> Honest:
    form = (
        'file = { type = "csv", delimiter = ";", encoding = "cp1252" }\nkey = ["mes", "nacionalidad"]\n[format.columns]\n'
        'mes = { role = "period", dates = ["MONTH-YY"] }\nnacionalidad = { role = "citizenship" }\npersonas = { role = "value" }\n'
    )
    rows = [("mes", "nacionalidad", "personas")]
    rows += [
        (f"{MONTHS[m - 1].lower()}-24", c, count(m, n))
        for m in range(1, 13)
        for n, c in enumerate(("Haití", "Perú", "República Dominicana"))
    ]
    return Honest(
        "semicolons in Windows' encoding", card("PAN", "M", form), (("datos.csv", text(rows, ";", "cp1252")),)
    )


def declared_totals() -> Honest:
    form = (
        'file = { type = "csv" }\nkey = ["año", "nac"]\ntotals = [{ over = "nac", where = { nac = "TOTAL" }, reason = "the sheet adds them up" }]\n[format.columns]\n'
        '"año" = { role = "period" }\nnac = { role = "citizenship" }\nn = { role = "value" }\n'
    )
    rows: list[tuple[object, ...]] = [("año", "nac", "n")]
    for year in range(2019, 2024):
        parts = [(year, c, count(year, n)) for n, c in enumerate(("Honduras", "Nicaragua", "Cuba"))]
        rows += [*parts, (year, "TOTAL", sum(n for *_, n in parts))]
    return Honest(
        "rows of totals that the card names", card("SLV", "A", form), (("totales.csv", text(rows)),)
    )


def quarters() -> Honest:
    form = 'file = { type = "csv" }\nkey = ["periodo", "sexo"]\n[format.columns]\nperiodo = { role = "period" }\nsexo = { role = "sex" }\nn = { role = "value" }\n'

    def rows(*periods: str) -> bytes:
        return text(
            [
                ("periodo", "sexo", "n"),
                *(
                    (p, s, count(int(p[3]), int(p[-1]), n))
                    for p in periods
                    for n, s in enumerate(("Mujer", "Hombre"))
                ),
            ]
        )

    first = [f"{y}-T{q}" for y in (2022, 2023) for q in (1, 2, 3, 4)]
    files = ("t1.csv", rows(*first)), ("t2.csv", rows("2024-T1")), ("t3.csv", rows("2024-T2"))
    return Honest("a quarter after another", card("NIC", "Q", form, delivery="by_period"), files)


def small_numbers() -> Honest:
    form = (
        'file = { type = "csv" }\nkey = ["año", "sexo"]\nvalues = { intervals = { "<5" = [1, 4] } }\n[format.columns]\n'
        '"año" = { role = "period" }\nsexo = { role = "sex" }\nn = { role = "value" }\n'
    )
    values = {2020: ("12", "<5"), 2021: ("9", "6"), 2022: ("14", "<5"), 2023: ("11", "5")}
    rows = [
        ("año", "sexo", "n"),
        *((y, s, v) for y, both in values.items() for s, v in zip(("Mujer", "Hombre"), both, strict=True)),
    ]
    return Honest("few persons, some hidden", card("BLZ", "A", form), (("pocos.csv", text(rows)),))


def opendocument() -> Honest:
    form = 'file = { type = "ods" }\nkey = ["año"]\n[format.columns]\n"año" = { role = "period" }\nn = { role = "value" }\n'
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="{}"{}><text:p>{}</text:p></table:table-cell>'
    head = "".join(cell.format("string", "", name) for name in ("año", "n"))
    rows = [f"<table:table-row>{head}</table:table-row>"]
    for year in range(2018, 2024):
        numbers = "".join(cell.format("float", f' office:value="{n}"', n) for n in (year, count(year)))
        rows.append(f"<table:table-row>{numbers}</table:table-row>")
    sheet = f'<table:table table:name="Hoja1">{"".join(rows)}</table:table>'
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body></office:document-content>'
    entry = '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    manifest = f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest {space}>{entry}</manifest:manifest>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("Thumbnails/thumbnail.png", picture(256))
    return Honest(
        "OpenDocument with its thumbnail", card("HND", "A", form), (("libro.ods", packed.getvalue()),)
    )


def filled_template(tmp: Path) -> Honest:
    own = head("DOM", "A")
    path = tmp / "card.toml"
    path.write_text(own, encoding="utf-8")
    template = collection_template(COLLECTION, read_card(path), "es")
    packed = io.BytesIO()
    write_workbook(template, packed, "es")
    workbook = openpyxl.load_workbook(packed)
    sheet = workbook[template.sheets.fill]
    positions = {field.role: n for n, field in enumerate(template.fields, 1)}
    rows = [(y, s, count(y, n)) for y in range(2019, 2024) for n, s in enumerate(("Mujer", "Hombre"))]
    for row, (year, sex, value) in enumerate(rows, 2):
        for role, entry in (("period", str(year)), ("sex", sex), ("value", value)):
            sheet.cell(row, positions[role]).value = entry
    filled = io.BytesIO()
    workbook.save(filled)
    return Honest("the template, filled", own, (("plantilla.xlsx", filled.getvalue()),))


SHIPPED = (
    "CAN-STATCAN/35100177",
    "CAN-STATCAN/sdg_16_2_2",
    "CORETT/smuggled",
    "GTM-IGM/returns",
    "HND-INM/sex_age",
    "MEX-UPMRIP/sex_age",
    "USA-DHS/table61",
    "USA-OVC/clients",
)
"""Submissions of publishers that are kept with the project."""
OF_PUBLISHERS = {
    "MEX-UPMRIP/nationality": "mex_upmrip_nationality_2025-06-04.csv",
    "USA-DHS/table50": "usa_dhs_table50_convictions_1992-2004.xls",
}
"""Publishers' own files."""


def shipped(collection: str) -> Honest:
    folder = CHECKOUT / "raw" / collection
    [file] = [path for path in folder.glob("*/*") if path.suffix != ".jsonl"]
    return Honest(collection, (folder / CARD).read_text(encoding="utf-8"), ((file.name, file.read_bytes()),))


def alarms(honest: Honest, root: Path) -> list[str]:
    """Return what is said of the files: each status but accepted, each finding, each question."""
    home = Home(root / "home")
    (home.raw / COLLECTION).mkdir(parents=True)
    (home.raw / COLLECTION / CARD).write_text(honest.card, encoding="utf-8")
    said: list[str] = []
    for n, (name, content) in enumerate(honest.files):
        path = root / name
        path.write_bytes(content)
        try:
            outcome = process(home, receive(home, path, COLLECTION, date(2026, 3, 1 + n)))
        except RefusedFile as refused:
            said += [f"{honest.name}: {refused}"]
            continue
        said += [
            f"{honest.name}: {finding.rule} {finding.cell or finding.column_name}"
            for finding in outcome.all_findings
        ]
        said += [] if outcome.is_clean else [f"{honest.name}: {outcome.conclusion}"]
        said += [f"{honest.name}: a question"] * len(outcome.admission.questions)
    return said


def check_all(files: Sequence[Honest], root: Path) -> None:
    """Print the number of alarms, of which there must be none."""
    said = []
    for n, honest in enumerate(files):
        (root / str(n)).mkdir()
        said += alarms(honest, root / str(n))
    print(f"alarms in {len(files)} honest files: {len(said)}")
    assert said == []


HAND_MADE = (
    sheets_of_years,
    fiscal_years,
    title_and_notes,
    merged_header,
    districts,
    office_workbook,
    labelled_workbook,
    semicolons,
    declared_totals,
    quarters,
    small_numbers,
    opendocument,
)


@pytest.mark.slow
def test_twenty_honest_files_raise_no_alarm(tmp_path: Path) -> None:
    files = [*(make() for make in HAND_MADE), filled_template(tmp_path), *map(shipped, SHIPPED)]
    assert len({honest.name for honest in files}) >= 20
    check_all(files, tmp_path)


@pytest.mark.shared
@pytest.mark.slow
def test_publishers_own_files_raise_no_alarm(tmp_path: Path) -> None:
    folder = CHECKOUT / "raw"
    files = [
        Honest(
            name,
            (folder / name / CARD).read_text(encoding="utf-8"),
            ((file, (SHARED / "data" / file).read_bytes()),),
        )
        for name, file in OF_PUBLISHERS.items()
    ]
    check_all(files, tmp_path)
