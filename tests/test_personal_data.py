"""Personal data, by the corpus of tests/people: what is caught and what is let pass; the guard's own phrases under counts."""

from __future__ import annotations

import base64
import io
import zipfile
from hashlib import sha256
from pathlib import Path

import pycountry
import pytest

from assets.intake.privacy.guard import RefusedFile, refuse_if_personal
from schemas.findings import Finding, workbook_parts
from schemas.personal_data import (
    classify_header,
    find_coordinates,
    find_in_column,
    find_in_text,
    find_names,
    find_short_names,
    judging,
)
from schemas.personal_data.values import by_chance, sure
from schemas.personal_data.words import read
from schemas.words import say
from tests.bad_input import build
from tests.operator.personal_data import card_of, fates, floors
from tests.people.files import HALVES, OFFICES, Line, file_of, lines, with_part


@pytest.mark.operator("5", "corpus")
def test_the_corpus_is_as_large_as_was_asked_and_parted_by_kind() -> None:
    every = [line for half in HALVES for line in lines(half)]
    assert sum(line.must_refuse for line in every) >= 150
    assert sum(not line.must_refuse for line in every) >= 100
    known, held_out = ({line.kind for line in lines(half)} for half in HALVES)
    assert not known & held_out
    assert {line.language for line in every} == {"es", "en", "fr"}


@pytest.mark.slow
@pytest.mark.parametrize("half", [*HALVES, *OFFICES])
@pytest.mark.operator("5", "measured")
@pytest.mark.operator("5", "office contacts")
def test_personal_data_are_caught_and_harmless_tables_are_let_pass(half: str) -> None:
    told = fates(half)
    ways, harmless = ([o.is_right for o in told if o.line.must_refuse is must] for must in (True, False))
    least, most_alarms = floors(half)
    assert sum(ways) >= least * len(ways)
    assert len(harmless) - sum(harmless) <= most_alarms * len(harmless)
    if half == "known":
        assert [one.line for one in told if not one.is_right] == []


PHRASES = dict.fromkeys(
    phrase
    for told in read("words")["kinds"].values()
    if told.get("counted")
    for phrase in (*told["headers"], *told["wherever"])
)
HARMLESS = {
    "as columns of counts": [
        ["año", *PHRASES],
        *([year, *["12"] * len(PHRASES)] for year in ("2020", "2021")),
    ],
    "as labels": [["Medio", "víctimas"], *([phrase, "12"] for phrase in PHRASES)],
    "in a list of codes": [["código", "nombre"], *([f"C{n}", phrase] for n, phrase in enumerate(PHRASES))],
    "as the code of a country, of whose nationals it tells": [
        ["reporting_country", "period", "citizenship", "value"],
        *(["DOM", "2023", citizenship, "12"] for citizenship in ("", "HND", "DOM", "VEN")),
    ],
    "as questions": [
        [f"¿Tiene {phrase}?" for phrase in PHRASES],
        ["Sí"] * len(PHRASES),
        ["No"] * len(PHRASES),
    ],
    "as types": [
        [f"Tipo de {phrase}" for phrase in PHRASES],
        ["Nuevo"] * len(PHRASES),
        ["Vencido"] * len(PHRASES),
    ],
    "as whether there is one": [
        [f"Con {phrase}" for phrase in PHRASES],
        ["120"] * len(PHRASES),
        ["1.400"] * len(PHRASES),
    ],
}


