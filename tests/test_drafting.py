"""Drafted cards beside those that people wrote: of publishers' files, and of one table laid out otherwise."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from assets.drafting.draft import Draft, draft_card, render_card
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import check
from pipelines.cli.app import app
from schemas import countries
from schemas.cards.format_card import Format
from schemas.words import languages
from tests.conftest import PUBLISHED, SHARED
from tests.drafting_figures import figures
from warehouse.home import CHECKOUT, Home

WITH_ADDRESS = "unodc_glotip_2023-05-30.xlsx"
DARIEN = "pan_darien_nationality_2025-06.csv"
SMALL = [(c, name) for c, name, _ in PUBLISHED if not name.endswith((".bz2", ".xlsx"))]
LARGE = [(c, name) for c, name, _ in PUBLISHED if name.endswith((".bz2", ".xlsx"))]


def scored(drafted: Draft, fmt: Format) -> tuple[int, int]:
    """Columns of the card whose role and code system are the draft's, and all of them."""
    mine = {guess.header: (guess.role, guess.codes) for guess in drafted.guesses}
    truth = {name: (None if c.ignore else c.role, c.codes) for name, c in fmt.columns.items()}
    return sum(mine.get(name) == said for name, said in truth.items()), len(truth)


def of_published(names: list[tuple[str, str]]) -> float:
    good, every = 0, 0
    for collection, name in names:
        formats = Home(CHECKOUT).card(collection).format
        drafted = draft_card(SHARED / "data" / name)
        known = {guess.header for guess in drafted.guesses}
        right, of = scored(drafted, max(formats, key=lambda fmt: len(known & set(fmt.columns))))
        good, every = good + right, every + of
    return good / every


@pytest.mark.slow
@pytest.mark.shared
def test_four_columns_in_five_of_publishers_files_are_drafted_as_their_cards_say() -> None:
    assert of_published(SMALL) >= 0.8


@pytest.mark.slow
@pytest.mark.shared
def test_those_of_all_publishers_files_are_too() -> None:
    """But of one with an e-mail address above its table: a sample without a card is asked as strictly as can be."""
    with pytest.raises(RefusedFile):
        draft_card(SHARED / "data" / WITH_ADDRESS)
    with_address = {
        WITH_ADDRESS,
        "unodc_cts_corruption_economic_2024-05-16.xlsx",
        "unodc_glotip_2025-04-14.xlsx",
    }
    assert of_published([one for one in (*SMALL, *LARGE) if one[1] not in with_address]) >= 0.8


FEW = ("table50", "corett_smuggled", "upmrip_sex_age", "southwest_border")
"""A workbook of years across with quoted commas, a small table, an ordinary one, one of many columns."""


@pytest.mark.slow
@pytest.mark.shared
def test_ten_other_layouts_of_each_file_are_drafted_as_well() -> None:
    """Of four files here; `python -m tests.drafting_figures` asks all."""
    scores: dict[str, list[int]] = {}
    for _, layout, score in figures(
        [(c, name) for c, name, _ in PUBLISHED if any(few in name for few in FEW)]
    ):
        right, every = scores.setdefault(layout, [0, 0])
        scores[layout] = [right + score.right, every + score.all]
    assert len(scores) == 11
    assert all(right / every >= 0.8 for right, every in scores.values()), scores


