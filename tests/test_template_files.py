"""The empty template: filled in, saved as people save it, and handed in, it gives what was written into it."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from assets.drafting.collection_guesses import guess_collections
from assets.intake.judging.decoding import make_coder
from assets.intake.processing import Outcome, check, process
from assets.intake.submission import receive
from pipelines.cli.app import app
from schemas.cards.format_card import more_columns, read_card, templates
from schemas.cards.template import collection_template, kind_template
from schemas.codelists import TOTAL
from schemas.grammar import CardError
from schemas.words import languages, words
from tests import office
from tests.bad_input import build
from tests.test_templates import observed
from tests.test_vintages import CARD, new_home
from warehouse.home import CHECKOUT, Home
from warehouse.publication.template_files import write_workbook as template_workbook

pytestmark = pytest.mark.slow  # for its price alone

DAY = date(2024, 8, 1)
VICTIMS = "CRM-TS/victims"
NETWORK = sorted(path.parent.name for path in (CHECKOUT / "raw" / "CRM-TS").glob("*/format.toml"))

FILLED = [
    {"País que informa": "Costa Rica", "Periodo": "2024-Q1", "Valor": 12},
    {"País que informa": "Costa Rica", "Periodo": "2024-Q1", "Nacionalidad": "Haití", "Valor": 7},
    {"País que informa": "México", "Periodo": "2024-T2", "Sexo": "Mujeres", "Valor": 9},
]
VALUES = [
    ("CRI", date(2024, 1, 1), "_T", "_T", 12),
    ("CRI", date(2024, 1, 1), "_T", "HTI", 7),
    ("MEX", date(2024, 4, 1), "F", "_T", 9),
]
"""The same rows in codes: ISO 3166 and SDMX."""


def run(*arguments: object, lang: str = "es") -> tuple[int, str]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--lang", lang])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def written(folder: Path, collection: str = VICTIMS, *options: str, name: str = "plantilla.xlsx") -> Path:
    """The template of a collection as the command writes it."""
    path = folder / name
    code, said = run("template", collection, "--output", path, *options)
    assert code == 0, said
    return path


def fill(path: Path, rows: list[dict], sheet: str = "Datos") -> Path:
    """Write rows below the header of a sheet, each cell under its header's name."""
    book = openpyxl.load_workbook(path)
    place = {cell.value: cell.column for cell in book[sheet][1]}
    for number, row in enumerate(rows, start=book[sheet].max_row + 1):
        for header, value in row.items():
            book[sheet].cell(number, place[header], value)
    book.save(path)
    return path


def sent(root: Path, file: Path, collection: str = VICTIMS) -> tuple[list[tuple], Outcome]:
    """The values that a file gives when it is handed in, in the order of its rows."""
    home = Home(root / "home")
    outcome = process(home, receive(home, file, collection, DAY))
    if outcome.status != "accepted":
        return [], outcome
    names = ["reporting_country", "period_start", "sex", "citizenship", "value_low"]
    rows = observed(home, outcome.submission)[names].itertuples(index=False, name=None)
    return sorted((*row[:1], row[1], *row[2:]) for row in rows), outcome


def test_a_filled_template_gives_the_values_written_into_it(tmp_path: Path) -> None:
    values, outcome = sent(tmp_path, fill(written(tmp_path), FILLED))
    assert (outcome.status, outcome.findings) == ("accepted", [])
    assert values == sorted(VALUES)


def test_english_headers_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert run("template", VICTIMS, "--output", path, lang="en")[0] == 0
    english = {"País que informa": "Reporting country", "Periodo": "Period", "Nacionalidad": "Citizenship"}
    english |= {"Sexo": "Sex", "Valor": "Value"}
    rows = [{english[header]: value for header, value in row.items()} for row in FILLED]
    values, outcome = sent(tmp_path, fill(path, rows))
    assert (outcome.findings, values) == ([], sorted(VALUES))