@pytest.mark.parametrize("rows", HARMLESS.values(), ids=HARMLESS)
def test_what_counts_such_data_or_tells_kinds_of_them_is_let_pass(
    rows: list[list[str]], tmp_path: Path
) -> None:
    """The guard's own phrases, where they tell of no person. Raises RefusedFile if one does."""
    text = "\n".join(",".join(row) for row in rows) + "\n"
    refuse_if_personal(build.write(tmp_path, text), card_of(Line("", False, "table", "es", "", "")))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # DPI: 1·2+0·3+…+1·9 = 11, rest 0; department 01, municipality 01
        (["1000000100101"] * 2, True),
        (["1000000110101"] * 2, False),  # the check is 0, not 1
        (["1000000102301"] * 2, False),  # there are 22 departments
        (["0801199000000"] * 2, True),  # Honduras: department 08, municipality 01, year 1990
        (["1901199000000"] * 2, False),  # there are 18
        (["00100000009", "00100000017"], True),  # Dominican Republic, by python-stdnum
        (["00100000009"], False),  # one in ten numbers passes by chance: one is too few
    ],
)
def test_numbers_that_chance_may_bring_about_need_half_a_column(text: list[str], holds: bool) -> None:
    assert bool(find_in_column("codigo", text)) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # DUI: 9·0+8·1+7·0+…+2·1 = 10, the check is 0
        ("01000001-0", True),
        ("01000001-1", False),
        ("20240101-1", False),
        # NIC: the letter at place 0010101900001 mod 23 = 12 of ABCDEFGHJKLMNPQRSTUVWXY
        ("0010101900001N", True),
        ("0010101900001A", False),
        ("8-123-456", True),
        ("8-12-2020", False),
        ("+1234567", False),
        ("+502 5555 0100", True),
        ("SSB 000123456", True),  # Belize: of its number no check is known, the board's name leads to it
        ("000123456", False),
    ],
)
@pytest.mark.operator("5", "own checks")
def test_our_own_checks_tell_numbers_from_dates_and_codes(text: str, holds: bool) -> None:
    assert bool(find_in_text(text)) is holds


def test_every_shape_and_every_kind_is_of_use() -> None:
    kinds = read("words")["kinds"]
    assert {shape.kind for shape in (*sure(), *by_chance())} <= set(kinds)
    for kind, told in kinds.items():
        for phrase in told["wherever"]:
            assert classify_header(phrase) is not None, (kind, phrase)


def test_no_country_s_name_is_a_person_s() -> None:
    lines_ = (Path(__file__).parents[1] / "schemas" / "countries" / "countries.csv").read_text(
        encoding="utf-8"
    )
    assert [line for line in lines_.splitlines() if find_names(line) or find_in_text(line)] == []


def test_the_second_corpus_is_parted_by_a_hash_of_the_kind() -> None:
    every = [line for half in OFFICES for line in lines(half)]
    assert sum(line.must_refuse for line in every) >= 100
    assert sum(not line.must_refuse for line in every) >= 60
    for number, half in enumerate(OFFICES):
        for line in lines(half):
            digest = sha256(f"lineabase offices 2026-11-30:{line.kind}".encode()).hexdigest()
            assert int(digest, 16) % 2 == 1 - number, line.kind


@pytest.mark.parametrize(
    ("header", "texts", "holds"),
    [
        # two words, of which few are in a list: the column is the evidence
        ("ref", ["Yolanda Xol", "Quintina Ramach", "Bartolo Tujab", "Otilia Cacao"], True),
        ("ref", ["bertha alvarenga", "oneyda cruzado", "fausto melghem"], True),
        ("ref", ["Woodley Charlot", "Rosenie Vilfort", "Kervens Altidor", "Yolette Jean-Charles"], True),
        # one text is none
        ("ref", ["Yolanda Xol", "bar", "hotel", "calle"], False),
        ("ref", ["Agua Blanca", "Ojo de Agua", "Las Pilas", "El Tumbador"], False),
        ("ref", ["Casa Hogar", "Trabajo social", "Atención médica", "Orientación legal"], False),
        # places are named after persons
        ("distrito", ["José Leonardo Ortiz", "Chongoyape", "Eten", "Lagunas"], False),
        ("municipio", ["Juan Rodríguez Clara", "José Azueta", "Ángel R. Cabada"], False),
        (
            "municipio",
            [f"{a} {b} Pérez" for a in ("Ana", "Luis", "Rosa") for b in ("Cruz", "López", "Díaz")],
            True,
        ),
        # days: of births, of events, of periods
        ("dato", ["12/03/2009", "05/11/1988", "30/07/2011", "18/01/1987"], True),
        ("dato", ["2009-03-12", "1971-11-05", "2011-07-30"], True),
        ("fecha de rescate", ["12/03/2009", "05/11/1988", "30/07/2011", "18/01/1987"], False),
        ("t", [f"{year}-{month:02}-01" for year in range(1990, 2020) for month in range(1, 13)], False),
        ("dato", ["12/03/2024", "05/11/2023", "30/07/2024", "18/01/2024"], False),
    ],
)
def test_many_cells_of_a_column_are_evidence_and_one_is_not(
    header: str, texts: list[str], holds: bool
) -> None:
    assert bool(find_in_column(header, texts)) is holds


