"""A whole language beside the contract's two: every command answers in French, and a chart is drawn in it."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.app import app
from tests.bad_input import build
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.charts import origin_by_year, svg
from warehouse.publication.origin_years import NoProfile
from warehouse.statements.sentences import trend_sentence

GLOTIP = "UNODC/glotip"


def run(home: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["--lang", "fr", *arguments], env={"LINEABASE_HOME": str(home)})
    assert "Traceback" not in result.output
    return result


def said(result: Result) -> str:
    return " ".join((result.stdout + " " + result.stderr).split())


@pytest.fixture(scope="module")
def home(released_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released home of this module's own."""
    root = tmp_path_factory.mktemp("french") / "home"
    shutil.copytree(released_home, root)
    return root


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["status"], 0, "Dernier envoi État Lignes (quarantaine)"),
        (["questions"], 0, "En attente d'une décision"),
        (["questions", "--collection", GLOTIP], 0, "La valeur est-elle ce qui a été compté"),
        (["questions", "--collection", "UNODC/x"], 2, "Il n'y a pas de collection « UNODC/x »"),
        (["query", "SELECT wrong"], 2, "La requête ne peut pas être exécutée :"),
        (["export", "--indicator", "x", "--output", "y"], 2, "Il n'y a pas d'indicateur « x »"),
        (["withdraw", "x", "--why", "y", "--office", "z"], 2, "Il n'y a pas d'envoi « x »"),
        (["check", "x.csv", "--collection", GLOTIP], 2, "Le fichier x.csv n'existe pas."),
        (["submit", "x.csv", "--collection", GLOTIP], 2, "Le fichier x.csv n'existe pas."),
        (["doctor"], 0, "✓ Espace libre :"),
        (["catalog", "countries", "x.csv"], 2, "Le fichier x.csv n'existe pas."),
        (["refresh", "--as-of", "hier"], 2, "« hier » n'est pas une date"),
        (["ui", "--port", "x"], 2, "La valeur de --port ne peut pas être utilisée."),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_every_command_answers_in_french(arguments: list[str], code: int, words: str, home: Path) -> None:
    result = run(home, *arguments)
    assert (result.exit_code, " ".join(words.split()) in said(result)) == (code, True), said(result)


def test_a_file_s_findings_are_in_french(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", build.BASE)
    file = build.write(tmp_path / "in", build.with_cell(3, "victimas", "doce"), "datos.csv")
    told = ["--collection", build.COLLECTION, "--received", str(build.RECEIVED)]
    for command, conclusion in (("check", "serait accepté en partie"), ("submit", "Accepté en partie")):
        result = run(home.root, command, str(file), *told)
        assert result.exit_code == 1
        assert "« doce » dans « victimas » n'est pas un nombre." in said(result)
        assert conclusion in said(result)


def test_a_card_s_errors_are_in_french_only(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", build.BASE.replace("frequency =", "frecuency ="))
    file = build.write(tmp_path / "in", build.file(), "datos.csv")
    text = said(run(home.root, "check", str(file), "--collection", build.COLLECTION))
    assert "clé inconnue 'frecuency' ; vouliez-vous dire 'frequency' ?" in text
    assert "unknown key" not in text


def test_a_chart_speaks_french(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current) as warehouse:
        drawn = svg(origin_by_year(warehouse, "PAN-SNM/darien_nationality", "fr"))
        with pytest.raises(NoProfile) as error:
            origin_by_year(warehouse, "X/y", "fr")
    texts = " ".join(re.sub(r"<[^>]+>", " ", drawn).split())
    for words in (
        "Extracontinental",
        "Entrées irrégulières",
        "Des événements et non des personnes",
        "selon ce qui",
    ):
        assert words in texts, words
    for spanish_or_english in ("Fuente", "Events, not persons", "Eventos y no", "as known on"):
        assert spanish_or_english not in texts
    assert error.value.said("fr") == "Il n'y a pas de profil d'origine de 'X/y'."


def test_a_trend_is_said_in_french() -> None:
    row = {
        "direction": "rising",
        "why_not": None,
        "n_periods": 10,
        "tested_from": 2014,
        "tested_to": 2023,
        "baseline_period": "2016-2018",
        "last_years": "2021-2023",
        "level": "higher",
        "why_no_level": None,
        "rate_ratio_low": 1.25,
        "rate_ratio_high": 1234.5,
        "baseline_low": 130,
        "baseline_high": 130,
        "last_low": 180,
        "last_high": 180,
        "last_period": 2023,
        "age_years": 2.2,
        "flag": None,
    }
    told = trend_sentence(row, "fr", subject="Victimes détectées, Canada (X/c)", caveat="c")
    assert told == (
        "Victimes détectées, Canada (X/c). Entre 2014 et 2023 les chiffres ont augmenté (10 années chiffrées). En "
        "2021–2023 les chiffres sont plus hauts que dans la base (2016–2018)\u00a0: ×1,25–1\u202f234 avec 95\u00a0% de confiance. "
        "Le dernier chiffre est de 2023. c"
    )
