"""`lineabase catalog countries`: how the texts of a column are read, before a card is written."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from schemas.countries import resolve
from schemas.words import say
from tests.countries.test_resolver import BAD

ROWS = [("Hondureña", 3), ("Congo", 2), ("México", 2), ("Hondurqs", 1), ("Resto de África", 1), ("N/D", 1)]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        app, ("catalog", "countries", *arguments), env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


def frame() -> pd.DataFrame:
    texts = [text for text, count in ROWS for _ in range(count)]
    return pd.DataFrame({"Delito": ["Trata"] * len(texts), "Nacionalidad": texts, "Personas": "7"})


def written(folder: Path, kind: str) -> Path:
    """The frame as one kind of file that reaches a secretariat."""
    path = folder / f"victimas.{kind.partition(' ')[0]}"
    match kind:
        case "xlsx":
            frame().to_excel(path, index=False, sheet_name="Datos")
        case "csv semicolon windows":
            frame().to_csv(path, index=False, sep=";", encoding="cp1252")
        case "csv utf-16 tab":
            frame().to_csv(path, index=False, sep="\t", encoding="utf-16")
        case "csv.gz":
            frame().to_csv(path, index=False)
        case _:
            path.write_text("# fuente, fecha, nota\n" + frame().to_csv(index=False), encoding="utf-8")
    return path


TOWNS = ["Armenia", "Granada", "Líbano", "Palestina"]
NATIONALS = ["Honduras", "El Salvador", "Guatemala", "Hondurqs"]


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({"departamento": TOWNS, "nacionalidad": NATIONALS}, "nacionalidad"),
        ({"pais_nacimiento": NATIONALS, "nacionalidad": NATIONALS}, "nacionalidad"),
        ({"Municipio": TOWNS, "País": NATIONALS}, "País"),
        ({"Distrito": TOWNS, "Citizenship": NATIONALS}, "Citizenship"),
        (
            {"pais_nacimiento": NATIONALS, "nacionalidad": ["Honduras", "Hondurqs", "S/D", "Cuba"]},
            "nacionalidad",
        ),
        ({"Residence": NATIONALS, "Citizenship": ["HN", "GT", "NI", "SV"]}, "Citizenship"),
        ({"País de destino": NATIONALS, "Country of citizenship": NATIONALS}, "Country of citizenship"),
        ({"Municipio": TOWNS, "Personas": ["1", "2", "0", "99"]}, "Municipio"),
        ({"Nacionalidad": ["x", "y", "z", "w"], "c2": NATIONALS}, "c2"),
    ],
)
def test_the_header_says_which_column_has_the_countries(
    columns: dict[str, list[str]], chosen: str, tmp_path: Path
) -> None:
    path = tmp_path / "datos.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    assert json.loads(run(str(path), "--json").stdout)["column"] == chosen


@pytest.mark.parametrize("kind", ["csv", "csv semicolon windows", "csv utf-16 tab", "csv.gz", "xlsx"])
def test_the_column_of_countries_is_found_and_read_in_any_file(kind: str, tmp_path: Path) -> None:
    result = run(str(written(tmp_path, kind)), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["column"], told["rows"], told["refused"]) == (1, "Nacionalidad", 10, 2)
    assert told["sheet"] == ("Datos" if kind == "xlsx" else None)
    shown = [(row["value"], row["rows"], row["code"], row["kind"]) for row in told["values"]]
    assert shown == [
        ("Congo", 2, None, "ambiguous"),
        ("Hondurqs", 1, None, "unresolved"),
        ("Hondureña", 3, "HND", "country"),
        ("México", 2, "MEX", "country"),
        ("N/D", 1, None, "unknown"),
        ("Resto de África", 1, None, "aggregate"),
    ]
    assert told["values"][1]["candidates"][0] == {"code": "HND", "name": "Honduras"}


def test_people_read_what_became_of_each_text_and_why(tmp_path: Path) -> None:
    result = run(str(written(tmp_path, "csv")))
    assert result.exit_code == 1
    for sentence in (
        "Columna: Nacionalidad (la que mejor se lee; con --column se elige otra)",
        "Significa más de un país. ¿Quiso decir Congo (COG), República Democrática del Congo (COD)?",
        "No es el nombre de ningún país. ¿Quiso decir Honduras (HND)",
        "No se leyeron 2 de 6 textos distintos (10 filas)",
    ):
        assert sentence in result.stdout, sentence


def test_a_column_that_reads_is_exit_code_0(tmp_path: Path) -> None:
    path = tmp_path / "paises.csv"
    path.write_text('País\n"Congo, Rep. Dem. del"\nHaití\n', encoding="utf-8")
    result = run(str(path), "--lang", "en", "--column", "país")
    assert result.exit_code == 0, result.output
    assert "Democratic Republic of the Congo" in result.stdout
    assert "All 2 distinct texts of 2 rows were read." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no_such.csv",), "No existe el archivo"),
        (("{csv}", "--column", "Pais"), "No hay columna «Pais». Hay: Delito · Nacionalidad · Personas."),
        (("{pdf}",), "No se sabe leer informe.pdf"),
        (("{numbers}",), "Ninguna columna parece de países"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "informe.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "numbers.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    places = {
        "csv": written(tmp_path, "csv"),
        "pdf": tmp_path / "informe.pdf",
        "numbers": tmp_path / "numbers.csv",
    }
    result = run(*(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_an_unreadable_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "roto.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing else")
    result = run(str(path))
    assert result.exit_code == 1
    assert result.stderr.startswith("No se recibió:")
    assert "Traceback" not in result.output


CODED = ("country", "territory", "historic")
UNCODED = ("aggregate", "several", "stateless", "unknown", "other", "ambiguous", "unresolved")


def test_there_is_a_sentence_for_every_kind_and_reason() -> None:
    reasons = {resolve(text).reason for text in [*(value for value, _ in BAD.values()), "Congo", "Hondurqs"]}
    assert all(say(f"kind.{kind}", "en") for kind in (*CODED, *UNCODED))
    assert all(say(f"reason.{reason}", "es") for reason in reasons)