def test_a_region_of_a_gazetteer_is_no_person_in_a_column_that_the_card_calls_places() -> None:
    names = [
        "Ana Cruz Pérez",
        *(f"{a} López Díaz" for a in ("Luis", "Rosa", "Juan", "María", "Pedro", "Carlos", "Eva")),
    ]
    assert find_in_column("x", names[:3])
    assert not find_in_column("x", names[:3], has_places=True)
    assert find_in_column("x", names, has_places=True)
    regions = [division.name for division in pycountry.subdivisions.get(country_code="HN")]
    assert not find_in_column("x", regions, has_places=True)


@pytest.mark.parametrize(
    "code", ["BZ", "CA", "CR", "DO", "GT", "HN", "MX", "NI", "PA", "SV", "US", "PE", "BR", "HT"]
)
def test_the_regions_of_a_country_are_no_persons_under_any_header(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "gazetteer", frozenset)  # as of places that are in no list
    assert not find_in_column("dato", [one.name for one in pycountry.subdivisions.get(country_code=code)])


def test_degrees_north_and_west_are_coordinates_and_rates_are_not() -> None:
    north, west = ["14.0818", "15.7697"], ["-87.2068", "-86.7919"]
    assert find_coordinates([["a", "b"], north, west]) == 2
    assert find_coordinates([north, north]) is None
    assert find_coordinates([north, ["-0.2068", "-3.7919"]]) is None
    assert find_coordinates([["14.1", "15.8"], ["-87.2", "-86.8"]]) is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Rosenda Tujab.xlsx", False),  # in no list
        ("Ramiro Canul.xlsx", True),
        ("caso_ramiro_canul_2023.csv", True),
        ("Benito Juárez 2023.csv", False),
        ("Francisco Morazán.ods", False),
        ("municipio Lázaro Cárdenas.csv", False),
    ],
)
def test_a_name_of_two_words_is_found_in_the_name_of_a_file(text: str, holds: bool) -> None:
    assert bool(find_short_names(text)) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("línea gratuita 800 911 2000", False),
        ("Hotline 1-888-373-7888", False),
        ("ella contesta al 9955-1122", True),
        ("avisar al 5544 3322", True),
        ("DUI \uff10\uff11\uff10\uff10\uff10\uff10\uff10\uff11-\uff10", True),
        ("pasaporte C\u200b0123\u200b4567", True),
        ("en 15.7697, -86.7919 junto al muelle", True),
        ("https://maps.app.goo.gl/AbCdEf", True),
        ("a 769C3PMX+9F", True),
    ],
)
def test_telephones_coordinates_and_disguised_digits_in_texts(text: str, holds: bool) -> None:
    assert bool(find_in_text(text)) is holds


PARTS = {
    "external_link": "links",
    "thumbnail:jpeg": "thumbnail",
    "part:xl/vbaProject.bin": "macros",
    "number_format": "formats",
    "formula": "sheet",
    "footer": "sheet",
    "zip_comment": "other",
    "property:title": "properties",
    "custom_property": "properties",
    "comment": "comments",
    "defined_name": "names",
    "sheet_name": "names",
    "part:customXml/a.json": "custom_xml",
    "part:xl/connections.xml": "custom_xml",
    "pivot": "pivot",
}
_TEXTS = {
    "formula": '="Ana Cruz Pérez"',
    "number_format": '0" Ana Cruz Pérez"',
    "footer": "&C&8Ana Cruz Pérez",
}


