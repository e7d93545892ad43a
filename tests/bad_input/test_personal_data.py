"""Data of persons are not received: headers and values tell of them; nothing of the file is kept."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from assets.intake.privacy import personal_search
from assets.intake.privacy.guard import RefusedFile, refuse_if_personal
from assets.intake.processing import check
from assets.intake.reading import reading
from assets.intake.reading.sheets import Unreadable
from assets.intake.submission import receive
from schemas import personal_data
from schemas.findings import LANGUAGES
from schemas.personal_data import find_in_text
from tests.bad_input import build
from tests.bad_input.cases import PACKED, UNSEARCHED, WORKBOOK, Content
from tests.bad_input.cases import content as written
from tests.people.files import PNG, with_part
from warehouse.home import REFUSALS_FILE


def with_column(header: str, value: str) -> str:
    return build.file(*(f"{line},{value}" for line in build.LINES), header=f"{build.HEADER},{header}")


@pytest.mark.parametrize(
    "header",
    [
        "nombre", "Nombre completo", "nombre_victima", "Nombre de la víctima", "APELLIDO PATERNO", "firstName",
        "CURP", "Pasaporte", "No. de cédula", "Fecha de nacimiento", "date of birth", "Correo electrónico",
        "e-mail", "Teléfono de la madre", "Domicilio",
    ],
)  # fmt: skip
def test_a_header_that_tells_of_persons_is_seen(header: str) -> None:
    found = personal_data.classify_header(header)
    assert found is not None
    assert not found.is_about


@pytest.mark.parametrize(
    "header",
    [
        "nombre_estado", "Nombre del país", "nombre_municipio", "Country name", "País de nacimiento", "personas",
        "victimas", "número", "No.", "Dirección General", "Tipo de documento", "menores", "2020", "", "n", "t",
    ],
)  # fmt: skip
def test_a_header_that_names_a_place_or_a_thing_is_let_pass(header: str) -> None:
    found = personal_data.classify_header(header)
    assert found is None or found.is_about


@pytest.mark.parametrize(
    "value",
    [
        "AAAA800101HDFBBB09", "persona@ejemplo.org", "escriba a persona@ejemplo.org.mx", "+52 55 5555 0100",
        "(502) 5555-0100", "0801-1990-00000", "000-00-0000", "00000000-0", "001-010190-0000A",
    ],
)  # fmt: skip
def test_a_value_that_tells_of_a_person_is_seen(value: str) -> None:
    assert find_in_text(value)


@pytest.mark.parametrize(
    "value",
    [
        "1200-1500", "2020-01-01", "2020-Q1", "12-05-2020", "01/02/2020", "1.234.567", "+5", "0 a 17 años",
        "0-4", "Honduras", "Y0T17", "victims_detected", "50255512345", "2019-2020",
    ],
)  # fmt: skip
def test_a_value_that_counts_or_dates_is_let_pass(value: str) -> None:
    assert find_in_text(value) is None


FILES = [
    pytest.param(with_column("CURP", "x"), build.BASE, "datos.csv", ("CURP", "K1"), id="a header"),
    pytest.param(
        with_column("nota", "persona@ejemplo.org"), build.BASE, "d.csv", ("nota", "K2"), id="a value"
    ),
    pytest.param(
        with_column("CURP", "x").replace(",", ";"), build.BASE, "d.csv", ("CURP", "K1"), id="semicolons"
    ),
    pytest.param(
        with_column("Teléfono", "x").encode("utf-16"),
        build.BASE,
        "d.csv",
        ("Teléfono", "K1"),
        id="another encoding",
    ),
    pytest.param(
        build.workbook(others={"oculta": [["nombre", "apellido"], ["A", "B"]]}),
        WORKBOOK,
        "d.xlsx",
        ("nombre", "A1"),
        id="a sheet that no one reads",
    ),
    pytest.param(
        build.workbook(others={"x": [["CURP", "n"]]}),
        build.BASE,
        "d.csv",
        ("CURP", "A1"),
        id="another type of file",
    ),
]


@pytest.mark.parametrize(("content", "card", "name", "place"), FILES)
@pytest.mark.operator("5", "nothing kept")
def test_such_a_file_is_refused_and_only_rule_and_hash_are_kept(
    content: str | bytes, card: str, name: str, place: tuple[str, str], tmp_path: Path
) -> None:
    home = build.home(tmp_path / "home", card)
    path = build.write(tmp_path / "in", content, name)
    with pytest.raises(RefusedFile) as refused:
        receive(home, path, build.COLLECTION, build.RECEIVED)
    finding = refused.value.finding
    assert (finding.rule, finding.column_name, finding.cell, finding.value) == ("personal_data", *place, None)
    assert all(place[0] in finding.message(lang) for lang in LANGUAGES)
    kept = sorted(p.name for p in (home.raw / build.COLLECTION).iterdir())
    assert kept == ["format.toml", REFUSALS_FILE]
    told = json.loads((home.raw / build.COLLECTION / REFUSALS_FILE).read_text(encoding="utf-8"))
    assert len(told.pop("check")) == 16  # the line's own checksum
    assert {**told, "sha256": ""} == {
        "event": "refused",
        "on": "2022-03-31",
        "rule": "personal_data",
        "sha256": "",
    }


def test_trying_such_a_file_is_refused_too(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    with pytest.raises(RefusedFile):
        check(home, build.write(tmp_path / "in", with_column("CURP", "x")), build.COLLECTION, build.RECEIVED)
    assert not (home.raw / build.COLLECTION / REFUSALS_FILE).exists()


def test_officers_are_persons_too(tmp_path: Path) -> None:
    """Institution and function suffice: no collection may name who holds an office."""
    card = build.home(tmp_path / "home").card(build.COLLECTION)
    for column in ("Nombre", "Pasaporte", "Nombre del agente"):
        with pytest.raises(RefusedFile):
            refuse_if_personal(build.write(tmp_path / "in", with_column(column, "x"), "a.csv"), card)


def test_a_packed_file_is_looked_into(tmp_path: Path) -> None:
    import bz2

    home = build.home(tmp_path / "home", PACKED)
    content = bz2.compress(with_column("Apellidos", "x").encode())
    with pytest.raises(RefusedFile):
        receive(home, build.write(tmp_path / "in", content, "d.csv.bz2"), build.COLLECTION, build.RECEIVED)


ADDRESS = "persona@ejemplo.org"


def refused_at(folder: Path, content: str | bytes, name: str, card: str = build.BASE) -> tuple:
    """Column, row and cell that a refusal names."""
    file = build.write(folder / "in", content, name)
    with pytest.raises(RefusedFile) as refused:
        refuse_if_personal(file, build.home(folder / "home", card).card(build.COLLECTION))
    finding = refused.value.finding
    assert (finding.rule, finding.value) == ("personal_data", None)
    return finding.column_name, finding.source_row, finding.cell


BANNER = f"Datos de {ADDRESS},{ADDRESS}\n"
PLACES = {
    "in the banner alone": (BANNER + build.file(), ("pais", 1, "A1")),
    "in the banner and in a cell": ("Trata\n" + with_column("nota", ADDRESS), ("nota", 3, "K3")),
    "a header above the header": ("CURP,x\n" + build.file(), ("pais", 1, "A1")),
    "a second header far below": (build.file(*build.LINES * 5, "CURP,apellido"), ("pais", 27, "A27")),
    "a header in another encoding": (with_column("Teléfono", "x").encode("cp1252"), ("Teléfono", 1, "K1")),
}


@pytest.mark.parametrize(("content", "place"), PLACES.values(), ids=PLACES)
@pytest.mark.operator("5", "everywhere")
def test_every_row_is_asked_everything(content: str | bytes, place: tuple, tmp_path: Path) -> None:
    assert refused_at(tmp_path, content, "d.csv") == place


@pytest.mark.operator("5", "everywhere")
def test_an_address_above_the_header_hides_no_cell_below(tmp_path: Path) -> None:
    """One set for two questions let the same address pass in a cell once it stood above the header."""
    content = f"{ADDRESS}\n" + with_column("nota", ADDRESS)
    with_contact = build.card(
        ('kind = "counts"', f'kind = "counts"\noffice_contacts = ["{ADDRESS} (oficina)"]')
    )
    assert refused_at(tmp_path, content, "d.csv", with_contact) == ("pais", 1, "A1")
    above = content.replace(ADDRESS, f"{ADDRESS} (oficina)", 1)
    assert refused_at(tmp_path / "2", above, "d.csv", with_contact) == ("nota", 3, "K3")


def with_beside(change) -> bytes:
    """The good workbook with something beside its cells."""
    book = openpyxl.load_workbook(io.BytesIO(build.workbook()))
    change(book, book["datos"])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _property(book, sheet) -> None:
    book.properties.creator = ADDRESS


def _comment(book, sheet) -> None:
    sheet["B2"].comment = Comment(f"preguntar a {ADDRESS}", "oficina")


def _link(book, sheet) -> None:
    sheet["B2"].hyperlink = f"mailto:{ADDRESS}"


def _footer(book, sheet) -> None:
    sheet.oddFooter.left.text = ADDRESS


def _name(book, sheet) -> None:
    book.defined_names["contacto"] = DefinedName("contacto", attr_text=f'"{ADDRESS}"')


def _validation(book, sheet) -> None:
    sheet.add_data_validation(DataValidation(type="list", formula1=f'"{ADDRESS},b"', sqref="C2"))


def _sheet_name(book, sheet) -> None:
    sheet.title = "AAAA800101HDFBBB09"


@pytest.mark.parametrize("change", [_property, _comment, _link, _footer, _name, _validation, _sheet_name])
@pytest.mark.operator("5", "everywhere")
def test_the_texts_beside_the_cells_are_asked_too(change, tmp_path: Path) -> None:
    assert refused_at(tmp_path, with_beside(change), "d.xlsx", WORKBOOK)[1:] == (None, None)


@pytest.mark.parametrize("name", [f"{ADDRESS}.csv", "caso AAAA800101HDFBBB09.csv", "000-00-0000.csv"])
@pytest.mark.operator("5", "everywhere")
def test_the_name_of_the_file_is_asked_too(name: str, tmp_path: Path) -> None:
    place = refused_at(tmp_path, build.file(), name)
    assert place == ("nombre del archivo / file name", None, None)


def test_an_opendocument_s_note_is_asked_too(tmp_path: Path) -> None:
    note = f"<office:annotation><text:p>{ADDRESS[:7]}<text:span>{ADDRESS[7:]}</text:span></text:p></office:annotation>"
    spaces = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    content = build.zipped("content.xml", f"<office:document {spaces}>{note}</office:document>".encode())
    assert refused_at(tmp_path, content, "d.ods") == ("content.xml", None, None)


@pytest.mark.parametrize(("rule", "what", "name"), UNSEARCHED.values(), ids=UNSEARCHED)
@pytest.mark.operator("5", "not looked into")
def test_what_cannot_be_looked_into_is_not_kept(rule: str, what: Content, name: str, tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", WORKBOOK if name.endswith(".xlsx") else build.BASE)
    with pytest.raises(RefusedFile) as refused:
        receive(home, build.write(tmp_path / "in", written(what), name), build.COLLECTION, build.RECEIVED)
    assert refused.value.finding.rule == rule
    assert sorted(p.name for p in (home.raw / build.COLLECTION).iterdir()) == ["format.toml", REFUSALS_FILE]


def test_a_card_may_say_that_the_publisher_s_workbooks_bear_a_picture(tmp_path: Path) -> None:
    with_logo = with_part(build.workbook(), "xl/media/image1.png", PNG)
    told = WORKBOOK.replace('kind = "counts"', 'kind = "counts"\npictures = true', 1)
    file = build.write(tmp_path / "in", with_logo, "d.xlsx")
    refuse_if_personal(file, build.home(tmp_path / "1", told).card(build.COLLECTION))
    with pytest.raises(RefusedFile) as refused:
        refuse_if_personal(file, build.home(tmp_path / "2", WORKBOOK).card(build.COLLECTION))
    assert refused.value.finding.value == "xl/media/image1.png"


def test_a_refusal_repeats_no_name_that_stands_where_a_header_would(tmp_path: Path) -> None:
    """The first row of a list without a header is a person's."""
    column, row, cell = refused_at(tmp_path, "María López Pérez,15\nJosé Hernández Ruiz,17\n", "d.csv")
    assert (column, row, cell) == (None, 1, "A1")


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_cell_is_found_however_many_texts_a_sheet_has(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of few texts are asked together; the cell is still the right one."""
    header, *rows = ["a,b,c,d,e", *(",".join(f"{n}{letter}x" for letter in "abcde") for n in range(9))]
    cells = rows[6].split(",")
    cells[place] = "ana.lopez@example.org"
    rows[6] = ",".join(cells)
    path = build.write(tmp_path / "in", "\n".join([header, *rows]) + "\n")
    told = []
    for few in (personal_search.MATCHED_TOGETHER, 0):
        monkeypatch.setattr(personal_search, "MATCHED_TOGETHER", few)
        with pytest.raises(Unreadable) as found:
            personal_search.search(path, reading.read_for_inspection(path), [], personal_search.Permissions())
        told.append((found.value.finding.rule, found.value.finding.cell))
    assert told == [("personal_data", f"{'ABCDE'[place]}8")] * 2