def test_three_mistakes_are_found_at_their_cells(tmp_path: Path) -> None:
    home, path = Home(tmp_path / "home"), written(tmp_path)
    place = {cell.value: cell.column_letter for cell in openpyxl.load_workbook(path)["Datos"][1]}
    wrong = [
        FILLED[0] | {"Nacionalidad": "Atlantis"},
        FILLED[1] | {"Periodo": "2024-13"},
        FILLED[2] | {"Valor": -3},
    ]
    findings = check(home, fill(path, wrong), VICTIMS, DAY).findings
    told = {(f.rule, f.sheet, f.cell, f.column_name) for f in findings if f.source_row}
    assert told == {
        ("unknown_country", "Datos", f"{place['Nacionalidad']}2", "Nacionalidad"),
        ("unreadable_period", "Datos", f"{place['Periodo']}3", "Periodo"),
        ("negative_number", "Datos", f"{place['Valor']}4", "Valor"),
    }


def test_a_header_that_is_missing_is_named_in_the_language_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "envio.csv"
    path.write_text("País que informa,Sexo,Valor\nCosta Rica,Mujeres,3\n", encoding="utf-8")
    (finding,) = check(Home(tmp_path / "home"), path, VICTIMS, DAY).findings
    assert (finding.rule, finding.column_name) == ("missing_column", "Periodo")


@pytest.mark.parametrize("name", NETWORK)
def test_the_empty_template_of_each_collection_says_that_it_has_no_rows(name: str, tmp_path: Path) -> None:
    """Nothing else is said of it: its own sheets are no surprise, and the guard finds no person in them."""
    path = written(tmp_path, f"CRM-TS/{name}")
    outcome = check(Home(tmp_path / "home"), path, f"CRM-TS/{name}", DAY)
    assert [finding.rule for finding in outcome.findings] == ["no_rows"]


@pytest.mark.parametrize("name", NETWORK)
def test_the_example_is_never_read_and_would_be_accepted(name: str, tmp_path: Path) -> None:
    collection = f"CRM-TS/{name}"
    path = written(tmp_path, collection)
    example = openpyxl.load_workbook(path)["Ejemplo"]
    rows = [[cell.value for cell in row] for row in example.iter_rows()]
    assert len(rows) > 2
    assert check(Home(tmp_path / "home"), path, collection, DAY).rows["accepted"] == 0
    filled = fill(path, [dict(zip(rows[0], row, strict=True)) for row in rows[1:]])
    outcome = check(Home(tmp_path / "home"), filled, collection, DAY)
    assert (outcome.status, outcome.rows["accepted"]) == ("accepted", len(rows) - 1), outcome.findings


def test_a_person_s_data_in_the_template_s_own_sheets_are_found(tmp_path: Path) -> None:
    for sheet in ("lineabase", "Ejemplo"):
        path = fill(written(tmp_path, name=f"{sheet}.xlsx"), FILLED)
        book = openpyxl.load_workbook(path)
        book[sheet].cell(9, 3, "persona@ejemplo.org")
        book.save(path)
        assert '"personal_data"' in run("check", path, "--collection", VICTIMS, "--json")[1]


def test_another_hidden_sheet_is_told(tmp_path: Path) -> None:
    path = fill(written(tmp_path), FILLED)
    book = openpyxl.load_workbook(path)
    book.create_sheet("borrador").append(["algo"])
    book["borrador"].sheet_state = "hidden"
    book.create_sheet("Datos (2)").append(["algo"])
    book.save(path)
    _, outcome = sent(tmp_path, path)
    assert [(f.rule, f.value) for f in outcome.findings] == [
        ("extra_sheet", "Datos (2)"),
        ("hidden_sheet", "borrador"),
    ]


def test_a_renamed_sheet_is_asked_back(tmp_path: Path) -> None:
    path = fill(written(tmp_path), FILLED)
    book = openpyxl.load_workbook(path)
    book["Datos"].title = "Mis datos"
    book.save(path)
    _, outcome = sent(tmp_path, path)
    assert [(f.rule, f.expected) for f in outcome.findings] == [("missing_sheet", "Datos")]