@pytest.mark.parametrize(("place", "part"), PARTS.items())
def test_a_part_that_nobody_reads_is_refused_with_the_way_to_clear_it(
    place: str, part: str, tmp_path: Path
) -> None:
    where = "part:xl/pivotCache/pivotCacheRecords1.xml" if place == "pivot" else place
    text = "<r>Ana Cruz Pérez</r>" if place == "pivot" else _TEXTS.get(place, "Ana Cruz Pérez")
    line = Line("", True, where, "es", "", text)
    with pytest.raises(RefusedFile) as refusal:
        refuse_if_personal(build.write(tmp_path, *reversed(file_of(line))), card_of(line))
    for lang in ("es", "en"):
        assert refusal.value.finding.message(lang).endswith(say(f"workbook_part.{part}", lang))


def test_a_sensitivity_label_and_the_codes_of_a_footer_are_no_personal_data(tmp_path: Path) -> None:
    for n, line in enumerate(
        (
            Line(
                "",
                False,
                "custom_label",
                "es",
                f"MSIP_Label_{'a' * 8}-{'b' * 27}_Owner",
                "ana@oficina.gob.hn",
            ),
            Line("", False, "footer", "es", "", '&"Arial,Bold"&10&P de &N'),
            Line("", False, "number_format", "es", "", '#,##0" personas"'),
            Line("", False, "formula", "es", "", '=COUNTIF(A2:A5,"Honduras")'),
        )
    ):
        refuse_if_personal(build.write(tmp_path / str(n), *reversed(file_of(line))), card_of(line))


def picture(side: int, texts: bytes = b"") -> bytes:
    """The beginning of a PNG of this height and width, as far as anybody looks."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + side.to_bytes(4, "big") * 2 + texts + bytes(40)


def printer(name: str, form: str = "Carta") -> bytes:
    """Settings of a printer as Excel keeps them: texts of two bytes a letter among numbers."""
    device = name[:31].encode("utf-16-le").ljust(64, b"\x00")
    fields = bytes([1, 4, 0, 0, 220, 0, 64, 3, 3, 255, 0, 0, 1, 0, 1, 0, 234, 10, 111, 8, 100, 0])
    return (
        device
        + fields
        + bytes(16)
        + form.encode("utf-16-le").ljust(64, b"\x00")
        + b"SMTJ\x00InputSlot\x00FormSource\x00"
    )


def mashup(formula: str, settings: str = "", encoding: str = "utf-16") -> bytes:
    """A query of Power Query as Excel keeps it: an archive with its formulas, and settings, in base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Formulas/Section1.m", f"section Section1;\nshared Consulta = {formula};")
    parts = [packed.getvalue(), f"<Settings>{settings}</Settings>".encode()]
    content = bytes(4) + b"".join(len(part).to_bytes(4, "little") + part for part in parts)
    text = base64.b64encode(content).decode()
    namespace = "http://schemas.microsoft.com/DataMashup"
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{head}<DataMashup xmlns="{namespace}">{text}</DataMashup>'.encode(encoding)