def test_a_comma_in_quotes_parts_no_cell_and_a_span_of_years_no_column(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = ["Delito,Año,Personas"]
    for year in ("2020", "2021", "2022", "2020-2022"):
        rows += [f'"Trata, tráfico, captación y traslado",{year},1', f"Otros,{year},20"]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    drafted = draft_card(file)
    assert drafted.header_row == 1
    assert {g.header: g.role for g in drafted.guesses} == {
        "Delito": None,
        "Año": "period",
        "Personas": "value",
    }


# ---- the same table, laid out otherwise -----------------------------------------------------------------

Rows = list[list[str]]
TRUTH = {"t": ("period", None), "q": (None, None), "nat": ("citizenship", "iso3"), "n": ("value", None)}
SPANISH = {"t": "PERÍODO", "q": "TRIMESTRE", "nat": "NACIONALIDAD", "n": "PERSONAS"}


def renamed(rows: Rows, names: dict[str, str]) -> Rows:
    return [[names.get(cell, cell) for cell in rows[0]], *rows[1:]]


def in_column(rows: Rows, name: str, read: Callable[[str], str]) -> Rows:
    place = rows[0].index(name)
    return [rows[0], *([*row[:place], read(row[place]), *row[place + 1 :]] for row in rows[1:])]


def named(code: str) -> str:
    return countries.lookup(code).name("es") if countries.resolve(code).code else "Desconocido"


LAYOUTS: dict[str, Callable[[Rows], Rows]] = {
    "semicolon": lambda rows: rows,
    "workbook": lambda rows: rows,
    "windows-1252": lambda rows: renamed(rows, SPANISH),
    "tabs": lambda rows: [row[::-1] for row in rows],
    "titles": lambda rows: [["Ingresos irregulares", "", "", ""], ["", "", "", ""], *rows],
    "upper case": lambda rows: renamed(rows, {name: name.upper() for name in rows[0]}),
    "spanish headers": lambda rows: renamed(rows, SPANISH),
    "names": lambda rows: in_column(rows, "nat", named),
    "thousands": lambda rows: in_column(rows, "n", lambda text: f"{int(text):,}".replace(",", " ")),
    "a column of notes": lambda rows: [
        [*row, "nota" if n == 0 else "revisado"] for n, row in enumerate(rows)
    ],
}
"""Ten layouts of Darién's table; the guess of each column is the card's all the same."""


def laid_out(layout: str, rows: Rows, folder: Path) -> Path:
    rows = LAYOUTS[layout](rows)
    if layout == "workbook":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(folder / "a.xlsx")
        return folder / "a.xlsx"
    marks = {"semicolon": ";", "tabs": "\t", "thousands": ";"}
    encoding = "cp1252" if layout == "windows-1252" else "utf-8"
    with (folder / "a.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=marks.get(layout, ",")).writerows(rows)
    return folder / "a.csv"


@pytest.mark.shared
@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_layout_is_drafted_alike(layout: str, tmp_path: Path) -> None:
    with (SHARED / "data" / DARIEN).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    drafted = draft_card(laid_out(layout, rows, tmp_path))
    mine = {guess.header.casefold(): (guess.role, guess.codes) for guess in drafted.guesses}
    truth = dict(TRUTH)
    if layout == "names":
        truth["nat"] = ("citizenship", "any")
    headers = {
        name: SPANISH[name] if layout in ("windows-1252", "spanish headers") else name for name in truth
    }
    right = sum(mine.get(headers[name].casefold()) == said for name, said in truth.items())
    assert right / len(truth) >= 0.8, mine


def test_a_completed_draft_reads_the_file_that_it_was_drafted_from(tmp_path: Path) -> None:
    """What a person adds is what no file says."""
    file = tmp_path / "a.csv"
    lines = [
        "Año;País de nacionalidad;Sexo;Víctimas",
        *(f"{y};Honduras;Mujeres;{y - 2000}" for y in range(2015, 2024)),
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    folder = tmp_path / "home" / "raw" / "X-Y" / "z"
    folder.mkdir(parents=True)
    environment = {"LINEABASE_HOME": str(tmp_path / "home")}
    result = CliRunner().invoke(
        app, ["draft", str(file), "--output", str(folder / "format.toml")], env=environment
    )
    assert result.exit_code == 0, result.output
    text = (folder / "format.toml").read_text(encoding="utf-8")
    text = text.replace('family = "TODO"', 'family = "trafficking"')
    text = text.replace('measure = "TODO"', 'measure = "victims_detected"')
    (folder / "format.toml").write_text(
        text.replace("[collection]", '[collection]\nreporting_country = "GTM"'), "utf-8"
    )
    outcome = check(Home(tmp_path / "home"), file, "X-Y/z", date(2024, 5, 1))
    assert (outcome.status, outcome.rows["accepted"]) == ("accepted", 9)
    again = CliRunner().invoke(
        app, ["draft", str(file), "--output", str(folder / "format.toml")], env=environment
    )
    assert again.exit_code == 2


@pytest.mark.parametrize("lang", languages())
def test_a_draft_is_toml_with_a_reason_for_each_column(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("año,raro 'x' [y],demog,n\n2020,x,men,1\n2021,y,girls,2\n", encoding="utf-8")
    text = render_card(draft_card(file), lang)
    columns = tomllib.loads(text)["format"][0]["columns"]
    assert set(columns) == {"año", "raro 'x' [y]", "demog", "n"}
    assert text.count("]  # ") == 4


@pytest.mark.parametrize("content", ["", "a\n1\n", "1,2\n3,4\n"])
def test_what_is_no_table_is_said(content: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(app, ["draft", str(file)], env={"LINEABASE_HOME": str(tmp_path)})
    assert (result.exit_code, "ninguna tabla" in result.output) == (1, True)


# ---- what a draft leaves to a person, and what it proposes ------------------------------------------------


def drafted(folder: Path, lines: list[str], encoding: str = "utf-8") -> dict:
    file = folder / "sample.csv"
    file.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return tomllib.loads(render_card(draft_card(file), "en"))


MONTHS = [
    "ENERO",
    "FEBRERO",
    "MARZO",
    "ABRIL",
    "MAYO",
    "JUNIO",
    "JULIO",
    "AGOSTO",
    "SEPTIEMBRE",
    "OCTUBRE",
    "NOVIEMBRE",
    "DICIEMBRE",
]


def test_a_draft_leaves_what_a_figure_is_open(tmp_path: Path) -> None:
    card = drafted(tmp_path, ["año,n", "2020,5", "2021,6"])
    assert (card["collection"]["family"], card["collection"]["measure"]) == ("TODO", "TODO")


def test_months_to_come_are_values_too(tmp_path: Path) -> None:
    rows = [f"2025,{state},{n},{n + 1},{n + 2}" + "," * 9 for n, state in enumerate(["Colima", "Jalisco"], 3)]
    (fmt,) = drafted(tmp_path, ["AÑO,ENTIDAD," + ",".join(MONTHS), *rows])["format"]
    assert all(month in fmt["wide"]["pattern"] for month in MONTHS)
    assert set(fmt["columns"]) == {"AÑO", "ENTIDAD"}


@pytest.mark.parametrize(
    ("column", "texts", "only"),
    [
        ("Fuente", ["Fiscalía", "Fiscalía"], "Fiscalía"),
        ("Observado", ["", ""], ""),
        ("Tipo", ["", "preliminar x"], ["", "preliminar x"]),
    ],
)
def test_a_column_that_says_one_thing_must_say_it_always(
    column: str, texts: list[str], only: str | list[str], tmp_path: Path
) -> None:
    (fmt,) = drafted(tmp_path, [f"año,{column},n", f"2020,{texts[0]},5", f"2021,{texts[1]},6"])["format"]
    assert fmt["columns"][column] == {"only": only}


@pytest.mark.parametrize("header", ["Provincia", "GEO", "Estado"])
def test_one_part_of_a_country_is_an_area(header: str, tmp_path: Path) -> None:
    (fmt,) = drafted(tmp_path, [f"año,{header},n", "2020,Ontario,5", "2021,Ontario,6"])["format"]
    assert fmt["columns"][header] == {"role": "area", "map": {"Ontario": "Ontario"}}


@pytest.mark.parametrize(("encoding", "said"), [("utf-8", None), ("cp1252", "cp1252"), ("latin-1", "cp1252")])
def test_the_encoding_is_said(encoding: str, said: str | None, tmp_path: Path) -> None:
    (fmt,) = drafted(tmp_path, ["año,país,n", "2020,Haití,5", "2021,Perú,6"], encoding)["format"]
    assert fmt["file"].get("encoding") == said


def test_labels_without_which_rows_have_one_key_are_added_up(tmp_path: Path) -> None:
    agencies = ["Agency one", "Agency two", "Agency three"]
    rows = [
        f"{year},{agency},lote {year % 3},{n}" for year in (2020, 2021) for n, agency in enumerate(agencies)
    ]
    (fmt,) = drafted(tmp_path, ["año,agencia,lote,n", *rows])["format"]
    assert "sum_over" in fmt["columns"]["agencia"]
    assert fmt["key"] == ["año", "agencia"]
    assert "ignore" in fmt["columns"]["lote"]


def test_labels_of_other_matters_are_left_out(tmp_path: Path) -> None:
    crimes = ["Trata de personas", "Tráfico de migrantes", "Tráfico de armas", "Robo"]
    (fmt,) = drafted(tmp_path, ["año,delito,n", *(f"2020,{crime},5" for crime in crimes)])["format"]
    assert fmt["keep"] == {"delito": ["Trata de personas", "Tráfico de migrantes"]}
    assert fmt["columns"]["delito"] == {"role": "selector"}
    assert fmt["key"] == ["año", "delito"]


def test_rows_that_sum_countries_are_totals(tmp_path: Path) -> None:
    counts = {"Cuba": 4, "Haití": 5, "Ghana": 6, "India": 7, "Total": 22}
    (fmt,) = drafted(tmp_path, ["año,nacionalidad,n", *(f"2020,{k},{n}" for k, n in counts.items())])[
        "format"
    ]
    assert [(t["where"], t["over"]) for t in fmt["totals"]] == [({"nacionalidad": ["Total"]}, "nacionalidad")]


@pytest.mark.parametrize(
    ("numbers", "key"), [(["1001", "1002", "1003"], "case_id"), (["1001", "1001", "1003"], "persons")]
)
def test_a_register_is_of_cases(numbers: list[str], key: str, tmp_path: Path) -> None:
    rows = [f"{number},2020,{sex},Cuba" for number, sex in zip(numbers, ("F", "M", "F"), strict=True)]
    card = drafted(tmp_path, ["Nro de registro,año,sexo,nacionalidad", *rows])
    assert (card["collection"]["kind"], card["collection"]["confidentiality"]) == ("cases", "cases")
    (fmt,) = card["format"]
    has_number = fmt["columns"]["Nro de registro"].get("role") == "case_id"
    assert (has_number, "persons" in fmt) == (key == "case_id", key == "persons")


def test_rows_that_are_there_twice_are_said(tmp_path: Path) -> None:
    file = tmp_path / "sample.csv"
    file.write_text("año,país,n\n2020,Cuba,5\n2020,Cuba,5\n2021,Haití,4\n", encoding="utf-8")
    assert "1 row repeats another word for word" in render_card(draft_card(file), "en")


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        ("departamento,nacionalidad", ("area", "citizenship")),
        ("nacionalidad,residencia", ("citizenship", None)),
        ("País de destino,Country of citizenship", ("counterpart_country", "citizenship")),
        ("pais,pais de origen", ("reporting_country", "citizenship")),
    ],
)
def test_a_header_decides_between_columns_of_countries(
    headers: str, roles: tuple[str | None, ...], tmp_path: Path
) -> None:
    """Towns called Armenia or Granada are no citizenship, nor is the column with the most countries."""
    path = tmp_path / "cases.csv"
    rows = ["Armenia,Honduras", "Granada,Honduras", "Líbano,Cuba", "Palestina,Cuba"]
    path.write_text(
        "\n".join([f"{headers},casos", *(f"{row},{n}" for n, row in enumerate(rows, 3))]), "utf-8"
    )
    assert tuple(guess.role for guess in draft_card(path).guesses[:2]) == roles