def test_a_person_s_own_workbook_needs_no_sheet_of_that_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["País que informa", "Periodo", "Valor"], ["Costa Rica", "2024-Q1", 12]):
        book.active.append(row)
    book.save(tmp_path / "propio.xlsx")
    assert sent(tmp_path, tmp_path / "propio.xlsx")[0] == [("CRI", date(2024, 1, 1), "_T", "_T", 12)]


# ---- text files as spreadsheets save them ------------------------------------------------------------

TEXT = (
    "País que informa,Periodo,Sexo,Nacionalidad,Valor\n"
    "Costa Rica,2024-Q1,,,12\nCosta Rica,2024-Q1,,Haití,7\nMéxico,2024-T2,Mujeres,,9\n"
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_text_is_read_with_any_delimiter_and_encoding(
    delimiter: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "envio.csv"
    path.write_bytes(TEXT.replace(",", delimiter).replace("\n", "\r\n").encode(encoding))
    values, outcome = sent(tmp_path, path)
    assert (outcome.findings, values) == ([], sorted(VALUES))


def test_one_broken_letter_among_others_makes_no_text_of_windows(tmp_path: Path) -> None:
    """Read as Windows-1252, México would be MÃ©xico, and a text without a code list would take that in silence."""
    path = tmp_path / "envio.csv"
    path.write_bytes(TEXT.encode().replace("Haití".encode(), b"Hait\xed"))
    _, outcome = sent(tmp_path, path)
    assert [finding.rule for finding in outcome.findings] == ["wrong_encoding"]


@pytest.mark.parametrize("number", ["12,0", "12.0", "12,00"])
def test_a_number_has_a_comma_or_a_dot(number: str, tmp_path: Path) -> None:
    path = tmp_path / "envio.csv"
    path.write_text(f"País que informa;Periodo;Valor\nCosta Rica;2024-Q1;{number}\n", encoding="utf-8")
    assert sent(tmp_path, path)[0] == [("CRI", date(2024, 1, 1), "_T", "_T", 12)]


@pytest.mark.parametrize(
    ("number", "rule"),
    [("1,200", "text_in_number"), ("1.200", "decimal_in_count"), ("12,5", "decimal_in_count")],
)
def test_what_may_be_thousands_is_never_a_small_number(number: str, rule: str, tmp_path: Path) -> None:
    path = tmp_path / "envio.csv"
    path.write_text(f"País que informa;Periodo;Valor\nCosta Rica;2024-Q1;{number}\n", encoding="utf-8")
    _, outcome = sent(tmp_path, path)
    assert rule in [finding.rule for finding in outcome.findings]
    assert outcome.rows["accepted"] == 0


def test_a_month_as_a_spreadsheet_shows_it_is_that_month(tmp_path: Path) -> None:
    path = tmp_path / "envio.csv"
    path.write_text("País que informa;Periodo;Valor\nCosta Rica;feb-24;12\n", encoding="utf-8")
    assert sent(tmp_path, path)[0] == [("CRI", date(2024, 2, 1), "_T", "_T", 12)]


OTHERS = {
    "CRM-TS/smuggled_migrants": "template_of_another",
    "CRM-TS/measures": "unknown_template",  # of records
    VICTIMS: "",
}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("collection", OTHERS)
def test_the_text_template_of_another_collection_is_rejected(
    collection: str, mark: str, tmp_path: Path
) -> None:
    """As a spreadsheet saves it again: with the marks of a whole row, and with another delimiter."""
    path = written(tmp_path, name="plantilla.csv")
    stamp, header = path.read_text(encoding="utf-8-sig").splitlines()
    cells = {"País que informa": "Costa Rica", "Periodo": "2024-Q1", "Valor": "12"}
    names = header.split(",")
    rows = [stamp + mark * (len(names) - 1), mark.join(names), mark.join(cells.get(n, "") for n in names)]
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    home = Home(tmp_path / "home")
    outcome = check(home, path, collection, DAY)
    is_own = collection == VICTIMS
    found_rules = {f.rule for f in outcome.findings}
    assert found_rules == (set() if is_own else {OTHERS[collection]})
    assert outcome.status == ("accepted" if is_own else "rejected")
    assert guess_collections(home, path) == [VICTIMS]


def test_the_text_template_is_its_collection_and_its_header(tmp_path: Path) -> None:
    path = written(tmp_path, name="plantilla.csv")
    stamp, line = path.read_text(encoding="utf-8-sig").splitlines()
    assert stamp == f"# lineabase_counts 1 {VICTIMS}"
    header = line.split(",")
    assert header == collection_template(VICTIMS, Home(tmp_path / "home").card(VICTIMS), "es").headers
    with path.open("a", encoding="utf-8") as file:
        cells = {"País que informa": "Costa Rica", "Periodo": "2024-Q1", "Valor": "12"}
        file.write(",".join(cells.get(name, "") for name in header) + "\n")
    assert sent(tmp_path, path)[0] == [("CRI", date(2024, 1, 1), "_T", "_T", 12)]


def test_encoding_and_delimiter_of_a_card_s_own_file_are_told_in_one_answer(tmp_path: Path) -> None:
    """Its card says UTF-8 and commas: whoever saved it otherwise saves it once more, not twice."""
    home = build.home(tmp_path / "home")
    file = build.write(tmp_path, build.file().replace(",", ";").encode("cp1252"))
    outcome = check(home, file, build.COLLECTION, build.RECEIVED)
    assert [(f.rule, f.value) for f in outcome.findings] == [
        ("wrong_encoding", str(build.file().encode("cp1252").index("í".encode("cp1252")) + 1)),
        ("wrong_delimiter", ";"),
    ]


# ---- saved by an office program ------------------------------------------------------------------------

KINDS = {**office.WORKBOOKS, **office.texts(sheet=2)}
"""How LibreOffice saves; of a text the second sheet, the one to fill."""
RATES = CARD.format(delivery="full", confidentiality="open").replace(
    "victims_detected", "victims_detected_rate_published"
)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, office.Office]:
    """LibreOffice where numbers have a dot, and where they have a comma."""
    folder = tmp_path_factory.mktemp("office")
    return {locale: office.Office(folder / locale, locale) for locale in ("en-US", "es-ES")}


@pytest.mark.skipif(bool(office.MISSING), reason=office.MISSING)
@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
@pytest.mark.parametrize("saved", KINDS)
def test_what_libreoffice_saves_is_read_alike(
    saved: str, locale: str, offices: dict[str, office.Office], tmp_path: Path
) -> None:
    """Typed there, too: 3.5 and 1.25 victims in 100,000, with the mark of the place."""
    home = new_home(tmp_path / "home")
    (home.raw / "X" / "c" / "format.toml").write_text(RATES, encoding="utf-8")
    template = tmp_path / "plantilla.xlsx"
    template_workbook(collection_template("X/c", home.card("X/c"), "es"), template, "es")
    header = openpyxl.load_workbook(template)["Datos"][1]
    letters = {cell.value: cell.column_letter for cell in header}
    mark = "," if locale == "es-ES" else "."
    told = [("Haití", "3.5"), ("México", "1.25")]
    typed = {}
    for row, (country, rate) in enumerate(told, start=2):
        cells = {"País que informa": country, "Periodo": "2024", "Valor": rate.replace(".", mark)}
        typed |= {("Datos", f"{letters[name]}{row}"): text for name, text in cells.items()}
    kind = KINDS[saved]
    found = offices[locale].save(template, tmp_path / f"envio.{kind.ending}", kind, typed)
    outcome = process(home, receive(home, found, "X/c", DAY))
    assert (outcome.status, outcome.findings) == ("accepted", [])
    values = observed(home, outcome.submission)[["reporting_country", "value_low"]]
    assert sorted(values.itertuples(index=False, name=None)) == [("HTI", 3.5), ("MEX", 1.25)]


# ---- version and collection --------------------------------------------------------------------------


def stamped(path: Path, **facts: str) -> Path:
    book = openpyxl.load_workbook(path)
    for row in book["lineabase"].iter_rows():
        row[1].value = facts.get(row[0].value, row[1].value)
    book.save(path)
    return path


def test_a_template_of_an_unknown_version_is_refused_by_name(tmp_path: Path) -> None:
    path = stamped(fill(written(tmp_path), FILLED), version="99")
    _, outcome = sent(tmp_path, path)
    (finding,) = outcome.findings
    assert (outcome.status, finding.rule) == ("rejected", "unknown_template")
    assert (finding.value, finding.expected) == ("lineabase_counts 99", "lineabase_counts 1")


def test_the_template_of_another_collection_is_refused(tmp_path: Path) -> None:
    """Both leave the measure to the card: victims would become smuggled migrants, and nobody would see it."""
    path = fill(written(tmp_path), FILLED)
    _, outcome = sent(tmp_path, path, "CRM-TS/smuggled_migrants")
    (finding,) = outcome.findings
    assert (finding.rule, finding.value, finding.expected) == (
        "template_of_another",
        VICTIMS,
        "CRM-TS/smuggled_migrants",
    )


def test_the_template_of_persons_is_none_of_counts(tmp_path: Path) -> None:
    path = tmp_path / "casos.xlsx"
    assert run("template", "--kind", "cases", "--output", path)[0] == 0
    _, outcome = sent(tmp_path, path)
    assert [finding.rule for finding in outcome.findings] == ["unknown_template"]


def test_an_old_template_is_read_by_its_own_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a later version of the same headers a blank sex is unknown; in this one it is not broken down."""
    old = fill(written(tmp_path), FILLED)
    now = templates("counts")[0]
    unknown = now.columns["sex"].model_copy(update={"blank": "_U"})
    later = now.model_copy(update={"version": 2, "columns": {**now.columns, "sex": unknown}})
    known = (later, now.model_copy(update={"name": "lineabase_counts_1"}))
    monkeypatch.setattr("schemas.cards.format_card.templates", lambda kind: known)
    values, outcome = sent(tmp_path, old)
    assert (outcome.findings, values) == ([], sorted(VALUES))
    new = stamped(fill(written(tmp_path, name="nueva.xlsx"), FILLED))
    assert [sex for _, _, sex, *_ in sent(tmp_path / "2", new)[0]] == ["_U", "_U", "F"]


# ---- what the template holds ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("kind", ["counts", "cases"])
def test_what_may_be_chosen_is_read_as_a_code_of_its_own(kind: str, lang: str) -> None:
    columns = templates(kind)[0].columns
    with_choices = [field for field in kind_template(kind, lang).fields if field.choices]
    assert len(with_choices) > 6
    for field in with_choices:
        codes = [make_coder(columns[field.name])(text) for text in field.choices]
        assert len(set(codes)) == len(codes), field.name
        assert not {"unresolved", "ambiguous"} & {code.lower() for code in codes}, field.name
        assert (TOTAL in codes) is (columns[field.name].blank == TOTAL), field.name


@pytest.mark.parametrize("lang", languages())
def test_every_column_is_explained_within_what_a_note_holds(lang: str) -> None:
    about = {
        k.removeprefix("template.about."): t
        for k, t in words(lang).items()
        if k.startswith("template.about.")
    }
    columns = [named for kind in ("counts", "cases") for named in templates(kind)[0].columns.items()]
    columns += more_columns().items()
    assert set(about) == {name for name, column in columns if column.also}
    assert {name for name, column in columns if not column.also} == {"read_as"}  # what re-tabulating writes
    assert [name for name, text in about.items() if len(text) > 255] == []


def test_the_workbook_offers_the_lists_and_checks_figures_and_periods(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    fill_sheet, lists = book["Datos"], book["Listas"]
    place = {cell.value: cell.column_letter for cell in fill_sheet[1]}
    rules = {str(r.sqref).split("2:")[0]: r for r in fill_sheet.data_validations.dataValidation}
    offered = {}
    for header in ("Sexo", "País que informa", "Nacionalidad"):
        area = rules[place[header]].formula1.removeprefix("Listas!").removeprefix("=Listas!").replace("$", "")
        offered[header] = [row[0].value for row in lists[area]]
    assert offered["Sexo"] == ["Mujeres", "Hombres", "Otro", "Desconocido", "No aplica", "Total"]
    assert len(offered["País que informa"]) == 11  # the members of the Regional Conference on Migration
    assert {"Haití", "Apátridas", "Desconocido", "Total"} <= set(offered["Nacionalidad"])
    assert (rules[place["Valor"]].type, rules[place["Periodo"]].type) == ("whole", "textLength")
    assert fill_sheet.column_dimensions[place["Periodo"]].number_format == "@"
    assert [cell.value for cell in fill_sheet[1] if cell.comment is None] == []
    assert book["lineabase"].sheet_state == "hidden"
    assert [row[0].value for row in book["lineabase"].iter_rows()] == [
        "template",
        "version",
        "collection",
        "sha256",
    ]
    assert "Medida" not in place  # the card says what this collection counts


def test_a_collection_of_several_measures_offers_those_of_its_family(tmp_path: Path) -> None:
    fields = collection_template("CRM-TS/returns", Home(tmp_path).card("CRM-TS/returns"), "es").fields
    measures = next(field.choices for field in fields if field.name == "measure")
    assert {"Retornos", "Niñas y niños retornados"} <= set(measures)
    assert "Víctimas detectadas" not in measures


def test_instructions_are_in_spanish_and_in_english(tmp_path: Path) -> None:
    told = openpyxl.load_workbook(written(tmp_path))["Instrucciones"]
    texts = {str(cell.value) for row in told.iter_rows() for cell in row}
    for lang in ("es", "en"):
        assert words(lang)["template.about.period"] in texts
        assert words(lang)["template.title"].format(name=VICTIMS) in texts


def test_a_template_writes_over_nothing(tmp_path: Path) -> None:
    path = written(tmp_path)
    code, said = run("template", VICTIMS, "--output", path)
    assert (code, "ya existe" in said) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words_of_it"),
    [
        ((), "--kind"),
        ((VICTIMS, "--kind", "counts"), "--kind"),
        (("--kind", "persons"), "counts, cases"),
        (("CRM-TS/nothing",), "CRM-TS/nothing"),
    ],
)
def test_what_no_template_can_be_made_of_is_said(
    arguments: tuple[str, ...], words_of_it: str, tmp_path: Path
) -> None:
    code, said = run("template", *arguments, "--output", tmp_path / "plantilla.xlsx")
    assert (code, words_of_it in said) == (2, True)
    assert not (tmp_path / "plantilla.xlsx").exists()


def test_a_template_is_a_workbook_or_a_text(tmp_path: Path) -> None:
    code, said = run("template", VICTIMS, "--output", tmp_path / "plantilla.pdf")
    assert (code, ".xlsx .csv" in said) == (2, True)


@pytest.mark.parametrize(
    "told",
    [
        'type = "any"',
        'type = "csv", template = { instructions = "A", fill = "B", example = "C", lists = "D", notes = "F", stamp = "E" }',
    ],
)
def test_a_card_of_a_collection_has_nothing_that_is_the_template_s(told: str, tmp_path: Path) -> None:
    card = build.card(('type = "csv"', told))
    (tmp_path / "format.toml").write_text(card, encoding="utf-8")
    with pytest.raises(CardError, match="the project's template's alone"):
        read_card(tmp_path / "format.toml")


def test_a_column_of_a_card_has_one_name(tmp_path: Path) -> None:
    card = build.card(("sexo = { ", 'sexo = { also = "Sexo", '))
    (tmp_path / "format.toml").write_text(card, encoding="utf-8")
    with pytest.raises(CardError, match="the project's template's alone"):
        read_card(tmp_path / "format.toml")