SEARCHED_PARTS = {
    "a query of a table": ("customXml/item2.xml", mashup('Excel.CurrentWorkbook(){[Name="Tabla1"]}[Content]'), None),
    "a query with a person": ("customXml/item2.xml", mashup('Table.SelectRows(Origen, each [nombre] = "Ana Cruz Pérez")'), "personal_data"),
    "a query with an address": ("customXml/item3.xml", mashup('Web.Contents("https://x.org/?de=ana.cruz@correo.com")'), "personal_data"),
    "settings of a query with a person": ("customXml/item2.xml", mashup("1", "Ana Cruz Pérez", "utf-8"), "personal_data"),
    "a query that cannot be unpacked": ("customXml/item2.xml", b"<DataMashup>" + base64.b64encode(b"PK\x03\x04" + bytes(range(200)) + b"PK\x05\x06" + bytes(18)) + b"</DataMashup>", "not_searchable"),
    "packed bytes of another program": ("customXml/item5.xml", b"<d>" + base64.b64encode(bytes(range(256))) + b"</d>", "not_searchable"),
    "a type of contents": ("customXml/item4.xml", b'<ct id="0x0101' + b"00A4" * 20 + b'">Documento</ct>', None),
    "a printer with a model": ("xl/printerSettings/printerSettings1.bin", printer("HP LaserJet Pro MFP M428fdw"), None),
    "a printer of a floor": ("xl/printerSettings/printerSettings2.bin", printer("\\\\SRV-IMP\\Kyocera Piso 3", "Oficio"), None),
    "a printer as a file": ("xl/printerSettings/printerSettings1.bin", printer("Microsoft Print to PDF", "A4"), None),
    "a printer of a person": ("xl/printerSettings/printerSettings1.bin", printer("Ana Cruz Pérez"), "personal_data"),
    "a printer with an address": ("xl/printerSettings/printerSettings3.bin", printer("ana.cruz@correo.com"), "personal_data"),
    "a printer of a person at an odd byte": ("xl/printerSettings/printerSettings1.bin", b"\x01" + printer("Ana Cruz Pérez"), "personal_data"),
    "a sheet's own property": ("xl/customProperty1.bin", "Ana Cruz Pérez".encode("utf-16-le"), "personal_data"),
    "a thumbnail": ("Thumbnails/thumbnail.png", picture(256), None),
    "a thumbnail of Excel": ("docProps/thumbnail.png", picture(180), None),
    "a large thumbnail": ("Thumbnails/thumbnail.png", picture(1024), "not_searchable"),
    "a thumbnail with texts": ("Thumbnails/thumbnail.png", picture(128, b"tEXtAuthor\x00A"), "not_searchable"),
    "a drawing as thumbnail": ("docProps/thumbnail.wmf", b"\xd7\xcd\xc6\x9a" + bytes(60), "not_searchable"),
    "an object": ("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0" + bytes(60), "not_searchable"),
    "macros": ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(60), "not_searchable"),
    "a part that nobody knows": ("xl/other/data.bin", bytes(60), "not_searchable"),
    "tables of a data model": ("xl/model/item.data", bytes(60), "not_searchable"),
    "earlier versions": ("Versions/Version1", bytes(60), "not_searchable"),
    "pictures of a program": ("Configurations2/images/Bitmaps/a.png", picture(999), "not_searchable"),
    "meaning of an ods file": ("manifest.rdf", b"<rdf><d>Ana Cruz P\xc3\xa9rez</d></rdf>", "personal_data"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("part", "content", "rule"), [pytest.param(*c, id=n) for n, c in SEARCHED_PARTS.items()]
)
def test_a_binary_part_is_searched_or_refused(
    part: str, content: bytes, rule: str | None, tmp_path: Path
) -> None:
    line = Line("", False, "part:customXml/item1.xml", "es", "", "<r>2024</r>")
    card, (name, workbook) = card_of(line), file_of(line)
    file = build.write(tmp_path, with_part(workbook, part, content), name)
    if rule is None:
        refuse_if_personal(file, card)
        return
    with pytest.raises(RefusedFile) as refusal:
        refuse_if_personal(file, card)
    finding = refusal.value.finding
    assert finding.rule == rule
    ways = [say(f"workbook_part.{known}", "en") for known, _ in workbook_parts()]
    assert any(finding.message("en").endswith(way) for way in ways)


def test_every_part_of_a_workbook_has_a_way_in_both_languages() -> None:
    for part, _ in workbook_parts():
        assert say(f"workbook_part.{part}", "es") != say(f"workbook_part.{part}", "en")
    assert Finding("personal_data", column_name="edad").message("en").endswith("send counts only.")
